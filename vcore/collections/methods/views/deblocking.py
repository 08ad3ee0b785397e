"""Filter across the edges of blocks, before an image is shown or predicted from (as in ITU-T H.265,
8.7.2, with thresholds in shares of the quantiser step)."""

import numpy as np

from vcore.collections.methods.views.contexts import INTER_MODE
from vcore.entropy.mixing import code_single
from vcore.runtime.jit import inner, jit

STRENGTHS = 4
"""Strengths of the filter; 0 for none, each other one twice the one before."""
SPACING = 8
"""Pixels between the edges that are filtered."""
FILTER = 640
"""First single counter of the strength."""


@jit
def code_strength(encoding, coder, data, singles, strength):
    """Code the strength of an image, 0 to STRENGTHS - 1."""
    high = code_single(encoding, coder, data, singles, FILTER, np.int64(strength >> 1))
    return 2 * high + code_single(encoding, coder, data, singles, FILTER + 1 + high, strength & 1)


@inner
def _clipped(value, limit):
    return min(max(value, -limit), limit)


@inner
def _filter_edge(flat, at, across, along, flatness, limit):
    """Filter four lines across an edge of a plane given as ``flat`` values.

    Parameters
    ----------
    at
        Position of the first pixel behind the edge.
    across, along
        Distances to the next pixel across the edge, and along it.
    flatness, limit
        Largest curvature of smooth sides, and largest change of a pixel.
    """
    far = at + 3 * along
    before = abs(flat[at - 3 * across] - 2 * flat[at - 2 * across] + flat[at - across])
    before_far = abs(flat[far - 3 * across] - 2 * flat[far - 2 * across] + flat[far - across])
    behind = abs(flat[at + 2 * across] - 2 * flat[at + across] + flat[at])
    behind_far = abs(flat[far + 2 * across] - 2 * flat[far + across] + flat[far])
    if before + before_far + behind + behind_far >= flatness:
        return
    strong = True
    for k in range(2):
        o = far if k else at
        curved = 2 * (before_far + behind_far if k else before + behind)
        sides = abs(flat[o - 4 * across] - flat[o - across]) + abs(flat[o] - flat[o + 3 * across])
        jump = abs(flat[o - across] - flat[o])
        if curved >= flatness >> 2 or sides >= flatness >> 3 or jump >= (5 * limit + 1) >> 1:
            strong = False
    wide = (flatness + (flatness >> 1)) >> 3
    for k in range(4):
        o = at + k * along
        p3, p2 = flat[o - 4 * across], flat[o - 3 * across]
        p1, p0 = flat[o - 2 * across], flat[o - across]
        q0, q1 = flat[o], flat[o + across]
        q2, q3 = flat[o + 2 * across], flat[o + 3 * across]
        if strong:
            most = 2 * limit
            flat[o - across] = p0 + _clipped(((p2 + 2 * (p1 + p0 + q0) + q1 + 4) >> 3) - p0, most)
            flat[o - 2 * across] = p1 + _clipped(((p2 + p1 + p0 + q0 + 2) >> 2) - p1, most)
            new = ((2 * p3 + 3 * p2 + p1 + p0 + q0 + 4) >> 3) - p2
            flat[o - 3 * across] = p2 + _clipped(new, most)
            flat[o] = q0 + _clipped(((p1 + 2 * (p0 + q0 + q1) + q2 + 4) >> 3) - q0, most)
            flat[o + across] = q1 + _clipped(((p0 + q0 + q1 + q2 + 2) >> 2) - q1, most)
            new = ((p0 + q0 + q1 + 3 * q2 + 2 * q3 + 4) >> 3) - q2
            flat[o + 2 * across] = q2 + _clipped(new, most)
            continue
        change = (9 * (q0 - p0) - 3 * (q1 - p1) + 8) >> 4
        if abs(change) >= 10 * limit:
            continue
        change = _clipped(change, limit)
        flat[o - across], flat[o] = p0 + change, q0 - change
        if before + before_far < wide:
            new = (((p2 + p0 + 1) >> 1) - p1 + change) >> 1
            flat[o - 2 * across] = p1 + _clipped(new, limit >> 1)
        if behind + behind_far < wide:
            new = (((q2 + q0 + 1) >> 1) - q1 - change) >> 1
            flat[o + across] = q1 + _clipped(new, limit >> 1)


@jit
def coded_squares(sizes, modes, values):
    """Return whether the block of each square of 4 x 4 pixels has coefficients in a component or is
    predicted from its own image, (component, square y, square x) uint8.

    Parameters
    ----------
    sizes, modes, values
        As in ``blocks.code_blocks``.
    """
    count, h, w = values.shape
    coded = np.zeros((count, h >> 2, w >> 2), np.uint8)
    for c in range(count):
        for i in range(h >> 2):
            for j in range(w >> 2):
                n = sizes[i, j]
                if (4 * i) % n or (4 * j) % n:
                    continue
                some = np.uint8(modes[i, j] != INTER_MODE)
                for y in range(n):
                    for x in range(n):
                        if values[c, 4 * i + y, 4 * j + x]:
                            some = np.uint8(1)
                for p in range(n >> 2):
                    for q in range(n >> 2):
                        coded[c, i + p, j + q] = some
    return coded


@jit
def deblock(planes, sizes, coded, steps, strength):
    """Filter all edges on a grid of SPACING pixels of which one side is coded: first those between
    columns, then those between rows.

    Parameters
    ----------
    planes
        (component, y, x) int32, changed in place.
    sizes, steps
        As in ``blocks.code_blocks``.
    coded
        Output of ``coded_squares``.
    """
    count, h, w = planes.shape
    for c in range(count):
        flatness = min((np.int64(steps[c]) << strength) >> 2, np.int64(1) << 20)
        limit = min((np.int64(steps[c]) << strength) >> 5, np.int64(1) << 20)
        flat = planes[c].reshape(h * w)
        for turn in range(2):
            for i in range(h >> 2):
                for j in range(w >> 2):
                    y, x = 4 * i, 4 * j
                    place = y if turn else x
                    if place == 0 or place % SPACING or place % sizes[i, j]:
                        continue
                    if place + 4 > (h if turn else w):
                        continue
                    p, q = (i - 1, j) if turn else (i, j - 1)
                    if coded[c, i, j] == 0 and coded[c, p, q] == 0:
                        continue
                    across, along = (w, 1) if turn else (1, w)
                    _filter_edge(flat, y * w + x, across, along, flatness, limit)

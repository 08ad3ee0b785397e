"""Compiled loops of the filter of decoded pixels; see ``restoration``."""

import numpy as np

from vcore.collections.methods.views.deblocking import FILTER
from vcore.entropy.mixing import code_single
from vcore.runtime.jit import inner, jit

LEVELS = 4
"""Shares of the correction that are applied, in halves; 0 for none."""
RESTORE = FILTER + 8
"""First single counter of the level."""
PAIRS = ((0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (1, -1))
"""Rows and columns from a pixel to one of two that lie opposite each other."""
TURNED = ((0, 1, 2, 3, 4, 5), (1, 0, 3, 2, 4, 5), (0, 1, 2, 3, 5, 4), (1, 0, 3, 2, 5, 4))
"""Pairs that take the place of PAIRS where gradients point elsewhere, by orientation."""
CLIPS = 3
"""Limits of the differences: 4 quantiser steps, 1, and 1/4."""
ACTIVITIES = (1, 6, 19, 45, 96, 192, 384)
"""Least mean curvature of each class of activity, in 1/64 of the step; below the first, nothing is
filtered."""
DIRECTIONS = 5
"""Classes of direction: none, two along rows or columns, two along diagonals."""
CLASSES = len(ACTIVITIES) * DIRECTIONS
TAP_BITS = 10
"""Bits of the fraction of the taps."""
MARGIN = 2
"""Pixels by which planes are extended."""


@jit
def code_level(encoding, coder, data, singles, level):
    """Code the level of an image, 0 to LEVELS - 1."""
    high = code_single(encoding, coder, data, singles, RESTORE, np.int64(level >> 1))
    return 2 * high + code_single(encoding, coder, data, singles, RESTORE + 1 + high, level & 1)


@inner
def _larger(a, b):
    return (a, b) if a > b else (b, a)


@jit
def classify(plane, step, classes):
    """Put class and orientation of every pixel, 4 * class + orientation, -1 where nothing is
    filtered, into ``classes``.

    Parameters
    ----------
    plane
        First component, (y, x), extended by MARGIN.
    step
        Its quantiser step.
    """
    h, w = classes.shape
    # curvatures in four directions, and their sums over three rows
    rows = np.empty((3, 4, w + 2), np.int64)
    sums = np.empty((4, w + 2), np.int64)
    for y in range(-1, h + 1):
        row = rows[(y + 3) % 3]
        i = y + MARGIN
        for x in range(w + 2):
            j = x + MARGIN - 1
            c = 2 * np.int64(plane[i, j])
            row[0, x] = abs(c - plane[i - 1, j] - plane[i + 1, j])
            row[1, x] = abs(c - plane[i, j - 1] - plane[i, j + 1])
            row[2, x] = abs(c - plane[i - 1, j - 1] - plane[i + 1, j + 1])
            row[3, x] = abs(c - plane[i - 1, j + 1] - plane[i + 1, j - 1])
        if y < 1:
            continue
        for d in range(4):
            for x in range(w + 2):
                sums[d, x] = rows[0, d, x] + rows[1, d, x] + rows[2, d, x]
        for x in range(w):
            v = sums[0, x] + sums[0, x + 1] + sums[0, x + 2]
            u = sums[1, x] + sums[1, x + 1] + sums[1, x + 2]
            activity = -1
            for limit in ACTIVITIES:
                if 64 * (v + u) >= 9 * step * limit:
                    activity += 1
            if activity < 0:
                classes[y - 1, x] = -1
                continue
            p = sums[2, x] + sums[2, x + 1] + sums[2, x + 2]
            q = sums[3, x] + sums[3, x + 1] + sums[3, x + 2]
            high, low = _larger(v, u)
            high_diagonal, low_diagonal = _larger(p, q)
            direction = 0
            if high * low_diagonal <= high_diagonal * low:
                high, low, direction = high_diagonal, low_diagonal, 2
            if high > 3 * low:
                direction += 2
            elif 2 * high > 3 * low:
                direction += 1
            else:
                direction = 0
            classes[y - 1, x] = 4 * (activity * DIRECTIONS + direction) + (u > v) + 2 * (p > q)


@jit
def corrections(plane, step, classes, coded, filters, out):
    """Put what is to be added to every pixel, in 1/2**TAP_BITS, into ``out``.

    Parameters
    ----------
    plane, step
        A component, extended by MARGIN, and its quantiser step.
    classes
        Output of ``classify``.
    coded
        Whether squares of 4 x 4 pixels are coded; see ``deblocking.coded_squares``.
    filters
        The component's part of ``taps``.
    """
    h, w = classes.shape
    wide, unit, narrow = 4 * step, step, max(step >> 2, 1)
    for y in range(h):
        for x in range(w):
            known = classes[y, x]
            if known < 0:
                out[y, x] = 0
                continue
            own = filters[np.int64(coded[y >> 2, x >> 2]), known >> 2, known & 3]
            i, j = y + MARGIN, x + MARGIN
            centre, total = np.int64(plane[i, j]), np.int64(0)
            for k in range(len(PAIRS)):
                dy, dx = PAIRS[k]
                a, b = plane[i + dy, j + dx] - centre, plane[i - dy, j - dx] - centre
                a, b = min(max(a, -wide), wide), min(max(b, -wide), wide)
                total += own[3 * k] * (a + b)
                a, b = min(max(a, -unit), unit), min(max(b, -unit), unit)
                total += own[3 * k + 1] * (a + b)
                a, b = min(max(a, -narrow), narrow), min(max(b, -narrow), narrow)
                total += own[3 * k + 2] * (a + b)
            out[y, x] = total


@jit
def restored(planes, change, level, out):
    """Put planes with ``level`` halves of a change, in 1/2**TAP_BITS, into ``out``."""
    for c in range(planes.shape[0]):
        for y in range(planes.shape[1]):
            for x in range(planes.shape[2]):
                added = (level * change[c, y, x] + (1 << TAP_BITS)) >> (TAP_BITS + 1)
                out[c, y, x] = planes[c, y, x] + added

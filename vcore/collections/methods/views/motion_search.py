"""Compiled search of the encoder for the motion of groups of blocks."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.compensation import (
    AFTER,
    BEFORE,
    BOTH,
    GROUP,
    KINDS,
    SUBPIXEL,
    UNIT,
    mean_of,
    patch,
)
from vcore.collections.methods.views.motion import BLOCK, PAD
from vcore.collections.methods.views.motion_coding import CANDIDATES, candidate
from vcore.runtime.jit import inner, jit

WIDE, RINGS = 32, 2
"""Spacing and half the number of the offsets tried first, in 1/SUBPIXEL of a pixel."""
MODE_BITS, OFFSET_BITS, DEFAULT_BITS = 4.0, 4.0, 1.0
FOREIGN_BITS = 2.0
"""Bits of taking a pair other than the first."""
IMAGE_SHARE, PAIR_BITS = 0.01, 30.0
"""Cost of each further image that has to be decoded first, as a share of the image's, and of each
further pair in bits."""
MAX_OTHERS = 4
"""Most pairs beside the first."""
MERGE_BITS = 4.0
"""Bits of taking over the motion of the first candidate."""
ENOUGH = 6
"""Bits worth the error up to which the derived motion is taken as it is."""


@inner
def error_of(
    planes, before, after, far, field, i, j, kind, dy, dx, tmp, first, second, weights, limit
):
    """Return the squared error of a group of blocks with a mode and an offset, in squared steps;
    more than ``limit`` if it stops."""
    count, h, w = planes.shape
    total = 0.0
    both = far[0] + far[1]
    share = 1.0 / both
    for p in range(GROUP * i, min(GROUP * i + GROUP, field.shape[0])):
        for q in range(GROUP * j, min(GROUP * j + GROUP, field.shape[1])):
            vy, vx = np.int64(field[p, q, 0]) * SUBPIXEL, np.int64(field[p, q, 1]) * SUBPIXEL
            oy, ox = dy, dx
            if kind == BOTH:
                vy, vx, oy, ox = vy + dy, vx + dx, 0, 0
            ay, ax = -((vy * far[0]) // both) + oy, -((vx * far[0]) // both) + ox
            y8, x8 = (p * BLOCK + PAD) * SUBPIXEL + ay, (q * BLOCK + PAD) * SUBPIXEL + ax
            for c in range(count):
                if kind != AFTER:
                    patch(before, c, y8, x8, BLOCK, tmp, first)
                if kind != BEFORE:
                    patch(after, c, y8 + vy, x8 + vx, BLOCK, tmp, second)
                part = np.int64(0)
                for y in range(min(BLOCK, h - p * BLOCK)):
                    for x in range(min(BLOCK, w - q * BLOCK)):
                        if kind == BOTH:
                            v = mean_of(first[c, y, x], second[c, y, x], far[1], far[0], share)
                        elif kind == BEFORE:
                            v = np.int64(first[c, y, x])
                        else:
                            v = np.int64(second[c, y, x])
                        d = planes[c, p * BLOCK + y, q * BLOCK + x] - v
                        part += d * d
                total += part * weights[c]
                if total >= limit:
                    return total
    return total


@inner
def offset_bits(dy, dx, py, px):
    """Return the bits of an offset, predicted from a neighbour's."""
    y, x = abs(dy - py) * UNIT / SUBPIXEL, abs(dx - px) * UNIT / SUBPIXEL
    return OFFSET_BITS + 2 * np.log2(1 + y) + 2 * np.log2(1 + x)


@jit
def search_motion(planes, before, after, far, field, steps, rate):
    """Return the best of a pair for every group of blocks: costs in squared steps, kinds, offsets
    in 1/UNIT of a pixel.

    Parameters
    ----------
    planes
        (component, y, x) int32.
    before, after
        Planes of both images, extended by PAD.
    far, field
        As in ``compensation.vectors``, of this pair.
    rate
        Squared steps that a bit is worth.
    """
    count = planes.shape[0]
    ny, nx = -(-field.shape[0] // GROUP), -(-field.shape[1] // GROUP)
    costs, kinds = np.empty((ny, nx)), np.zeros((ny, nx), np.int32)
    offsets = np.zeros((ny, nx, 2), np.int32)
    first = np.empty((count, BLOCK, BLOCK), np.int32)
    second = np.empty((count, BLOCK, BLOCK), np.int32)
    tmp = np.empty((BLOCK + 3, BLOCK), np.int32)
    weights = 1.0 / (steps.astype(np.float64) * steps)
    grain = np.int64(SUBPIXEL // UNIT)
    for i in range(ny):
        for j in range(nx):
            best, best_kind, best_y, best_x = 1e300, np.int64(0), np.int64(0), np.int64(0)
            for kind in range(KINDS):
                base = rate * (MODE_BITS if kind else DEFAULT_BITS)
                py, px = np.int64(0), np.int64(0)
                if j > 0 and kinds[i, j - 1] == kind:
                    py, px = offsets[i, j - 1, 0] * grain, offsets[i, j - 1, 1] * grain
                elif i > 0 and kinds[i - 1, j] == kind:
                    py, px = offsets[i - 1, j, 0] * grain, offsets[i - 1, j, 1] * grain
                low, low_y, low_x = best, np.int64(0), np.int64(0)
                # the derived motion, the neighbour's offset and a wide grid, then ever smaller
                # steps around the best
                side = 2 * RINGS + 1
                span, at_y, at_x = np.int64(0), np.int64(0), np.int64(0)
                while span == 0 or span >= grain:
                    tries = side * side + 2 if span == 0 else 9
                    for t in range(tries):
                        if span:
                            dy, dx = at_y + (t // 3 - 1) * span, at_x + (t % 3 - 1) * span
                        elif t < 2:
                            dy, dx = t * py, t * px
                        else:
                            dy = np.int64(((t - 2) // side - RINGS) * WIDE)
                            dx = np.int64(((t - 2) % side - RINGS) * WIDE)
                        still = dy == 0 and dx == 0
                        if still and (span or t):
                            continue
                        cost = base if still else base + rate * offset_bits(dy, dx, py, px)
                        if cost >= low:
                            continue
                        cost += error_of(
                            planes,
                            before,
                            after,
                            far,
                            field,
                            i,
                            j,
                            kind,
                            dy,
                            dx,
                            tmp,
                            first,
                            second,
                            weights,
                            low - cost,
                        )
                        if cost < low:
                            low, low_y, low_x = cost, dy, dx
                        if kind == 0 and t == 0 and span == 0 and cost < rate * ENOUGH:
                            break
                    if kind == 0 and low < rate * ENOUGH:
                        break
                    span = np.int64(WIDE // 2) if span == 0 else span >> 1
                    at_y, at_x = low_y, low_x
                if low < best:
                    best, best_kind, best_y, best_x = low, np.int64(kind), low_y, low_x
                if kind == 0 and low < rate * ENOUGH:
                    break
            costs[i, j], kinds[i, j] = best, best_kind
            offsets[i, j, 0], offsets[i, j, 1] = best_y // grain, best_x // grain
    return costs, kinds, offsets


@jit
def take_over(planes, refs, far, fields, steps, rate, costs, modes, offsets):
    """Give groups of blocks the motion of a neighbouring one where that costs less.

    Parameters
    ----------
    planes, far, steps, rate
        As in ``search_motion``, with all pairs.
    refs, fields
        As in ``compensation.predict`` and ``vectors``.
    costs, modes, offsets
        Best ones so far; changed in place.
    """
    count = planes.shape[0]
    ny, nx = modes.shape
    explicit = np.zeros((ny + 1, nx + 2), np.int64)
    first = np.empty((count, BLOCK, BLOCK), np.int32)
    second = np.empty((count, BLOCK, BLOCK), np.int32)
    tmp = np.empty((BLOCK + 3, BLOCK), np.int32)
    weights = 1.0 / (steps.astype(np.float64) * steps)
    grain = np.int64(SUBPIXEL // UNIT)
    for i in range(ny):
        for j in range(nx):
            best = costs[i, j]
            if best > rate * ENOUGH:
                for k in range(CANDIDATES):
                    good, p, q = candidate(explicit, modes, offsets, i, j, k)
                    if not good:
                        continue
                    mode = np.int64(modes[p, q])
                    pair, base = mode // KINDS, rate * (MERGE_BITS + k)
                    cost = base + error_of(
                        planes,
                        refs[pair, 0],
                        refs[pair, 1],
                        far[pair],
                        fields[pair],
                        i,
                        j,
                        mode % KINDS,
                        np.int64(offsets[p, q, 0]) * grain,
                        np.int64(offsets[p, q, 1]) * grain,
                        tmp,
                        first,
                        second,
                        weights,
                        best - base,
                    )
                    if cost < best:
                        best, modes[i, j] = cost, mode
                        offsets[i, j, 0], offsets[i, j, 1] = offsets[p, q, 0], offsets[p, q, 1]
            moved = offsets[i, j, 0] != 0 or offsets[i, j, 1] != 0
            explicit[i + 1, j + 1] = np.int64(modes[i, j] != 0 or moved)


class Choice(NamedTuple):
    """Neighbours that are worth it, by number, and the costs, modes and offsets of all groups of
    blocks."""

    numbers: list[int]
    costs: NDArray[np.float64]
    modes: NDArray[np.int32]
    offsets: NDArray[np.int32]


def chosen(
    searched: Sequence[Any],
    pairs: Sequence[int],
    touched: Sequence[frozenset[int]],
    rate: float,
) -> Choice:
    """Return the best choice of neighbours, given the output of ``search_motion`` for each, the
    number of its pair and the images decoded for that; the first pair is always taken."""
    costs = np.stack([found[0] for found in searched])
    least, best = math.inf, np.zeros(0, np.int64)
    others = sorted(set(pairs) - {pairs[0]})
    for count in range(min(len(others), MAX_OTHERS) + 1):
        for some in combinations(others, count):
            numbers = np.array([k for k, p in enumerate(pairs) if p in some or p == pairs[0]])
            foreign = np.where(numbers > 0, rate * FOREIGN_BITS, 0.0)[:, None, None]
            cost = (costs[numbers] + foreign).min(axis=0).sum()
            decoded = frozenset().union(*(touched[k] for k in numbers.tolist()))
            cost *= 1 + IMAGE_SHARE * len(decoded - touched[0])
            cost += rate * PAIR_BITS * count
            if cost < least:
                least, best = cost, numbers
    foreign = np.where(best > 0, rate * FOREIGN_BITS, 0.0)[:, None, None]
    totals = costs[best] + foreign
    which = totals.argmin(axis=0)
    y, x = np.indices(which.shape)
    kinds, offsets = (
        np.stack([searched[k][n] for k in best.tolist()])[which, y, x] for n in (1, 2)
    )
    modes = (KINDS * which + kinds).astype(np.int32)
    return Choice(best.tolist(), totals.min(axis=0), modes, offsets)

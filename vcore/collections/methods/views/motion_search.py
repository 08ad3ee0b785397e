"""Compiled search of the encoder for the motion of groups of blocks."""

import numpy as np

from vcore.collections.methods.views.compensation import (
    AFTER,
    BEFORE,
    BOTH,
    GROUP,
    KINDS,
    SUBPIXEL,
    UNIT,
    patch,
)
from vcore.collections.methods.views.motion import BLOCK, PAD
from vcore.runtime.jit import inner, jit

WIDE, RINGS = 32, 2
"""Spacing and half the number of the offsets tried first, in 1/SUBPIXEL of a pixel."""
MODE_BITS, OFFSET_BITS, DEFAULT_BITS = 4.0, 4.0, 1.0
ENOUGH = 6
"""Bits worth the error up to which the derived motion is taken as it is."""


@inner
def error_of(planes, refs, far, field, i, j, kind, dy, dx, tmp, first, second, weights, limit):
    """Return the squared error of a group of blocks with a mode and an offset, in squared steps;
    more than ``limit`` if it stops."""
    count, h, w = planes.shape
    total = 0.0
    before, both = far[0], far[0] + far[1]
    for p in range(GROUP * i, min(GROUP * i + GROUP, field.shape[0])):
        for q in range(GROUP * j, min(GROUP * j + GROUP, field.shape[1])):
            vy, vx = np.int64(field[p, q, 0]) * SUBPIXEL, np.int64(field[p, q, 1]) * SUBPIXEL
            oy, ox = dy, dx
            if kind == BOTH:
                vy, vx, oy, ox = vy + dy, vx + dx, 0, 0
            ay, ax = -((vy * before) // both) + oy, -((vx * before) // both) + ox
            y8, x8 = (p * BLOCK + PAD) * SUBPIXEL + ay, (q * BLOCK + PAD) * SUBPIXEL + ax
            if kind != AFTER:
                patch(refs[0], y8, x8, BLOCK, tmp, first)
            if kind != BEFORE:
                patch(refs[1], y8 + vy, x8 + vx, BLOCK, tmp, second)
            for c in range(count):
                part = np.int64(0)
                for y in range(min(BLOCK, h - p * BLOCK)):
                    for x in range(min(BLOCK, w - q * BLOCK)):
                        if kind == BOTH:
                            v = (first[c, y, x] * far[1] + second[c, y, x] * far[0]) // both
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
def search_motion(planes, refs, far, fields, steps, rate, modes, offsets):
    """Choose modes and offsets, the latter in 1/UNIT of a pixel.

    Parameters
    ----------
    planes
        (component, y, x) int32.
    refs, far, fields
        As in ``compensation.predict`` and ``vectors``.
    rate
        Squared steps that a bit is worth.
    """
    count = planes.shape[0]
    first = np.empty((count, BLOCK, BLOCK), np.int32)
    second = np.empty((count, BLOCK, BLOCK), np.int32)
    tmp = np.empty((BLOCK + 3, BLOCK), np.int32)
    weights = 1.0 / (steps.astype(np.float64) * steps)
    grain = np.int64(SUBPIXEL // UNIT)
    for i in range(modes.shape[0]):
        for j in range(modes.shape[1]):
            best, best_mode, best_y, best_x = 1e300, np.int64(0), np.int64(0), np.int64(0)
            for mode in range(KINDS * refs.shape[0]):
                pair, kind = mode // KINDS, mode % KINDS
                base = rate * (MODE_BITS if mode else DEFAULT_BITS)
                py, px = np.int64(0), np.int64(0)
                if j > 0 and modes[i, j - 1] == mode:
                    py, px = offsets[i, j - 1, 0] * grain, offsets[i, j - 1, 1] * grain
                elif i > 0 and modes[i - 1, j] == mode:
                    py, px = offsets[i - 1, j, 0] * grain, offsets[i - 1, j, 1] * grain
                low = base + error_of(
                    planes,
                    refs[pair],
                    far[pair],
                    fields[pair],
                    i,
                    j,
                    kind,
                    0,
                    0,
                    tmp,
                    first,
                    second,
                    weights,
                    best,
                )
                low_y, low_x = np.int64(0), np.int64(0)
                if mode == 0 and low < rate * ENOUGH:
                    best, best_mode, best_y, best_x = low, np.int64(0), low_y, low_x
                    break
                # the neighbour's offset and a wide grid, then ever smaller steps around the best
                side = 2 * RINGS + 1
                for t in range(-1, side * side):
                    dy = py if t < 0 else np.int64((t // side - RINGS) * WIDE)
                    dx = px if t < 0 else np.int64((t % side - RINGS) * WIDE)
                    if dy == 0 and dx == 0:
                        continue
                    cost = base + rate * offset_bits(dy, dx, py, px)
                    if cost >= low:
                        continue
                    cost += error_of(
                        planes,
                        refs[pair],
                        far[pair],
                        fields[pair],
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
                span = np.int64(WIDE // 2)
                while span >= grain:
                    at_y, at_x = low_y, low_x
                    for t in range(9):
                        dy, dx = at_y + (t // 3 - 1) * span, at_x + (t % 3 - 1) * span
                        if t == 4:
                            continue
                        cost = base
                        if dy != 0 or dx != 0:
                            cost += rate * offset_bits(dy, dx, py, px)
                        if cost >= low:
                            continue
                        cost += error_of(
                            planes,
                            refs[pair],
                            far[pair],
                            fields[pair],
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
                    span >>= 1
                if low < best:
                    best, best_mode, best_y, best_x = low, np.int64(mode), low_y, low_x
            modes[i, j] = best_mode
            offsets[i, j, 0], offsets[i, j, 1] = best_y // grain, best_x // grain

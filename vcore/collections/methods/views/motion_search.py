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
    derived_vector,
    mean_of,
    patch,
)
from vcore.collections.methods.views.motion import BLOCK, FAR, PAD, difference
from vcore.collections.methods.views.motion_coding import CANDIDATES, candidate
from vcore.collections.methods.views.transform import forward
from vcore.runtime.jit import inner, jit

WIDE, RINGS = 32, 2
"""Spacing and half the number of the offsets tried first, in 1/SUBPIXEL of a pixel."""
FARTHEST, COARSE, MARGIN = 16, 6, 1
"""Largest displacement of a group that is searched at a quarter of the size, the side of the window
compared there, and its margin around the group."""
PEAKS = 4
"""Best displacements at a quarter of the size that are tried."""
HUGE = 1e300
MAX_TRIES = 2 + (2 * RINGS + 1) ** 2
COEFFICIENT_BITS, DOUBLING_BITS, ROUNDING = 5.0, 1.5, 0.08
"""Bits of a coefficient of one step with its place and sign, and of each doubling; its error, in
squared steps."""
MODE_BITS, OFFSET_BITS, DEFAULT_BITS = 4.0, 4.0, 1.0
MERGE_BITS = 4.0
"""Bits of taking over the motion of the first candidate."""
ENOUGH = 6
"""Bits worth the error up to which the derived motion is taken as it is."""


@inner
def moved(far, field, p, q, kind, dy, dx):
    """Return where a block comes from in the extended planes of the first image, in 1/SUBPIXEL, and
    the displacement from there to the second."""
    y8, x8 = (p * BLOCK + PAD) * SUBPIXEL, (q * BLOCK + PAD) * SUBPIXEL
    if kind != BOTH:
        return y8 + dy, x8 + dx, np.int64(0), np.int64(0)
    vy = np.int64(field[p, q, 0]) * SUBPIXEL + dy
    vx = np.int64(field[p, q, 1]) * SUBPIXEL + dx
    both = far[0] + far[1]
    return y8 - (vy * far[0]) // both, x8 - (vx * far[0]) // both, vy, vx


@inner
def mixed(first, second, kind, far, share):
    """Return a pixel predicted from those of both images; ``share`` is as in ``mean_of``."""
    if kind == BOTH:
        return mean_of(first, second, far[1], far[0], share)
    return np.int64(first) if kind == BEFORE else np.int64(second)


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
            y8, x8, vy, vx = moved(far, field, p, q, kind, dy, dx)
            for c in range(count):
                if kind != AFTER:
                    patch(before, c, y8, x8, BLOCK, tmp, first)
                if kind != BEFORE:
                    patch(after, c, y8 + vy, x8 + vx, BLOCK, tmp, second)
                part = np.int64(0)
                for y in range(min(BLOCK, h - p * BLOCK)):
                    for x in range(min(BLOCK, w - q * BLOCK)):
                        v = mixed(first[c, y, x], second[c, y, x], kind, far, share)
                        d = planes[c, p * BLOCK + y, q * BLOCK + x] - v
                        part += d * d
                total += part * weights[c]
                if total >= limit:
                    return total
    return total


@jit
def coded_cost(
    planes, before, after, far, field, i, j, kind, dy, dx, tmp, first, second, steps, rate
):
    """Return what the residual of a group of blocks with a mode and an offset costs, bits and error
    in squared steps, by the cosine transform of each block."""
    count, h, w = planes.shape
    total = 0.0
    both = far[0] + far[1]
    share = 1.0 / both
    work = np.zeros((3, BLOCK, BLOCK), np.int32)
    residual, found = work[0], work[1]
    for p in range(GROUP * i, min(GROUP * i + GROUP, field.shape[0])):
        for q in range(GROUP * j, min(GROUP * j + GROUP, field.shape[1])):
            y8, x8, vy, vx = moved(far, field, p, q, kind, dy, dx)
            for c in range(count):
                if kind != AFTER:
                    patch(before, c, y8, x8, BLOCK, tmp, first)
                if kind != BEFORE:
                    patch(after, c, y8 + vy, x8 + vx, BLOCK, tmp, second)
                residual[:] = 0
                for y in range(min(BLOCK, h - p * BLOCK)):
                    for x in range(min(BLOCK, w - q * BLOCK)):
                        v = mixed(first[c, y, x], second[c, y, x], kind, far, share)
                        residual[y, x] = planes[c, p * BLOCK + y, q * BLOCK + x] - v
                forward(residual, BLOCK, 0, work[2], found)
                inverse = 1.0 / steps[c]
                for y in range(BLOCK):
                    for x in range(BLOCK):
                        a = abs(found[y, x]) * inverse
                        cost = a * a
                        if a > 0.5:
                            bits = COEFFICIENT_BITS + DOUBLING_BITS * np.log2(a)
                            cost = min(cost, ROUNDING + rate * bits)
                        total += cost
    return total


@inner
def offset_bits(dy, dx, py, px):
    """Return the bits of an offset, predicted from a neighbour's."""
    y, x = abs(dy - py) * UNIT / SUBPIXEL, abs(dx - px) * UNIT / SUBPIXEL
    return OFFSET_BITS + 2 * np.log2(1 + y) + 2 * np.log2(1 + x)


@inner
def _around(tries, py, px):
    """Put no offset, a neighbour's and those of a wide grid into ``tries``; return their number."""
    tries[0, 0] = tries[0, 1] = 0
    tries[1, 0], tries[1, 1] = py, px
    side = 2 * RINGS + 1
    for t in range(side * side):
        tries[2 + t, 0], tries[2 + t, 1] = (t // side - RINGS) * WIDE, (t % side - RINGS) * WIDE
    return 2 + side * side


@inner
def _likely(tries, py, px, own, i, j, coarse, other, sums):
    """Put likely displacements of a group to one image into ``tries``, and return their number: the
    predicted one, none, those of the groups before, and the best at a quarter of the size.

    Parameters
    ----------
    own
        Displacements of the groups so far.
    coarse, other
        First plane of both images at a quarter of the size, extended by PAD.
    sums
        Work space: differences by displacement.
    """
    tries[0, 0], tries[0, 1] = py, px
    tries[1, 0] = tries[1, 1] = 0
    many = 2
    for k in range(4):
        p, q = i - (k > 0), j - (k < 2) + (k == 3)
        if p >= 0 and 0 <= q < own.shape[1]:
            tries[many, 0], tries[many, 1] = own[p, q, 0], own[p, q, 1]
            many += 1
    y, x = i * GROUP * BLOCK // 4 + PAD - MARGIN, j * GROUP * BLOCK // 4 + PAD - MARGIN
    h, w = coarse.shape
    if y + COARSE > h or x + COARSE > w:
        return many
    for dy in range(-FARTHEST, FARTHEST + 1):
        for dx in range(-FARTHEST, FARTHEST + 1):
            total, yy, xx = np.int64(FAR), y + dy, x + dx
            if yy >= 0 and xx >= 0 and yy + COARSE <= h and xx + COARSE <= w:
                total = difference(coarse, other, y, x, yy, xx, COARSE, FAR)
            sums[dy + FARTHEST, dx + FARTHEST] = total
    for _ in range(PEAKS):
        best, at_y, at_x = np.int64(FAR), np.int64(-1), np.int64(-1)
        for a in range(sums.shape[0]):
            for b in range(sums.shape[1]):
                if sums[a, b] < best:
                    best, at_y, at_x = sums[a, b], np.int64(a), np.int64(b)
        if at_y < 0:
            break
        tries[many, 0] = (at_y - FARTHEST) * 4 * SUBPIXEL
        tries[many, 1] = (at_x - FARTHEST) * 4 * SUBPIXEL
        many += 1
        for a in range(max(at_y - 1, 0), min(at_y + 2, sums.shape[0])):
            for b in range(max(at_x - 1, 0), min(at_x + 2, sums.shape[1])):
                sums[a, b] = FAR
    return many


@jit
def search_motion(
    planes, coarse, before, after, coarse_before, coarse_after, far, field, steps, rate
):
    """Return the best of a pair for every group of blocks: costs in squared steps, kinds, offsets
    in 1/UNIT of a pixel.

    Parameters
    ----------
    planes
        (component, y, x) int32.
    before, after
        Planes of both images, extended by PAD.
    coarse, coarse_before, coarse_after
        First plane of the image and of both at a quarter of the size, extended by PAD.
    far, field
        As in ``compensation.vectors``, of this pair.
    rate
        Squared steps that a bit is worth.
    """
    count = planes.shape[0]
    ny, nx = -(-field.shape[0] // GROUP), -(-field.shape[1] // GROUP)
    costs, kinds = np.empty((ny, nx)), np.zeros((ny, nx), np.int32)
    offsets = np.zeros((ny, nx, 2), np.int32)
    # the best displacement of every kind, for the groups after
    own = np.zeros((KINDS, ny, nx, 2), np.int64)
    first = np.empty((count, BLOCK, BLOCK), np.int32)
    second = np.empty((count, BLOCK, BLOCK), np.int32)
    tmp = np.empty((BLOCK + 3, BLOCK), np.int32)
    weights = 1.0 / (steps.astype(np.float64) * steps)
    grain = np.int64(SUBPIXEL // UNIT)
    sums = np.empty((2 * FARTHEST + 1, 2 * FARTHEST + 1), np.int64)
    tries = np.zeros((MAX_TRIES, 2), np.int64)
    for i in range(ny):
        for j in range(nx):
            best, best_kind, best_y, best_x = HUGE, np.int64(0), np.int64(0), np.int64(0)
            for kind in range(KINDS):
                base = rate * (MODE_BITS if kind else DEFAULT_BITS)
                py, px = np.int64(0), np.int64(0)
                if j > 0 and kinds[i, j - 1] == kind:
                    py, px = offsets[i, j - 1, 0] * grain, offsets[i, j - 1, 1] * grain
                elif i > 0 and kinds[i - 1, j] == kind:
                    py, px = offsets[i - 1, j, 0] * grain, offsets[i - 1, j, 1] * grain
                elif kind != BOTH:
                    py = grain * derived_vector(field, far[0], far[0] + far[1], i, j, 0, kind)
                    px = grain * derived_vector(field, far[0], far[0] + far[1], i, j, 1, kind)
                if kind == BOTH:
                    many = _around(tries, py, px)
                else:
                    other = coarse_before if kind == BEFORE else coarse_after
                    many = _likely(tries, py, px, own[kind], i, j, coarse, other, sums)
                low, low_y, low_x = HUGE, np.int64(0), np.int64(0)
                # ever smaller steps around the best of what is likely
                span, at_y, at_x = np.int64(0), np.int64(0), np.int64(0)
                while span == 0 or span >= grain:
                    for t in range(9 if span else many):
                        dy, dx = tries[t, 0], tries[t, 1]
                        if span:
                            dy, dx = at_y + (t // 3 - 1) * span, at_x + (t % 3 - 1) * span
                            if t == 4:
                                continue
                        still = kind == BOTH and dy == 0 and dx == 0
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
                        if still and cost < rate * ENOUGH:
                            break
                    if kind == BOTH and low < rate * ENOUGH:
                        break
                    span = np.int64(WIDE // 2) if span == 0 else span >> 1
                    at_y, at_x = low_y, low_x
                own[kind, i, j, 0], own[kind, i, j, 1] = low_y, low_x
                if kind == BOTH and low < rate * ENOUGH:
                    best = low
                    break
                # the derived motion, and what was found
                for t in range(0 if kind == BOTH else 1, 2):
                    dy, dx = low_y * t, low_x * t
                    if t and kind == BOTH and dy == 0 and dx == 0:
                        continue
                    cost = base + coded_cost(
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
                        steps,
                        rate,
                    )
                    if t:
                        cost += rate * offset_bits(dy, dx, py, px)
                    if cost < best:
                        best, best_kind, best_y, best_x = cost, np.int64(kind), dy, dx
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
                    cost = base + coded_cost(
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
                        steps,
                        rate,
                    )
                    if cost < best:
                        best, modes[i, j] = cost, mode
                        offsets[i, j, 0], offsets[i, j, 1] = offsets[p, q, 0], offsets[p, q, 1]
            moved = offsets[i, j, 0] != 0 or offsets[i, j, 1] != 0
            explicit[i + 1, j + 1] = np.int64(modes[i, j] != 0 or moved)

"""Compiled choices of the encoder: sizes, modes and coefficients of blocks, by rate and distortion.

Distortion is measured in squared steps of the quantiser, rates by the coder's counters before the
image.
"""

import numpy as np

from vcore.collections.methods.views.contexts import INTER_MODE, mode_class, split_context
from vcore.collections.methods.views.intra import MODES, borders, predicted
from vcore.collections.methods.views.rate_loops import LOG, mode_bits, quantise, transform_bits
from vcore.collections.methods.views.transform import (
    IDENTITY,
    LARGEST,
    SCAN,
    TYPES,
    backward,
    forward,
    number_of,
)
from vcore.entropy.magnitudes import fine
from vcore.runtime.jit import inner, jit

RATE_WEIGHT = 0.14
"""Squared steps that a bit is worth; with 0.18, quality is up to 0.3 dB lower at equal bytes."""
FIRST_BITS, OCTAVE_BITS = 3.0, 1.7
"""Bits of a difference of 1 with its sign, and of each doubling, where differences are coded."""
NO_BITS, INTER_BITS = 0.3, 0.5
"""Bits of a block without coefficients, and of prediction from other images, where that is taken
without a search."""
SKIPPED, WHOLE = 6, 4
"""Bits worth the error up to which a prediction is taken as it is, and up to which a block is not
split."""
CANDIDATES = 3
"""Modes that are tried in full, best first by their differences."""
HUGE = 1e300


@inner
def quantise_exactly(values, n, step, q):
    """Put the nearest integers into ``q`` and return the cost: of the rate alone."""
    bits = NO_BITS
    for i in range(n):
        for j in range(n):
            m = (abs(values[i, j]) + step // 2) // step
            q[i, j] = m if values[i, j] > 0 else -m
            if m:
                bits += FIRST_BITS + OCTAVE_BITS * LOG[min(m, 4095)]
    return bits * RATE_WEIGHT


@inner
def mark(y, x, n, mode, transform, values, sizes, modes, transforms, done, activity, known):
    """Note the size, mode, transform and activity of a block."""
    for i in range(y >> 2, (y + n) >> 2):
        for j in range(x >> 2, (x + n) >> 2):
            sizes[i, j], modes[i, j], done[i, j] = n, mode, known
            transforms[i, j] = transform
    for c in range(activity.shape[0]):
        total, busy = np.int64(0), np.int64(0)
        for i in range(y, y + n):
            for j in range(x, x + n):
                total += abs(values[c, i, j])
        if total:
            busy = max(min(total * 16 // n, np.int64(255)), np.int64(1))
        for i in range(y >> 2, (y + n) >> 2):
            for j in range(x >> 2, (x + n) >> 2):
                activity[c, i + 1, j + 1] = busy


@inner
def activity_around(activity, y, x, n):
    """Return the class of the activity of the blocks to the left and above."""
    beside, over = np.int64(0), np.int64(0)
    for i in range(n >> 2):
        beside += activity[(y >> 2) + 1 + i, x >> 2]
        over += activity[y >> 2, (x >> 2) + 1 + i]
    return fine(beside * 4 // n + over * 4 // n)


@inner
def rank(planes, tops, lefts, y, x, n, line, tmp, order):
    """Put the CANDIDATES modes of least absolute difference into ``order``, best first."""
    least = np.int64(1) << 60
    costs0, costs1, costs2 = least, least, least
    for mode in range(MODES):
        total = np.int64(0)
        for c in range(planes.shape[0]):
            predicted(tops[c], lefts[c], n, mode, line, tmp)
            for i in range(n):
                row = np.int64(0)
                for j in range(n):
                    row += abs(planes[c, y + i, x + j] - tmp[i, j])
                total += row
            if total >= costs2:
                break
        if total < costs0:
            costs0, costs1, costs2 = total, costs0, costs1
            order[0], order[1], order[2] = mode, order[0], order[1]
        elif total < costs1:
            costs1, costs2 = total, costs1
            order[1], order[2] = mode, order[1]
        elif total < costs2:
            costs2 = total
            order[2] = mode


@jit
def decide_block(
    planes,
    pred,
    between,
    steps,
    fill,
    exact,
    rates,
    y,
    x,
    n,
    out,
    sizes,
    modes,
    transforms,
    values,
    done,
    activity,
    work,
    small,
    spent,
):
    """Choose the mode and the coefficients of one block; return its cost."""
    magnitudes, some_bits, last_bits, singles = rates
    count = planes.shape[0]
    k = number_of(n)
    scan = SCAN[k]
    tmp, block, found, result = work[0, 0], work[0, 1], work[0, 2], work[0, 3]
    predictions, q, best_q, best_out = work[1], work[2], work[3], work[4]
    line, tops, lefts = small[0, 0], small[1], small[2]
    order = np.full(CANDIDATES + 1, -1, np.int64)
    if between:
        error = 0.0
        for c in range(count):
            part = 0.0
            for i in range(n):
                for j in range(n):
                    d = np.float64(planes[c, y + i, x + j] - pred[c, y + i, x + j])
                    part += d * d
            error += part / (np.float64(steps[c]) * steps[c])
        if error < SKIPPED * RATE_WEIGHT and (not exact or error == 0):
            for c in range(count):
                for i in range(n):
                    for j in range(n):
                        out[c, y + i, x + j] = pred[c, y + i, x + j]
                        values[c, y + i, x + j] = 0
            mark(y, x, n, INTER_MODE, 0, values, sizes, modes, transforms, done, activity, 1)
            return error + RATE_WEIGHT * (INTER_BITS + NO_BITS)
        order[CANDIDATES] = INTER_MODE
    for c in range(count):
        borders(out[c], done, y, x, n, fill[c], tops[c], lefts[c])
    rank(planes, tops, lefts, y, x, n, line, tmp, order)
    left, above = np.int64(-1), np.int64(-1)
    if x > 0:
        left = np.int64(modes[y >> 2, (x >> 2) - 1])
    if y > 0:
        above = np.int64(modes[(y >> 2) - 1, x >> 2])
    best, best_mode, best_transform, best_some = HUGE, np.int64(-1), np.int64(0), False
    for t in range(CANDIDATES + TYPES):
        if t <= CANDIDATES:
            mode, transform = order[CANDIDATES - t], np.int64(0)
        else:
            if exact or n > 16 or not best_some:
                break
            mode, transform = best_mode, np.int64(t - CANDIDATES)
        if mode < 0:
            continue
        inter = np.int64(mode == INTER_MODE)
        cost = RATE_WEIGHT * mode_bits(singles, mode, left, above, between, k)
        bits = 0.0 if exact else transform_bits(singles, transform, k, inter)
        any_some = False
        for c in range(count):
            if mode == INTER_MODE:
                for i in range(n):
                    for j in range(n):
                        predictions[c, i, j] = pred[c, y + i, x + j]
            else:
                predicted(tops[c], lefts[c], n, mode, line, predictions[c])
            for i in range(n):
                for j in range(n):
                    block[i, j] = planes[c, y + i, x + j] - predictions[c, i, j]
            if exact:
                cost += quantise_exactly(block, n, steps[c], q[c])
            else:
                forward(block, n, transform, tmp, found)
                third, around = min(c, 2), activity_around(activity[c], y, x, n)
                slot = ((around * 4 + k) * 3 + third) * 5 + mode_class(mode)
                part, some = quantise(
                    found,
                    n,
                    k,
                    steps[c],
                    scan,
                    magnitudes[min(c, 1)],
                    last_bits[k, third, inter],
                    some_bits[slot],
                    RATE_WEIGHT,
                    q[c],
                    work[5, 0],
                    spent,
                    np.int64(transform == IDENTITY),
                )
                cost += part
                if some and not any_some:
                    any_some = True
                    cost += RATE_WEIGHT * bits
            if cost >= best:
                break
        if cost >= best:
            continue
        best, best_mode, best_transform, best_some = cost, mode, transform, any_some
        for c in range(count):
            some = False
            for i in range(n):
                for j in range(n):
                    v = q[c, i, j]
                    best_q[c, i, j], block[i, j] = v, v * steps[c]
                    result[i, j] = block[i, j]
                    if v:
                        some = True
            if some and not exact:
                backward(block, n, transform, tmp, result)
            for i in range(n):
                for j in range(n):
                    best_out[c, i, j] = predictions[c, i, j] + result[i, j]
    for c in range(count):
        for i in range(n):
            for j in range(n):
                out[c, y + i, x + j], values[c, y + i, x + j] = best_out[c, i, j], best_q[c, i, j]
    mark(
        *(y, x, n, best_mode, best_transform),
        *(values, sizes, modes, transforms, done, activity, 1),
    )
    return best


@jit
def decide(planes, pred, between, steps, fill, exact, rates, out, sizes, modes, transforms, values):
    """Choose sizes, modes and coefficients of all blocks, and decode them into ``out``.

    Parameters
    ----------
    planes
        (component, y, x) int32, sides multiples of 4.
    pred, between, steps, fill, exact, out, sizes, modes, transforms, values
        As in ``blocks.code_blocks``; the last four are filled.
    rates
        The parts of ``rates.Rates``.
    """
    count, h, w = planes.shape
    done = np.zeros((h >> 2, w >> 2), np.uint8)
    activity = np.zeros((count, (h >> 2) + 1, (w >> 2) + 1), np.int64)
    work = np.zeros((6, max(count, 4), LARGEST + 2, LARGEST + 2), np.int32)
    spent = np.zeros((3, LARGEST * LARGEST))
    small = np.zeros((3, count, 128), np.int32)
    kept = np.zeros((4, 2, count, LARGEST, LARGEST), np.int32)
    # per depth of the quadtree: place, children done, costs whole and split, mode
    place, children, kept_mode, kept_transform = (
        np.zeros((5, 2), np.int64),
        np.zeros(5, np.int64),
        np.zeros(5, np.int64),
        np.zeros(5, np.int64),
    )
    whole, parts = np.zeros(5), np.zeros(5)
    across = -(-w // LARGEST)
    for root in range(-(-h // LARGEST) * across):
        d, cost = 0, 0.0
        place[0, 0], place[0, 1], children[0] = (
            root // across * LARGEST,
            root % across * LARGEST,
            -1,
        )
        while d >= 0:
            y, x, n = place[d, 0], place[d, 1], LARGEST >> d
            if children[d] < 0:
                if y >= h or x >= w:
                    cost = 0.0
                    d -= 1
                    continue
                whole[d] = HUGE
                if y + n <= h and x + n <= w:
                    cost = decide_block(
                        planes,
                        pred,
                        between,
                        steps,
                        fill,
                        exact,
                        rates,
                        y,
                        x,
                        n,
                        out,
                        sizes,
                        modes,
                        transforms,
                        values,
                        done,
                        activity,
                        work,
                        small,
                        spent,
                    )
                    if n > 4:
                        k = number_of(n)
                        bits = rates[3][split_context(sizes, activity, y, x, n, k), 0]
                        cost += RATE_WEIGHT * bits
                    if n == 4 or cost < WHOLE * RATE_WEIGHT:
                        d -= 1
                        continue
                    whole[d], kept_mode[d] = cost, modes[y >> 2, x >> 2]
                    kept_transform[d] = transforms[y >> 2, x >> 2]
                    for c in range(count):
                        for i in range(n):
                            for j in range(n):
                                kept[d, 0, c, i, j] = out[c, y + i, x + j]
                                kept[d, 1, c, i, j] = values[c, y + i, x + j]
                    mark(
                        *(y, x, n, kept_mode[d], kept_transform[d]),
                        *(values, sizes, modes, transforms, done, activity, 0),
                    )
                bits = 0.0
                if whole[d] < HUGE:
                    bits = rates[3][split_context(sizes, activity, y, x, n, number_of(n)), 1]
                parts[d], children[d] = bits * RATE_WEIGHT, 0
            else:
                parts[d] += cost
                children[d] += 1
            if children[d] < 4 and parts[d] < whole[d]:
                place[d + 1, 0] = y + (children[d] >> 1) * (n >> 1)
                place[d + 1, 1] = x + (children[d] & 1) * (n >> 1)
                d += 1
                children[d] = -1
                continue
            cost = parts[d]
            if parts[d] >= whole[d]:
                cost = whole[d]
                for c in range(count):
                    for i in range(n):
                        for j in range(n):
                            out[c, y + i, x + j] = kept[d, 0, c, i, j]
                            values[c, y + i, x + j] = kept[d, 1, c, i, j]
                mark(
                    *(y, x, n, kept_mode[d], kept_transform[d]),
                    *(values, sizes, modes, transforms, done, activity, 1),
                )
            d -= 1

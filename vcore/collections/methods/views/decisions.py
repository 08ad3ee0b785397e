"""Compiled choices of the encoder: sizes, modes and coefficients of blocks, by rate and distortion.

Distortion is measured in squared steps of the quantiser; rates are rough constants, as the adaptive
coder's are only known later.
"""

import numpy as np

from vcore.collections.methods.views.contexts import INTER_MODE
from vcore.collections.methods.views.intra import MODES, borders, predicted
from vcore.collections.methods.views.transform import (
    DCT,
    LARGEST,
    SCAN,
    backward,
    forward,
    number_of,
)
from vcore.runtime.jit import inner, jit

RATE_WEIGHT = 0.18
"""Squared steps that a bit is worth; with 0.12, quality is 0.15 dB lower at equal bytes."""
ZERO_BITS, FIRST_BITS, OCTAVE_BITS = 0.35, 3.0, 1.7
"""Bits of a coefficient that is 0, of a 1 with its sign, and of each doubling."""
NO_BITS, SOME_BITS, LAST_BITS, LAST_OCTAVE_BITS = 0.3, 1.5, 1.5, 1.2
"""Bits of a block without and with coefficients, and of the last one's position."""
INTER_BITS, INTRA_BITS, MIXED_BITS, SPLIT_BITS = 0.5, 4.5, 6.0, 1.0
"""Bits of the mode of a block: from other images, from its own, the latter where both exist; and of
a split."""
SKIPPED, WHOLE = 6, 4
"""Bits worth the error up to which a prediction is taken as it is, and up to which a block is not
split."""
CANDIDATES = 3
"""Modes that are tried in full, best first by their differences."""
LOG = np.log2(np.maximum(np.arange(4096), 1))
HUGE = 1e300


@inner
def quantise(coefficients, n, step, scan, q):
    """Put the integers of least cost into ``q`` and return the cost; later coefficients than the
    last useful one are 0."""
    left, inverse = 0.0, 1.0 / step
    for i in range(n):
        for j in range(n):
            v = coefficients[i, j] * inverse
            left += v * v
    best, best_last, spent = left + RATE_WEIGHT * NO_BITS, -1, 0.0
    for at in range(n * n):
        i, j = scan[at] // n, scan[at] % n
        a = abs(coefficients[i, j]) * inverse
        left -= a * a
        m = np.int64(a + 0.5)
        q[i, j] = 0
        zero = a * a + RATE_WEIGHT * ZERO_BITS
        if m == 0:
            spent += zero
            continue
        take, cost = np.int64(0), zero
        for t in range(max(m - 1, 1), m + 1):
            bits = FIRST_BITS + OCTAVE_BITS * LOG[min(t, 4095)]
            tried = (a - t) * (a - t) + RATE_WEIGHT * bits
            if tried < cost:
                take, cost = np.int64(t), tried
        spent += cost
        if take:
            q[i, j] = take if coefficients[i, j] > 0 else -take
            bits = SOME_BITS + LAST_BITS + LAST_OCTAVE_BITS * LOG[at + 1]
            if spent + left + RATE_WEIGHT * bits < best:
                best, best_last = spent + left + RATE_WEIGHT * bits, at
    for at in range(best_last + 1, n * n):
        q[scan[at] // n, scan[at] % n] = 0
    return best


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
def mark(y, x, n, mode, sizes, modes, done, known):
    """Note the size and mode of a block."""
    for i in range(y >> 2, (y + n) >> 2):
        for j in range(x >> 2, (x + n) >> 2):
            sizes[i, j], modes[i, j], done[i, j] = n, mode, known


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
    planes, pred, between, steps, fill, exact, y, x, n, out, sizes, modes, values, done, work, small
):
    """Choose the mode and the coefficients of one block; return its cost."""
    count = planes.shape[0]
    k = number_of(n)
    matrix, scan = DCT[k], SCAN[k]
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
            mark(y, x, n, INTER_MODE, sizes, modes, done, 1)
            return error + RATE_WEIGHT * (INTER_BITS + NO_BITS)
        order[CANDIDATES] = INTER_MODE
    for c in range(count):
        borders(out[c], done, y, x, n, fill[c], tops[c], lefts[c])
    rank(planes, tops, lefts, y, x, n, line, tmp, order)
    best, best_mode = HUGE, np.int64(-1)
    for t in range(CANDIDATES, -1, -1):
        mode = order[t]
        if mode < 0:
            continue
        bits = INTER_BITS if mode == INTER_MODE else (MIXED_BITS if between else INTRA_BITS)
        cost = RATE_WEIGHT * bits
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
                forward(block, n, matrix, tmp, found)
                cost += quantise(found, n, steps[c], scan, q[c])
            if cost >= best:
                break
        if cost >= best:
            continue
        best, best_mode = cost, mode
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
                backward(block, n, matrix, tmp, result)
            for i in range(n):
                for j in range(n):
                    best_out[c, i, j] = predictions[c, i, j] + result[i, j]
    for c in range(count):
        for i in range(n):
            for j in range(n):
                out[c, y + i, x + j], values[c, y + i, x + j] = best_out[c, i, j], best_q[c, i, j]
    mark(y, x, n, best_mode, sizes, modes, done, 1)
    return best


@jit
def decide(planes, pred, between, steps, fill, exact, out, sizes, modes, values):
    """Choose sizes, modes and coefficients of all blocks, and decode them into ``out``.

    Parameters
    ----------
    planes
        (component, y, x) int32, sides multiples of 4.
    pred, between, steps, fill, exact, out, sizes, modes, values
        As in ``blocks.code_blocks``; the last four are filled.
    """
    count, h, w = planes.shape
    done = np.zeros((h >> 2, w >> 2), np.uint8)
    work = np.zeros((5, max(count, 4), LARGEST, LARGEST), np.int32)
    small = np.zeros((3, count, 128), np.int32)
    kept = np.zeros((4, 2, count, LARGEST, LARGEST), np.int32)
    # per depth of the quadtree: place, children done, costs whole and split, mode
    place, children, kept_mode = (
        np.zeros((5, 2), np.int64),
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
                        y,
                        x,
                        n,
                        out,
                        sizes,
                        modes,
                        values,
                        done,
                        work,
                        small,
                    )
                    if n == 4 or cost < WHOLE * RATE_WEIGHT:
                        d -= 1
                        continue
                    whole[d], kept_mode[d] = cost, modes[y >> 2, x >> 2]
                    for c in range(count):
                        for i in range(n):
                            for j in range(n):
                                kept[d, 0, c, i, j] = out[c, y + i, x + j]
                                kept[d, 1, c, i, j] = values[c, y + i, x + j]
                    mark(y, x, n, kept_mode[d], sizes, modes, done, 0)
                parts[d], children[d] = SPLIT_BITS * RATE_WEIGHT, 0
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
                mark(y, x, n, kept_mode[d], sizes, modes, done, 1)
            d -= 1

"""Compiled loop of the streams: a quadtree of blocks, each with its prediction and coefficients.

One loop serves encoder and decoder, so they cannot diverge.
"""

import numpy as np

from vcore.collections.methods.views.contexts import (
    INTER_MODE,
    LONG,
    MORE,
    SETS,
    SIGN,
    SLOTS,
    SOME,
    STEPS,
    UNARY,
    ZERO,
    block_slots,
    coefficient_slots,
    component_sums,
    mode_class,
    neighbours,
    sign_ways,
    split_context,
)
from vcore.collections.methods.views.intra import borders, predicted
from vcore.collections.methods.views.symbols import code_last, code_mode, code_transform
from vcore.collections.methods.views.transform import (
    IDENTITY,
    LARGEST,
    SCAN,
    backward,
    forward,
    number_of,
)
from vcore.entropy.magnitudes import MAX_BITS, code_length, fine, octave
from vcore.entropy.mixing import INPUTS, code_equiprobable, code_mixed, code_single, code_symmetric
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit, sign


@inner
def gradient(plane, y, x):
    """Return the largest difference of a pixel to the four around it."""
    h, w = plane.shape
    v, most = np.int64(plane[y, x]), np.int64(0)
    if y > 0:
        most = max(most, abs(v - plane[y - 1, x]))
    if x > 0:
        most = max(most, abs(v - plane[y, x - 1]))
    if y + 1 < h:
        most = max(most, abs(v - plane[y + 1, x]))
    if x + 1 < w:
        most = max(most, abs(v - plane[y, x + 1]))
    return most


@jit
def code_blocks(
    encoding,
    coder,
    data,
    pred,
    diff,
    between,
    steps,
    fill,
    exact,
    out,
    sizes,
    modes,
    transforms,
    values,
    state,
):
    """Encode the blocks of an image into ``data``, or decode them.

    Parameters
    ----------
    pred, diff
        Output of ``predict``; not used where ``between`` is False.
    between
        Whether there is a prediction from other images.
    steps, fill
        Quantiser step per component, and value of unknown pixels.
    exact
        Whether the values are differences of pixels instead of coefficients.
    out
        (component, y, x) int32: receives the planes when decoding.
    sizes, modes
        Side and mode of the block at each square of 4 x 4 pixels.
    transforms
        Transform of each block, at the same squares.
    values
        (component, y, x) int32: quantised coefficients of each block at its place.
    state
        Counters, weights, single counters.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    counters, weights, singles = state
    count, h, w = out.shape
    done = np.zeros((h >> 2, w >> 2), np.uint8)
    activity = np.zeros((count, (h >> 2) + 1, (w >> 2) + 1), np.int64)
    tmp = np.zeros((LARGEST, LARGEST), np.int32)
    block = np.zeros((LARGEST, LARGEST), np.int32)
    result = np.zeros((LARGEST, LARGEST), np.int32)
    spreads = np.zeros((LARGEST, LARGEST), np.int32)
    magnitudes = np.zeros((count, LARGEST + 2, LARGEST + 2), np.int32)
    line, top, left = np.zeros(128, np.int32), np.zeros(65, np.int32), np.zeros(65, np.int32)
    slots, logits, ways = (
        np.zeros(INPUTS, np.int64),
        np.zeros(INPUTS, np.int64),
        np.zeros(INPUTS, np.int64),
    )
    totals = np.zeros(count + 2, np.int64)
    stack = np.zeros((64, 3), np.int64)
    across = -(-w // LARGEST)
    for root in range(-(-h // LARGEST) * across):
        depth = 1
        stack[0, 0], stack[0, 1], stack[0, 2] = (
            root // across * LARGEST,
            root % across * LARGEST,
            LARGEST,
        )
        while depth > 0:
            depth -= 1
            y, x, n = stack[depth, 0], stack[depth, 1], stack[depth, 2]
            if y >= h or x >= w:
                continue
            k, i4, j4 = number_of(n), y >> 2, x >> 2
            room = 8 * n * n * count + 64
            if encoding is not None and coder[POSITION] + coder[PENDING] + room > data.size:
                return False
            split = np.int64(y + n > h or x + n > w)
            if n > 4 and split == 0:
                c = split_context(sizes, activity, y, x, n, k)
                split = code_single(encoding, coder, data, singles, c, np.int64(sizes[i4, j4] < n))
            if split:
                for t in range(3, -1, -1):
                    stack[depth, 0], stack[depth, 1] = (
                        y + (t >> 1) * (n >> 1),
                        x + (t & 1) * (n >> 1),
                    )
                    stack[depth, 2] = n >> 1
                    depth += 1
                continue
            mode = np.int64(modes[i4, j4])
            mode_left, mode_above = np.int64(-1), np.int64(-1)
            if j4 > 0:
                mode_left = np.int64(modes[i4, j4 - 1])
            if i4 > 0:
                mode_above = np.int64(modes[i4 - 1, j4])
            mode = code_mode(
                encoding, coder, data, singles, mode, mode_left, mode_above, between, k
            )
            if mode < 0:
                return False
            inter = np.int64(mode == INTER_MODE)
            for i in range(n >> 2):
                for j in range(n >> 2):
                    sizes[i4 + i, j4 + j], modes[i4 + i, j4 + j] = n, mode
            way = mode_class(mode)
            scan, transform, chosen = SCAN[k], np.int64(transforms[i4, j4]), exact
            for c in range(count):
                third = min(c, 2)
                beside, over = np.int64(0), np.int64(0)
                for i in range(n >> 2):
                    beside += activity[c, i4 + 1 + i, j4]
                    over += activity[c, i4, j4 + 1 + i]
                beside, over = beside * 4 // n, over * 4 // n
                active = fine(beside + over)
                spread = np.int64(0)
                if inter:
                    for i in range(0, n, 2):
                        for j in range(0, n, 2):
                            spread += abs(diff[0, y + i, x + j])
                    spread = fine(spread * 64 // (n * n) // steps[0])
                first = 1 + min(totals[0], 2) if c > 0 else np.int64(0)
                second = 1 + min(totals[1], 2) if c > 1 else np.int64(0)
                block_slots(
                    slots, beside, over, activity[c, i4, j4], spread, first, second, k, third, way
                )
                last, some = np.int64(-1), np.int64(0)
                if encoding is not None:
                    for i in range(n * n - 1, -1, -1):
                        if values[c, y + scan[i] // n, x + scan[i] % n] != 0:
                            last, some = np.int64(i), np.int64(1)
                            break
                some = code_mixed(
                    encoding,
                    coder,
                    data,
                    counters,
                    slots,
                    SOME * SLOTS,
                    weights,
                    SOME * SETS + k * 3 + third,
                    SOME * SETS + 16 + active,
                    logits,
                    some,
                )
                for i in range(n):
                    for j in range(n):
                        magnitudes[c, i, j] = 0
                    magnitudes[c, i, n] = magnitudes[c, i, n + 1] = 0
                    magnitudes[c, n, i] = magnitudes[c, n + 1, i] = 0
                total, nonzero = np.int64(0), np.int64(0)
                if some:
                    if not chosen:
                        transform = code_transform(
                            encoding, coder, data, singles, transform, k, inter
                        )
                        chosen = True
                    last = code_last(encoding, coder, data, singles, last, k, third, inter)
                    if last >= n * n:
                        return False
                    if inter:
                        for i in range(n):
                            for j in range(n):
                                block[i, j] = diff[c, y + i, x + j]
                        if exact:
                            for i in range(n):
                                for j in range(n):
                                    spreads[i, j] = block[i, j]
                        else:
                            forward(block, n, transform, tmp, spreads)
                    at, plain = last, np.int64(transform == IDENTITY)
                    while at >= 0:
                        fy, fx = scan[at] // n, scan[at] % n
                        near, five = neighbours(magnitudes[c], fy, fx)
                        own, around, other = component_sums(magnitudes, c, fy, fx)
                        difference = np.int64(spreads[fy, fx]) if inter else np.int64(0)
                        far = octave(abs(difference) * 16 // steps[c])
                        rough = np.int64(0)
                        if plain and inter:
                            rough = gradient(pred[c], y + fy, x + fx)
                            rough = octave(rough * 4 // steps[c])
                        sums = coefficient_slots(
                            slots,
                            near,
                            five,
                            own,
                            around,
                            other,
                            fy,
                            fx,
                            at,
                            last,
                            nonzero,
                            active,
                            far,
                            k,
                            third,
                            way,
                            plain,
                            rough,
                        )
                        value = np.int64(values[c, y + fy, x + fx])
                        m = np.int64(at == last)
                        while m < UNARY:
                            which = ZERO + min(c, 1) if m == 0 else MORE + min(m, STEPS) - 1
                            line7 = min(fx + fy, 7)
                            more = code_mixed(
                                encoding,
                                coder,
                                data,
                                counters,
                                slots,
                                which * SLOTS,
                                weights,
                                which * SETS + 80 * plain + sums,
                                which * SETS + 16 + (k * 8 + line7) * 2 + min(c, 1),
                                logits,
                                np.int64(abs(value) > m),
                            )
                            if more == 0:
                                break
                            m += 1
                        if m == UNARY:
                            rest = abs(value) - UNARY + 1
                            bits = code_length(encoding, coder, data, singles, LONG, rest)
                            if bits > MAX_BITS:
                                return False
                            found = np.int64(1)
                            for i in range(bits - 1, -1, -1):
                                bit = code_equiprobable(encoding, coder, data, (rest >> i) & 1)
                                found = 2 * found + bit
                            m = found - 1 + UNARY
                        at -= 1
                        if m == 0:
                            continue
                        nonzero += 1
                        sign_ways(
                            ways,
                            sign(difference),
                            far,
                            sign(values[0, y + fy, x + fx]),
                            sign(values[min(c, 1), y + fy, x + fx]),
                            fy,
                            fx,
                            k,
                            third,
                            mode,
                            plain,
                            sign(values[c, y + fy, x + fx + 1]) if fx + 1 < n else np.int64(0),
                            sign(values[c, y + fy + 1, x + fx]) if fy + 1 < n else np.int64(0),
                        )
                        negative = code_symmetric(
                            encoding,
                            coder,
                            data,
                            counters,
                            ways,
                            SIGN * SLOTS,
                            weights,
                            SIGN * SETS + third,
                            SIGN * SETS + 16 + far,
                            logits,
                            np.int64(value < 0),
                        )
                        magnitudes[c, fy, fx] = min(m, np.int64(255))
                        total += m
                        values[c, y + fy, x + fx] = -m if negative else m
                totals[c] = total
                busy = np.int64(0)
                if total:
                    busy = max(min(total * 16 // n, np.int64(255)), np.int64(1))
                for i in range(n >> 2):
                    for j in range(n >> 2):
                        activity[c, i4 + 1 + i, j4 + 1 + j] = busy
                if encoding is None:
                    if inter:
                        for i in range(n):
                            for j in range(n):
                                out[c, y + i, x + j] = pred[c, y + i, x + j]
                    else:
                        borders(out[c], done, y, x, n, fill[c], top, left)
                        predicted(top, left, n, mode, line, result)
                        for i in range(n):
                            for j in range(n):
                                out[c, y + i, x + j] = result[i, j]
                    if some:
                        for i in range(n):
                            for j in range(n):
                                block[i, j] = values[c, y + i, x + j] * steps[c]
                        if exact:
                            for i in range(n):
                                for j in range(n):
                                    out[c, y + i, x + j] += block[i, j]
                        else:
                            backward(block, n, transform, tmp, result)
                            for i in range(n):
                                for j in range(n):
                                    out[c, y + i, x + j] += result[i, j]
            for i in range(n >> 2):
                for j in range(n >> 2):
                    done[i4 + i, j4 + j] = 1
    return True

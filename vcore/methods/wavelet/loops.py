"""Compiled loop of the wavelet coder: the coefficients of a band.

Arrays are flat, with strides and offsets of neighbours computed by ``bands``: sums over a table of
offsets compile in half the time of as many indexed terms, and are faster. One loop serves encoder
and decoder, so they cannot diverge.
"""

import numpy as np

from vcore.entropy.mixing import code_equiprobable, code_mixed, code_single, code_symmetric
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.methods.wavelet.contexts import (
    AROUND,
    AROUND_BLOCK,
    BEFORE_BLOCK,
    CELL,
    CLASSES,
    FAR,
    MAX_MAGNITUDE,
    UP,
    fill_slots,
    magnitude_class,
    sum_of,
)
from vcore.methods.wavelet.signs import MARK, sign_contexts
from vcore.runtime.jit import inner, kernel

FLAG, ZERO, ONE, STEPS, SIGN = 0, 1, 5, 16, 16
"""First index of each kind of decision, which have separate counters: whether a block of 2 x 2 x 2
is nonzero, whether a coefficient is 0, its magnitude class in unary, its sign."""
MAX_CLASSES = 31
SLOTS = 512
"""Number of contexts per input and decision."""
ZERO_CONTEXTS = 21
SINGLES = ZERO_CONTEXTS + 32 * 32
CONTEXTS = (STEPS + 7) * SLOTS
SIGN_SETS = STEPS * (CLASSES + 8 * 7)
SETS = SIGN_SETS + 7 * (4 + 4)
ROOM = 1024
"""Upper bound on the coded bytes of a block."""


@inner
def code_offset(encoding, coder, data, singles, kind, offset):
    """Code the place of a magnitude in its class: its upper three bits by adaptive counters."""
    found = np.int64(0)
    for k in range(kind - 3, -1, -1):
        bit = (offset >> k) & 1
        if kind - 2 - k > 3:
            bit = code_equiprobable(encoding, coder, data, bit)
        else:
            c = ZERO_CONTEXTS + (kind - 1) * 32 + k
            bit = code_single(encoding, coder, data, singles, c, bit)
        found |= bit << k
    return found


@kernel
def code_band(
    encoding, coder, data, b, sizes, offsets, values, mags, done, marks, blocks, blocks_done, over,
    sums, spread, before, counters, weights, singles, slots, ways, work,
):  # fmt: skip
    """Encode the coefficients of a band into ``data``, or decode them; see ``rangecoder.stream``.

    Parameters
    ----------
    b
        Number of the band, 1 to 7.
    sizes
        Extent of the band along z, y and x, strides along z and y of arrays of coefficients, and of
        arrays of blocks of 2 x 2 x 2, all of which are padded.
    offsets
        Of neighbours; see ``contexts.offsets_of``.
    values
        Integers of the band.
    mags, blocks
        Receive the capped magnitudes and their sums over blocks; zeros so far.
    done, blocks_done
        Sums of these over the previous bands.
    marks
        Integers of all bands, capped to MARK; the previous bands are known.
    over
        Integers of the band in the next coarser level, one for each block.
    sums, spread
        Sum of their magnitudes over all bands, and over 3 x 3 x 3 blocks.
    before
        Magnitudes in the previously coded components of the group and the sums over their
        neighbours, (2, coefficients); (2, 0) without a group.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    nz, ny, nx, pz, py, qz, qy = sizes
    plane = b * values.size
    grouped = before.shape[1] > 0
    for bz in range((nz + 1) >> 1):
        for by in range((ny + 1) >> 1):
            for bx in range((nx + 1) >> 1):
                if encoding is not None and coder[POSITION] + coder[PENDING] + ROOM > data.size:
                    return False
                q = (bz + 1) * qz + (by + 1) * qy + bx + 1
                p = first = (2 * bz + 2) * pz + (2 * by + 2) * py + 2 * bx + 2
                own, parents = min(abs(np.int64(over[q])), MAX_MAGNITUDE), np.int64(sums[q])
                last = 7  # places in the block: bits z, y, x
                if 2 * bz + 1 >= nz:
                    last &= 3
                if 2 * by + 1 >= ny:
                    last &= 5
                if 2 * bx + 1 >= nx:
                    last &= 6
                some = np.int64(0)  # sum of the block's magnitudes
                i = np.int64(-1)
                while i <= last:
                    if i < 0:  # code whether the block is nonzero
                        w = sum_of(mags, p, offsets, UP, UP + 4)
                        n = sum_of(mags, p, offsets, UP + 4, UP + 8)
                        u = sum_of(mags, p, offsets, UP + 8, UP + 12)
                        near = 8 * (w + n + u)
                        far = 2 * sum_of(blocks, q, offsets, BEFORE_BLOCK, BEFORE_BLOCK + 9)
                        here = 4 * np.int64(blocks_done[q])
                        around = sum_of(blocks_done, q, offsets, AROUND_BLOCK, AROUND_BLOCK + 6)
                        step, state = FLAG, 0
                    else:
                        if i & ~last:
                            i += 1
                            continue
                        p = first + np.int64(offsets[CELL + i])
                        w, n, u = (
                            np.int64(mags[p - 1]),
                            np.int64(mags[p - py]),
                            np.int64(mags[p - pz]),
                        )
                        near = 16 * (w + n + u)
                        far = 8 * sum_of(mags, p, offsets, FAR, FAR + 6)
                        far += 4 * sum_of(mags, p, offsets, FAR + 6, FAR + 9)
                        here = 10 * np.int64(done[p])
                        around = 2 * sum_of(done, p, offsets, AROUND, AROUND + 6)
                        state = 7 if some else i
                        step = ZERO + (3 if some else (0 if i < 4 else (1 if i < 6 else 2)))
                    total = near + far + 13 * own + here + around + 2 * parents
                    if grouped:
                        if i < 0:
                            same = sum_of(before[0], p, offsets, CELL, CELL + 8)
                            beside = sum_of(before[1], p, offsets, CELL, CELL + 8) >> 1
                        else:
                            same, beside = 4 * np.int64(before[0, p]), 2 * np.int64(before[1, p])
                        total += same + beside
                        same, beside = 4 * same, 4 * beside
                    else:
                        same, beside = near + far + here, 4 * np.int64(spread[q])
                    k = magnitude_class(total)
                    value, kind, j = np.int64(0), np.int64(0), np.int64(0)
                    if i < 0:
                        if encoding is not None:
                            for place in range(8):
                                kind |= values[np.uint64(p) + offsets[CELL + place]] != 0
                        if total == 0:
                            wide = spread[q]
                            c = b - 1 + 7 * (0 if wide == 0 else (1 if wide < 4 else 2))
                            if code_single(encoding, coder, data, singles, c, kind) == 0:
                                break
                            i = np.int64(0)
                            continue
                    else:
                        value = np.int64(values[p])
                        # classes: 0; 1; 2; 3 and 4; 5 to 8; and so on
                        if value:
                            kind = np.int64(1)
                            while np.int64(1) << (kind - 1) < abs(value):
                                kind += 1
                        j = np.int64(i == last and some == 0)
                    slots[0] = k * 8 + state
                    four = (min(w, 3) * 64 + min(n, 3) * 16) + min(u, 3) * 4
                    slots[4] = 2 * (four + min(own, 3)) + (here > 0)
                    work[0], work[1], work[2], work[3] = near, 2 * far, 16 * own, 8 * parents
                    work[4], work[5], work[6] = here + (here >> 1), 2 * around, near + far
                    work[7], work[8], work[9] = 13 * own + here, 4 * np.int64(spread[q]), 2 * around
                    work[10], work[11] = same, beside
                    fill_slots(slots, work)
                    while j < MAX_CLASSES:
                        if j > 0:
                            step, state = ONE + min(j, STEPS - ONE) - 1, 0
                        more = code_mixed(
                            encoding, coder, data, counters, slots, step * SLOTS, weights,
                            step * CLASSES + k, STEPS * CLASSES + (step * 8 + state) * 7 + b - 1,
                            work, np.int64(kind > j),
                        )  # fmt: skip
                        if more == 0:
                            break
                        j += 1
                        if i < 0:
                            break
                    i += 1
                    if i == 0 and j == 0:
                        break
                    if i == 0 or j == 0:
                        continue
                    least = np.int64(1) if j < 2 else (np.int64(1) << (j - 2)) + 1
                    m = least + code_offset(encoding, coder, data, singles, j, abs(value) - least)
                    if m > 0x7FFFFFFF:
                        return False
                    sign_contexts(marks, plane + p, offsets, b, over[q], i - 1, m, ways, work)
                    negative = code_symmetric(
                        encoding, coder, data, counters, ways, (SIGN + b - 1) * SLOTS, weights,
                        SIGN_SETS + 4 * (b - 1) + min(m, 4) - 1,
                        SIGN_SETS + 28 + 4 * (b - 1) + (w > 0) + (n > 0) + (u > 0),
                        work, np.int64(value < 0),
                    )  # fmt: skip
                    values[p] = -m if negative else m
                    marks[plane + p] = -min(m, MARK) if negative else min(m, MARK)
                    mags[p] = min(m, MAX_MAGNITUDE)
                    some += min(m, MAX_MAGNITUDE)
                blocks[q] = some
    return True

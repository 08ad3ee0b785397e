"""Compiled loops of the wavelet coder: the streams of levels and tiles.

Coefficients are stored interleaved: position (z, y, x) of the band with parities (pz, py, px),
1 for high, has index (2 z + pz, 2 y + py, 2 x + px); the low band's positions hold zeros. One loop
serves encoder and decoder, so they cannot diverge.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.mixing import (
    code_equiprobable,
    code_mixed,
    code_single,
    code_symmetric,
)
from vcore.entropy.rangecoder import (
    PENDING,
    POSITION,
)
from vcore.methods.wavelet.contexts import (
    CLASSES,
    MAX_MAGNITUDE,
    add_band,
    around_block,
    around_coefficient,
    fill_slots,
    magnitude_class,
    pair,
    parents_of,
    previous_components,
)
from vcore.methods.wavelet.signs import MARK, sign_contexts
from vcore.runtime.jit import jit

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


def work_of(shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    """Return zeroed work arrays for a level of ``shape``."""
    nz, ny, nx = ((n + 3) // 4 for n in shape)
    around, twice = (nz + 2, ny + 2, nx + 2), (2 * nz + 4, 2 * ny + 4, 2 * nx + 4)
    return (
        *np.zeros((3, 8), np.int64),
        np.zeros((8, nz, ny, nx), np.int32),
        np.zeros(around, np.int32),
        np.zeros((nz, ny, nx), np.int32),
        # sums of the previous bands, per position and per block
        np.zeros((2 * nz + 2, 2 * ny + 2, 2 * nx + 2), np.int32),
        np.zeros(around, np.int32),
        np.zeros((8, *twice), np.int8),
        # magnitudes of the current band and their block sums, cleared after each band
        np.zeros((2 * nz + 3, 2 * ny + 3, 2 * nx + 4), np.int32),
        np.zeros(around, np.int32),
    )


@jit
def code_level(
    encoding, coder, data, values, first, parent, before, counters, weights, singles, work
):
    """Encode the coefficients of a level into ``data``, or decode them; see ``rangecoder.stream``.

    Parameters
    ----------
    values
        Integers of the level.
    first
        Offset of the level in ``before``.
    parent
        Integers of the next coarser level over this one.
    before
        Magnitudes in the previously coded components of the group and the sums over their
        neighbours, (2, coefficients); (2, 0) without a group.
    work
        Output of ``work_of`` for the level's shape.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    slots, logits, ways, above, sums, spread, done, blocks_done, marks, mags, blocks = work
    dz, dy, dx = values.shape
    parents_of(parent, (dz + 1) >> 1, (dy + 1) >> 1, (dx + 1) >> 1, above, sums, spread)
    for b in range(1, 8):
        pz, py, px = b >> 2, (b >> 1) & 1, b & 1
        nz, ny, nx = (dz + 1 - pz) >> 1, (dy + 1 - py) >> 1, (dx + 1 - px) >> 1
        for bz in range((nz + 1) >> 1):
            for by in range((ny + 1) >> 1):
                for bx in range((nx + 1) >> 1):
                    if encoding is not None and coder[POSITION] + coder[PENDING] + ROOM > data.size:
                        return False
                    own = np.int64(above[b, bz, by, bx])
                    parents = np.int64(sums[bz + 1, by + 1, bx + 1])
                    wide = np.int64(spread[bz, by, bx])
                    last = 7
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
                            z, y, x = 2 * bz, 2 * by, 2 * bx
                            w, n, u, far, here, around = around_block(
                                mags, blocks, blocks_done, bz, by, bx
                            )
                            step, state = FLAG, 0
                            near4, far4, here4, around4 = (
                                8 * (w + n + u),
                                2 * far,
                                4 * here,
                                around,
                            )
                        else:
                            z, y, x = (
                                2 * bz + (i >> 2),
                                2 * by + ((i >> 1) & 1),
                                2 * bx + (i & 1),
                            )
                            if z >= nz or y >= ny or x >= nx:
                                i += 1
                                continue
                            w, n, u, far, here, around = around_coefficient(mags, done, z, y, x)
                            state = 7 if some else i
                            step = ZERO + (3 if some else (0 if i < 4 else (1 if i < 6 else 2)))
                            near4, far4, here4, around4 = (
                                16 * (w + n + u),
                                4 * far,
                                10 * here,
                                2 * around,
                            )
                        total = near4 + far4 + 13 * own + here4 + around4 + 2 * parents
                        same4, beside4 = np.int64(0), np.int64(0)
                        if before.shape[1]:
                            same4, beside4 = previous_components(
                                before, first, dz, dy, dx, b, 2 * bz, 2 * by, 2 * bx, i
                            )
                            total += same4 + beside4
                        k = magnitude_class(total)
                        if i < 0:
                            value, m, kind = np.int64(0), np.int64(0), np.int64(0)
                            if encoding is not None:
                                for ii in range(8):
                                    zz, yy, xx = (
                                        z + (ii >> 2),
                                        y + ((ii >> 1) & 1),
                                        x + (ii & 1),
                                    )
                                    if zz < nz and yy < ny and xx < nx:
                                        kind |= values[2 * zz + pz, 2 * yy + py, 2 * xx + px] != 0
                            if total == 0:
                                c = b - 1 + 7 * (0 if wide == 0 else (1 if wide < 4 else 2))
                                if code_single(encoding, coder, data, singles, c, kind) == 0:
                                    break
                                i = np.int64(0)
                                continue
                            j = np.int64(0)
                        else:
                            value = np.int64(values[2 * z + pz, 2 * y + py, 2 * x + px])
                            m = abs(value)
                            # classes: 0; 1; 2; 3 and 4; 5 to 8; and so on
                            kind = np.int64(0)
                            if m > 0:
                                kind, top = np.int64(1), np.int64(1)
                                while top < m:
                                    kind += 1
                                    top <<= 1
                            j = np.int64(i == last and some == 0)
                        slots[0] = k * 8 + state
                        four = (min(w, 3) * 64 + min(n, 3) * 16) + min(u, 3) * 4
                        slots[4] = 2 * (four + min(own, 3)) + (here > 0)
                        fill_slots(slots, near4, far4, own, parents, here4, around4, wide)
                        if before.shape[1]:
                            slots[7] = pair(4 * same4, 4 * beside4)
                        while j < MAX_CLASSES:
                            if j > 0:
                                step, state = ONE + min(j, STEPS - ONE) - 1, 0
                            more = np.int64(kind > j)
                            more = code_mixed(
                                encoding,
                                coder,
                                data,
                                counters,
                                slots,
                                step * SLOTS,
                                weights,
                                step * CLASSES + k,
                                STEPS * CLASSES + (step * 8 + state) * 7 + b - 1,
                                logits,
                                more,
                            )
                            if more == 0:
                                break
                            j += 1
                            if i < 0:
                                break
                        i += 1
                        if j == 0:
                            if i == 0:
                                break
                            continue
                        if i == 0:
                            continue
                        # offset within the class
                        m -= 1 if j < 2 else (np.int64(1) << (j - 2)) + 1
                        rest = np.int64(0)
                        for bit_ in range(j - 3, -1, -1):
                            c = ZERO_CONTEXTS + (j - 1) * 32 + bit_
                            if j - 2 - bit_ > 3:
                                bit = code_equiprobable(encoding, coder, data, (m >> bit_) & 1)
                            else:
                                bit = code_single(
                                    encoding, coder, data, singles, c, (m >> bit_) & 1
                                )
                            rest |= bit << bit_
                        m = rest + (1 if j < 2 else (np.int64(1) << (j - 2)) + 1)
                        if m > 0x7FFFFFFF:
                            return False
                        negative = np.int64(value < 0)
                        zz, yy, xx = 2 * bz + pz, 2 * by + py, 2 * bx + px
                        over = np.int64(0)
                        if zz < parent.shape[0] and yy < parent.shape[1] and xx < parent.shape[2]:
                            over = np.int64(parent[zz, yy, xx])
                        sign_contexts(marks, b, z + 2, y + 2, x + 2, over, m, ways)
                        negative = code_symmetric(
                            encoding,
                            coder,
                            data,
                            counters,
                            ways,
                            (SIGN + b - 1) * SLOTS,
                            weights,
                            SIGN_SETS + 4 * (b - 1) + min(m, 4) - 1,
                            SIGN_SETS + 28 + 4 * (b - 1) + (w > 0) + (n > 0) + (u > 0),
                            logits,
                            negative,
                        )
                        values[2 * z + pz, 2 * y + py, 2 * x + px] = -m if negative else m
                        marks[b, z + 2, y + 2, x + 2] = -min(m, MARK) if negative else min(m, MARK)
                        m = min(m, MAX_MAGNITUDE)
                        mags[z + 2, y + 2, x + 2] = m
                        some += m
                    blocks[bz + 1, by + 1, bx + 1] = some
        add_band(mags, blocks, done, blocks_done)
    return True

"""The compiled loops of the wavelet coder: the streams of levels and tiles.

Coefficients lie interleaved: the one of position (z, y, x) in the band of parities (pz, py, px),
1 for high, has index (2 z + pz, 2 y + py, 2 x + px); the low band's places hold zeros. One loop
serves coder and decoder, so that they cannot disagree.
"""

import numpy as np

from vcore.entropy.mixing import code_even, code_mixed, code_single, code_turned
from vcore.entropy.rangecoder import (
    CODE,
    PENDING,
    POSITION,
    RANGE,
    finish_encoder,
    jit,
    start_decoder,
    start_encoder,
)
from vcore.methods.wavelet.signs import MARK, sign_contexts

FLAG, ZERO, ONE, STEPS, SIGN = 0, 1, 5, 16, 16
"""Decisions that have counters of their own: whether a block of 2 x 2 x 2 holds anything, whether a
coefficient is 0, and the first of a magnitude's class."""
MOST = 16383
"""Larger magnitudes count as this in sums."""
MOST_CLASSES = 31
SLOTS = 512
"""Contexts of an input and decision."""
PAIR = 21
"""Largest class of a context made of two."""
CLASSES = 32
ZERO_CONTEXTS = 21
SINGLES = ZERO_CONTEXTS + 32 * 32
SIGN_SETS = STEPS * (CLASSES + 8 * 7)
SETS = SIGN_SETS + 7 * (4 + 4)
ROOM = 1024
"""No block takes more bytes than this."""
THRESHOLDS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
"""Where the classes 1 to 14 of a sum of neighbours begin, in sixteenths: two an octave."""
CLASS = np.searchsorted(np.array(THRESHOLDS), np.arange(1024), side="right").astype(np.int64)


@jit
def magnitude_class(v):
    """Class of a sum of neighbours in sixteenths: 0 to 31, two an octave."""
    if v < 1024:
        return CLASS[v]
    if v < 16384:
        return CLASS[v >> 4] + 8
    return min(CLASS[min(v >> 8, 1023)] + 16, CLASSES - 1)


@jit
def parents_of(parent, hz, hy, hx):
    """Return the magnitudes of the level above by band, their sum, and the sum around (the sum has
    a place more to either side)."""
    qz, qy, qx = (hz + 1) >> 1, (hy + 1) >> 1, (hx + 1) >> 1
    above = np.zeros((8, qz, qy, qx), np.int32)
    sums = np.zeros((qz + 2, qy + 2, qx + 2), np.int32)
    for z in range(min(parent.shape[0], hz)):
        for y in range(min(parent.shape[1], hy)):
            for x in range(min(parent.shape[2], hx)):
                m = min(abs(np.int64(parent[z, y, x])), MOST)
                if m and (z | y | x) & 1:
                    b = ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
                    above[b, z >> 1, y >> 1, x >> 1] = m
                    sums[(z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1] += m
    spread = np.zeros((qz, qy, qx), np.int32)
    for z in range(qz):
        for y in range(qy):
            for x in range(qx):
                t = np.int64(0)
                for i in range(z, z + 3):
                    for j in range(y, y + 3):
                        t += np.int64(sums[i, j, x]) + sums[i, j, x + 1] + sums[i, j, x + 2]
                spread[z, y, x] = t
    return above, sums, spread


@jit
def add_band(mags, blocks, done, blocks_done):
    """Add a band's magnitudes, of each place and of each block, to those of the bands before."""
    for z in range(1, blocks.shape[0] - 1):
        for y in range(1, blocks.shape[1] - 1):
            for x in range(1, blocks.shape[2] - 1):
                t = blocks[z, y, x]
                if t:
                    blocks_done[z, y, x] += t
                    for i in range(8):
                        k, j, h = (
                            2 * z - 2 + (i >> 2),
                            2 * y - 2 + ((i >> 1) & 1),
                            2 * x - 2 + (i & 1),
                        )
                        done[k + 1, j + 1, h + 1] += mags[k + 2, j + 2, h + 2]


@jit
def pair(a, b):
    """Context of two numbers' classes."""
    return min(magnitude_class(a), PAIR) * 22 + min(magnitude_class(b), PAIR)


@jit
def fill_slots(slots, near, far, own, parents, here, around, wide):
    """Fill the slots that are the same for blocks and coefficients."""
    slots[1] = pair(near, 2 * far)
    slots[2] = pair(16 * own, 8 * parents)
    slots[3] = pair(here + (here >> 1), 2 * around)
    slots[5] = pair(near + far, 13 * own + here)
    slots[6] = pair(4 * wide, 2 * around)
    slots[7] = pair(near + far + here, 4 * wide)


@jit
def around_block(mags, blocks, done, bz, by, bx):
    """Return what lies around a block: the magnitudes that touch it from the left, the front and
    above, the coded blocks around, the bands before in the block and beside it."""
    z, y, x = 2 * bz + 2, 2 * by + 2, 2 * bx + 2
    w, n, u = np.int64(0), np.int64(0), np.int64(0)
    for i in range(2):
        for j in range(2):
            w += mags[z + i, y + j, x - 1]
            n += mags[z + i, y - 1, x + j]
            u += mags[z - 1, y + i, x + j]
    z, y, x = bz + 1, by + 1, bx + 1
    far = np.int64(blocks[z, y, x - 1]) + blocks[z, y - 1, x] + blocks[z - 1, y, x]
    far += np.int64(blocks[z, y - 1, x - 1]) + blocks[z, y - 1, x + 1]
    far += np.int64(blocks[z - 1, y, x - 1]) + blocks[z - 1, y, x + 1]
    far += np.int64(blocks[z - 1, y - 1, x]) + blocks[z - 1, y + 1, x]
    return w, n, u, far, np.int64(done[z, y, x]), beside(done, z, y, x)


@jit
def around_place(mags, done, z, y, x):
    """Return what lies around a coefficient: its coded neighbours to the left, in front and above,
    others, the bands before in its place and beside it."""
    z, y, x = z + 2, y + 2, x + 2
    far = np.int64(mags[z, y - 1, x - 1]) + mags[z, y - 1, x + 1]
    far += np.int64(mags[z - 1, y, x - 1]) + mags[z - 1, y, x + 1]
    far += np.int64(mags[z - 1, y - 1, x]) + mags[z - 1, y + 1, x]
    far = 2 * far + mags[z, y, x - 2] + mags[z, y - 2, x] + mags[z - 2, y, x]
    w, n, u = np.int64(mags[z, y, x - 1]), np.int64(mags[z, y - 1, x]), np.int64(mags[z - 1, y, x])
    z, y, x = z - 1, y - 1, x - 1
    return w, n, u, far, np.int64(done[z, y, x]), beside(done, z, y, x)


@jit
def beside(a, z, y, x):
    """Return the sum of the six neighbours."""
    return (
        (np.int64(a[z - 1, y, x]) + a[z + 1, y, x])
        + (np.int64(a[z, y - 1, x]) + a[z, y + 1, x])
        + (np.int64(a[z, y, x - 1]) + a[z, y, x + 1])
    )


@jit
def of_before(before, first, dz, dy, dx, b, z, y, x, i):
    """Return what the components before have at coefficient ``i`` of a block, and beside it; of the
    whole block where ``i`` is negative."""
    same, near = np.int64(0), np.int64(0)
    for k in range(max(i, 0), 8 if i < 0 else i + 1):
        zz = 2 * (z + (k >> 2)) + (b >> 2)
        yy = 2 * (y + ((k >> 1) & 1)) + ((b >> 1) & 1)
        xx = 2 * (x + (k & 1)) + (b & 1)
        if zz < dz and yy < dy and xx < dx:
            same += before[0, first + (zz * dy + yy) * dx + xx]
            near += before[1, first + (zz * dy + yy) * dx + xx]
    return (same, near >> 1) if i < 0 else (4 * same, 2 * near)


@jit
def code_levels(encoding, data, q, starts, shapes, parent, before, counters, weights, singles):
    """Code the coefficients of one or more levels, coarse to fine, into or out of ``data``.

    Parameters
    ----------
    q
        Integers of all levels, flat; a level's array begins at ``starts`` and has ``shapes``.
    parent
        Integers of the level above the first, as far as it lies over this one.
    before
        For each coefficient the magnitude in the components of the group coded before, and the
        sum of those beside it, (2, coefficients); (2, 0) for a volume without such.

    Returns
    -------
    The stream's length, or 0 from a decoder; -1 where the stream is impossible or ``data`` short.
    """
    coder = np.zeros(5, np.int64)
    if encoding:
        start_encoder(coder)
    else:
        start_decoder(coder, data)
        if coder[CODE] >= coder[RANGE]:
            return -1
    slots, logits, ways = np.zeros(8, np.int64), np.zeros(8, np.int64), np.zeros(8, np.int64)
    for level in range(len(starts)):
        dz, dy, dx = shapes[level]
        first = starts[level]
        values = q[first : first + dz * dy * dx].reshape(dz, dy, dx)
        hz, hy, hx = (dz + 1) >> 1, (dy + 1) >> 1, (dx + 1) >> 1
        qz, qy, qx = (hz + 1) >> 1, (hy + 1) >> 1, (hx + 1) >> 1
        above, sums, spread = parents_of(parent, hz, hy, hx)
        # sums of the bands coded before, of each place and of each block
        done = np.zeros((2 * qz + 2, 2 * qy + 2, 2 * qx + 2), np.int32)
        blocks_done = np.zeros((qz + 2, qy + 2, qx + 2), np.int32)
        marks = np.zeros((8, 2 * qz + 4, 2 * qy + 4, 2 * qx + 4), np.int8)
        for b in range(1, 8):
            pz, py, px = b >> 2, (b >> 1) & 1, b & 1
            nz, ny, nx = (dz + 1 - pz) >> 1, (dy + 1 - py) >> 1, (dx + 1 - px) >> 1
            mags = np.zeros((2 * qz + 3, 2 * qy + 3, 2 * qx + 4), np.int32)
            blocks = np.zeros((qz + 2, qy + 2, qx + 2), np.int32)
            for bz in range((nz + 1) >> 1):
                for by in range((ny + 1) >> 1):
                    for bx in range((nx + 1) >> 1):
                        if encoding and coder[POSITION] + coder[PENDING] + ROOM > data.size:
                            return -1
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
                        some = np.int64(0)  # sum of magnitudes in the block
                        i = np.int64(-1)
                        while i <= last:
                            if i < 0:  # is anything in the block?
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
                                w, n, u, far, here, around = around_place(mags, done, z, y, x)
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
                                same4, beside4 = of_before(
                                    before, first, dz, dy, dx, b, 2 * bz, 2 * by, 2 * bx, i
                                )
                                total += same4 + beside4
                            k = magnitude_class(total)
                            if i < 0:
                                value, m, kind = np.int64(0), np.int64(0), np.int64(0)
                                if encoding:
                                    for ii in range(8):
                                        zz, yy, xx = (
                                            z + (ii >> 2),
                                            y + ((ii >> 1) & 1),
                                            x + (ii & 1),
                                        )
                                        if zz < nz and yy < ny and xx < nx:
                                            kind |= (
                                                values[2 * zz + pz, 2 * yy + py, 2 * xx + px] != 0
                                            )
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
                                # class 0 is 0, 1 is 1, 2 is 2, 3 is 3 and 4, 4 is 5 to 8, and so on
                                kind = np.int64(0)
                                if m > 0:
                                    kind, top = np.int64(1), np.int64(1)
                                    while top < m:
                                        kind += 1
                                        top <<= 1
                                j = np.int64(i == last and some == 0)
                            four = (min(w, 3) * 64 + min(n, 3) * 16) + min(u, 3) * 4 + min(own, 3)
                            slots[0] = k * 8 + state
                            slots[4] = 2 * four + (here > 0)
                            fill_slots(slots, near4, far4, own, parents, here4, around4, wide)
                            if before.shape[1]:
                                slots[7] = pair(4 * same4, 4 * beside4)
                            while j < MOST_CLASSES:
                                if j > 0:
                                    step, state = ONE + min(j, STEPS - ONE) - 1, 0
                                if (
                                    code_mixed(
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
                                        np.int64(kind > j),
                                    )
                                    == 0
                                ):
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
                            # the place within the class
                            m -= 1 if j < 2 else (np.int64(1) << (j - 2)) + 1
                            rest = np.int64(0)
                            for bit_ in range(j - 3, -1, -1):
                                c = ZERO_CONTEXTS + (j - 1) * 32 + bit_
                                if j - 2 - bit_ > 3:
                                    bit = code_even(encoding, coder, data, (m >> bit_) & 1)
                                else:
                                    bit = code_single(
                                        encoding, coder, data, singles, c, (m >> bit_) & 1
                                    )
                                rest |= bit << bit_
                            m = rest + (1 if j < 2 else (np.int64(1) << (j - 2)) + 1)
                            if m > 0x7FFFFFFF:
                                return -1
                            zz, yy, xx = 2 * bz + pz, 2 * by + py, 2 * bx + px
                            over = np.int64(0)
                            if (
                                zz < parent.shape[0]
                                and yy < parent.shape[1]
                                and xx < parent.shape[2]
                            ):
                                over = np.int64(parent[zz, yy, xx])
                            sign_contexts(marks, b, z + 2, y + 2, x + 2, over, m, ways)
                            negative = code_turned(
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
                                np.int64(value < 0),
                            )
                            values[2 * z + pz, 2 * y + py, 2 * x + px] = -m if negative else m
                            marks[b, z + 2, y + 2, x + 2] = (
                                -min(m, MARK) if negative else min(m, MARK)
                            )
                            m = min(m, MOST)
                            mags[z + 2, y + 2, x + 2] = m
                            some += m
                        blocks[bz + 1, by + 1, bx + 1] = some
            add_band(mags, blocks, done, blocks_done)
        parent = values
    if encoding:
        finish_encoder(coder, data)
        return coder[POSITION]
    return 0

"""Compiled loop of the fast coder: the integers of a tile, band by band.

Every decision is one adaptive bit, chosen by a weighted sum of magnitudes around it. Sums over
finished rows are formed a row at a time, so that only the last two positions are added one by one;
blocks without coefficients are skipped. One loop serves encoder and decoder.

Imports numba at module level: import it only inside the functions that code a stream.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rangecoder import PENDING, POSITION, code_raw
from vcore.entropy.rangecoder import code_bit as inlined_code_bit
from vcore.methods.wavelet.contexts import CLASSES, MAX_MAGNITUDE, magnitude_class
from vcore.runtime.jit import inner, kernel, sign

BLOCK = 4
"""Side of a block, in positions of a band."""
NEAR = 5
"""Classes of the sum of the three nearest magnitudes: 0, 1, 2, 3, more."""
STEPS, MAX_CLASSES = 8, 32
"""Kinds of decisions on magnitudes above 0, and the number of classes of magnitudes."""
ROW_BYTES = 512
"""Upper bound on the coded bytes of BLOCK positions of a row."""

BAND, FLAG = 0, 7
ZERO = FLAG + CLASSES * 4
MORE = ZERO + CLASSES * NEAR
OFFSET = MORE + STEPS * CLASSES
SIGN = OFFSET + MAX_CLASSES + 1
CONTEXTS = SIGN + 14 * 7
"""First context of each kind of decision: whether a band holds anything, whether a block does,
whether a coefficient is 0, its class in unary, the highest bit of its offset in the class."""


@inner
def code_bit(encoding, coder, data, contexts, c, bit):
    """Code ``bit`` with context ``c``; typed once for all calls, which compile in a third of the
    time."""
    return inlined_code_bit(encoding, coder, data, contexts, c, bit)


@inner
def is_full(coder, data):
    """Return whether there may be no room for the next block of a row."""
    return coder[POSITION] + coder[PENDING] + ROW_BYTES > data.size


@inner
def code_magnitude(encoding, coder, data, contexts, k, m):
    """Code a magnitude of 1 or more; classes are 1; 2; 3 and 4; 5 to 8; and so on."""
    kind = np.int64(1)
    if encoding is not None:
        while (np.int64(1) << (kind - 1)) < m:
            kind += 1
    j = np.int64(1)
    while j < MAX_CLASSES:
        c = MORE + (min(j, STEPS) - 1) * CLASSES + k
        if code_bit(encoding, coder, data, contexts, c, np.int64(kind > j)) == 0:
            break
        j += 1
    if j < 3:
        return j
    first = (np.int64(1) << (j - 2)) + 1
    bits = j - 2
    offset = m - first
    high = code_bit(
        encoding, coder, data, contexts, OFFSET + j, np.int64((offset >> (bits - 1)) & 1)
    )
    low = code_raw(encoding, coder, data, offset & ((np.int64(1) << (bits - 1)) - 1), bits - 1)
    return first + (high << (bits - 1)) + low


@inner
def mark_blocks(q, nz, ny, nx, flags):
    """Set the flags of the blocks of a band that hold anything; return whether any does."""
    some = np.int64(0)
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                if q[z, y, x]:
                    flags[(z >> 2) + 1, (y >> 2) + 1, (x >> 2) + 1] = 1
                    some = np.int64(1)
    return some


@inner
def code_flags(encoding, coder, data, contexts, above, sums, nz, ny, nx, flags):
    """Code the flags of the blocks of a band; return whether there is room for them."""
    pz, py, px = above.shape
    for i in range((nz + 3) >> 2):
        for j in range((ny + 3) >> 2):
            if encoding is not None and is_full(coder, data):
                return False
            for k in range((nx + 3) >> 2):
                t = np.int64(0)
                for z in range(2 * i, min(2 * i + 2, pz)):
                    for y in range(2 * j, min(2 * j + 2, py)):
                        for x in range(2 * k, min(2 * k + 2, px)):
                            t += above[z, y, x]
                c = np.int64(flags[i, j + 1, k + 1]) + flags[i + 1, j, k + 1]
                c += flags[i + 1, j + 1, k]
                c += FLAG + 4 * magnitude_class(10 * t + sums[i, j, k])
                flag = np.int64(flags[i + 1, j + 1, k + 1])
                flags[i + 1, j + 1, k + 1] = code_bit(encoding, coder, data, contexts, c, flag)
    return True


@inner
def is_empty(flags):
    """Return whether no block of a row of them holds anything."""
    some = np.int64(0)
    for k in range(flags.size):
        some |= np.int64(flags[k])
    return some == 0


@inner
def sum_row(mags, above, here, z, y, nx, near, total):
    """Put the sums of magnitudes around each position of a row that do not depend on the row itself
    into ``near`` (the two nearest) and ``total`` (all, weighted)."""
    up, north = mags[z + 1, y + 2], mags[z + 2, y + 1]
    up_north, up_south = mags[z + 1, y + 1], mags[z + 1, y + 3]
    far_up, far_north = mags[z, y + 2], mags[z + 2, y]
    over, beside = above[z >> 1, y >> 1], here[z, y]
    for x in range((nx + 1) >> 1):
        total[2 * x] = 12 * over[x]
        total[2 * x + 1] = 12 * over[x]
    for x in range(nx):
        sides = north[x + 1] + north[x + 3] + up[x + 1] + up[x + 3]
        sides += up_north[x + 2] + up_south[x + 2]
        n = up[x + 2] + north[x + 2]
        near[x] = n
        total[x] += 24 * n + 8 * sides + 4 * (far_up[x + 2] + far_north[x + 2])
    for x in range(nx):
        total[x] += 10 * beside[x]


@inner
def code_sign(encoding, coder, data, contexts, b, q, z, y, x):
    """Code the sign of an integer, predicted from those of its three neighbours; contexts with all
    signs opposite are one."""
    c = np.int64(0)
    if x:
        c += 9 * sign(np.int64(q[z, y, x - 1]))
    if y:
        c += 3 * sign(np.int64(q[z, y - 1, x]))
    if z:
        c += sign(np.int64(q[z - 1, y, x]))
    turned = np.int64(c < 0)
    c = SIGN + 14 * (b - 1) + abs(c)
    return turned ^ code_bit(encoding, coder, data, contexts, c, turned ^ np.int64(q[z, y, x] < 0))


@inner
def code_row(encoding, coder, data, contexts, b, q, z, y, nx, flags, near, total, row, here, sums):
    """Code a row of a band, and put its magnitudes into ``row`` and add them to ``here`` and
    ``sums``; return whether it fits."""
    for k in range((nx + 3) >> 2):
        if flags[k] == 0:
            continue
        if encoding is not None and is_full(coder, data):
            return False
        left, far = np.int64(row[4 * k + 1]), np.int64(row[4 * k])
        for x in range(4 * k, min(4 * k + 4, nx)):
            c = magnitude_class(total[x] + 24 * left + 4 * far)
            zero = ZERO + NEAR * c + min(near[x] + left, NEAR - 1)
            far, left = left, np.int64(0)
            if code_bit(encoding, coder, data, contexts, zero, np.int64(q[z, y, x] != 0)):
                m = abs(np.int64(q[z, y, x]))
                m = code_magnitude(encoding, coder, data, contexts, c, m)
                if m > 0x7FFFFFFF:
                    return False
                negative = code_sign(encoding, coder, data, contexts, b, q, z, y, x)
                q[z, y, x] = -m if negative else m
                left = min(m, MAX_MAGNITUDE)
                row[x + 2] = left
                here[x] += left
                sums[k] += left
    return True


def work_of(shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    """Return zeroed work arrays for integers of ``shape``, (7, z, y, x): the sums of magnitudes
    over the bands so far, by position and by block; two rows; the flags of blocks and the
    magnitudes of each band, with two positions of padding in front of each axis."""
    _, hz, hy, hx = shape
    bz, by, bx = (hz + 3) >> 2, (hy + 3) >> 2, (hx + 3) >> 2
    return (
        np.zeros((hz, hy, hx), np.int32),
        np.zeros((bz, by, bx), np.int32),
        *np.zeros((2, 4 * bx), np.int32),
        np.zeros((7, bz + 1, by + 1, bx + 1), np.uint8),
        np.zeros((7, hz + 2, hy + 3, 4 * bx + 3), np.int32),
    )


@kernel
def code_tile(encoding, coder, data, shape, values, parent, contexts, work):
    """Encode the integers of a tile into ``data``, or decode them; see ``rangecoder.stream``.

    Parameters
    ----------
    shape
        Extent of the tile in its level, interleaved.
    values
        Integers by band and position, int32 of shape (7, hz, hy, hx), for bands 1 to 7; positions
        beyond a band's end are 0.
    parent
        Magnitudes of the next coarser level over the tile, int32 of shape (7, pz, py, px) of half
        of that of ``values``, rounded up.
    contexts
        New contexts, CONTEXTS of them.
    work
        Output of ``work_of`` for the shape of ``values``.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    here, sums, near, total, all_flags, all_mags = work
    for b in range(1, 8):
        nz = (shape[0] + 1 - (b >> 2)) >> 1
        ny = (shape[1] + 1 - ((b >> 1) & 1)) >> 1
        nx = (shape[2] + 1 - (b & 1)) >> 1
        if nz == 0 or ny == 0 or nx == 0:
            continue
        q, above, flags, mags = values[b - 1], parent[b - 1], all_flags[b - 1], all_mags[b - 1]
        some = np.int64(0)
        if encoding is not None:
            some = mark_blocks(q, nz, ny, nx, flags)
            if is_full(coder, data):
                return False
        if code_bit(encoding, coder, data, contexts, BAND + b - 1, some) == 0:
            continue
        if not code_flags(encoding, coder, data, contexts, above, sums, nz, ny, nx, flags):
            return False
        for z in range(nz):
            for y in range(ny):
                line = flags[(z >> 2) + 1, (y >> 2) + 1, 1:]
                if is_empty(line):
                    continue
                sum_row(mags, above, here, z, y, nx, near, total)
                if not code_row(
                    encoding, coder, data, contexts, b, q, z, y, nx, line, near, total,
                    mags[z + 2, y + 2], here[z, y], sums[z >> 2, y >> 2],
                ):  # fmt: skip
                    return False
    return True

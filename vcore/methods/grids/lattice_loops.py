"""Compiled loop of the streams of integers of a grid: a tile of blocks, most of them empty.

One loop serves encoder and decoder, so they cannot diverge. Integer arithmetic only
(docs/format.md, section 29).
"""

import numpy as np

from vcore.entropy.magnitudes import (
    IMPOSSIBLE,
    KINDS,
    MAX_VALUE_BYTES,
    SETS,
    SLOTS,
    code_integer,
    fine,
    octave,
)
from vcore.entropy.mixing import INPUTS, code_mixed
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit, sign

BLOCK = 4
"""Side in nodes of the blocks of which the empty ones are marked."""
SOME, ALL_KINDS = KINDS, KINDS + 1
"""Kind of decision beside those of integers: whether a block has any other than 0."""
MAX_PLANE = 16


@inner
def size_at(values, z, y, x):
    """Return the magnitude of a node, 0 beyond the edges."""
    if z < 0 or y < 0 or x < 0:
        return np.int64(0)
    if z >= values.shape[0] or y >= values.shape[1] or x >= values.shape[2]:
        return np.int64(0)
    return abs(np.int64(values[z, y, x]))


@inner
def sign_at(values, z, y, x):
    """Return the sign of a node, 0 beyond the edges."""
    return sign(values[z, y, x]) if z >= 0 and y >= 0 and x >= 0 else np.int64(0)


@inner
def coarse_at(coarse, z, y, x):
    """Return a weighted sum of magnitudes around the coarse node of a fine one."""
    if coarse.shape[0] == 0:
        return np.int64(0)
    p, q, r = (z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1
    found = 2 * abs(np.int64(coarse[p, q, r]))
    found += abs(np.int64(coarse[p + 2 * (z & 1) - 1, q, r]))
    found += abs(np.int64(coarse[p, q + 2 * (y & 1) - 1, r]))
    return found + abs(np.int64(coarse[p, q, r + 2 * (x & 1) - 1]))


@inner
def block_slots(slots, some, beside, coarse, b, c, d, plane):
    """Put the contexts of whether a block has integers other than 0 into ``slots``; return a
    class of its surroundings."""
    left, above, behind = some[b + 1, c + 1, d], some[b + 1, c, d + 1], some[b, c + 1, d + 1]
    pattern = np.int64(left + 2 * above + 4 * behind)
    far = np.int64(some[b + 1, c, d] + some[b + 1, c, d + 2] + some[b, c + 1, d])
    far += np.int64(some[b, c + 1, d + 2] + some[b, c, d + 1] + some[b, c + 2, d + 1])
    inside, around, same = np.int64(0), np.int64(0), np.int64(0)
    if coarse.shape[0] > 0:
        half = BLOCK // 2
        for p in range(b * half, min(b * half + half + 2, coarse.shape[0])):
            for q in range(c * half, min(c * half + half + 2, coarse.shape[1])):
                for r in range(d * half, min(d * half + half + 2, coarse.shape[2])):
                    v = abs(np.int64(coarse[p, q, r]))
                    around += v
                    if (
                        0 < p - b * half <= half
                        and 0 < q - c * half <= half
                        and 0 < r - d * half <= half
                    ):
                        inside += v
    if beside.shape[0] > 0:
        for z in range(b * BLOCK, min(b * BLOCK + BLOCK, beside.shape[0])):
            for y in range(c * BLOCK, min(c * BLOCK + BLOCK, beside.shape[1])):
                for x in range(d * BLOCK, min(d * BLOCK + BLOCK, beside.shape[2])):
                    same += abs(np.int64(beside[z, y, x]))
    slots[0] = pattern * 16 + plane
    slots[1] = fine(inside) * 16 + plane
    slots[2] = fine(around) * 16 + plane
    slots[3] = fine(same) * 16 + plane
    slots[4] = pattern * 128 + far * 16 + min(fine(inside), 15)
    slots[5] = (min(fine(around), 15) * 8 + octave(inside)) * 8 + octave(same)
    slots[6] = (far * 8 + octave(around)) * 16 + plane
    slots[7] = fine(around + same + 4 * (far + left + above + behind)) * 16 + plane
    return fine(around + same)


@inner
def node_slots(slots, ways, done, beside, coarse, z, y, x, plane):
    """Put the contexts of a node into ``slots`` and ``ways``; return a class of its neighbours."""
    left, above, behind = (
        size_at(done, z, y, x - 1), size_at(done, z, y - 1, x), size_at(done, z - 1, y, x)
    )  # fmt: skip
    near = 2 * (left + above + behind)
    near += size_at(done, z, y - 1, x - 1) + size_at(done, z, y - 1, x + 1)
    near += size_at(done, z - 1, y, x - 1) + size_at(done, z - 1, y, x + 1)
    near += size_at(done, z - 1, y - 1, x) + size_at(done, z - 1, y + 1, x)
    far = size_at(done, z, y, x - 2) + size_at(done, z, y - 2, x) + size_at(done, z - 2, y, x)
    parity = 4 * (z & 1) + 2 * (y & 1) + (x & 1)
    up = coarse_at(coarse, z, y, x)
    same = np.int64(0)
    if beside.shape[0] > 0:
        same = 2 * size_at(beside, z, y, x)
        same += size_at(beside, z, y, x - 1) + size_at(beside, z, y, x + 1)
        same += size_at(beside, z, y - 1, x) + size_at(beside, z, y + 1, x)
        same += size_at(beside, z - 1, y, x) + size_at(beside, z + 1, y, x)
    slots[0] = fine(near) * 16 + plane
    slots[1] = fine(same) * 16 + plane
    slots[2] = fine(up) * 16 + plane
    slots[3] = (octave(up) * 8 + octave(near)) * 16 + plane
    slots[4] = ((min(left, 3) * 4 + min(above, 3)) * 4 + min(behind, 3)) * 16 + plane
    slots[5] = (octave(far) * 8 + octave(near)) * 16 + plane
    slots[6] = (octave(same) * 8 + octave(near)) * 8 + parity
    slots[7] = fine(near + far + up + same) * 16 + plane
    ways[0] = sign_at(done, z, y, x - 1) * (1 + plane)
    ways[1] = sign_at(done, z, y - 1, x) * (1 + plane)
    ways[2] = sign_at(done, z - 1, y, x) * (1 + plane)
    ways[3] = np.int64(0)
    if coarse.shape[0] > 0:
        ways[3] = sign(coarse[(z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1]) * (1 + plane)
    ways[4] = np.int64(0)
    if beside.shape[0] > 0:
        ways[4] = sign(beside[z, y, x]) * (1 + plane)
    ways[5] = sign_at(done, z, y, x - 2) * (1 + plane)
    ways[6] = np.int64(0)
    ways[7] = 1 + plane
    return fine(near + up)


@jit
def code_tile(
    encoding, coder, data, values, done, beside, coarse, plane, counters, weights, singles
):
    """Encode the integers of a tile into ``data``, or decode them from it.

    Parameters
    ----------
    values
        (z, y, x) int32; ignored when decoding.
    done
        The same shape, zeros; filled with the coded integers.
    beside
        Coded integers of the same nodes of another grid, the same shape; empty for none.
    coarse
        Coded integers of the coarser grid, with one node more on each side; empty for none.
    plane
        Class of the grid, below MAX_PLANE.
    counters, weights, singles
        State of the coder.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    slots, ways = np.zeros(INPUTS, np.int64), np.zeros(INPUTS, np.int64)
    logits = np.zeros(INPUTS, np.int64)
    nz, ny, nx = done.shape
    bz, by, bx = -(-nz // BLOCK), -(-ny // BLOCK), -(-nx // BLOCK)
    some = np.zeros((bz + 2, by + 2, bx + 2), np.uint8)
    for b in range(bz):
        for c in range(by):
            for d in range(bx):
                top, far, end = b * BLOCK + BLOCK, c * BLOCK + BLOCK, d * BLOCK + BLOCK
                top, far, end = min(top, nz), min(far, ny), min(end, nx)
                bit = np.int64(0)
                if encoding is not None:
                    if coder[POSITION] + coder[PENDING] + 64 * MAX_VALUE_BYTES > data.size:
                        return False
                    for z in range(b * BLOCK, top):
                        for y in range(c * BLOCK, far):
                            for x in range(d * BLOCK, end):
                                bit |= np.int64(values[z, y, x] != 0)
                second = block_slots(slots, some, beside, coarse, b, c, d, plane)
                bit = code_mixed(
                    encoding, coder, data, counters, slots, SOME * SLOTS, weights,
                    SOME * SETS + plane, SOME * SETS + 64 + second, logits, bit,
                )  # fmt: skip
                some[b + 1, c + 1, d + 1] = bit
                if bit == 0:
                    continue
                for z in range(b * BLOCK, top):
                    for y in range(c * BLOCK, far):
                        for x in range(d * BLOCK, end):
                            second = node_slots(slots, ways, done, beside, coarse, z, y, x, plane)
                            value = np.int64(0)
                            if encoding is not None:
                                value = np.int64(values[z, y, x])
                            parity = 4 * (z & 1) + 2 * (y & 1) + (x & 1)
                            value = code_integer(
                                encoding, coder, data, value, slots, ways,
                                min(plane, 7) * 8 + parity, second, counters, weights, singles,
                                logits,
                            )  # fmt: skip
                            if abs(value) >= IMPOSSIBLE:
                                return False
                            done[z, y, x] = value
    return True

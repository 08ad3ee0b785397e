"""Compiled loops of the background's mask: classes of blocks, then the voxels of mixed blocks.

One loop serves encoder and decoder, so they cannot diverge.
"""

import numpy as np

from vcore.entropy.mixing import code_single
from vcore.runtime.jit import inner, jit

NONE, ALL, MIXED = 0, 1, 2
"""Classes of blocks by the number of their background voxels."""
BLOCK_CONTEXTS = 54
CONTEXTS = BLOCK_CONTEXTS + (1 << 13)


@jit
def code_classes(encoding, coder, data, classes, singles):
    """Encode the class of every block, or decode them; ``classes`` is padded by one on each side
    with NONE."""
    nz, ny, nx = classes.shape
    for z in range(1, nz - 1):
        for y in range(1, ny - 1):
            for x in range(1, nx - 1):
                c = np.int64(classes[z, y, x - 1]) * 9 + np.int64(classes[z, y - 1, x]) * 3
                c += np.int64(classes[z - 1, y, x])
                found = np.int64(classes[z, y, x])
                if code_single(encoding, coder, data, singles, c, np.int64(found == MIXED)):
                    found = np.int64(MIXED)
                else:
                    found = code_single(encoding, coder, data, singles, 27 + c, found)
                classes[z, y, x] = found


@inner
def is_background(index, rows, z, y, x):
    """Return whether a voxel is known to be background, 0 or 1."""
    k = np.int64(index[(z >> 3) + 1, (y >> 3) + 1, (x >> 3) + 1])
    if k < 0:
        return np.int64(k == -2)
    return (np.int64(rows[k, z & 7, y & 7]) >> (x & 7)) & 1


@jit
def code_voxels(encoding, coder, data, index, wanted, rows, shape, singles):
    """Encode the voxels of the mixed blocks, or decode them into ``rows``.

    Parameters
    ----------
    index
        Number of each mixed block, -1 for blocks without background, -2 for those of nothing else;
        padded by one on each side with -1.
    wanted, rows
        Bits of the mixed blocks, (blocks, z, y), x being the bit: those to encode, and those coded
        so far.
    shape
        Shape of the frame: blocks are cut at its ends.
    """
    for bz in range(index.shape[0] - 2):
        for by in range(index.shape[1] - 2):
            for bx in range(index.shape[2] - 2):
                k = np.int64(index[bz + 1, by + 1, bx + 1])
                if k < 0:
                    continue
                for z in range(8 * bz, min(8 * bz + 8, shape[0])):
                    for y in range(8 * by, min(8 * by + 8, shape[1])):
                        for x in range(8 * bx, min(8 * bx + 8, shape[2])):
                            c = is_background(index, rows, z, y, x - 1)
                            c = 2 * c + is_background(index, rows, z, y, x - 2)
                            c = 2 * c + is_background(index, rows, z, y - 1, x - 1)
                            c = 2 * c + is_background(index, rows, z, y - 1, x)
                            c = 2 * c + is_background(index, rows, z, y - 1, x + 1)
                            c = 2 * c + is_background(index, rows, z - 1, y - 1, x)
                            c = 2 * c + is_background(index, rows, z - 1, y, x - 1)
                            c = 2 * c + is_background(index, rows, z - 1, y, x)
                            c = 2 * c + is_background(index, rows, z - 1, y, x + 1)
                            c = 2 * c + is_background(index, rows, z - 1, y + 1, x)
                            c = 2 * c + is_background(index, rows, z, y, x + 1)
                            c = 2 * c + is_background(index, rows, z, y + 1, x)
                            c = 2 * c + is_background(index, rows, z + 1, y, x)
                            bit = (np.int64(wanted[k, z & 7, y & 7]) >> (x & 7)) & 1
                            c += BLOCK_CONTEXTS
                            bit = code_single(encoding, coder, data, singles, c, bit)
                            rows[k, z & 7, y & 7] |= np.uint8(bit << (x & 7))

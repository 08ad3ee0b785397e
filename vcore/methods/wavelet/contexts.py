"""Neighbourhood sums of a coefficient or block, from which its coding contexts are built.

Coefficients are stored interleaved: see ``loops``.
"""

import numpy as np

from vcore.runtime.jit import inner

MAX_MAGNITUDE = 16383
"""Cap on magnitudes in neighbourhood sums."""
PAIR = 21
"""Largest class of each part of a two-part context."""
CLASSES = 32
THRESHOLDS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
"""Lower limits of the classes 1 to 14 of a neighbour sum, in sixteenths: two classes per octave."""
CLASS = np.searchsorted(np.array(THRESHOLDS), np.arange(1024), side="right").astype(np.int64)


@inner
def magnitude_class(v):
    """Return the class, 0 to 31, of a neighbour sum in sixteenths: two classes per octave."""
    if v < 1024:
        return CLASS[v]
    if v < 16384:
        return CLASS[v >> 4] + 8
    return min(CLASS[min(v >> 8, 1023)] + 16, CLASSES - 1)


@inner
def parents_of(parent, hz, hy, hx, above, sums, spread):
    """Collect the magnitudes of the next coarser level.

    ``above`` receives them by band, ``sums`` (padded by one on each side) their sum over bands, and
    ``spread`` the sum over the 3 x 3 x 3 neighbourhood.
    """
    for z in range(min(parent.shape[0], hz)):
        for y in range(min(parent.shape[1], hy)):
            for x in range(min(parent.shape[2], hx)):
                m = min(abs(np.int64(parent[z, y, x])), MAX_MAGNITUDE)
                if m and (z | y | x) & 1:
                    b = ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
                    above[b, z >> 1, y >> 1, x >> 1] = m
                    sums[(z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1] += m
    nz, ny, nx = spread.shape
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                t = np.int64(0)
                for i in range(z, z + 3):
                    for j in range(y, y + 3):
                        t += np.int64(sums[i, j, x]) + sums[i, j, x + 1] + sums[i, j, x + 2]
                spread[z, y, x] = t


@inner
def add_band(mags, blocks, done, blocks_done):
    """Add the magnitudes of a finished band, per position and per block, to the totals of previous
    bands, and clear them for the next band."""
    for z in range(1, blocks.shape[0] - 1):
        for y in range(1, blocks.shape[1] - 1):
            for x in range(1, blocks.shape[2] - 1):
                t = blocks[z, y, x]
                if t:
                    blocks_done[z, y, x] += t
                    blocks[z, y, x] = 0
                    for k in range(2 * z, 2 * z + 2):
                        for j in range(2 * y, 2 * y + 2):
                            for i in range(2 * x, 2 * x + 2):
                                done[k - 1, j - 1, i - 1] += mags[k, j, i]
                                mags[k, j, i] = 0


@inner
def pair(a, b):
    """Return the context formed by the classes of two sums."""
    return min(magnitude_class(a), PAIR) * 22 + min(magnitude_class(b), PAIR)


@inner
def fill_slots(slots, near, far, own, parents, here, around, wide):
    """Fill the context slots common to blocks and coefficients."""
    slots[1] = pair(near, 2 * far)
    slots[2] = pair(16 * own, 8 * parents)
    slots[3] = pair(here + (here >> 1), 2 * around)
    slots[5] = pair(near + far, 13 * own + here)
    slots[6] = pair(4 * wide, 2 * around)
    slots[7] = pair(near + far + here, 4 * wide)


@inner
def around_block(mags, blocks, done, bz, by, bx):
    """Return the neighbourhood sums of a block.

    The adjacent magnitudes to the left, in front and above, the coded neighbour blocks, and the
    previous bands in the block and next to it.
    """
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


@inner
def around_coefficient(mags, done, z, y, x):
    """Return the neighbourhood sums of a coefficient.

    The coded neighbours to the left, in front and above, the diagonal and more distant ones, and
    the previous bands at its position and next to it.
    """
    z, y, x = z + 2, y + 2, x + 2
    far = np.int64(mags[z, y - 1, x - 1]) + mags[z, y - 1, x + 1]
    far += np.int64(mags[z - 1, y, x - 1]) + mags[z - 1, y, x + 1]
    far += np.int64(mags[z - 1, y - 1, x]) + mags[z - 1, y + 1, x]
    far = 2 * far + mags[z, y, x - 2] + mags[z, y - 2, x] + mags[z - 2, y, x]
    w, n, u = np.int64(mags[z, y, x - 1]), np.int64(mags[z, y - 1, x]), np.int64(mags[z - 1, y, x])
    z, y, x = z - 1, y - 1, x - 1
    return w, n, u, far, np.int64(done[z, y, x]), beside(done, z, y, x)


@inner
def beside(a, z, y, x):
    """Return the sum of the six face neighbours."""
    return (
        (np.int64(a[z - 1, y, x]) + a[z + 1, y, x])
        + (np.int64(a[z, y - 1, x]) + a[z, y + 1, x])
        + (np.int64(a[z, y, x - 1]) + a[z, y, x + 1])
    )


@inner
def previous_components(before, first, dz, dy, dx, b, z, y, x, i):
    """Return the magnitude of previous components at coefficient ``i`` of a block and next to it;
    for a negative ``i``, those of the whole block."""
    same, near = np.int64(0), np.int64(0)
    for k in range(max(i, 0), 8 if i < 0 else i + 1):
        zz = 2 * (z + (k >> 2)) + (b >> 2)
        yy = 2 * (y + ((k >> 1) & 1)) + ((b >> 1) & 1)
        xx = 2 * (x + (k & 1)) + (b & 1)
        if zz < dz and yy < dy and xx < dx:
            same += before[0, first + (zz * dy + yy) * dx + xx]
            near += before[1, first + (zz * dy + yy) * dx + xx]
    return (same, near >> 1) if i < 0 else (4 * same, 2 * near)

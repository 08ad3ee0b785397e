"""Compiled loops over the voxels inside a gate, each of which sees its nearest Gaussians only.

``near`` is a volume with the squared distance from a voxel to the farthest centre that it sees;
voxels outside the gate have -1 and see none. Imports numba at module level.
"""

import math

import numpy as np

from vcore.methods.gaussian.splat import (
    LANES,
    MOMENTS,
    REACH_X,
    REACH_Y,
    REACH_Z,
    XX,
    fill_row,
    first_at_least,
    row_of,
)
from vcore.runtime.jit import inline, jit

ABOVE = 1 + 2.0**-22


@inline
def visible_row(near, line, row, dz, dy, mx, shape, cutoff, last):
    """Fill ``row`` with a Gaussian along x, 0 where it is not seen; return its range of x.

    Parameters
    ----------
    line
        First open voxel of the row, and the one after the last.
    last
        Last voxel within the Gaussian's reach, along x.
    """
    offset, half, min_square = row_of(shape, dz, dy, cutoff)
    if half < 0:
        return 0, 0
    middle = mx - offset
    start = max(first_at_least(middle - half), line[0])
    stop = min(np.int64(math.floor(middle + half)) + 1, min(line[1], last + 1))
    if stop <= start:
        return 0, 0
    fill_row(row, start, stop, middle, min_square, shape[XX])
    away = dz * dz + dy * dy
    for x in range(start, stop):
        if not away + (x - mx) * (x - mx) <= near[x]:
            row[x - start] = np.float32(0)
    return start, stop


@jit
def render(
    out, weighted, target, worth, near, lines, first, centres, shapes, weights, which, cutoff
):
    """Set the sum of the Gaussians minus the target at the open voxels, and that weighted.

    Parameters
    ----------
    out, weighted
        Planes of shape (channels, z, y, x) from plane ``first`` on, with padding along x; zeros at
        closed voxels, which are left.
    target, worth, near, lines
        The same planes: of the target, (channels, z, y, x), weights and radii, (z, y, x), and open
        ranges along x, (z, y, 2).
    centres, shapes, weights, which, cutoff
        See ``splat.add``.
    """
    channels, nz, ny, nx = out.shape
    nx -= LANES
    row = np.empty(nx + LANES, np.float32)
    for c in range(channels):
        for z in range(nz):
            for y in range(ny):
                for x in range(lines[z, y, 0], lines[z, y, 1]):
                    if near[z, y, x] >= 0:
                        out[c, z, y, x] = -target[c, z, y, x]
    for i in which:
        shape = shapes[i]
        mz, my, mx = centres[i]
        z0 = max(first_at_least(mz - shape[REACH_Z]), first)
        z1 = min(np.int64(math.floor(mz + shape[REACH_Z])), first + nz - 1)
        y0 = max(first_at_least(my - shape[REACH_Y]), 0)
        y1 = min(np.int64(math.floor(my + shape[REACH_Y])), ny - 1)
        x1 = min(np.int64(math.floor(mx + shape[REACH_X])), nx - 1)
        for z in range(z0, z1 + 1):
            for y in range(y0, y1 + 1):
                start, stop = visible_row(
                    near[z - first, y],
                    lines[z - first, y],
                    row,
                    z - mz,
                    y - my,
                    mx,
                    shape,
                    cutoff,
                    x1,
                )
                for c in range(channels):
                    w = np.float32(weights[i, c])
                    for x in range(start, stop):
                        out[c, z - first, y, x] += w * row[x - start]
    for c in range(channels):
        for z in range(nz):
            for y in range(ny):
                for x in range(lines[z, y, 0], lines[z, y, 1]):
                    weighted[c, z, y, x] = worth[z, y, x] * out[c, z, y, x]


@jit
def moments(
    residual, weighted, worth, near, lines, centres, shapes, weights, begin, end, cutoff, full,
    sums, products, energies,
):  # fmt: skip
    """Sum products of weighted residual, Gaussian and powers of the distance, like ``splat``.

    Parameters
    ----------
    residual, weighted
        Sum minus target, and that times the weight of each voxel, (channels, z, y, x).
    worth
        Weights of the voxels, (z, y, x).
    near, lines
        Radii, (z, y, x), and open ranges along x, (z, y, 2).
    begin, end
        Range of Gaussians to process.
    full
        Whether to set ``energies``.
    sums, products
        See ``splat.moments``.
    energies
        (n, 2): sums of worth g g, and of worth g times the squared residual over all channels.
    """
    channels, nz, ny, nx = residual.shape
    nx -= LANES
    row = np.empty(nx + LANES, np.float32)
    total = np.empty(MOMENTS)
    for i in range(begin, end):
        shape = shapes[i]
        mz, my, mx = centres[i]
        z0 = max(first_at_least(mz - shape[REACH_Z]), 0)
        z1 = min(np.int64(math.floor(mz + shape[REACH_Z])), nz - 1)
        y0 = max(first_at_least(my - shape[REACH_Y]), 0)
        y1 = min(np.int64(math.floor(my + shape[REACH_Y])), ny - 1)
        x1 = min(np.int64(math.floor(mx + shape[REACH_X])), nx - 1)
        total[:] = 0
        products[i] = 0
        energies[i] = 0
        for z in range(z0, z1 + 1):
            dz = z - mz
            for y in range(y0, y1 + 1):
                dy = y - my
                start, stop = visible_row(
                    near[z, y], lines[z, y], row, dz, dy, mx, shape, cutoff, x1
                )
                m0, m1, m2 = 0.0, 0.0, 0.0
                for c in range(channels):
                    line = weighted[c, z, y, start:]
                    s0, s1, s2 = 0.0, 0.0, 0.0
                    for j in range(stop - start):
                        d = start + j - mx
                        p = row[j] * line[j]
                        s0 += p
                        s1 += p * d
                        s2 += p * d * d
                    products[i, c] += s0
                    m0 += weights[i, c] * s0
                    m1 += weights[i, c] * s1
                    m2 += weights[i, c] * s2
                if full:
                    for x in range(start, stop):
                        g = row[x - start]
                        energies[i, 0] += worth[z, y, x] * g * g
                        for c in range(channels):
                            energies[i, 1] += g * weighted[c, z, y, x] * residual[c, z, y, x]
                total[0] += m0
                total[1] += m0 * dz
                total[2] += m0 * dy
                total[3] += m1
                total[4] += m0 * dz * dz
                total[5] += m0 * dy * dy
                total[6] += m2
                total[7] += m0 * dz * dy
                total[8] += m1 * dz
                total[9] += m1 * dy
        sums[i] = total


@jit
def find_radii(near, lines, first, centres, starts, low, side, counts, k, farthest):
    """Set the squared distance to the k-th nearest centre at every voxel that is not -1.

    Parameters
    ----------
    near
        Planes from ``first`` on, (z, y, x).
    lines
        Open ranges along x, (z, y, 2).
    centres
        z y x, (n, 3), sorted by cell in C order.
    starts
        First centre of each cell, and n.
    low, side, counts
        Corner, side and numbers along z y x of the cells, which hold all voxels and centres.
    farthest
        Distance beyond which no Gaussian reaches; voxels with fewer than k centres within it get
        infinity.
    """
    best = np.empty(k)
    for z in range(near.shape[0]):
        for y in range(near.shape[1]):
            for x in range(lines[z, y, 0], lines[z, y, 1]):
                if near[z, y, x] < 0:
                    continue
                place = (first + z, y, x)
                cz, cy, cx = (
                    np.int64((place[0] - low[0]) / side),
                    np.int64((place[1] - low[1]) / side),
                    np.int64((place[2] - low[2]) / side),
                )
                best[:] = np.inf
                ring, most = 0, max(counts[0], max(counts[1], counts[2]))
                # cells less than ``ring`` away have been seen: all centres within that distance
                while ring < most:
                    seen = (ring - 1) * side
                    if ring and (seen >= farthest or best[k - 1] <= seen * seen):
                        break
                    for a in range(max(cz - ring, 0), min(cz + ring + 1, counts[0])):
                        for b in range(max(cy - ring, 0), min(cy + ring + 1, counts[1])):
                            edge = abs(a - cz) == ring or abs(b - cy) == ring
                            step = 1 if edge or not ring else 2 * ring
                            for c in range(cx - ring, cx + ring + 1, step):
                                if c < 0 or c >= counts[2]:
                                    continue
                                cell = (a * counts[1] + b) * counts[2] + c
                                for i in range(starts[cell], starts[cell + 1]):
                                    square = (
                                        (centres[i, 0] - place[0]) ** 2
                                        + (centres[i, 1] - place[1]) ** 2
                                        + (centres[i, 2] - place[2]) ** 2
                                    )
                                    if square >= best[k - 1]:
                                        continue
                                    at = k - 1
                                    while at > 0 and best[at - 1] > square:
                                        best[at] = best[at - 1]
                                        at -= 1
                                    best[at] = square
                    ring += 1
                near[z, y, x] = best[k - 1] * ABOVE  # float32 must not exclude the k-th

"""Compiled loops over Gaussians: their sum, and the gradient of a squared error.

Only voxels inside a Gaussian's cut-off ellipsoid are visited. The value at a voxel depends on its
position only and is computed by IEEE float32 operations in a fixed order, and sums follow the order
of the file: a region is bitwise equal to the same voxels of the whole, on every machine.

Imports numba at module level.
"""

import math

import numpy as np

from vcore.runtime.jit import compiled, inline, jit

reordering = compiled(fastmath={"reassoc", "contract"})
"""Decorator for sums whose order may change: those of the fit, never those of a decoder."""

C1, C2, C3, C4, C5, C6, C7 = (np.float32((-1) ** k / math.factorial(k)) for k in range(1, 8))
LANES = 16
"""Voxels computed per iteration. Volumes have this padding at the end of each row."""
ONE, EIGHTH = np.float32(1), np.float32(0.125)

FAR = 2.0**30
"""Upper limit of coordinates in voxels, so that integers computed from them do not overflow."""

# columns of ``shapes``: precision matrix, then half extents of the cut-off ellipsoid along z y x
ZZ, YY, XX, ZY, ZX, YX, REACH_Z, REACH_Y, REACH_X = range(9)
# number of moments: voxel sums of w g d..., with residual w and distance d from the centre
MOMENTS = 10


@inline
def first_at_least(v):
    return np.int64(math.ceil(v))


@inline
def row_of(shape, dz, dy, cutoff):
    """Return offset and half width (negative: none) of the row inside the ellipsoid, and its
    minimum squared distance."""
    linear = shape[ZX] * dz + shape[YX] * dy
    offset = linear / shape[XX]
    rest = shape[ZZ] * dz * dz + 2.0 * shape[ZY] * dz * dy + shape[YY] * dy * dy
    min_square = rest - linear * offset
    if not min_square <= cutoff:
        return offset, -1.0, min_square
    half = math.sqrt((cutoff - min_square) / shape[XX])
    if not (half < FAR and abs(offset) < FAR):  # damaged file, NaN included
        return offset, -1.0, min_square
    return offset, half, min_square


@inline
def gaussian(t):
    """Return exp(-t) for 0 <= t < 6: the eighth power of the Taylor series at t / 8, float32."""
    u = t * EIGHTH
    u2 = u * u
    low = (ONE + C1 * u) + u2 * (C2 + C3 * u)
    high = (C4 + C5 * u) + u2 * (C6 + C7 * u)
    root = low + (u2 * u2) * high
    root *= root
    root *= root
    return root * root


@inline
def fill_row(row, start, stop, middle, min_square, xx):
    """Fill ``row`` with a Gaussian at start <= x < stop, and with 0 up to a multiple of LANES.

    Returns
    -------
    int
        Number of values set.
    """
    anchor = np.int64(math.floor(middle))
    shift = np.float32(anchor - middle)
    half_square, half_xx = np.float32(0.5 * min_square), np.float32(0.5 * xx)
    first, count = np.int32(start - anchor), np.int32(stop - start)
    whole = (count + np.int32(LANES - 1)) // np.int32(LANES) * np.int32(LANES)
    for j in range(whole):
        d = np.float32(first + np.int32(j)) + shift
        g = gaussian(half_square + half_xx * d * d)
        row[j] = g if j < count else np.float32(0)
    return whole


@jit
def add(out, corner, centres, shapes, weights, which, cutoff):
    """Add Gaussians to ``out``.

    Parameters
    ----------
    out
        Sums, of shape (channels, z, y, x); voxel (0, 0, 0) corresponds to voxel ``corner``.
    centres
        z y x in voxels, (n, 3).
    shapes
        Precision matrices and half extents, (n, 9).
    weights
        Peak values, (n, channels).
    which
        Indices of the Gaussians to add, in summation order.
    cutoff
        Squared Mahalanobis distance beyond which a Gaussian is 0.
    """
    channels, nz, ny, nx = out.shape
    nx -= LANES
    cz, cy, cx = corner
    row = np.empty(nx + LANES, np.float32)
    for index in range(which.size):
        i = which[index]
        shape = shapes[i]
        mz, my, mx = centres[i]
        z0 = max(first_at_least(mz - shape[REACH_Z]), cz)
        z1 = min(np.int64(math.floor(mz + shape[REACH_Z])), cz + nz - 1)
        y0 = max(first_at_least(my - shape[REACH_Y]), cy)
        y1 = min(np.int64(math.floor(my + shape[REACH_Y])), cy + ny - 1)
        x0 = max(first_at_least(mx - shape[REACH_X]), cx)
        x1 = min(np.int64(math.floor(mx + shape[REACH_X])), cx + nx - 1)
        for z in range(z0, z1 + 1):
            for y in range(y0, y1 + 1):
                offset, half, min_square = row_of(shape, z - mz, y - my, cutoff)
                if half < 0:
                    continue
                middle = mx - offset
                start = max(first_at_least(middle - half), x0)
                stop = min(np.int64(math.floor(middle + half)), x1) + 1
                if stop <= start:
                    continue
                count = fill_row(row, start, stop, middle, min_square, shape[XX])
                for c in range(channels):
                    w = np.float32(weights[i, c])
                    line = out[c, z - cz, y - cy, start - cx :]
                    for j in range(count):
                        line[j] += w * row[j]


@jit
def add_at(
    values,
    slopes,
    points,
    order,
    starts,
    low,
    side,
    counts,
    which,
    centres,
    shapes,
    weights,
    cutoff,
):
    """Add Gaussians, and their derivatives, at points sorted into cells.

    Parameters
    ----------
    values
        Sums, (points, channels).
    slopes
        Their derivatives along z y x, (points, channels, 3), or of length 0.
    points
        z y x in voxels, (points, 3).
    order, starts
        Numbers of the points, by cell in C order, and the first of each cell among them.
    low, side, counts
        Corner, sides and numbers of the cells along z y x.
    which, centres, shapes, weights, cutoff
        As for ``add``; reaches are below FAR.
    """
    for i in which:
        shape = shapes[i]
        first, last = np.empty(3, np.int64), np.empty(3, np.int64)
        for k in range(3):
            near = (centres[i, k] - shape[REACH_Z + k] - low[k]) / side[k]
            far = (centres[i, k] + shape[REACH_Z + k] - low[k]) / side[k]
            first[k] = min(max(np.int64(math.floor(near)), 0), counts[k])
            last[k] = max(min(np.int64(math.floor(far)), counts[k] - 1), -1)
        if last[2] < first[2]:
            continue
        for cz in range(first[0], last[0] + 1):
            for cy in range(first[1], last[1] + 1):
                row = (cz * counts[1] + cy) * counts[2]
                for j in order[starts[row + first[2]] : starts[row + last[2] + 1]]:
                    dz = points[j, 0] - centres[i, 0]
                    dy = points[j, 1] - centres[i, 1]
                    dx = points[j, 2] - centres[i, 2]
                    gz = shape[ZZ] * dz + shape[ZY] * dy + shape[ZX] * dx
                    gy = shape[ZY] * dz + shape[YY] * dy + shape[YX] * dx
                    gx = shape[ZX] * dz + shape[YX] * dy + shape[XX] * dx
                    square = gz * dz + gy * dy + gx * dx
                    if not square <= cutoff:
                        continue
                    g = math.exp(-0.5 * square)
                    for c in range(weights.shape[1]):
                        w = weights[i, c] * g
                        values[j, c] += w
                        if slopes.shape[0]:
                            slopes[j, c, 0] -= w * gz
                            slopes[j, c, 1] -= w * gy
                            slopes[j, c, 2] -= w * gx


@reordering
def moments(residual, centres, shapes, weights, begin, end, cutoff, full, sums, products, energies):
    """Sum the products of residual, Gaussian, and powers of the distance from its centre.

    Parameters
    ----------
    residual
        Decoded minus original, (channels, z, y, x).
    begin, end
        Range of Gaussians to process.
    sums
        (n, 10): sums of w g, w g dz, dy, dx, w g dz dz, dy dy, dx dx, dz dy, dz dx, dy dx, where w
        is the residual weighted by the Gaussian's channels.
    products
        (n, channels): sums of residual times g.
    energies
        (n, 2): sums of g g, and of g times the squared residual over all channels.
    """
    channels, nz, ny, nx = residual.shape
    nx -= LANES
    row = np.empty(nx + LANES, np.float32)
    for i in range(begin, end):
        shape = shapes[i]
        mz, my, mx = centres[i]
        z0 = max(first_at_least(mz - shape[REACH_Z]), 0)
        z1 = min(np.int64(math.floor(mz + shape[REACH_Z])), nz - 1)
        y0 = max(first_at_least(my - shape[REACH_Y]), 0)
        y1 = min(np.int64(math.floor(my + shape[REACH_Y])), ny - 1)
        x0 = max(first_at_least(mx - shape[REACH_X]), 0)
        x1 = min(np.int64(math.floor(mx + shape[REACH_X])), nx - 1)
        total = np.zeros(MOMENTS)
        squares = np.float64(0)
        errors = np.float64(0)
        for c in range(channels):
            products[i, c] = 0.0
        for z in range(z0, z1 + 1):
            dz = z - mz
            for y in range(y0, y1 + 1):
                dy = y - my
                offset, half, min_square = row_of(shape, dz, dy, cutoff)
                if half < 0:
                    continue
                middle = mx - offset
                start = max(first_at_least(middle - half), x0)
                stop = min(np.int64(math.floor(middle + half)), x1) + 1
                if stop <= start:
                    continue
                count = fill_row(row, start, stop, middle, min_square, shape[XX])
                first = np.float32(start - mx)
                m0, m1, m2 = 0.0, 0.0, 0.0
                s3, s4 = np.float32(0), np.float32(0)
                for c in range(channels):
                    line = residual[c, z, y, start:]
                    w = weights[i, c]
                    s0, s1, s2 = np.float32(0), np.float32(0), np.float32(0)
                    for j in range(count):
                        e = line[j]
                        p = row[j] * e
                        d = first + np.float32(np.int32(j))
                        s0 += p
                        s1 += p * d
                        s2 += p * d * d
                    products[i, c] += s0
                    m0 += w * s0
                    m1 += w * s1
                    m2 += w * s2
                if full:
                    for c in range(channels):
                        line = residual[c, z, y, start:]
                        for j in range(count):
                            s3 += row[j] * line[j] * line[j]
                    for j in range(count):
                        s4 += row[j] * row[j]
                    errors += s3
                    squares += s4
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
        for k in range(MOMENTS):
            sums[i, k] = total[k]
        energies[i, 0] = squares
        energies[i, 1] = errors

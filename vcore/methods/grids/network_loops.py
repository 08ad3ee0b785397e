"""Compiled evaluation of tables of features and a small network, row by row of voxels.

Products and sums are in float32 in a fixed order, so values do not depend on the machine or on the
region.

Imports numba at module level: import it only inside the functions that evaluate networks.
"""

import numpy as np

from vcore.runtime.jit import inner, jit

START, FEATURES, NZ, NY, NX, ENTRIES = range(6)
"""Columns of the table of tables: first value, features, nodes along z y x, entries of a hash
table or 0."""
RUN = 128
"""Voxels of a row evaluated at once, so that all layers stay in the cache."""
PRIME_Y, PRIME_Z, WORD = 2654435761, 805459861, 0xFFFFFFFF
"""Factors of the hash (Müller et al. 2022, section 3; 1 for x), and its mask of 32 bits."""
ZERO, HALF, ONE, QUARTER = (np.float32(v) for v in (0, 0.5, 1, 0.25))
HALF_TURN = np.float32(0.15915494)
"""1 / (2 pi)"""
C1, C3, C5, C7, C9 = (
    np.float32(c) for c in (6.28318516, -41.34165503, 81.60100406, -76.54978188, 39.5367028)
)
"""Coefficients of the odd minimax polynomial of sin(2 pi q) on -1/4 to 1/4, as in ``ecnr``."""


@inner
def cosine(turns):
    """Return the cosine of an angle in turns."""
    q = QUARTER - abs(turns - np.rint(turns))
    s = q * q
    return q * (C1 + s * (C3 + s * (C5 + s * (C7 + s * C9))))


@inner
def place(at, count):
    """Return the node below a place along an axis, the one above, and the share of the latter."""
    at = min(max(at, ZERO), np.float32(count - 1))
    low = min(np.int64(at), max(count - 2, 0))
    return low, min(low + 1, count - 1), at - np.float32(low)


@inner
def add_dense(values, table, affine, z, y, x, count, row, out, base):
    """Fill rows ``base`` on of ``out`` with features interpolated for ``count`` voxels of a row, of
    a table whose axes are those of the volume."""
    nz, ny, nx = table[NZ], table[NY], table[NX]
    za, zb, zw = place(z * affine[0] + affine[3], nz)
    ya, yb, yw = place(y * affine[5] + affine[7], ny)
    first, _, _ = place(x[0] * affine[10] + affine[11], nx)
    _, last, _ = place(x[count - 1] * affine[10] + affine[11], nx)
    for f in range(table[FEATURES]):
        start = table[START] + f * nz * ny * nx
        aa, ab = start + (za * ny + ya) * nx, start + (za * ny + yb) * nx
        ba, bb = start + (zb * ny + ya) * nx, start + (zb * ny + yb) * nx
        for i in range(first, last + 1):
            above = values[aa + i] + yw * (values[ab + i] - values[aa + i])
            below = values[ba + i] + yw * (values[bb + i] - values[ba + i])
            row[i] = above + zw * (below - above)
        found = out[base + f]
        for k in range(count):
            xa, xb, xw = place(x[k] * affine[10] + affine[11], nx)
            found[k] = row[xa] + xw * (row[xb] - row[xa])


@inner
def entry(table, z, y, x):
    """Return the number of a node in its table."""
    if table[ENTRIES] == 0:
        return (z * table[NY] + y) * table[NX] + x
    hashed = x ^ ((y * PRIME_Y) & WORD) ^ ((z * PRIME_Z) & WORD)
    return hashed % table[ENTRIES]


@inner
def between(values, start, table, z, y, xa, xb, share):
    """Return a feature between two nodes along x."""
    a = values[start + entry(table, z, y, xa)]
    return a + share * (values[start + entry(table, z, y, xb)] - a)


@inner
def add_anywhere(values, table, affine, points, count, out, base):
    """Do the same from any table for points (3, count), voxels along z, y, x."""
    size = table[ENTRIES] if table[ENTRIES] > 0 else table[NZ] * table[NY] * table[NX]
    for k in range(count):
        z, y, x = points[0, k], points[1, k], points[2, k]
        m = affine
        za, zb, zw = place(((z * m[0] + y * m[1]) + x * m[2]) + m[3], table[NZ])
        ya, yb, yw = place(((z * m[4] + y * m[5]) + x * m[6]) + m[7], table[NY])
        xa, xb, xw = place(((z * m[8] + y * m[9]) + x * m[10]) + m[11], table[NX])
        for f in range(table[FEATURES]):
            start = table[START] + f * size
            a = between(values, start, table, za, ya, xa, xb, xw)
            a = a + yw * (between(values, start, table, za, yb, xa, xb, xw) - a)
            b = between(values, start, table, zb, ya, xa, xb, xw)
            b = b + yw * (between(values, start, table, zb, yb, xa, xb, xw) - b)
            out[base + f, k] = a + zw * (b - a)


@inner
def add_waves(octaves, scales, points, count, is_row, out, base):
    """Fill ``out`` with sines and cosines: octave by octave, sines of x, y, z, then cosines; with
    ``is_row`` all points have one z and y."""
    for octave in range(octaves):
        turns = np.float32(1 << octave) * HALF
        for part in range(2):
            shift = QUARTER if part == 0 else ZERO
            for axis in range(3):
                row, along = out[base + 6 * octave + 3 * part + axis], points[2 - axis]
                own = 1 if is_row and axis > 0 else count
                for k in range(own):
                    row[k] = cosine(along[k] * scales[2 - axis] * turns - shift)
                for k in range(own, count):
                    row[k] = row[0]


@inner
def layer(weights, start, given, inputs, outputs, count, out):
    """Fill ``out`` with a linear layer: weights (inputs, outputs), then biases, from ``start``."""
    for j in range(outputs):
        row, at = out[j], start + j
        bias = weights[start + inputs * outputs + j]
        for k in range(count):
            row[k] = bias
        i = 0
        while i + 4 <= inputs:
            a, b = weights[at + i * outputs], weights[at + (i + 1) * outputs]
            c, d = weights[at + (i + 2) * outputs], weights[at + (i + 3) * outputs]
            p, q, r, s = given[i], given[i + 1], given[i + 2], given[i + 3]
            for k in range(count):
                row[k] = (((row[k] + a * p[k]) + b * q[k]) + c * r[k]) + d * s[k]
            i += 4
        while i < inputs:
            a, p = weights[at + i * outputs], given[i]
            for k in range(count):
                row[k] += a * p[k]
            i += 1


@inner
def run_network(weights, sizes, periodic, count, given, found):
    """Fill ``found`` with the outputs for the inputs ``given``, (units, count) each."""
    start, last = 0, sizes.size - 2
    for n in range(last + 1):
        layer(weights, start, given, sizes[n], sizes[n + 1], count, found)
        start += (sizes[n] + 1) * sizes[n + 1]
        if n == last:
            break
        for j in range(sizes[n + 1]):
            a, b = found[j], given[j]
            if periodic:
                for k in range(count):
                    s = cosine(a[k] * HALF_TURN - QUARTER)
                    b[k] = HALF * a[k] + s * s
            else:
                for k in range(count):
                    b[k] = max(a[k], ZERO)


@inner
def extremes(tables, sizes):
    """Return the most units of a layer, and the most nodes along x."""
    widest, longest = np.int64(0), np.int64(1)
    for size in sizes:
        widest = max(widest, size)
    for t in range(tables.shape[0]):
        longest = max(longest, tables[t, NX])
    return widest, longest


@jit
def evaluate(
    values, tables, affine, turned, octaves, scales, weights, sizes, periodic, corner, out
):
    """Fill ``out`` (z, y, x, outputs) float32 with the voxels from ``corner`` on.

    Parameters
    ----------
    values
        (n,) float32: features of all tables, each (feature, z, y, x) or (feature, entry).
    tables
        (tables, 6) int64, see START and so on.
    affine
        (tables, 12) float32: for the node along z, y, x, factors of the voxel's z, y, x, and a
        shift.
    turned
        Whether tables have axes of their own.
    octaves, scales
        Number of frequencies, and (3,) float32 shares of the volume a voxel along z y x.
    weights, sizes
        (n,) float32 and (layers + 1,) int64: for each layer weights (inputs, outputs) and biases.
    periodic
        Whether the activation is x / 2 + sin(x)**2 instead of max(x, 0).
    """
    widest, longest = extremes(tables, sizes)
    given, found = np.zeros((widest, RUN), np.float32), np.zeros((widest, RUN), np.float32)
    row, points = np.zeros(longest, np.float32), np.zeros((3, RUN), np.float32)
    for dz in range(out.shape[0]):
        for dy in range(out.shape[1]):
            for dx in range(0, out.shape[2], RUN):
                count = min(RUN, out.shape[2] - dx)
                for k in range(count):
                    points[0, k], points[1, k] = corner[0] + dz, corner[1] + dy
                    points[2, k] = corner[2] + dx + k
                z, y, x, base = points[0, 0], points[1, 0], points[2], 0
                for t in range(tables.shape[0]):
                    table = tables[t]
                    if turned or table[ENTRIES] > 0:
                        add_anywhere(values, table, affine[t], points, count, given, base)
                    else:
                        add_dense(values, table, affine[t], z, y, x, count, row, given, base)
                    base += table[FEATURES]
                add_waves(octaves, scales, points, count, True, given, base)
                run_network(weights, sizes, periodic, count, given, found)
                for j in range(out.shape[3]):
                    for k in range(count):
                        out[dz, dy, dx + k, j] = found[j, k]


@jit
def evaluate_at(values, tables, affine, octaves, scales, weights, sizes, periodic, at, out):
    """Fill ``out`` (n, outputs) float64 with the values at ``at`` (n, 3), voxels along z, y, x; in
    float64, the others as for ``evaluate``."""
    widest, _ = extremes(tables, sizes)
    given, found = np.zeros((widest, RUN)), np.zeros((widest, RUN))
    points = np.zeros((3, RUN))
    for first in range(0, at.shape[0], RUN):
        count, base = min(RUN, at.shape[0] - first), 0
        for k in range(count):
            for axis in range(3):
                points[axis, k] = at[first + k, axis]
        for t in range(tables.shape[0]):
            add_anywhere(values, tables[t], affine[t], points, count, given, base)
            base += tables[t, FEATURES]
        add_waves(octaves, scales, points, count, False, given, base)
        run_network(weights, sizes, periodic, count, given, found)
        for k in range(count):
            for j in range(out.shape[1]):
                out[first + k, j] = found[j, k]


@jit
def gather(corners, parts, rows, out):
    """Fill ``out`` (n, features) with weighted sums of rows.

    Parameters
    ----------
    corners, parts
        (n, corners) int64 and float32: rows and their weights.
    rows
        (entries, features) float32.
    """
    for i in range(corners.shape[0]):
        for f in range(rows.shape[1]):
            out[i, f] = ZERO
        for k in range(corners.shape[1]):
            row, part = corners[i, k], parts[i, k]
            for f in range(rows.shape[1]):
                out[i, f] += part * rows[row, f]


@jit
def scatter(corners, parts, rows, slopes, to_rows, to_parts):
    """Add the gradients of ``gather``'s sums, ``slopes`` (n, features), to those of rows and
    parts."""
    for i in range(corners.shape[0]):
        for k in range(corners.shape[1]):
            row, part, found = corners[i, k], parts[i, k], ZERO
            for f in range(rows.shape[1]):
                to_rows[row, f] += part * slopes[i, f]
                found += rows[row, f] * slopes[i, f]
            to_parts[i, k] = found

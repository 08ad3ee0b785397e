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
    """Fill rows ``base`` on of ``out`` with features interpolated for ``count`` voxels from x."""
    nz, ny, nx = table[NZ], table[NY], table[NX]
    za, zb, zw = place(np.float32(z) * affine[0] + affine[3], nz)
    ya, yb, yw = place(np.float32(y) * affine[1] + affine[4], ny)
    first, _, _ = place(np.float32(x) * affine[2] + affine[5], nx)
    _, last, _ = place(np.float32(x + count - 1) * affine[2] + affine[5], nx)
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
            xa, xb, xw = place(np.float32(x + k) * affine[2] + affine[5], nx)
            found[k] = row[xa] + xw * (row[xb] - row[xa])


@inner
def add_hashed(values, table, affine, z, y, x, count, out, base):
    """Do the same from a hash table."""
    entries = table[ENTRIES]
    za, zb, zw = place(np.float32(z) * affine[0] + affine[3], table[NZ])
    ya, yb, yw = place(np.float32(y) * affine[1] + affine[4], table[NY])
    ya, yb = (ya * PRIME_Y) & WORD, (yb * PRIME_Y) & WORD
    za, zb = (za * PRIME_Z) & WORD, (zb * PRIME_Z) & WORD
    for k in range(count):
        xa, xb, xw = place(np.float32(x + k) * affine[2] + affine[5], table[NX])
        for f in range(table[FEATURES]):
            start = table[START] + f * entries
            a = values[start + (xa ^ ya ^ za) % entries]
            a += xw * (values[start + (xb ^ ya ^ za) % entries] - a)
            b = values[start + (xa ^ yb ^ za) % entries]
            b += xw * (values[start + (xb ^ yb ^ za) % entries] - b)
            c = values[start + (xa ^ ya ^ zb) % entries]
            c += xw * (values[start + (xb ^ ya ^ zb) % entries] - c)
            d = values[start + (xa ^ yb ^ zb) % entries]
            d += xw * (values[start + (xb ^ yb ^ zb) % entries] - d)
            a += yw * (b - a)
            c += yw * (d - c)
            out[base + f, k] = a + zw * (c - a)


@inner
def add_waves(octaves, scales, z, y, x, count, out, base):
    """Fill ``out`` with sines and cosines: octave by octave, sines of x, y, z, then cosines."""
    for octave in range(octaves):
        turns = np.float32(1 << octave) * HALF
        for part in range(2):
            shift = QUARTER if part == 0 else ZERO
            at = base + 6 * octave + 3 * part
            for k in range(count):
                out[at, k] = cosine(np.float32(x + k) * scales[2] * turns - shift)
            b = cosine(np.float32(y) * scales[1] * turns - shift)
            c = cosine(np.float32(z) * scales[0] * turns - shift)
            for k in range(count):
                out[at + 1, k] = b
                out[at + 2, k] = c


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


@jit
def evaluate(values, tables, affine, octaves, scales, weights, sizes, periodic, corner, out):
    """Fill ``out`` (z, y, x, outputs) float32 with the voxels from ``corner`` on.

    Parameters
    ----------
    values
        (n,) float32: features of all tables, each (feature, z, y, x) or (feature, entry).
    tables
        (tables, 6) int64, see START and so on.
    affine
        (tables, 6) float32: scale and shift from a voxel's index to a node, along z y x.
    octaves, scales
        Number of frequencies, and (3,) float32 shares of the volume a voxel along z y x.
    weights, sizes
        (n,) float32 and (layers + 1,) int64: for each layer weights (inputs, outputs) and biases.
    periodic
        Whether the activation is x / 2 + sin(x)**2 instead of max(x, 0).
    """
    widest, longest = np.int64(0), np.int64(1)
    for size in sizes:
        widest = max(widest, size)
    for t in range(tables.shape[0]):
        longest = max(longest, tables[t, NX])
    given, found = np.zeros((widest, RUN), np.float32), np.zeros((widest, RUN), np.float32)
    row = np.zeros(longest, np.float32)
    last = sizes.size - 2
    for dz in range(out.shape[0]):
        for dy in range(out.shape[1]):
            for dx in range(0, out.shape[2], RUN):
                count = min(RUN, out.shape[2] - dx)
                z, y, x = corner[0] + dz, corner[1] + dy, corner[2] + dx
                base = 0
                for t in range(tables.shape[0]):
                    if tables[t, ENTRIES] > 0:
                        add_hashed(values, tables[t], affine[t], z, y, x, count, given, base)
                    else:
                        add_dense(values, tables[t], affine[t], z, y, x, count, row, given, base)
                    base += tables[t, FEATURES]
                add_waves(octaves, scales, z, y, x, count, given, base)
                start = 0
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
                for j in range(sizes[last + 1]):
                    for k in range(count):
                        out[dz, dy, dx + k, j] = found[j, k]


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

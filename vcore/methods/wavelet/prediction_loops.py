"""Compiled loops of the prediction of details from the decoded low band.

Sums of products are of integers below 2**24 in float32, hence exact in any order; all else is
elementwise in a fixed order. So every machine computes the same bits.
"""

import numpy as np

from vcore.runtime.jit import inner, jit

WINDOW, BEHIND = 6, 2
"""Side of the window of low samples about a cell, and how many of them lie before it."""
LEAST_SCALE, LEAST_BEND = 2.0, 1.0
"""Scale and bend of a window, in quantiser steps, above which a cell is predicted: below, there is
hardly anything to predict."""
POSES = 32
BATCH = 64
"""Cells predicted together: their inputs and hidden units fit into the cache."""
LIMIT = 1023
"""Largest magnitude of an input and of a hidden unit."""
INPUT_UNIT = 256
"""Inputs are in 1/INPUT_UNIT of the scale."""


@jit
def normalise(p, means, scales):
    """Compute mean and scale of the windows of all cells.

    Parameters
    ----------
    p
        Low samples in quantiser steps, padded: the window of cell (z, y, x) begins there.
    means, scales
        Receive the mean and the square root of the variance plus 1.
    """
    ny, nx = means.shape[1:]
    rows = np.empty((2, p.shape[1], p.shape[2]))
    columns = np.empty((2, p.shape[2]))
    for z in range(means.shape[0]):
        for y in range(p.shape[1]):
            for x in range(p.shape[2]):
                rows[0, y, x] = rows[1, y, x] = 0.0
            for k in range(WINDOW):
                for x in range(p.shape[2]):
                    v = p[z + k, y, x]
                    rows[0, y, x] += v
                    rows[1, y, x] += v * v
        for y in range(ny):
            for x in range(p.shape[2]):
                columns[0, x] = columns[1, x] = 0.0
            for k in range(WINDOW):
                for x in range(p.shape[2]):
                    columns[0, x] += rows[0, y + k, x]
                    columns[1, x] += rows[1, y + k, x]
            for x in range(nx):
                s, t = 0.0, 0.0
                for k in range(WINDOW):
                    s += columns[0, x + k]
                    t += columns[1, x + k]
                mean = s * (1 / WINDOW**3)
                means[z, y, x] = mean
                scales[z, y, x] = np.sqrt(max(t * (1 / WINDOW**3) - mean * mean, 0.0) + 1.0)


@inner
def bend_of(p, z, y, x, hz, hy, hx):
    """Return how much a cell's window bends along its high axis, in quantiser steps; one of ``hz``,
    ``hy``, ``hx`` is 1."""
    z, y, x = z + 2 - hz, y + 2 - hy, x + 2 - hx
    inside = p[z + hz, y + hy, x + hx] + p[z + 2 * hz, y + 2 * hy, x + 2 * hx]
    return inside - (p[z, y, x] + p[z + 3 * hz, y + 3 * hy, x + 3 * hx])


@inner
def pose_of(p, z, y, x, hz, hy, hx, bend):
    """Return the number of the pose of a cell's window; see ``prediction.poses``."""
    gz, gy, gx = 0.0, 0.0, 0.0
    for i in range(1, 4 + hz):
        for j in range(1, 4 + hy):
            v = p[z + i, y + j, x + 1 : x + 5]
            if hx:
                row, along = (v[0] + v[1]) + (v[2] + v[3]), (v[2] + v[3]) - (v[0] + v[1])
            else:
                row, along = (v[0] + v[1]) + v[2], v[2] - v[0]
            gz += row if i > 2 else (-row if i < 2 + hz else 0.0)
            gy += row if j > 2 else (-row if j < 2 + hy else 0.0)
            gx += along
    a, b, c = (gz, gy, gx) if hz else ((gy, gz, gx) if hy else (gx, gz, gy))
    return (
        np.int64(a < 0)
        + 2 * np.int64(b < 0)
        + 4 * np.int64(c < 0)
        + 8 * np.int64(abs(c) > abs(b))
        + 16 * np.int64(bend < 0)
    )


@inner
def add_products(weights, inputs, sums, count):
    """Add the products of ``weights`` (inputs, units) and ``inputs`` (inputs, cells) to ``sums``
    (units, cells) for the first ``count`` cells; four inputs at a time, which spares stores."""
    size, units = weights.shape
    for j in range(units):
        for i in range(0, size, 4):
            a, b, c, d = weights[i, j], weights[i + 1, j], weights[i + 2, j], weights[i + 3, j]
            for k in range(count):
                sums[j, k] += (a * inputs[i, k] + b * inputs[i + 1, k]) + (
                    c * inputs[i + 2, k] + d * inputs[i + 3, k]
                )


@inner
def activate(sums, count):
    """Round and clip the sums of the first ``count`` cells in place."""
    for j in range(sums.shape[0]):
        for k in range(count):
            v = np.floor(sums[j, k] + np.float32(0.5))
            sums[j, k] = min(max(v, np.float32(0)), np.float32(LIMIT))


@jit
def add_band(
    p, means, scales, out, step, band, offsets, level, thresholds, w1, b1, w2, b2, w3, b3, unit
):  # fmt: skip
    """Add the predicted coefficients of a band.

    Parameters
    ----------
    p, means, scales
        See ``normalise``.
    out
        Interleaved coefficients (z, y, x), of which the cells are the even positions.
    offsets
        Per pose and input, the offset in ``p`` from the window's first sample.
    thresholds
        Lower limits of the classes of scales but the first.
    w1, b1, w2, b2, w3, b3
        Weights (inputs, units) and biases, ``b1`` per level and class of scales. Those of the first
        two layers are in units of the hidden units they lead to. The numbers of inputs and of
        hidden units are multiples of 4.
    unit
        Prediction in units of the scale per unit of the result.
    """
    pz, py, px = band >> 2, (band >> 1) & 1, band & 1
    dz, dy, dx = out.shape
    flat = p.reshape(-1)
    size = w1.shape[0]
    inputs = np.empty((size, BATCH), np.float32)
    one = np.empty((w1.shape[1], BATCH), np.float32)
    two = np.empty((w2.shape[1], BATCH), np.float32)
    where, signs = np.empty(BATCH, np.int64), np.empty(BATCH)
    nz, ny, nx = (dz - pz + 1) >> 1, (dy - py + 1) >> 1, (dx - px + 1) >> 1
    count = 0
    for cell in range(nz * ny * nx):
        z, y, x = cell // (ny * nx), cell // nx % ny, cell % nx
        scale = scales[z, y, x]
        bend = bend_of(p, z, y, x, pz, py, px)
        if scale > LEAST_SCALE and abs(bend) > LEAST_BEND:
            pose = pose_of(p, z, y, x, pz, py, px, bend)
            base = (z * p.shape[1] + y) * p.shape[2] + x
            mean, factor = means[z, y, x], INPUT_UNIT / scale
            if pose >= POSES // 2:
                factor, scale = -factor, -scale
            for i in range(size):
                v = np.rint((flat[base + offsets[pose, i]] - mean) * factor)
                inputs[i, count] = np.float32(min(max(v, -LIMIT), LIMIT))
            kind = 0
            while kind < thresholds.size and abs(scale) >= thresholds[kind]:
                kind += 1
            for j in range(one.shape[0]):
                one[j, count] = b1[level, kind, j]
            where[count], signs[count] = cell, scale
            count += 1
        if count == BATCH or cell == nz * ny * nx - 1:
            add_products(w1, inputs, one, count)
            activate(one, count)
            for j in range(two.shape[0]):
                for k in range(count):
                    two[j, k] = b2[j]
            add_products(w2, one, two, count)
            activate(two, count)
            for k in range(count):
                total = b3
                for j in range(two.shape[0]):
                    total += w3[j] * two[j, k]
                z, y, x = where[k] // (ny * nx), where[k] // nx % ny, where[k] % nx
                share = (np.float64(total) * unit) * signs[k]
                out[2 * z + pz, 2 * y + py, 2 * x + px] += share * step
            count = 0

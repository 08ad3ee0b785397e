"""Voxel prediction of method bounded: linear least squares, fitted online while coding
(docs/format.md, section 19).

Imports numba at module level: import it only inside the functions that code a stream.
"""

import math

import numpy as np

from vcore.runtime.jit import inner

NEAR_FEATURES = 17
"""Number of near features, from neighbouring voxels of the same frame."""
FRAME_FEATURES = 7
"""Number of features from each previously coded frame."""
FAR_OFFSETS = np.array(
    [
        (-2, 0, 0), (-2, 0, -1), (-4, 0, 0), (-3, 0, -1), (-5, 0, 0), (3, 0, -1),
        (0, -3, 0), (1, -2, 0), (-1, -2, 0), (-5, 0, -1), (1, 0, -2), (-1, 0, -2),
        (-2, 0, -2), (-3, 0, -2), (3, 0, -2), (-1, -3, 0), (1, -3, 0), (5, 0, 0),
        (0, -2, -1), (5, 0, -1), (-1, 0, -3), (1, 0, -3), (-2, 0, -3), (0, 0, -3),
    ],
    np.int64,
)  # fmt: skip
"""Offsets along axes a, b, c of the far features, in steps: chosen greedily for the largest gain on
CT, MRI and microscopy data together. Interpolated noise is correlated over such distances."""
FAR_FEATURES = len(FAR_OFFSETS)
FEATURES = NEAR_FEATURES + 2 * FRAME_FEATURES + FAR_FEATURES
REACH = 5
RIDGE = 1e-5
EARLY_INTERVAL, SOLVE_INTERVAL, EARLY_VOXELS = 8, 32, 512
"""Voxels between two solutions of the equations, initially and later, and length of the initial
phase in voxels. Initially only near features are used: a few hundred voxels don't determine
twice as many taps."""
EARLY_WIDE_DECAY, WIDE_DECAY = 0.9984, 0.9936
"""Decay per solution of the equations of all features: a memory of 5000 voxels."""
EARLY_NEAR_DECAY, NEAR_DECAY = 0.96, 0.85
"""Decay per solution of the equations of near features: a memory of 200 voxels, adapting
locally."""
SQUARES_DECAY = 0.95
MAX_CORRECTION = 1e15


@inner
def solve(matrix, right, n, work, taps):
    """Solve the first ``n`` ridge-regularised normal equations by Cholesky decomposition.

    Row ``j`` of ``work`` becomes column ``j`` of the factor. Products are subtracted in order of
    ``k``, four per pass: bitwise the same result as one at a time, in half the time.
    """
    for i in range(n):
        for j in range(i + 1):
            work[j, i] = matrix[i, j]
        work[i, i] += RIDGE * work[i, i] + 1e-3
        work[i, n] = right[i]
    for j in range(n):
        k = 0
        while k + 3 < j:
            f0, f1, f2, f3 = work[k, j], work[k + 1, j], work[k + 2, j], work[k + 3, j]
            for i in range(j, n + 1):
                left = work[j, i] - f0 * work[k, i] - f1 * work[k + 1, i]
                work[j, i] = left - f2 * work[k + 2, i] - f3 * work[k + 3, i]
            k += 4
        while k < j:
            f0 = work[k, j]
            for i in range(j, n + 1):
                work[j, i] -= f0 * work[k, i]
            k += 1
        if not work[j, j] > 1e-12:
            return
        root = math.sqrt(work[j, j])
        work[j, j] = root
        for i in range(j + 1, n + 1):
            work[j, i] /= root
    for i in range(n - 1, -1, -1):
        total = work[i, n]
        for k in range(i + 1, n):
            total -= work[i, k] * taps[k]
        taps[i] = total / work[i, i]


@inner
def predict(taps, d, n, plain):
    """Return the prediction from the first ``n`` features; ``plain`` if the correction diverges."""
    found = plain
    for i in range(n):
        found += taps[i] * d[i]
    return found if abs(found - plain) < MAX_CORRECTION else plain


@inner
def learn(matrix, right, g, n, weight, error):
    """Add a voxel with features ``g``, in steps, to the first ``n`` normal equations."""
    for i in range(n):
        right[i] += g[i] * error
        f = g[i] * weight
        for j in range(i + 1):
            matrix[i, j] += f * g[j]


@inner
def decay(matrix, right, n, factor):
    """Scale the first ``n`` normal equations by a decay factor."""
    for i in range(n):
        right[i] *= factor
        for j in range(i + 1):
            matrix[i, j] *= factor


@inner
def frame_features(
    d, first, v, k, z, y, x, az, ay, ax, bz, by, cy, cx, more, n1, plain, b0, b1, c0, c1
):  # fmt: skip
    """Put the features of a coded frame ``v`` at a voxel and its neighbours into ``d`` from
    ``first`` on.

    ``b0`` to ``c1`` tell which sides exist. Returns the coded error of that frame (from ``k``) at
    the voxel, and the sum of magnitudes around it.
    """
    d[first] = v[z, y, x] - plain
    d[first + 1] = v[z - az, y - ay, x - ax] - plain
    d[first + 2] = (v[z + az, y + ay, x + ax] if more else n1) - plain
    around = 2 * abs(k[z, y, x])
    if b0:
        d[first + 3] = v[z - bz, y - by, x] - plain
    if b1:
        d[first + 4] = v[z + bz, y + by, x] - plain
        around += abs(k[z + bz, y + by, x])
    if c0:
        d[first + 5] = v[z, y - cy, x - cx] - plain
    if c1:
        d[first + 6] = v[z, y + cy, x + cx] - plain
        around += abs(k[z, y + cy, x + cx])
    return k[z, y, x], around


@inner
def far_features(d, first, voxels, index, deltas, plain, pa, pb, pc, sa, sb, sc, na):
    """Put the far features of the voxel at flat index ``index`` of ``voxels`` into ``d``; those
    outside the tile are left unchanged."""
    if pa >= REACH * sa and pa + REACH * sa < na and pb >= 3 * sb and pc >= 3 * sc:
        for i in range(FAR_FEATURES):
            d[first + i] = voxels[index + deltas[i]] - plain
        return
    for i in range(FAR_FEATURES):
        at = pa + FAR_OFFSETS[i, 0] * sa
        if 0 <= at < na and pb + FAR_OFFSETS[i, 1] * sb >= 0 and pc + FAR_OFFSETS[i, 2] * sc >= 0:
            d[first + i] = voxels[index + deltas[i]] - plain


@inner
def is_flat(d, first, last):
    """Return whether features ``first`` up to ``last`` are all 0."""
    i = first
    while i < last and d[i] == 0.0:
        i += 1
    return i >= last

"""How method bounded predicts a voxel: linear least squares that learn while they code
(docs/format.md, section 19).

Compiled by numba, which is imported with this module: import it only where a stream is coded.
"""

import math

import numpy as np

from vcore.runtime.jit import inner

SPACE = 17
"""Features of voxels near by, of the frame itself."""
EACH = 7
"""Features from each frame that is already coded."""
FAR = np.array(
    [
        (-2, 0, 0), (-2, 0, -1), (-4, 0, 0), (-3, 0, -1), (-5, 0, 0), (3, 0, -1),
        (0, -3, 0), (1, -2, 0), (-1, -2, 0), (-5, 0, -1), (1, 0, -2), (-1, 0, -2),
        (-2, 0, -2), (-3, 0, -2), (3, 0, -2), (-1, -3, 0), (1, -3, 0), (5, 0, 0),
        (0, -2, -1), (5, 0, -1), (-1, 0, -3), (1, 0, -3), (-2, 0, -3), (0, 0, -3),
    ],
    np.int64,
)  # fmt: skip
"""Steps along a, b, c to voxels farther off: those that, one after the other, gained most over
CT, MRI and microscopy together. Noise that was interpolated correlates that far."""
FARS = len(FAR)
FEATURES = SPACE + 2 * EACH + FARS
REACH = 5
RIDGE = 1e-5
OFTEN, SELDOM, BEGINNING = 8, 32, 512
"""Voxels after which equations are solved, in the beginning and then, and how many it lasts. So
long they take near features only: a few hundred voxels don't tell twice as many taps."""
KEPT_WIDE_OFTEN, KEPT_WIDE = 0.9984, 0.9936
"""What the equations of all features keep then: a memory of 5000 voxels."""
KEPT_NEAR_OFTEN, KEPT_NEAR = 0.96, 0.85
"""What those of near features keep: a memory of 200 voxels, for places that differ."""
KEPT_SQUARES = 0.95
FAR_OUT = 1e15


@inner
def solve(matrix, right, n, work, taps):
    """Solve the first ``n`` normal equations, ridged, by Cholesky's factors.

    Row ``j`` of ``work`` becomes column ``j`` of the factor. Each number loses its products in the
    order of ``k``, four in a run: they are the same as one by one, in half of the time.
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
    """Return the prediction by the first ``n`` features; ``plain`` if it is out of all reach."""
    found = plain
    for i in range(n):
        found += taps[i] * d[i]
    return found if abs(found - plain) < FAR_OUT else plain


@inner
def learn(matrix, right, g, n, trust, missed):
    """Let normal equations of the first ``n`` features ``g``, in steps, learn a voxel."""
    for i in range(n):
        right[i] += g[i] * missed
        f = g[i] * trust
        for j in range(i + 1):
            matrix[i, j] += f * g[j]


@inner
def forget(matrix, right, n, kept):
    """Scale the first ``n`` normal equations."""
    for i in range(n):
        right[i] *= kept
        for j in range(i + 1):
            matrix[i, j] *= kept


@inner
def put_frame(
    d, first, v, k, z, y, x, az, ay, ax, bz, by, cy, cx, more, n1, plain, b0, b1, c0, c1
):  # fmt: skip
    """Put what a coded frame ``v`` has at a voxel and beside it into ``d`` from ``first`` on.

    ``b0`` to ``c1`` say which sides exist. Returns the frame's error there, of its errors ``k``,
    and their size around.
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
def put_far(d, first, voxels, place, deltas, plain, pa, pb, pc, sa, sb, sc, na):
    """Put the far features of the voxel at ``place`` of the flat ``voxels`` into ``d``; those
    outside are left."""
    if pa >= REACH * sa and pa + REACH * sa < na and pb >= 3 * sb and pc >= 3 * sc:
        for i in range(FARS):
            d[first + i] = voxels[place + deltas[i]] - plain
        return
    for i in range(FARS):
        at = pa + FAR[i, 0] * sa
        if 0 <= at < na and pb + FAR[i, 1] * sb >= 0 and pc + FAR[i, 2] * sc >= 0:
            d[first + i] = voxels[place + deltas[i]] - plain


@inner
def is_flat(d, first, last):
    """Return whether features ``first`` up to ``last`` are all 0."""
    i = first
    while i < last and d[i] == 0.0:
        i += 1
    return i >= last

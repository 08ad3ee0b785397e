"""Compiled loops over whole volumes: filtering, local maxima, culling, doubling, halving.

Imports numba at module level.
"""

import numpy as np

from vcore.runtime.jit import inline, jit

TAPS = np.array([-0.0234375, 0.2265625, 0.8671875, -0.0703125], np.float32)
"""Catmull-Rom spline weights at a quarter of a voxel beside the third sample."""


@jit
def correlate(volume, out, axis, taps, begin, end):
    """Correlate ``volume`` with ``taps`` along an axis, for the planes begin..end."""
    n = volume.shape[axis]
    radius = taps.size // 2
    for z in range(begin, end):
        for y in range(volume.shape[1]):
            a = out[z, y]
            a[:] = 0
            for k in range(taps.size):
                move = k - radius
                if axis == 2:
                    b = volume[z, y]
                    for x in range(max(0, -move), min(n, n - move)):
                        a[x] += taps[k] * b[x + move]
                    continue
                at = (z if axis == 0 else y) + move
                if at < 0 or at >= n:
                    continue
                b = volume[at, y] if axis == 0 else volume[z, at]
                for x in range(a.size):
                    a[x] += taps[k] * b[x]


@jit
def maxima(volume, threshold, found):
    """Put the flat indices of local maxima of at least ``threshold`` into ``found``; return their
    number."""
    nz, ny, nx = volume.shape
    count = 0
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                v = volume[z, y, x]
                if v < threshold:
                    continue
                top = True
                for k in range(max(z - 1, 0), min(z + 2, nz)):
                    for j in range(max(y - 1, 0), min(y + 2, ny)):
                        for i in range(max(x - 1, 0), min(x + 2, nx)):
                            if volume[k, j, i] > v:
                                top = False
                if top and count < found.size:
                    found[count] = (z * ny + y) * nx + x
                    count += 1
    return count


@jit
def cull(cells, levels, occupied, starts, shapes, limit, chosen):
    """Choose the first ``limit`` candidates outside the cells taken by earlier ones; return their
    number."""
    count = 0
    for c in range(cells.shape[0]):
        free = True
        for k in range(shapes.shape[0]):
            z, y, x = cells[c, 0] >> k, cells[c, 1] >> k, cells[c, 2] >> k
            if occupied[starts[k] + (z * shapes[k, 1] + y) * shapes[k, 2] + x]:
                free = False
                break
        if not free:
            continue
        chosen[count] = c
        count += 1
        if count == limit:
            break
        k = levels[c]
        z, y, x = cells[c, 0] >> k, cells[c, 1] >> k, cells[c, 2] >> k
        for i in range(max(z - 1, 0), min(z + 2, shapes[k, 0])):
            for j in range(max(y - 1, 0), min(y + 2, shapes[k, 1])):
                for m in range(max(x - 1, 0), min(x + 2, shapes[k, 2])):
                    occupied[starts[k] + (i * shapes[k, 1] + j) * shapes[k, 2] + m] = True
    return count


@inline
def tap(i, t, n):
    """Return the index of the coarse sample for tap ``t`` of fine sample ``i``.

    Even fine samples lie a quarter of a coarse voxel before the coarse sample, odd ones behind it.
    """
    at = i // 2 + (t - 2 if i % 2 == 0 else 2 - t)
    return min(max(at, 0), n - 1)


@jit
def up_planes(coarse, fine, begin, end):
    """Add ``coarse``, interpolated to twice its resolution, to the planes begin..end of
    ``fine``."""
    nz, ny, nx = coarse.shape
    plane = np.empty((ny, nx), np.float32)
    line = np.empty(nx + 4, np.float32)
    for z in range(begin, end):
        plane[:] = 0
        for t in range(4):
            source = coarse[tap(z, t, nz)]
            w = TAPS[t]
            for y in range(ny):
                a, b = plane[y], source[y]
                for x in range(nx):
                    a[x] += w * b[x]
        for y in range(fine.shape[1]):
            inner = line[2 : nx + 2]
            inner[:] = 0
            for t in range(4):
                b = plane[tap(y, t, ny)]
                w = TAPS[t]
                for x in range(nx):
                    inner[x] += w * b[x]
            line[0] = line[1] = line[2]
            line[nx + 2] = line[nx + 3] = line[nx + 1]
            out = fine[z, y]
            for x in range(fine.shape[2] // 2):
                a0, a1, a2, a3, a4 = line[x], line[x + 1], line[x + 2], line[x + 3], line[x + 4]
                out[2 * x] += TAPS[0] * a0 + TAPS[1] * a1 + TAPS[2] * a2 + TAPS[3] * a3
                out[2 * x + 1] += TAPS[3] * a1 + TAPS[2] * a2 + TAPS[1] * a3 + TAPS[0] * a4
            if fine.shape[2] % 2:
                x = nx - 1
                out[2 * x] += (
                    TAPS[0] * line[x] + TAPS[1] * line[x + 1] + TAPS[2] * line[x + 2]
                    + TAPS[3] * line[x + 3]
                )  # fmt: skip


@jit
def down_planes(fine, quarter, begin, end):
    """Halve y and x of the planes begin..end by the transposed interpolation."""
    ny, nx = quarter.shape[1:]
    line = np.empty(nx + 4, np.float32)
    for z in range(begin, end):
        quarter[z] = 0
        for y in range(fine.shape[1]):
            line[:] = 0
            b = fine[z, y]
            for i in range(fine.shape[2]):
                x, v = i // 2, b[i]
                if i % 2 == 0:
                    line[x] += TAPS[0] * v
                    line[x + 1] += TAPS[1] * v
                    line[x + 2] += TAPS[2] * v
                    line[x + 3] += TAPS[3] * v
                else:
                    line[x + 1] += TAPS[3] * v
                    line[x + 2] += TAPS[2] * v
                    line[x + 3] += TAPS[1] * v
                    line[x + 4] += TAPS[0] * v
            line[2] += line[0] + line[1]
            line[nx + 1] += line[nx + 2] + line[nx + 3]
            for t in range(4):
                a = quarter[z, tap(y, t, ny)]
                w = TAPS[t]
                for x in range(nx):
                    a[x] += w * line[x + 2]


@jit
def down_rows(quarter, coarse, begin, end):
    """Halve z of the rows begin..end."""
    nz = coarse.shape[0]
    for z in range(nz):
        coarse[z, begin:end] = 0
    for z in range(quarter.shape[0]):
        for t in range(4):
            w = TAPS[t]
            source = tap(z, t, nz)
            for y in range(begin, end):
                a, b = coarse[source, y], quarter[z, y]
                for x in range(a.size):
                    a[x] += w * b[x]

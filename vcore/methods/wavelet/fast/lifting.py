"""Compiled loops of the transform: CDF 9/7 of blocks that fit a core's cache, by band.

A level's values lie interleaved, its coefficients by band (7, z, y, x): band b = 4 pz + 2 py + px
holds at (z, y, x) the coefficient of the place (2 z + pz, 2 y + py, 2 x + px). Arithmetic is in
float32 or float64 as the arrays given; no operations are fused or reordered.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inner, jit, kernel


@inner
def add_pairs(a, odd, factor):
    """Add to the odd (or even) elements along the first axis of ``a`` their two neighbours times
    ``factor``, mirrored at both ends; a single element is unchanged."""
    n, width = a.shape
    if n < 2:
        return
    for i in range(odd, n, 2):
        left = i - 1 if i > 0 else i + 1
        right = i + 1 if i + 1 < n else i - 1
        one, two, out = a[left], a[right], a[i]
        for x in range(width):
            out[x] += factor * (one[x] + two[x])


def work_of(shape: tuple[int, ...], width: int, dtype: Any) -> tuple[NDArray[Any], ...]:
    """Return the work arrays to synthesise ``width`` columns of a level of ``shape``: even and odd
    elements of a row, the level, a plane along z."""
    nz, ny, nx = shape
    sizes = ((nx + 1) // 2 + 1,), (nx // 2 + 2,), (nz, ny, nx), (nz, width)
    return tuple(np.empty(size, dtype) for size in sizes)


@kernel
def synthesise(low, bands, factors, out, start, even, odd, block, column):
    """Put the part of a level that begins at ``start`` into ``out``.

    Parameters
    ----------
    low
        Values of the next coarser level, (z, y, x), already scaled.
    bands
        Coefficients, (7, z, y, x), z, y, x those of ``low`` or more; scaled.
    factors
        The four lifting factors of the inverse, in the order in which they are applied.
    start
        First place of ``out`` along each axis, and the extent of the interleaved level: six
        numbers.
    even, odd, block, column
        Output of ``work_of``.
    """
    oz, oy, ox, nz, ny, nx = start
    rows, planes, width = out.shape[1], out.shape[0], out.shape[2]
    evens, odds = (nx + 1) >> 1, nx >> 1
    for z in range(nz):
        for y in range(ny):
            b = ((z & 1) << 2) | ((y & 1) << 1)
            one = bands[b - 1, z >> 1, y >> 1] if b else low[z >> 1, y >> 1]
            for i in range(evens):
                even[i] = one[i]
            line = block[z, y]
            if nx == 1:
                line[0] = even[0]
                continue
            two = bands[b, z >> 1, y >> 1]
            for i in range(odds):
                odd[i + 1] = two[i]
            for s in range(0, 4, 2):
                odd[0] = odd[1]
                odd[odds + 1] = odd[odds]
                f = factors[s]
                for i in range(evens):
                    even[i] += f * (odd[i] + odd[i + 1])
                even[evens] = even[evens - 1]
                f = factors[s + 1]
                for i in range(odds):
                    odd[i + 1] += f * (even[i] + even[i + 1])
            for i in range(odds):
                line[2 * i], line[2 * i + 1] = even[i], odd[i + 1]
            if nx & 1:
                line[nx - 1] = even[odds]
        for s in range(4):
            add_pairs(block[z], s & 1, factors[s])
    for y in range(rows):
        for z in range(nz):
            source, target = block[z, oy + y], column[z]
            for x in range(width):
                target[x] = source[ox + x]
        for s in range(4):
            add_pairs(column, s & 1, factors[s])
        for z in range(planes):
            source, target = column[oz + z], out[z, y]
            for x in range(width):
                target[x] = source[x]


@jit
def analyse(values, factors, low, bands, start):
    """Put the coefficients of the part of a level that begins at ``start`` (a place that is even
    along each axis) into ``low`` and ``bands``; ``values`` are overwritten.

    Parameters
    ----------
    values
        Values of the level, (z, y, x), four places wider than the part on each side unless it ends
        there.
    factors
        The four lifting factors, in the order in which they are applied.
    low, bands
        (z, y, x) and (7, z, y, x); places beyond a band's end are 0. Not yet scaled.
    start
        First place of the part along each axis, and its extent: six numbers.
    """
    oz, oy, ox, sz, sy, sx = start
    nz, ny, nx = values.shape
    evens, odds = (nx + 1) >> 1, nx >> 1
    even, odd = np.empty(evens + 1, values.dtype), np.empty(odds + 2, values.dtype)
    column = np.empty((nz, nx), values.dtype)
    for y in range(ny):
        for z in range(nz):
            source, target = values[z, y], column[z]
            for x in range(nx):
                target[x] = source[x]
        for s in range(4):
            add_pairs(column, 1 - (s & 1), factors[s])
        for z in range(nz):
            source, target = column[z], values[z, y]
            for x in range(nx):
                target[x] = source[x]
    bands[...] = 0
    first = ox >> 1
    for z in range(sz):
        plane = values[oz + z]
        for s in range(4):
            add_pairs(plane, 1 - (s & 1), factors[s])
        for y in range(sy):
            line = plane[oy + y]
            for i in range(odds):
                even[i], odd[i + 1] = line[2 * i], line[2 * i + 1]
            if nx & 1:
                even[odds] = line[nx - 1]
            if odds:
                for s in range(0, 4, 2):
                    if nx & 1 == 0:
                        even[evens] = even[evens - 1]
                    f = factors[s]
                    for i in range(odds):
                        odd[i + 1] += f * (even[i] + even[i + 1])
                    odd[0] = odd[1]
                    odd[odds + 1] = odd[odds]
                    f = factors[s + 1]
                    for i in range(evens):
                        even[i] += f * (odd[i] + odd[i + 1])
            b = ((z & 1) << 2) | ((y & 1) << 1)
            target = bands[b - 1, z >> 1, y >> 1] if b else low[z >> 1, y >> 1]
            for i in range((sx + 1) >> 1):
                target[i] = even[first + i]
            target = bands[b, z >> 1, y >> 1]
            for i in range(sx >> 1):
                target[i] = odd[first + i + 1]


@kernel
def dequantise(q, points, factors, out, target, source, extent):
    """Put the dequantised integers of a part of a tile into ``out``.

    Parameters
    ----------
    q
        Integers of a tile, (7, z, y, x).
    points
        Shifts of the reconstruction points of magnitudes 1, 2 and above towards 0, in steps.
    factors
        Factor of each band.
    out
        Coefficients, (7, z, y, x), 0 so far.
    target, source, extent
        First positions in ``out`` and in ``q``, and number of positions, along z, y, x.
    """
    one, two, more = points[0], points[1], points[2]
    real = out.dtype.type
    for b in range(7):
        f = factors[b]
        for z in range(extent[0]):
            for y in range(extent[1]):
                line = q[b, source[0] + z, source[1] + y]
                some = line[0] & 0
                for x in range(extent[2]):
                    some |= line[source[2] + x]
                if some == 0:  # as most rows are
                    continue
                row = out[b, target[0] + z, target[1] + y]
                for x in range(extent[2]):
                    v = line[source[2] + x]
                    m = abs(v)
                    shift = one if m == 1 else (two if m == 2 else more)
                    r = (real(m) - shift) * f
                    row[target[2] + x] = real(0) if m == 0 else (r if v > 0 else -r)

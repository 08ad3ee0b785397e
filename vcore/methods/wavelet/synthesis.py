"""Compiled loops of the synthesis: lifting and dequantisation.

Coefficients are stored interleaved: see ``loops``.
"""

import numpy as np

from vcore.methods.wavelet.tables import LIFT, SCALE
from vcore.runtime.jit import inner, kernel

POINTS, TAPS, LINES = 3, 4, 5
"""Reconstruction points per group of levels, taps per band, and rows of work."""
COLUMNS = 512
"""Columns lifted together: nine rows of them fit into the cache."""
NEAR = np.array([(0, 0), (-2, 0), (2, 0), (0, -2), (0, 2)])
"""Rows that a row's taps see: itself, its neighbours in the band along z, and along y."""
STAGES = 5
"""Stages of the lifting: one scales all samples, the others update the odd or the even ones from
their neighbours."""


@inner
def scale_row(row, inverse, odd):
    """Scale a row of odd or even samples."""
    if odd == inverse:
        for x in range(row.size):
            row[x] *= SCALE
    else:
        for x in range(row.size):
            row[x] /= SCALE


@inner
def add_pair(row, one, two, step):
    """Add ``step`` times the sum of two rows to a row."""
    for x in range(row.size):
        row[x] += step * (one[x] + two[x])


@inner
def lift_row(a, inverse, r, lo, hi):
    """Bring rows up to ``r`` of ``a`` (n, wide) into the stages that their neighbours allow: stage
    s reaches row r - s, so that all stages together pass over memory once."""
    n = a.shape[0]
    for stage in range(STAGES):
        i = r - stage
        if i < 0 or i >= n:
            continue
        if stage == (0 if inverse else STAGES - 1):
            scale_row(a[i, lo:hi], inverse, i & 1)
        elif (i ^ stage) & 1:
            left = i - 1 if i > 0 else i + 1
            right = i + 1 if i + 1 < n else i - 1
            step = -LIFT[4 - stage] if inverse else LIFT[stage]
            add_pair(a[i, lo:hi], a[left, lo:hi], a[right, lo:hi], step)


@kernel
def lift(a, inverse, first, last):
    """Lift columns ``first`` to ``last`` (in groups of COLUMNS) of ``a`` (n, wide) along its first
    axis, in place, with symmetric extension about the border samples."""
    n, wide = a.shape
    for group in range(first, last):
        lo, hi = group * COLUMNS, min((group + 1) * COLUMNS, wide)
        for r in range(n + STAGES - 1):
            lift_row(a, inverse, r, lo, hi)


@kernel
def lift_planes(a, inverse, first, last, even, odd):
    """Lift planes ``first`` to ``last`` of ``a`` (planes, ny, nx) in place, along x and y where
    these are longer than 1.

    Parameters
    ----------
    even, odd
        Work arrays of (nx + 1) // 2 + 1 and nx // 2 + 2 elements: the even and odd samples of a
        row apart, so that the loops vectorise.
    """
    ny, nx = a.shape[1:]
    for z in range(first, last):
        plane = a[z]
        for r in range(ny + STAGES - 1):  # a row is lifted along x just before y, or just after
            if inverse and r < ny and nx > 1:
                lift_along(plane[r], inverse, even, odd)
            if ny > 1:
                lift_row(plane, inverse, r, 0, nx)
            i = r - STAGES + 1
            if not inverse and i >= 0 and nx > 1:
                lift_along(plane[i], inverse, even, odd)


@inner
def lift_along(row, inverse, even, odd):
    """Lift a row along itself; odd sample i lies between the even samples i and i + 1."""
    n = row.size
    evens, odds = (n + 1) >> 1, n >> 1
    for i in range(odds):
        even[i], odd[i + 1] = row[2 * i], row[2 * i + 1]
    if n & 1:
        even[odds] = row[n - 1]
    for stage in range(STAGES):
        if stage == (0 if inverse else STAGES - 1):
            scale_row(even, inverse, 0)
            scale_row(odd, inverse, 1)
            continue
        step = -LIFT[4 - stage] if inverse else LIFT[stage]
        if stage & 1 == 0:  # update odd samples from even ones
            if n & 1 == 0:
                even[evens] = even[evens - 1]
            add_pair(odd[1 : odds + 1], even[:odds], even[1 : odds + 1], step)
        else:
            odd[0] = odd[1]
            if n & 1:
                odd[odds + 1] = odd[odds]
            add_pair(even[:evens], odd[:evens], odd[1 : evens + 1], step)
    for i in range(odds):
        row[2 * i], row[2 * i + 1] = even[i], odd[i + 1]
    if n & 1:
        row[n - 1] = even[odds]


@kernel
def dequantise(q, weight, out, step, row, first, last, taps, lines):
    """Add ``weight`` times the dequantised coefficients ``q`` to planes ``first`` to ``last`` of
    ``out``.

    Parameters
    ----------
    row
        Shifts of the reconstruction points, in steps, then the taps of bands 1 to 7.
    taps, lines
        Work arrays: (TAPS, nx), and LINES rows of nx + 4.
    """
    nz, ny, nx = q.shape
    tapped = False
    for i in range(POINTS, row.size):
        tapped |= row[i] != 0
    one, two, three = row[0], row[1], row[2]
    lines[0, 0] = lines[0, 1] = lines[0, nx + 2] = lines[0, nx + 3] = 0.0
    for parity in range(4):
        if tapped:
            for x in range(nx):
                b = 2 * parity + (x & 1)
                for k in range(TAPS):
                    taps[k, x] = row[POINTS + TAPS * (b - 1) + k] if b else 0.0
        py = parity & 1
        for z in range(first + ((first ^ (parity >> 1)) & 1), last, 2):
            for y in range(py, ny, 2):
                some = np.int32(0)
                for k in range(5 if tapped else 1):  # most rows are zero, and those around them
                    i, j = z + NEAR[k, 0], y + NEAR[k, 1]
                    if some == 0 and 0 <= i < nz and 0 <= j < ny:
                        for x in range(nx):
                            some |= q[i, j, x]
                if some == 0:
                    continue
                for k in range(5 if tapped else 1):
                    i, j = z + NEAR[k, 0], y + NEAR[k, 1]
                    inside, line = 0 <= i < nz and 0 <= j < ny, lines[k]
                    for x in range(nx):
                        v = q[i, j, x] if inside else np.int32(0)
                        m = abs(np.float64(v))
                        shift = three if m > 2.0 else (two if m > 1.0 else one)
                        r = m - shift if m > 0.0 else 0.0
                        line[x + 2] = -r if v < 0 else r
                for x in range(nx):
                    c = lines[0, x + 2]
                    if tapped:
                        c = c + c * taps[0, x]
                        c = c + (lines[1, x + 2] + lines[2, x + 2]) * taps[1, x]
                        c = c + (lines[3, x + 2] + lines[4, x + 2]) * taps[2, x]
                        c = c + (lines[0, x] + lines[0, x + 4]) * taps[3, x]
                    out[z, y, x] += weight * (c * step)

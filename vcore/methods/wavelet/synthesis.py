"""Compiled loops of the synthesis: lifting and dequantisation.

Coefficients are stored interleaved: see ``loops``.
"""

import numpy as np

from vcore.methods.wavelet.tables import LIFT, SCALE
from vcore.runtime.jit import inner, kernel

POINTS, TAPS = 3, 4
"""Reconstruction points per group of levels, and taps per band."""
COLUMNS = 512
"""Columns lifted together: nine rows of them fit into the cache."""


@kernel
def lift(a, inverse, first, last):
    """Lift columns ``first`` to ``last`` (in groups of COLUMNS) of ``a`` (outer, n, wide) along its
    middle axis, in place, with symmetric extension about the border samples."""
    _, n, wide = a.shape
    groups = (wide + COLUMNS - 1) // COLUMNS
    for unit in range(first, last):
        o, lo = unit // groups, (unit % groups) * COLUMNS
        hi = min(lo + COLUMNS, wide)
        for stage in range(5):
            if stage == (0 if inverse else 4):
                for i in range(n):
                    if (i & 1) == inverse:
                        for x in range(lo, hi):
                            a[o, i, x] *= SCALE
                    else:
                        for x in range(lo, hi):
                            a[o, i, x] /= SCALE
                continue
            step = -LIFT[4 - stage] if inverse else LIFT[stage]
            for i in range((stage & 1) ^ 1, n, 2):
                left = i - 1 if i > 0 else i + 1
                right = i + 1 if i + 1 < n else i - 1
                for x in range(lo, hi):
                    a[o, i, x] += step * (a[o, left, x] + a[o, right, x])


@kernel
def lift_rows(a, inverse, first, last, even, odd):
    """Lift rows ``first`` to ``last`` of ``a`` (rows, n, 1) in place, with even and odd samples in
    separate buffers, so that the loops vectorise: of (n + 1) // 2 + 1 and n // 2 + 2 elements, as
    odd sample i lies between even samples i and i + 1."""
    n = a.shape[1]
    evens, odds = (n + 1) >> 1, n >> 1
    for unit in range(first, last):
        for i in range(odds):
            even[i], odd[i + 1] = a[unit, 2 * i, 0], a[unit, 2 * i + 1, 0]
        if n & 1:
            even[odds] = a[unit, n - 1, 0]
        for stage in range(5):
            if stage == (0 if inverse else 4):
                one, other = (odd, even) if inverse else (even, odd)
                for i in range(one.size):
                    one[i] *= SCALE
                for i in range(other.size):
                    other[i] /= SCALE
                continue
            step = -LIFT[4 - stage] if inverse else LIFT[stage]
            if stage & 1 == 0:  # update odd samples from even ones
                if n & 1 == 0:
                    even[evens] = even[evens - 1]
                for i in range(odds):
                    odd[i + 1] += step * (even[i] + even[i + 1])
            else:
                odd[0] = odd[1]
                if n & 1:
                    odd[odds + 1] = odd[odds]
                for i in range(evens):
                    even[i] += step * (odd[i] + odd[i + 1])
        for i in range(odds):
            a[unit, 2 * i, 0], a[unit, 2 * i + 1, 0] = even[i], odd[i + 1]
        if n & 1:
            a[unit, n - 1, 0] = even[odds]


@inner
def reconstructed(v, row):
    """Return the reconstruction value of an integer, in steps."""
    if v == 0:
        return 0.0
    m = abs(v)
    c = np.float64(m) - row[min(m, POINTS) - 1]
    return c if v > 0 else -c


@inner
def inputs_of(q, row, z, y, x, inputs):
    """Fill ``inputs`` of a coefficient's taps: its own value, and the sums of its two neighbours in
    the band along z, y and x; return whether any is nonzero."""
    nz, ny, nx = q.shape
    v = np.int64(q[z, y, x])
    a = np.int64(q[z - 2, y, x]) if z > 1 else np.int64(0)
    b = np.int64(q[z + 2, y, x]) if z + 2 < nz else np.int64(0)
    c = np.int64(q[z, y - 2, x]) if y > 1 else np.int64(0)
    d = np.int64(q[z, y + 2, x]) if y + 2 < ny else np.int64(0)
    e = np.int64(q[z, y, x - 2]) if x > 1 else np.int64(0)
    f = np.int64(q[z, y, x + 2]) if x + 2 < nx else np.int64(0)
    if v == 0 and a == 0 and b == 0 and c == 0 and d == 0 and e == 0 and f == 0:
        return False
    inputs[0] = reconstructed(v, row)
    inputs[1] = reconstructed(a, row) + reconstructed(b, row)
    inputs[2] = reconstructed(c, row) + reconstructed(d, row)
    inputs[3] = reconstructed(e, row) + reconstructed(f, row)
    return True


@inner
def add_bits(near, line):
    """OR a row into ``near``."""
    for x in range(line.size):
        near[x + 2] |= line[x]


@kernel
def dequantise(q, weight, out, step, row, first, last, near, inputs):
    """Add ``weight`` times the dequantised coefficients ``q`` to planes ``first`` to ``last`` of
    ``out``.

    Parameters
    ----------
    row
        Shifts of the reconstruction points, in steps, then the taps of bands 1 to 7.
    near, inputs
        Work arrays: int32 of a row, padded by two on each side with zeros, and TAPS numbers.
    """
    nz, ny, nx = q.shape
    tapped = False
    for i in range(POINTS, row.size):
        tapped |= row[i] != 0
    for z in range(first, last):
        for y in range(ny):
            # most rows are zero: first OR all inputs of each position, 0 if there is nothing to add
            for x in range(nx):
                near[x + 2] = q[z, y, x]
            if tapped:
                if z > 1:
                    add_bits(near, q[z - 2, y])
                if z + 2 < nz:
                    add_bits(near, q[z + 2, y])
                if y > 1:
                    add_bits(near, q[z, y - 2])
                if y + 2 < ny:
                    add_bits(near, q[z, y + 2])
            some = np.int32(0)
            for x in range(nx):
                some |= near[x + 2]
            if some == 0:
                continue
            for x in range(nx):
                if near[x + 2] == 0 and not (tapped and near[x] | near[x + 4]):
                    continue
                b = ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
                if b and inputs_of(q, row, z, y, x, inputs):
                    at = POINTS + TAPS * (b - 1)
                    c = inputs[0] + inputs[0] * row[at]
                    c = c + inputs[1] * row[at + 1]
                    c = c + inputs[2] * row[at + 2]
                    c = c + inputs[3] * row[at + 3]
                    product = weight * (c * step)
                    out[z, y, x] += product

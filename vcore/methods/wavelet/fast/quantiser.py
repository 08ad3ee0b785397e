"""Quantisation of effort ``fast``; used by the encoder only."""

import numpy as np

from vcore.runtime.jit import jit

DEAD_ZONE, ROUNDING = 0.62, 0.6
"""Magnitudes below DEAD_ZONE steps become 0, others are rounded up from a fraction of ROUNDING."""


@jit
def quantise(values, scale, out):
    """Put the integers of coefficients into ``out``.

    Parameters
    ----------
    values
        Coefficients of a tile, (7, z, y, x), float32.
    scale
        1 / step, float32.

    Returns
    -------
    sums
        (3, 2): for magnitudes 1, 2 and above, the total excess over the coefficients, in steps, and
        the number of coefficients.
    """
    sums = np.zeros((3, 2))
    for b in range(values.shape[0]):
        for z in range(values.shape[1]):
            for y in range(values.shape[2]):
                row, line = values[b, z, y], out[b, z, y]
                some = False
                for x in range(row.size):
                    s = abs(row[x]) * scale
                    m = np.int32(s + np.float32(1 - ROUNDING))
                    m = max(m, np.int32(s >= np.float32(DEAD_ZONE)))
                    line[x] = -m if row[x] < 0 else m
                    some |= m != 0
                if some:
                    for x in range(row.size):
                        m = abs(line[x])
                        if m:
                            k = min(m, 3) - 1
                            sums[k, 0] += m - np.float64(abs(row[x]) * scale)
                            sums[k, 1] += 1
    return sums

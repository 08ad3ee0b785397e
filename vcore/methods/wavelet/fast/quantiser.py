"""Quantisation of effort ``fast``; used by the encoder only."""

import numpy as np

from vcore.runtime.jit import jit

ROUNDING = 0.6
"""Fraction of a step from which magnitudes are rounded up."""
DEAD_ZONE, RARE, MAX_DEAD_ZONE = 0.53, 0.07, 1.3
"""Magnitudes below DEAD_ZONE + RARE / mu steps (MAX_DEAD_ZONE at most) become 0, where mu is the
mean magnitude of the six neighbours in the band."""

MAX_MAGNITUDE = 2e9
"""Largest magnitude of an integer of 32 bits, with room for rounding in float32."""


@jit
def quantise(values, scale, out):
    """Put the integers of coefficients into ``out``.

    A 1 among zeros costs many bits, which the squared error that it saves has to be worth: at the
    slope of rate and distortion at high rates (ln(2) / 6 squared steps a bit) and for a Laplace
    distribution of mean mu, the dead zone widens with 1 / mu.

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
    bands, nz, ny, nx = values.shape
    sums = np.zeros((3, 2))
    near = np.empty(nx + 2, np.float32)
    nothing = np.zeros(nx, np.float32)
    zone, rare, largest = np.float32(DEAD_ZONE), np.float32(6 * RARE), np.float32(MAX_DEAD_ZONE)
    up, most = np.float32(1 - ROUNDING), np.float32(MAX_MAGNITUDE)
    for b in range(bands):
        for z in range(nz):
            for y in range(ny):
                row, line = values[b, z, y], out[b, z, y]
                large = 0
                for x in range(nx):
                    large |= abs(row[x]) * scale >= zone
                if not large:
                    for x in range(nx):
                        line[x] = 0
                    continue
                one = values[b, z - 1, y] if z else nothing
                two = values[b, z + 1, y] if z + 1 < nz else nothing
                three = values[b, z, y - 1] if y else nothing
                four = values[b, z, y + 1] if y + 1 < ny else nothing
                for x in range(nx):
                    near[x + 1] = abs(one[x]) + abs(two[x]) + abs(three[x]) + abs(four[x])
                for x in range(1, nx):
                    near[x + 1] += abs(row[x - 1])
                for x in range(nx - 1):
                    near[x + 1] += abs(row[x + 1])
                for x in range(nx):
                    s = abs(row[x]) * scale
                    s = s if s < most else most
                    around = near[x + 1] * scale
                    # s >= zone + rare / around, without a division
                    is_one = s >= largest or (s - zone) * around >= rare
                    m = np.int32(s + up)
                    m = (m if m > 1 else np.int32(1)) if is_one else np.int32(0)
                    line[x] = -m if row[x] < 0 else m
                for x in range(nx):
                    m = abs(line[x])
                    if m:
                        k = min(m, 3) - 1
                        sums[k, 0] += m - np.float64(abs(row[x]) * scale)
                        sums[k, 1] += 1
    return sums

"""Rate-distortion optimised quantisation, and estimation of the reconstruction parameters.

Used by the encoder only.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.contexts import CLASSES, magnitude_class
from vcore.methods.wavelet.rdo import DEFAULT_PRESET, RdoPreset
from vcore.methods.wavelet.synthesis import POINTS, TAPS
from vcore.runtime.jit import inner, jit

DEAD_ZONE, ROUNDING = 0.62, 0.6
"""Dead-zone quantiser of the first pass: magnitudes below DEAD_ZONE steps become 0, others are
rounded up from a fraction of ROUNDING."""
KINDS = 8
"""Number of magnitudes with separate statistics; the last one stands for all larger ones."""
RATE_WEIGHT = np.log(2) / 6
"""Lagrange multiplier: squared error per bit, in squared steps. At high rates the distortion is
step**2 / 12 and halving the step costs one bit, so dD / dR = -2 ln 2 / 12."""
INITIAL_COUNT = 0.3
"""Initial count of every magnitude."""
EXTRA_BITS = 0.7
"""Additional bits for each increment of a magnitude beyond KINDS."""
COUNTS = (CLASSES, KINDS)
MOMENTS = (8, TAPS, TAPS + 1)


def costs_of(
    counts: NDArray[np.float64], preset: RdoPreset = DEFAULT_PRESET
) -> NDArray[np.float64]:
    """Return the rate cost of each magnitude per class in squared steps, (CLASSES, KINDS + 1); the
    last column is the cost of each further increment."""
    seen = counts + INITIAL_COUNT
    bits = -np.log2(seen / seen.sum(1, keepdims=True))
    bits[:, 1:] += 1  # the sign
    more = np.full((len(bits), 1), EXTRA_BITS)
    bits[:, 0] = bits[:, 1] + preset.zero_weight * (bits[:, 0] - bits[:, 1])
    costs: NDArray[np.float64] = preset.rate_weight * RATE_WEIGHT * np.concatenate([bits, more], 1)
    return costs


def taps_of(sums: NDArray[np.float64], unit: int, bits: float) -> list[int]:
    """Solve for the taps of bands 1 to 7, in 1/unit, from their moments.

    A band without gain gets zeros. The list is empty if the total gain is not worth ``bits`` each.
    """
    taps, gain = np.zeros((7, TAPS)), 0.0
    for b in range(1, 8):
        products, with_error = sums[b, :, :TAPS], sums[b, :, TAPS]
        if not products[0, 0]:
            continue
        ridge = np.diag(np.diag(products) * 1e-3 + 1e-9)
        found = np.rint(np.linalg.solve(products + ridge, with_error) * unit)
        taps[b - 1] = np.clip(found, -unit, unit)
        w = taps[b - 1] / unit
        found_gain = 2 * w @ with_error - w @ products @ w
        if found_gain <= 0:  # because of rounding to 1/unit
            taps[b - 1] = 0
        gain += max(found_gain, 0)
    if gain < RATE_WEIGHT * bits * taps.size:
        return []
    return [int(v) for v in taps.ravel()]


@jit
def quantise_dead_zone(values, scale, q, first, last):
    """Quantise planes ``first`` to ``last`` of ``values`` with a dead zone; put the magnitudes, at
    most 255, into ``q``."""
    for z in range(first, last):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                s = abs(values[z, y, x]) * scale
                q[z, y, x] = (
                    0 if s < DEAD_ZONE else min(np.int64(s + np.float32(1 - ROUNDING)), 255)
                )


@jit
def modelled_cost(values, scale, first, last):
    """Return the cost of planes ``first`` to ``last``, in squared steps: the squared value of what
    becomes 0, and else the error of rounding and the bits of a magnitude."""
    cost = 0.0
    for z in range(first, last):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                s = np.float64(abs(values[z, y, x]) * scale)
                if s < DEAD_ZONE:
                    cost += s * s
                else:
                    cost += 1 / 12 + RATE_WEIGHT * (4 + 2 * np.log2(s))
    return cost


@inner
def activity(q, parent, z, y, x):
    """Return the activity class around a coefficient: its band, other bands, the coarser level."""
    nz, ny, nx = q.shape
    near = np.int64(0)
    if z > 1:
        near += q[z - 2, y, x]
    if z + 2 < nz:
        near += q[z + 2, y, x]
    if y > 1:
        near += q[z, y - 2, x]
    if y + 2 < ny:
        near += q[z, y + 2, x]
    if x > 1:
        near += q[z, y, x - 2]
    if x + 2 < nx:
        near += q[z, y, x + 2]
    beside = -np.int64(q[z, y, x])
    for k in range(z & ~1, min((z | 1) + 1, nz)):
        for j in range(y & ~1, min((y | 1) + 1, ny)):
            for i in range(x & ~1, min((x | 1) + 1, nx)):
                beside += q[k, j, i]
    k, j, i = ((z >> 2) << 1) | (z & 1), ((y >> 2) << 1) | (y & 1), ((x >> 2) << 1) | (x & 1)
    own = np.int64(0)
    if k < parent.shape[0] and j < parent.shape[1] and i < parent.shape[2]:
        own = np.int64(parent[k, j, i])
    return magnitude_class(10 * near + 6 * beside + 10 * own)


@inner
def add_row(q, z, y, factor, total):
    """Add a row of magnitudes times ``factor`` to ``total``, nothing outside the array."""
    if 0 <= z < q.shape[0] and 0 <= y < q.shape[1]:
        line = q[z, y]
        for x in range(total.size):
            total[x] += np.int32(factor) * np.int32(line[x])


@inner
def add_parents(parent, z, y, total):
    """Add ten times the magnitudes of the coarser level to the ``activity`` sums of a row."""
    k, j = ((z >> 2) << 1) | (z & 1), ((y >> 2) << 1) | (y & 1)
    if k < parent.shape[0] and j < parent.shape[1]:
        line = parent[k, j]
        for x in range(total.size):
            i = ((x >> 2) << 1) | (x & 1)
            if i < line.size:
                total[x] += 10 * np.int32(line[i])


@inner
def put_sums(q, parent, z, y, total, cell):
    """Put the sums whose classes are the ``activity`` of a row's coefficients into ``total``."""
    nx = total.size
    for x in range(nx):
        total[x] = 0
        cell[x] = 0
    add_row(q, z - 2, y, 10, total)
    add_row(q, z + 2, y, 10, total)
    add_row(q, z, y - 2, 10, total)
    add_row(q, z, y + 2, 10, total)
    add_row(q, z, y, -6, total)
    line = q[z, y]
    for x in range(2, nx):
        total[x] += 10 * np.int32(line[x - 2])
    for x in range(nx - 2):
        total[x] += 10 * np.int32(line[x + 2])
    for k in range(z & ~1, (z | 1) + 1):
        for j in range(y & ~1, (y | 1) + 1):
            add_row(q, k, j, 6, cell)
    for i in range(nx >> 1):
        both = cell[2 * i] + cell[2 * i + 1]
        total[2 * i] += both
        total[2 * i + 1] += both
    if nx & 1:
        total[nx - 1] += cell[nx - 1]
    add_parents(parent, z, y, total)


@jit
def count_magnitudes(q, parent, first, last):
    """Return the histogram of magnitudes per class, (CLASSES, KINDS)."""
    counts = np.zeros((CLASSES, KINDS))
    total, cell = np.empty(q.shape[2], np.int32), np.empty(q.shape[2], np.int32)
    zeros = 0  # most are zeros among zeros
    for z in range(first, last):
        for y in range(q.shape[1]):
            put_sums(q, parent, z, y, total, cell)
            start = 0 if (z | y) & 1 else 1
            for x in range(start, q.shape[2], 2 if start else 1):
                v, sum_ = np.int64(q[z, y, x]), np.int64(total[x])
                if v == 0 and sum_ == 0:
                    zeros += 1
                else:
                    counts[magnitude_class(sum_), min(v, KINDS - 1)] += 1
    counts[0, 0] += zeros
    return counts


@jit
def copy_magnitudes(best, q, first, last):
    """Copy the magnitudes, at most 255, of planes ``first`` to ``last`` of ``best`` into ``q``."""
    for z in range(first, last):
        for y in range(best.shape[1]):
            for x in range(best.shape[2]):
                q[z, y, x] = min(abs(np.int64(best[z, y, x])), 255)


@jit
def choose_integers(values, scale, q, parent, costs, best, first, last):
    """Put the integer of minimum rate-distortion cost for each coefficient into ``best``.

    Returns
    -------
    sums
        (3, 2): for magnitudes 1, 2 and above, the total excess over the coefficients, in steps, and
        the number of coefficients.
    """
    sums = np.zeros((3, 2))
    for z in range(first, last):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                best[z, y, x] = 0
                s = np.float64(abs(values[z, y, x]) * scale)
                if s < DEAD_ZONE:
                    continue
                k = activity(q, parent, z, y, x)
                nearest = np.int64(s + 0.5)
                least, take = s * s + costs[k, 0], np.int64(0)
                for m in range(max(nearest - 1, 1), nearest + 1):
                    bits = costs[k, min(m, KINDS - 1)]
                    if m >= KINDS:
                        bits += costs[k, KINDS] * (m - KINDS + 1)
                    if (s - m) * (s - m) + bits < least:
                        least, take = (s - m) * (s - m) + bits, m
                if take:
                    best[z, y, x] = -take if values[z, y, x] < 0 else take
                    sums[min(take, 3) - 1, 0] += take - s
                    sums[min(take, 3) - 1, 1] += 1
    return sums


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


@jit
def moments(values, scale, q, row, first, last):
    """Return, per band, the normal equations that predict the error from the taps' inputs.

    Returns
    -------
    sums
        (8, TAPS, TAPS + 1): products of the inputs, and of inputs and error, in squared steps.
    """
    sums = np.zeros((8, TAPS, TAPS + 1))
    inputs = np.zeros(TAPS)
    for z in range(first, last):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                b = ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
                if b == 0 or not inputs_of(q, row, z, y, x, inputs):
                    continue
                error = np.float64(values[z, y, x]) * scale - inputs[0]
                for i in range(TAPS):
                    for j in range(TAPS):
                        sums[b, i, j] += inputs[i] * inputs[j]
                    sums[b, i, TAPS] += inputs[i] * error
    return sums

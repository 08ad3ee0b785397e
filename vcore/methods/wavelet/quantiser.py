"""Quantisation that weighs error against bits, and what the decoder needs to undo it well.

The encoder's alone: a decoder needs none of it.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.contexts import CLASSES, magnitude_class
from vcore.methods.wavelet.rdo import USUAL, Care
from vcore.methods.wavelet.synthesis import TAPS, inputs_of
from vcore.runtime.jit import inner, jit

DEAD_ZONE, ROUNDING = 0.62, 0.6
"""A magnitude below this share of a step is 0 at first, another rounded up from that share on."""
KINDS = 8
"""Magnitudes that are counted apart; the last stands for all larger ones."""
RATE_WEIGHT = np.log(2) / 6
"""Squared error that a bit is worth, in squares of the step: at high rates the error is
step**2 / 12 and halving the step takes a bit, so dD / dR = -2 ln 2 / 12."""
UNSEEN = 0.3
"""Times that every magnitude counts as seen at first."""
LARGER = 0.7
"""Bits that a magnitude beyond KINDS takes more than the one below it."""
COUNTS = (CLASSES, KINDS)
MOMENTS = (8, TAPS, TAPS + 1)


def costs_of(counts: NDArray[np.float64], care: Care = USUAL) -> NDArray[np.float64]:
    """Return what a bit's worth of error each magnitude costs in each class, (CLASSES, KINDS + 1);
    the last column is what one more costs beyond."""
    seen = counts + UNSEEN
    bits = -np.log2(seen / seen.sum(1, keepdims=True))
    bits[:, 1:] += 1  # the sign
    more = np.full((len(bits), 1), LARGER)
    bits[:, 0] = bits[:, 1] + care.of_zero * (bits[:, 0] - bits[:, 1])
    costs: NDArray[np.float64] = care.weight * RATE_WEIGHT * np.concatenate([bits, more], 1)
    return costs


def taps_of(sums: NDArray[np.float64], unit: int, bits: float) -> list[int]:
    """Return the integers of the taps of bands 1 to 7, in 1/unit, from their moments: zeros for a
    band whose error they do not lessen, an empty list where all are not worth ``bits`` each."""
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
        if found_gain <= 0:  # of rounding to 1/unit
            taps[b - 1] = 0
        gain += max(found_gain, 0)
    if gain < RATE_WEIGHT * bits * taps.size:
        return []
    return [int(v) for v in taps.ravel()]


@jit
def rounded(values, scale, q, first, last):
    """Fill planes ``first`` to ``last`` of ``q`` with the magnitudes (up to 255) of ``values``
    quantised with a dead zone."""
    for z in range(first, last):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                s = abs(values[z, y, x]) * scale
                q[z, y, x] = (
                    0 if s < DEAD_ZONE else min(np.int64(s + np.float32(1 - ROUNDING)), 255)
                )


@inner
def activity(q, parent, z, y, x):
    """Class of what surrounds a coefficient: its band, the others, the level above."""
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


@jit
def counted(q, parent, first, last):
    """Return how often each magnitude follows from each class, (CLASSES, KINDS)."""
    counts = np.zeros((CLASSES, KINDS))
    for z in range(first, last):
        for y in range(q.shape[1]):
            for x in range(q.shape[2]):
                if (z | y | x) & 1:
                    counts[activity(q, parent, z, y, x), min(q[z, y, x], KINDS - 1)] += 1
    return counts


@jit
def taken(best, q, first, last):
    """Fill planes ``first`` to ``last`` of ``q`` with the magnitudes (up to 255) of ``best``."""
    for z in range(first, last):
        for y in range(best.shape[1]):
            for x in range(best.shape[2]):
                q[z, y, x] = min(abs(np.int64(best[z, y, x])), 255)


@jit
def chosen(values, scale, q, parent, costs, best, first, last):
    """Put into ``best``, for each coefficient, the integer of least distortion and rate.

    Returns
    -------
    sums
        For magnitudes 1, 2 and above: by how much the integers are too large in all, and how many.
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


@jit
def moments(values, scale, q, row, first, last):
    """Return, for each band, the normal equations of the error by the taps' inputs.

    Returns
    -------
    sums
        (8, TAPS, TAPS + 1): products of the inputs, and of inputs and error, in squares of a step.
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

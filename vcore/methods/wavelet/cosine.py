"""Cosine transform along whole axes, in octaves: a pyramid for data without high frequencies, such
as resampled simulations.

Each level is split into the lower half of its frequencies, as values at half the resolution, and
the upper half, as coefficients of the type II transform (Ahmed, Natarajan, Rao, Discrete Cosine
Transform, 1974). All levels together are the transform of the whole.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_LENGTH = 128
"""Maximum length of an axis: a value costs as many operations as its axes are long, and a region as
many as the whole."""
FRACTION_BITS = 160
PI = 4591442807048218921384805199743311128454155024418
"""Pi in units of 2**-FRACTION_BITS."""

Floats = NDArray[np.float64]


@cache
def synthesis_matrix(length: int) -> Floats:
    """Return the matrix from values at half the resolution (even columns) and coefficients of the
    upper half of the frequencies (odd columns) to ``length`` values.

    Its sums are in a fixed order, so it is the same on every machine.
    """
    half = (length + 1) // 2
    fine, coarse = basis(length), basis(half)
    matrix = np.zeros((length, length))
    matrix[:, 1::2] = fine[half:].T
    scale = math.sqrt(length / (2 * half))
    for of_fine, of_coarse in zip(fine[:half], coarse, strict=True):
        matrix[:, ::2] += of_fine[:, None] * of_coarse * scale
    return matrix


@cache
def analysis_matrix(length: int) -> NDArray[np.float32]:
    """Return the inverse of the synthesis matrix."""
    half = (length + 1) // 2
    fine, coarse = basis(length), basis(half)
    matrix = np.zeros((length, length))
    matrix[1::2] = fine[half:]
    matrix[::2] = math.sqrt(2 * half / length) * coarse.T @ fine[:half]
    return matrix.astype(np.float32)


def basis(length: int) -> Floats:
    """Return the orthonormal basis of ``length`` values, (frequencies, values)."""
    quarter = _cosines(length)
    places = np.arange(length)[:, None] * (2 * np.arange(length) + 1) % (4 * length)
    places = np.minimum(places, 4 * length - places)
    cosines: Floats = quarter[np.minimum(places, 2 * length - places)]
    cosines[places > length] *= -1
    cosines *= math.sqrt(2 / length)
    cosines[0] = math.sqrt(1 / length)
    return cosines


def _cosines(length: int) -> Floats:
    """Return the cosines of 0 to a quarter turn in ``length`` steps, each the nearest float64."""
    one = 1 << FRACTION_BITS
    found = []
    for step in range(length):
        square = (PI * step // (2 * length)) ** 2 >> FRACTION_BITS
        total, term, k = 0, one, 0
        while term:
            total += term
            k += 2
            term = -(term * square >> FRACTION_BITS) // (k * (k - 1))
            if abs(term) <= 1:
                break
        found.append(total / one)
    return np.array([*found, 0.0])


def analyse_axes(values: NDArray[np.float32]) -> None:
    """Split ``values`` (z, y, x) in place along each axis."""
    for axis, n in enumerate(values.shape):
        if n > 1:
            split = np.tensordot(analysis_matrix(n), values, (1, axis))
            values[...] = np.moveaxis(split, 0, axis)


def synthesise_axes(values: Floats) -> Floats:
    """Return the inverse of ``analyse_axes``, along x, y, z; ``values`` are overwritten."""
    from vcore.methods.wavelet import cosine_loops

    for axis in (2, 1, 0):
        n = values.shape[axis]
        if n > 1:
            out = np.zeros_like(values)
            shape = (math.prod(values.shape[:axis]), n, math.prod(values.shape[axis + 1 :]))
            matrix = np.ascontiguousarray(synthesis_matrix(n).T)
            cosine_loops.add_rows(values.reshape(shape), matrix, out.reshape(shape))
            values = out
    return values

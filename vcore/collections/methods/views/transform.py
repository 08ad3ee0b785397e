"""Integer cosine transform of square blocks (as in ITU-T H.265, 8.6.4.2, with finer entries)."""

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inner

SIZES = (4, 8, 16, 32)
"""Sides of blocks."""
LARGEST = SIZES[-1]
SHIFT = 10
"""Bits of the fraction of the matrices."""


def _matrix(n: int) -> NDArray[np.int32]:
    """Return the orthonormal DCT-II of ``n`` samples in 1/2**SHIFT."""
    k, x = np.arange(n)[:, None], np.arange(n)
    rows = np.cos(np.pi * (2 * x + 1) * k / (2 * n)) * np.sqrt(2 / n)
    rows[0] /= np.sqrt(2)
    whole: NDArray[np.int32] = np.rint(rows * (1 << SHIFT)).astype(np.int32)
    return whole


def _diagonal(n: int) -> list[int]:
    """Return the positions of ``n`` x ``n`` coefficients by diagonal, each from above."""
    return [
        i * n + d - i for d in range(2 * n - 1) for i in range(max(d - n + 1, 0), min(d, n - 1) + 1)
    ]


DCT = np.zeros((len(SIZES), LARGEST, LARGEST), np.int32)
SCAN = np.zeros((len(SIZES), LARGEST * LARGEST), np.int32)
"""Positions of coefficients by diagonal, lowest frequencies first; row * side + column."""
for _k, _n in enumerate(SIZES):
    DCT[_k, :_n, :_n] = _matrix(_n)
    SCAN[_k, : _n * _n] = _diagonal(_n)


@inner
def number_of(n):
    """Return the position of a side in SIZES."""
    if n == 4:
        return 0
    if n == 8:
        return 1
    return 2 if n == 16 else 3


@inner
def forward(values, n, matrix, tmp, out):
    """Put the coefficients of ``values`` (n, n) into ``out``."""
    for k in range(n):
        for i in range(n):
            tmp[k, i] = 0
        for j in range(n):
            t = matrix[k, j]
            for i in range(n):
                tmp[k, i] += t * values[j, i]
        for i in range(n):
            tmp[k, i] = (tmp[k, i] + (1 << (SHIFT - 1))) >> SHIFT
    for k in range(n):
        for m in range(n):
            total = np.int32(0)
            for i in range(n):
                total += matrix[m, i] * tmp[k, i]
            out[k, m] = (total + (1 << (SHIFT - 1))) >> SHIFT


@inner
def backward(coefficients, n, matrix, tmp, out):
    """Put the values of ``coefficients`` (n, n) into ``out``."""
    for j in range(n):
        for m in range(n):
            tmp[j, m] = 0
    for k in range(n):
        some = False
        for m in range(n):
            if coefficients[k, m]:
                some = True
        if some:
            for j in range(n):
                t = matrix[k, j]
                for m in range(n):
                    tmp[j, m] += t * coefficients[k, m]
    for j in range(n):
        for i in range(n):
            out[j, i] = 0
        for m in range(n):
            t = (tmp[j, m] + (1 << (SHIFT - 1))) >> SHIFT
            if t:
                for i in range(n):
                    out[j, i] += matrix[m, i] * t
        for i in range(n):
            out[j, i] = (out[j, i] + (1 << (SHIFT - 1))) >> SHIFT

"""Integer transforms of square blocks (as in ITU-T H.266, 8.7.4, with finer entries): cosine or
sine along columns and rows, or none, which suits sharp edges."""

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inner

SIZES = (4, 8, 16, 32)
"""Sides of blocks."""
LARGEST = SIZES[-1]
SHIFT = 10
"""Bits of the fraction of the matrices."""


def _cosine(n: int) -> NDArray[np.int32]:
    """Return the orthonormal DCT-II of ``n`` samples in 1/2**SHIFT."""
    k, x = np.arange(n)[:, None], np.arange(n)
    rows = np.cos(np.pi * (2 * x + 1) * k / (2 * n)) * np.sqrt(2 / n)
    rows[0] /= np.sqrt(2)
    whole: NDArray[np.int32] = np.rint(rows * (1 << SHIFT)).astype(np.int32)
    return whole


def _sine(n: int) -> NDArray[np.int32]:
    """Return the orthonormal DST-VII of ``n`` samples in 1/2**SHIFT."""
    k, x = np.arange(n)[:, None], np.arange(n)
    rows = np.sin(np.pi * (2 * k + 1) * (x + 1) / (2 * n + 1)) * np.sqrt(4 / (2 * n + 1))
    whole: NDArray[np.int32] = np.rint(rows * (1 << SHIFT)).astype(np.int32)
    return whole


def _diagonal(n: int) -> list[int]:
    """Return the positions of ``n`` x ``n`` coefficients by diagonal, each from above."""
    return [
        i * n + d - i for d in range(2 * n - 1) for i in range(max(d - n + 1, 0), min(d, n - 1) + 1)
    ]


IDENTITY = 4
TYPES = 5
"""Transforms of a block: bit 0, a sine transform along rows instead of a cosine one; bit 1, along
columns; or none."""
MATRICES = np.zeros((2, len(SIZES), LARGEST, LARGEST), np.int32)
SCAN = np.zeros((len(SIZES), LARGEST * LARGEST), np.int32)
"""Positions of coefficients by diagonal, lowest frequencies first; row * side + column."""
for _k, _n in enumerate(SIZES):
    MATRICES[0, _k, :_n, :_n], MATRICES[1, _k, :_n, :_n] = _cosine(_n), _sine(_n)
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
def forward(values, n, kind, tmp, out):
    """Put the coefficients of ``values`` (n, n) by a transform into ``out``."""
    if kind == IDENTITY:
        for i in range(n):
            for j in range(n):
                out[i, j] = values[i, j]
        return
    down, along = MATRICES[kind >> 1, number_of(n)], MATRICES[kind & 1, number_of(n)]
    for k in range(n):
        for i in range(n):
            tmp[k, i] = 0
        for j in range(n):
            t = down[k, j]
            for i in range(n):
                tmp[k, i] += t * values[j, i]
        for i in range(n):
            tmp[k, i] = (tmp[k, i] + (1 << (SHIFT - 1))) >> SHIFT
    for k in range(n):
        for m in range(n):
            total = np.int32(0)
            for i in range(n):
                total += along[m, i] * tmp[k, i]
            out[k, m] = (total + (1 << (SHIFT - 1))) >> SHIFT


@inner
def backward(coefficients, n, kind, tmp, out):
    """Put the values of ``coefficients`` (n, n) of a transform into ``out``."""
    if kind == IDENTITY:
        for i in range(n):
            for j in range(n):
                out[i, j] = coefficients[i, j]
        return
    down, along = MATRICES[kind >> 1, number_of(n)], MATRICES[kind & 1, number_of(n)]
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
                t = down[k, j]
                for m in range(n):
                    tmp[j, m] += t * coefficients[k, m]
    for j in range(n):
        for i in range(n):
            out[j, i] = 0
        for m in range(n):
            t = (tmp[j, m] + (1 << (SHIFT - 1))) >> SHIFT
            if t:
                for i in range(n):
                    out[j, i] += along[m, i] * t
        for i in range(n):
            out[j, i] = (out[j, i] + (1 << (SHIFT - 1))) >> SHIFT

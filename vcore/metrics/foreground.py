"""Threshold between background and foreground by Otsu's method."""

from collections.abc import Iterator
from math import inf, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.regions import Region, blocks
from vcore.model.volume import BLOCK_VOXELS, LazyArray

EXACT_BINS = 1 << 16
"""Maximum span of integer values with one histogram bin per value."""


def foreground_threshold(
    values: LazyArray, fill_value: float | None = None, bins: int = 256
) -> float:
    """Return the threshold that best separates the values into two classes; foreground is above it.

    Otsu's method [1]_: the threshold that maximises the between-class variance. The values are read
    twice, block by block: once for the extremes, once for the histogram.

    Parameters
    ----------
    values
        Array of any shape and real dtype, read by region. Non-finite values are left out.
    fill_value
        Value that means "missing"; left out as well.
    bins
        Number of histogram bins. Integers spanning at most 65,536 values get one bin per value.

    Returns
    -------
    float
        Centre of the last background bin, in data units. For constant values the constant itself,
        so nothing is foreground; NaN if all values are missing.

    References
    ----------
    .. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Systems,
       Man, and Cybernetics 9(1), 1979.
    """
    low, high = inf, -inf
    for present in _present(values, fill_value):
        low, high = min(low, float(present.min())), max(high, float(present.max()))
    if low > high:
        return nan
    if low == high:
        return low
    if np.dtype(values.dtype).kind in "iu" and high - low < EXACT_BINS:
        bins = int(high - low) + 1
        low, high = low - 0.5, high + 0.5

    counts = np.zeros(bins)
    for present in _present(values, fill_value):
        index = ((present - low) / (high - low) * bins).astype(np.int64)
        counts += np.bincount(np.minimum(index, bins - 1), minlength=bins)
    centres = low + (np.arange(bins) + 0.5) * ((high - low) / bins)
    return float(centres[_otsu(counts)])


def _present(values: LazyArray, fill_value: float | None) -> Iterator[NDArray[np.float64]]:
    for region in _slabs(tuple(values.shape)):
        block: NDArray[Any] = np.asarray(values[region])
        selected = np.isfinite(block)
        if fill_value is not None:
            selected &= block != fill_value
        present = block[selected].astype(np.float64)
        if present.size:
            yield present


def _slabs(shape: tuple[int, ...]) -> Iterator[Region]:
    block: list[int] = []
    room = BLOCK_VOXELS
    for length in reversed(shape):
        block.insert(0, min(length, max(room, 1)))
        room //= block[0]
    return blocks(shape, block)


def _otsu(counts: NDArray[np.float64]) -> int:
    """Return the last background bin; the first and the last bin must not be empty."""
    below = np.cumsum(counts)
    moment = np.cumsum(counts * np.arange(len(counts)))
    w0, w1 = below[:-1], below[-1] - below[:-1]
    mean0, mean1 = moment[:-1] / w0, (moment[-1] - moment[:-1]) / w1
    return int(np.argmax(w0 * w1 * (mean0 - mean1) ** 2))

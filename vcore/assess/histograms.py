"""Histograms whose range need not be known beforehand, accumulated block by block."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BINS = 256
"""Number of bins of a histogram of errors; a multiple of 4."""
DECADES = (-12, 6)
"""Range of the histogram of relative errors, as powers of ten."""
PER_DECADE = 100
"""Bins per decade: quantiles are exact within 2.4 %."""


class ErrorHistogram:
    """Counts of errors in equal bins around 0, whose width doubles until all errors fit.

    Attributes
    ----------
    width
        Width of a bin, in data units; 0 before the first error that is not 0.
    counts
        Number of errors in each bin.
    """

    def __init__(self) -> None:
        self.width = 0.0
        self.counts = np.zeros(BINS, np.int64)
        self._zeros = 0

    def add(self, errors: NDArray[np.float64]) -> None:
        """Count finite errors, in data units."""
        if not errors.size:
            return
        self._reach(float(np.abs(errors).max()))
        if self.width == 0:
            self._zeros += errors.size
            return
        index = np.floor(errors / self.width).astype(np.int64) + BINS // 2
        self.counts += np.bincount(index.clip(0, BINS - 1), minlength=BINS)

    def include(self, other: "ErrorHistogram") -> None:
        """Add the counts of another histogram."""
        self._reach(other.width * (BINS // 2))
        if self.width == 0:
            self._zeros += other._zeros
            return
        wider = ErrorHistogram()
        wider.width, wider.counts, wider._zeros = other.width, other.counts, other._zeros
        wider._reach(self.width * (BINS // 2))
        self.counts = self.counts + wider.counts

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, in data units."""
        return np.asarray((np.arange(BINS + 1.0) - BINS // 2) * (self.width or 1.0), np.float64)

    def _reach(self, largest: float) -> None:
        """Widen the bins until an error of ``largest`` falls into one of them."""
        if largest == 0:
            return
        needed = 2.0 ** math.ceil(math.log2(largest / (BINS // 2)))
        if needed <= self.width:
            return
        if self.width:
            factor = round(needed / self.width)
            old, self.counts = self.counts, np.zeros(BINS, np.int64)
            half = BINS // 2
            # bins keep an edge at 0, so that signs stay apart
            place = np.floor_divide(np.arange(BINS) - half, factor) + half
            np.add.at(self.counts, place, old)
        else:
            self.counts[BINS // 2] += self._zeros
            self._zeros = 0
        self.width = needed


class RelativeErrors:
    """Counts of ``|error / original|`` in logarithmic bins, for quantiles."""

    def __init__(self) -> None:
        self.counts = np.zeros((DECADES[1] - DECADES[0]) * PER_DECADE + 1, np.int64)
        self.largest = 0.0

    def add(self, relative: NDArray[np.float64]) -> None:
        """Count relative errors, 0 or more."""
        if not relative.size:
            return
        self.largest = max(self.largest, float(relative.max()))
        with np.errstate(divide="ignore"):
            index = np.ceil((np.log10(relative) - DECADES[0]) * PER_DECADE)
        last = len(self.counts) - 1
        index = np.nan_to_num(index, neginf=0, posinf=last).clip(0, last).astype(np.int64)
        self.counts += np.bincount(index, minlength=last + 1)

    def include(self, other: "RelativeErrors") -> None:
        """Add the counts of others."""
        self.counts = self.counts + other.counts
        self.largest = max(self.largest, other.largest)

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Return the upper edge of the bin of each quantile; NaN without any count."""
        total = int(self.counts.sum())
        if not total:
            return [math.nan for _ in shares]
        sums = np.cumsum(self.counts)
        found = []
        for share in shares:
            index = int(np.searchsorted(sums, math.ceil(share * total)))
            edge = 0.0 if index == 0 else 10.0 ** (index / PER_DECADE + DECADES[0])
            found.append(min(edge, self.largest))
        return found

"""Figures of what was lost in one frame and channel, accumulated block by block."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.assess.histograms import ErrorHistogram, RelativeErrors
from vcore.metrics.errors import ErrorStatistics
from vcore.metrics.robust import Foreground

LAGS = (1, 2, 4, 8)
"""Distances in voxels at which the autocorrelation of errors is measured."""
QUANTILES = (0.5, 0.9, 0.99, 0.999)


class LossStatistics:
    """Errors, correlations and gradients of decoded values against the original.

    Voxels where the original is missing or not finite are left out. Neighbours are compared within
    blocks: pairs across the borders of two blocks are not counted.

    Parameters
    ----------
    centre
        A value near the middle of the original, in data units, subtracted from sums of squares.
    spacing
        Distance between voxels along z, y, x, in any unit, by which gradients are divided.
    robust
        Foreground of the channel.
    """

    def __init__(
        self, centre: float, spacing: tuple[float, ...], robust: Foreground | None = None
    ) -> None:
        self.errors = ErrorStatistics(robust=robust)
        self.histogram = ErrorHistogram()
        self.relative = RelativeErrors()
        self.centre, self.spacing = centre, spacing
        self._sums = np.zeros(5)  # x, y, xx, yy, xy
        self._slopes = np.zeros(2)  # squared: of the error, of the original
        self._products = np.zeros((3, len(LAGS)))
        self._pairs = np.zeros((3, len(LAGS)), np.int64)

    def add(
        self, original: NDArray[Any], decoded: NDArray[Any], missing: NDArray[np.bool_] | None
    ) -> None:
        """Add the voxels of a block, of shape (z, y, x)."""
        self.errors.add(original, decoded, missing)
        x, y = np.asarray(original, np.float64), np.asarray(decoded, np.float64)
        present = np.isfinite(x) & np.isfinite(y)
        if missing is not None:
            present &= ~missing
        whole = bool(present.all())
        if not present.any():
            return
        x, y = np.where(present, x, self.centre), np.where(present, y, self.centre)
        error = y - x
        chosen = error.ravel() if whole else error[present]
        self.histogram.add(chosen)
        original_there = x.ravel() if whole else x[present]
        nonzero = original_there != 0
        self.relative.add(np.abs(chosen[nonzero] / original_there[nonzero]))
        x -= self.centre
        y -= self.centre
        a, b = x.ravel(), y.ravel()
        self._sums += a.sum(), b.sum(), a @ a, b @ b, a @ b
        self._add_neighbours(x, error, None if whole else present)

    def _add_neighbours(
        self, x: NDArray[np.float64], error: NDArray[np.float64], present: NDArray[np.bool_] | None
    ) -> None:
        for axis in range(3):
            for number, lag in enumerate(LAGS):
                if error.shape[axis] <= lag:
                    break
                near = (slice(None),) * axis + (slice(None, -lag),)
                far = (slice(None),) * axis + (slice(lag, None),)
                both = None if present is None else present[near] & present[far]
                # errors of missing voxels are 0
                self._products[axis, number] += float(np.vdot(error[near], error[far]))
                self._pairs[axis, number] += (
                    error[near].size if both is None else np.count_nonzero(both)
                )
                if lag == 1:
                    for place, values in enumerate((error, x)):
                        slope = (values[far] - values[near]) / self.spacing[axis]
                        slope = slope.ravel() if both is None else slope[both]
                        self._slopes[place] += float(slope @ slope)

    def include(self, other: "LossStatistics") -> None:
        """Add the statistics of other voxels, with the same centre and spacing."""
        self.errors.include(other.errors)
        self.histogram.include(other.histogram)
        self.relative.include(other.relative)
        self._sums += other._sums
        self._slopes += other._slopes
        self._products += other._products
        self._pairs += other._pairs

    @property
    def nrmse(self) -> float:
        """Root mean squared error divided by the range of the original."""
        span = self.errors.data_range
        return math.sqrt(self.errors.mse) / span if span > 0 else math.nan

    @property
    def pearson(self) -> float:
        """Pearson's correlation of original and decoded values; NaN if one is constant."""
        n = self.errors.count
        if not n:
            return math.nan
        x, y, xx, yy, xy = self._sums / n
        variance = (xx - x * x) * (yy - y * y)
        return float((xy - x * y) / math.sqrt(variance)) if variance > 0 else math.nan

    @property
    def gradient_error(self) -> float:
        """Root mean squared difference of the gradients, relative to the original's.

        Gradients are differences of neighbours along z, y, x, divided by their distance; NaN for an
        original without any.
        """
        return math.sqrt(self._slopes[0] / self._slopes[1]) if self._slopes[1] else math.nan

    @property
    def autocorrelation(self) -> dict[str, list[float]]:
        """Correlation of errors ``LAGS`` voxels apart along z, y, x; about 0 for white noise."""
        mean = self.errors.bias
        variance = self.errors.mse - mean * mean
        found = {}
        for axis, name in enumerate("zyx"):
            pairs = zip(self._products[axis], self._pairs[axis], strict=True)
            found[name] = [
                float((total / count - mean * mean) / variance)
                if count and variance > 0
                else math.nan
                for total, count in pairs
            ]
        return found

    def figures(self) -> dict[str, Any]:
        """Return the figures as one object."""
        errors = self.errors
        quantiles = self.relative.quantiles(QUANTILES)
        return {
            "voxels": errors.count,
            "minimum": errors.minimum,
            "maximum": errors.maximum,
            "nrmse": self.nrmse,
            "robust_psnr": errors.robust_psnr,
            "psnr": errors.psnr,
            "mse": errors.mse,
            "max_error": errors.max_error,
            "bias": errors.bias,
            "pearson": self.pearson,
            "gradient_error": self.gradient_error,
            "relative_error": {
                f"{100 * share:g} %": value
                for share, value in zip(QUANTILES, quantiles, strict=True)
            }
            | {"largest": self.relative.largest},
        }

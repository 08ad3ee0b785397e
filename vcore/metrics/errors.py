"""Voxelwise errors, accumulated over blocks: MSE, PSNR, maximum error, bias, foreground PSNR."""

from dataclasses import dataclass, field
from math import inf, isnan, log10, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.metrics.robust import Foreground

PART = 1 << 15
"""Voxels compared at a time, so that they stay in the cache: three times as fast."""


@dataclass
class ErrorStatistics:
    """Errors of a decoded volume, accumulated block by block in float64.

    Voxels are left out where the original is NaN or infinite, or where ``missing_mask`` is set. A
    non-finite decoded value where the original is finite counts as an infinite error. If no voxel
    is left, averages and PSNR are NaN and ``max_error`` is 0, which satisfies any bound.

    Parameters
    ----------
    foreground_threshold
        Voxels with original values above it, in data units, make up the foreground PSNR; None to
        compute no foreground PSNR.
    robust
        Foreground of the whole variable or channel, for the robust PSNR; None to compute none.

    Attributes
    ----------
    count, foreground_count
        Number of voxels compared, and of those in the foreground.
    squared_error, foreground_squared_error
        Sums of ``(decoded - original) ** 2``, in squared data units.
    signed_error
        Sum of ``decoded - original``, in data units.
    max_error
        Largest ``|decoded - original|``, in data units.
    minimum, maximum
        Extremes of the original, in data units; inf and -inf before the first voxel.
    robust_count, robust_squared_error
        Number of voxels in the foreground ``robust``, and their sum of squared errors.
    """

    foreground_threshold: float | None = None
    robust: Foreground | None = None
    count: int = field(default=0, init=False)
    squared_error: float = field(default=0.0, init=False)
    signed_error: float = field(default=0.0, init=False)
    max_error: float = field(default=0.0, init=False)
    minimum: float = field(default=inf, init=False)
    maximum: float = field(default=-inf, init=False)
    foreground_count: int = field(default=0, init=False)
    foreground_squared_error: float = field(default=0.0, init=False)
    robust_count: int = field(default=0, init=False)
    robust_squared_error: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        if self.foreground_threshold is not None and isnan(self.foreground_threshold):
            raise InputError(
                "Expected a foreground threshold in data units, or None. Got NaN instead."
            )

    def add(
        self,
        original: NDArray[Any],
        decoded: NDArray[Any],
        missing_mask: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add the voxels of one block.

        Parameters
        ----------
        original, decoded
            Values of the same voxels, of the same shape (any) and of any real dtype.
        missing_mask
            True where the original is missing besides its non-finite values; same shape, or None.

        Raises
        ------
        InputError
            The shapes differ.
        """
        shapes = [np.shape(a) for a in (original, decoded, missing_mask) if a is not None]
        if len(set(shapes)) > 1:
            raise InputError(
                f"Expected blocks of one shape, {shapes[0]}. Got {shapes[1:]} instead."
            )
        first, second = np.ravel(original), np.ravel(decoded)
        missing = None if missing_mask is None else np.ravel(np.asarray(missing_mask, bool))
        # parts and buffers of them stay in the cache
        buffers = np.empty((2, min(PART, first.size)))
        for start in range(0, first.size, PART):
            part = slice(start, min(start + PART, first.size))
            x, y = buffers[:, : part.stop - start]
            # convert before subtracting: uint8 wraps around, and uint32 needs more than 32 bits
            x[...], y[...] = first[part], second[part]
            present = np.isfinite(x)
            if missing is not None:
                present &= ~missing[part]
            if not present.all():
                x, y = x[present], y[present]
            if x.size:
                self._add_present(x, y)

    def _add_present(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            error = np.subtract(y, x, out=y)
            self.signed_error += float(error.sum())
            np.abs(error, out=error)
            error[np.isnan(error)] = inf
            self.max_error = max(self.max_error, float(error.max()))
            np.square(error, out=error)
            self.squared_error += float(error.sum())
        self.count += x.size
        self.minimum = min(self.minimum, float(x.min()))
        self.maximum = max(self.maximum, float(x.max()))
        if self.foreground_threshold is not None:
            foreground = x > self.foreground_threshold
            self.foreground_count += int(np.count_nonzero(foreground))
            self.foreground_squared_error += float(error[foreground].sum())
        if self.robust is not None:
            inside = ... if self.robust.background is None else x != self.robust.background
            squares = error[inside]
            self.robust_count += squares.size
            self.robust_squared_error += float(squares.sum())

    def include(self, other: "ErrorStatistics") -> None:
        """Add the statistics of other voxels; both must have the same threshold."""
        for name in (
            "count",
            "squared_error",
            "signed_error",
            "foreground_count",
            "foreground_squared_error",
            "robust_count",
            "robust_squared_error",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.max_error = max(self.max_error, other.max_error)
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)

    @property
    def data_range(self) -> float:
        """Maximum minus minimum of the original, in data units; NaN before the first voxel."""
        return self.maximum - self.minimum if self.count else nan

    @property
    def mse(self) -> float:
        """Mean squared error, in squared data units."""
        return self.squared_error / self.count if self.count else nan

    @property
    def bias(self) -> float:
        """Mean of ``decoded - original``, in data units."""
        return self.signed_error / self.count if self.count else nan

    @property
    def psnr(self) -> float:
        """PSNR in dB, ``20 log10(range / sqrt(mse))``, with the range of the whole original.

        inf if the volumes are equal. NaN for a constant original with errors: it has no range to
        relate them to, and any substitute would depend on the unit of the values.
        """
        return psnr(self.data_range, self.mse)

    @property
    def foreground_psnr(self) -> float:
        """PSNR in dB over the voxels above ``foreground_threshold``; the peak is the whole range.

        NaN without a threshold, and where no voxel lies above it.
        """
        if not self.foreground_count:
            return nan
        return psnr(self.data_range, self.foreground_squared_error / self.foreground_count)

    @property
    def robust_psnr(self) -> float:
        """PSNR in dB of the voxels in the foreground; the peak is the robust range.

        NaN without a foreground, and for a constant original with errors.
        """
        if self.robust is None or not self.robust_count:
            return inf if self.robust is not None and self.count and self.mse == 0 else nan
        return psnr(self.robust.span, self.robust_squared_error / self.robust_count)


def psnr(data_range: float, mse: float) -> float:
    """Return the PSNR in dB with a peak of ``data_range``: inf without error, NaN without range."""
    if mse == 0:
        return inf
    if data_range == 0 or isnan(mse):
        return nan
    return 20 * log10(data_range) - 10 * log10(mse)

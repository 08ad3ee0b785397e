"""Errors relative to a detector's noise: size, bias and spatial correlation."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.noise.detector import Detector

BINS = 8
AXES = "zyx"


class NoiseStatistics:
    """Errors of a decoded volume in units of the detector's noise, accumulated over blocks.

    Parameters
    ----------
    detector
        Noise model.
    limits
        Smallest and largest value of the original, in data units.
    """

    def __init__(self, detector: Detector, limits: tuple[float, float]) -> None:
        self._detector = detector
        low, high = detector.stabilise(np.array(limits, np.float64))
        self._edges = np.linspace(low, high, BINS + 1)
        self._count = np.zeros(BINS)
        self._errors = np.zeros(BINS)
        self._largest = self._squares = 0.0
        self._products, self._energy = np.zeros(3), np.zeros(3)

    def add(
        self,
        original: NDArray[Any],
        decoded: NDArray[Any],
        missing_mask: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add the voxels of a block, ``(..., z, y, x)``; correlations stay within blocks."""
        present = np.isfinite(original)
        if missing_mask is not None:
            present &= ~missing_mask
        x = np.where(present, original, self._detector.offset).astype(np.float64)
        y = np.where(present, decoded, self._detector.offset).astype(np.float64)
        stabilised = self._detector.stabilise(y)
        off = stabilised - self._detector.stabilise(x)
        self._largest = max(self._largest, float(np.abs(off).max(initial=0.0)))
        self._squares += float(np.square(off).sum())
        error = (y - x) / self._detector.deviation(y)
        bins = np.clip(np.searchsorted(self._edges, stabilised) - 1, 0, BINS - 1)
        bins, selected = bins[present], error[present]
        self._count += np.bincount(bins, minlength=BINS)
        self._errors += np.bincount(bins, selected, minlength=BINS)
        for number, axis in enumerate((-3, -2, -1)):
            n = error.shape[axis]
            first, second = (np.take(error, range(s, n - 1 + s), axis) for s in (0, 1))
            here = [np.take(present, range(s, n - 1 + s), axis) for s in (0, 1)]
            pairs = here[0] & here[1]
            self._products[number] += float((first * second)[pairs].sum())
            self._energy[number] += float((first**2 + second**2)[pairs].sum()) / 2

    def figures(self) -> dict[str, Any]:
        """Return the accumulated statistics.

        Returns
        -------
        dict
            In standard deviations of the noise: ``sigmas`` (largest error) and ``rms`` of the
            stabilised values; ``bias`` (mean of decoded - original over the deviation at the
            decoded value), and ``bias_by_value``, rows of lowest and highest decoded value (data
            units), share of the voxels, and bias. ``correlation`` of the errors of neighbouring
            voxels along z, y, x; 0 for white noise, NaN where undefined.
        """
        total = float(self._count.sum())
        edges = self._detector.restore(self._edges)
        rows = [
            [float(edges[i]), float(edges[i + 1]), float(self._count[i] / total), self._mean(i)]
            for i in range(BINS)
            if self._count[i]
        ]
        return {
            "sigmas": self._largest,
            "rms": math.sqrt(self._squares / total) if total else math.nan,
            "bias": float(self._errors.sum() / total) if total else math.nan,
            "bias_by_value": rows,
            "correlation": [
                float(p / e) if e else math.nan
                for p, e in zip(self._products, self._energy, strict=True)
            ],
        }

    def _mean(self, number: int) -> float:
        return float(self._errors[number] / self._count[number])


def noise_sentence(figures: Mapping[str, Any]) -> str:
    """Format the statistics of ``NoiseStatistics.figures`` as one line of text."""
    along = ", ".join(
        f"{axis} {value:+.2f}"
        for axis, value in zip(AXES, figures["correlation"], strict=True)
        if value is not None and not math.isnan(value)
    )
    return (
        f"errors up to {figures['sigmas']:.3g} standard deviations of the noise, RMS "
        f"{figures['rms']:.3g}, bias {figures['bias']:+.2g}; "
        f"correlation of neighbouring errors: {along or 'not defined'}"
    )

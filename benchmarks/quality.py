"""Quality of a decoded volume: the same metrics for every codec, from arrays."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.metrics import ErrorStatistics, foreground_threshold, ssim
from vcore.model.volume import Variable


@dataclass(frozen=True)
class Judge:
    """Compare decoded volumes with one original, ``(z, y, x)`` or ``(t, z, y, x)``."""

    original: NDArray[Any] = field(repr=False)

    @cached_property
    def foreground(self) -> float:
        """Otsu's threshold, in data units; the foreground lies above it."""
        return foreground_threshold(self.original)

    @cached_property
    def foreground_share(self) -> float:
        """Fraction of voxels in the foreground."""
        return float(np.mean(self.original > self.foreground))

    @cached_property
    def span(self) -> float:
        """Data range, used as peak of PSNR and SSIM."""
        return float(self.original.max()) - float(self.original.min())

    def figures(self, decoded: NDArray[Any]) -> dict[str, float]:
        """Return psnr and foreground_psnr in dB, ssim (3D windows, mean over frames), and
        ssim_projection (of the maximum projection along z)."""
        statistics = ErrorStatistics(self.foreground)
        for region in Variable("values", self.original, self._axes).slabs():
            statistics.add(self.original[region], decoded[region])
        projections = [np.max(v, axis=-3, keepdims=True) for v in (self.original, decoded)]
        return {
            "psnr": statistics.psnr,
            "foreground_psnr": statistics.foreground_psnr,
            "ssim": ssim(self.original, decoded, self.span),
            "ssim_projection": ssim(projections[0], projections[1], self.span),
        }

    @property
    def _axes(self) -> tuple[str, ...]:
        return ("t", "z", "y", "x")[-self.original.ndim :]

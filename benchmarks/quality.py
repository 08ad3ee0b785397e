"""How good a decoded volume is: the same figures for every codec, from the same arrays."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.metrics import ErrorStatistics, foreground_threshold, ssim
from vcore.model.volume import Variable


@dataclass(frozen=True)
class Judge:
    """Compares decoded volumes with one original, ``(z, y, x)`` or ``(t, z, y, x)``."""

    original: NDArray[Any] = field(repr=False)

    @cached_property
    def foreground(self) -> float:
        """Otsu's threshold, in data units; foreground lies above."""
        return foreground_threshold(self.original)

    @cached_property
    def foreground_share(self) -> float:
        """Share of the voxels in the foreground."""
        return float(np.mean(self.original > self.foreground))

    @cached_property
    def span(self) -> float:
        """Range of the data, the peak of PSNR and SSIM."""
        return float(self.original.max()) - float(self.original.min())

    def figures(self, decoded: NDArray[Any]) -> dict[str, float]:
        """Return psnr and foreground_psnr in dB, ssim (windows in 3D, frames averaged), and
        ssim_projection, that of the maximum along z."""
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

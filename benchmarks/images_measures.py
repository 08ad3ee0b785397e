"""Measures of decoded images: PSNR over all pixels and over the foreground, MS-SSIM, CIELUV."""

from dataclasses import dataclass, field
from math import inf, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2luv  # type: ignore[attr-defined]

from vcore.metrics.structure import ms_ssim

Array = NDArray[Any]
PEAK = 255.0
EVERY = 8
"""MS-SSIM and CIELUV are taken of every EVERY-th image, as they are slow."""


@dataclass
class Measures:
    """Sums over images, and the figures from them."""

    images: int = 0
    squares: float = 0.0
    count: int = 0
    inner_squares: float = 0.0
    inner_count: int = 0
    similarities: list[float] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)

    def add(self, original: Array, decoded: Array, mask: NDArray[np.bool_]) -> None:
        """Add an image, (y, x, 3) uint8, with the mask of its foreground, (y, x)."""
        error = (original.astype(np.float64) - decoded) ** 2
        self.squares += float(error.sum())
        self.count += error.size
        self.inner_squares += float(error[mask].sum())
        self.inner_count += error[mask].size
        if self.images % EVERY == 0 and mask.any():
            planes = zip(np.moveaxis(original, -1, 0), np.moveaxis(decoded, -1, 0), strict=True)
            found = [ms_ssim(a[None], b[None], PEAK) for a, b in planes]
            self.similarities.append(float(np.mean(found)))
            luv = rgb2luv(original) - rgb2luv(decoded)
            self.differences.append(float(np.sqrt((luv**2).sum(-1))[mask].mean()))
        self.images += 1

    def figures(self) -> dict[str, float]:
        """Return PSNR in dB over all pixels and over the foreground, mean MS-SSIM of the three
        colours, and mean CIELUV distance over the foreground."""
        return {
            "psnr": _decibels(self.squares, self.count),
            "foreground": _decibels(self.inner_squares, self.inner_count),
            "ms_ssim": float(np.mean(self.similarities)),
            "cieluv": float(np.mean(self.differences)),
        }


def _decibels(squares: float, count: int) -> float:
    return 10 * log10(PEAK**2 * count / squares) if squares else inf

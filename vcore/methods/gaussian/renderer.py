"""Renderer: squared error of a mixture and its gradient, multithreaded.

A Gaussian with a smallest scale of s voxels contains no details finer than that. It is therefore
summed on the coarsest grid on which it is still MIN_WIDTH voxels wide, where it covers 8**k times
fewer voxels, and the sums are upsampled to level 0 (``resample``). The gradient is the exact
gradient of this computation. A step costs about the same for every Gaussian, wide or narrow.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian import resample, splat
from vcore.methods.gaussian.mixture import CUTOFF, Gradient, Mixture, Sampled, gradient
from vcore.runtime.executor import run_all, threads

MIN_WIDTH = 2.0
"""Minimum smallest scale of a Gaussian in voxels of its grid: the interpolation error is then 0.6 %
of its norm (1.6 % at 1.5 voxels)."""
JOBS_PER_THREAD = 4
"""Jobs per thread, for load balancing."""


class Renderer:
    """Renderer of mixtures on one volume; holds their error.

    Parameters
    ----------
    target
        Volume to approximate, float32 of shape (channels, z, y, x).
    exact
        Whether to sum all Gaussians on the finest grid, like the decoder.

    Attributes
    ----------
    residual
        Mixture minus target, after ``render``.
    """

    def __init__(self, target: NDArray[np.float32], *, exact: bool = False) -> None:
        self.target = target
        self.residual = padded(target.shape)
        shapes = [target.shape]
        while not exact and max(shapes[-1][1:]) > 8:
            shapes.append((shapes[-1][0], *(-(-n // 2) for n in shapes[-1][1:])))
        self.coarse = [padded(s) for s in shapes[1:]]

    def classes(self, mixture: Mixture) -> NDArray[np.intp]:
        """Return the level on which each Gaussian is summed."""
        if not len(mixture) or not self.coarse:
            return np.zeros(len(mixture), np.intp)
        scales = np.sqrt(np.linalg.eigvalsh(mixture.covariances())[:, 0])
        level = np.floor(np.log2(np.maximum(scales / MIN_WIDTH, 1)))
        found: NDArray[np.intp] = np.minimum(level, len(self.coarse)).astype(np.intp)
        return found

    def render(self, mixture: Mixture, classes: NDArray[np.intp]) -> list[tuple[Any, Sampled]]:
        """Set ``residual``; return the Gaussians of each level and their sampling."""
        done: list[tuple[Any, Sampled]] = []
        for level in range(len(self.coarse), -1, -1):
            which = np.nonzero(classes == level)[0]
            sampled = mixture[which].sampled(2.0**level)
            done.append((which, sampled))
            volume = self.residual if level == 0 else self.coarse[level - 1]
            if level == 0:
                np.negative(self.target, out=volume[..., : self.target.shape[-1]])
            else:
                volume[:] = 0
            if level < len(self.coarse) and done[-2:]:
                for channel in range(len(volume)):
                    resample.add_doubled(inner(self.coarse[level])[channel], inner(volume)[channel])
            add(volume, sampled)
        return done[::-1]

    def backward(
        self, mixture: Mixture, done: list[tuple[Any, Sampled]], *, full: bool = False
    ) -> Gradient:
        """Return the derivatives of the sum of the squared ``residual``."""
        parts = []
        volume = self.residual
        for level, (which, sampled) in enumerate(done):
            if level:
                coarse = padded(self.coarse[level - 1].shape, extra=0)
                for channel, part in enumerate(inner(volume)):
                    inner(coarse)[channel] = resample.halved(part)
                volume = coarse
            parts.append(_backward(volume, mixture[which], sampled, full=full))
        order = np.argsort(np.concatenate([which for which, _ in done]))
        return Gradient.joined(parts)[order]

    def error(self) -> float:
        """Return the sum of the squared ``residual``."""
        flat = self.residual.reshape(-1)  # the padding is 0
        return float(sum(np.dot(p, p) for p in np.array_split(flat, max(flat.size >> 20, 1))))


def padded(shape: Any, extra: int = splat.LANES) -> NDArray[np.float32]:
    """Return zeros of ``shape`` with padding at the end of each row."""
    return np.zeros((*shape[:-1], shape[-1] + extra), np.float32)


def inner(volume: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a padded volume without its padding."""
    return volume[..., : -splat.LANES]


def add(out: NDArray[Any], sampled: Sampled) -> None:
    """Add Gaussians to a volume of shape (channels, z, y, x)."""
    if not len(sampled):
        return
    axis = 1 + int(np.argmax(out.shape[1:3]))
    centre, reach = sampled.centres[:, axis - 1], sampled.shapes[:, 5 + axis]

    def part(rows: NDArray[np.intp]) -> None:
        start, stop = int(rows[0]), int(rows[-1]) + 1
        corner = (start, 0, 0) if axis == 1 else (0, start, 0)
        which = np.nonzero((centre + reach >= start) & (centre - reach <= stop - 1))[0]
        view = out[(slice(None),) * axis + (slice(start, stop),)]
        splat.add(view, corner, *sampled.arrays, which, CUTOFF)

    pieces = np.array_split(np.arange(out.shape[axis]), JOBS_PER_THREAD * threads())
    run_all(part, [p for p in pieces if p.size])


def _backward(
    residual: NDArray[np.float32], mixture: Mixture, sampled: Sampled, *, full: bool
) -> Gradient:
    n, channels = mixture.weights.shape
    sums, products, energies = np.empty((n, 10)), np.empty((n, channels)), np.empty((n, 2))

    def part(rows: tuple[int, int]) -> None:
        splat.moments(residual, *sampled.arrays, *rows, CUTOFF, full, sums, products, energies)

    edges = np.linspace(0, n, JOBS_PER_THREAD * threads() + 1).astype(int)
    run_all(part, [(a, b) for a, b in pairwise(edges) if b > a])
    return gradient(mixture, sampled, sums, products, energies)

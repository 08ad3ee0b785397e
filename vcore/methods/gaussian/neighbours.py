"""Renderer of VolMicro's training: voxels inside the gate, each with its k nearest Gaussians."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian import neighbour_loops as loops
from vcore.methods.gaussian import splat
from vcore.methods.gaussian.mixture import CUTOFF, Gradient, Mixture, Sampled, gradient
from vcore.methods.gaussian.renderer import JOBS_PER_THREAD, Renderer, padded
from vcore.runtime.executor import run_all, threads

Volume = NDArray[np.float32]

REFRESH = 50
"""Renderings after which the nearest Gaussians are searched again; a centre moves by at most half
its scale in between, at the paper's learning rate."""
MAX_CELLS = 1 << 21
"""Maximum number of cells of the search."""


class NeighbourRenderer(Renderer):
    """Weighted error of a mixture inside a gate, where a voxel sees its nearest Gaussians only.

    Every Gaussian is summed on the finest grid. Which Gaussians are nearest, by the distance of
    their centres, is searched anew when their number changes and every REFRESH renderings.

    Parameters
    ----------
    target
        Float32 of shape (channels, z, y, x).
    worth
        Weight of the squared error at each voxel, (z, y, x); 0 outside the gate.
    k
        Number of Gaussians that a voxel sees.
    """

    def __init__(self, target: Volume, worth: Volume, k: int) -> None:
        super().__init__(target, exact=True)
        self.worth, self.k = worth, k
        self.weighted = padded(target.shape)
        self.near = np.where(worth > 0, np.float32(np.inf), np.float32(-1))
        self._lines = open_lines(worth)
        self._count, self._age = -1, 0

    @property
    def voxels(self) -> int:
        """Number of voxels inside the gate."""
        return int(np.count_nonzero(self.worth))

    def render(self, mixture: Mixture, classes: NDArray[np.intp]) -> list[tuple[Any, Sampled]]:
        sampled = mixture.sampled()
        if len(mixture) != self._count or self._age >= REFRESH:
            self._count, self._age = len(mixture), 0
            self._search(mixture, sampled)
        self._age += 1
        centre, reach = sampled.centres[:, 0], sampled.shapes[:, splat.REACH_Z]

        def part(planes: tuple[int, int]) -> None:
            first, stop = planes
            which = np.nonzero((centre + reach >= first) & (centre - reach <= stop - 1))[0]
            of = slice(first, stop)
            loops.render(
                self.residual[:, of], self.weighted[:, of], self.target[:, of], self.worth[of],
                self.near[of], self._lines[of], first, *sampled.arrays, which, CUTOFF,
            )  # fmt: skip

        run_all(part, _ranges(len(self.near)))
        return [(np.arange(len(mixture)), sampled)]

    def backward(
        self, mixture: Mixture, done: list[tuple[Any, Sampled]], *, full: bool = False
    ) -> Gradient:
        """Return the derivatives of ``error``."""
        sampled = done[0][1]
        n, channels = mixture.weights.shape
        sums, products, energies = np.empty((n, 10)), np.empty((n, channels)), np.empty((n, 2))

        def part(rows: tuple[int, int]) -> None:
            loops.moments(
                self.residual, self.weighted, self.worth, self.near, self._lines,
                *sampled.arrays, *rows, CUTOFF, full, sums, products, energies,
            )  # fmt: skip

        run_all(part, _ranges(n))
        return gradient(mixture, sampled, sums, products, energies)

    def error(self) -> float:
        """Return the weighted sum of the squared ``residual``."""
        planes = [v.reshape(-1, *v.shape[2:]) for v in (self.residual, self.weighted)]
        return float(sum(np.vdot(a, b) for a, b in zip(*planes, strict=True)))

    def _search(self, mixture: Mixture, sampled: Sampled) -> None:
        """Set the radii within which voxels see Gaussians."""
        if len(mixture) <= self.k:
            self.near[self.near >= 0] = np.inf
            return
        shape = np.array(self.near.shape)
        low = np.minimum(mixture.centres.min(0), 0)
        extent = np.maximum(mixture.centres.max(0), shape - 1) - low
        # as many in a block of three cells a side as are searched, if they were spread evenly
        side = float(np.cbrt(np.prod(np.maximum(extent, 1)) * self.k / (27 * len(mixture))))
        side = max(side, float(np.cbrt(np.prod(np.maximum(extent, 1)) / MAX_CELLS)), 1.0)
        counts = (extent // side).astype(np.int64) + 1
        cells = np.minimum((mixture.centres - low) // side, counts - 1).astype(np.int64)
        flat = (cells[:, 0] * counts[1] + cells[:, 1]) * counts[2] + cells[:, 2]
        order = np.argsort(flat, kind="stable")
        starts = np.searchsorted(flat[order], np.arange(counts.prod() + 1))
        farthest = float(np.sqrt(np.square(sampled.shapes[:, splat.REACH_Z :]).sum(1).max()))

        def part(planes: tuple[int, int]) -> None:
            of = slice(*planes)
            loops.find_radii(
                self.near[of], self._lines[of], planes[0], mixture.centres[order], starts, low,
                side, counts, self.k, farthest,
            )  # fmt: skip

        run_all(part, _ranges(len(self.near)))


def open_lines(worth: Volume) -> NDArray[np.int64]:
    """Return the first open voxel of each row along x and the one after the last, (z, y, 2)."""
    open_ = worth > 0
    first = open_.argmax(2)
    stop = np.where(open_.any(2), open_.shape[2] - open_[:, :, ::-1].argmax(2), first)
    return np.stack([first, stop], axis=2).astype(np.int64)


def _ranges(count: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, count, JOBS_PER_THREAD * threads() + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]

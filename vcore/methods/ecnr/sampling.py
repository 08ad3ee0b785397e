"""Importance sampling of training voxels: more where values vary."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import import_torch

if TYPE_CHECKING:
    import torch

CELL = 4
"""Approximate side of a cell in voxels."""
UNIFORM_SHARE = 0.3
"""Share of uniform samples, which bounds the weight of a voxel by its inverse however wrong the
error estimate is (Hesterberg, "Weighted average importance sampling and defensive mixture
distributions", 1995)."""
MIN_SPEEDUP = 1.5
"""Minimum reduction of the number of samples that makes up for the time of drawing them."""
TINY = 1e-30


class ImportanceSampler:
    """Importance sampling of the voxels of blocks.

    The variance of the sampled mean squared error, and of its gradient, is minimal if voxels are
    drawn in proportion to their errors (Kahn and Marshall, "Methods of reducing sample size in
    Monte Carlo computations", 1953). The error of a network is estimated by the spread of the
    values in small cells; dividing by the sampling density keeps the mean unbiased.

    Parameters
    ----------
    values
        Values of the blocks, shape (m, k, voxels).
    block
        Voxels of a block along t z y x.
    seed
        Seed of the random generator.

    Attributes
    ----------
    gain
        Reduction of the number of samples for the same variance, if errors are as estimated.
    """

    def __init__(self, values: "torch.Tensor", block: Sequence[int], seed: int) -> None:
        torch = import_torch()
        self._torch, device = torch, values.device
        cells = _cells(block)
        sizes = np.bincount(cells)
        self._voxels = torch.from_numpy(np.argsort(cells, kind="stable")).to(device)
        self._sizes = torch.from_numpy(sizes).to(device)
        self._starts = self._sizes.cumsum(0) - self._sizes
        even = self._sizes / self._sizes.sum()
        spread = _spread(values, torch.from_numpy(cells).to(device), self._sizes)
        wanted = even * (spread.sqrt() + TINY)  # constant blocks are sampled uniformly
        drawn = UNIFORM_SHARE * even + (1 - UNIFORM_SHARE) * wanted / wanted.sum(2, keepdim=True)
        self._ends = drawn.cumsum(2).float()
        self._weights = (even / drawn).float()
        error = (even * spread * self._weights).sum()
        self.gain = float((even * spread).sum() / error) if error > 0 else 1.0
        self._generator = torch.Generator(device=device).manual_seed(seed)

    def draw(self, count: int) -> tuple["torch.Tensor", "torch.Tensor"]:
        """Return ``count`` voxels of each block and their weights, both (m, k, count)."""
        torch = self._torch
        shape = (2, *self._ends.shape[:2], count)
        where, inside = torch.rand(shape, generator=self._generator, device=self._ends.device)
        # stratified: one from each of ``count`` equal shares
        where = (where + torch.arange(count, device=where.device)) / count
        cell = torch.searchsorted(self._ends, where).clamp_(max=len(self._sizes) - 1)
        voxels = self._voxels[self._starts[cell] + (inside * self._sizes[cell]).long()]
        return voxels, self._weights.gather(2, cell)


def _cells(block: Sequence[int]) -> NDArray[np.int64]:
    """Return the cell of each voxel of a block, with every axis divided evenly."""
    found = np.zeros((1,) * len(block), np.int64)
    for axis, length in enumerate(block):
        parts = max(round(length / CELL), 1)
        along = np.arange(length) * parts // length
        found = found * parts + along.reshape([-1 if a == axis else 1 for a in range(len(block))])
    return found.ravel()


def _spread(values: "torch.Tensor", cells: "torch.Tensor", sizes: "torch.Tensor") -> "torch.Tensor":
    """Return the variance of the values in each cell of each block, shape (m, k, cells)."""
    torch = import_torch()
    m, k, _ = values.shape
    found = sizes.new_zeros((m, k, len(sizes))).double()
    # one block at a time, as float64 takes memory
    for block, out in zip(values.flatten(0, 1), found.flatten(0, 1), strict=True):
        mean = torch.zeros_like(out).index_add_(0, cells, block.double()) / sizes
        out.index_add_(0, cells, (block - mean[cells]) ** 2)
    return found / sizes

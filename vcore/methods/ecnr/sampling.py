"""Which voxels of its blocks a network sees in a step: more of those where values vary."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import import_torch

if TYPE_CHECKING:
    import torch

CELL = 4
"""Voxels of a cell along each axis, about."""
EVENLY = 0.3
"""Share of the samples that is spread evenly: no voxel counts more than its inverse, however wrong
the guess of errors is (Hesterberg, "Weighted average importance sampling and defensive mixture
distributions", 1995)."""
PAYS = 1.5
"""So many times fewer samples are to do for drawing them to be worth its time."""
TINY = 1e-30


class Drawn:
    """Importance sampling of the voxels of blocks.

    The mean squared error over a sample varies least, and with it the gradient, where voxels are
    drawn in proportion to their errors (Kahn and Marshall, "Methods of reducing sample size in
    Monte Carlo computations", 1953). What a network will leave is guessed from how far values
    spread in small cells; dividing by how often a voxel is drawn keeps the mean what it was.

    Parameters
    ----------
    values
        Of the blocks, shape (m, k, voxels).
    block
        Voxels of a block along t z y x.
    seed
        Of what is drawn.

    Attributes
    ----------
    gain
        How many times fewer samples do for the same variance, if errors are as guessed.
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
        wanted = even * (spread.sqrt() + TINY)  # a constant block is drawn evenly
        drawn = EVENLY * even + (1 - EVENLY) * wanted / wanted.sum(2, keepdim=True)
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
        # one from each of ``count`` equal shares: evener than independent ones
        where = (where + torch.arange(count, device=where.device)) / count
        cell = torch.searchsorted(self._ends, where).clamp_(max=len(self._sizes) - 1)
        voxels = self._voxels[self._starts[cell] + (inside * self._sizes[cell]).long()]
        return voxels, self._weights.gather(2, cell)


def _cells(block: Sequence[int]) -> NDArray[np.int64]:
    """Return the cell of each voxel of a block: every axis in even parts."""
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
    # a block at a time: double precision takes memory
    for block, out in zip(values.flatten(0, 1), found.flatten(0, 1), strict=True):
        mean = torch.zeros_like(out).index_add_(0, cells, block.double()) / sizes
        out.index_add_(0, cells, (block - mean[cells]) ** 2)
    return found / sizes

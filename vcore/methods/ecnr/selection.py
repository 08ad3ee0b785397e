"""Selection of the blocks to fit, their residuals, and their assignment to networks."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcore.methods.ecnr.assignment import assign
from vcore.methods.ecnr.blockmap import renumbered
from vcore.methods.ecnr.geometry import Array, Scale, downsampled
from vcore.methods.ecnr.head import EcnrHead
from vcore.methods.ecnr.network import Shape
from vcore.methods.ecnr.training import Data
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region

MIN_RESIDUAL = 1e-4
"""Root mean square residual below which a block is left out (section 4.1)."""
OMITTED_ENERGY = 0.01
"""Maximum share of a scale's energy in all omitted blocks together."""


@dataclass(frozen=True)
class Residuals:
    """Residuals of a scale, read block by block.

    Parameters
    ----------
    source, scale
        Variable, and scale with its blocks.
    prediction
        Prediction of a region by the coarser scales; None for the coarsest.
    shared
        Whether components share blocks.
    """

    source: VariableSource
    scale: Scale
    prediction: Callable[[Region], Array] | None
    shared: bool

    def energies(self, context: Context) -> tuple[float, NDArray[np.float64]]:
        """Return the offset, and the mean square residual of each block, (t, c, z, y, x)."""
        scale, coarsest = self.scale, self.prediction is None
        sums, squares = np.zeros(scale.counts), np.zeros(scale.counts)
        for where, blocks in self._walk("selecting", context):
            sums[where] = blocks.mean(axis=-1, dtype=np.float64)
            squares[where] = np.mean(np.square(blocks, dtype=np.float64), axis=-1)
        offset = float(np.float32(sums.mean())) if coarsest else 0.0
        return offset, np.maximum(squares - 2 * offset * sums + offset**2, 0)

    def _walk(self, stage: str, context: Context) -> Iterator[tuple[tuple[slice, ...], Array]]:
        """Yield rows of blocks: their position in the lattice, and their voxels (..., voxels)."""
        scale = self.scale
        times, components, rows, *_ = scale.counts
        total, done = times * components * rows, 0
        for t in range(times):
            for c in range(components):
                for z in range(rows):
                    context.report(stage, done / total)
                    done += 1
                    region: Region = (
                        _cells(t, scale.block[0], scale.shape[0]), slice(c, c + 1),
                        _cells(z, scale.block[1], scale.shape[2]),
                        *(slice(0, n) for n in scale.shape[3:]),
                    )  # fmt: skip
                    values = downsampled(self.source, scale, region)
                    if self.prediction is not None:
                        values = values - self.prediction(region)
                    where = (slice(t, t + 1), slice(c, c + 1), slice(z, z + 1))
                    yield where, _cut(values, scale)

    def gather(
        self,
        entries: NDArray[np.int64],
        offset: float,
        context: Context,
    ) -> Array:
        """Return the residuals of the entries, (n, voxels)."""
        scale = self.scale
        number = np.full(scale.counts, -1, np.int64)
        number[tuple(entries.T)] = np.arange(len(entries))
        out = np.empty((len(entries), scale.voxels), np.float32)
        for where, blocks in self._walk("gathering", context):
            here = number[where]
            out[here[here >= 0]] = blocks[here >= 0] - np.float32(offset)
        return out

    def effective(
        self,
        energies: NDArray[np.float64],
        threshold: float | None,
        remaining_error: float,
        max_blocks: int | None = None,
        max_ratio: float = math.inf,
    ) -> NDArray[np.bool_]:
        """Return the mask of blocks to fit, (t, c, z, y, x), with c of length 1 if shared.

        Parameters
        ----------
        energies
            Mean square residuals.
        threshold
            Threshold from the settings.
        remaining_error
            Remaining error of the previous scale, as a share of its energy.
        max_blocks
            Number of blocks that the bytes allow; if there are more, those of highest energy are
            fitted.
        max_ratio
            Maximum ratio of the blocks to ``max_blocks`` for that.
        """
        if self.shared:
            energies = energies.mean(axis=1, keepdims=True)
        min_residual = MIN_RESIDUAL if threshold is None else threshold
        chosen: NDArray[np.bool_] = energies > min_residual**2
        if threshold is None and chosen.any():
            order = np.sort(energies.ravel())
            # blocks of values are all needed: their energy still exceeds the error of the others
            omitted = OMITTED_ENERGY if self.prediction is not None else 0.0
            small = order[np.cumsum(order) <= omitted * order.sum()]
            # reverse water-filling: blocks below the remaining error of the others get no bits
            water = remaining_error * float(order.mean())
            chosen &= energies > max(small.max(initial=0.0), water)
        if max_blocks is not None and chosen.sum() <= max_ratio * max_blocks:
            chosen.flat[np.argsort(-energies, axis=None, kind="stable")[max_blocks:]] = False
        return chosen

    def entries(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the entries to fit, (n, 5) indices of blocks; one per component for shared
        blocks."""
        where = np.argwhere(chosen)
        if not self.shared:
            return where
        components = self.scale.shape[1]
        every = np.repeat(where, components, axis=0)
        every[:, 1] = np.tile(np.arange(components), len(where))
        return every


def assigned(
    scale: Scale,
    values: Array,
    chosen: NDArray[np.bool_],
    entries: NDArray[np.int64],
    networks: int,
    components: int,
    similarity: str,
    seed: int,
) -> tuple[Data, NDArray[np.int32]]:
    """Return the blocks ordered by network, and the map.

    Parameters
    ----------
    values, entries
        Residuals (n, voxels), and the block of each, (n, 5).
    chosen
        Mask of blocks to fit.
    networks
        Number of networks.
    components
        Number of consecutive entries that share a block.
    similarity, seed
        Similarity of blocks, and seed of the k-means.
    """
    together = values.reshape(len(values) // components, -1)
    labels = assign(together, networks, similarity, seed)
    blocks = np.zeros(chosen.shape, np.int32)
    blocks[chosen] = labels + 1
    blocks, _ = renumbered(blocks)
    of_block = blocks[chosen].astype(np.int64) - 1
    count = int(of_block.max()) + 1
    # codes are stored network by network, in the order in which a reader visits the blocks
    order = np.argsort(of_block, kind="stable")
    code = np.empty(len(order), np.int64)
    code[order] = np.arange(len(order))
    of_entry = np.repeat(of_block, components)
    entry_order = np.argsort(of_entry, kind="stable")
    sizes = np.bincount(of_entry, minlength=count)
    slots = np.full((count, int(sizes.max())), -1, np.int64)
    rank = np.arange(len(entry_order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    slots[of_entry[entry_order], rank] = entry_order
    data = Data(values, slots, np.repeat(code, components), entries[:, 1], scale.block)
    return data, blocks


def warm_start(
    parent: tuple[EcnrHead, dict[str, Array]], blocks: NDArray[np.int32], shape: Shape
) -> dict[str, Array] | None:
    """Return the networks of the next coarser scale at the positions of this one's, if
    compatible."""
    head, parameters = parent
    if replace(head.shape, networks=0) != replace(shape, networks=0):
        return None
    where = np.argwhere(blocks)
    ratio = np.array(blocks.shape) / np.array(head.blocks.shape)
    below = head.blocks[tuple(np.minimum(where / ratio, np.array(head.blocks.shape) - 1)
                              .astype(int).T)]  # fmt: skip
    own = blocks[blocks > 0] - 1
    votes = np.zeros((shape.networks, head.shape.networks + 1), np.int64)
    np.add.at(votes, (own, below), 1)
    chosen = votes[:, 1:].argmax(axis=1)
    return {n: v[chosen].copy() for n, v in parameters.items()}


def _cells(number: int, side: int, length: int) -> slice:
    return slice(number * side, min((number + 1) * side, length))


def _cut(values: Array, scale: Scale) -> Array:
    """Return a row of blocks (1, 1, 1, y, x, voxels), extended beyond the end by edge
    replication."""
    *_, ny, nx = scale.counts
    bt, bz, by, bx = scale.block
    sides, cells = (bt, bz, ny * by, nx * bx), values[:, 0]
    pad = [(0, n - have) for n, have in zip(sides, cells.shape, strict=True)]
    row = np.pad(cells, pad, mode="edge")
    cut = row.reshape(bt, bz, ny, by, nx, bx).transpose(2, 4, 0, 1, 3, 5)
    return np.ascontiguousarray(cut).reshape(1, 1, 1, ny, nx, -1)

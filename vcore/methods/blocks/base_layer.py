"""Base layer of preset `compact`: quantised block means and their smooth interpolation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.engine.layers.tiles import TiledLattice, tile_regions
from vcore.entropy import encode_lattice, predict
from vcore.methods.blocks.layout import BlockLattice, Box
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.pyramid import box_mean
from vcore.model.regions import Region

SECTION = "base"
NEIGHBOURS = 26
CONSTANT_VARIANCE = 1e-8
"""Normalised variance below which a block counts as constant, about the resolution of float32."""


def block_moments(
    source: VariableSource, lattice: BlockLattice, context: Context
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the normalised mean of every block, and whether its values vary.

    Both have the shape (*frames, z, y, x) in blocks.
    """
    k = lattice.k
    means = np.empty((*lattice.frames, *lattice.blocks), np.float32)
    varied = np.empty(means.shape, np.bool_)
    slabs = list(source.slabs(k))
    for number, region in enumerate(slabs):
        context.report("reading", number / len(slabs))
        where = region[:-3] + tuple(slice(s.start // k, -(-s.stop // k)) for s in region[-3:])
        values = source.read_normalised(region)
        means[where] = box_mean(values, (k,) * 3)
        spread = box_mean(values**2, (k,) * 3) - means[where] ** 2
        varied[where] = spread > CONSTANT_VARIANCE
    return means, varied


def encode_means(quantised: NDArray[np.int32]) -> list[bytes]:
    """Return the units of the section, one per tile, with Lorenzo prediction errors."""
    units = []
    for region in tile_regions(quantised.shape):
        tile = quantised[region]
        errors = predict(tile).reshape(1, *tile.shape[-3:])
        units.append(encode_lattice(errors) if errors.any() else b"")
    return units


@dataclass(frozen=True)
class Means:
    """Block means: an array while encoding, a section's tiles while decoding.

    Parameters
    ----------
    quantised
        Integers of shape (*frames, z, y, x), or a TiledLattice of them.
    step
        Quantiser step, as a share of the data range.
    """

    quantised: Any
    step: float

    @classmethod
    def of_section(
        cls, reader: SectionReader, lattice: BlockLattice, level: int, step: float
    ) -> "Means":
        """Return the means stored in a file."""
        shape = (*lattice.frames, *lattice.blocks)
        return cls(TiledLattice(reader, level, SECTION, shape, predicted=True), step)

    def read(self, frame: Sequence[int], region: Region) -> NDArray[np.float32]:
        """Return the means of a z y x ``region`` of blocks of one frame."""
        where = (*(slice(f, f + 1) for f in frame), *region)
        if isinstance(self.quantised, TiledLattice):
            values = self.quantised.read(where)
        else:
            values = self.quantised[where]
        return values.reshape(values.shape[-3:]).astype(np.float32) * np.float32(self.step)

    def around(self, frame: Sequence[int], box: Box) -> NDArray[np.float32]:
        """Return the means of ``box`` with a margin of one block; edges repeat the nearest
        block."""
        shape = self.quantised.shape[-3:]
        wanted = [
            np.clip(np.arange(a - 1, b + 1), 0, n - 1) for (a, b), n in zip(box, shape, strict=True)
        ]
        region = tuple(slice(int(w[0]), int(w[-1]) + 1) for w in wanted)
        values = self.read(frame, region)
        return values[np.ix_(*(w - s.start for w, s in zip(wanted, region, strict=True)))]


def interpolate(means: NDArray[np.float32], k: int, extra: int) -> NDArray[np.float32]:
    """Return the trilinear interpolation of block means at voxel centres.

    Parameters
    ----------
    means
        Means of a box of blocks with a margin of one, shape (z + 2, y + 2, x + 2).
    extra
        Additional voxels behind the box along each axis, at most k/2.

    Returns
    -------
    array
        Float32 of shape (z k + extra, y k + extra, x k + extra).
    """
    for axis in range(3):
        n = (means.shape[axis] - 2) * k + extra
        position = (np.arange(n) + 0.5) / k + 0.5
        first = np.minimum(position.astype(int), means.shape[axis] - 2)
        share = (
            (position - first)
            .astype(np.float32)
            .reshape([-1 if a == axis else 1 for a in range(3)])
        )
        low, high = means.take(first, axis), means.take(first + 1, axis)
        means = low + (high - low) * share
    return means


def neighbours(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the means of each block's 26 neighbours minus its own, shape (z, y, x, 26), for means
    with a margin of one block."""
    inner = means[1:-1, 1:-1, 1:-1]
    z, y, x = inner.shape
    around = [
        means[a : a + z, b : b + y, c : c + x] - inner
        for a in range(3)
        for b in range(3)
        for c in range(3)
        if (a, b, c) != (1, 1, 1)
    ]
    return np.stack(around, -1)

"""Geometry of the space-time pyramid: scales and their blocks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.model.pyramid import box_mean
from vcore.model.regions import Region, shape_of, tiles_of

Array = NDArray[np.float32]
MIN_SIDE = 4
"""Minimum length of an axis after halving, in voxels or frames; shorter axes have no redundancy
left."""
Block = tuple[int, int, int, int]
"""Voxels of a block along t z y x."""
MAX_BLOCKS = 1 << 26
"""Maximum number of blocks of a scale, over all frames and components."""


@dataclass(frozen=True)
class Scale:
    """One scale: a lattice of frames, components and voxels, cut into blocks.

    Parameters
    ----------
    number
        Index of the scale, 0 is the finest.
    space, time
        Number of halvings of z y x, and of t.
    shape
        (frames, components, z, y, x) of this scale.
    block
        Voxels of a block along t z y x; the last blocks of an axis may extend beyond its end.
    """

    number: int
    space: int
    time: int
    shape: tuple[int, int, int, int, int]
    block: Block

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Number of blocks along t c z y x."""
        t, *space = (-(-n // b) for n, b in zip(self.lattice, self.block, strict=True))
        return (t, self.shape[1], *space)  # type: ignore[return-value]

    @property
    def lattice(self) -> tuple[int, int, int, int]:
        """Lengths of t z y x."""
        return (self.shape[0], *self.shape[2:])

    @property
    def voxels(self) -> int:
        """Voxels of a block."""
        return math.prod(self.block)

    def with_block(self, block: Block) -> "Scale":
        """Return the scale cut into other blocks."""
        return replace(self, block=block)

    def blocks_in(self, region: Region) -> list[tuple[int, ...]]:
        """Return the indices of the blocks that intersect ``region`` (t c z y x)."""
        return list(product(*tiles_of(region, (self.block[0], 1, *self.block[1:]))))


def halvings(
    frames: int, space: Sequence[int], scales: int | None, scales_time: int | None
) -> list[tuple[int, int]]:
    """Return the number of halvings in space and time for each scale, finest first.

    Both are halved together, as in the paper, until one of them has all its scales.

    Parameters
    ----------
    frames, space
        Lengths of t, and of z y x.
    scales, scales_time
        Number of scales in space and time; None: 3 in space (section 4.1), the same in time, or
        fewer if an axis would become shorter than MIN_SIDE.
    """
    longest = max(space)
    in_space = scales or min(3, max(1, 1 + int(math.log2(max(longest / MIN_SIDE, 1)))))
    in_time = scales_time or min(in_space, 1 + int(math.log2(max(frames / MIN_SIDE, 1))))
    return [(min(i, in_space - 1), min(i, in_time - 1)) for i in range(max(in_space, in_time))]


def block_of(shape: Sequence[int], sides: Sequence[int]) -> Block:
    """Return the block size that cuts the axes evenly into pieces of about ``sides``."""
    return tuple(  # type: ignore[return-value]
        -(-n // max(round(n / side), 1)) for n, side in zip(shape, sides, strict=True)
    )


def halved(n: int, times: int) -> int:
    """Return the length of an axis of length ``n`` after ``times`` halvings."""
    return -(-n // (1 << times))


def canonical(region: Region, axes: Sequence[str]) -> Region:
    """Return ``region`` of a variable over t c z y x; absent axes have a single index."""
    given = dict(zip(axes, region, strict=True))
    return tuple(given.get(name, slice(0, 1)) for name in "tczyx")


def full_shape(shape: Sequence[int], axes: Sequence[str]) -> tuple[int, int, int, int, int]:
    """Return the lengths of t c z y x; absent axes have length 1."""
    given = dict(zip(axes, shape, strict=True))
    return tuple(given.get(name, 1) for name in "tczyx")  # type: ignore[return-value]


def downsampled(source: VariableSource, scale: Scale, region: Region) -> Array:
    """Return ``region`` (t c z y x) of a scale of the source, values 0 to 1.

    A voxel is the mean of a box of 2**space voxels a side over 2**time frames, cropped at the ends,
    so that coarse scales coincide with vcore's levels.
    """
    axes = source.variable.axes
    lengths = full_shape(source.shape, axes)
    step = 1 << scale.space
    space = [
        slice(s.start * step, min(s.stop * step, n))
        for s, n in zip(region[2:], lengths[2:], strict=True)
    ]
    frames = []
    for t in range(region[0].start, region[0].stop):
        fine = range(t << scale.time, min((t + 1) << scale.time, lengths[0]))
        total = np.zeros(shape_of(region[1:]), np.float64)
        for f in fine:
            here = {"t": slice(f, f + 1), "c": region[1]}
            where = (*(here[a] for a in axes[:-3]), *space)
            values = source.read_normalised(where).reshape(-1, *shape_of(tuple(space)))
            total += box_mean(values, (step,) * 3)
        frames.append((total / len(fine)).astype(np.float32))
    return np.stack(frames)

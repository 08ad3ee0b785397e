"""Blocks of a variable: their lattice, their tiles, and cutting them from voxels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.model.pyramid import CHUNK
from vcore.model.regions import Region

Box = tuple[tuple[int, int], ...]
"""First block and the one behind the last, along z, y, x."""
Reader = Callable[[Region], NDArray[np.float32]]


@dataclass(frozen=True)
class BlockLattice:
    """The k x k x k blocks of a variable, in tiles that are stored as one unit each.

    Parameters
    ----------
    frames
        Lengths of the axes in front of z y x.
    shape
        Voxels along z, y, x.
    k
        Block side in voxels.
    """

    frames: tuple[int, ...]
    shape: tuple[int, int, int]
    k: int

    @property
    def blocks(self) -> tuple[int, int, int]:
        """Blocks along z, y, x; the last ones may reach beyond the volume."""
        return tuple(-(-n // self.k) for n in self.shape)  # type: ignore[return-value]

    @property
    def side(self) -> int:
        """Blocks along the side of a tile."""
        return max(CHUNK // self.k, 1)

    @property
    def tiles(self) -> tuple[int, ...]:
        """Tiles along each axis, frames included."""
        return (*self.frames, *(-(-n // self.side) for n in self.blocks))

    @property
    def count(self) -> int:
        """Number of blocks, over all frames."""
        return int(np.prod(self.frames + self.blocks, dtype=object))

    def tile_box(self, tile: Sequence[int]) -> Box:
        """Return the blocks of a tile (its index over all axes)."""
        return tuple(
            (i * self.side, min((i + 1) * self.side, n))
            for i, n in zip(tile[-3:], self.blocks, strict=True)
        )

    def all_tiles(self) -> Iterator[tuple[int, ...]]:
        """Yield the tiles' indices in the order of their units."""
        yield from np.ndindex(*self.tiles)

    def tiles_of(self, box: Box) -> Iterator[tuple[int, ...]]:
        """Yield the z y x indices of the tiles that hold the blocks of ``box``."""
        yield from product(*(range(a // self.side, -(-b // self.side)) for a, b in box))

    def box_of(self, region: Sequence[slice]) -> Box:
        """Return the blocks that hold the voxels of a z y x region."""
        return tuple((s.start // self.k, -(-s.stop // self.k)) for s in region)

    def voxels(self, box: Box, extra: int = 0) -> tuple[slice, slice, slice]:
        """Return the voxels of ``box``, ``extra`` more at the end of each axis, unclipped."""
        return tuple(slice(a * self.k, b * self.k + extra) for a, b in box)  # type: ignore[return-value]


def read_padded(
    read: Reader, frame: tuple[slice, ...], region: Sequence[slice], shape: Sequence[int]
) -> NDArray[np.float32]:
    """Return the z y x ``region`` of one frame; what lies outside ``shape`` repeats the nearest
    voxel."""
    inside = tuple(
        slice(min(max(s.start, 0), n - 1), max(min(s.stop, n), 1))
        for s, n in zip(region, shape, strict=True)
    )
    pad = [
        (max(i.start - s.start, 0), max(s.stop - i.stop, 0))
        for s, i in zip(region, inside, strict=True)
    ]
    values = read((*frame, *inside))
    return np.pad(values.reshape(values.shape[-3:]), pad, mode="edge")


def cut(values: NDArray[np.float32], k: int, window: int) -> NDArray[np.float32]:
    """Return the windows of side ``window`` at every k-th voxel: a view of shape (z, y, x, w,
    w, w)."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (window,) * 3)
    return windows[::k, ::k, ::k]


def join(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the voxels of blocks of shape (z, y, x, k, k, k)."""
    z, y, x, k, _, _ = blocks.shape
    return np.ascontiguousarray(blocks.transpose(0, 3, 1, 4, 2, 5)).reshape(z * k, y * k, x * k)


def crop(values: NDArray[np.float32], box: Box, k: int, region: Region) -> NDArray[np.float32]:
    """Return the z y x ``region`` out of the voxels of ``box``."""
    return values[
        tuple(slice(s.start - a * k, s.stop - a * k) for s, (a, _) in zip(region, box, strict=True))
    ]

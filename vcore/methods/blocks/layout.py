"""Block lattice of a variable: its tiles, and cutting of voxels into blocks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.model.pyramid import CHUNK
from vcore.model.regions import Region

Box = tuple[tuple[int, int], ...]
"""First block and end block (exclusive) along z, y, x."""
Reader = Callable[[Region], NDArray[np.float32]]


@dataclass(frozen=True)
class BlockLattice:
    """Lattice of the k x k x k blocks of a variable, grouped into tiles stored as one unit each.

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
        """Number of blocks along z, y, x; the last ones may extend beyond the volume."""
        return tuple(-(-n // self.k) for n in self.shape)  # type: ignore[return-value]

    @property
    def side(self) -> int:
        """Tile side in blocks."""
        return max(CHUNK // self.k, 1)

    @property
    def tiles(self) -> tuple[int, ...]:
        """Number of tiles along each axis, frames included."""
        return (*self.frames, *(-(-n // self.side) for n in self.blocks))

    @property
    def count(self) -> int:
        """Number of blocks over all frames."""
        return int(np.prod(self.frames + self.blocks, dtype=object))

    def tile_box(self, tile: Sequence[int]) -> Box:
        """Return the blocks of a tile, given its index over all axes."""
        return tuple(
            (i * self.side, min((i + 1) * self.side, n))
            for i, n in zip(tile[-3:], self.blocks, strict=True)
        )

    def all_tiles(self) -> Iterator[tuple[int, ...]]:
        """Yield all tile indices in the order of their units."""
        yield from np.ndindex(*self.tiles)

    def tiles_of(self, box: Box) -> Iterator[tuple[int, ...]]:
        """Yield the z y x indices of the tiles that contain the blocks of ``box``."""
        yield from product(*(range(a // self.side, -(-b // self.side)) for a, b in box))

    def box_of(self, region: Sequence[slice]) -> Box:
        """Return the blocks that cover a z y x region of voxels."""
        return tuple((s.start // self.k, -(-s.stop // self.k)) for s in region)

    def voxels(self, box: Box, extra: int = 0) -> tuple[slice, slice, slice]:
        """Return the voxel region of ``box``, extended by ``extra`` at the end of each axis,
        unclipped."""
        return tuple(slice(a * self.k, b * self.k + extra) for a, b in box)  # type: ignore[return-value]


def read_padded(
    read: Reader, frame: tuple[slice, ...], region: Sequence[slice], shape: Sequence[int]
) -> NDArray[np.float32]:
    """Return the z y x ``region`` of one frame, extended beyond ``shape`` by the nearest voxels."""
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
    """Return the windows of side ``window`` at every k-th voxel: a view of shape (z, y, x, w, w,
    w)."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (window,) * 3)
    return windows[::k, ::k, ::k]


def join(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Assemble voxels from blocks of shape (z, y, x, k, k, k)."""
    z, y, x, k, _, _ = blocks.shape
    return np.ascontiguousarray(blocks.transpose(0, 3, 1, 4, 2, 5)).reshape(z * k, y * k, x * k)


def crop(values: NDArray[np.float32], box: Box, k: int, region: Region) -> NDArray[np.float32]:
    """Return the z y x ``region`` from the voxels of ``box``."""
    return values[
        tuple(slice(s.start - a * k, s.stop - a * k) for s, (a, _) in zip(region, box, strict=True))
    ]

"""Coarser levels of a source without any, each halved from the next finer one.

Whoever reads a block of a level also stores it halved, in a temporary folder. The source is
therefore read once for all levels; a chunk of a coarser level is assembled from stored blocks.
"""

import threading
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numcodecs import Zstd
from numpy.typing import NDArray

from vcore.io.lazy import CallbackArray
from vcore.io.omezarr_write import coarser_values, halved_grids
from vcore.model.regions import Region, meeting, shape_of, shifted, tiles_of
from vcore.model.volume import LazyArray, Variable, Volume
from vcore.runtime.atomic import replacing

if TYPE_CHECKING:
    from vcore.model.grid import Grid

FACTOR = 2
"""Downsampling factor from level to level, along axes of more than one voxel."""
CODEC = Zstd(1)
"""Codec of the stored blocks."""


class BuiltLevels:
    """Levels of an image of one variable, read by the threads of one process.

    Parameters
    ----------
    volume
        The image; one thread reads it at a time, as not all readers allow more.
    side
        Side in voxels of the blocks that are halved when they are read; even.
    folder
        Folder for the halved blocks, which take up to a seventh of the image.
    """

    def __init__(self, volume: Volume, side: int, folder: Path) -> None:
        self._variable: Variable = volume.variables[0]
        self._side, self._folder, self._lock = side, folder, threading.Lock()
        self.grids: tuple[Grid, ...] = tuple(halved_grids(volume.grid))
        lead = self._variable.shape[:-3]
        self._shapes = [(*lead, *grid.shape) for grid in self.grids]
        self.levels: tuple[LazyArray, ...] = tuple(
            CallbackArray(shape, self._variable.dtype, partial(self._read, k))
            for k, shape in enumerate(self._shapes)
        )

    def _read(self, level: int, region: Region) -> NDArray[Any]:
        if level:
            values = self._assembled(level, region)
        else:
            with self._lock:
                values = self._variable.read(region)
        if level + 1 < len(self._shapes):
            self._keep(level + 1, region, values)
        return values

    def _assembled(self, level: int, region: Region) -> NDArray[Any]:
        out = np.empty(shape_of(region), self._variable.dtype)
        for tile in product(*tiles_of(region, self._side_of(level))):
            block = self._region(level, tile)
            here, there = meeting(region, [s.start for s in block], shape_of(block))
            out[here] = self._stored(level, tile)[there]
        return out

    def _stored(self, level: int, tile: tuple[int, ...]) -> NDArray[Any]:
        """Return a block; if it is not stored yet, read what it is made of."""
        path, block = self._path(level, tile), self._region(level, tile)
        if not path.exists():
            self._read(level - 1, self._finer(level, block))
        values = np.frombuffer(CODEC.decode(path.read_bytes()), self._variable.dtype)
        return values.reshape(shape_of(block))

    def _keep(self, level: int, region: Region, values: NDArray[Any]) -> None:
        """Store the blocks of ``level`` made of ``values``, which are a region of the finer one."""
        corner = [s.start for s in region]
        for tile in self._tiles_within(level, region):
            path = self._path(level, tile)
            if path.exists():
                continue
            fine = values[shifted(self._finer(level, self._region(level, tile)), corner)]
            coarse = coarser_values(self._variable, fine, self._factors(level)[-3:])
            with replacing(path) as part:
                path.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(CODEC.encode(np.ascontiguousarray(coarse)))

    def _tiles_within(self, level: int, region: Region) -> Iterator[tuple[int, ...]]:
        """Yield the blocks of ``level`` whose voxels all lie in a region of the finer one."""
        sides = zip(self._side_of(level), self._factors(level), strict=True)
        for tile in product(*tiles_of(region, [n * f for n, f in sides])):
            whole = zip(self._finer(level, self._region(level, tile)), region, strict=True)
            if all(r.start <= s.start and s.stop <= r.stop for s, r in whole):
                yield tile

    def _region(self, level: int, tile: tuple[int, ...]) -> Region:
        sizes = zip(tile, self._side_of(level), self._shapes[level], strict=True)
        return tuple(slice(i * side, min((i + 1) * side, n)) for i, side, n in sizes)

    def _finer(self, level: int, block: Region) -> Region:
        sizes = zip(block, self._factors(level), self._shapes[level - 1], strict=True)
        return tuple(slice(s.start * f, min(s.stop * f, n)) for s, f, n in sizes)

    def _side_of(self, level: int) -> tuple[int, ...]:
        """Return the shape of the blocks of a level: half that of blocks of the finer one."""
        lead = len(self._shapes[level]) - 3
        return (1,) * lead + tuple(self._side // f for f in self._factors(level)[-3:])

    def _factors(self, level: int) -> list[int]:
        """Return the factor along each axis from the finer level to ``level``."""
        space = [min(n, FACTOR) for n in self.grids[level - 1].shape]
        return [1] * (len(self._shapes[level]) - 3) + space

    def _path(self, level: int, tile: tuple[int, ...]) -> Path:
        return self._folder.joinpath(str(level), *map(str, tile))

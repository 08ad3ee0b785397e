"""Decoder: decodes the tiles needed for a region, each from its tile of the next coarser level."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Decoder
from vcore.methods.bounded.coding import Tile, decode_tile
from vcore.methods.bounded.layout import SECTION, coarser, level_shape, tile_shape
from vcore.methods.bounded.scale import Scale
from vcore.model.grid import Grid
from vcore.model.pyramid import box_centres, chunk_shape, level_grids
from vcore.model.regions import Region, meeting, shape_of, shifted, tiles_of
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

CACHED_TILES = 24
"""Maximum number of cached tiles of level 0."""
CACHED_BYTES = 1 << 27
"""Maximum bytes of cached tiles of coarser levels."""

Place = tuple[int, ...]
"""Indices of a tile along all axes."""


class BoundedDecoder(Decoder):
    """Decoder for regions of every stored level, with LRU caches of tiles.

    Raises
    ------
    FormatError
        The sections or settings do not match the variable.
    """

    exact = True

    def __init__(
        self, header: VariableHeader, grid: Grid, reader: SectionReader, group: int
    ) -> None:
        self.grids = level_grids(grid)
        self.chunks = tuple(chunk_shape(g, k, k) for k, g in enumerate(self.grids))
        self._reader = reader
        self._scale = Scale.from_json(header.state, header.range[0], np.dtype(header.dtype))
        stored = [k for k in range(len(self.grids)) if reader.has(k, SECTION)]
        if stored != list(range(len(stored))) or not stored:
            raise FormatError(
                f"Expected a section {SECTION!r} at level 0 and at each level up to the coarsest "
                f"stored one. Got levels {stored} instead: the file is damaged."
            )
        self._coarsest = stored[-1]
        self._shapes = [level_shape(header.shape, k) for k in stored]
        try:
            self._tiles = [tile_shape(header.axes, group, k) for k in stored]
        except BudgetError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        self._counts = [
            tuple(-(-n // t) for n, t in zip(shape, tile, strict=True))
            for shape, tile in zip(self._shapes, self._tiles, strict=True)
        ]
        for level, counts in enumerate(self._counts):
            units = reader.units(level, SECTION)
            if units != math.prod(counts):
                raise FormatError(
                    f"Expected {math.prod(counts)} units in section {SECTION!r} of level {level}. "
                    f"Got {units} instead: the file is damaged."
                )
        available = [reader.is_available(k, SECTION) for k in stored]
        self.levels = tuple(k for k in stored if all(available[k:]))
        self._finest = once_cache(CACHED_TILES)(self._values_of)
        self._coarser = once_cache(CACHED_BYTES, lambda tile: tile.nbytes)(self._tile_of)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return ``region`` of ``level`` in data units, float64."""
        if level == 0:
            return self._voxels(region, 0)
        lead, shape = len(region) - 3, self._shapes[level]
        wider = tuple(
            slice(s.start, min(s.stop + 1, n)) for s, n in zip(region, shape, strict=True)
        )
        values = self._voxels((*region[:lead], *wider[lead:]), level)
        for axis in range(lead, lead + 3):
            s, n = region[axis], self._shapes[0][axis]
            centres = box_centres(n, 1 << level, s.start, s.stop) / (1 << level)
            values = _between(values, axis, centres - np.arange(s.start, s.stop))
        return values

    def prepare(self, region: Region, level: int = 0) -> None:
        """Decode the tiles of a coarse ``region`` on the decode threads, unless they would overflow
        the cache; a chunk has several."""
        if level == 0:
            return
        tile = self._tiles[level]
        places = list(product(*tiles_of(region, tile)))
        if len(places) * math.prod(tile) * np.dtype(np.int64).itemsize * 2 <= CACHED_BYTES // 2:
            run_all(lambda place: self._coarser(level, place), places)

    def _voxels(self, region: Region, level: int) -> NDArray[np.float64]:
        """Return the voxels of ``region`` of ``level``: of level 0, every 2**level-th."""
        out = np.empty(shape_of(region), np.float64)
        for place in product(*tiles_of(region, self._tiles[level])):
            space = self._region(level, place)
            values = self._finest(place) if level == 0 else self._coarser(level, place).values
            integers = values.reshape(shape_of(space))
            target, inside = meeting(region, [s.start for s in space], integers.shape)
            out[target] = self._scale.values(integers[inside])
        return out

    def _region(self, level: int, place: Place) -> Region:
        return tuple(
            slice(i * t, min(i * t + t, n))
            for i, t, n in zip(place, self._tiles[level], self._shapes[level], strict=True)
        )

    def _values_of(self, place: Place) -> NDArray[np.int64]:
        return self._decode_tile(0, place).values

    def _tile_of(self, level: int, place: Place) -> Tile:
        return replace(self._decode_tile(level, place), models=None)

    def _decode_tile(self, level: int, place: Place) -> Tile:
        region = self._region(level, place)
        coarse = None
        if level == 0 and self._coarsest:
            coarse = self._decode_tile(1, place)  # with its models, which are not cached
        elif level < self._coarsest:
            space = coarser(region[-3:])
            sides = self._tiles[level + 1][-3:]
            parent = tuple(s.start // t for s, t in zip(space, sides, strict=True))
            whole = self._coarser(level + 1, (*place[:-3], *parent))
            inside = shifted(space, [i * t for i, t in zip(parent, sides, strict=True)])
            coarse = Tile(whole.values[:, *inside], whole.errors[:, *inside])
        unit = int(np.ravel_multi_index(place, self._counts[level]))
        (data,) = self._reader.read_units(level, SECTION, [unit])
        *lead, z, y, x = shape_of(region)
        return decode_tile(data, (math.prod(lead), z, y, x), self._scale.step, level, coarse)


def _between(
    values: NDArray[np.float64], axis: int, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate linearly between each voxel along ``axis`` and the next one, which the last
    voxel of a level lacks."""
    count = len(shares)
    low = values.take(range(count), axis)
    high = values.take(np.minimum(np.arange(1, count + 1), values.shape[axis] - 1), axis)
    shares = shares.reshape(count, *(1,) * (values.ndim - 1 - axis))
    with np.errstate(invalid="ignore", over="ignore"):  # damaged files hold infinities
        found: NDArray[np.float64] = low + (high - low) * shares
    return found

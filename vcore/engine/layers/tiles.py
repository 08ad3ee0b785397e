"""Layers stored as one entropy-coded unit per tile, in C order of the tiles over all axes."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.entropy import decode_lattice, unpredict
from vcore.errors import FormatError
from vcore.model.regions import Region, blocks, meeting, shape_of, tiles_of
from vcore.runtime.single_flight import once_cache

TILE = 64
"""Side of a tile in voxels."""
CACHED_TILES = 64
"""Maximum number of decoded tiles in the cache of a layer."""


def tile_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the tile shape for an array of ``shape``: one frame, at most TILE voxels per side."""
    return (1,) * (len(shape) - 3) + tuple(min(TILE, n) for n in shape[-3:])


def tile_regions(shape: Sequence[int]) -> Iterable[Region]:
    """Yield the regions of the tiles, in the order of their units."""
    return blocks(shape, tile_shape(shape))


class TiledLattice:
    """Lazy integer array of a section; tiles are read and decoded on access.

    An empty unit is a tile of zeros. With ``predicted``, units hold Lorenzo prediction errors.
    """

    def __init__(
        self,
        reader: SectionReader,
        level: int,
        name: str,
        shape: Sequence[int],
        *,
        predicted: bool = False,
    ) -> None:
        self._reader, self._level, self._name = reader, level, name
        self._predicted = predicted
        self.shape = tuple(shape)
        self.tile = tile_shape(shape)
        self.counts = tuple(-(-n // t) for n, t in zip(self.shape, self.tile, strict=True))
        if reader.units(level, name) != int(np.prod(self.counts, dtype=object)):
            raise FormatError(
                f"Expected {np.prod(self.counts)} units in section {name!r}. "
                f"Got {reader.units(level, name)} instead: the file is damaged."
            )
        self._decode = once_cache(CACHED_TILES)(self._decode_tile)

    def read(self, region: Region) -> NDArray[np.int32]:
        """Return the integers of ``region``."""
        out = np.zeros(shape_of(region), np.int32)
        for where in product(*tiles_of(region, self.tile)):
            lo = [i * t for i, t in zip(where, self.tile, strict=True)]
            values = self._decode(where)
            target, inside = meeting(region, lo, values.shape)
            out[target] = values[inside]
        return out

    def _decode_tile(self, where: tuple[int, ...]) -> NDArray[np.int32]:
        shape = tuple(
            min(t, n - i * t) for i, t, n in zip(where, self.tile, self.shape, strict=True)
        )
        unit = int(np.ravel_multi_index(where, self.counts))
        (data,) = self._reader.read_units(self._level, self._name, [unit])
        if not data:
            return np.zeros(shape, np.int32)
        values = decode_lattice(data, (1, shape[-3], shape[-2], shape[-1])).reshape(shape)
        return unpredict(values) if self._predicted else values

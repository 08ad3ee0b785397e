"""Encoder of a variable within an error bound: coarse levels first, then tiles of level 0."""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.base import Sink
from vcore.methods.bounded.coding import EVERY_SECOND, Integers, Tile, encode_tile
from vcore.methods.bounded.layout import SECTION, coarser, coarsest_level, level_shape, tile_shape
from vcore.methods.bounded.scale import Scale
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region, blocks
from vcore.runtime.executor import run_all

UNIT_BYTES = 7
"""Maximum bytes of a unit in the index."""
SHARED = 2
"""Finest level that is coded before level 0: a tile of level 1 is coded with that of level 0."""
Units = dict[int, list[bytes]]
"""Units of each level."""


class Encoder:
    """Encoder of ``source`` with ``group`` frames per tile."""

    def __init__(self, source: VariableSource, group: int, context: Context) -> None:
        self._source, self._context, self._group = source, context, group
        # of uneven coordinates, only means of boxes lie at the means of their coordinates
        is_even = source.grid.coordinates is None
        self._coarsest = coarsest_level(source.shape) if is_even else 0
        self._tiles = self._tiles_of(0)
        self._sampled = self._samples() if self._coarsest >= SHARED else None

    def encoded(self, scale: Scale) -> tuple[Units, float]:
        """Return the units at ``scale``, and the mean squared error of the present voxels relative
        to the squared data range."""
        units, coarse = self._coarse_levels(scale)
        results = run_all(
            lambda number: self._finest(number, scale, coarse), range(len(self._tiles))
        )
        for level in range(min(self._coarsest, SHARED - 1), -1, -1):
            units[level] = [found[level] for found, _, _ in results]
        squares = sum(square for _, square, _ in results)
        return units, squares / max(sum(present for _, _, present in results), 1)

    def _tiles_of(self, level: int) -> list[Region]:
        shape = level_shape(self._source.shape, level)
        return list(blocks(shape, tile_shape(self._source.variable.axes, self._group, level)))

    def _read(self, tile: Region) -> NDArray[np.float64]:
        values = self._source.read(tile)
        return values if self._source.variable.dtype.kind == "f" else np.rint(values)

    def _samples(self) -> NDArray[np.float64]:
        """Return the voxels of level SHARED, read by the tiles of level 0."""
        found = np.empty(level_shape(self._source.shape, SHARED), np.float64)

        def read(number: int) -> None:
            self._context.report("reading", number / len(self._tiles))
            tile = self._tiles[number]
            place = (*tile[:-3], *coarser(coarser(tile[-3:])))
            found[place] = self._read(tile)[EVERY_SECOND][EVERY_SECOND]

        run_all(read, range(len(self._tiles)))
        return found

    def _coarse_levels(self, scale: Scale) -> tuple[Units, Tile | None]:
        """Return the units of the levels from the coarsest to SHARED, and SHARED as decoded."""
        units: Units = {}
        known: Tile | None = None
        if self._sampled is None:
            return units, known
        samples = scale.integers(self._sampled)
        for level in range(self._coarsest, SHARED - 1, -1):
            every = slice(None, None, 1 << (level - SHARED))
            integers = samples[..., every, every, every]
            here = Tile(np.empty_like(integers), np.empty_like(integers))

            def one(
                tile: Region,
                level: int = level,
                integers: Integers = integers,
                here: Tile = here,
                above: Tile | None = known,
            ) -> bytes:
                self._context.report("coding", 0.0)
                coarse = None if above is None else _within(above, tile)
                unit, found = encode_tile(_frames(integers[tile]), scale.step, level, coarse)
                here.values[tile] = found.values.reshape(integers[tile].shape)
                here.errors[tile] = found.errors.reshape(integers[tile].shape)
                return unit

            units[level] = run_all(one, self._tiles_of(level))
            known = here
        return units, known

    def _finest(
        self, number: int, scale: Scale, known: Tile | None
    ) -> tuple[list[bytes], float, int]:
        """Return the units of a tile at levels 0 and, if there is one, 1; the sum of its squared
        errors, and the number of its present voxels."""
        self._context.report("coding", number / len(self._tiles))
        tile = self._tiles[number]
        values = self._read(tile)
        integers = scale.integers(values).reshape(-1, *values.shape[-3:])
        units, coarse = [], None
        if self._coarsest:
            place = (*tile[:-3], *coarser(tile[-3:]))
            above = None if known is None else _within(known, place)
            unit, coarse = encode_tile(integers[EVERY_SECOND], scale.step, 1, above)
            units.append(unit)
        unit, found = encode_tile(integers, scale.step, 0, coarse)
        error = (scale.values(found.values).reshape(values.shape) - values) / self._source.span
        if self._source.has_missing:
            variable = self._source.variable
            holes = variable.missing(variable.read(tile))
            if holes is not None:
                error = error[~holes]
        return [unit, *units], float(np.square(error).sum()), error.size


def size_of(units: Units) -> int:
    """Return the bytes of ``units`` and an upper bound of their index."""
    return sum(len(unit) + UNIT_BYTES for level in units.values() for unit in level)


def store(units: Units, sink: Sink) -> None:
    """Store the units of all levels, coarse to fine."""
    for level in sorted(units, reverse=True):
        sink.add(level, SECTION, units[level])


def _frames(values: Integers) -> Integers:
    return np.ascontiguousarray(values).reshape(-1, *values.shape[-3:])


def _within(known: Tile, tile: Region) -> Tile:
    """Return the part of a level that lies in a tile of the next finer one."""
    place = (*tile[:-3], *coarser(tile[-3:]))
    return Tile(_frames(known.values[place]), _frames(known.errors[place]))

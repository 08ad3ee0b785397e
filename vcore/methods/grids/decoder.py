"""Decoder of a pyramid of grids: sums of interpolated grids, each from its own tiles."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.grids import at_points
from vcore.methods.grids.frames import FrameDecoder
from vcore.methods.grids.lattice import State, decode_tile, first_state, next_state
from vcore.methods.grids.pyramid import (
    EMPTY,
    TILE,
    Integers,
    Key,
    Pyramid,
    Values,
    class_of,
    coarser,
    scaled,
    step_of,
    widened,
)
from vcore.methods.mixins import Pointwise
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape
from vcore.model.regions import Region, meeting, shape_of, shifted, tiles_of
from vcore.runtime.single_flight import once_cache

SECTION = "grids"
CACHED_BYTES = 128 << 20
"""Bytes of decoded integers kept."""


class PyramidDecoder(Pointwise, FrameDecoder):
    """Decoder of all levels; a region costs its nodes, a frame those of a pair of key frames.

    Parameters
    ----------
    axes
        Names of the variable's axes.
    pyramid
        Sizes of the grids.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    step
        Quantiser step of the finest grid.
    reader
        Sections.

    Raises
    ------
    FormatError
        A section is missing or has the wrong number of units.
    """

    def __init__(
        self,
        axes: tuple[str, ...],
        pyramid: Pyramid,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        reader: SectionReader,
    ) -> None:
        super().__init__(axes, limits, grid)
        self._pyramid, self._step, self._reader = pyramid, step, reader
        self.chunks = tuple(chunk_shape(g, level, level) for level, g in enumerate(self.grids))
        available: list[int] = []
        for level in reversed(range(pyramid.levels)):
            count = sum(pyramid.count(g) for g in pyramid.grids_of(level))
            if reader.units(level, SECTION) != count:
                raise FormatError(f"Expected {count} units of grids: the file is damaged.")
            if not reader.is_available(level, SECTION):
                break
            available.insert(0, level)
        self.levels: tuple[int, ...] = tuple(available)

        @once_cache(CACHED_BYTES, lambda found: 64 if found is None else found.nbytes)
        def tile(key: Key) -> Integers | None:
            return self._decoded(key)[0]

        @once_cache(len(pyramid.sizes))
        def root(grid: int) -> State:
            return self._decoded((grid, 0, 0, 0))[1]

        self._tile, self._root = tile, root

    def _fill(self, out: Values, frame: int, components: slice, window: Region, level: int) -> None:
        for c, part in enumerate(out, components.start):
            part[...] = self._sum(level, frame, c, window)

    def at(
        self, frame: int, points: NDArray[np.float64], *, gradient: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        found = at_points.sums(self._pyramid, self._step, frame, points, self._integers)
        values, slopes = found[0] * self._span + self._low, found[1] * self._span
        return values, slopes if gradient else None

    def _sum(self, grid: int, frame: int, component: int, window: Region) -> Values:
        """Return the sum of a grid and all coarser ones."""
        own = self._own(grid, frame, component, window)
        if grid + 1 == len(self._pyramid.sizes) or not prod(shape_of(window)):
            return np.zeros(shape_of(window), np.float32) if own is None else own
        size = self._pyramid.sizes[grid + 1]
        given = coarser(window, size)
        found = widened(self._sum(grid + 1, frame, component, given), given, size, window)
        if own is not None:
            found += own
        return found

    def _own(self, grid: int, frame: int, component: int, window: Region) -> Values | None:
        """Return the values of the nodes of a grid; None if all are 0."""
        found: Values | None = None
        for node, weight in self._pyramid.weights(frame):
            integers = self._integers(grid, node, component, window)
            if integers is None:
                continue
            part = scaled(integers, step_of(self._step, grid))
            if weight != 1:
                part *= weight
            found = part if found is None else found + part
        return found

    def _integers(self, grid: int, node: int, component: int, window: Region) -> Integers | None:
        """Return the integers of a window, None if all tiles there are empty."""
        size = self._pyramid.sizes[grid]
        tiles = tiles_of(window, (TILE,) * 3)
        counts = [-(-n // TILE) for n in size]
        found: Integers | None = None
        for place in np.ndindex(*(len(r) for r in tiles)):
            at = [r[i] for r, i in zip(tiles, place, strict=True)]
            number = int(np.ravel_multi_index(at, counts))
            values = self._tile((grid, node, component, number))
            if values is None:
                continue
            if found is None:
                found = np.zeros(shape_of(window), np.int32)
            here, there = meeting(window, [i * TILE for i in at], values.shape)
            found[here] = values[there]
        return found

    def _decoded(self, key: Key) -> tuple[Integers | None, State]:
        """Return the integers of a tile, None if all are 0, and the coder's state after it."""
        grid, node, component, number = key
        pyramid = self._pyramid
        is_root = key[1:] == (0, 0, 0)
        if not is_root:
            state = self._root(grid)
        else:
            last = grid + 1 == len(pyramid.sizes)
            state = first_state() if last else self._root(grid + 1)
        level, unit = pyramid.unit(key)
        (data,) = self._reader.read_units(level, SECTION, [unit])
        if not data:
            return None, state
        tile = pyramid.tile(grid, number)
        coarse, beside = EMPTY, EMPTY
        if grid + 1 < len(pyramid.sizes):
            coarse = self._above(grid + 1, node, component, tile)
        other = pyramid.beside(key)
        if other is not None:
            known = self._tile(other)
            beside = np.zeros(shape_of(tile), np.int32) if known is None else known
        return decode_tile(data, shape_of(tile), beside, coarse, class_of(grid), next_state(state))

    def _above(self, grid: int, node: int, component: int, tile: Region) -> Integers:
        """Return the coarse nodes above a tile of fine ones, and one more on each side."""
        size = self._pyramid.sizes[grid]
        found = np.zeros([(s.stop - s.start + 1) // 2 + 2 for s in tile], np.int32)
        starts = [s.start // 2 - 1 for s in tile]
        ends = [min(a + n, m) for a, n, m in zip(starts, found.shape, size, strict=True)]
        window = tuple(slice(max(a, 0), b) for a, b in zip(starts, ends, strict=True))
        values = self._integers(grid, node, component, window)
        if values is not None:
            found[shifted(window, starts)] = values
        return found

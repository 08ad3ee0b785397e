"""Grids of a pyramid: sizes, tiles, the order of their units, interpolation between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.regions import Region, blocks, shape_of

Values = NDArray[np.float32]
Integers = NDArray[np.int32]
SMALLEST = 4
"""Longest axis of the coarsest grid."""
TILE = 128
"""Side in nodes of what is coded as one stream."""
REACH = 2
"""Coarse nodes beyond a window of fine ones that their interpolation reads, at most."""
STEP_FACTOR = np.float32(0.5)
"""Step of a grid relative to that of the next finer one."""
MIN_STEP, MAX_STEP = 4e-6, 4.0
"""Limits of quantiser steps, in shares of the data range; integers then have at most 20 bits."""
Key = tuple[int, int, int, int]
"""Grid, node in time, component, tile."""


@dataclass(frozen=True)
class Pyramid:
    """Sizes of all grids of a variable; grid 0 has a node a voxel, each other half as many an axis.

    Parameters
    ----------
    shape
        Voxels along z y x.
    frames, components
        Lengths of the axes t and c.
    spacing
        Frames from one key frame to the next.
    levels
        Number of levels of detail of the file; grids beyond them are stored with the last.
    """

    shape: tuple[int, int, int]
    frames: int
    components: int
    spacing: int
    levels: int

    @cached_property
    def sizes(self) -> tuple[tuple[int, int, int], ...]:
        """Nodes along z y x of each grid, the finest first."""
        found = [self.shape]
        while max(found[-1]) > SMALLEST or len(found) < self.levels:
            found.append(tuple((n + 1) // 2 for n in found[-1]))  # type: ignore[arg-type]
        return tuple(found)

    @property
    def key_count(self) -> int:
        """Number of key frames."""
        return -(-(self.frames - 1) // self.spacing) + 1

    def key(self, number: int) -> int:
        """Return the frame that is a key frame; the last frame is one."""
        return min(number * self.spacing, self.frames - 1)

    @property
    def keys(self) -> list[int]:
        """Frames that are key frames."""
        return [self.key(number) for number in range(self.key_count)]

    @property
    def nodes(self) -> int:
        """Nodes in time: one that all frames share, and one a key frame if there are several."""
        return 1 + self.key_count if self.key_count > 1 else 1

    def pair(self, frame: int) -> list[tuple[int, np.float32]]:
        """Return the key frames that a frame lies between, and their weights; one if it is one."""
        if self.key_count == 1:
            return [(0, np.float32(1))]
        k = min(frame // self.spacing, self.key_count - 2)
        share = np.float32((frame - self.key(k)) / (self.key(k + 1) - self.key(k)))
        pairs = [(k, np.float32(1) - share), (k + 1, share)]
        return [(key, weight) for key, weight in pairs if weight > 0]

    def weights(self, frame: int) -> list[tuple[int, np.float32]]:
        """Return the nodes in time that a frame is made from, and their weights."""
        if self.nodes == 1:
            return [(0, np.float32(1))]
        own = [(key + 1, weight) for key, weight in self.pair(frame)]
        return [(0, np.float32(1)), *own]

    def tiles(self, grid: int) -> list[Region]:
        """Return the tiles of a grid."""
        return list(blocks(self.sizes[grid], (TILE,) * 3))

    def tile(self, grid: int, number: int) -> Region:
        """Return a tile of a grid by its number."""
        size = self.sizes[grid]
        at = np.unravel_index(number, [-(-n // TILE) for n in size])
        return tuple(
            slice(int(i) * TILE, min((int(i) + 1) * TILE, n)) for i, n in zip(at, size, strict=True)
        )

    def grids_of(self, level: int) -> range:
        """Return the grids of the section of a level, coarse to fine."""
        last = len(self.sizes) - 1 if level == self.levels - 1 else level
        return range(last, level - 1, -1)

    def units(self, level: int) -> Iterator[Key]:
        """Yield the units of the section of a level in order."""
        for grid in self.grids_of(level):
            tiles = range(len(self.tiles(grid)))
            for rest in product(range(self.nodes), range(self.components), tiles):
                yield grid, *rest

    def count(self, grid: int) -> int:
        """Return the number of units of a grid."""
        tiles = prod(-(-n // TILE) for n in self.sizes[grid])
        return self.nodes * self.components * tiles

    def unit(self, key: Key) -> tuple[int, int]:
        """Return the level of the section of a unit, and its number there."""
        grid, node, component, tile = key
        level = min(grid, self.levels - 1)
        before = sum(self.count(g) for g in self.grids_of(level) if g > grid)
        a_component = self.count(grid) // (self.nodes * self.components)
        return level, before + (node * self.components + component) * a_component + tile

    def beside(self, key: Key) -> Key | None:
        """Return the coded unit of the same nodes whose integers are contexts, if there is one."""
        grid, node, component, tile = key
        if node > 0:
            return grid, 0, component, tile
        return (grid, 0, 0, tile) if component > 0 else None


def coarser(window: Region, size: tuple[int, ...]) -> Region:
    """Return the window of a coarse grid of ``size`` that a window of fine nodes is made from."""
    return tuple(
        slice(max((s.start >> 1) - REACH, 0), min(((s.stop - 1) >> 1) + REACH + 1, n))
        for s, n in zip(window, size, strict=True)
    )


def widened(values: Values, given: Region, size: tuple[int, ...], window: Region) -> Values:
    """Return the interpolated nodes of ``window`` of the next finer grid.

    Parameters
    ----------
    values
        (z, y, x) nodes of ``given``, a window of a grid of ``size``.
    """
    from vcore.methods.grids import pyramid_loops as loops

    (nz, ny, nx), (z, y, x) = shape_of(window), values.shape
    columns = np.empty((z * y, nx), np.float32)
    flat = np.ascontiguousarray(values).reshape(z * y, x)
    loops.widen_columns(flat, given[2].start, size[2], window[2].start, columns)
    rows = np.empty((z, ny, nx), np.float32)
    part = columns.reshape(z, y, nx)
    loops.widen_rows(part, given[1].start, size[1], window[1].start, rows)
    planes = np.empty((1, nz, ny * nx), np.float32)
    part = rows.reshape(1, z, ny * nx)
    loops.widen_rows(part, given[0].start, size[0], window[0].start, planes)
    return planes.reshape(nz, ny, nx)


def step_of(step: float, grid: int) -> np.float32:
    """Return the quantiser step of a grid, in shares of the data range."""
    return max(np.float32(step) * STEP_FACTOR**grid, np.float32(MIN_STEP))


def scaled(integers: Integers, step: np.float32) -> Values:
    """Return the values of integers in steps."""
    found: Values = integers.astype(np.float32) * step
    return found


def class_of(grid: int) -> int:
    """Return the class of a grid's contexts."""
    return min(grid, 15)


EMPTY: NDArray[Any] = np.zeros((0, 0, 0), np.int32)
"""Stands for integers that are not there."""

"""Tile-by-tile decoding and caching of the integers of frames and components."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.wavelet.background import Background
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    NO_PARENT,
    NO_PREVIOUS,
    CoderState,
    Integers,
    PreviousFrame,
    StreamHead,
    coarse_levels,
    coarser,
    decoded,
    group_of,
    parent_of,
    tile_side,
)
from vcore.model.regions import Region, meeting, shape_of, tiles_of
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import OnceCache, once_cache

CACHED_BYTES = 1 << 28
"""Maximum bytes of decoded tiles cached by a decoder, 256 MiB; coarse levels and primers may each
take a quarter of it on top."""
EMPTY_TILE_BYTES = 64
"""Bytes accounted in the cache for a tile without coefficients."""
CACHED_FRAMES = 1024

Compact = NDArray[Any]
"""Integers in the smallest integer dtype that holds them."""


@dataclass(frozen=True)
class Coarse:
    """Coarse levels of a frame or component.

    Parameters
    ----------
    head
        Header of the stream.
    quantised
        Integers of the levels, coarse to fine.
    state
        Coder state at the end of the stream.
    """

    head: StreamHead
    quantised: list[Compact]
    state: CoderState


@dataclass(frozen=True)
class Primer:
    """Decoded primer of a level: the tile whose final coder state initialises all others.

    Parameters
    ----------
    where
        Tile index of the primer along z, y, x; None if the level has none.
    tiles
        Integers of the primer for each unit; None for zeros.
    states
        Final coder state for each unit, ready for other streams.
    """

    where: tuple[int, ...] | None
    tiles: tuple[Compact | None, ...]
    states: tuple[CoderState, ...]


@dataclass(frozen=True)
class ComponentFrame:
    """Components that make up a frame.

    Parameters
    ----------
    units
        Units decoded together: all of the group, or the frame alone.
    start
        First unit of the group.
    position
        Index of the frame in ``units``.
    parts
        Weight and index in ``units`` of each component with nonzero weight.
    """

    units: tuple[int, ...]
    start: int
    position: int
    parts: tuple[tuple[float, int], ...]


class Components:
    """Decoder of the integers of frames and components, with an LRU cache.

    Parameters
    ----------
    frames
        Lengths of the axes in front of z y x.
    group
        Maximum number of frames with a common temporal basis.
    timed
        Whether the first of those axes is time.
    shapes
        Shapes of all levels, down to one voxel.
    reader
        Reader of the sections.
    """

    def __init__(
        self,
        frames: Sequence[int],
        group: int,
        shapes: Sequence[tuple[int, int, int]],
        reader: SectionReader,
        *,
        timed: bool,
    ) -> None:
        self._frames, self._group, self._timed = tuple(frames), group, timed
        self._shapes, self._reader = shapes, reader
        self.first = coarse_levels(shapes)
        self._sides = [tile_side(shape) for shape in shapes[: self.first]]
        self._counted = [math.prod(self._counts(k)) for k in range(self.first - 1, -1, -1)]
        self.frame = once_cache(CACHED_FRAMES)(self._open_frame)
        self.coarse = once_cache(CACHED_BYTES // 4, _bytes_of_coarse)(self._decode_coarse)
        self._primed = once_cache(CACHED_BYTES // 4, _bytes_of_primed)(self._decode_primer)
        self._tiles = once_cache(CACHED_BYTES, _bytes_of_tiles)(self._decode_tiles)

    def available(self) -> tuple[int, ...]:
        """Return the levels whose sections are present.

        Raises
        ------
        FormatError
            A section has the wrong number of units.
        """
        levels: tuple[int, ...] = ()
        frames = math.prod(self._frames)
        for level in range(self.first, -1, -1):
            name = BASE if level == self.first else DETAILS
            if not self._reader.is_available(level, name):
                break
            tiles = 1 if level == self.first else math.prod(self._counts(level))
            if self._reader.units(level, name) != frames * tiles:
                raise FormatError(
                    f"Expected {frames * tiles} units in section {name!r}. "
                    f"Got {self._reader.units(level, name)} instead: the file is damaged."
                )
            levels = (level, *levels)
        return levels

    def background(self, value: float) -> Background:
        """Return the background of all frames, whose mask is in the first unit.

        Raises
        ------
        FormatError
            The mask is damaged.
        """
        (data,) = self._reader.read_units(self.first, BASE, [0])
        head = StreamHead.unpack(data, len(self._group_of(0)), self._counted)[0]
        return Background.unpack(value, head.background, self._shapes[0])

    def _counts(self, level: int) -> tuple[int, ...]:
        return tuple(-(-n // self._sides[level]) for n in self._shapes[level])

    def prepare(self, frames: Sequence[ComponentFrame], regions: Mapping[int, Region]) -> None:
        """Decode the tiles of a region of each finer level on the decode threads.

        No lock is held while waiting, and a tile only waits for coarser levels, so callers that
        wait for each other's tiles cannot deadlock.
        """
        groups = dict.fromkeys((frame.units, frame.start) for frame in frames)
        jobs: list[tuple[OnceCache[Any], Any]]
        jobs = [(self._primed, (*group, min(regions))) for group in groups]
        for level in sorted(regions, reverse=True):
            positions = list(product(*tiles_of(regions[level], (self._sides[level],) * 3)))
            jobs += [(self._tiles, (*g, level, where)) for g in groups for where in positions]
        others = []

        def job(one: tuple[OnceCache[Any], Any]) -> None:
            cache, key = one
            if cache.is_under_way(*key):  # another caller decodes it: do the free ones first
                others.append(one)
            else:
                cache(*key)

        run_all(job, jobs)
        for cache, key in others:
            cache(*key)

    def integers(
        self, frame: ComponentFrame, number: int, region: Region, level: int
    ) -> Integers | None:
        """Return the interleaved integers of a region of a finer level; None if all are zero."""
        out, side = None, self._sides[level]
        for where in product(*tiles_of(region, (side,) * 3)):
            values = self._tiles(frame.units, frame.start, level, where)[number]
            if values is None:
                continue
            if out is None:
                out = np.zeros(shape_of(region), np.int32)
            target, inside = meeting(region, [i * side for i in where], values.shape)
            out[target] = values[inside]
        return out

    def _decode_tiles(
        self, units: tuple[int, ...], start: int, level: int, where: tuple[int, ...]
    ) -> tuple[Compact | None, ...]:
        """Return one tile for each of the ``units``; None if all zero."""
        primed = self._primed(units, start, level)
        if where == primed.where:
            return primed.tiles
        return self._streams(units, start, level, where, primed.states)[0]

    def _decode_primer(self, units: tuple[int, ...], start: int, level: int) -> Primer:
        coarse = self.coarse(units, start)
        primers = coarse[0].head.primers
        if level == self.first or not primers:
            return Primer(None, (), tuple(one.state.for_next_stream() for one in coarse))
        position = primers[self.first - 1 - level]
        where = tuple(int(i) for i in np.unravel_index(position, self._counts(level)))
        before = self._primed(units, start, level + 1)
        tiles, states = self._streams(units, start, level, where, before.states)
        return Primer(where, tiles, tuple(state.for_next_stream() for state in states))

    def _streams(
        self,
        units: tuple[int, ...],
        start: int,
        level: int,
        where: tuple[int, ...],
        states: Sequence[CoderState],
    ) -> tuple[tuple[Compact | None, ...], tuple[CoderState, ...]]:
        """Decode one tile for each of the ``units``, starting from ``states``; return the tiles and
        the final coder states."""
        counts, side = self._counts(level), self._sides[level]
        position = int(np.ravel_multi_index(where, counts))
        data = self._reader.read_units(
            level, DETAILS, [unit * math.prod(counts) + position for unit in units]
        )
        tile = tuple(
            slice(i * side, min((i + 1) * side, n))
            for i, n in zip(where, self._shapes[level], strict=True)
        )
        nz, ny, nx = shape_of(tile)
        before = PreviousFrame([(nz, ny, nx)])
        found: list[Compact | None] = []
        ends = []
        for number, (stream, state) in enumerate(zip(data, states, strict=True)):
            values = None
            if stream:
                parent = self._parent(units, start, number, level, tile)
                context = before.context() if len(units) > 1 else NO_PREVIOUS
                state = state.copy()
                (values,) = decoded(stream, [(nz, ny, nx)], parent, state, context)
            if len(units) > 1:
                before.add(None if values is None else [values])
            found.append(None if values is None else compact(values))
            ends.append(state)
        return tuple(found), tuple(ends)

    def _parent(
        self, units: tuple[int, ...], start: int, number: int, level: int, tile: Region
    ) -> Integers:
        """Return the integers of the next coarser level over ``tile``."""
        if level + 1 == self.first:
            parent = self.coarse(units, start)[number].quantised[-1]
            return parent_of(parent.astype(np.int32, copy=False), tile)
        over = coarser(tile)
        q = self.integers(ComponentFrame(units, start, number, ()), number, over, level + 1)
        return np.zeros(shape_of(over), np.int32) if q is None else q

    def _group_of(self, unit: int) -> tuple[int, ...]:
        return group_of(unit, self._frames, self._group, timed=self._timed)

    def _open_frame(self, unit: int) -> ComponentFrame:
        group = self._group_of(unit)
        (data,) = self._reader.read_units(self.first, BASE, [group[0]])
        if StreamHead.unpack(data, len(group), self._counted)[0].weights is None:
            return ComponentFrame((unit,), group[0], 0, ((1.0, 0),))
        heads = [coarse.head for coarse in self.coarse(group, group[0])]
        at = group.index(unit)
        weights = [0.0 if h.weights is None else float(h.weights[at]) for h in heads]
        parts = tuple((weight, k) for k, weight in enumerate(weights) if weight)
        return ComponentFrame(group, group[0], at, parts)

    def _decode_coarse(self, units: tuple[int, ...], start: int) -> tuple[Coarse, ...]:
        shapes = self._shapes[self.first : -1][::-1]
        state, before = CoderState.initial(), PreviousFrame(shapes)
        if units[0] != start:
            state = self.coarse((start,), start)[0].state.for_next_stream()
        found, chained = [], len(units) > 1
        for number, data in enumerate(self._reader.read_units(self.first, BASE, units)):
            if number:
                state = state.for_next_stream()
            head, stream = StreamHead.unpack(data, len(self._group_of(start)), self._counted)
            if head.weights is not None and not chained:
                raise FormatError("Expected frames without a basis. The file is damaged.")
            context = before.context() if chained else NO_PREVIOUS
            levels = decoded(stream, shapes, NO_PARENT, state, context)
            if chained:
                before.add(levels)
            found.append(Coarse(head, [compact(level) for level in levels], state))
        return tuple(found)


def compact(values: Integers) -> Compact:
    """Return integers in the smallest integer dtype that holds them."""
    largest = int(np.abs(values).max(initial=0))
    return values.astype(np.int8 if largest < 128 else np.int16 if largest < 32768 else np.int32)


def _bytes_of_coarse(found: tuple[Coarse, ...]) -> int:
    return sum(sum(level.nbytes for level in one.quantised) + one.state.nbytes for one in found)


def _bytes_of_primed(found: Primer) -> int:
    return _bytes_of_tiles(found.tiles) + sum(state.nbytes for state in found.states)


def _bytes_of_tiles(found: tuple[Compact | None, ...]) -> int:
    return sum(EMPTY_TILE_BYTES if tile is None else tile.nbytes for tile in found)

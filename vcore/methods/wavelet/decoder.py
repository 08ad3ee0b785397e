"""Decoding: the tiles that a region's synthesis needs, joined level by level."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.executor import run_all
from vcore.grid import Grid
from vcore.methods.base import Decoder
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    NO_PARENT,
    NOTHING_BEFORE,
    TILE,
    Before,
    Head,
    Integers,
    Learned,
    coarse_levels,
    decoded,
    group_of,
    parent_of,
)
from vcore.methods.wavelet.transform import (
    box_centres,
    gain,
    join,
    needed,
    pyramid_shapes,
    reconstruction,
    sampled,
)
from vcore.once import once_cache
from vcore.pyramid import chunk_shape, level_grids
from vcore.regions import Region, shape_of, shifted, tiles_of

CACHED_BYTES = 1 << 28
"""Of decoded tiles that a decoder keeps; a quarter of it of coarse levels."""
BYTES_OF_NOTHING = 64
"""What a tile without coefficients takes there."""
CACHED_FRAMES = 1024
TAPS = 2
"""Samples to either side that interpolation needs."""


Compact = NDArray[Any]
"""Integers in the smallest type that holds them."""


@dataclass(frozen=True)
class Coarse:
    """The coarse levels of a frame or component.

    Parameters
    ----------
    head
        What stands in front of the stream.
    quantised
        Integers of the levels, coarse to fine.
    state
        What its stream taught the coder.
    """

    head: Head
    quantised: list[Compact]
    state: Learned


@dataclass(frozen=True)
class Frame:
    """What a frame is made of.

    Parameters
    ----------
    units
        The components that are decoded together: all of its group, or the frame alone.
    start
        The first unit of the group.
    place
        The frame's own number among ``units``.
    parts
        Weight and number among ``units`` of each component that counts.
    """

    units: tuple[int, ...]
    start: int
    place: int
    parts: tuple[tuple[float, int], ...]


class WaveletDecoder(Decoder):
    """Decodes regions of every level.

    Parameters
    ----------
    axes, frames
        Names and lengths of the axes in front of z y x.
    group
        Frames along ``t`` that may have a basis in common.
    limits
        Data range.
    grid
        Of level 0.
    step
        Quantiser step, as a share of the data range.
    points
        For the coarse levels and then each finer one, what ``reconstruction`` takes.
    reader
        Of the sections.
    fast
        Whether few contexts were mixed.

    Raises
    ------
    FormatError
        Sections or settings do not fit the variable.
    """

    exact = True

    def __init__(
        self,
        axes: Sequence[str],
        frames: Sequence[int],
        group: int,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        points: Sequence[Sequence[int]],
        reader: SectionReader,
        *,
        fast: bool = False,
    ) -> None:
        self._frames, self._reader, self._step = tuple(frames), reader, step
        self._fast = fast
        self._group, self._timed = group, "t" in axes
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self.grids = level_grids(grid)
        self._shapes = pyramid_shapes(grid.shape)
        self._first = coarse_levels(self._shapes)
        self._rows = reconstruction(points)
        self.chunks = tuple(chunk_shape(g, k, k) for k, g in enumerate(self.grids))
        self.levels: tuple[int, ...] = self._available()
        self._frame = once_cache(CACHED_FRAMES)(self._open_frame)
        self._coarse = once_cache(CACHED_BYTES // 4, _bytes_of_coarse)(self._decode_coarse)
        self._low_of = once_cache(CACHED_BYTES // 4, _bytes_of_low)(self._join_coarse)
        self._tiles = once_cache(CACHED_BYTES, _bytes_of_tiles)(self._decode_tiles)

    def _available(self) -> tuple[int, ...]:
        levels: tuple[int, ...] = ()
        frames = math.prod(self._frames)
        for level in range(self._first, -1, -1):
            name = BASE if level == self._first else DETAILS
            if not self._reader.is_available(level, name):
                break
            tiles = 1 if level == self._first else math.prod(self._counts(level))
            if self._reader.units(level, name) != frames * tiles:
                raise FormatError(
                    f"Expected {frames * tiles} units in section {name!r}. "
                    f"Got {self._reader.units(level, name)} instead: the file is damaged."
                )
            levels = (level, *levels)
        return levels

    def _counts(self, level: int) -> tuple[int, ...]:
        return tuple(-(-n // TILE) for n in self._shapes[level])

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return the values of ``region`` of ``level`` in data units, float64."""
        out = np.empty(shape_of(region), np.float64)
        lead, space = region[:-3], region[-3:]
        if 0 in out.shape:
            return out
        for index in product(*(range(s.start, s.stop) for s in lead)):
            unit = int(np.ravel_multi_index(index, self._frames)) if index else 0
            place = tuple(i - s.start for i, s in zip(index, lead, strict=True))
            out[place] = self._of_frame(self._frame(unit), space, level)
        return out

    def _of_frame(self, frame: Frame, region: Region, level: int) -> NDArray[np.float64]:
        centres = [
            box_centres(n, 1 << level, s.start, s.stop)
            for n, s in zip(self._shapes[0], region, strict=True)
        ]
        if level == 0:
            values = self._values(frame, region, 0)
        else:
            values = self._means(frame, region, level, centres)
        slopes = self._coarse(frame.units, frame.start)[frame.place].head.slopes
        if slopes.any():
            z, y, x = (slope * c for slope, c in zip(slopes, centres, strict=True))
            values = values + ((z[:, None, None] + y[:, None]) + x)
        return values * self._span + self._low

    def _means(
        self, frame: Frame, region: Region, level: int, centres: list[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Return the low band where the boxes of a level have their centres."""
        shape = self._shapes[level]
        wider = tuple(
            slice(max(s.start - TAPS, 0), min(s.stop + TAPS, n))
            for s, n in zip(region, shape, strict=True)
        )
        values = self._values(frame, wider, level) / gain(self._shapes, level)
        for axis, (places, n) in enumerate(zip(centres, shape, strict=True)):
            if n > 1:  # one sample has no place: it stands for all
                origin = wider[axis].start
                values = sampled(values, axis, places / (1 << level), origin, n)
        return values

    def _values(self, frame: Frame, region: Region, level: int) -> NDArray[np.float64]:
        """Return the low band of ``level``, in the scale of the pyramid."""
        if level == self._first:
            return self._low_of(frame)[region]
        spans = [
            needed(s.start, s.stop, n) for s, n in zip(region, self._shapes[level], strict=True)
        ]
        below = tuple(slice(a // 2, (b + 1) // 2) for a, b in spans)
        low = self._values(frame, below, level + 1)
        wider = tuple(slice(a, b) for a, b in spans)
        sums = []
        for weight, number in frame.parts:
            # nothing is held here that the pool's threads could wait for
            q = self._integers(frame, number, wider, level, run_all)
            if q is not None:
                sums.append((weight, q))
        joined = join(sums, low, shape_of(wider), self._step, self._rows[self._first - level])
        return joined[shifted(region, [s.start for s in wider])]

    def _integers(
        self,
        frame: Frame,
        number: int,
        region: Region,
        level: int,
        run: Callable[..., Iterable[Any]] = map,
    ) -> Integers | None:
        """Return the interleaved integers of a region of a finer level; None for zeros."""

        def tile(where: tuple[int, ...]) -> Compact | None:
            return self._tiles(frame.units, frame.start, level, where)[number]

        out = None
        places = list(product(*tiles_of(region, (TILE,) * 3)))
        for where, values in zip(places, run(tile, places), strict=True):
            if values is None:
                continue
            if out is None:
                out = np.zeros(shape_of(region), np.int32)
            lo = [i * TILE for i in where]
            here = tuple(
                slice(max(s.start, o), min(s.stop, o + n))
                for s, o, n in zip(region, lo, values.shape, strict=True)
            )
            out[shifted(here, [s.start for s in region])] = values[shifted(here, lo)]
        return out

    def _decode_tiles(
        self, units: tuple[int, ...], start: int, level: int, where: tuple[int, ...]
    ) -> tuple[Compact | None, ...]:
        """Return a tile of each of the ``units``; None for zeros."""
        counts = self._counts(level)
        place = int(np.ravel_multi_index(where, counts))
        data = self._reader.read_units(
            level, DETAILS, [unit * math.prod(counts) + place for unit in units]
        )
        tile = tuple(
            slice(i * TILE, min((i + 1) * TILE, n))
            for i, n in zip(where, self._shapes[level], strict=True)
        )
        nz, ny, nx = shape_of(tile)
        coarse = self._coarse(units, start)
        before = Before([(nz, ny, nx)])
        found: list[Compact | None] = []
        for number, stream in enumerate(data):
            values = None
            if stream:
                parent = self._parent(units, start, number, level, tile)
                context = before.context() if len(units) > 1 else NOTHING_BEFORE
                state = coarse[number].state.again()
                (values,) = decoded(stream, [(nz, ny, nx)], parent, state, context)
            if len(units) > 1:
                before.add(None if values is None else [values])
            found.append(None if values is None else compact(values))
        return tuple(found)

    def _parent(
        self, units: tuple[int, ...], start: int, number: int, level: int, tile: Region
    ) -> Integers:
        """Return the integers of the coarser level that lie over ``tile``."""
        if level + 1 == self._first:
            parent = self._coarse(units, start)[number].quantised[-1]
            return parent_of(parent.astype(np.int32, copy=False), tile)
        above = tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in tile)
        frame = Frame(units, start, number, ())
        q = self._integers(frame, number, above, level + 1)
        return np.zeros(shape_of(above), np.int32) if q is None else q

    def _group_of(self, unit: int) -> tuple[int, ...]:
        return group_of(unit, self._frames, self._group, timed=self._timed)

    def _open_frame(self, unit: int) -> Frame:
        group = self._group_of(unit)
        (data,) = self._reader.read_units(self._first, BASE, [group[0]])
        if Head.unpack(data, len(group))[0].weights is None:
            return Frame((unit,), group[0], 0, ((1.0, 0),))
        heads = [coarse.head for coarse in self._coarse(group, group[0])]
        at = group.index(unit)
        weights = [0.0 if h.weights is None else float(h.weights[at]) for h in heads]
        parts = tuple((weight, k) for k, weight in enumerate(weights) if weight)
        return Frame(group, group[0], at, parts)

    def _decode_coarse(self, units: tuple[int, ...], start: int) -> tuple[Coarse, ...]:
        shapes = self._shapes[self._first : -1][::-1]
        state, before = Learned.nothing(fast=self._fast), Before(shapes)
        if units[0] != start:
            state = self._coarse((start,), start)[0].state.again()
        found, chained = [], len(units) > 1
        for number, data in enumerate(self._reader.read_units(self._first, BASE, units)):
            if number:
                state = state.again()
            head, stream = Head.unpack(data, len(self._group_of(start)))
            if head.weights is not None and not chained:
                raise FormatError("Expected frames without a basis. The file is damaged.")
            context = before.context() if chained else NOTHING_BEFORE
            levels = decoded(stream, shapes, NO_PARENT, state, context)
            if chained:
                before.add(levels)
            found.append(Coarse(head, [compact(level) for level in levels], state))
        return tuple(found)

    def _join_coarse(self, frame: Frame) -> NDArray[np.float64]:
        """Return a frame's low band at the coarsest grid's level."""
        coarse = self._coarse(frame.units, frame.start)
        low = np.full((1, 1, 1), coarse[frame.place].head.low)
        for number, shape in enumerate(self._shapes[self._first : -1][::-1]):
            sums = [(w, coarse[k].quantised[number].astype(np.int32)) for w, k in frame.parts]
            low = join(sums, low, shape, self._step, self._rows[0])
        return low


def compact(values: Integers) -> Compact:
    """Return integers in the smallest type that holds them."""
    largest = int(np.abs(values).max(initial=0))
    return values.astype(np.int8 if largest < 128 else np.int16 if largest < 32768 else np.int32)


def _bytes_of_coarse(found: tuple[Coarse, ...]) -> int:
    return sum(
        sum(level.nbytes for level in one.quantised) + one.state.counters.nbytes for one in found
    )


def _bytes_of_tiles(found: tuple[Compact | None, ...]) -> int:
    return sum(BYTES_OF_NOTHING if tile is None else tile.nbytes for tile in found)


def _bytes_of_low(low: NDArray[np.float64]) -> int:
    return low.nbytes

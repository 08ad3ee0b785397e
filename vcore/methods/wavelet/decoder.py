"""Decoding: the tiles that a region's synthesis needs, joined level by level."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.grid import Grid
from vcore.methods.base import Decoder
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    HEAD,
    NO_PARENT,
    TILE,
    Integers,
    Learned,
    coarse_levels,
    decoded,
    parent_of,
)
from vcore.methods.wavelet.transform import (
    box_centres,
    gain,
    join,
    needed,
    pyramid_shapes,
    sampled,
)
from vcore.once import once_cache
from vcore.pyramid import chunk_shape, level_grids
from vcore.regions import Region, shape_of, tiles_of

CACHED_TILES = 128
CACHED_FRAMES = 16
TAPS = 2
"""Samples to either side that interpolation needs."""
CENTROIDS = 64
"""Reconstruction points are shifted towards 0 by so many parts of a step."""


@dataclass(frozen=True)
class Coarse:
    """The coarse levels of a frame.

    Parameters
    ----------
    trend
        Value at index 0 and slope along z, y, x, in shares of the data range.
    quantised
        Integers of the coarsest grid's level.
    low
        Values of that level, in the scale of the pyramid.
    state
        What its stream taught the coder.
    """

    trend: NDArray[np.float64]
    quantised: Integers
    low: NDArray[np.float64]
    state: Learned


class WaveletDecoder(Decoder):
    """Decodes regions of every level.

    Parameters
    ----------
    frames
        Lengths of the axes in front of z y x.
    limits
        Data range.
    grid
        Of level 0.
    step
        Quantiser step, as a share of the data range.
    centroids
        For the coarse levels and then each finer one: how far the reconstruction points of
        magnitudes 1, 2 and above are shifted towards 0, in parts of CENTROIDS.
    reader
        Of the sections.

    Raises
    ------
    FormatError
        Sections or settings do not fit the variable.
    """

    exact = True

    def __init__(
        self,
        frames: Sequence[int],
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        centroids: Sequence[Sequence[int]],
        reader: SectionReader,
    ) -> None:
        self._frames, self._reader, self._step = tuple(frames), reader, step
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self.grids = level_grids(grid)
        self._shapes = pyramid_shapes(grid.shape)
        self._first = coarse_levels(self._shapes)
        self._centroids = np.array(centroids, np.float64) / CENTROIDS
        self.chunks = tuple(chunk_shape(g, k, k) for k, g in enumerate(self.grids))
        self.levels: tuple[int, ...] = self._available()
        self._coarse = once_cache(CACHED_FRAMES)(self._decode_coarse)
        self._tile = once_cache(CACHED_TILES)(self._decode_tile)

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
            frame = int(np.ravel_multi_index(index, self._frames)) if index else 0
            place = tuple(i - s.start for i, s in zip(index, lead, strict=True))
            out[place] = self._frame(frame, space, level)
        return out

    def _frame(self, frame: int, region: Region, level: int) -> NDArray[np.float64]:
        centres = [
            box_centres(n, 1 << level, s.start, s.stop)
            for n, s in zip(self._shapes[0], region, strict=True)
        ]
        if level == 0:
            values = self._values(frame, region, 0)
        else:
            values = self._means(frame, region, level, centres)
        trend = self._coarse(frame).trend
        if trend.any():
            z, y, x = (slope * c for slope, c in zip(trend[1:], centres, strict=True))
            values = values + ((z[:, None, None] + y[:, None]) + (x + trend[0]))
        return values * self._span + self._low

    def _means(
        self, frame: int, region: Region, level: int, centres: list[NDArray[np.float64]]
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

    def _values(self, frame: int, region: Region, level: int) -> NDArray[np.float64]:
        """Return the low band of ``level``, in the scale of the pyramid."""
        if level == self._first:
            return self._coarse(frame).low[region]
        spans = [
            needed(s.start, s.stop, n) for s, n in zip(region, self._shapes[level], strict=True)
        ]
        below = tuple(slice(a // 2, (b + 1) // 2) for a, b in spans)
        low = self._values(frame, below, level + 1)
        q = self._integers(frame, tuple(slice(a, b) for a, b in spans), level)
        joined = join(q, low, self._step, self._centroids[self._first - level])
        return joined[
            tuple(slice(s.start - a, s.stop - a) for s, (a, _) in zip(region, spans, strict=True))
        ]

    def _integers(self, frame: int, region: Region, level: int) -> Integers:
        """Return the interleaved integers of a region of a finer level."""
        out = np.zeros(shape_of(region), np.int32)
        for where in product(*tiles_of(region, (TILE,) * 3)):
            values = self._tile(frame, level, where)
            if values is None:
                continue
            lo = [i * TILE for i in where]
            here = [
                slice(max(s.start, o), min(s.stop, o + n))
                for s, o, n in zip(region, lo, values.shape, strict=True)
            ]
            out[
                tuple(
                    slice(h.start - s.start, h.stop - s.start)
                    for h, s in zip(here, region, strict=True)
                )
            ] = values[tuple(slice(h.start - o, h.stop - o) for h, o in zip(here, lo, strict=True))]
        return out

    def _decode_tile(self, frame: int, level: int, where: tuple[int, ...]) -> Integers | None:
        counts = self._counts(level)
        unit = frame * math.prod(counts) + int(np.ravel_multi_index(where, counts))
        (data,) = self._reader.read_units(level, DETAILS, [unit])
        if not data:
            return None
        tile = tuple(
            slice(i * TILE, min((i + 1) * TILE, n))
            for i, n in zip(where, self._shapes[level], strict=True)
        )
        coarse = self._coarse(frame)
        if level + 1 == self._first:
            parent = parent_of(coarse.quantised, tile)
        else:
            above = tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in tile)
            parent = self._integers(frame, above, level + 1)
        nz, ny, nx = shape_of(tile)
        (values,) = decoded(data, [(nz, ny, nx)], parent, coarse.state.again())
        return values

    def _decode_coarse(self, frame: int) -> Coarse:
        (data,) = self._reader.read_units(self._first, BASE, [frame])
        if len(data) < HEAD.itemsize:
            raise FormatError("Expected the head of the coarse levels. The file is damaged.")
        head = np.frombuffer(data, HEAD, 1)[0]
        state = Learned.nothing()
        shapes = self._shapes[self._first : -1][::-1]
        levels = decoded(data[HEAD.itemsize :], shapes, NO_PARENT, state)
        low = np.full((1, 1, 1), float(head["low"]))
        for level in levels:
            low = join(level, low, self._step, self._centroids[0])
        last = levels[-1] if levels else NO_PARENT
        return Coarse(head["trend"].astype(np.float64), last, low, state)

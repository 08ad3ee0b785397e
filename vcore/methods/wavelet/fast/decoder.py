"""Decoder of effort ``fast``: the tiles that a region needs, then its values in one go."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.methods.wavelet.beside import compiled_beside
from vcore.methods.wavelet.fast.streams import (
    HEAD,
    TILE,
    Integers,
    compact,
    decoded,
    magnitudes,
    parent_tile,
)
from vcore.methods.wavelet.fast.synthesis import Synthesis, lower
from vcore.methods.wavelet.fast.tables import points_of
from vcore.methods.wavelet.stream import BASE, DETAILS, coarse_levels
from vcore.methods.wavelet.tables import REACH, Tables
from vcore.methods.wavelet.transform import Shape, at_centres, gain, pyramid_shapes, widened
from vcore.model.grid import Grid
from vcore.model.pyramid import box_centres, chunk_shape, level_grids
from vcore.model.regions import Region, shape_of, tiles_of
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

CACHED_BYTES = 1 << 28
"""Maximum bytes of decoded tiles cached by a decoder, 256 MiB; coarse levels may take a quarter of
it on top."""
EMPTY_TILE_BYTES = 64
"""Bytes accounted in the cache for a tile without coefficients."""
PREPARED_VOXELS = 1 << 26
"""Maximum number of voxels whose tiles are decoded ahead; they must fit the cache."""
MAX_LOW = 2.0**60
"""Limit of a frame's last low value: of a share of the data range times the pyramid's gain."""
MIDDLE = 0.5
"""Value of the data range that the pyramid's 0 stands for; float32 is finer around 0."""


class FastDecoder(Decoder):
    """Decoder for regions of every level.

    Parameters
    ----------
    frames
        Lengths of the axes in front of z y x.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    step
        Quantiser step, as a share of the data range.
    tables
        Reconstruction points.
    reader
        Reader of the sections.

    Raises
    ------
    FormatError
        The sections do not match the variable.
    """

    exact = True

    def __init__(
        self,
        frames: Sequence[int],
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        tables: Tables,
        reader: SectionReader,
    ) -> None:
        self._frames, self._reader = tuple(frames), reader
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self._shapes = pyramid_shapes(grid.shape)
        self._first = coarse_levels(self._shapes)
        self._counts = [tuple(-(-n // TILE) for n in shape) for shape in self._shapes]
        self.grids = level_grids(grid, self._first + 1)
        self.chunks = tuple(chunk_shape(g, k, k) for k, g in enumerate(self.grids))
        self._coarse = once_cache(CACHED_BYTES // 4, _bytes_of_coarse)(self._decode_coarse)
        self._tile = once_cache(CACHED_BYTES, _bytes_of)(self._decode_tile)
        self._coarsest = once_cache(CACHED_BYTES // 4, _bytes_of)(self._join_coarse)
        self._synthesis = Synthesis(
            self._shapes, self._first, step, points_of(tables, self._shapes), self._integers
        )
        self.levels: tuple[int, ...] = self._available()

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return ``region`` of ``level`` in data units, float64."""
        out = np.empty(shape_of(region), np.float64)
        if 0 in out.shape:
            return out
        with compiled_beside("synthesise_fast"):
            return self._decoded(region, level, out)

    def _decoded(self, region: Region, level: int, out: NDArray[np.float64]) -> NDArray[np.float64]:
        lead, space = region[:-3], region[-3:]
        for index in product(*(range(s.start, s.stop) for s in lead)):
            position = tuple(i - s.start for i, s in zip(index, lead, strict=True))
            found = self._of_frame(self._unit(index), space, level)
            place = out[position]
            place[...] = found
            place += MIDDLE  # in double precision
            place *= self._span
            place += self._low
        return out

    def prepare(self, region: Region, level: int = 0) -> None:
        """Decode the tiles of ``region`` on the decode threads, unless they would overflow the
        cache."""
        with compiled_beside("synthesise_fast"):
            self._prepare(region, level)

    def _prepare(self, region: Region, level: int) -> None:
        lead, space = region[:-3], region[-3:]
        if level:
            space = widened(space, REACH, self._shapes[level])
        spans = {}
        for k in range(level, self._first):
            spans[k] = self._synthesis.needed(space, k)
            space = lower(spans[k])
        voxels = math.prod(shape_of(lead)) * sum(math.prod(shape_of(s)) for s in spans.values())
        if voxels > PREPARED_VOXELS:
            return
        units = [self._unit(index) for index in product(*(range(s.start, s.stop) for s in lead))]
        jobs = [
            (unit, k, where)
            for k in sorted(spans, reverse=True)  # a tile waits for those over it only
            for unit in units
            for where in product(*tiles_of(spans[k], (TILE,) * 3))
        ]
        run_all(lambda job: self._tile(*job), jobs)

    def _unit(self, index: tuple[int, ...]) -> int:
        return int(np.ravel_multi_index(index, self._frames)) if index else 0

    def _available(self) -> tuple[int, ...]:
        """Return the levels whose sections are present."""
        levels: tuple[int, ...] = ()
        for level in range(self._first, -1, -1):
            name = BASE if level == self._first else DETAILS
            if not self._reader.is_available(level, name):
                break
            units = math.prod(self._frames)
            if level < self._first:
                units *= math.prod(self._counts[level])
            if self._reader.units(level, name) != units:
                raise FormatError(
                    f"Expected {units} units in section {name!r}. "
                    f"Got {self._reader.units(level, name)} instead: the file is damaged."
                )
            levels = (level, *levels)
        return levels

    def _of_frame(self, unit: int, region: Region, level: int) -> NDArray[Any]:
        """Return a region of a frame in shares of the data range, around MIDDLE."""
        values = partial(self._synthesis.values, unit, coarsest=self._coarsest(unit))
        if level == 0:
            return values(region, level)
        wider = widened(region, REACH, self._shapes[level])
        low = values(wider, level).astype(np.float64) / gain(self._shapes, level)
        centres = [
            box_centres(n, 1 << level, s.start, s.stop)
            for n, s in zip(self._shapes[0], region, strict=True)
        ]
        origin = [s.start for s in wider]
        return at_centres(low, origin, self._shapes[level], centres, level)

    def _integers(self, unit: int, level: int, where: Shape) -> Integers | None:
        if level < self._first:
            return self._tile(unit, level, where)
        return self._coarse(unit)[1][level - self._first]

    def _decode_tile(self, unit: int, level: int, where: Shape) -> Integers | None:
        counts = self._counts[level]
        position = unit * math.prod(counts) + int(np.ravel_multi_index(where, counts))
        (data,) = self._reader.read_units(level, DETAILS, [position])
        if not data:
            return None
        tile = tuple(
            slice(i * TILE, min((i + 1) * TILE, n))
            for i, n in zip(where, self._shapes[level], strict=True)
        )
        side = TILE if level + 1 < self._first else max(self._shapes[level + 1])
        over, part = parent_tile(where, tile, side)
        parent = magnitudes(self._integers(unit, level + 1, over), part)
        nz, ny, nx = shape_of(tile)
        return compact(decoded(data, [(nz, ny, nx)], parent)[0])

    def _decode_coarse(self, unit: int) -> tuple[float, list[Integers | None]]:
        """Return the last low value of a frame, and the integers of its coarse levels, finest
        first."""
        (data,) = self._reader.read_units(self._first, BASE, [unit])
        if len(data) < HEAD.size:
            raise FormatError("Expected the head of the coarse levels. The file is damaged.")
        (low,) = HEAD.unpack_from(data)
        if not abs(low) < MAX_LOW:
            raise FormatError("Expected a mean near the data. The file is damaged.")
        shapes = self._shapes[self._first : -1][::-1]
        return low, [compact(level) for level in decoded(data[HEAD.size :], shapes)[::-1]]

    def _join_coarse(self, unit: int) -> NDArray[Any]:
        return self._synthesis.coarsest(unit, self._coarse(unit)[0])


def _bytes_of(found: NDArray[Any] | None) -> int:
    return EMPTY_TILE_BYTES if found is None else found.nbytes


def _bytes_of_coarse(found: tuple[float, list[Integers | None]]) -> int:
    return sum(map(_bytes_of, found[1])) + EMPTY_TILE_BYTES

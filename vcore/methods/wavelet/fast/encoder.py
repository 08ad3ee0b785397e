"""Encoder of effort ``fast``: one transform, then quantisation and coding repeated until the budget
is met."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import Cancelled
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.encoder import work_bytes
from vcore.methods.wavelet.fast.decoder import MIDDLE
from vcore.methods.wavelet.fast.streams import (
    HEAD,
    TILE,
    Integers,
    encoded,
    halved,
    magnitudes,
    parent_tile,
)
from vcore.methods.wavelet.fast.synthesis import MARGIN, Synthesis, lower, scales
from vcore.methods.wavelet.fast.tables import FastTables, points_of
from vcore.methods.wavelet.rdo import DEFAULT_PRESET
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.stream import BASE, DETAILS, coarse_levels, small_level
from vcore.methods.wavelet.tables import CENTROIDS, LIFT, Tables
from vcore.methods.wavelet.transform import Shape, pyramid_shapes, widened
from vcore.model.context import Context
from vcore.model.regions import Region, blocks, shape_of, shifted, tiles_of
from vcore.runtime.executor import run_all

Floats = NDArray[Any]
Read = Callable[[Region], Floats]
"""Values of a region of a level."""
READ_VOXELS = 1 << 24
"""Values read at a time; at least a row of tiles."""


class Tiles:
    """Arrays of the tiles of all levels, finest first, views of one flat array a level.

    Parameters
    ----------
    shapes
        Shapes of all levels, down to one voxel.
    """

    def __init__(self, shapes: Sequence[Shape], first: int, scratch: Scratch, dtype: Any) -> None:
        self.levels: list[Floats] = []
        self._parts: list[list[Floats]] = []
        for level, shape in enumerate(shapes[:-1]):
            side = TILE if level < first else max(shape)
            sizes = [(7, *halved(shape_of(tile))) for tile in blocks(shape, (side,) * 3)]
            flat = scratch.array((sum(map(math.prod, sizes)),), dtype)
            ends = np.cumsum([math.prod(size) for size in sizes])[:-1]
            found = zip(np.split(flat, ends), sizes, strict=True)
            self._parts.append([part.reshape(size) for part, size in found])
            self.levels.append(flat)

    def __call__(self, level: int) -> list[Floats]:
        """Return the tiles of a level, in C order, each (7, z, y, x)."""
        return self._parts[level]


@dataclass
class Frame:
    """Coefficients of a frame, by tile, and its last low value."""

    tiles: Tiles
    low: float

    @property
    def levels(self) -> list[Floats]:
        """All coefficients of each level, finest first."""
        return self.tiles.levels


class FastEncoder:
    """Wavelet pyramids of one variable, codable at any quantiser step."""

    def __init__(self, source: VariableSource, context: Context) -> None:
        self.source, self.context, self.preset = source, context, DEFAULT_PRESET
        self.shapes = pyramid_shapes(source.shape[-3:])
        self.first, self.small = coarse_levels(self.shapes), small_level(self.shapes)
        self._scratch = Scratch(work_bytes(source))
        self._inverse = [
            np.array([1 / s for s in scales(shape)]).astype(np.float32) for shape in self.shapes
        ]
        self._tiles: list[list[tuple[Any, Region]]] = []
        self._counts = []
        for level, shape in enumerate(self.shapes):
            side = self._side(level)
            self._counts.append(tuple(-(-n // side) for n in shape))
            places = product(*map(range, self._counts[level]))
            self._tiles.append(list(zip(places, blocks(shape, (side,) * 3), strict=True)))
        self.indices = list(np.ndindex(*source.frames))
        self.frames = []
        for unit in range(len(self.indices)):
            context.report("transforming", unit / len(self.indices))
            self.frames.append(self._transformed(unit))
        self._integers = [self._new_tiles(np.int32) for _ in self.frames]
        context.report("transforming", 1.0)

    def _new_tiles(self, dtype: Any) -> Tiles:
        return Tiles(self.shapes, self.first, self._scratch, dtype)

    def _number(self, level: int, where: Shape) -> int:
        """Return the number of a tile of a level, in C order."""
        return int(np.ravel_multi_index(where, self._counts[level]))

    def _side(self, level: int) -> int:
        """Return the side of the tiles of a level; coarse ones are one tile."""
        return TILE if level < self.first else max(self.shapes[level])

    def _transformed(self, unit: int) -> Frame:
        tiles, read = self._new_tiles(np.float32), self._reader_of(unit)
        change: Callable[[Floats], Floats] = self._normalised
        for level, shape in enumerate(self.shapes[:-1]):
            low = self._scratch.array(halved(shape), np.float32)
            self._analyse(read, change, level, tiles(level), low)
            read, change = low.__getitem__, np.copy  # analysed in place
        last = change(read((slice(0, 1),) * 3))
        return Frame(tiles, float(last[0, 0, 0]))

    def _reader_of(self, unit: int) -> Read:
        """Return a reader of the values of a frame; missing ones are filled in from all of it."""
        source, lead = self.source, tuple(slice(i, i + 1) for i in self.indices[unit])
        shape = source.shape[-3:]
        if source.has_missing:
            whole = tuple(slice(0, n) for n in shape)
            filled: Floats = source.read((*lead, *whole)).reshape(shape)
            return filled.__getitem__
        return lambda region: source.variable.read((*lead, *region)).reshape(shape_of(region))

    def _normalised(self, values: Floats) -> NDArray[np.float32]:
        """Return values in shares of the data range, around MIDDLE."""
        real: Any = np.float32 if values.dtype.itemsize <= 2 else np.float64
        found: NDArray[np.floating[Any]] = values.astype(real)
        found -= real(self.source.range[0])
        found *= real(1 / self.source.span)
        found -= real(MIDDLE)
        return np.ascontiguousarray(found, np.float32)

    def _analyse(
        self,
        read: Read,
        change: Callable[[Floats], Floats],
        level: int,
        tiles: Sequence[Floats],
        low: NDArray[np.float32],
    ) -> None:
        """Fill the tiles of a level, and the low band beneath it."""
        from vcore.methods.wavelet.fast import lifting

        shape, side = self.shapes[level], self._side(level)
        factors, inverse = np.array(LIFT).astype(np.float32), self._inverse[level]
        for strip in self._strips(level):
            self._stop_if_cancelled()
            around = widened(strip, MARGIN, shape)
            values = read(around)

            def tile(where: Any, values: Floats = values, around: Region = around) -> None:
                region = tuple(
                    slice(i * side, min((i + 1) * side, n))
                    for i, n in zip(where, shape, strict=True)
                )
                wider = widened(region, MARGIN, shape)
                some = change(values[shifted(wider, [s.start for s in around])])
                bands = tiles[self._number(level, where)]
                part = np.empty(halved(shape_of(region)), np.float32)
                offset = (r.start - w.start for r, w in zip(region, wider, strict=True))
                lifting.analyse(some, factors, part, bands, (*offset, *shape_of(region)))
                bands *= inverse[1:, None, None, None]
                np.multiply(part, inverse[0], out=low[lower(region)])

            run_all(tile, product(*tiles_of(strip, (side,) * 3)))

    def _strips(self, level: int) -> Iterator[Region]:
        """Yield regions of whole tiles of at most READ_VOXELS, or one row of tiles."""
        nz, ny, nx = self.shapes[level]
        side = self._side(level)
        rows = max(READ_VOXELS // (side * side * nx), 1) * side
        return blocks((nz, ny, nx), (side, min(rows, ny), nx))

    def model(self) -> None:
        """Return no model of bytes and error; the search for a PSNR has its own."""

    def filtered(self, tables: Tables, step: float) -> Tables:
        """Return the tables, as this effort has no filter."""
        return tables

    def quantise(self, step: float, *, draft: bool = False) -> tuple[list[Tiles], Tables]:
        """Return the integers of all frames, valid until the next call, and the tables."""
        from vcore.methods.wavelet.fast import quantiser

        scale = np.float32(1 / step)

        def tile(job: tuple[int, Floats, Integers]) -> Any:
            _, values, out = job
            return quantiser.quantise(values, scale, out)

        jobs = [
            (level, values, out)
            for frame, found in zip(self.frames, self._integers, strict=True)
            for level in range(len(self.shapes) - 1)
            for values, out in zip(frame.tiles(level), found(level), strict=True)
        ]
        sums = np.zeros((self.small + 1, 3, 2))
        for (level, *_), part in zip(jobs, run_all(tile, jobs), strict=True):
            sums[max(self.small - level, 0)] += part
        mean = sums[..., 0] / np.maximum(sums[..., 1], 1)
        shifts = np.clip(np.rint(mean * CENTROIDS), -CENTROIDS // 2, CENTROIDS // 2)
        return self._integers, FastTables([[int(v) for v in row] for row in shifts])

    def code(self, quantised: list[Tiles], sink: Sink) -> int:
        """Write the sections to ``sink``, coarse to fine; return their total bytes."""
        coarse = [b""] * len(quantised)
        details = [[b""] * (len(quantised) * len(self._tiles[k])) for k in range(self.first)]

        def job(one: tuple[int, int, int]) -> None:
            self._stop_if_cancelled()
            unit, level, number = one
            found = quantised[unit]
            if level == self.first:
                shapes = self.shapes[self.first : -1][::-1]
                levels = [found(k)[0] for k in range(self.first, len(self.shapes) - 1)][::-1]
                coarse[unit] = HEAD.pack(self.frames[unit].low) + encoded(levels, shapes)
                return
            values = found(level)[number]
            if not values.any():
                return
            where, tile = self._tiles[level][number]
            over, part = parent_tile(where, tile, self._side(level + 1))
            above = found(level + 1)[self._number(level + 1, over)]
            nz, ny, nx = shape_of(tile)
            data = encoded([values], [(nz, ny, nx)], magnitudes(above, part))
            details[level][unit * len(self._tiles[level]) + number] = data

        run_all(job, [
            (unit, level, number)
            for unit in range(len(quantised))
            for level in range(self.first, -1, -1)
            for number in range(1 if level == self.first else len(self._tiles[level]))
        ])  # fmt: skip
        sink.add(self.first, BASE, coarse)
        for level in range(self.first - 1, -1, -1):
            sink.add(level, DETAILS, details[level])
        return sink.bytes

    def with_share(self, tables: Tables) -> Tables:
        """Return ``tables``: nothing is predicted."""
        return tables

    def measured(self, quantised: list[Tiles], tables: Tables, step: float) -> tuple[float, Tables]:
        """Return the PSNR in dB of the file over the present voxels, and ``tables``."""
        points = points_of(tables, self.shapes)

        def tile_of(unit: int, level: int, where: Shape) -> Integers:
            return quantised[unit](level)[self._number(level, where)]

        synthesis = Synthesis(self.shapes, self.first, step, points, tile_of)
        coarsest = [
            synthesis.coarsest(unit, float(np.float32(frame.low)))
            for unit, frame in enumerate(self.frames)
        ]

        def block(job: tuple[int, Region]) -> tuple[float, int]:
            unit, region = job
            values = synthesis.values(unit, region, 0, coarsest[unit])
            return self._squares(unit, region, values)

        jobs = product(range(len(self.frames)), blocks(self.shapes[0], (TILE,) * 3))
        errors, counts = zip(*run_all(block, jobs), strict=True)
        mean = sum(errors) / max(sum(counts), 1)
        return -10 * math.log10(max(mean, 1e-300)), tables

    def _squares(self, unit: int, region: Region, values: Floats) -> tuple[float, int]:
        """Return the squared error of a block's present voxels, relative to the data range, and
        their number; values are as decoded: clipped, rounded and cast."""
        variable, (low, high) = self.source.variable, self.source.range
        lead = tuple(slice(i, i + 1) for i in self.indices[unit])
        original = variable.read((*lead, *region)).reshape(values.shape)
        missing = variable.missing(original) if self.source.has_missing else None
        found = values.astype(np.float64)
        found += MIDDLE
        found *= self.source.span
        found += low
        np.clip(found, low, high, out=found)
        if original.dtype.kind != "f":
            np.rint(found, out=found)
        elif original.dtype.itemsize < found.itemsize:
            found[...] = found.astype(original.dtype)
        found -= original if missing is None else np.where(missing, found, original)
        found /= self.source.span
        count = original.size - (0 if missing is None else int(missing.sum()))
        return float(np.square(found, out=found).sum()), count

    def _stop_if_cancelled(self) -> None:
        if self.context.cancelled.is_set():
            raise Cancelled("Cancelled: nothing was written.")

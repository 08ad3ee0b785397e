"""Decoder: decodes the tiles needed for a region and synthesises it level by level."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.methods.base import Decoder
from vcore.methods.wavelet.beside import compiled_beside
from vcore.methods.wavelet.components import CACHED_BYTES, ComponentFrame, Components
from vcore.methods.wavelet.prediction import prediction_of, surroundings
from vcore.methods.wavelet.restoration import REACH as RESTORED_REACH
from vcore.methods.wavelet.restoration import restored
from vcore.methods.wavelet.tables import REACH, Tables, limits_of
from vcore.methods.wavelet.transform import (
    at_centres,
    filtered,
    gain,
    join,
    needed,
    needed_low,
    pyramid_shapes,
    reconstruction,
    widened,
)
from vcore.model.grid import Grid
from vcore.model.pyramid import box_centres, chunk_shape, level_grids
from vcore.model.regions import Region, shape_of, shifted
from vcore.runtime.single_flight import once_cache

PREPARED_VOXELS = 1 << 26
"""Maximum number of voxels whose tiles are decoded ahead of synthesis; they must fit the cache."""


class WaveletDecoder(Decoder):
    """Decoder for regions of every level.

    Parameters
    ----------
    axes, frames
        Names and lengths of the axes in front of z y x.
    group
        Maximum number of frames along ``t`` with a common temporal basis.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    step
        Quantiser step, as a share of the data range.
    tables
        What decodes the integers; see ``Tables``.
    reader
        Reader of the sections.
    cosine
        Whether the coefficients are those of the cosine transform.

    Raises
    ------
    FormatError
        The sections or settings do not match the variable.
    """

    exact = True
    # a chunk of 64 voxels is synthesised from 80 along each axis, two from 144
    together = (1, 2, 2)

    def __init__(
        self,
        axes: Sequence[str],
        frames: Sequence[int],
        group: int,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        tables: Tables,
        reader: SectionReader,
        *,
        cosine: bool = False,
    ) -> None:
        self._cosine = cosine
        self._frames, self._step = tuple(frames), step
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self._shapes = pyramid_shapes(grid.shape)
        self._components = Components(frames, group, self._shapes, reader, timed="t" in axes)
        self._first, self._tables = self._components.first, tables
        self.grids = level_grids(grid, self._first + 1)
        self._rows = reconstruction(tables.points)
        self._taps, self._limits = tables.taps(), limits_of(step)
        self.chunks = tuple(chunk_shape(g, k, k) for k, g in enumerate(self.grids))
        self.levels: tuple[int, ...] = self._components.available()
        self._low_of = once_cache(CACHED_BYTES // 4, _bytes_of_low)(self._join_coarse)
        self._whole_of = once_cache(CACHED_BYTES // 4, _bytes_of_low)(self._whole)
        self._compiled = ["join_values", "filter_values"]
        if tables.restoration:
            self._compiled.append("restore_values")
        self._background_value = tables.background
        self._background = once_cache(1)(self._components.background)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return ``region`` of ``level`` in data units, float64."""
        out = np.empty(shape_of(region), np.float64)
        if 0 in out.shape:
            return out
        with compiled_beside(*self._compiled):
            return self._decoded(region, level, out)

    def _decoded(self, region: Region, level: int, out: NDArray[np.float64]) -> NDArray[np.float64]:
        lead, space = region[:-3], region[-3:]
        self.prepare(region, level)
        background = None
        if self._background_value is not None:
            background = self._background(self._background_value)
        for index in product(*(range(s.start, s.stop) for s in lead)):
            unit = int(np.ravel_multi_index(index, self._frames)) if index else 0
            position = tuple(i - s.start for i, s in zip(index, lead, strict=True))
            out[position] = self._of_frame(self._components.frame(unit), space, level)
            if background is not None:
                background.put_back(out[position], space, level)
        return out

    def prepare(self, region: Region, level: int = 0) -> None:
        """Decode the tiles of ``region`` on the decode threads, unless they would overflow the
        cache."""
        with compiled_beside(*self._compiled):
            self._prepare(region, level)

    def _prepare(self, region: Region, level: int) -> None:
        lead, space = region[:-3], region[-3:]
        if level == 0 and self._tables.restoration:
            space = widened(space, RESTORED_REACH, self._shapes[0])
        if level > 0 or self._taps is not None:
            space = self._wider(space, level)
        spans = {}
        for k in range(level, self._first):
            spans[k] = self._needed(space, k)
            space = self._needed_low(space, k)
        frames = math.prod(shape_of(lead))
        if not spans or frames * sum(map(_voxels, spans.values())) > PREPARED_VOXELS:
            return
        units = (
            int(np.ravel_multi_index(index, self._frames)) if index else 0
            for index in product(*(range(s.start, s.stop) for s in lead))
        )
        self._components.prepare([self._components.frame(unit) for unit in units], spans)

    def _wider(self, region: Region, level: int) -> Region:
        """Return ``region`` widened by the reach of the level 0 filter, or of the interpolation to
        the box centres of a coarser level."""
        return widened(region, REACH, self._shapes[level])

    def _needed(self, region: Region, level: int) -> Region:
        """Return the coefficients of a level needed to synthesise ``region``."""
        if self._cosine:
            return tuple(slice(0, n) for n in self._shapes[level])
        spans = (
            needed(s.start, s.stop, n) for s, n in zip(region, self._shapes[level], strict=True)
        )
        return tuple(slice(a, b) for a, b in spans)

    def _needed_low(self, region: Region, level: int) -> Region:
        """Return the part of the low band (the next coarser level) needed for ``region``."""
        shape = self._shapes[level]
        if self._cosine:
            return tuple(slice(0, n) for n in self._shapes[level + 1])
        if self._tables.predicts(level):
            return surroundings(self._needed(region, level), shape)
        spans = (needed_low(s.start, s.stop, n) for s, n in zip(region, shape, strict=True))
        return tuple(slice(a, b) for a, b in spans)

    def _predict(
        self, frame: ComponentFrame, low: NDArray[np.float64], low_at: Sequence[int], level: int
    ) -> Callable[[NDArray[np.float64]], None] | None:
        """Return what adds the predictions of a level to its coefficients, if it has any; see
        ``Prediction.add``."""
        if not self._tables.predicts(level) or len(frame.units) > 1:
            return None
        network = prediction_of(self._tables.weights)
        return partial(network.add, low, low_at, level, self._step)

    def _of_frame(self, frame: ComponentFrame, region: Region, level: int) -> NDArray[np.float64]:
        centres = [
            box_centres(n, 1 << level, s.start, s.stop)
            for n, s in zip(self._shapes[0], region, strict=True)
        ]
        if level == 0:
            values = self._restored(frame, region)
        else:
            values = self._means(frame, region, level, centres)
        slopes = self._components.coarse(frame.units, frame.start)[frame.position].head.slopes
        if slopes.any():
            z, y, x = (slope * c for slope, c in zip(slopes, centres, strict=True))
            values = values + ((z[:, None, None] + y[:, None]) + x)
        return values * self._span + self._low

    def _restored(self, frame: ComponentFrame, region: Region) -> NDArray[np.float64]:
        """Return level 0, normalised to the data range."""
        if not self._tables.restoration:
            return self._filtered(frame, region)
        wider = widened(region, RESTORED_REACH, self._shapes[0])
        values = self._filtered(frame, wider)
        return restored(values, wider, region, self._step, self._tables.restoration)

    def _filtered(self, frame: ComponentFrame, region: Region) -> NDArray[np.float64]:
        """Return level 0 before it is restored."""
        if self._taps is None:
            return self._values(frame, region, 0)
        wider = self._wider(region, 0)
        return filtered(self._values(frame, wider, 0), self._limits, self._taps, wider, region)

    def _means(
        self, frame: ComponentFrame, region: Region, level: int, centres: list[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Return the low band interpolated at the box centres of a level."""
        wider = self._wider(region, level)
        values = self._values(frame, wider, level) / gain(self._shapes, level)
        origin = [s.start for s in wider]
        whole = self._shapes[0] if self._cosine else None
        return at_centres(values, origin, self._shapes[level], centres, level, whole)

    def _values(self, frame: ComponentFrame, region: Region, level: int) -> NDArray[np.float64]:
        """Return the low band of ``level``, scaled by the pyramid's gain."""
        if level == self._first:
            return self._low_of(frame)[region]
        if self._cosine:
            return self._whole_of(frame, level)[region]
        return self._joined(frame, region, level)

    def _whole(self, frame: ComponentFrame, level: int) -> NDArray[np.float64]:
        """Return the whole low band of ``level``."""
        return self._joined(frame, tuple(slice(0, n) for n in self._shapes[level]), level)

    def _joined(self, frame: ComponentFrame, region: Region, level: int) -> NDArray[np.float64]:
        """Return the low band of ``level``, synthesised from the coarser ones."""
        wider = self._needed(region, level)
        lower = self._needed_low(region, level)
        low = self._values(frame, lower, level + 1)
        sums = []
        for weight, number in frame.parts:
            q = self._components.integers(frame, number, wider, level)
            if q is not None:
                sums.append((weight, q))
        row = self._rows[self._tables.row(level)]
        low_at = [a.start - b.start // 2 for a, b in zip(lower, wider, strict=True)]
        predict = self._predict(frame, low, low_at, level)
        joined = join(
            sums,
            low,
            shape_of(wider),
            self._step,
            row,
            low_at,
            predict=predict,
            cosine=self._cosine,
        )
        return joined[shifted(region, [s.start for s in wider])]

    def _join_coarse(self, frame: ComponentFrame) -> NDArray[np.float64]:
        """Return a frame's low band at the level of the coarsest grid."""
        coarse = self._components.coarse(frame.units, frame.start)
        low = np.full((1, 1, 1), coarse[frame.position].head.low)
        for number, level in enumerate(range(len(self._shapes) - 2, self._first - 1, -1)):
            sums = [(w, coarse[k].quantised[number].astype(np.int32)) for w, k in frame.parts]
            row, predict = (
                self._rows[self._tables.row(level)],
                self._predict(frame, low, (0,) * 3, level),
            )
            shape = self._shapes[level]
            low = join(sums, low, shape, self._step, row, predict=predict, cosine=self._cosine)
        return low


def _voxels(region: Region) -> int:
    return math.prod(shape_of(region))


def _bytes_of_low(low: NDArray[np.float64]) -> int:
    return low.nbytes

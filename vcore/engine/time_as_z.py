"""Movies coded as volumes: the time axis of a variable without a z axis, as its z axis."""

from dataclasses import replace
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.engine.channels import ChannelsDecoder, open_coded
from vcore.engine.decoder import VariableDecoder
from vcore.engine.levels import LevelsDecoder
from vcore.io.lazy import TransposedArray
from vcore.methods.source import VariableSource
from vcore.model.fill import beside
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.primitives import Primitives
from vcore.model.pyramid import box_mode, level_grids
from vcore.model.regions import Region, normalise, shape_of
from vcore.model.volume import Variable, usable_fill

KEPT_VALUES = 1 << 25
"""Maximum number of values of the block of frames that is kept, as frames are read one by one."""


def coded_grid(grid: Grid, frames: int) -> Grid:
    """Return the grid of a movie as a volume."""
    coordinates = grid.coordinates
    if coordinates is not None:
        coordinates = (tuple(map(float, range(frames))), *coordinates[1:])
    shape = (frames, *grid.shape[1:])
    return replace(grid, shape=shape, coordinates=coordinates, times=None, time_unit="")


def coded_source(source: VariableSource) -> VariableSource:
    """Return a movie as a volume to encode, with z in place of t."""
    variable = source.variable
    axes = "".join(variable.axes)  # t c z y x, with a z axis of length 1
    data = TransposedArray(variable.data, axes.replace("z", "1").replace("t", "z"), _coded(axes))
    coded = replace(variable, data=data, axes=tuple(_coded(axes)), outer=())
    return replace(source, variable=coded, grid=coded_grid(source.grid, variable.length("t")))


def shown_header(header: VariableHeader, variable: Variable) -> VariableHeader:
    """Return the header of a movie, from that of the volume it is coded as."""
    found = replace(
        header, axes=variable.axes, shape=variable.shape, outer=variable.outer, time_as_z=True
    )
    if not header.channels:
        return found
    at = variable.axes.index("c")
    axes = variable.axes[:at] + variable.axes[at + 1 :]
    shape = variable.shape[:at] + variable.shape[at + 1 :]
    return replace(
        found, channels=tuple(replace(c, axes=axes, shape=shape) for c in header.channels)
    )


def coded_header(header: VariableHeader) -> VariableHeader:
    """Return the header of the volume that a movie is coded as."""
    frames, *lead, _, ny, nx = header.shape
    axes = tuple(_coded("".join(header.axes)))
    return replace(
        header,
        axes=axes,
        shape=(*lead, frames, ny, nx),
        outer=(),
        time_as_z=False,
        channels=tuple(map(coded_header, header.channels)),
    )


def _coded(axes: str) -> str:
    return axes.replace("t", "")


class TimeAsZDecoder(LevelsDecoder):
    """Decoder of a movie whose frames are coded along z.

    Coarse levels are means over y and x of level 0 (of labels, the most frequent ones), and keep
    all frames.

    Parameters
    ----------
    header, grid
        Those of the movie.
    reader
        Its sections, of the volume.

    Attributes
    ----------
    coded
        Decoder of the volume.
    """

    def __init__(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> None:
        self.header, self.grid, self.reader = header, grid, reader
        self.grids = level_grids(grid)
        self.coded = open_coded(coded_header(header), coded_grid(grid, header.shape[0]), reader)
        *lead, frames, ny, nx = self.coded.chunks[0]
        self.chunks = tuple(
            (
                *(frames, *lead, 1),
                min(max(ny >> k, 8), level.shape[1]),
                min(max(nx >> k, 8), level.shape[2]),
            )
            for k, level in enumerate(self.grids)
        )
        self._lock = Lock()
        self._kept: tuple[Any, NDArray[Any]] = ((), np.empty(0))

    @property
    def exact(self) -> bool:
        return self.coded.exact

    @property
    def packing(self) -> Packing | None:
        return self.coded.packing

    @property
    def available_levels(self) -> tuple[int, ...]:
        return tuple(range(len(self.grids))) if 0 in self.coded.available_levels else ()

    @property
    def stored_levels(self) -> tuple[int, ...]:
        return self.available_levels[:1]

    def decode(self, region: Any = (), level: int = 0) -> NDArray[Any]:
        selected = self.check_region(region, level)
        frames, rest = selected[0], selected[1:]
        side = self.chunks[level][0]
        first = frames.start // side * side
        last = min(first + side, self.header.shape[0])
        block = (slice(first, last), *rest)
        # frames are read one by one by many: decode the block of frames around one once
        is_part = frames.stop <= last and frames.stop - frames.start < last - first
        if not is_part or prod(shape_of(block)) > KEPT_VALUES:
            return self._decoded(selected, level, whole=True)
        with self._lock:
            key: Any = (level, *((s.start, s.stop) for s in block))
            if self._kept[0] != key:
                self._kept = (key, self._decoded(block, level, whole=True))
            found: NDArray[Any] = self._kept[1][frames.start - first : frames.stop - first].copy()
        return found

    def decode_chunk(self, region: Region, level: int) -> NDArray[Any]:
        return self._decoded(region, level, whole=False)

    def _decoded(self, region: Region, level: int, *, whole: bool) -> NDArray[Any]:
        """Return the values of a region, on the process's threads if ``whole``."""
        inside, factor = self._inside(region, level), 1 << level
        coded = self.coded
        values = coded.decode(inside) if whole else coded.decode_chunk(inside, 0)
        if self.header.is_label:
            for _ in range(level):
                values = box_mode(values, (1, 2, 2))
        elif factor > 1:
            values = self._coarse(values, factor)
        return self._outward(values)

    @staticmethod
    def _outward(values: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(values, -3, 0)[..., np.newaxis, :, :]

    @staticmethod
    def _inward(values: NDArray[Any]) -> NDArray[Any]:
        return np.moveaxis(values[..., 0, :, :], 0, -3)

    def _inside(self, region: Region, level: int) -> Region:
        """Return a region as one of level 0 of the volume."""
        frames, *lead, _, rows, columns = region
        factor = 1 << level
        space = (
            slice(s.start * factor, min(s.stop * factor, n))
            for s, n in zip((rows, columns), self.grid.shape[1:], strict=True)
        )
        return (*lead, frames, *space)

    def _coarse(self, values: NDArray[Any], factor: int) -> NDArray[Any]:
        """Return the means of the values that are present in boxes of y and x; in boxes without
        any, the kind of missing value that section 7 of docs/format.md puts first."""
        fill = usable_fill(self.header.fill_value, self.dtype)
        kinds = [np.isnan(values), values == np.inf, values == -np.inf]
        kinds += [values == fill] if fill is not None else []
        missing = np.logical_or.reduce(kinds)
        counts = _sums(~missing, factor)
        means = _sums(np.where(missing, 0, values), factor) / np.maximum(counts, 1)
        low, high = self.header.range
        means = np.clip(means, low, high)
        if self.dtype.kind != "f":
            means = np.rint(means)
        found = means.astype(self.dtype)
        substitute = beside(fill, self.header.range, self.dtype, self.packing)
        if substitute is not None:
            found[(found == fill) & (counts > 0)] = substitute
        stand_ins = (np.nan, np.inf, -np.inf, fill)
        for kind, value in reversed(list(zip(kinds, stand_ins, strict=False))):
            if kind.any():
                found[(counts == 0) & (_sums(kind, factor) > 0)] = value
        return found

    def primitives(self) -> Primitives:
        return self.coded.primitives()  # raises: its method has none

    def filled(
        self, values: NDArray[Any], region: Region, level: int = 0
    ) -> NDArray[np.bool_] | None:
        if self.header.fill_value is None or not self.header.missing:
            return None
        if level > 0:
            return np.asarray(values == self.dtype.type(self.header.fill_value))
        inside = self._inside(normalise(region, self.shape()), 0)
        mask = self.coded.filled(self._inward(values), inside)
        return None if mask is None else self._outward(mask)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.header, self.grid, self.reader

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__(*state)  # type: ignore[misc]


def _sums(values: NDArray[Any], factor: int) -> NDArray[np.float64]:
    """Return the sums over boxes of ``factor`` along the last two axes, smaller at edges."""
    ny, nx = values.shape[-2:]
    found = np.add.reduceat(values.astype(np.float64), np.arange(0, ny, factor), axis=-2)
    return np.add.reduceat(found, np.arange(0, nx, factor), axis=-1)


def open_variable(
    header: VariableHeader, grid: Grid, reader: SectionReader
) -> VariableDecoder | ChannelsDecoder | TimeAsZDecoder:
    """Return the decoder of a variable of a file."""
    if header.time_as_z:
        return TimeAsZDecoder(header, grid, reader)
    return open_coded(header, grid, reader)

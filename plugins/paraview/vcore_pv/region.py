"""Filter of a reader that decodes a box of its file at full resolution, beside a coarse view."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonExecutionModel import vtkExecutive

from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.regions import Region as Slices

from vcore_pv import ranks
from vcore_pv.decode import item_size
from vcore_pv.messages import reported
from vcore_pv.reader import Reader
from vcore_pv.series import Series

INSET = 0.25
"""Distance in voxels of the first box from the centres of its outermost voxels, which keeps
rounding from adding a voxel."""


class Region(Reader):
    """Decodes a box in physical space, by default at level 0.

    Files, grid and variables are those of the reader that is the input.
    """

    def __init__(self) -> None:
        super().__init__(inputs=1)
        self._level = "0"
        self._corner = (0.0, 0.0, 0.0)
        self._size = (0.0, 0.0, 0.0)
        self._reader: Reader | None = None

    def SetPosition(self, *corner: float) -> None:
        """Set the box's lowest corner, x y z."""
        self._set("_corner", tuple(corner))

    def SetScale(self, *size: float) -> None:
        """Set the box's size, x y z; zero for the middle of the volume."""
        self._set("_size", tuple(size))

    def SetRotation(self, *_angles: float) -> None:
        """Ignore the rotation, because voxel boxes are aligned with the axes."""

    def GetCornerRange(self) -> list[float]:
        """Return the first box's lowest corner and the volume's highest one, as ranges x y z."""
        return _ranges(self._first_box()[0], self._bounds()[1])

    def GetSizeRange(self) -> list[float]:
        """Return the sizes of the first box and of the volume, as ranges x y z."""
        (low, high), (lowest, highest) = self._first_box(), self._bounds()
        return _ranges(high - low, highest - lowest)

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Find the reader, and create a data object of its type."""
        self._reader = _reader_of(inInfo[0].GetInformationObject(0))
        return super().RequestDataObject(request, inInfo, outInfo)

    def RequestUpdateExtent(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Request from the reader what it shows: indices of the region mean nothing there."""
        ranks.ask_share(inInfo[0].GetInformationObject(0))
        return 1

    def _opened(self) -> Series:
        if self._reader is None:
            raise InputError("Expected the vcore Reader as input. Got another source: choose it.")
        self._files, self._grid = self._reader.files, self._reader.grid
        self._limit = self._reader.limit
        return Series(self._files, self._grid)

    def selected(self, series: Series) -> list[str]:
        """Return the names of the variables to decode."""
        assert self._reader is not None
        return self._reader.selected(series)

    def _bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest corner of the volume, z y x."""
        if self._series is None:
            return np.zeros(3), np.zeros(3)
        grid = self._series.levels[0]
        return _corners(grid, [(0.0, n - 1.0) for n in grid.shape])

    def _first_box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and highest corner of the central part of the volume, z y x."""
        if self._series is None:
            return np.zeros(3), np.zeros(3)
        grid = self._series.levels[0]
        ends = [(s.start + INSET, s.stop - 1 - INSET) for s in self._middle(grid)]
        return _corners(grid, [(a, b) if a < b else (a - INSET, a - INSET) for a, b in ends])

    def _middle(self, grid: Grid) -> Slices:
        """Return the central eighth of the volume, or less if that exceeds the memory limit."""
        assert self._series is not None
        step = self._series.steps[0]
        decoders = [self._series.decoder(step, n) for n in self.selected(self._series)]
        size = max(sum(item_size(d) for d in decoders if d), 1) * self._series.levels[0].voxels
        share = min((self._limit * ranks.processes() / size) ** (1 / 3), 0.5)
        return tuple(
            slice(first := int(n * (1 - share) / 2), max(n - first, first + 1)) for n in grid.shape
        )

    def _region(self, level: int) -> Slices:
        assert self._series is not None
        grid = self._series.levels[level]
        if not any(self._size):
            return self._middle(grid)
        low = np.asarray(self._corner[::-1])
        inside = _voxels_within(grid, low, low + np.abs(self._size[::-1]))
        if any(s.start >= s.stop for s in inside):
            raise InputError(
                f"Expected a box that touches the volume. Got the corner {self._corner} and the "
                f"size {self._size}: move it."
            )
        return inside


def _voxels_within(grid: Grid, low: Any, high: Any) -> Slices:
    """Return the voxels with centres in the box, plus one voxel around them."""
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))))
    turned = np.linalg.inv(np.asarray(grid.direction, float))
    along = (corners - np.asarray(grid.origin)) @ turned.T
    found = []
    for axis, n in enumerate(grid.shape):
        first, last = along[:, axis].min(), along[:, axis].max()
        if grid.coordinates is None:
            start = int(np.floor(first / grid.spacing[axis]))
            stop = int(np.ceil(last / grid.spacing[axis])) + 1
        else:
            centres = np.asarray(grid.coordinates[axis])
            places = np.array([first, last]) + grid.origin[axis]
            start = int(np.searchsorted(centres, places[0], "right")) - 1
            stop = int(np.searchsorted(centres, places[1], "left")) + 1
        found.append(slice(max(start, 0), min(stop, n)))
    return tuple(found)


def _corners(
    grid: Grid, ends: list[tuple[float, float]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest corner of a box given by indices along z, y, x."""
    if grid.coordinates is not None:
        along = [
            np.interp(pair, np.arange(n), c) - c[0]
            for pair, n, c in zip(ends, grid.shape, grid.coordinates, strict=True)
        ]
    else:
        along = [np.array(p) * s for p, s in zip(ends, grid.spacing, strict=True)]
    offsets = np.array(list(itertools.product(*along))) @ np.asarray(grid.direction, float).T
    corners = np.asarray(grid.origin, float) + offsets
    return corners.min(0), corners.max(0)


def _ranges(low: NDArray[np.float64], high: NDArray[np.float64]) -> list[float]:
    """Return z y x values as pairs x y z."""
    return [float(n) for pair in zip(low[::-1], high[::-1], strict=True) for n in pair]


def _reader_of(info: Any) -> Reader | None:
    """Return the reader that produces an input; ParaView's own conversions may lie between."""
    executive = vtkExecutive.PRODUCER().GetExecutive(info)
    algorithm = executive.GetAlgorithm() if executive else None
    while algorithm is not None and algorithm.IsA("vtkPVPostFilter"):
        algorithm = algorithm.GetInputAlgorithm(0, 0)
    return algorithm if isinstance(algorithm, Reader) else None

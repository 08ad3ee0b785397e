"""Source of a box of a file at full resolution, shown beside a coarse view of the whole."""

import itertools
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.regions import Region as Slices

from vcore_pv.reader import Reader


class Region(Reader):
    """Decodes a box in physical space, by default at level 0."""

    def __init__(self) -> None:
        super().__init__()
        self._level = "0"
        self._corner = (0.0, 0.0, 0.0)
        self._size = (0.0, 0.0, 0.0)

    def SetFileName(self, name: str) -> None:
        """Set the file name."""
        self._set("_files", [name] if name else [])

    def SetPosition(self, *corner: float) -> None:
        """Set the box's lowest corner, x y z."""
        self._set("_corner", tuple(corner))

    def SetScale(self, *size: float) -> None:
        """Set the box's size, x y z; zero for the middle of the volume."""
        self._set("_size", tuple(size))

    def SetRotation(self, *_angles: float) -> None:
        """Ignore the rotation, because voxel boxes are aligned with the axes."""

    def _region(self, level: int) -> Slices:
        assert self._series is not None
        grid = self._series.levels[level]
        if not any(self._size):
            return tuple(slice(n // 4, max(n - n // 4, 1)) for n in grid.shape)
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

"""Placement of voxels in the world for a renderer: a regular grid, x y z, right-handed."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import Grid, unwrapped

FINEST = 2
"""Maximum number of samples of an uneven axis, relative to its length."""


@dataclass(frozen=True)
class Placement:
    """Regular grid of the samples of a volume, as rendered.

    Grids of uneven or falling coordinates are resampled linearly; of left-handed ones, the z axis
    is turned round.

    Parameters
    ----------
    grid
        Grid of the values.
    """

    grid: Grid

    @cached_property
    def _indices(self) -> tuple[NDArray[np.float64], ...] | None:
        """Fractional index of each sample along z, y, x on a rectilinear grid."""
        if self.grid.coordinates is None:
            return None
        found = []
        for axis, name in zip(self.grid.coordinates, self.grid.axis_names, strict=True):
            straight = unwrapped(np.array(axis))
            if straight is None:
                raise InputError(
                    f"Expected coordinates that rise or fall along each axis. Those of {name} do "
                    f"neither: such a grid cannot be rendered."
                )
            rising = straight[0] <= straight[-1]
            index = np.arange(len(straight), dtype=float)
            at, index = (straight, index) if rising else (straight[::-1], index[::-1])
            steps = np.diff(at)
            finest = round(float(np.ptp(at)) / steps.min()) + 1 if len(steps) else 1
            count = min(finest, FINEST * len(at))
            found.append(np.interp(np.linspace(at[0], at[-1], count), at, index))
        return tuple(found)

    @cached_property
    def _ends(self) -> NDArray[np.float64]:
        """First and last coordinate along z, y, x on a rectilinear grid, shape (3, 2)."""
        straight = [unwrapped(np.array(axis)) for axis in self.grid.coordinates or ()]
        return np.array([(axis.min(), axis.max()) for axis in straight if axis is not None])

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Number of samples along z, y, x."""
        if self._indices is None:
            return self.grid.shape
        z, y, x = map(len, self._indices)
        return z, y, x

    @cached_property
    def spacing(self) -> NDArray[np.float64]:
        """Distance between samples along x, y, z, in world units."""
        if self._indices is None:
            return np.array(self.grid.spacing[::-1], float)
        extent = np.ptp(self._ends, axis=1)
        counts = np.array(self.shape) - 1
        single = np.asarray(self.grid.spacing)
        return np.where(counts > 0, extent / np.maximum(counts, 1), single)[::-1].copy()

    @cached_property
    def _turned(self) -> bool:
        return bool(np.linalg.det(np.asarray(self.grid.direction, float)) < 0)

    @cached_property
    def pose(self) -> NDArray[np.float64]:
        """4x4 matrix from distances along x, y, z from the first sample to the world."""
        matrix = np.eye(4)
        if self._indices is not None:
            matrix[:3, 3] = self._ends[::-1, 0]
            return matrix
        direction = np.asarray(self.grid.direction, float)[::-1, ::-1].copy()
        origin = np.asarray(self.grid.origin, float)[::-1].copy()
        if self._turned:
            origin += direction[:, 2] * self.spacing[2] * (self.shape[0] - 1)
            direction[:, 2] *= -1
        matrix[:3, :3], matrix[:3, 3] = direction, origin
        return matrix

    @cached_property
    def to_index(self) -> NDArray[np.float64]:
        """4x4 matrix from the world to fractional sample indices x, y, z."""
        matrix: NDArray[np.float64] = np.diag([*(1 / self.spacing), 1]) @ np.linalg.inv(self.pose)
        return matrix

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """World coordinates of the corners of the outermost voxels, shape (8, 3)."""
        ends = [(-0.5, n - 0.5) for n in self.shape[::-1]]
        corners = np.array(np.meshgrid(*ends)).reshape(3, -1) * self.spacing[:, None]
        return np.ascontiguousarray((self.pose[:3, :3] @ corners + self.pose[:3, 3:]).T)

    def arranged(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return the samples of ``values`` of the grid, along z, y, x."""
        if self._indices is None:
            return np.ascontiguousarray(values[::-1]) if self._turned else values
        for axis, index in enumerate(self._indices):
            whole = np.arange(values.shape[axis])
            if len(index) == len(whole) and (index == whole).all():
                continue
            below = np.minimum(index.astype(int), max(len(whole) - 2, 0))
            above = np.minimum(below + 1, len(whole) - 1)
            weight = (index - below).reshape([-1 if a == axis else 1 for a in range(3)])
            found = values.take(below, axis) * (1 - weight) + values.take(above, axis) * weight
            values = found.astype(np.float32)
        return np.ascontiguousarray(values)


def placement(grid: Grid) -> Placement:
    """Return the placement of a frame of ``grid``."""
    return Placement(replace(grid, times=None, time_unit=""))

"""Fractional voxel indices of points in space and time."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import Grid, unwrapped

Array = NDArray[np.float64]

SNAP = 1e-6
"""Distance from a voxel's centre, in voxels, within which a point is taken to be the centre: the
rounding of coordinates must not let a missing neighbour in."""
TURN = 360.0
"""Full turn of angles that wrap, in degrees."""


def indices_at(grid: Grid, points: Array) -> Array:
    """Return the fractional indices z y x of ``points``.

    Parameters
    ----------
    points
        z y x in ``grid.unit``, float64, shape (n, 3).

    Raises
    ------
    InputError
        The grid's coordinates neither rise nor fall along an axis.
    """
    if grid.coordinates is None:
        affine = grid.affine
        return _snapped((points - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T)
    found = np.empty(points.shape)
    for k, axis in enumerate(centres(grid)):
        values, given = points[:, k], np.asarray(grid.coordinates[k])
        if not np.array_equal(axis, given):  # longitudes, of any turn
            low = min(axis[0], axis[-1]) - abs(axis[1] - axis[0]) / 2
            values = low + np.mod(values - low, TURN)
        found[:, k] = index_along(axis, values, grid.spacing[k])
    return found


def centres(grid: Grid) -> tuple[Array, ...]:
    """Return the voxel centres along z y x of a rectilinear grid, longitudes without their wrap.

    Raises
    ------
    InputError
        They neither rise nor fall along an axis.
    """
    found = []
    for axis, name in zip(grid.coordinates or (), grid.axis_names, strict=True):
        straight = unwrapped(np.array(axis))
        if straight is None:
            raise InputError(
                f"Expected coordinates that rise or fall along each axis. Those of {name} do "
                f"neither: there is no place between such voxels."
            )
        found.append(straight)
    return tuple(found)


def index_along(axis: Array, values: Array, step: float = 1.0) -> Array:
    """Return the fractional indices of ``values`` along the rising or falling ``axis``,
    extrapolated beyond its ends; a single entry has steps of ``step`` around it."""
    if len(axis) == 1:
        return _snapped((values - axis[0]) / step)
    rising = axis[0] < axis[-1]
    cell = np.searchsorted(axis if rising else -axis, values if rising else -values, "right") - 1
    cell = cell.clip(0, len(axis) - 2)
    return _snapped(cell + (values - axis[cell]) / (axis[cell + 1] - axis[cell]))


def _snapped(index: Array) -> Array:
    nearest = np.rint(index)
    return np.where(np.abs(index - nearest) <= SNAP, nearest, index)

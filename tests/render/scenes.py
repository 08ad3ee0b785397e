"""Analytic volumes to render, and their rays."""

from typing import Any

import numpy as np
import pytest

from vcore.errors import MissingExtraError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.render import plan
from vcore.render.frames import Source
from vcore.render.volume import VolumeScene

SHAPE, SPACING, ORIGIN = (20, 26, 34), (1.2, 1.0, 0.7), (5.0, -3.0, 100.0)
GRID = Grid(SHAPE, SPACING, ORIGIN)
RADIUS = 8.0
ANGLES = ((90.0, 0.0), (50.0, 30.0), (120.0, 200.0), (0.0, 0.0))
"""Pairs of theta and phi, with a view from the pole."""


def turned() -> tuple[tuple[float, float, float], ...]:
    """Return a rotation in z y x order that is no symmetry of the axes."""
    a, b = np.radians([25, 40])
    first = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    second = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return tuple(map(tuple, (first @ second).tolist()))  # type: ignore[return-value]


def positions(grid: Grid) -> np.ndarray:
    """Return the world coordinates z y x of every voxel's centre, shape (3, z, y, x)."""
    if grid.coordinates is not None:
        return np.stack(np.meshgrid(*map(np.array, grid.coordinates), indexing="ij"))
    index = np.indices(grid.shape).reshape(3, -1)
    placed = grid.affine[:3, :3] @ index + grid.affine[:3, 3:]
    return placed.reshape(3, *grid.shape)


def centre(grid: Grid) -> np.ndarray:
    """Return the world coordinates z y x of the middle of the grid."""
    every = positions(grid).reshape(3, -1)
    return (every.min(1) + every.max(1)) / 2


def ball(grid: Grid, *more: Variable) -> Volume:
    """Return the volume of RADIUS minus the distance from the middle: 0 on a sphere."""
    offset = positions(grid) - centre(grid)[:, None, None, None]
    values = RADIUS - np.sqrt((offset**2).sum(0))
    return Volume(grid, (Variable("ball", values.astype("f4"), unit="K"), *more))


def database(volume: Any, folder: Any, **choices: Any) -> Any:
    """Return the database of renderings of a volume, small and without supersampling."""
    values = {"size": (48, 60), "supersample": 1, **choices}
    return plan.database(Source(volume), folder, plan.Choices(**values), "made")


def renderer_of(scene: VolumeScene, view: Any) -> Any:
    """Return a renderer; skip where no library renders without a display."""
    pytest.importorskip("vtkmodules")
    try:
        return scene.renderer(view)
    except MissingExtraError as error:
        pytest.skip(str(error))

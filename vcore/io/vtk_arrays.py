"""Choice among the point and cell arrays of a VTK dataset, which are on two grids."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vcore.io.assemble import choose
from vcore.io.request import ReadRequest
from vcore.model.grid import Grid
from vcore.model.volume import Volume

POINT, CELL = "point", "cell"
GRID_FIELDS = ("unit", "axis_names", "time_unit")
"""Grid fields without a place in VTK files, kept in the metadata object."""

Stored = tuple[str, str]
"""Association and name of an array in a file."""


def chosen(
    source: ReadRequest, shapes: Mapping[Stored, tuple[int, ...]]
) -> dict[str, dict[str, str]]:
    """Return the stored name of each variable to read, by association, that of most values first.

    A cell array with the name of a point array gets a name of its own.

    Parameters
    ----------
    source
        The request.
    shapes
        Shape of each array, components first.

    Raises
    ------
    InputError
        There is no array, or not the requested one.
    """
    points = {name for kind, name in shapes if kind == POINT}
    known = {
        name if kind == POINT or name not in points else f"{name} (cells)": (kind, name)
        for kind, name in shapes
    }
    names = choose(source, {n: shapes[a] for n, a in known.items()}, "array", carries=True)
    if source.variables is None:
        names = [name for name in known if name not in source.exclude]
    found: dict[str, dict[str, str]] = {}
    for name in names:
        kind, stored = known[name]
        found.setdefault(kind, {})[name] = stored

    def values(kind: str) -> Any:
        return sum(np.prod(shapes[kind, n], dtype=object) for n in found[kind].values())

    order = list(found) if source.variables is not None else sorted(found, key=values, reverse=True)
    return {kind: found[kind] for kind in order}


def at_points_and_cells(volume: Volume) -> Volume | None:
    """Return the volume, its points first, if its two grids are the points and cells of one
    regular grid and have the same frames; None otherwise."""
    parts = {str(part.variables[0].association): part for part in volume.parts}
    kinds = [{v.association for v in part.variables} for part in volume.parts]
    if len(volume.parts) != 2 or len(parts) != 2 or any(len(kind) > 1 for kind in kinds):
        return None
    points, cells = parts[POINT], parts[CELL]
    frames = [{v.length("t") for v in part.variables} for part in (points, cells)]
    if not _bound(points.grid, cells.grid) or frames[0] != frames[1]:
        return None
    return Volume(points.grid, points.variables, volume.source, volume.attributes, others=(cells,))


def _bound(points: Grid, cells: Grid) -> bool:
    """Return whether the points of a regular grid are the corners of the cells of another."""
    if points.coordinates is not None or cells.coordinates is not None:
        return False
    counts = tuple(max(n - 1, 1) for n in points.shape)
    half = np.where(np.array(points.shape) > 1, np.array(points.spacing) / 2, 0.0)
    first = np.array(points.origin) + np.array(points.direction) @ half
    near = 1e-5 * np.array(points.spacing)
    return bool(
        counts == tuple(cells.shape)
        and np.allclose(points.spacing, cells.spacing, rtol=1e-5, atol=0)
        and np.allclose(points.direction, cells.direction, atol=1e-5)
        and (np.abs(first - cells.origin) <= near).all()
    )

"""Increasing coordinates along every axis, as required by VTK's rectilinear grids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import IDENTITY, Grid, unwrapped
from vcore.model.pyramid import factor_of
from vcore.model.regions import Region

from vcore_pv.messages import show_warning

LOWEST, HIGHEST = -180.0, 360.0
"""Range of longitudes found in files, in degrees."""
X = 2


@dataclass(frozen=True)
class Shown:
    """The levels of a file as shown in ParaView.

    Parameters
    ----------
    grids
        Grid of each level, with increasing coordinates.
    flipped
        Axes out of z, y, x that are reversed relative to the file.
    unwrapped
        Whether longitudes differ by multiples of 360° from those of the file.
    """

    grids: tuple[Grid, ...]
    flipped: tuple[bool, bool, bool] = (False, False, False)
    unwrapped: bool = False

    def in_file(self, box: Region, level: int) -> Region:
        """Return a z y x ``box`` of ``level`` in indices of the file."""
        lengths = self.grids[level].shape
        return tuple(
            slice(n - s.stop, n - s.start) if turned else s
            for s, n, turned in zip(box, lengths, self.flipped, strict=True)
        )


def shown(grids: Sequence[Grid], path: str) -> Shown:
    """Return levels with increasing coordinates, reversing axes and unwrapping longitudes.

    Parameters
    ----------
    grids
        Grids of the file's levels, each half of the previous one.
    path
        File path, for messages.

    Raises
    ------
    InputError
        Coordinates are not monotonic.
    """
    full = grids[0]
    if full.coordinates is None:
        return Shown(tuple(grids))
    axes = _along_axes(full, path)
    monotonic = [_monotonic(full, k, axis, path) for k, axis in enumerate(axes)]
    flipped = tuple(bool(axis[0] > axis[-1]) for axis in monotonic)
    z, y, x = (tuple(a.tolist()) for a in monotonic)
    straight = replace(full, coordinates=(z, y, x))
    levels = []
    for level, grid in enumerate(grids):
        # recompute: the file's levels may average across the wrap of longitudes
        places = straight.coarsened(factor_of(level)).coordinates or ()
        rising = tuple(c[::-1] if f else c for c, f in zip(places, flipped, strict=True))
        origin = tuple(c[0] for c in rising)
        levels.append(replace(grid, coordinates=rising, origin=origin, direction=IDENTITY))  # type: ignore[arg-type]
    turned = any(not np.array_equal(a, b) for a, b in zip(axes, monotonic, strict=True))
    return Shown(tuple(levels), flipped, turned)  # type: ignore[arg-type]


def _along_axes(grid: Grid, path: str) -> list[NDArray[np.float64]]:
    """Return the positions along each axis, including the direction if aligned with the axes."""
    assert grid.coordinates is not None
    axes = [np.asarray(c, np.float64) for c in grid.coordinates]
    direction = np.asarray(grid.direction, float)
    if np.array_equal(direction, np.diag(np.sign(np.diag(direction)))):
        turned = zip(axes, grid.origin, np.diag(direction), strict=True)
        return [a if sign > 0 else 2 * origin - a for a, origin, sign in turned]
    show_warning(
        f"{path}: the grid has coordinates along rotated axes, which VTK's rectilinear grids do "
        f"not support. It is shown along x, y and z, without the rotation."
    )
    return axes


def _name(grid: Grid, axis: int) -> str:
    letter, name = "zyx"[axis], grid.axis_names[axis]
    return letter if name in ("", letter) else f"{letter} ({name})"


def _monotonic(
    grid: Grid, axis: int, places: NDArray[np.float64], path: str
) -> NDArray[np.float64]:
    """Return monotonic ``places``: unchanged, or unwrapped longitudes."""
    if _ordered(places):
        return places
    name = _name(grid, axis)
    longitudes = _longitudes(grid, axis, places)
    if longitudes is not None:
        return longitudes
    steps = np.sign(np.diff(places))
    odd = int(np.argmax(steps != steps[0]))
    around = ", ".join(f"{v:g}" for v in places[max(odd - 1, 0) : odd + 3])
    raise InputError(
        f"Expected coordinates along {name} that rise or fall, or longitudes that begin again "
        f"once. {path} has … {around} … instead, which ParaView cannot show in this order: sort "
        f"this axis of the source, or read the file with vcore.open."
    )


def _longitudes(grid: Grid, axis: int, places: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return unwrapped longitudes, or None if the coordinates may not be longitudes."""
    degrees = places.min() >= LOWEST and places.max() <= HIGHEST
    angles = not grid.unit or grid.unit.startswith("deg")
    named = "lon" in grid.axis_names[axis].lower()
    return unwrapped(places) if degrees and (named or (axis == X and angles)) else None


def _ordered(places: NDArray[np.float64]) -> bool:
    steps = np.diff(places)
    return bool((steps >= 0).all() or (steps <= 0).all())

"""Coordinates along the axes of a grid, with their attributes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.cf_attributes import MAX_VALUES, text
from vcore.io.units import METERS, common_unit, length_unit, time_unit
from vcore.model.axes import AXES
from vcore.model.grid import Grid

logger = logging.getLogger(__name__)

DOUBLE: np.dtype[Any] = np.dtype("f8")


@dataclass(frozen=True, eq=False)
class Axis:
    """A dimension of the file.

    Parameters
    ----------
    name
        Name of the dimension.
    attributes
        Attributes of its coordinate array, as JSON values.
    values, dtype
        Numeric coordinates as float64, with NaN for missing ones, and their stored dtype; None
        if the coordinates are not numeric.
    labels
        String coordinates.
    source
        Name of the coordinate array, "" without one.
    """

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    values: NDArray[np.float64] | None = None
    dtype: np.dtype[Any] = DOUBLE
    labels: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_placed(self) -> bool:
        """Whether a grid stores these coordinates exactly."""
        values = self.values
        return values is not None and values.size <= MAX_VALUES and bool(np.isfinite(values).all())


def grid_of(
    path: str, axes: Mapping[str, Axis], lengths: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the grid besides its shape, and attributes of the volume.

    Parameters
    ----------
    path
        Path of the file, for warnings.
    axes
        Dimensions by axis letter, others by name.
    lengths
        Length of each axis, by letter.
    """
    axes = {a: axis for a, axis in axes.items() if a in lengths}
    values = {a: _complete_coordinates(path, axis, lengths[a]) for a, axis in axes.items()}
    described: dict[str, dict[str, Any]] = {
        a: {**axis.attributes, "name": axis.name}
        for a, axis in axes.items()
        if axis.name and a in AXES
    }
    described |= {
        a: {"name": axis.name} for a, axis in axes.items() if a not in AXES and a != axis.name
    }
    grid: dict[str, Any] = {}
    if any(axes[a].name for a in "zyx" if a in axes):
        grid["axis_names"] = tuple(axes[a].name or a if a in axes else a for a in "zyx")
    if any(axes[a].name for a in "zyx" if a in axes):
        grid |= _geometry(path, axes, values, lengths, described)
    attributes: dict[str, Any] = {"axes": described} if described else {}
    if (times := values.get("t")) is not None:
        grid["times"] = tuple(times.tolist())
        units = text(axes["t"].attributes, "units")
        grid["time_unit"] = time_unit(units.partition(" since ")[0])
        if " since " in units:
            attributes["time_reference"] = units
            if calendar := text(axes["t"].attributes, "calendar"):
                attributes["calendar"] = calendar
    if (channels := values.get("c")) is not None and channels.size <= MAX_VALUES:
        described["c"]["values"] = channels.tolist()
    return grid, attributes


def _geometry(
    path: str,
    axes: Mapping[str, Axis],
    values: Mapping[str, NDArray[np.float64] | None],
    lengths: Mapping[str, int],
    described: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return spacing, origin, direction and coordinates, in a common unit of length; without one
    where an axis has another unit, such as degrees, which its attributes keep."""
    placed = [a in axes and values.get(a) is not None for a in "zyx"]
    units = [
        text(axes[a].attributes, "units") if p else None for a, p in zip("zyx", placed, strict=True)
    ]
    lengths_only = all(length_unit(u) in METERS for u in units if u)
    unit, factors = common_unit(path, units if lengths_only else ())
    factors = factors or (1.0, 1.0, 1.0)
    centres, simple = [], {}
    for letter, factor in zip("zyx", factors, strict=True):
        stored = values.get(letter)
        if stored is None:
            centres.append(np.arange(lengths[letter], dtype=np.float64))
            continue
        simple[letter] = stored
        centres.append(
            stored * factor if factor != 1 else _rounded_to_decimal(stored, axes[letter].dtype)
        )
    regular = Grid.from_coordinates([c.tolist() for c in centres])
    for i, (letter, factor) in enumerate(zip("zyx", factors, strict=True)):
        if letter in described and letter not in simple:
            described[letter]["counted"] = True
        if letter in simple:
            made = coordinates_along(regular, i) / factor
            described[letter] |= _exact_attributes(made, simple[letter], axes[letter].dtype)
    names = ("spacing", "origin", "direction", "coordinates")
    return {"unit": unit, **{name: getattr(regular, name) for name in names}}


def coordinates_along(grid: Grid, axis: int) -> NDArray[np.float64]:
    """Return the coordinates along one axis of an axis-aligned grid; falling axes are allowed."""
    if grid.coordinates is not None:
        return np.array(grid.coordinates[axis])
    step = grid.spacing[axis] * grid.direction[axis][axis]
    return np.asarray(grid.origin[axis] + step * np.arange(grid.shape[axis]))


def _rounded_to_decimal(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Return evenly spaced float32 coordinates rounded to the decimal numbers they stand for."""
    if dtype != np.float32:
        return values
    decimal = np.array([float(str(v)) for v in values.astype(np.float32)])
    line = np.linspace(decimal[0], decimal[-1], decimal.size)
    return decimal if (line.astype(np.float32) == values).all() else values


def _exact_attributes(
    made: NDArray[np.float64], stored: NDArray[np.float64], dtype: np.dtype[Any]
) -> dict[str, Any]:
    """Return the extra attributes needed to restore an axis's coordinates bit for bit."""
    found: dict[str, Any] = {} if dtype == np.float64 else {"stored_dtype": dtype.name}
    with np.errstate(all="ignore"):
        same = made.astype(dtype).astype(np.float64) == stored
    if dtype.kind in "iu":
        same = np.rint(made) == stored
    if not same.all() and stored.size <= MAX_VALUES:
        found["values"] = stored.tolist()
    return found


def _complete_coordinates(path: str, axis: Axis, length: int) -> NDArray[np.float64] | None:
    """Return the coordinates of an axis, or None if any is missing."""
    if axis.values is None or axis.values.shape != (length,):
        return None
    if np.isfinite(axis.values).all():
        return axis.values
    logger.warning(
        "%s: some coordinates of %s are missing; used voxel indices instead",
        *(path, axis.name),
    )
    return None

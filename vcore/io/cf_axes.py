"""Coordinates along the axes of a grid, and what else a file says of each."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.cf_attributes import MAX_NUMBERS, text
from vcore.io.units import common_length_unit, time_unit
from vcore.model.grid import Grid

logger = logging.getLogger(__name__)

DOUBLE: np.dtype[Any] = np.dtype("f8")


@dataclass(frozen=True, eq=False)
class Axis:
    """A dimension of the file.

    Parameters
    ----------
    name
        Of the dimension.
    attributes
        Of its coordinates, as JSON values.
    values, dtype
        Coordinates in double precision, NaN where there is none, and what they are in the file;
        None where they are not numbers.
    labels
        Coordinates that are texts.
    source
        Name of the array with the coordinates, "" where there is none.
    """

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    values: NDArray[np.float64] | None = None
    dtype: np.dtype[Any] = DOUBLE
    labels: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_placed(self) -> bool:
        """Whether a grid holds all that the coordinates say, to the last bit."""
        values = self.values
        return values is not None and values.size <= MAX_NUMBERS and bool(np.isfinite(values).all())


def grid_of(
    path: str, axes: Mapping[str, Axis], lengths: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the grid besides its shape, and attributes of the volume.

    Parameters
    ----------
    path
        Of the file, for warnings.
    axes
        By letter.
    lengths
        Of each axis, by letter.
    """
    axes = {a: axis for a, axis in axes.items() if a in lengths}
    values = {a: _usable(path, axis, lengths[a]) for a, axis in axes.items()}
    described: dict[str, dict[str, Any]] = {
        a: {**axis.attributes, "name": axis.name} for a, axis in axes.items() if axis.name
    }
    grid: dict[str, Any] = {}
    if any(axes[a].name for a in "zyx" if a in axes):
        grid["axis_names"] = tuple(axes[a].name or a if a in axes else a for a in "zyx")
    if any(axes[a].name for a in "zyx" if a in axes):
        grid |= _placed(axes, values, lengths, described)
    attributes: dict[str, Any] = {"axes": described} if described else {}
    if (times := values.get("t")) is not None:
        grid["times"] = tuple(times.tolist())
        units = text(axes["t"].attributes, "units")
        grid["time_unit"] = time_unit(units.partition(" since ")[0])
        if " since " in units:
            attributes["time_reference"] = units
            if calendar := text(axes["t"].attributes, "calendar"):
                attributes["calendar"] = calendar
    if (channels := values.get("c")) is not None and channels.size <= MAX_NUMBERS:
        described["c"]["values"] = channels.tolist()
    return grid, attributes


def _placed(
    axes: Mapping[str, Axis],
    values: Mapping[str, NDArray[np.float64] | None],
    lengths: Mapping[str, int],
    described: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Return spacing, origin, direction and coordinates, in one unit of length."""
    units = {a: text(axes[a].attributes, "units") if a in axes else "" for a in "zyx"}
    unit, factors = common_length_unit(tuple(units.values()))
    centres, simple = [], {}
    for letter, factor in zip("zyx", factors, strict=True):
        stored = values.get(letter)
        if stored is None:
            centres.append(np.arange(lengths[letter], dtype=np.float64))
            continue
        simple[letter] = stored
        centres.append(stored * factor if factor != 1 else _decimal(stored, axes[letter].dtype))
    regular = Grid.from_coordinates([c.tolist() for c in centres])
    for i, (letter, factor) in enumerate(zip("zyx", factors, strict=True)):
        if letter in described and letter not in simple:
            described[letter]["counted"] = True
        if letter in simple:
            made = coordinates_along(regular, i) / factor
            described[letter] |= _exactly(made, simple[letter], axes[letter].dtype)
    names = ("spacing", "origin", "direction", "coordinates")
    return {"unit": unit, **{name: getattr(regular, name) for name in names}}


def coordinates_along(grid: Grid, axis: int) -> NDArray[np.float64]:
    """Return the coordinates along an axis of a grid that is not turned, but for falling axes."""
    if grid.coordinates is not None:
        return np.array(grid.coordinates[axis])
    step = grid.spacing[axis] * grid.direction[axis][axis]
    return np.asarray(grid.origin[axis] + step * np.arange(grid.shape[axis]))


def _decimal(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Return evenly spaced single-precision coordinates as the decimal numbers that they mean."""
    if dtype != np.float32:
        return values
    decimal = np.array([float(str(v)) for v in values.astype(np.float32)])
    line = np.linspace(decimal[0], decimal[-1], decimal.size)
    return decimal if (line.astype(np.float32) == values).all() else values


def _exactly(
    made: NDArray[np.float64], stored: NDArray[np.float64], dtype: np.dtype[Any]
) -> dict[str, Any]:
    """Return what an axis's attributes need, so that its coordinates come back to the bit."""
    found: dict[str, Any] = {} if dtype == np.float64 else {"stored_dtype": dtype.name}
    with np.errstate(all="ignore"):
        same = made.astype(dtype).astype(np.float64) == stored
    if dtype.kind in "iu":
        same = np.rint(made) == stored
    if not same.all() and stored.size <= MAX_NUMBERS:
        found["values"] = stored.tolist()
    return found


def _usable(path: str, axis: Axis, length: int) -> NDArray[np.float64] | None:
    """Return the coordinates of an axis, None where they are not all there."""
    if axis.values is None or axis.values.shape != (length,):
        return None
    if np.isfinite(axis.values).all():
        return axis.values
    logger.warning(
        "%s: the coordinates of %s are missing in part: they are left out, and counted instead",
        *(path, axis.name),
    )
    return None

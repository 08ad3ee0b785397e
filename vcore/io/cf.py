"""Labelled arrays by the CF conventions: which dimension is which axis, coordinates as a grid.

https://cfconventions.org/Data/cf-conventions/cf-conventions-1.11/cf-conventions.html, chapters 2.4,
4 and 8.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.grid import Grid
from vcore.io.arrange import variable
from vcore.io.lazy import scaled
from vcore.io.source import Source
from vcore.io.units import length_unit, time_unit
from vcore.volume import LazyArray, Variable

NAMES = {
    "t": ("t", "time", "frame", "frames", "step", "timestep"),
    "c": ("c", "channel", "channels", "component", "components", "band", "member", "vector"),
    "z": ("z", "lev", "level", "depth", "height", "altitude", "plev", "alt", "deptht", "pressure"),
    "y": ("y", "lat", "latitude", "rlat", "nav_lat", "north_south", "south_north"),
    "x": ("x", "lon", "longitude", "rlon", "nav_lon", "west_east"),
}


@dataclass(frozen=True)
class Labelled:
    """A stored array with names for its dimensions; ``data`` gives the values as stored."""

    data: LazyArray
    dims: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


def axes_of(array: Labelled, coordinates: Mapping[str, Labelled]) -> str:
    """Return a letter for each dimension: by attributes, then by name, then by position."""
    letters: list[str] = []
    for dim in array.dims:
        attributes = coordinates[dim].attributes if dim in coordinates else {}
        letter = _declared(attributes) or _by_name(dim)
        letters.append(letter if letter not in letters else "")
    free = [i for i, letter in enumerate(letters) if not letter]
    for letter in "xyztc":
        if letter not in letters and free:
            letters[free.pop()] = letter
    return "".join(letter or "?" for letter in letters)


def variable_of(
    source: Source, name: str, array: Labelled, coordinates: Mapping[str, Labelled]
) -> Variable:
    """Return the variable of a labelled array: scaled, increasing along each axis."""
    axes = source.axes or axes_of(array, coordinates)
    turned = "".join(
        letter
        for letter, dim in zip(axes, array.dims, strict=False)
        if letter in "zyx" and (values := _values(dim, coordinates)) is not None
        if values.size > 1 and values[0] > values[-1]
    )
    attributes = array.attributes
    fill = next((attributes[n] for n in ("_FillValue", "missing_value") if n in attributes), None)
    fill = None if fill is None else np.ravel(fill)[0].item()
    slope = float(np.ravel(attributes.get("scale_factor", 1.0))[0])
    intercept = float(np.ravel(attributes.get("add_offset", 0.0))[0])
    data = array.data
    if (slope, intercept) != (1.0, 0.0):
        # CF 8.1: the fill value is one of the packed values
        data, fill = scaled(data, slope, intercept, missing=fill), None
    return variable(
        source,
        name,
        data,
        axes,
        turned=turned,
        unit=str(attributes.get("units", "")),
        fill_value=fill,
    )


def grid_of(
    shape: tuple[int, ...], axes: str, dims: tuple[str, ...], coordinates: Mapping[str, Labelled]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the grid besides its shape, and attributes that have no place in it."""
    dim_of = dict(zip(axes, dims, strict=False))
    lengths = dict(zip(axes, shape, strict=False))
    named = any(dim_of.get(a) for a in "zyx")
    grid: dict[str, Any] = {"axis_names": tuple(dim_of.get(a, a) for a in "zyx")} if named else {}
    attributes: dict[str, Any] = {}
    found = {a: _values(dim_of.get(a, ""), coordinates) for a in "zyx"}
    if any(values is not None for values in found.values()):
        centres = [np.sort(_or_counted(found[a], lengths[a])) for a in "zyx"]
        if all((np.diff(c) > 0).all() and np.isfinite(c).all() for c in centres):
            regular = Grid.from_coordinates([c.tolist() for c in centres])
            for name in ("spacing", "origin", "coordinates"):
                grid[name] = getattr(regular, name)
        units = {a: _unit(dim_of.get(a, ""), coordinates) for a in "zyx"}
        if len(set(units.values())) == 1:
            grid["unit"] = length_unit(units["z"])
        elif any(units.values()):
            attributes["axis_units"] = units
    if (times := _values(dim_of.get("t", ""), coordinates)) is not None:
        grid["times"] = tuple(float(t) for t in times)
        text = _unit(dim_of["t"], coordinates)
        grid["time_unit"] = time_unit(text.partition(" since ")[0])
        if " since " in text:
            attributes["time_reference"] = text
    return grid, attributes


def _declared(attributes: Mapping[str, Any]) -> str:
    axis = str(attributes.get("axis", "")).lower()
    if axis in {"t", "z", "y", "x"}:
        return axis
    units = str(attributes.get("units", "")).lower()
    if " since " in units:
        return "t"
    if re.match(r"degrees?_?n(orth)?$", units):
        return "y"
    if re.match(r"degrees?_?e(ast)?$", units):
        return "x"
    return "z" if str(attributes.get("positive", "")).lower() in {"up", "down"} else ""


def _by_name(dim: str) -> str:
    return next((letter for letter, names in NAMES.items() if dim.lower() in names), "")


def _values(dim: str, coordinates: Mapping[str, Labelled]) -> NDArray[np.float64] | None:
    if dim not in coordinates or len(coordinates[dim].data.shape) != 1:
        return None
    values = np.asarray(coordinates[dim].data[...])
    return values.astype(np.float64) if values.dtype.kind in "iuf" else None


def _or_counted(values: NDArray[np.float64] | None, length: int) -> NDArray[np.float64]:
    return values if values is not None else np.arange(length, dtype=np.float64)


def _unit(dim: str, coordinates: Mapping[str, Labelled]) -> str:
    return str(coordinates[dim].attributes.get("units", "")) if dim in coordinates else ""

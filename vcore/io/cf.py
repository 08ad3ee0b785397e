"""Arrays labelled by the CF conventions: map dimensions to axes and coordinates to a grid.

https://cfconventions.org/Data/cf-conventions/cf-conventions-1.11/cf-conventions.html, chapters 2 to
5 and 8.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.io.assemble import default_axes, is_coded, is_variable, variable
from vcore.io.cf_arrays import RELATED, Arrays, Labelled, in_scope, words_of
from vcore.io.cf_attributes import MAX_VALUES, kept, plain, text
from vcore.io.cf_axes import Axis, grid_of
from vcore.io.cf_carried import carried_arrays, single_time
from vcore.io.cf_grids import MIN_BYTES, Extent, Place, grouped
from vcore.io.cf_values import CODING, RANGES, coding_of
from vcore.io.request import ReadRequest
from vcore.model.axes import AXES, PLACEHOLDERS
from vcore.model.grid import Grid
from vcore.model.volume import GRID_KEYS, Variable, Volume

NAMES = {
    "t": ("t", "time", "times", "time_counter", "frame", "frames", "step", "timestep"),
    "c": (
        *("c", "channel", "channels", "component", "components", "band", "bands", "vector"),
        *("member", "ensemble", "ens", "realization", "number"),
    ),
    "z": ("z", "lev", "level", "depth", "height", "altitude", "plev", "alt", "deptht", "pressure"),
    "y": ("y", "lat", "latitude", "rlat", "nav_lat", "north_south", "south_north"),
    "x": ("x", "lon", "longitude", "rlon", "nav_lon", "west_east"),
}
"""Usual dimension names of each axis, in lower case."""
STANDARD_NAMES = {
    "t": ("time", "forecast_period"),
    "c": ("realization",),
    "z": ("air_pressure", "altitude", "depth", "height", "model_level_number"),
    "y": ("latitude", "grid_latitude", "projection_y_coordinate"),
    "x": ("longitude", "grid_longitude", "projection_x_coordinate"),
}
"""CF standard names of coordinates, by axis."""
PRESSURES = ("pa", "hpa", "kpa", "bar", "mbar", "dbar", "millibar", "decibar", "atm")
"""Units that mark a dimension as vertical (CF, section 4.3)."""


def _ordered(source: ReadRequest, name: str, arrays: Arrays) -> tuple[tuple[int, ...], int]:
    """Return the shape of an array, and how well it serves as a volume.

    The shape is in t c z y x order where its axes are known, with 1 for a missing z axis. The rank
    is 3 for axes z y x, 2 for a series or channels of images, 1 for an image, 0 for others.
    """
    shape = tuple(int(n) for n in arrays[name].data.shape)
    letters = source.axes or axes_of(name, arrays)
    if len(letters) != len(shape):
        return shape, 0
    lengths = {a: n for a, n in zip(letters, shape, strict=True) if a in AXES}
    others = [n for a, n in zip(letters, shape, strict=True) if a not in AXES]
    if not {*"yx"} <= lengths.keys() or "?" in letters:
        return shape, 0
    if others:
        into = "c" if "t" in lengths else "t"
        lengths[into] = int(np.prod([lengths.get(into, 1), *others], dtype=object))
    rank = 3 if "z" in lengths else min(len(lengths) - 1, 2)
    return tuple(lengths.get(a, 1) for a in AXES if a in lengths or a == "z"), rank


def candidates(source: ReadRequest, arrays: Arrays) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays to choose from, those of images with a z axis of length 1.

    Only those with a z axis; if there are none, series and channels of images; else images. Arrays
    that others reference as coordinates, bounds or weights, and arrays of dtypes that no method
    encodes, are excluded, unless they are requested or there is nothing else.
    """
    ordered = {name: _ordered(source, name, arrays) for name in arrays}
    if source.variables is not None:
        return {name: shape for name, (shape, _) in ordered.items()}
    unnamed = _unnamed(arrays)
    coded = [name for name in unnamed if is_coded(arrays[name].data.dtype)]
    kept_exactly = [n for n in unnamed if is_variable(arrays[n].data.dtype)]
    several = [name for name, (_, rank) in ordered.items() if rank > 1]
    for names in (coded, kept_exactly, unnamed, several):
        if best := max((ordered[name][1] for name in names), default=0):
            return {name: ordered[name][0] for name in names if ordered[name][1] == best}
    return {name: ordered[name][0] for name in unnamed}


def _unnamed(arrays: Arrays) -> list[str]:
    """Return the names of the arrays that no other references."""
    named = {
        in_scope(name, word, arrays)
        for name, array in arrays.items()
        for attribute in RELATED
        for word in words_of(array.attributes, attribute)
    }
    return [name for name in arrays if name not in named]


def _beside(
    source: ReadRequest, names: Iterable[str], arrays: Arrays, among: Collection[str]
) -> list[str]:
    """Return the arrays that are variables on other grids than the chosen ones: volumes, and series
    and channels of images, all of at least ``MIN_BYTES``."""
    if source.variables is not None or source.inside:
        return []
    found = []
    for name in _unnamed(arrays):
        if name in names or name not in among or name in source.exclude:
            continue
        dtype = np.dtype(arrays[name].data.dtype)
        coded = is_coded(dtype) and dtype != np.bool_
        size = arrays[name].size * dtype.itemsize * max(source.files, 1)
        if not coded or size < MIN_BYTES:
            continue
        letters = source.axes or axes_of(name, arrays)
        frames = dict(zip(letters, arrays[name].data.shape, strict=False)).get("t", 1)
        if _ordered(source, name, arrays)[1] > 1 and not (source.files and frames > 1):
            found.append(name)
    return found


def axes_of(name: str, arrays: Arrays) -> str:
    """Return a letter per dimension: from attributes, else from its name, else its position; for
    further ones a digit, or "?" if they have no name."""
    array = arrays[name]
    shape = array.data.shape
    if array.letters or not any(array.dims):
        return array.letters or default_axes(shape, array.data.dtype) or "?" * len(shape)
    coordinates = [_coordinate(name, dim, arrays) for dim in array.dims]
    declared = [_declared(arrays[c]) if c else "" for c in coordinates]
    letters = [""] * len(shape)
    for guesses in (declared, [_by_name(dim) for dim in array.dims]):
        for i, letter in enumerate(guesses):
            if not letters[i] and letter not in letters:
                letters[i] = letter
    free = [i for i, letter in enumerate(letters) if not letter]
    for letter in "xyztc":
        if letter not in letters and free:
            letters[free.pop()] = letter
    digits = iter(PLACEHOLDERS)
    return "".join(
        letter or (next(digits, "?") if dim else "?")
        for letter, dim in zip(letters, array.dims, strict=True)
    )


def _names(source: ReadRequest, name: str, letters: str, arrays: Arrays) -> tuple[str, ...]:
    """Return a key per dimension for attributes: its letter, or the name of one without."""
    named = source.axis_names or arrays[name].dims or letters
    return tuple(
        a if a in AXES else f"{title}_" if title in AXES else title
        for a, title in zip(letters, named, strict=False)
    )


def volume_of(
    source: ReadRequest,
    names: Iterable[str],
    arrays: Arrays,
    attributes: Mapping[str, Any],
    among: Collection[str] | None = None,
) -> Volume:
    """Return the volume of the arrays called ``names``, and those of the file on other grids.

    Parameters
    ----------
    source
        The file being read; its axes take precedence over those of the dimensions.
    names
        Arrays to read.
    arrays
        All arrays of the file, including coordinates.
    attributes
        Attributes of the file.
    among
        Arrays that may be variables; all by default.
    """
    names = list(names)
    beside = _beside(source, names, arrays, arrays if among is None else among)
    groups = grouped({n: _place(source, n, arrays) for n in (*names, *beside)})
    sizes = [sum(arrays[n].size for n in group if n in names) for group in groups]
    first = 0 if source.variables is not None else sizes.index(max(sizes))
    groups = [groups[first], *groups[:first], *groups[first + 1 :]]
    parts = [_part(source, group, arrays) for group in groups]
    volume = parts[0][0]
    own = {n: v for n, v in kept(source.path, attributes).items() if n not in GRID_KEYS}
    placed = _turned(own, volume.grid)
    named = [name for group in groups for name in group]
    carried = carried_arrays(
        source, named, [pair for _, axes in parts for pair in axes.items()], arrays, attributes
    )
    timed = any("t" in v.axes for v in volume.variables)
    described = {} if timed else single_time(carried)
    return replace(
        volume,
        grid=replace(volume.grid, **placed),
        attributes={**own, **volume.attributes, **described},
        carried=carried,
        others=tuple(other for other, _ in parts[1:]),
    )


def _part(
    source: ReadRequest, names: Iterable[str], arrays: Arrays
) -> tuple[Volume, dict[str, Axis]]:
    """Return the volume of arrays on one grid, with attributes of its axes only, and the axes."""
    axes: dict[str, Axis] = {}
    for name in names:
        letters = source.axes or axes_of(name, arrays)
        keys = _names(source, name, letters, arrays)
        for letter, dim in zip(keys, arrays[name].dims, strict=False):
            if letter not in axes:
                axes[letter] = _axis(source, name, dim, arrays)
    variables = tuple(variable_of(source, name, arrays, axes.get("c")) for name in names)
    lengths = {a: n for v in variables for a, n in zip(v.source_axes, v.source_shape, strict=True)}
    lengths = {**dict(zip("zyx", variables[0].shape[-3:], strict=True)), **lengths}
    axes = {a: axis for a, axis in axes.items() if a in lengths or a in "zyx"}
    grid, described = grid_of(source.path, axes, lengths)
    placed = Grid(shape=variables[0].shape[-3:], **grid)  # type: ignore[arg-type]
    return Volume(placed, variables, attributes=described), axes


def _place(source: ReadRequest, name: str, arrays: Arrays) -> Place:
    array = arrays[name]
    shape = [int(n) for n in array.data.shape]
    dims = array.dims or ("",) * len(shape)
    letters = source.axes or axes_of(name, arrays)
    found = {}
    for letter, dim, length in zip(letters, dims, shape, strict=False):
        axis = _axis(source, name, dim, arrays) if dim else Axis("")
        values = None if axis.values is None else axis.values.tobytes()
        key = letter if letter in AXES else f"{dim}_"
        found[key] = Extent(length, dim, values or axis.labels or None)
    return found


def _turned(attributes: dict[str, Any], grid: Grid) -> dict[str, Any]:
    """Take the place of a turned grid, as ``dataset_of`` describes it, from a file's attributes."""
    origin, direction = attributes.get("origin"), attributes.get("direction")
    if np.size(direction) != 9 or np.size(origin) != 3 or grid.coordinates is not None:  # type: ignore[arg-type]
        return {}
    try:
        placed: dict[str, Any] = {
            "origin": tuple(origin),  # type: ignore[arg-type]
            "direction": np.reshape(direction, (3, 3)).tolist(),  # type: ignore[arg-type]
        }
        Grid(shape=(1, 1, 1), **placed)
    except (TypeError, ValueError):
        return {}
    del attributes["origin"], attributes["direction"]
    return placed


def variable_of(source: ReadRequest, name: str, arrays: Arrays, channels: Axis | None) -> Variable:
    """Return the variable of a labelled array, decoded by ``coding_of``."""
    array = arrays[name]
    where = f"{source.path}: {name}"
    coding = coding_of(where, array.data.dtype, array.attributes)
    found = variable(
        source,
        name,
        coding.decoded(array.data),
        axes_of(name, arrays),
        names=array.dims,
        keeps_order=not array.letters and bool(array.dims),
        unit=text(array.attributes, "units"),
        fill_value=coding.fill_value,
    )
    attributes = kept(where, array.attributes, (*CODING, "units"))
    if coding.is_packed and coding.code is not None:
        attributes["_FillValue"] = plain(coding.code)
    labels = channels.labels if channels is not None else ()
    return replace(
        found,
        packing=coding.packing,
        attributes=attributes,
        components=labels if len(labels) == found.length("c") and "c" in found.axes else (),
    )


def _axis(source: ReadRequest, name: str, dim: str, arrays: Arrays) -> Axis:
    coordinate = _coordinate(name, dim, arrays)
    if not coordinate:
        return Axis(dim)
    array, where = arrays[coordinate], f"{source.path}: {coordinate}"
    attributes = kept(where, array.attributes, CODING)
    numbers = np.asarray(array.data[...])
    if numbers.dtype.kind in "OUS":
        labels = tuple(map(str, plain(numbers))) if numbers.size <= MAX_VALUES else ()
        return Axis(dim, attributes, labels=labels, source=coordinate)
    # coordinates that rounding puts outside their valid range stay usable, as in xarray
    used = {k: v for k, v in array.attributes.items() if k not in RANGES}
    coding = coding_of(where, numbers.dtype, used)
    return Axis(dim, attributes, coding.floats(numbers), coding.dtype, source=coordinate)


def _coordinate(name: str, dim: str, arrays: Arrays) -> str:
    """Return the name of the coordinate array of a dimension, "" if there is none.

    Search the group of the array ``name``, then its parents.
    """
    known = arrays[name].coordinates.get(dim, "")
    if known:
        return known
    groups = name.split("/")[:-1]
    for depth in range(len(groups), -1, -1):
        found = "/".join([*groups[:depth], dim])
        if found in arrays and arrays[found].dims == (dim,):
            return found if arrays[found].data.dtype.kind in "iufOUS" else ""
    return ""


def _declared(coordinate: Labelled) -> str:
    attributes = coordinate.attributes
    if coordinate.data.dtype.kind in "OUS":
        return "" if coordinate.dims and _by_name(coordinate.dims[0]) else "c"
    axis = text(attributes, "axis").lower()
    if axis in {"t", "z", "y", "x"}:
        return axis
    units = text(attributes, "units").lower()
    if " since " in units:
        return "t"
    if re.match(r"degrees?_?n(orth)?$", units):
        return "y"
    if re.match(r"degrees?_?e(ast)?$", units):
        return "x"
    named = text(attributes, "standard_name").lower()
    letter = next((a for a, names in STANDARD_NAMES.items() if named in names), "")
    upright = text(attributes, "positive").lower() in {"up", "down"} or units in PRESSURES
    return letter or ("z" if upright else "")


def _by_name(dim: str) -> str:
    return next((letter for letter, names in NAMES.items() if dim.lower() in names), "")

"""A volume as an undecoded xarray dataset, by the CF conventions."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from vcore.io.stored_arrays import VALUES
from vcore.model.axes import SourceArray
from vcore.model.grid import Grid
from vcore.model.volume import GRID_KEYS, CarriedArray, LazyArray, Variable, Volume
from vcore.zarr.xarray_coordinates import Axes, is_straight

logger = logging.getLogger(__name__)


def dataset_of(
    volume: Volume,
    without: Collection[str] = (),
    *,
    exact: bool = True,
    arrays: Mapping[str, LazyArray] | None = None,
) -> xr.Dataset:
    """Return the dataset before ``xarray.decode_cf``; values are read lazily.

    Packed variables have the values, and their packing in ``encoding``. Arrays that are carried
    come as stored, except those along dimensions of another length in ``volume``. Dimensions of
    other grids are renamed where they have the name of one of the first, but not its length or
    coordinates.

    Parameters
    ----------
    volume
        The volume.
    without
        Names of variables to leave out.
    exact
        Whether the grid is that of the source, not one of a coarser level.
    arrays
        Arrays along the axes of the source to take the values of variables from, by name.
    """
    variables: dict[str, xr.Variable] = {}
    reserved = {
        Axes(part.grid, part.attributes, exact=exact).name(letter)
        for part in volume.parts
        for variable in part.variables
        for letter in variable.source_axes
    }
    for part in volume.parts:
        variables |= _of_grid(part, variables, reserved, without, arrays or {}, exact=exact)
    variables |= _carried(volume.carried, variables, exact=exact)
    attributes = {k: v for k, v in volume.attributes.items() if k not in GRID_KEYS}
    found = xr.Dataset(variables, attrs={**attributes, **_placed(volume.grid)})
    return found.drop_vars(without, errors="ignore")


def _of_grid(
    part: Volume,
    known: Mapping[str, xr.Variable],
    reserved: Collection[str],
    without: Collection[str],
    arrays: Mapping[str, LazyArray],
    *,
    exact: bool,
) -> dict[str, xr.Variable]:
    """Return the variables and coordinates of one grid, beside those ``known`` of others, none of
    the name of a dimension (``reserved``).

    A dimension that is another one of the same name in ``known`` is renamed by the first variable.
    """
    axes = Axes(part.grid, part.attributes, exact=exact)
    chosen = [v for v in part.variables if v.name not in without]
    taken = {dim: n for v in known.values() for dim, n in zip(v.dims, v.shape, strict=True)}
    found: dict[str, xr.Variable] = {}
    renamed: dict[str, str] = {}
    for variable in chosen:
        names = {a: axes.name(a) for a in variable.source_axes}
        if "c" in names:
            names["c"] = _channel_name(variable, chosen, names["c"])
        own = _coordinates(variable, axes, names, {})
        for letter, length in zip(variable.source_axes, variable.source_shape, strict=True):
            dim = names[letter]
            same = taken.get(dim) == length and _is_same(known.get(dim), own.get(dim))
            if dim in taken and not same:
                renamed.setdefault(dim, f"{dim}_{chosen[0].name}".replace("/", "_"))
        own = {
            name: xr.Variable(name, v.data, v.attrs)
            for name, v in zip((renamed.get(n, n) for n in own), own.values(), strict=True)
        }
        dims = tuple(renamed.get(names[a], names[a]) for a in variable.source_axes)
        # xarray treats a variable named like a dimension as its coordinate
        name = f"{variable.name}{VALUES}" if variable.name in {*dims, *reserved} else variable.name
        data = arrays.get(variable.name)
        if data is None:
            data = SourceArray(variable.data, variable.axis_map)
        found[name] = _variable(variable, dims, data)
        found |= {n: v for n, v in own.items() if n not in found and n not in known}
    return found


def _is_same(one: xr.Variable | None, other: xr.Variable | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.identical(other))  # type: ignore[no-untyped-call]


def stored_name(dataset: xr.Dataset, name: str) -> str:
    """Return the name in ``dataset_of`` of the variable ``name``."""
    renamed = f"{name}{VALUES}"
    return renamed if name in dataset.dims and renamed in dataset.variables else name


class _Stored(BackendArray):
    """Lazily indexed array."""

    def __init__(self, data: LazyArray) -> None:
        self._data, self.shape, self.dtype = data, tuple(data.shape), np.dtype(data.dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        found: NDArray[Any] = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.BASIC, self._read
        )
        return found

    def _read(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        return np.asarray(self._data[key])


def _variable(variable: Variable, dims: tuple[str, ...], array: LazyArray) -> xr.Variable:
    attributes = dict(variable.attributes)
    packed = attributes.pop("_FillValue", None)
    if variable.unit:
        attributes["units"] = variable.unit
    if variable.fill_value is not None:
        attributes["_FillValue"] = variable.dtype.type(variable.fill_value)
    encoding: dict[str, Any] = {}
    if variable.packing is not None:  # so that writing packs again
        encoding["dtype"] = np.dtype(variable.packing.dtype)
        encoding["scale_factor"] = variable.packing.scale
        encoding["add_offset"] = variable.packing.offset
        if packed is not None:
            encoding["_FillValue"] = encoding["dtype"].type(packed)
    data = indexing.LazilyIndexedArray(_Stored(array))
    return xr.Variable(dims, data, attributes, encoding)


def _coordinates(
    variable: Variable, axes: Axes, names: Mapping[str, str], known: Mapping[str, xr.Variable]
) -> dict[str, xr.Variable]:
    """Return the coordinates of a variable's dimensions not in ``known``."""
    found = {}
    for letter, length in zip(variable.source_axes, variable.source_shape, strict=True):
        name = names[letter]
        if name in known:
            continue
        if letter == "c" and variable.components:
            found[name] = xr.Variable(name, list(variable.components))
            continue
        values = axes.coordinates(letter, length)
        if values is not None:
            found[name] = xr.Variable(name, values.values, values.attrs)
    return found


def _carried(
    arrays: Collection[CarriedArray], known: Mapping[str, xr.Variable], *, exact: bool
) -> dict[str, xr.Variable]:
    """Return carried arrays whose dimensions agree with those of ``known``."""
    sizes = {dim: n for v in known.values() for dim, n in zip(v.dims, v.shape, strict=True)}
    found: dict[str, xr.Variable] = {}
    for array in arrays:
        dims = tuple(d or f"{array.name}_dim{i}" for i, d in enumerate(array.dims))
        fits = all(sizes.get(d, n) == n for d, n in zip(dims, array.shape, strict=True))
        is_coordinate = dims == (array.name,)
        taken = array.name in known or array.name in sizes
        if not fits or (taken and not is_coordinate) or len(set(dims)) < len(dims):
            if exact:  # at coarser levels, arrays along the axes of space never fit
                logger.warning(
                    "the array %s (%s) has no place among the dimensions of an xarray dataset; "
                    "dropped it",
                    *(array.name, ", ".join(dims)),
                )
            continue
        attributes = dict(array.attributes)
        for name in ("_FillValue", "missing_value"):
            if array.dtype.kind in "iuf" and isinstance(attributes.get(name), int | float):
                attributes[name] = array.dtype.type(attributes[name])
        data = indexing.LazilyIndexedArray(_Stored(array.data))
        found[array.name] = xr.Variable(dims, data, attributes)
        sizes |= zip(dims, array.shape, strict=True)
    return found


def _placed(grid: Grid) -> dict[str, Any]:
    if is_straight(grid):
        return {}
    return {"origin": list(grid.origin), "direction": np.ravel(grid.direction).tolist()}


def _channel_name(variable: Variable, variables: Collection[Variable], name: str) -> str:
    """Return ``name``, or a name per variable if their channels differ."""
    kinds = {(v.length("c"), v.components) for v in variables if "c" in v.axes}
    return name if len(kinds) < 2 else f"{name}_{variable.name}"

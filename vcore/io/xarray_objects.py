"""DataArray and Dataset of xarray, read like an equivalent NetCDF file, but without packing
values."""

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import choose
from vcore.io.cf import candidates, volume_of
from vcore.io.cf_arrays import RELATED, Arrays, Labelled
from vcore.io.cf_attributes import MAX_VALUES, kept, plain
from vcore.io.cf_values import CODING, RANGES, coding_of
from vcore.io.lazy import CallbackArray
from vcore.io.objects import taking
from vcore.io.request import ReadRequest, need
from vcore.model.packing import Packing
from vcore.model.regions import Region
from vcore.model.volume import GRID_KEYS, Variable, Volume

if TYPE_CHECKING:
    import xarray

logger = logging.getLogger(__name__)

UNNAMED = "data"
"""Variable name of a DataArray without a name."""
LARGEST_WHOLE = 1 << 53
"""Largest magnitude up to which all integers are exact in double precision."""


def read_object(source: ReadRequest, given: "xarray.DataArray | xarray.Dataset") -> Volume:
    """Return the volumes, or the maps if there are none, by the rules for NetCDF.

    Values are already decoded: NaN is missing, and packing in the encoding is used only if it is
    lossless. Variables of dask or of a file are read by region. Dimension coordinates become the
    grid; all other variables are carried losslessly. A warning is logged for what cannot be kept.

    Raises
    ------
    InputError
        No volume and no map, or a coordinate that no file holds (a MultiIndex).
    """
    dataset = _as_dataset(given)
    arrays, attributes = _labelled(source.path, dataset)
    own = {str(name) for name in dataset.data_vars}
    shapes = {n: s for n, s in candidates(source, arrays).items() if n in own}
    names = choose(source, shapes, "variable", carries=True)
    volume = volume_of(source, names, arrays, attributes, own)
    variables = {str(n): v for n, v in dataset.variables.items()}
    volume = volume.changed(lambda v: _complete(source.path, v, variables[v.name]))
    carried = tuple(
        replace(a, attributes={**a.attributes, **_limits(source.path, variables[a.name])})
        for a in volume.carried
    )
    volume = replace(volume, carried=carried, source=_file_of(given, dataset))
    _tell_left_out(source, volume, dataset)
    return volume


def _as_dataset(given: "xarray.DataArray | xarray.Dataset") -> "xarray.Dataset":
    if hasattr(given, "data_vars"):
        return given  # type: ignore[return-value]
    name = UNNAMED if given.name is None else given.name
    if name in given.coords:
        raise InputError(
            f"Expected a name of its own for the DataArray. Got {name!r} instead, which is one of "
            f"its coordinates: rename it (`array.rename('data')`)."
        )
    return given.to_dataset(name=name)


def _labelled(where: str, dataset: "xarray.Dataset") -> tuple[Arrays, Mapping[str, Any]]:
    """Return the variables as encoded in a file, but with unpacked values."""
    conventions = need("xarray.conventions")
    encoded, attributes = conventions.encode_dataset_coordinates(dataset)
    whole = {n for n, v in encoded.items() if v.size <= MAX_VALUES or v.dims == (n,)}
    whole -= _chosen_from(dataset)
    small, _ = conventions.cf_encoder({n: encoded[n] for n in whole}, {})
    arrays = {}
    for name, variable in {**encoded, **small}.items():
        dims = tuple(map(str, variable.dims))
        related = {a: variable.encoding[a] for a in RELATED if a in variable.encoding}
        found = {**related, **variable.attrs}
        if name not in small:
            found = {a: v for a, v in found.items() if a not in RANGES}
            data: Any = CallbackArray(
                variable.shape, variable.dtype, partial(_fetch, f"{where}: {name}", variable)
            )
        else:
            data = np.asarray(variable.values)
            if dims == (name,):
                _tell_rounded(f"{where}: {name}", data)
        arrays[str(name)] = Labelled(data, dims, found)
    return arrays, attributes


def _chosen_from(dataset: "xarray.Dataset") -> set[Any]:
    """Return the names of the variables among which the volumes are: maps count if alone."""
    large = {n for n, v in dataset.data_vars.items() if v.ndim >= 3}
    numeric = {n for n, v in dataset.data_vars.items() if v.ndim == 2 and v.dtype.kind in "biuf"}
    return large or numeric


def _fetch(where: str, variable: "xarray.Variable", region: Region) -> NDArray[Any]:
    with taking(where):
        return np.asarray(variable[region].to_numpy())


def _complete(where: str, found: Variable, variable: "xarray.Variable") -> Variable:
    """Return a variable with metadata beyond its attributes: packing, boolean dtype, pint's
    unit."""
    attributes = dict(found.attributes)
    attributes |= _limits(f"{where}: {found.name}", variable)
    if variable.dtype == np.bool_:
        attributes["dtype"] = "bool"  # as xarray writes them, and reads again
    packing, code = _packing(variable)
    if packing is not None and code is not None:
        attributes["_FillValue"] = code
    unit, quantity = found.unit, getattr(variable, "_data", None)
    if not unit and "pint" in sys.modules and isinstance(quantity, need("pint").Quantity):
        unit = str(quantity.units)
    packing = packing if found.packing is None else found.packing
    return replace(found, packing=packing, attributes=attributes, unit=unit)


def _limits(where: str, variable: "xarray.Variable") -> dict[str, Any]:
    """Return the attributes of the valid range, which xarray does not apply on decoding."""
    return kept(where, {n: v for n, v in variable.attrs.items() if n in RANGES})


def _packing(variable: "xarray.Variable") -> tuple[Packing | None, Any]:
    """Return how a file packed the values of a variable, and its number for missing ones."""
    stored, values = variable.encoding.get("dtype"), variable.dtype.newbyteorder("=").str[1:]
    is_whole = isinstance(stored, np.dtype) and stored.kind in "iu" and stored.itemsize <= 4
    if not is_whole or values not in ("f4", "f8"):
        return None, None
    coding = coding_of("", stored, {n: v for n, v in variable.encoding.items() if n in CODING})
    packing = coding.packing or Packing(coding.stored.str[1:], values, 1.0)
    if packing.values_dtype != values:
        return None, None
    return packing, None if coding.code is None else plain(coding.code)


def _file_of(given: Any, dataset: "xarray.Dataset") -> str:
    """Return the path of the file that the values are read from, "" where there is none."""
    for item in (dataset, given, *dataset.data_vars.values()):
        path = item.encoding.get("source")
        if isinstance(path, str) and os.path.exists(path):
            return path
    return ""


def _tell_rounded(where: str, numbers: NDArray[Any]) -> None:
    if numbers.dtype.kind in "iu" and numbers.size and np.abs(numbers).max() > LARGEST_WHOLE:
        logger.warning(
            "%s: has numbers above 2**53, which are kept in double precision: they are rounded",
            where,
        )


def _tell_left_out(source: ReadRequest, volume: Volume, dataset: "xarray.Dataset") -> None:
    """Warn of variables and attributes that the volume has not."""
    there = {*(a.name for a in volume.carried), *map(str, dataset.dims)}
    there |= {v.name for v in volume.every}
    wanted = dataset.coords if source.variables is not None else dataset.variables
    lost = [(n, wanted[n].dims) for n in wanted if str(n) not in there]
    _tell(source.path, "variables", [f"{n} ({', '.join(map(str, dims))})" for n, dims in lost])
    own = {str(n) for n in dataset.attrs}
    _tell(source.path, "attributes", (own - volume.attributes.keys()) | (own & {*GRID_KEYS}))
    for variable in volume.every:
        said = next(v for n, v in dataset.data_vars.items() if str(n) == variable.name).attrs
        own = {str(n) for n in said} - {*variable.attributes, *CODING, "units"}
        _tell(f"{source.path}: {variable.name}", "attributes", own)


def _tell(where: str, what: str, names: Iterable[str]) -> None:
    if listing := ", ".join(sorted(names)):
        logger.warning("%s: %s that are not kept: %s", where, what, listing)

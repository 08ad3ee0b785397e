"""NetCDF writer (CF conventions): variables slab by slab, and carried arrays."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vcore.io.netcdf import LOCK
from vcore.io.request import need
from vcore.io.stored_arrays import StoredArray, stored_arrays
from vcore.io.write_slabs import Tick
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

KINDS = "iufSO"
"""Kinds of dtypes that netCDF-4 stores."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write all variables with their coordinates and the arrays that the volume carries.

    Packed variables are packed again, float16 is written as float32. Records and complex numbers,
    which NetCDF has no type for, are left out with a warning.
    """
    netcdf = need("netCDF4")
    arrays, attributes = stored_arrays(volume)
    lost = [a.name for a in arrays if a.dtype.kind not in KINDS]
    if lost:
        logger.warning(
            "%s: left out: %s (records or complex numbers, for which NetCDF has no type)",
            *(path, ", ".join(lost)),
        )
    try:
        _write_all(netcdf, path, [a for a in arrays if a.name not in lost], attributes, tick)
    except RuntimeError as error:  # such as "NetCDF: HDF error", where the disk is full
        raise OSError(str(error)) from error
    return [path]


def _write_all(
    netcdf: Any,
    path: str,
    arrays: Sequence[StoredArray],
    attributes: Mapping[str, Any],
    tick: Tick,
) -> None:
    with LOCK:
        file = netcdf.Dataset(os.fspath(path), "w", format="NETCDF4")
    try:
        with LOCK:
            _set(file, attributes)
        for array in arrays:
            _write(file, array, tick)
    finally:
        with LOCK:
            file.close()


def _write(file: Any, array: StoredArray, tick: Tick) -> None:
    """Write one array; the library lock is released while values are read."""
    dims, shape, characters = list(array.dims), list(array.shape), array.dtype.kind == "S"
    dtype: Any = {"O": str, "S": "S1"}.get(array.dtype.kind, array.dtype)
    if characters and array.dtype.itemsize > 1:
        dims.append(f"string{array.dtype.itemsize}")
        shape.append(array.dtype.itemsize)
    with LOCK:
        _dimensions(file, dims, shape)
        variable = _created(file, array, dtype, dims)
    for region in array.slabs():
        values = array.read(region)
        stored = values
        if characters:
            stored = np.frombuffer(values.tobytes(), "S1").reshape(
                (*values.shape, *shape[array.ndim :])
            )
        with LOCK:
            variable[region or ...] = stored
        if array.is_variable:
            tick(values.size)


def _created(file: Any, array: StoredArray, dtype: Any, dims: Sequence[str]) -> Any:
    attributes = dict(array.attributes)
    fill = attributes.pop("_FillValue", None)
    # every value is written, so prefilling is unnecessary
    variable = file.createVariable(
        array.name, dtype, dims, fill_value=fill if dtype is not str else None
    )
    variable.set_auto_maskandscale(False)
    variable.set_auto_chartostring(False)
    _set(variable, attributes)
    return variable


def _dimensions(file: Any, dims: Sequence[str], shape: Sequence[int]) -> None:
    for name, length in zip(dims, shape, strict=True):
        if name not in file.dimensions:
            file.createDimension(name, length)


def _set(item: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        if isinstance(value, list):
            item.setncattr_string(name, value)
        else:
            item.setncattr(name, value)

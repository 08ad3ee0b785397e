"""Attributes of Zarr arrays in NetCDF's form, with the fill value as stored by xarray.

In Zarr v2 this is the array's own fill value; in v3 the attribute ``_FillValue``, base64-encoded
for floating-point arrays.
"""

import base64
import binascii
import struct
from typing import Any

import numpy as np

from vcore.io.cf_values import Coding, coding_of

DIMENSIONS = "_ARRAY_DIMENSIONS"
"""Attribute of a Zarr v2 array with its dimension names."""


def attributes_of(array: Any, *, is_level: bool = False) -> dict[str, Any]:
    """Return the attributes of a Zarr array, with ``_FillValue`` as a number if it is valid.

    The array's own fill value is ignored for levels of OME-Zarr images, where it is mostly 0.
    """
    found = dict(array.attrs)
    is_labelled = found.pop(DIMENSIONS, None) is not None and not is_level
    if array.metadata.zarr_format == 2 and is_labelled and array.fill_value is not None:
        found["_FillValue"] = array.fill_value
    if isinstance(text := found.get("_FillValue"), str):
        found["_FillValue"] = _number(text, np.dtype(array.dtype))
    return found


def dimensions_of(array: Any) -> tuple[str, ...]:
    """Return the dimension names of an array, empty unless all are named."""
    names = getattr(array.metadata, "dimension_names", None) or dict(array.attrs).get(DIMENSIONS)
    fits = isinstance(names, list | tuple) and len(names) == len(array.shape) and all(names)
    return tuple(map(str, names)) if names and fits else ()


def coding(array: Any, where: str = "", *, is_level: bool = False) -> Coding:
    """Return the decoding of a Zarr array's numbers; see ``coding_of``."""
    return coding_of(where, array.dtype, attributes_of(array, is_level=is_level))


def stored_fill(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a fill value as xarray encodes it in the attributes of a Zarr v3 array."""
    if dtype.kind == "f":
        return base64.standard_b64encode(struct.pack("<d", float(value))).decode()
    return int(value)


def _number(text: str, dtype: np.dtype[Any]) -> Any:
    try:
        data = base64.b64decode(text, validate=True) if dtype.kind == "f" else b""
        return struct.unpack("<d", data)[0]
    except (binascii.Error, struct.error, ValueError):
        return text


def fill_number(value: Any, dtype: str) -> float | None:
    """Return a ``_FillValue`` attribute as a finite number, None if it is absent or invalid."""
    try:
        found = _number(value, np.dtype(dtype)) if isinstance(value, str) else value
        return float(found) if np.isfinite(float(found)) else None
    except (TypeError, ValueError, OverflowError):
        return None

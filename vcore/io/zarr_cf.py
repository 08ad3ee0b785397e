"""Attributes of Zarr arrays as those of NetCDF variables: where xarray keeps the fill value.

In Zarr v2 it is the array's own fill value; in v3 the attribute ``_FillValue``, as text in base64
where the values are floating-point numbers.
"""

import base64
import binascii
import struct
from typing import Any

import numpy as np

from vcore.io.cf_values import Coding, coding_of

DIMENSIONS = "_ARRAY_DIMENSIONS"
"""Attribute of a Zarr v2 array with the names of its dimensions."""


def attributes_of(array: Any, *, is_level: bool = False) -> dict[str, Any]:
    """Return the attributes of a Zarr array, ``_FillValue`` as a number where it is one.

    The array's own fill value means nothing for levels of OME-Zarr images: it is most often 0.
    """
    found = dict(array.attrs)
    is_labelled = found.pop(DIMENSIONS, None) is not None and not is_level
    if array.metadata.zarr_format == 2 and is_labelled and array.fill_value is not None:
        found["_FillValue"] = array.fill_value
    if isinstance(text := found.get("_FillValue"), str):
        found["_FillValue"] = _number(text, np.dtype(array.dtype))
    return found


def dimensions_of(array: Any) -> tuple[str, ...]:
    """Return the names of an array's dimensions, none where not all have one."""
    names = getattr(array.metadata, "dimension_names", None) or dict(array.attrs).get(DIMENSIONS)
    fits = isinstance(names, list | tuple) and len(names) == len(array.shape) and all(names)
    return tuple(map(str, names)) if names and fits else ()


def coding(array: Any, where: str = "", *, is_level: bool = False) -> Coding:
    """Return how the numbers of a Zarr array become values; see ``coding_of``."""
    return coding_of(where, array.dtype, attributes_of(array, is_level=is_level))


def stored_fill(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a fill value as xarray writes it into the attributes of a Zarr v3 array."""
    if dtype.kind == "f":
        return base64.standard_b64encode(struct.pack("<d", float(value))).decode()
    return int(value)


def _number(text: str, dtype: np.dtype[Any]) -> Any:
    try:
        data = base64.b64decode(text, validate=True) if dtype.kind == "f" else b""
        return struct.unpack("<d", data)[0]
    except (binascii.Error, struct.error, ValueError):
        return text

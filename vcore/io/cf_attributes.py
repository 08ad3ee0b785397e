"""Attributes of NetCDF, HDF5 and Zarr as JSON values, without those the readers consume."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vcore.model.text import printable

logger = logging.getLogger(__name__)

INTERNAL = (
    "CLASS",
    "DIMENSION_LABELS",
    "DIMENSION_LIST",
    "NAME",
    "REFERENCE_LIST",
    "_ARRAY_DIMENSIONS",
    "_NCProperties",
    "_Netcdf4Coordinates",
    "_Netcdf4Dimid",
    "_nc3_strict",
    "axistags",
    "vcore-hierarchy",
)
"""Attributes in which HDF5, netCDF-4 and others store dimension names, and vcore's own."""
MAX_VALUES = 4096
"""Maximum number of values in one attribute."""


def kept(where: str, attributes: Mapping[str, Any], used: Iterable[str] = ()) -> dict[str, Any]:
    """Return ``attributes`` as JSON values, without ``used``; log those JSON cannot represent."""
    left_out = {*INTERNAL, *used}
    found = {}
    for name, value in attributes.items():
        if name in left_out:
            continue
        try:
            found[str(name)] = plain(value)
        except TypeError:
            logger.info("%s: dropped the attribute %s, which JSON cannot represent", where, name)
    return found


def plain(value: Any) -> Any:
    """Return the JSON value of an attribute.

    Raises
    ------
    TypeError
        The value has no JSON form or too many elements.
    """
    if isinstance(value, np.ndarray | np.generic):
        if value.size > MAX_VALUES:
            raise TypeError("too many numbers")
        return plain(value.tolist())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    raise TypeError(type(value).__name__)


def text(attributes: Mapping[str, Any], name: str) -> str:
    """Return an attribute as text, "" if absent; the first element of a list."""
    value = attributes.get(name, "")
    if isinstance(value, np.ndarray | list | tuple):
        value = value[0] if np.size(value) else ""
    # h5py returns bytes that are not UTF-8 as surrogates
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else printable(str(value))

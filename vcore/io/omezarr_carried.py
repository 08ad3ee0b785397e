"""Arrays beside the images of an OME-Zarr: plain Zarr arrays in a group of their own."""

import logging
import warnings
from typing import Any

import numpy as np

from vcore.io import zarr_cf
from vcore.io.cf_attributes import kept
from vcore.io.request import need
from vcore.io.sidecar import KEY
from vcore.model.attributes import to_json
from vcore.model.volume import CarriedArray

logger = logging.getLogger(__name__)

GROUP = "carried"
"""Name of the group."""
MARK = {"carried": True}
"""Its attribute ``KEY``, by which it is recognised."""


def write_carried(root: Any, arrays: tuple[CarriedArray, ...]) -> None:
    """Write arrays into a group of ``root``; name those that cannot be stored in a warning."""
    if not arrays:
        return
    group = root.create_group(GROUP, attributes={KEY: MARK})
    lost = []
    for array in arrays:
        try:
            _write(group, array)
        except (TypeError, ValueError):
            lost.append(array.name)
    if lost:
        logger.warning(
            "left out: %s (strings of bytes or missing texts, for which Zarr has no type)",
            ", ".join(lost),
        )


def _write(group: Any, array: CarriedArray) -> None:
    values = array.read()
    if values.dtype == object:
        if not all(isinstance(v, str) for v in values.ravel()):
            raise TypeError(array.name)
        dtype: Any = str
    else:
        dtype = values.dtype
    # texts and records of fixed size are beyond the specification, which zarr warns of
    with warnings.catch_warnings(action="ignore"):
        stored = group.create_array(
            array.name,
            shape=values.shape,
            dtype=dtype,
            dimension_names=[dim or None for dim in array.dims] or None,
            attributes=to_json(array.attributes),
        )
        stored[...] = values


def read_carried(path: str, root: Any) -> tuple[CarriedArray, ...]:
    """Return the arrays that ``write_carried`` put into a group of ``root``."""
    zarr = need("zarr")
    if not isinstance(root, zarr.Group) or GROUP not in root:
        return ()
    group = root[GROUP]
    if not isinstance(group, zarr.Group) or dict(group.attrs).get(KEY) != MARK:
        return ()
    found = []
    for name, array in sorted(group.members(max_depth=None)):
        if isinstance(array, zarr.Array):
            dims = getattr(array.metadata, "dimension_names", None) or ("",) * array.ndim
            attributes = kept(f"{path}: {name}", zarr_cf.attributes_of(array))
            data: Any = array
            if array.dtype.kind == "T":
                data = np.asarray(array[...]).astype(object)
            found.append(CarriedArray(name, data, tuple(d or "" for d in dims), attributes))
    return tuple(found)

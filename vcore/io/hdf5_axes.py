"""Dimension names of HDF5 datasets: axis tags, dimension scales and labels, NeXus axes."""

import json
import logging
import re
from typing import Any

import numpy as np

from vcore.io.cf_attributes import text
from vcore.io.request import need
from vcore.model.axes import AXES

logger = logging.getLogger(__name__)

DIMENSION_WITHOUT_VARIABLE = "This is a netCDF dimension but not a netCDF variable"
"""Prefix of the NAME of a dimension scale without coordinates (netCDF-4)."""
NON_COORDINATE_PREFIX = "_nc4_non_coord_"
"""Prefix of a netCDF-4 variable named like a dimension that is not its coordinate variable."""


def letters_of(dataset: Any) -> str:
    """Return a letter per dimension from ``axistags`` (vigra, ilastik), "" if there are none."""
    if "axistags" not in dataset.attrs:
        return ""
    try:
        tags = json.loads(text(dict(dataset.attrs), "axistags"))
        letters = "".join(str(tag["key"]) for tag in tags["axes"])
    except (ValueError, KeyError, TypeError):
        letters = "?"
    if len(letters) != dataset.ndim or len(set(letters)) < len(letters) or set(letters) - {*AXES}:
        logger.warning(
            "%s: ignored the invalid axistags of %s",
            *(dataset.file.filename, dataset.name),
        )
        return ""
    return letters


def dimensions_of(dataset: Any) -> tuple[str, ...]:
    """Return a name per dimension: of its scale, its label or NeXus axis; "" if unnamed."""
    names = [""] * dataset.ndim
    for i, nexus in enumerate(_nexus_axes(dataset)):
        names[i] = nexus.rpartition("/")[2]
    for i, (scale, label) in enumerate(zip(_scales(dataset), _labels(dataset), strict=True)):
        name = scale.rpartition("/")[2] if scale else label
        names[i] = name.removeprefix(NON_COORDINATE_PREFIX) or names[i]
    if not any(names) and _is_scale(dataset):
        return (dataset.name.rpartition("/")[2],) if dataset.ndim == 1 else ()
    return tuple(names) if any(names) else ()


def scales_of(dataset: Any) -> dict[str, str]:
    """Return the path of the coordinate dataset of each dimension that has one."""
    names, found = dimensions_of(dataset), dict[str, str]()
    if not names or _is_scale(dataset):
        return found
    for name, nexus in zip(names, _nexus_axes(dataset), strict=False):
        if nexus:
            found[name] = nexus
    for i, (name, path) in enumerate(zip(names, _scales(dataset), strict=True)):
        if path and not has_no_values(dataset.dims[i][0]):
            found[name] = path
    return found


def _labels(dataset: Any) -> list[str]:
    """Return the label of each dimension, "" if unlabelled."""
    # not through dataset.dims: HDF5 crashes on labels that are not strings
    try:
        found = [_decoded(v) for v in np.ravel(dataset.attrs.get("DIMENSION_LABELS", []))]
    except (OSError, TypeError, ValueError, RuntimeError):
        found = []
    return found if len(found) == dataset.ndim else [""] * dataset.ndim


def _scales(dataset: Any) -> list[str]:
    """Return the path of the first scale of each dimension, "" if it has none."""
    # HDF5 also crashes on a DIMENSION_LIST that holds no references
    return [_scale(d) for d in dataset.dims] if _has_list(dataset) else [""] * dataset.ndim


def _has_list(dataset: Any) -> bool:
    h5py = need("h5py")
    try:
        listed = dataset.attrs.get_id("DIMENSION_LIST")
        is_list = h5py.check_vlen_dtype(listed.dtype) == h5py.ref_dtype
        return bool(is_list and listed.shape == (dataset.ndim,))
    except (KeyError, OSError, TypeError, ValueError, RuntimeError):
        return False


def _scale(dimension: Any) -> str:
    """Return the path of a dimension's first scale, "" if it has none."""
    try:
        return str(dimension[0].name or "").strip("/") if len(dimension) else ""
    except (RuntimeError, ValueError, KeyError, OSError):
        return ""


def _is_scale(dataset: Any) -> bool:
    return text(dict(dataset.attrs), "CLASS") == "DIMENSION_SCALE"


def has_no_values(scale: Any) -> bool:
    """Return whether a dataset is a netCDF-4 dimension without coordinates."""
    return text(dict(scale.attrs), "NAME").startswith(DIMENSION_WITHOUT_VARIABLE)


def _nexus_axes(dataset: Any) -> list[str]:
    """Return the path of each dimension's NeXus axis (NXdata), empty if none are specified."""
    group = dataset.parent
    attributes = dict(group.attrs)
    name = dataset.name.rpartition("/")[2]
    signals = [
        text(attributes, "signal"),
        *map(_decoded, np.ravel(attributes.get("auxiliary_signals", []))),
    ]
    given: Any = []
    if name in signals and "axes" in attributes:
        given = np.ravel(attributes["axes"])
    elif "signal" in dataset.attrs and "axes" in dataset.attrs:  # before 2014: on the dataset
        given = re.split(r"[:,]", text(dict(dataset.attrs), "axes").strip("[]"))
    found = [_decoded(axis).strip() for axis in given]
    if len(found) != dataset.ndim:
        return []
    prefix = group.name.strip("/")
    return [
        f"{prefix}/{axis}".lstrip("/") if axis not in ("", ".") and axis in group else ""
        for axis in found
    ]


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

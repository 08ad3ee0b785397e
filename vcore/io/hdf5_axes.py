"""Names of an HDF5 dataset's dimensions: axis tags, dimension scales and labels, NeXus's axes."""

import json
import logging
import re
from typing import Any

import numpy as np

from vcore.io.cf_attributes import text
from vcore.io.request import need
from vcore.model.volume import AXES

logger = logging.getLogger(__name__)

WITHOUT_VARIABLE = "This is a netCDF dimension but not a netCDF variable"
"""How the name of a dimension scale begins that has no coordinates (netCDF-4)."""
NO_COORDINATE = "_nc4_non_coord_"
"""Prefix of a netCDF-4 variable that is named like a dimension but is not its coordinates."""


def letters_of(dataset: Any) -> str:
    """Return a letter for each dimension by ``axistags`` (vigra, ilastik), "" without them."""
    if "axistags" not in dataset.attrs:
        return ""
    try:
        tags = json.loads(text(dict(dataset.attrs), "axistags"))
        letters = "".join(str(tag["key"]) for tag in tags["axes"])
    except (ValueError, KeyError, TypeError):
        letters = "?"
    if len(letters) != dataset.ndim or len(set(letters)) < len(letters) or set(letters) - {*AXES}:
        logger.warning(
            "%s: the axistags of %s make no sense and are left out",
            *(dataset.file.filename, dataset.name),
        )
        return ""
    return letters


def dimensions_of(dataset: Any) -> tuple[str, ...]:
    """Return a name for each dimension: of its scale, its label, or by NeXus; "" without one."""
    names = [""] * dataset.ndim
    for i, nexus in enumerate(_nexus_axes(dataset)):
        names[i] = nexus.rpartition("/")[2]
    for i, (scale, label) in enumerate(zip(_scales(dataset), _labels(dataset), strict=True)):
        name = scale.rpartition("/")[2] if scale else label
        names[i] = name.removeprefix(NO_COORDINATE) or names[i]
    if not any(names) and _is_scale(dataset):
        return (dataset.name.rpartition("/")[2],) if dataset.ndim == 1 else ()
    return tuple(names) if any(names) else ()


def scales_of(dataset: Any) -> dict[str, str]:
    """Return the path of the dataset with the coordinates of each dimension that has one."""
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
    """Return the label of each dimension, "" without one."""
    # not those of dataset.dims: HDF5 crashes where they are no texts
    try:
        found = [_decoded(v) for v in np.ravel(dataset.attrs.get("DIMENSION_LABELS", []))]
    except (OSError, TypeError, ValueError, RuntimeError):
        found = []
    return found if len(found) == dataset.ndim else [""] * dataset.ndim


def _scales(dataset: Any) -> list[str]:
    """Return the path of the first scale of each dimension, "" without one."""
    # HDF5 crashes where the list is no list of references, too
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
    """Return the path of a dimension's first scale, "" without one."""
    try:
        return str(dimension[0].name or "").strip("/") if len(dimension) else ""
    except (RuntimeError, ValueError, KeyError, OSError):
        return ""


def _is_scale(dataset: Any) -> bool:
    return text(dict(dataset.attrs), "CLASS") == "DIMENSION_SCALE"


def has_no_values(scale: Any) -> bool:
    """Return whether a dataset only stands for a dimension of netCDF-4 that has no coordinates."""
    return text(dict(scale.attrs), "NAME").startswith(WITHOUT_VARIABLE)


def _nexus_axes(dataset: Any) -> list[str]:
    """Return the path of each dimension's axis by NeXus (NXdata), nothing where it says none."""
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
    elif "signal" in dataset.attrs and "axes" in dataset.attrs:  # before 2014: of the dataset
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

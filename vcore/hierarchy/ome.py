"""Conversion of metadata between OME-Zarr 0.4 and 0.5; unknown members are kept."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

from vcore.io.ome_metadata import VERSION
from vcore.io.tidy import number

KEYS = (
    "multiscales",
    "omero",
    "labels",
    "image-label",
    "plate",
    "well",
    "series",
    "bioformats2raw.layout",
)
"""Top-level keys of OME-Zarr 0.4 in a group's attributes."""
OBJECTS = ("omero", "image-label", "plate", "well")
VERSIONED = ("multiscales", "omero", "image-label", "plate", "well")
NOTE = "vcore-hierarchy"
"""Attribute of a compressed hierarchy; "vcore" is taken by io.extras."""


def ome_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OME metadata of a group, in either version; empty if there is none.

    Invalid members (``omero: null``, images without levels) are dropped.
    """
    found = attributes.get("ome")
    ome = found if isinstance(found, dict) else {k: attributes[k] for k in KEYS if k in attributes}
    ome = {k: v for k, v in ome.items() if k not in OBJECTS or isinstance(v, dict)}
    if "multiscales" in ome:
        images = ome.pop("multiscales")
        images = [i for i in images if _is_image(i)] if isinstance(images, list) else []
        ome |= {"multiscales": images} if images else {}
    return ome


def members(node: Any) -> dict[str, Any]:
    """Return all groups and arrays of a group by path, including the node itself as ""."""
    if not hasattr(node, "members"):
        return {"": node}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # files that do not belong to the hierarchy
        return {"": node, **dict(node.members(max_depth=None))}


def windows_of(ome: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return the display windows (low, high) of the channels, without invalid ones."""
    channels = ome.get("omero", {}).get("channels")
    shown = [
        c["window"]
        for c in (channels if isinstance(channels, list) else [])
        if isinstance(c, dict) and isinstance(c.get("window"), dict)
    ]
    limits = [(number(w.get("start")), number(w.get("end"))) for w in shown]
    return [pair for pair in limits if all(map(math.isfinite, pair))]


def scale_of(dataset: Mapping[str, Any], axes: int = 3) -> list[float] | None:
    """Return the scale of a level along z, y, x, of which it has the last ``axes``; None if missing
    or invalid."""
    steps = dataset.get("coordinateTransformations")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and step.get("type") == "scale":
            scale = step.get("scale")
            values = [abs(number(v)) for v in scale[-axes:]] if isinstance(scale, list) else []
            good = len(values) == axes and all(math.isfinite(v) and v > 0 for v in values)
            return [1.0] * (3 - axes) + values if good else None
    return None


def _is_image(value: Any) -> bool:
    levels = value.get("datasets") if isinstance(value, dict) else None
    return (
        isinstance(levels, list)
        and bool(levels)
        and all(isinstance(d, dict) and isinstance(d.get("path"), str) for d in levels)
        and isinstance(value.get("axes", []), list)
    )


def as_05(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.5."""
    ome = ome_of(attributes)
    rest = {k: v for k, v in attributes.items() if k != "ome" and k not in ome}
    if not ome:
        return rest
    plain = {k: _without_version(v) if k in VERSIONED else v for k, v in ome.items()}
    return {"ome": {**plain, "version": VERSION}, **rest}


def as_04(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.4."""
    ome = ome_of(attributes)
    rest = {k: v for k, v in attributes.items() if k != "ome" and k not in ome}
    ome.pop("version", None)
    return {**{k: _versioned(v) if k in VERSIONED else v for k, v in ome.items()}, **rest}


def _without_version(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_version(v) for v in value]
    return {k: v for k, v in value.items() if k != "version"} if isinstance(value, dict) else value


def _versioned(value: Any) -> Any:
    if isinstance(value, list):
        return [_versioned(v) for v in value]
    return {**value, "version": "0.4"} if isinstance(value, dict) else value

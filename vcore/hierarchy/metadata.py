"""Metadata of OME-Zarr 0.4 and 0.5, one made of the other; what is unknown is carried over."""

from collections.abc import Mapping
from typing import Any

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
"""What OME-Zarr 0.4 has at the top of a group's attributes."""
VERSIONED = ("multiscales", "omero", "image-label", "plate", "well")
NOTE = "vcore-hierarchy"
"""Attribute of a compressed hierarchy ("vcore" holds what io.extras keeps)."""


def ome_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OME metadata of a group, of either version; empty where there is none."""
    found = attributes.get("ome")
    if isinstance(found, dict):
        return dict(found)
    return {k: v for k, v in attributes.items() if k in KEYS}


def as_05(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.5."""
    ome = ome_of(attributes)
    rest = {k: v for k, v in attributes.items() if k != "ome" and k not in ome}
    if not ome:
        return rest
    plain = {k: _without_version(v) if k in VERSIONED else v for k, v in ome.items()}
    return {"ome": {**plain, "version": "0.5"}, **rest}


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

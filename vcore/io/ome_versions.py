"""Conversion of metadata between OME-Zarr 0.4, 0.5 and 0.6; unknown members are kept."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from vcore.errors import InputError
from vcore.io import sidecar
from vcore.io.ngff_systems import coordinate_systems, released
from vcore.io.ngff_transforms import SYSTEMS, is_06, plain
from vcore.io.ome_metadata import VERSION

ZARR_FORMATS: dict[str, Literal[2, 3]] = {"0.5": 3, "0.6": 3, "0.4": 2}
"""Format of Zarr by version of OME-Zarr."""
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


def ome_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OME metadata of a group of any version, its images in the terms of 0.5; empty if
    there is none.

    Invalid members (``omero: null``, images without levels) are dropped.
    """
    ome = _stored(attributes)
    if "multiscales" in ome:
        ome["multiscales"] = [plain(i).multiscale if is_06(i) else i for i in ome["multiscales"]]
    return ome


def whole_version(attributes: Mapping[str, Any]) -> str:
    """Return the version that keeps all OME metadata of a group: "0.6" for 0.6, else "0.5"."""
    ome = _stored(attributes)
    told = any(is_06(image) for image in ome.get("multiscales", []))
    return "0.6" if told or str(ome.get("version", "")).startswith("0.6") else VERSION


def _stored(attributes: Mapping[str, Any]) -> dict[str, Any]:
    found = attributes.get("ome")
    ome = found if isinstance(found, dict) else {k: attributes[k] for k in KEYS if k in attributes}
    ome = {k: v for k, v in ome.items() if k not in OBJECTS or isinstance(v, dict)}
    if "multiscales" in ome:
        images = ome.pop("multiscales")
        images = [i for i in images if _is_image(i)] if isinstance(images, list) else []
        ome |= {"multiscales": images} if images else {}
    return ome


def _is_image(value: Any) -> bool:
    levels = value.get("datasets") if isinstance(value, dict) else None
    return (
        isinstance(levels, list)
        and bool(levels)
        and all(isinstance(d, dict) and isinstance(d.get("path"), str) for d in levels)
        and isinstance(value.get("axes", []), list)
    )


def check_version(version: str) -> None:
    """Raise InputError for a version that cannot be written."""
    if version not in ZARR_FORMATS:
        raise InputError(
            f"Expected OME-Zarr {', '.join(sorted(ZARR_FORMATS))} for `ome_zarr`. Got {version!r} "
            f"instead."
        )


def converter(version: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the function that brings a group's attributes to a version of OME-Zarr."""
    return {"0.4": as_04, "0.5": as_05, "0.6": as_06}[version]


def as_05(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.5.

    What coordinate systems of 0.6 say beyond it goes to the attributes ``vcore`` (directions) and
    ``ngff``.
    """
    ome, rest = ome_of(attributes), _rest(attributes)
    if not ome:
        return rest
    bare = {k: _without_version(v) if k in VERSIONED else v for k, v in ome.items()}
    return {"ome": {**bare, "version": VERSION}, **rest}


def as_04(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.4, as ``as_05`` does."""
    ome = ome_of(attributes)
    ome.pop("version", None)
    told = {k: _versioned(v) if k in VERSIONED else v for k, v in ome.items()}
    return {**told, **_rest(attributes)}


def as_06(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's attributes with OME metadata of version 0.6."""
    ome = _stored(attributes)
    rest = {k: v for k, v in attributes.items() if k != "ome" and k not in ome and k != SYSTEMS}
    if not ome:
        return rest
    bare = {k: _without_version(v) if k in VERSIONED else v for k, v in ome.items()}
    if images := bare.get("multiscales"):
        grid = _grid(attributes)
        bare["multiscales"] = [
            released(image)
            if is_06(image)
            else coordinate_systems(image, grid.get("direction"), attributes.get(SYSTEMS))
            for image in images
        ]
    return {"ome": {**bare, "version": "0.6"}, **rest}


def _rest(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes beside those of OME, with what 0.5 cannot say of images of 0.6."""
    ome = _stored(attributes)
    rest = {k: v for k, v in attributes.items() if k != "ome" and k not in ome}
    for image in filter(is_06, ome.get("multiscales", [])[:1]):
        told = plain(image)
        if told.direction is not None:
            grid = {**_grid(attributes), "direction": told.direction}
            own = attributes.get(sidecar.KEY)
            rest[sidecar.KEY] = {**(own if isinstance(own, dict) else {}), "grid": grid}
        if SYSTEMS in told.kept:
            rest[SYSTEMS] = told.kept[SYSTEMS]
    return rest


def _grid(attributes: Mapping[str, Any]) -> dict[str, Any]:
    own = attributes.get(sidecar.KEY)
    grid = own.get("grid") if isinstance(own, dict) else None
    return grid if isinstance(grid, dict) else {}


def _without_version(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_version(v) for v in value]
    return {k: v for k, v in value.items() if k != "version"} if isinstance(value, dict) else value


def _versioned(value: Any) -> Any:
    if isinstance(value, list):
        return [_versioned(v) for v in value]
    return {**value, "version": "0.4"} if isinstance(value, dict) else value

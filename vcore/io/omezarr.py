"""Zarr arrays and groups, OME-Zarr 0.4 to 0.6, in a folder, a zip file or behind a URL."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import ngff, zarr_cf
from vcore.io.assemble import choose
from vcore.io.cf import candidates, volume_of
from vcore.io.cf_arrays import Labelled
from vcore.io.formats import ZARR_FILES, is_zarr, stem_of
from vcore.io.lazy import CallbackArray
from vcore.io.ngff_beside import with_beside
from vcore.io.request import ReadRequest, need, reading
from vcore.model.regions import Region
from vcore.model.volume import GRID_KEYS, Volume

logger = logging.getLogger(__name__)

KIND = "Zarr hierarchy"
UNNAMED = "values"
"""Name of the root of a store that is no folder."""


def read(source: ReadRequest) -> Volume:
    """Read level 0 of an OME-Zarr image, several images as variables, or a group's plain arrays."""
    zarr, zarr_folder = need("zarr"), import_module("vcore.io.zarr_folder")
    if "://" in source.path:
        need("fsspec")
        need("aiohttp")
    with reading(source.path, KIND):
        store = zarr_folder.zarr_store(source.path, allow_outside=source.allow_outside)
        is_zip = os.path.isfile(source.path)
        if is_zip:
            source = replace(source, inside=_path_in_zip(source))
        node = zarr.open(store, mode="r", path=source.inside or None)
        return _volume(source, node, _last(source), _groups_above(node) if is_zip else None)


def _path_in_zip(source: ReadRequest) -> str:
    """Return the path within a zip file, below its only folder if its root is no Zarr."""
    with ZipFile(source.path) as file:
        names = file.namelist()
    if any(name in ZARR_FILES for name in names):
        return source.inside
    tops = {name.partition("/")[0] for name in names}
    if len(tops) != 1:
        raise InputError(
            f"Expected a Zarr hierarchy at the root of {source.path}. Got "
            f"{', '.join(sorted(tops)[:8]) or 'an empty archive'} instead: zip the content of its "
            f"folder."
        )
    return "/".join([*tops, source.inside]).rstrip("/")


def read_object(source: ReadRequest, given: Any) -> Volume:
    """Return the volume of an open array or group: as ``read`` of its place in the store."""
    store = given.store_path.store
    root = str(getattr(store, "root", ""))
    if not os.path.isdir(root):
        name = given.path.rpartition("/")[2] or UNNAMED
        return _volume(source, given, name, _groups_above(given))
    place = replace(source, path=root, inside=given.path)
    volume = _volume(place, given, _last(place))
    return replace(volume, source=os.path.join(root, given.path).rstrip("/"))


def _volume(
    source: ReadRequest, node: Any, name: str, outer: Sequence[Any] | None = None
) -> Volume:
    """Return the volume of an array or a group of a ``name``, which lies in the groups ``outer``.

    By default those are looked for in the folder.
    """
    zarr = need("zarr")
    if isinstance(node, zarr.Array):
        outer = _groups_around(source) if outer is None else outer
        return _plain(source, {name: node}, {}, outer)
    ome = ngff.ome_of(node)
    if "multiscales" in ome:
        if (level := ngff.level_path(ome)) is not None and level in node:
            found = ngff.image(source, node, name, _lazy)
            return with_beside(source, node, found, {"": found.variables[0].name}, _lazy)
        logger.warning("%s: its OME metadata names no array; ignored it", source.path)
    if "plate" in ome and ngff.fields_of(node, ome)[1]:
        raise _refused_plate(source, node, ome)
    paths = ngff.collection(node, ome)
    if paths is None:
        paths = ngff.inside(node)
    if paths:
        return _several(source, node, paths)
    return _group(source, node, _groups_around(source) if outer is None else outer)


def _last(source: ReadRequest) -> str:
    return source.inside.rstrip("/").rpartition("/")[2] or stem_of(source.path)


def _refused_plate(source: ReadRequest, group: Any, ome: Mapping[str, Any]) -> InputError:
    """Return the error for a plate, which suggests one of its fields."""
    field, wells = ngff.fields_of(group, ome)
    listing = ", ".join([*wells[:8], *(["…"] if len(wells) > 8 else [])]) or "no wells"
    inside = f"{source.inside.rstrip('/')}/" if source.inside else ""
    return InputError(
        f"Expected one image in {source.path}. Got a plate instead ({listing}): read one of "
        f"its fields, such as {source.path.rstrip('/')}/{inside}{field}."
    )


def _several(source: ReadRequest, group: Any, paths: list[str]) -> Volume:
    """Return images as variables, those of other places or shapes on grids of their own."""
    volumes, images = [], dict[str, str]()
    for path in paths:
        try:
            node = group[path]
        except KeyError:
            logger.warning("%s: the image %s does not exist; skipped it", source.path, path)
            continue
        if ngff.level_path(ngff.ome_of(node)) is None:
            logger.warning("%s: %s is not an image; skipped it", source.path, path)
            continue
        volumes.append(ngff.image(source, node, path, _lazy))
        images[path] = volumes[-1].variables[0].name
    names = [v.variables[0].name for v in volumes]
    if source.variables is not None:
        volumes = [v for v in volumes if v.variables[0].name in source.variables]
    if not volumes:
        listing = f"the selection {source.variables}" if names else "none of them"
        raise InputError(
            f"Expected the images {', '.join(names or paths)} in {source.path}. Got {listing} "
            f"instead."
        )
    parts: list[list[Volume]] = []
    for volume in volumes:
        part = next((p for p in parts if _on_one_grid([*p, volume])), None)
        if part is None:
            parts.append([volume])
        else:
            part.append(volume)
    first, *others = (_together(part) for part in parts)
    others = [
        replace(other, attributes={k: v for k, v in other.attributes.items() if k in GRID_KEYS})
        for other in others
    ]
    return with_beside(source, group, replace(first, others=tuple(others)), images, _lazy)


def _together(volumes: Sequence[Volume]) -> Volume:
    """Return images on one grid as the variables of one volume."""
    grid = next((v.grid for v in volumes if v.grid.times is not None), volumes[0].grid)
    return Volume(grid, tuple(v.variables[0] for v in volumes), attributes=volumes[0].attributes)


def _on_one_grid(volumes: Sequence[Volume]) -> bool:
    names = ("shape", "spacing", "origin", "direction", "unit", "coordinates")
    first, timed = volumes[0].grid, [v.grid.times for v in volumes if v.grid.times is not None]
    return len(set(timed)) < 2 and all(
        getattr(v.grid, n) == getattr(first, n) for v in volumes for n in names
    )


def _group(source: ReadRequest, group: Any, outer: Sequence[Any]) -> Volume:
    zarr = need("zarr")
    arrays, attributes = dict[str, Any](), {"": dict(group.attrs)}
    # by name: Zarr lists members in the order in which their metadata come
    for name, node in sorted(group.members(max_depth=None), key=lambda member: member[0]):
        if isinstance(node, zarr.Array):
            arrays[name] = node
        else:
            attributes[name] = dict(node.attrs)
    if not arrays:
        raise InputError(f"Expected arrays in {source.path}. Got a group without any instead.")
    return _plain(source, arrays, attributes, outer)


def _plain(
    source: ReadRequest,
    arrays: Mapping[str, Any],
    attributes: Mapping[str, Mapping[str, Any]],
    outer: Sequence[Any],
) -> Volume:
    """Return the arrays of equal shape; dimension names, as written by xarray, give the grid.

    ``attributes`` are those of groups, by path; coordinates may be in the ``outer`` groups.
    """
    around = {n: a for group in outer for n, a in group.arrays()}
    labelled = {n: _labelled(source, a) for n, a in {**around, **arrays}.items()}
    shapes = candidates(source, labelled)
    own = {n: s for n, s in shapes.items() if n in arrays}
    names = choose(source, own, "array", carries=True)
    folders = names[0].split("/")[:-1]
    found = {n: v for group in outer for n, v in dict(group.attrs).items()}
    for depth in range(len(folders) + 1):
        found |= attributes.get("/".join(folders[:depth]), {})
    return volume_of(source, names, labelled, found, arrays)


def _groups_above(node: Any) -> list[Any]:
    """Return the groups of the store that contain a node, outermost first."""
    zarr, store = need("zarr"), node.store_path.store
    found: list[Any] = []
    path = node.path.strip("/")
    while path:
        path = path.rpartition("/")[0]
        try:
            group = zarr.open_group(store, path=path, mode="r")
        except FileNotFoundError:
            break
        if ngff.ome_of(group).keys() & ngff.OWN:
            break
        found.insert(0, group)
    return found


def _groups_around(source: ReadRequest) -> list[Any]:
    """Return the groups of the folders that contain the one being read, outermost first."""
    zarr, zarr_folder = need("zarr"), import_module("vcore.io.zarr_folder")
    found: list[Any] = []
    folder = os.path.abspath(os.path.join(source.path, source.inside.strip("/")))
    while "://" not in source.path and is_zarr(folder := os.path.dirname(folder)):
        store = zarr_folder.zarr_store(folder, allow_outside=source.allow_outside)
        group = zarr.open(store, mode="r")
        if not isinstance(group, zarr.Group) or ngff.ome_of(group).keys() & ngff.OWN:
            break
        found.insert(0, group)
    return found


def _labelled(source: ReadRequest, array: Any) -> Labelled:
    return Labelled(
        _lazy(source, array), zarr_cf.dimensions_of(array), zarr_cf.attributes_of(array)
    )


def _lazy(source: ReadRequest, array: Any) -> CallbackArray:
    # NumPy's text of any length (kind T) is an object array of str, as in other formats
    dtype = np.dtype(object) if array.dtype.kind == "T" else array.dtype
    return CallbackArray(array.shape, dtype, partial(_fetch, source.path, array))


def _fetch(path: str, array: Any, region: Region) -> NDArray[Any]:
    with reading(path, KIND):
        values = np.asarray(array[region])
    return values.astype(object) if values.dtype.kind == "T" else values

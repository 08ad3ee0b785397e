"""Zarr arrays and groups, OME-Zarr 0.4 and 0.5, in a folder or behind a URL."""

import logging
import os
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import ngff, zarr_cf
from vcore.io.assemble import choose
from vcore.io.cf import candidates, volume_of
from vcore.io.cf_arrays import Labelled
from vcore.io.formats import is_zarr, stem_of
from vcore.io.lazy import CallbackArray
from vcore.io.request import ReadRequest, need, reading
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

KIND = "Zarr hierarchy"


def read(source: ReadRequest) -> Volume:
    """Read level 0 of an OME-Zarr image, several images as variables, or a group's plain arrays."""
    zarr, zarr_folder = need("zarr"), import_module("vcore.io.zarr_folder")
    if "://" in source.path:
        need("fsspec")
        need("aiohttp")
    with reading(source.path, KIND):
        store = zarr_folder.zarr_store(source.path, allow_outside=source.allow_outside)
        node = zarr.open(store, mode="r", path=source.inside or None)
        if isinstance(node, zarr.Array):
            return _plain(source, {_last(source): node}, {})
        ome = ngff.ome_of(node)
        if "multiscales" in ome:
            if (level := ngff.level_path(ome)) is not None and level in node:
                return ngff.image(source, node, _last(source), _lazy)
            logger.warning("%s: its OME metadata names no array; ignored it", source.path)
        if "plate" in ome and ngff.fields_of(node, ome)[1]:
            raise _refused_plate(source, node, ome)
        paths = ngff.collection(node, ome)
        if paths is None:
            paths = ngff.inside(node)
        return _several(source, node, paths) if paths else _group(source, node)


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
    """Return images as variables, on the grid of the first one."""
    volumes = []
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
    names = [v.variables[0].name for v in volumes]
    if source.variables is not None:
        volumes = [v for v in volumes if v.variables[0].name in source.variables]
    if not volumes:
        listing = f"the selection {source.variables}" if names else "none of them"
        raise InputError(
            f"Expected the images {', '.join(names or paths)} in {source.path}. Got {listing} "
            f"instead."
        )
    first = volumes[0].grid
    if len({v.grid.shape for v in volumes}) > 1:
        listing = ", ".join(f"{v.variables[0].name} {v.grid.shape}" for v in volumes)
        raise InputError(
            f"Expected images of one shape in {source.path}. Got {listing} instead: choose with "
            f"`variables`, or read one of them, such as "
            f"{source.path.rstrip('/')}/{paths[0]}."
        )
    if others := [v.variables[0].name for v in volumes[1:] if not _at_one_place(v.grid, first)]:
        logger.warning(
            "%s: the images %s differ in position or voxel size; used those of %s for all",
            source.path,
            ", ".join(others),
            volumes[0].variables[0].name,
        )
    found = tuple(v.variables[0] for v in volumes)
    grid = next((v.grid for v in volumes if v.grid.times is not None), first)
    return Volume(grid, found, attributes=volumes[0].attributes)


def _at_one_place(grid: Grid, other: Grid) -> bool:
    names = ("spacing", "origin", "direction", "unit", "coordinates")
    return all(getattr(grid, n) == getattr(other, n) for n in names)


def _group(source: ReadRequest, group: Any) -> Volume:
    zarr = need("zarr")
    arrays, attributes = dict[str, Any](), {"": dict(group.attrs)}
    for name, node in group.members(max_depth=None):
        if isinstance(node, zarr.Array):
            arrays[name] = node
        else:
            attributes[name] = dict(node.attrs)
    if not arrays:
        raise InputError(f"Expected arrays in {source.path}. Got a group without any instead.")
    return _plain(source, arrays, attributes)


def _plain(
    source: ReadRequest, arrays: Mapping[str, Any], attributes: Mapping[str, Mapping[str, Any]]
) -> Volume:
    """Return the arrays of equal shape; dimension names, as written by xarray, give the grid.

    ``attributes`` are those of groups, by path.
    """
    outer = _groups_around(source)
    around = {n: a for group in outer for n, a in group.arrays()}
    labelled = {n: _labelled(source, a) for n, a in {**around, **arrays}.items()}
    shapes = candidates(source, labelled)
    own = {n: s for n, s in shapes.items() if n in arrays}
    names = choose(source, own, "array", carries=True)
    folders = names[0].split("/")[:-1]
    found = {n: v for group in outer for n, v in dict(group.attrs).items()}
    for depth in range(len(folders) + 1):
        found |= attributes.get("/".join(folders[:depth]), {})
    return volume_of(source, names, labelled, found)


def _groups_around(source: ReadRequest) -> list[Any]:
    """Return the groups that contain the one being read, outermost first; they may hold its
    coordinates."""
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
    return CallbackArray(array.shape, array.dtype, partial(_fetch, source.path, array))


def _fetch(path: str, array: Any, region: Region) -> NDArray[Any]:
    with reading(path, KIND):
        return np.asarray(array[region])

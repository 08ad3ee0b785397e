"""What an OME-Zarr hierarchy holds beside its images: labels, tables, any other arrays and groups.

Labels on the grid of their image are variables; everything else is carried under its path.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io import ngff, zarr_cf
from vcore.io.assemble import is_variable
from vcore.io.formats import ZARR_FILES
from vcore.io.ome_versions import as_05
from vcore.io.request import ReadRequest, need
from vcore.model import labels, lossy
from vcore.model.volume import CarriedArray, LazyArray, Variable, Volume

GROUPS = "zarr-groups"
"""Attribute of a volume: attributes of the groups around carried arrays, by path."""
Lazy = Callable[[ReadRequest, Any], LazyArray]


def with_beside(
    source: ReadRequest, node: Any, volume: Volume, images: Mapping[str, str], lazy: Lazy
) -> Volume:
    """Return ``volume`` with what the group ``node`` holds beside its images.

    Parameters
    ----------
    images
        Name of the variable of each image, by path of its group in ``node``.
    lazy
        Makes the values of a Zarr array.
    """
    zarr = need("zarr")
    found = _members(node, images)
    used = {p for path in images for p in _levels(node, path)}
    variables, told = list[Variable](), {"OME", *images}
    for path in _labels(found, images):
        label = _label(source, node, path, images, volume, lazy)
        if label is not None and label.name not in source.exclude:
            variables.append(label)
        if label is not None:
            source.found.add(label.name)
            told.add(path)
            used |= set(_levels(node, path))
    arrays = {p: a for p, a in found.items() if isinstance(a, zarr.Array) and p not in used}
    groups = {
        path: attributes
        for path, group in found.items()
        if not isinstance(group, zarr.Array)
        and path not in told
        and not path.endswith(labels.FOLDER)
        and (attributes := as_05(dict(group.attrs)))
    }
    outside = {k: v for k, v in dict(node.attrs).items() if k not in ngff.OWN}
    if "" not in images and outside:
        groups[""] = outside
    return replace(
        volume,
        variables=(*volume.variables, *variables),
        attributes={
            **volume.attributes,
            **({GROUPS: groups} if groups else {}),
            **lossy.of_hierarchy(dict(node.attrs).get(ngff.COMPRESSED)),
        },
        carried=(*volume.carried, *(_carried(source, p, a, lazy) for p, a in arrays.items())),
        left_out=(*volume.left_out, *_files(source, node, found)),
    )


def _members(node: Any, images: Iterable[str]) -> dict[str, Any]:
    """Return all groups and arrays below ``node`` by path; of a store that cannot list, the labels
    of its images."""
    zarr = need("zarr")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # files that do not belong to the hierarchy
        try:
            return dict(sorted(node.members(max_depth=None), key=lambda member: member[0]))
        except Exception:  # http
            found = dict[str, Any]()
    for image in images:
        folder = f"{image}/{labels.FOLDER}".lstrip("/")
        try:
            group = node[folder]
        except KeyError:
            continue
        said = ngff.ome_of(group).get("labels")
        for name in said if isinstance(said, list) else ():
            path = f"{folder}/{name}"
            if isinstance(label := node.get(path), zarr.Group):
                found |= {path: label, **{p: node[p] for p in _levels(node, path)}}
    return found


def _levels(node: Any, path: str) -> list[str]:
    """Return the paths of the levels of the image at ``path``."""
    ome = ngff.ome_of(node[path] if path else node)
    levels = ome["multiscales"][0]["datasets"]
    named = [level["path"] for level in levels if isinstance(level, Mapping) and "path" in level]
    return [f"{path}/{p}".lstrip("/") for p in named]


def _labels(found: Mapping[str, Any], images: Iterable[str]) -> list[str]:
    """Return the paths of the label images of ``images``."""
    zarr = need("zarr")
    starts = tuple(f"{path}/{labels.FOLDER}/".lstrip("/") for path in images)
    return [
        path
        for path, node in found.items()
        if path.startswith(starts)
        and isinstance(node, zarr.Group)
        and (level := ngff.level_path(ngff.ome_of(node))) is not None
        and level in node
    ]


def _label(
    source: ReadRequest,
    node: Any,
    path: str,
    images: Mapping[str, str],
    volume: Volume,
    lazy: Lazy,
) -> Variable | None:
    """Return a label image as a variable, None if it does not fit on the grid of ``volume``."""
    array = node[_levels(node, path)[0]]
    if not is_variable(array.dtype):
        return None
    image, _, own = path.rpartition(f"{labels.FOLDER}/")
    name = f"{labels.FOLDER}/{own}"
    if len(images) > 1:
        name = f"{images[image.rstrip('/')]}/{name}"
    plain = replace(source, axes=None, variables=None)
    try:
        found = ngff.image(plain, node[path], name, lazy)
    except InputError:  # axes that volumes do not have
        return None
    variable = replace(found.variables[0], name=name)
    attributes = {labels.KEY: {}, **variable.attributes}
    variable = replace(variable, attributes=attributes)
    try:
        replace(volume, variables=(*volume.variables, variable))
    except InputError:
        return None
    return variable if _same_place(found, volume) else None


def _same_place(label: Volume, image: Volume) -> bool:
    names = ("spacing", "origin", "direction", "unit")
    return all(
        np.allclose(a, b, rtol=1e-6, atol=1e-9) if name != "unit" else a == b
        for name in names
        for a, b in [(getattr(label.grid, name), getattr(image.grid, name))]
    )


def unnamed(path: str, ndim: int) -> tuple[str, ...]:
    """Return names for the dimensions of an array without any, its own as their lengths may
    differ from those of others."""
    return tuple(f"{path.replace('/', '_')}_dim_{i}" for i in range(ndim))


def _carried(source: ReadRequest, path: str, array: Any, lazy: Lazy) -> CarriedArray:
    dims = zarr_cf.dimensions_of(array) or unnamed(path, len(array.shape))
    return CarriedArray(path, lazy(source, array), dims, zarr_cf.attributes_of(array))


def _files(source: ReadRequest, node: Any, found: Mapping[str, Any]) -> list[str]:
    """Return what a folder holds beside the groups and arrays."""
    zarr = need("zarr")
    root = os.path.join(source.path, node.path)
    if not os.path.isdir(source.path) or not os.path.isdir(root):
        return []
    groups = ["", *(p for p, item in found.items() if isinstance(item, zarr.Group))]
    names = (
        f"{path}/{entry.name}".lstrip("/")
        for path in groups
        for entry in sorted(os.scandir(os.path.join(root, path)), key=lambda e: e.name)
        if entry.is_file() and entry.name not in ZARR_FILES
    )
    return [f"{name} (a file, no array)" for name in names]

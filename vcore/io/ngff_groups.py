"""Groups and carried arrays of a new OME-Zarr hierarchy."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vcore.io import ome_metadata, zarr_cf
from vcore.io.ngff_beside import GROUPS, unnamed
from vcore.io.ome_versions import converter
from vcore.io.request import need
from vcore.model import labels
from vcore.model.volume import CarriedArray, Volume

CHUNK_BYTES = 1 << 22
"""Maximum size of a chunk of a carried array, in bytes."""


def paths_of(volume: Volume) -> dict[str, str]:
    """Return the path of the group of each variable by name: the root for a single image, else 0,
    1, …; those of labels are below their images."""
    names = [v.name for v in volume.every if not v.is_label]
    names = names or [v.name for v in volume.every]
    images = {names[0]: ""} if len(names) == 1 else {n: str(i) for i, n in enumerate(names)}
    others = [v.name for v in volume.every if v.name not in images]
    return {**images, **labels.places(others, images)}


def create_groups(
    root: Any,
    paths: Sequence[str],
    around: Mapping[str, Mapping[str, Any]] | None = None,
    version: str = ome_metadata.VERSION,
) -> dict[str, Any]:
    """Create and return the groups of images at ``paths``, as a collection (bioformats2raw.layout
    3) unless one is the root, and those ``around`` carried arrays, with their attributes."""
    around = around or {}
    images = [p for p in paths if labels.FOLDER not in p.split("/")]
    convert = converter(version)
    if "" not in images:
        root.attrs.update(convert({"ome": {"bioformats2raw.layout": 3}}))
        root.create_group("OME").attrs.update(convert({"ome": {"series": images}}))
    groups = {p: root.require_group(p) if p else root for p in paths}
    for path, attributes in around.items():
        if path not in groups and _is_path(path or "root"):
            (root.require_group(path) if path else root).attrs.update(convert(attributes))
    inside: dict[str, list[str]] = {}
    for path in dict.fromkeys([*paths, *around]):
        folder, _, name = path.rpartition("/")
        if folder.rpartition("/")[2] == labels.FOLDER and _is_path(path):
            inside.setdefault(folder, []).append(name)
    for folder, names in inside.items():
        root.require_group(folder).attrs.update(convert({"ome": {labels.FOLDER: names}}))
    return groups


def around_of(volume: Volume) -> Mapping[str, Mapping[str, Any]]:
    """Return the attributes of the groups around the carried arrays of a volume, by path."""
    found = volume.attributes.get(GROUPS)
    return found if isinstance(found, Mapping) else {}


def storable(
    volume: Volume, taken: Iterable[str]
) -> tuple[dict[str, CarriedArray], tuple[str, ...]]:
    """Return the carried arrays of a volume by path in a hierarchy, and what cannot be in it, with
    the reason.

    Parameters
    ----------
    taken
        Paths of other arrays.
    """
    found, left_out, used = dict[str, CarriedArray](), list[str](), {*taken}
    for array in volume.carried:
        parts = array.name.split("/")
        above = {"/".join(parts[:i]) for i in range(1, len(parts) + 1)}
        if not _is_path(array.name) or above & used:
            left_out.append(f"{array.name} (its name is taken, or none in a hierarchy)")
        elif _dtype(array) is None:
            left_out.append(f"{array.name} (Zarr has no type for its values, {array.dtype})")
        else:
            found[array.name] = array
            used.add(array.name)
    return found, tuple(left_out)


def create_carried(root: Any, path: str, array: CarriedArray) -> Any:
    """Create the Zarr array of a carried array, without values."""
    attributes, options = dict(array.attributes), dict[str, Any]()
    names = array.dims if len(set(array.dims)) == len(array.dims) else None
    if array.dims == unnamed(path, len(array.shape)):
        names = None
    if root.metadata.zarr_format == 3:
        options["dimension_names"] = names
    else:
        options["chunk_key_encoding"] = {"name": "v2", "separator": "/"}
        attributes |= {zarr_cf.DIMENSIONS: list(names)} if names else {}
    if isinstance(fill := attributes.get("_FillValue"), int | float):
        attributes["_FillValue"] = zarr_cf.stored_fill(fill, array.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # types that are not in the specification of Zarr 3
        return root.create_array(
            path,
            shape=array.shape,
            dtype=_dtype(array),
            chunks=_chunks(array),
            attributes=attributes,
            **options,
        )


def _dtype(array: CarriedArray) -> Any:
    """Return Zarr's type for the values of an array, None if it has none."""
    dtype = array.dtype
    if dtype.kind in "OT":
        values = array.read().ravel().tolist()
        return str if all(isinstance(v, str) for v in values) else None
    if dtype.kind == "V" and not dtype.names:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            need("zarr").create_array({}, shape=(1,), dtype=dtype.newbyteorder("="))
    except Exception:  # of several kinds, by type
        return None
    return dtype.newbyteorder("=")


def _chunks(array: CarriedArray) -> tuple[int, ...]:
    left, chunks = max(CHUNK_BYTES // max(array.dtype.itemsize, 1), 1), [1] * len(array.shape)
    for axis in reversed(range(len(chunks))):
        chunks[axis] = max(min(left, array.shape[axis]), 1)
        left = max(left // chunks[axis], 1)
    return tuple(chunks)


def _is_path(name: str) -> bool:
    """Return whether a name is one of an array or a group below the root."""
    parts = name.split("/")
    return name.isprintable() and all(
        p and not p.startswith((".", "__", "zarr.json")) for p in parts
    )

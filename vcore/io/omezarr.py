"""Zarr arrays and groups, OME-Zarr 0.4 and 0.5, in a folder or behind a URL."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io import extras, zarr_cf
from vcore.io.arrange import choose, triple, variable
from vcore.io.cf import Labelled, shapes_of, volume_of
from vcore.io.formats import stem_of
from vcore.io.lazy import Fetched
from vcore.io.source import Source, need, reading
from vcore.io.units import length_unit, time_unit
from vcore.regions import Region
from vcore.volume import Variable, Volume

KIND = "Zarr hierarchy"


def read(source: Source) -> Volume:
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
        ome = _ome(node)
        if "multiscales" in ome:
            return _image(source, node, _last(source))
        if (paths := _images(node, ome)) is not None:
            return _several(source, node, paths)
        if "plate" in ome:
            raise InputError(
                f"Expected one image in {source.path}. Got a plate of many instead: read one of "
                f"its fields, such as {source.path}/A/1/0."
            )
        return _group(source, node)


def _last(source: Source) -> str:
    return source.inside.rstrip("/").rpartition("/")[2] or stem_of(source.path)


def _ome(group: Any) -> dict[str, Any]:
    """Return the OME metadata: under "ome" since version 0.5, at the top before."""
    attributes = dict(group.attrs)
    ome = attributes.get("ome", attributes)
    return ome if isinstance(ome, dict) else {}


def _images(group: Any, ome: Mapping[str, Any]) -> list[str] | None:
    """Return the paths of a collection of images (bioformats2raw.layout), None if it is none."""
    if "bioformats2raw.layout" not in ome:
        return None
    zarr = need("zarr")
    try:
        inner = group["OME"]
        series = _ome(inner).get("series") if isinstance(inner, zarr.Group) else None
    except KeyError:
        series = None
    return [str(s) for s in series] if series else ["0"]


def _several(source: Source, group: Any, paths: list[str]) -> Volume:
    volumes = [_image(source, group[p], p) for p in paths]
    names = [v.variables[0].name for v in volumes]
    if source.variables is not None:
        volumes = [v for v in volumes if v.variables[0].name in source.variables]
    if not volumes:
        raise InputError(
            f"Expected the images {', '.join(names)} in {source.path}. Got the choice "
            f"{source.variables} instead."
        )
    first = volumes[0].grid
    if len({v.grid.shape for v in volumes}) > 1:
        listing = ", ".join(f"{v.variables[0].name} {v.grid.shape}" for v in volumes)
        raise InputError(
            f"Expected images of one shape in {source.path}. Got {listing} instead: choose with "
            f"`variables`."
        )
    found = tuple(v.variables[0] for v in volumes)
    grid = next((v.grid for v in volumes if v.grid.times is not None), first)
    return Volume(grid, found, attributes=volumes[0].attributes)


def _image(source: Source, group: Any, name: str) -> Volume:
    ome = _ome(group)
    multiscale = ome["multiscales"][0]
    level = multiscale["datasets"][0]
    array = group[level["path"]]
    described = [a if isinstance(a, dict) else {"name": a} for a in multiscale.get("axes", [])]
    letters = _letters(described, len(array.shape))
    known = dict(group.attrs).get(extras.KEY, {})
    known = known if isinstance(known, dict) else {}
    found = variable(
        source,
        str(known.get("name", name)),
        _lazy(source, array),
        letters,
        components=_channels(ome, described, array.shape),
    )
    scale, shift = np.ones(len(array.shape)), np.zeros(len(array.shape))
    for step in (
        *level.get("coordinateTransformations", []),
        *multiscale.get("coordinateTransformations", []),
    ):
        if step["type"] == "scale":
            scale, shift = scale * step["scale"], shift * step["scale"]
        elif step["type"] == "translation":
            shift = shift + step["translation"]
    grid = _grid(described, source.axes or letters, scale, shift, found)
    volume = Volume(Grid(shape=found.shape[-3:], **grid), (found,))  # type: ignore[arg-type]
    return extras.restore(volume, known)


def _letters(described: list[dict[str, Any]], ndim: int) -> str | None:
    """Return a letter for each axis by its type, and for space by its place: z, y, x."""
    if not described:
        return None
    kinds = {"t": "time", "c": "channel"}
    letters = ""
    space = iter("zyx"[-sum(_kind(a) == "space" for a in described) :])
    for axis in described:
        letter = next((k for k, kind in kinds.items() if kind == _kind(axis)), None)
        letters += letter or next(space, "?")
    return letters if len(letters) == ndim else None


def _kind(axis: dict[str, Any]) -> str:
    default = {"t": "time", "c": "channel"}.get(str(axis.get("name", "")).lower(), "space")
    return str(axis.get("type") or default)


def _channels(
    ome: Mapping[str, Any], described: list[dict[str, Any]], shape: tuple[int, ...]
) -> tuple[str, ...]:
    channels = ome.get("omero", {}).get("channels", []) if "omero" in ome else []
    labels = tuple(str(c.get("label", "")) for c in channels)
    at = next((i for i, a in enumerate(described) if _kind(a) == "channel"), None)
    fits = at is not None and len(labels) == shape[at] and all(labels)
    return labels if fits else ()


def _grid(
    described: list[dict[str, Any]],
    letters: str | None,
    scale: NDArray[np.float64],
    shift: NDArray[np.float64],
    found: Variable,
) -> dict[str, Any]:
    if letters is None:
        letters = "tczyx"[-len(scale) :]
    at = {letter: i for i, letter in enumerate(letters)}
    space = [at[a] for a in "zyx"]
    grid: dict[str, Any] = {
        "spacing": triple(abs(scale[i]) or 1.0 for i in space),
        "origin": triple(shift[i] for i in space),
    }
    if described:
        units = {str(described[i].get("unit", "")) for i in space}
        grid["unit"] = length_unit(units.pop()) if len(units) == 1 else ""
        grid["axis_names"] = tuple(
            str(described[i].get("name", "zyx"[k])) for k, i in enumerate(space)
        )
        if "t" in found.axes and described[at["t"]].get("unit"):
            grid["time_unit"] = time_unit(described[at["t"]]["unit"])
    if "t" in found.axes and (scale[at["t"]] != 1 or grid.get("time_unit")):
        step, first = float(scale[at["t"]]), float(shift[at["t"]])
        grid["times"] = tuple(first + i * step for i in range(found.length("t")))
    return grid


def _group(source: Source, group: Any) -> Volume:
    zarr = need("zarr")
    arrays = {}
    for name, node in group.members(max_depth=None):
        if isinstance(node, zarr.Array):
            arrays[name] = node
    if not arrays:
        raise InputError(f"Expected arrays in {source.path}. Got a group without any instead.")
    return _plain(source, arrays, dict(group.attrs))


def _plain(source: Source, arrays: Mapping[str, Any], attributes: Mapping[str, Any]) -> Volume:
    """Return the arrays that share a shape; dimension names, as of xarray, give the grid."""
    labelled = {n: _labelled(source, a) for n, a in arrays.items()}
    names = choose(source, shapes_of(source, labelled), "array")
    return volume_of(source, names, labelled, attributes)


def _labelled(source: Source, array: Any) -> Labelled:
    return Labelled(
        _lazy(source, array), zarr_cf.dimensions_of(array), zarr_cf.attributes_of(array)
    )


def _lazy(source: Source, array: Any) -> Fetched:
    return Fetched(array.shape, array.dtype, partial(_fetch, source.path, array))


def _fetch(path: str, array: Any, region: Region) -> NDArray[Any]:
    with reading(path, KIND):
        return np.asarray(array[region])

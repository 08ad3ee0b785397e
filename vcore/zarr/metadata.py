"""Zarr v3 and OME-Zarr 0.5 metadata of a compressed file, computed from its header."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from vcore.engine.shown import displays
from vcore.io.ome_metadata import GREY, VERSION, multiscale
from vcore.io.sidecar import KEY
from vcore.io.zarr_cf import stored_fill
from vcore.model import labels
from vcore.model.budget import PREVIEW
from vcore.model.grid import IDENTITY, Grid
from vcore.zarr.protocols import Decoders

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder

QUALITY = "vcore_quality"
"""Attribute of an array of preview quality: the word that was asked for."""


def group_path(dataset: Decoders, variable: str) -> str:
    """Return the path of a variable's image: the root if there is only one; labels are below their
    images."""
    return _group_paths(tuple((n, d.header.is_label) for n, d in dataset.variables.items()))[
        variable
    ]


@lru_cache(maxsize=64)
def _group_paths(variables: tuple[tuple[str, bool], ...]) -> Mapping[str, str]:
    """Return the path of each variable, given by name and whether it is a label image."""
    names = [n for n, is_label in variables if not is_label] or [n for n, _ in variables]
    images = {names[0]: ""} if len(names) == 1 else {name: quoted(name) for name in names}
    return {**images, **labels.places([n for n, _ in variables if n not in images], images)}


def quoted(name: str) -> str:
    """Return the path of an image called ``name``: one segment that no document has."""
    path = quote(name, safe=labels.SAFE)
    if not path.strip(".") or path == "zarr.json":  # reserved names
        path = path.replace(".", "%2E")
    return path


def array_path(dataset: Decoders, variable: str, level: int) -> str:
    """Return the path of the array of one level of a variable."""
    return f"{group_path(dataset, variable)}/{level}".lstrip("/")


def chunks_of(decoder: "LevelsDecoder", level: int, side: int | None) -> tuple[int, ...]:
    """Return the shape of a level's chunks along the axes of the source: ``side`` voxels, or the
    decoder's natural unit."""
    if side is None:
        return decoder.source_chunks(level)
    shape = decoder.shape(level)
    chunks = (1,) * (len(shape) - 3) + tuple(min(side, n) for n in shape[-3:])
    return decoder.header.axis_map.chunks(chunks)


def documents(dataset: Decoders, side: int | None = None) -> dict[str, bytes]:
    """Return every metadata document of the hierarchy, by key; ``side`` as in ``chunks_of``."""
    found: dict[str, Any] = {"zarr.json": _group({})}
    for name, decoder in dataset.variables.items():
        path = group_path(dataset, name)
        attributes = dataset.grid_attributes(decoder.header.grid_number)
        found[f"{path}/zarr.json".lstrip("/")] = _group(
            {"ome": _image(decoder, attributes), **_beside(decoder, attributes)}
        )
        for level in range(len(decoder.grids)):
            found[array_path(dataset, name, level) + "/zarr.json"] = _array(
                decoder, level, chunks_of(decoder, level, side)
            )
    folders: dict[str, list[str]] = {}
    for name, decoder in dataset.variables.items():
        folder, _, own = group_path(dataset, name).rpartition("/")
        if decoder.header.is_label and own:
            folders.setdefault(folder, []).append(own)
    for folder, names in folders.items():
        if folder.rpartition("/")[2] == labels.FOLDER:
            told = {"version": VERSION, labels.FOLDER: names}
            found[f"{folder}/zarr.json"] = _group({"ome": told})
    return {key: json.dumps(value).encode() for key, value in found.items()}


def _group(attributes: dict[str, Any]) -> dict[str, Any]:
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}


def _array(decoder: "LevelsDecoder", level: int, chunks: tuple[int, ...]) -> dict[str, Any]:
    dtype = decoder.dtype
    endian = {"configuration": {"endian": "little"}} if dtype.itemsize > 1 else {}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": decoder.source_shape(level),
        "data_type": dtype.name,
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": chunks},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": dtype.type(0).item(),
        "codecs": [{"name": "bytes", **endian}],
        "dimension_names": list(decoder.header.source_axes),
        "attributes": _attributes(decoder),
    }


def _attributes(decoder: "LevelsDecoder") -> dict[str, Any]:
    header = decoder.header
    found: dict[str, Any] = {"unit": header.unit} if header.unit else {}
    if header.quality == PREVIEW:
        found[QUALITY] = PREVIEW
    if header.fill_value is not None:
        found["_FillValue"] = stored_fill(header.fill_value, decoder.dtype)
    return found


def _image(decoder: "LevelsDecoder", attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the OME-Zarr 0.5 metadata of one variable."""
    grid, header = decoder.grid, decoder.header
    times, grids = _times(decoder), _along_axes(decoder.grids)
    name = labels.split(header.name)[1]
    multiscales = [multiscale(name, header.source_axes, grids, times=times)]
    if header.is_label:
        return {
            "version": VERSION,
            "multiscales": multiscales,
            labels.KEY: header.attributes[labels.KEY],
        }
    return {
        "version": VERSION,
        "multiscales": multiscales,
        # browser viewers take contrast limits from here, or else fetch data to estimate them
        "omero": {
            "channels": _channels(decoder, attributes),
            "rdefs": {"model": "greyscale", "defaultT": 0, "defaultZ": grid.shape[0] // 2},
        },
    }


def _along_axes(grids: Sequence[Grid]) -> list[Grid]:
    """Return the grids of the levels without their direction, from the same place."""
    turn, start = np.asarray(grids[0].direction, float), np.asarray(grids[0].origin)
    origins = [(turn.T @ (np.asarray(g.origin) - start) + start).tolist() for g in grids]
    return [
        replace(g, direction=IDENTITY, origin=tuple(o) if g is not grids[0] else g.origin)
        for g, o in zip(grids, origins, strict=True)
    ]


def _beside(decoder: "LevelsDecoder", attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attribute of what OME-Zarr 0.5 does not have: axes that are turned, and the
    coordinate space."""
    direction, space = decoder.grid.direction, attributes.get("space")
    found: dict[str, Any] = {}
    if not np.array_equal(direction, IDENTITY):
        found["grid"] = {"direction": direction}
    if isinstance(space, str) and space:
        found["attributes"] = {"space": space}
    return {KEY: found} if found else {}


def _times(decoder: "LevelsDecoder") -> tuple[float, float]:
    """Return first time and time step; frames are assumed to be evenly spaced."""
    times = decoder.grid.times
    if not times:
        return 0.0, 1.0
    step = float(np.mean(np.diff(times))) if len(times) > 1 else 1.0
    return float(times[0]), step if step > 0 else 1.0


def _channels(decoder: "LevelsDecoder", attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    header, found = decoder.header, displays(decoder.header, attributes)
    if "c" in header.axes:
        names = [d.label or str(i) for i, d in enumerate(found)]
    else:
        names = [header.name]
    if header.quality == PREVIEW:
        names = [f"{name} (preview quality)" for name in names]
    return [d.omero(name, GREY) for name, d in zip(names, found, strict=True)]

"""Zarr v3 and OME-Zarr 0.5 metadata of a compressed file, computed from its header."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from vcore.io.ome_metadata import VERSION, channel, multiscale
from vcore.io.zarr_cf import stored_fill
from vcore.model.budget import PREVIEW
from vcore.model.volume import without_z
from vcore.zarr.protocols import Decoders

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder


def group_path(dataset: Decoders, variable: str) -> str:
    """Return the path of a variable's image: the root if there is only one."""
    if len(dataset.variables) == 1:
        return ""
    path = quote(variable, safe=" ()+,=@")
    if not path.strip(".") or path == "zarr.json":  # reserved names
        path = path.replace(".", "%2E")
    return path


def array_path(dataset: Decoders, variable: str, level: int) -> str:
    """Return the path of the array of one level of a variable."""
    return f"{group_path(dataset, variable)}/{level}".lstrip("/")


def chunks_of(decoder: "LevelsDecoder", level: int, side: int | None) -> tuple[int, ...]:
    """Return the shape of a level's chunks: ``side`` voxels, or the decoder's natural unit."""
    if side is None:
        return decoder.chunks[level]
    shape = decoder.shape(level)
    return (1,) * (len(shape) - 3) + tuple(min(side, n) for n in shape[-3:])


def documents(dataset: Decoders, side: int | None = None) -> dict[str, bytes]:
    """Return every metadata document of the hierarchy, by key; ``side`` as in ``chunks_of``."""
    found: dict[str, Any] = {"zarr.json": _group({})}
    for name, decoder in dataset.variables.items():
        path = group_path(dataset, name)
        found[f"{path}/zarr.json".lstrip("/")] = _group({"ome": _image(decoder)})
        for level in range(len(decoder.grids)):
            found[array_path(dataset, name, level) + "/zarr.json"] = _array(
                decoder, level, chunks_of(decoder, level, side)
            )
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
            "configuration": {"chunk_shape": without_z(chunks) if decoder.header.flat else chunks},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": 0.0 if dtype.kind == "f" else 0,
        "codecs": [{"name": "bytes", **endian}],
        "dimension_names": list(decoder.header.source_axes),
        "attributes": _attributes(decoder),
    }


def _attributes(decoder: "LevelsDecoder") -> dict[str, Any]:
    header = decoder.header
    found: dict[str, Any] = {"unit": header.unit} if header.unit else {}
    if header.quality == PREVIEW:
        found["vcore_quality"] = PREVIEW
    if header.fill_value is not None:
        found["_FillValue"] = stored_fill(header.fill_value, decoder.dtype)
    return found


def _image(decoder: "LevelsDecoder") -> dict[str, Any]:
    """Return the OME-Zarr 0.5 metadata of one variable."""
    grid, header = decoder.grid, decoder.header
    times = _times(decoder)
    return {
        "version": VERSION,
        "multiscales": [multiscale(header.name, header.source_axes, decoder.grids, times=times)],
        # browser viewers take contrast limits from here, or else fetch data to estimate them
        "omero": {
            "channels": _channels(decoder),
            "rdefs": {"model": "greyscale", "defaultT": 0, "defaultZ": grid.shape[0] // 2},
        },
    }


def _times(decoder: "LevelsDecoder") -> tuple[float, float]:
    """Return first time and time step; frames are assumed to be evenly spaced."""
    times = decoder.grid.times
    if not times:
        return 0.0, 1.0
    step = float(np.mean(np.diff(times))) if len(times) > 1 else 1.0
    return float(times[0]), step if step > 0 else 1.0


def _channels(decoder: "LevelsDecoder") -> list[dict[str, Any]]:
    header = decoder.header
    if "c" in header.axes:
        count = header.shape[header.axes.index("c")]
        labels = header.components or tuple(str(i) for i in range(count))
    else:
        labels = (header.name,)
    if header.quality == PREVIEW:
        labels = tuple(f"{label} (preview quality)" for label in labels)
    parts = header.channels or (header,) * len(labels)
    limits = [(float(part.range[0]), float(part.range[1])) for part in parts]
    return [channel(label, limits=own) for label, own in zip(labels, limits, strict=True)]

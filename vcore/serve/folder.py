"""Zarr hierarchies in folders, with any codecs, presented with uncompressed chunks."""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from vcore.errors import InputError
from vcore.hierarchy.chunk_job import codec_of
from vcore.hierarchy.ome import quality_of
from vcore.io.ome_versions import converter, whole_version
from vcore.io.request import reading
from vcore.io.zarr_folder import zarr_store
from vcore.model.budget import PREVIEW
from vcore.zarr.keys import CHUNK_KEY
from vcore.zarr.metadata import QUALITY

KIND = "Zarr hierarchy"
KINDS = "biuf"
"""NumPy kinds supported by both versions of Zarr: bool, integers, floats."""


@dataclass(frozen=True)
class FolderChunk:
    """Chunk of a stored array."""

    array: "zarr.Array[Any]"
    index: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Length of ``encoded()``."""
        return math.prod(self.array.chunks) * self.array.dtype.itemsize

    def encoded(self) -> bytes:
        """Return the values of the complete chunk, padded with the fill value."""
        array = self.array
        region = tuple(
            slice(i * c, min((i + 1) * c, n))
            for i, c, n in zip(self.index, array.chunks, array.shape, strict=True)
        )
        with reading(str(array.store), KIND):
            values = np.asarray(array[region])
        full = np.full(array.chunks, array.fill_value or 0, array.dtype.newbyteorder("<"))
        full[tuple(slice(0, n) for n in values.shape)] = values
        return full.tobytes()


class FolderHierarchy:
    """The arrays and groups below a folder.

    Parameters
    ----------
    path
        A folder with the metadata of a Zarr group, version 2 or 3.
    allow_outside
        Follow links out of the folder.

    Raises
    ------
    InputError
        The folder cannot be read, or is a single array.
    """

    def __init__(self, path: Path, *, allow_outside: bool = False) -> None:
        with reading(str(path), KIND):
            self._read(path, allow_outside)

    def _read(self, path: Path, allow_outside: bool) -> None:
        root = zarr.open(zarr_store(str(path), allow_outside=allow_outside), mode="r")
        if isinstance(root, zarr.Array):
            raise InputError(
                f"Expected a Zarr group at {path}. Got a single array instead: serve the folder "
                f"above it, with OME-Zarr metadata."
            )
        self._arrays: dict[str, zarr.Array[Any]] = {}
        is_preview = quality_of(dict(root.attrs)) == PREVIEW
        found = {"zarr.json": _group(root)}
        for name, node in root.members(max_depth=None):
            if isinstance(node, zarr.Group):
                found[f"{name}/zarr.json"] = _group(node)
            elif node.dtype.kind in KINDS and node.ndim:
                self._arrays[name] = node
                told = {QUALITY: PREVIEW} if is_preview and codec_of(node) is not None else {}
                found[f"{name}/zarr.json"] = _array(node, told)
        self.documents = {key: json.dumps(value).encode() for key, value in found.items()}

    def chunk(self, key: str) -> FolderChunk | None:
        """Return the chunk with a v3 key, or None if there is none."""
        match = CHUNK_KEY.fullmatch(key)
        array = self._arrays.get(match["array"]) if match else None
        if match is None or array is None:
            return None
        index = tuple(int(i) for i in match["index"].split("/")[1:])
        counts = [-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True)]
        if len(index) != len(counts) or any(i >= n for i, n in zip(index, counts, strict=True)):
            return None
        return FolderChunk(array, index)


def _group(group: zarr.Group) -> dict[str, Any]:
    found = dict(group.attrs)
    attributes = converter(whole_version(found))(found)
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}


def _array(array: "zarr.Array[Any]", told: Mapping[str, Any]) -> dict[str, Any]:
    endian = {"configuration": {"endian": "little"}} if array.dtype.itemsize > 1 else {}
    names = getattr(array.metadata, "dimension_names", None)
    described = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": array.shape,
        "data_type": array.dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": array.chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": _fill(array.fill_value),
        "codecs": [{"name": "bytes", **endian}],
        "attributes": {**dict(array.attrs), **told},
    }
    return described | ({"dimension_names": list(names)} if names else {})


def _fill(value: Any) -> Any:
    plain = 0 if value is None else np.asarray(value)[()].item()
    if isinstance(plain, float) and not math.isfinite(plain):
        return "NaN" if math.isnan(plain) else "Infinity" if plain > 0 else "-Infinity"
    return plain


def is_hierarchy(path: Path) -> bool:
    """Return whether a folder has the metadata of a Zarr node."""
    return any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zattrs", ".zarray"))


def version_of(path: Path) -> tuple[Any, ...]:
    """Return a fingerprint that changes when the folder's own metadata is rewritten."""
    files = (path / name for name in ("zarr.json", ".zgroup", ".zattrs"))
    stats = (f.stat() for f in files if f.is_file())
    return tuple(itertools.chain.from_iterable((s.st_mtime_ns, s.st_size) for s in stats))

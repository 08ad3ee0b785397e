"""Metadata documents for OME-Zarr 0.5, 0.6 (Zarr v3) and 0.4 (Zarr v2) over the same chunks.

https://ngff.openmicroscopy.org/0.5, /0.6 and /0.4, https://zarr-specs.readthedocs.io.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from vcore.io.ome_versions import as_04, converter

VERSIONS = ("0.5", "0.6", "0.4")
CODECS = ("none", "zstd")
ZSTD_LEVEL = 1
"""Fastest level; data smoothed by lossy compression gains little from higher ones."""


def documents_v3(documents: Mapping[str, Any], codec: str, version: str) -> dict[str, bytes]:
    """Return the Zarr v3 documents of a version of OME-Zarr, for chunks compressed with ``codec``,
    with consolidated metadata in the root, where `zarr.open_group` looks for it."""
    found = {key: dict(document) for key, document in documents.items()}
    for document in found.values():
        if document["node_type"] == "group":
            document["attributes"] = converter(version)(document.get("attributes", {}))
        if document["node_type"] == "array" and codec == "zstd":
            zstd = {"name": "zstd", "configuration": {"level": ZSTD_LEVEL, "checksum": False}}
            document["codecs"] = [*document["codecs"], zstd]
    below = {k.removesuffix("/zarr.json"): d for k, d in found.items() if k != "zarr.json"}
    if found["zarr.json"]["node_type"] == "group":
        found["zarr.json"]["consolidated_metadata"] = {
            "kind": "inline",
            "must_understand": False,
            "metadata": below,
        }
    return {key: _dumped(document) for key, document in found.items()}


def documents_04(documents: Mapping[str, Any], codec: str) -> dict[str, bytes]:
    """Return the Zarr v2 documents of the same hierarchy, including `.zmetadata`."""
    found: dict[str, Any] = {}
    for key, document in documents.items():
        start = key.removesuffix("zarr.json")
        attributes = dict(document.get("attributes", {}))
        if document["node_type"] == "group":
            found[f"{start}.zgroup"] = {"zarr_format": 2}
            found[f"{start}.zattrs"] = as_04(attributes)
        else:
            found[f"{start}.zarray"] = _array_04(document, codec)
            if names := document.get("dimension_names"):
                attributes["_ARRAY_DIMENSIONS"] = names
            found[f"{start}.zattrs"] = attributes
    found[".zmetadata"] = {"zarr_consolidated_format": 1, "metadata": dict(found)}
    return {key: _dumped(document) for key, document in found.items()}


def _array_04(document: Mapping[str, Any], codec: str) -> dict[str, Any]:
    zstd = {"id": "zstd", "level": ZSTD_LEVEL}
    is_text = document["data_type"] == "string"
    dtype = "|O" if is_text else np.dtype(document["data_type"]).newbyteorder("<").str
    return {
        "zarr_format": 2,
        "shape": document["shape"],
        "chunks": document["chunk_grid"]["configuration"]["chunk_shape"],
        "dtype": dtype,
        "compressor": zstd if codec == "zstd" else None,
        "fill_value": document["fill_value"],
        "order": "C",
        "filters": [{"id": "vlen-utf8"}] if is_text else None,
        "dimension_separator": "/",
    }


def _dumped(document: Any) -> bytes:
    return json.dumps(document).encode()

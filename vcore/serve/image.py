"""A served hierarchy: maps a request's version and key to a document or a chunk."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import numpy as np
from numcodecs import Zstd

from vcore.errors import VcoreError
from vcore.serve.describe import Description, describe
from vcore.serve.documents import ZSTD_LEVEL, documents_04, documents_v3

_serials = itertools.count()


class Chunk(Protocol):
    """Chunk that can be decoded."""

    @property
    def nbytes(self) -> int:
        """Length of ``encoded()``."""
        ...

    def encoded(self) -> bytes:
        """Return the values of the complete chunk, little-endian."""
        ...


class ServedTree(Protocol):
    """Zarr v3 documents with uncompressed chunks."""

    documents: dict[str, bytes]

    def chunk(self, key: str) -> Chunk | None:
        """Return the chunk with a v3 key, or None if there is none."""
        ...


@dataclass(frozen=True)
class Found:
    """Target of a request.

    Attributes
    ----------
    key
        Chunk key, the same in all versions; "" for a document.
    compute
        Function that returns the bytes.
    nbytes
        Number of bytes, None if unknown before computing.
    """

    key: str
    compute: Callable[[], bytes]
    nbytes: int | None


class ServedImage:
    """A hierarchy in all versions of OME-Zarr.

    Parameters
    ----------
    hierarchy
        The served hierarchy.
    tag
        Fingerprint of the content; "" if only the bytes themselves can tell.
    codec
        "none" or "zstd".
    figures
        Figures of each image by the path of its group, for its description.
    """

    def __init__(
        self,
        hierarchy: ServedTree,
        tag: str,
        codec: str,
        figures: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.serial = next(_serials)
        """Unique number of the image."""
        self.tag, self._hierarchy, self._codec = tag, hierarchy, codec
        parsed: Mapping[str, Any] = {k: json.loads(v) for k, v in hierarchy.documents.items()}
        self._figures = figures or {}
        self._described: dict[str, Description] = {}
        self.documents = {
            "0.5": documents_v3(parsed, codec, "0.5"),
            "0.6": documents_v3(parsed, codec, "0.6"),
            "0.4": documents_04(parsed, codec),
        }
        # described as version 0.5, whatever the stored version
        self._parsed: dict[str, Any] = {
            key: json.loads(document) for key, document in self.documents["0.5"].items()
        }
        self._arrays = {
            key.removesuffix("/zarr.json")
            for key, document in parsed.items()
            if document["node_type"] == "array"
        }
        # clients differ in whether they unescape group names or escape them again
        folders = {k.rpartition("/")[0] for k in parsed}
        self._escaped = {unquote(f): f for f in sorted(folders) if unquote(f) != f}
        images = (
            key.removesuffix("zarr.json").rstrip("/")
            for key, document in parsed.items()
            if "multiscales" in document.get("attributes", {}).get("ome", {})
        )
        self.groups = sorted(images) or [""]
        """Paths of the images."""

    def group_at(self, path: str) -> str | None:
        """Return the group of the image at ``path``, escaped or not; None if there is none."""
        found = self._escaped.get(path, path)
        return found if found in self.groups else None

    def describe(self, group: str) -> Description:
        """Return the description of the image at ``group``."""
        if group not in self._described:
            self._described[group] = describe(self._parsed, group, self._figures.get(group))
        return self._described[group]

    def array(self, path: str) -> tuple[tuple[int, ...], tuple[int, ...], np.dtype[Any]]:
        """Return shape, chunk shape and little-endian dtype of the array at ``path``."""
        document = self._parsed[f"{path}/zarr.json"]
        chunks = document["chunk_grid"]["configuration"]["chunk_shape"]
        dtype = np.dtype(document["data_type"]).newbyteorder("<")
        return tuple(document["shape"]), tuple(chunks), dtype

    def values(self, key: str) -> bytes:
        """Return the uncompressed values of the chunk with a v3 key.

        Raises
        ------
        VcoreError
            There is no such chunk, or it cannot be decoded.
        """
        chunk = self._hierarchy.chunk(key)
        if chunk is None:
            raise VcoreError(f"Expected a chunk at {key}. There is none.")
        return chunk.encoded()

    def find(self, version: str, key: str) -> Found | None:
        """Return the target of ``key`` in OME-Zarr ``version``, or None if there is none."""
        return self._find(version, key) or self._find(version, self._canonical(key))

    def _find(self, version: str, key: str) -> Found | None:
        document = self.documents[version].get(key)
        if document is not None:
            return Found("", lambda: document, len(document))
        if version == "0.4":
            key = self._key_of_v3(key)
        chunk = self._hierarchy.chunk(key)
        if chunk is None:
            return None
        if self._codec == "none":
            return Found(key, chunk.encoded, chunk.nbytes)
        return Found(key, lambda: bytes(Zstd(ZSTD_LEVEL).encode(chunk.encoded())), None)

    def _key_of_v3(self, key: str) -> str:
        """Return the v3 key of a v2 chunk: array path, "c", chunk index."""
        parts = key.split("/")
        for count in range(len(parts) - 1, 0, -1):
            if (array := "/".join(parts[:count])) in self._arrays:
                return "/".join([array, "c", *parts[count:]])
        return ""

    def _canonical(self, key: str) -> str:
        for name, folder in self._escaped.items():
            if key.startswith(f"{name}/"):
                return folder + key[len(name) :]
        return key

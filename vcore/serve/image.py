"""A served hierarchy: maps a request's version and key to a document or a chunk."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

from numcodecs import Zstd

from vcore.serve.documents import ZSTD_LEVEL, documents_04, documents_05

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
        Chunk key, the same in both versions; "" for a document.
    compute
        Function that returns the bytes.
    nbytes
        Number of bytes, None if unknown before computing.
    """

    key: str
    compute: Callable[[], bytes]
    nbytes: int | None


class ServedImage:
    """A hierarchy in both versions of OME-Zarr.

    Parameters
    ----------
    hierarchy
        The served hierarchy.
    tag
        Fingerprint of the content; "" if only the bytes themselves can tell.
    codec
        "none" or "zstd".
    """

    def __init__(self, hierarchy: ServedTree, tag: str, codec: str) -> None:
        self.serial = next(_serials)
        """Unique number of the image."""
        self.tag, self._hierarchy, self._codec = tag, hierarchy, codec
        parsed: Mapping[str, Any] = {k: json.loads(v) for k, v in hierarchy.documents.items()}
        self.documents = {
            "0.5": documents_05(parsed, codec),
            "0.4": documents_04(parsed, codec),
        }
        self._arrays = {
            key.removesuffix("/zarr.json")
            for key, document in parsed.items()
            if document["node_type"] == "array"
        }
        # clients differ in whether they unescape group names or escape them again
        folders = {k.rpartition("/")[0] for k in parsed}
        self._escaped = {unquote(f): f for f in sorted(folders) if unquote(f) != f}
        multiscales = {
            key.removesuffix("zarr.json").rstrip("/"): document["attributes"]["ome"]["multiscales"]
            for key, document in parsed.items()
            if "multiscales" in document.get("attributes", {}).get("ome", {})
        }
        self.groups = sorted(multiscales) or [""]
        """Paths of the images."""
        first = multiscales.get(self.groups[0])
        level = first[0]["datasets"][0]["path"] if first else ""
        array = parsed.get(f"{self.groups[0]}/{level}/zarr.json".lstrip("/"), {})
        self.shape = tuple(array.get("shape", ()))
        """Shape of the first image at full resolution; () if there is none."""
        self.dtype = str(array.get("data_type", ""))
        """Data type of the first image."""
        self.quality = str(array.get("attributes", {}).get("vcore_quality", ""))
        """"preview" if the first image is of that quality, else ""."""

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

"""One served hierarchy: a request's version and key become a document or a chunk."""

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
    """A chunk that can be decoded."""

    @property
    def nbytes(self) -> int:
        """Length of ``encoded()``."""
        ...

    def encoded(self) -> bytes:
        """Return its values, little-endian, whole."""
        ...


class ServedTree(Protocol):
    """Zarr v3 documents with uncompressed chunks."""

    documents: dict[str, bytes]

    def chunk(self, key: str) -> Chunk | None:
        """Return the chunk under a v3 key, None where there is none."""
        ...


@dataclass(frozen=True)
class Found:
    """What a request named.

    Attributes
    ----------
    key
        Of the chunk, the same in both versions; "" for a document.
    compute
        Gives the bytes.
    nbytes
        How many they will be, None where only computing tells.
    """

    key: str
    compute: Callable[[], bytes]
    nbytes: int | None


class ServedImage:
    """A hierarchy in both versions of OME-Zarr.

    Parameters
    ----------
    hierarchy
        What is served.
    tag
        Changes when the content does; "" where only the bytes themselves can tell.
    codec
        "none" or "zstd".
    """

    def __init__(self, hierarchy: ServedTree, tag: str, codec: str) -> None:
        self.serial = next(_serials)
        """A number that no other image has."""
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
        # some clients decode what is escaped in the names of groups, some escape it once more
        folders = {k.rpartition("/")[0] for k in parsed}
        self._escaped = {unquote(f): f for f in sorted(folders) if unquote(f) != f}
        multiscales = {
            key.removesuffix("zarr.json").rstrip("/"): document["attributes"]["ome"]["multiscales"]
            for key, document in parsed.items()
            if "multiscales" in document.get("attributes", {}).get("ome", {})
        }
        self.groups = sorted(multiscales) or [""]
        """The paths of its images."""
        first = multiscales.get(self.groups[0])
        level = first[0]["datasets"][0]["path"] if first else ""
        array = parsed.get(f"{self.groups[0]}/{level}/zarr.json".lstrip("/"), {})
        self.shape = tuple(array.get("shape", ()))
        """That of the first image at full resolution; () where there is none."""
        self.dtype = str(array.get("data_type", ""))
        """Its type of values."""

    def find(self, version: str, key: str) -> Found | None:
        """Return what ``key`` of OME-Zarr ``version`` names, None for nothing."""
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
        """Return the v3 key of a v2 chunk: an array's path, then "c", then its index."""
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

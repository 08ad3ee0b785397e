"""``vcore.open`` for compressed files and compressed hierarchies, of volumes, images and scenes."""

import json
import os
from typing import Any

from vcore.container import Container
from vcore.container.layout import MAGIC
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.errors import InputError
from vcore.file_dataset import FileDataset


def open_any(source: Any, *, cache_bytes: int = CACHE_BYTES, allow_outside: bool = False) -> Any:
    """Open a compressed file or a compressed hierarchy.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, or any object with ``size``, ``name`` and
        ``read(offset, length)``; for a hierarchy, the path of its folder.
    cache_bytes
        Maximum size of the cache of decoded chunks, in bytes.
    allow_outside
        Follow links out of a hierarchy's folder.

    Returns
    -------
    Dataset, Collection or Scene
        A ``FileDataset`` or a ``HierarchyDataset``; a ``Collection`` for a file of images; a
        ``Scene`` for a radiance field.

    Raises
    ------
    FormatError
        Not a `.vcore` file, damaged, or of an unknown version.
    InputError
        A folder not compressed by vcore, or without a single image at its root.
    """
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        from vcore.hierarchy.dataset import HierarchyDataset
        from vcore.io.formats import is_zarr
        from vcore.io.outside import Trusted

        path = Trusted(source) if allow_outside else os.fspath(source)
        if is_zarr(path):
            return HierarchyDataset(path, cache_bytes=cache_bytes)
    container = Container(source)
    if container.header.get("kind") == "images":
        from vcore.collections.collection import Collection

        return Collection(container, cache_bytes=cache_bytes)
    if container.header.get("kind") == "scene":
        from vcore.scenes.scene import Scene

        return Scene(container, cache_bytes=cache_bytes)
    return FileDataset(container, cache_bytes=cache_bytes)


def open_dataset(
    source: Any, *, cache_bytes: int = CACHE_BYTES, allow_outside: bool = False
) -> Dataset:
    """Open a compressed volume; as ``open_any``.

    Raises
    ------
    InputError
        The file is no volume.
    """
    found = open_any(source, cache_bytes=cache_bytes, allow_outside=allow_outside)
    if not isinstance(found, Dataset):
        what = "a scene" if found.header.get("kind") == "scene" else "a collection of images"
        raise InputError(
            f"Expected a compressed volume. {found.identity[0]} is {what}: open it with "
            f"vcore.open, or look at it with `vcore view`."
        )
    return found


def is_compressed(path: str) -> bool:
    """Return whether ``path`` is compressed: a file by its magic bytes, a hierarchy by its marker
    attribute, a URL by its suffix."""
    if "://" in path:
        return path.partition("?")[0].endswith(".vcore")
    try:
        if os.path.isdir(path):
            from vcore.hierarchy.ome import NOTE

            with open(os.path.join(path, "zarr.json"), "rb") as file:
                return NOTE in json.load(file).get("attributes", {})
        if not os.path.isfile(path):  # reading a pipe would block
            return False
        with open(path, "rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False


def is_hierarchy(path: str) -> bool:
    """Return whether ``path`` is the folder of a compressed hierarchy."""
    return os.path.isdir(path) and is_compressed(path)

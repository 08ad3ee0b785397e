"""Served hierarchies by name; files are found by listing, never from the path of a request."""

import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vcore._version import __version__
from vcore.collections.collection import Collection
from vcore.container import Container
from vcore.errors import InputError, VcoreError
from vcore.file_dataset import FileDataset
from vcore.io.outside import is_inside
from vcore.model.text import printable
from vcore.scenes.scene import Scene
from vcore.serve.collections import ServedCollection, is_collection
from vcore.serve.describe import figures_of
from vcore.serve.folder import FolderHierarchy, is_hierarchy, version_of
from vcore.serve.image import ServedImage
from vcore.serve.scenes import ServedScene, is_scene
from vcore.zarr.keys import DecodedKeys

SUFFIX = ".ome.zarr"
"""Suffix of the served names of volumes, by which viewers recognise OME-Zarr."""
ZARR = ".zarr"
"""Suffix of the served names of collections of images and of scenes."""
SIDE = 64
"""Chunk side in voxels: large enough for few requests, small enough for slicing."""
FRESH = 1.0
"""Time in seconds before files are checked for changes again."""
ABSOLUTE = re.compile(r"(?<![\w/:.-])(?:[A-Za-z]:)?[\\/](?:[^\\/:*?\"'<>|\n]+[\\/])+")
"""The folders of an absolute path."""
KEPT_IMAGES = 64
"""Maximum number of files with cached headers."""


@dataclass
class _Opened:
    found: ServedImage | ServedCollection | ServedScene
    version: tuple[Any, ...]
    checked: float

    @property
    def image(self) -> ServedImage:
        """The Zarr hierarchy: of a volume, of a collection, or of a scene."""
        return self.found if isinstance(self.found, ServedImage) else self.found.zarr


class Catalogue:
    """The compressed files and Zarr hierarchies in a folder, or a single one.

    Parameters
    ----------
    root
        A `.vcore` file or its http(s) URL, a Zarr hierarchy, or a folder to search for both.
    codec
        Codec of sent chunks: "none" or "zstd".
    allow_outside
        Follow links out of a hierarchy's folder; not those to files beside hierarchies.

    Raises
    ------
    InputError
        ``root`` does not exist, or is a single file that cannot be read.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        codec: str = "none",
        *,
        allow_outside: bool = False,
    ) -> None:
        self._url = str(root) if "://" in str(root) else ""
        self.root = Path(urlsplit(self._url).path) if self._url else Path(root).absolute()
        self._codec, self._allow_outside = codec, allow_outside
        self._lock = threading.Lock()
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._names: dict[str, Path] = {}
        self._suffixes: dict[Path, tuple[tuple[Any, ...], str]] = {}
        self._listed = -FRESH
        if not self._url and not self.root.exists():
            raise InputError(f"Expected a file or folder to serve. There is nothing at {root}.")
        self.single = bool(self._url) or self.root.is_file() or is_hierarchy(self.root)
        for name in self.names() if self.single else ():
            self.image(name)

    def names(self) -> dict[str, Path]:
        """Return the path of each served file or hierarchy by its served name."""
        with self._lock:
            if time.monotonic() - self._listed >= FRESH:
                paths = [self.root] if self.single else list(_below(self.root))
                base = self.root.parent if self.single else self.root
                self._names = _named(paths, base, self._suffix)
                self._listed = time.monotonic()
            return self._names

    def find(self, path: str) -> tuple[ServedImage, str] | None:
        """Return the hierarchy whose name starts ``path``, and the remaining path.

        Raises
        ------
        VcoreError
            The file is damaged or no longer exists.
        """
        name = self._name(path, self._names) or self._name(path, self.names())
        return None if name is None else (self.image(name), path[len(name) :].strip("/"))

    def known(self, path: str) -> tuple[ServedImage, str] | None:
        """Same as ``find`` without disk access; None if that would need it."""
        name = self._name(path, self._names)
        opened = None if name is None else self._opened.get(name)
        if name is None or opened is None or time.monotonic() - opened.checked >= FRESH:
            return None
        return opened.image, path[len(name) :].strip("/")

    def image(self, name: str) -> ServedImage:
        """Return the hierarchy of a name, reopened if the file has changed."""
        return self._current(name).image

    def paged(self, name: str) -> ServedCollection | ServedScene | None:
        """Return the collection or scene of a name; None for other names and for volumes."""
        if name.endswith(SUFFIX) or name not in self.names():
            return None
        found = self._current(name).found
        return None if isinstance(found, ServedImage) else found

    def _current(self, name: str) -> _Opened:
        path = self._names[name]
        with self._lock:
            opened = self._opened.get(name)
            version = () if self._url else _version(path)
            if opened is None or opened.version != version:
                opened = _Opened(self._open(path), version, 0.0)
                self._opened[name] = opened
            opened.checked = time.monotonic()
            self._opened.move_to_end(name)
            while len(self._opened) > KEPT_IMAGES:
                self._opened.popitem(last=False)
            return opened

    def file(self, name: str) -> Path | None:
        """Return the compressed file of a name; None for other names and for folders."""
        path = self.names().get(name)
        return path if path is not None and not self._url and path.is_file() else None

    def public(self, text: str) -> str:
        """Return a message without the folders of this machine that it names."""
        base = self.root.parent if self.single else self.root
        for folder in (str(base), os.path.realpath(base)):
            text = text.replace(folder.rstrip(os.sep) + os.sep, "")
        return ABSOLUTE.sub("", text)

    def _open(self, path: Path) -> ServedImage | ServedCollection | ServedScene:
        if not self._url and path.is_dir():
            hierarchy = FolderHierarchy(path, allow_outside=self._allow_outside)
            return ServedImage(hierarchy, "", self._codec)
        # no cache per file: the server caches encoded chunks of all files
        container = Container(self._url or path)
        if is_collection(container):
            return ServedCollection(Collection(container, cache_bytes=0), self._codec)
        if is_scene(container):
            return ServedScene(Scene(container, cache_bytes=0), self._codec)
        dataset = FileDataset(container, cache_bytes=0)
        tag = f"{dataset.identity[1]:08x}-{self._codec}-{__version__}"
        return ServedImage(DecodedKeys.of(dataset, SIDE), tag, self._codec, figures_of(dataset))

    def _suffix(self, path: Path) -> str:
        """Return the suffix of a served name: only volumes are OME-Zarr."""
        if not self._url and path.is_dir():
            return SUFFIX
        try:
            version = () if self._url else _version(path)
            known = self._suffixes.get(path)
            if known is None or known[0] != version:
                container = Container(self._url or path)
                other = is_collection(container) or is_scene(container)
                known = self._suffixes[path] = version, ZARR if other else SUFFIX
        except VcoreError:  # of which opening tells
            return SUFFIX
        return known[1]

    @staticmethod
    def _name(path: str, names: dict[str, Path]) -> str | None:
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            if parts[count - 1].endswith(ZARR) and (name := "/".join(parts[:count])) in names:
                return name
        return None


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files and hierarchies below ``folder``, without following links to folders or
    entering hidden ones."""
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        hierarchies = [f for f in folders if is_hierarchy(here / f)]
        folders[:] = [f for f in folders if f not in hierarchies]
        found = [here / f for f in hierarchies if not (here / f).is_symlink()]
        found += [here / f for f in sorted(files) if f.lower().endswith(".vcore")]
        # do not serve files outside the folder through links
        yield from (p for p in found if is_inside(p, folder) and _is_readable(p))


def _named(paths: list[Path], base: Path, suffix_of: Callable[[Path], str]) -> dict[str, Path]:
    names: dict[str, Path] = {}
    for path in paths:
        relative = printable(path.relative_to(base).as_posix())
        stem = relative
        for suffix in (".vcore", SUFFIX, ".zarr"):
            if relative.lower().endswith(suffix):
                stem = relative[: -len(suffix)]
                break
        kind = suffix_of(path)
        name = stem + kind
        names[name if name not in names else relative + kind] = path
    return names


def _is_readable(path: Path) -> bool:
    return path.is_dir() or (path.is_file() and os.access(path, os.R_OK))


def _version(path: Path) -> tuple[Any, ...]:
    try:
        if path.is_dir():
            return version_of(path)
        found = path.stat()
    except OSError as error:
        raise VcoreError(f"Could not read {path.name}: {error.strerror}.") from error
    return found.st_mtime_ns, found.st_size

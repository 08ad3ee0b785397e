"""Open files of this process, cached by path and state; changed files are reopened."""

import os
from collections import OrderedDict
from threading import Lock
from typing import TypeVar

from vcore.collections.collection import Collection
from vcore.container import Container
from vcore.dataset import Dataset
from vcore.errors import InputError, VcoreError
from vcore.opening import open_any
from vcore.scenes.scene import Scene

MAX_FILES = 4096
"""Maximum number of cached headers, a few kilobytes each."""

VOLUME, IMAGES, SCENE = "volume", "images", "scene"
"""Kinds of files, each with a reader."""
WORDS = {VOLUME: "a compressed volume", IMAGES: "a collection of images", SCENE: "a scene"}

Opened = Dataset | Collection | Scene
T = TypeVar("T", Dataset, Collection, Scene)
State = tuple[str, int, int]
"""Path, modification time in nanoseconds, size in bytes."""

_kept: OrderedDict[State, Opened] = OrderedDict()
_lock = Lock()


def state_of(path: str) -> State:
    """Return the state of the file at ``path``, for detecting changes.

    Raises
    ------
    InputError
        The file does not exist.
    """
    try:
        found = os.stat(path)
    except OSError as error:
        raise InputError(
            f"Expected a .vcore file at {path}. Got '{error.strerror}' instead: check the name, "
            f"and that the file is on the machine of the server."
        ) from error
    return os.path.abspath(path), found.st_mtime_ns, found.st_size


def kind_of(path: str) -> str:
    """Return the kind of the file at ``path``; VOLUME if it cannot be read."""
    if os.path.basename(path) == "zarr.json":
        return VOLUME
    try:
        kind = Container(path).header.get("kind")
    except (VcoreError, OSError):
        return VOLUME
    return str(kind) if kind in (IMAGES, SCENE) else VOLUME


def open_as(path: str, wanted: type[T]) -> T:
    """Return an open file, reading its header unless cached.

    Hierarchies of the Zarr chunk codec are opened by the ``zarr.json`` in their folder.

    Parameters
    ----------
    wanted
        Dataset, Collection or Scene.

    Raises
    ------
    InputError, FormatError
        The file cannot be read, or is of another kind.
    """
    found = _opened(path)
    if isinstance(found, wanted):
        return found
    kinds: dict[type, str] = {Collection: IMAGES, Scene: SCENE}
    kind = kinds.get(type(found), VOLUME)
    got = "a volume" if kind == VOLUME else WORDS[kind]
    raise InputError(
        f"Expected {WORDS[kinds.get(wanted, VOLUME)]}. {path} is {got}: open it by itself with "
        f"File > Open."
    )


def _opened(path: str) -> Opened:
    state = state_of(path)
    with _lock:
        if state in _kept:
            _kept.move_to_end(state)
            return _kept[state]
    folder, name = os.path.split(path)
    found: Opened = open_any((folder or ".") if name == "zarr.json" else path)
    with _lock:
        _kept[state] = found
        while len(_kept) > MAX_FILES:
            _kept.popitem(last=False)
    return found

"""Open files of this process, cached by path and state; changed files are reopened."""

import os
from collections import OrderedDict
from threading import Lock

from vcore.collections.collection import Collection
from vcore.container import Container
from vcore.dataset import Dataset
from vcore.errors import InputError, VcoreError
from vcore.opening import open_any

MAX_FILES = 4096
"""Maximum number of cached headers, a few kilobytes each."""

State = tuple[str, int, int]
"""Path, modification time in nanoseconds, size in bytes."""

_kept: OrderedDict[State, Dataset | Collection] = OrderedDict()
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


def is_collection(path: str) -> bool:
    """Return whether the file at ``path`` is a collection of images; False if it cannot be read."""
    if os.path.basename(path) == "zarr.json":
        return False
    try:
        return Container(path).header.get("kind") == "images"
    except (VcoreError, OSError):
        return False


def open_file(path: str) -> Dataset:
    """Return the open file of a volume, reading its header unless cached.

    Hierarchies of the Zarr chunk codec are opened by the ``zarr.json`` in their folder.

    Raises
    ------
    InputError, FormatError
        The file cannot be read, or is a collection of images.
    """
    found = _opened(path)
    if isinstance(found, Collection):
        raise InputError(
            f"Expected a compressed volume. {path} is a collection of images: open it by itself "
            f"with File > Open."
        )
    return found


def open_collection(path: str) -> Collection:
    """Return the open file of a collection of images, as ``open_file``.

    Raises
    ------
    InputError, FormatError
        The file cannot be read, or is a volume.
    """
    found = _opened(path)
    if not isinstance(found, Collection):
        raise InputError(
            f"Expected a collection of images. {path} is a volume: open it by itself with File > "
            f"Open."
        )
    return found


def _opened(path: str) -> Dataset | Collection:
    state = state_of(path)
    with _lock:
        if state in _kept:
            _kept.move_to_end(state)
            return _kept[state]
    folder, name = os.path.split(path)
    found: Dataset | Collection = open_any((folder or ".") if name == "zarr.json" else path)
    with _lock:
        _kept[state] = found
        while len(_kept) > MAX_FILES:
            _kept.popitem(last=False)
    return found

"""Open files of this process, cached by path and state; changed files are reopened."""

import os
from collections import OrderedDict
from threading import Lock

from vcore.dataset import Dataset
from vcore.file_dataset import FileDataset
from vcore.opening import open_dataset
from vcore.errors import InputError

MAX_FILES = 4096
"""Maximum number of cached headers, a few kilobytes each."""

State = tuple[str, int, int]
"""Path, modification time in nanoseconds, size in bytes."""

_kept: OrderedDict[State, Dataset] = OrderedDict()
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


def open_file(path: str) -> Dataset:
    """Return the open file, reading its header unless cached.

    Hierarchies of the Zarr chunk codec are opened by the ``zarr.json`` in their folder.

    Raises
    ------
    InputError, FormatError
        The file cannot be read.
    """
    state = state_of(path)
    with _lock:
        if state in _kept:
            _kept.move_to_end(state)
            return _kept[state]
    folder, name = os.path.split(path)
    dataset = open_dataset(folder or ".") if name == "zarr.json" else FileDataset(path)
    with _lock:
        _kept[state] = dataset
        while len(_kept) > MAX_FILES:
            _kept.popitem(last=False)
    return dataset

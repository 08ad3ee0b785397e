"""Open files of this process, by path and state: a file that changed is opened anew."""

import os
from collections import OrderedDict
from threading import Lock

from vcore.dataset import Dataset
from vcore.file_dataset import FileDataset
from vcore.opening import open_dataset
from vcore.errors import InputError

MAX_FILES = 4096
"""Headers that are kept; a header takes a few kilobytes."""

State = tuple[str, int, int]
"""Path, time of change in nanoseconds, bytes."""

_kept: OrderedDict[State, Dataset] = OrderedDict()
_lock = Lock()


def state_of(path: str) -> State:
    """Return what tells whether the file at ``path`` is still the same.

    Raises
    ------
    InputError
        There is none.
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
    """Return the open file; reads its header where that was not done before.

    A hierarchy of the Zarr chunk codec is named by the ``zarr.json`` in its folder.

    Raises
    ------
    InputError, FormatError
        It cannot be read.
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

"""Virtual HDF5 datasets: refused where parts of them are not there, which HDF5 reads as zeros."""

import os
import re
from glob import glob
from typing import Any

from vcore.errors import InputError
from vcore.io.source import need


def check_virtual(path: str, dataset: Any) -> None:
    """Refuse a virtual dataset whose sources are missing; do nothing for others.

    Raises
    ------
    InputError
        A file or a dataset in it is not there.
    """
    if not dataset.is_virtual:
        return
    h5py = need("h5py")
    folder = os.path.dirname(os.path.abspath(path))
    for source in {(str(s.file_name), str(s.dset_name)) for s in dataset.virtual_sources()}:
        file_name, name = source
        if file_name == ".":
            found = name in dataset.file or "%" in name
        else:
            files = glob(_pattern(os.path.join(folder, file_name)))
            found = bool(files) and ("%" in name or _holds(h5py, files[0], name))
        if not found:
            raise InputError(
                f"Expected all parts of the virtual dataset {dataset.name!r} of {path}. Got no "
                f"dataset {name!r} in {file_name!r}, whose values would be read as the fill value: "
                f"put the file in its place."
            )


def _pattern(file_name: str) -> str:
    """Return a pattern of names: %b and the like stand for a number in them."""
    parts = re.split(r"%\d*[a-z]", file_name)
    return "*".join(part.replace("[", "[[]") for part in parts)


def _holds(h5py: Any, file_name: str, name: str) -> bool:
    try:
        with h5py.File(file_name, "r") as file:
            return name in file
    except OSError:
        return False

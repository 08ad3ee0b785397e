"""Datasets in other HDF5 files: external links, and sources of virtual datasets.

Missing sources are refused, since HDF5 would read them as the fill value.
"""

import logging
import os
import re
from glob import glob
from typing import Any

from vcore.errors import InputError
from vcore.io.request import need

logger = logging.getLogger(__name__)


def linked_datasets(path: str, file: Any) -> dict[str, Any]:
    """Return the datasets behind external links of an open file, by their path in that file.

    Warn about dangling links.
    """
    h5py = need("h5py")
    links: list[bytes] = []

    def visit(name: bytes, info: Any) -> None:
        if info.type == h5py.h5l.TYPE_EXTERNAL:
            links.append(name)

    file.id.links.visit(visit, info=True)
    found: dict[str, Any] = {}
    for link in map(os.fsdecode, links):
        try:
            item = file[link]
        except (KeyError, OSError):
            other = os.fsdecode(file.id.links.get_val(os.fsencode(link))[0])
            logger.warning("%s: skipped %s: %s has no such dataset", path, link, other)
            continue
        members = {link: item}
        if isinstance(item, h5py.Group):
            members = {}
            item.visititems(lambda n, m, link=link, to=members: to.update({f"{link}/{n}": m}))
        found |= {
            n: m for n, m in members.items() if isinstance(m, h5py.Dataset) and m.shape is not None
        }
    return found


def check_virtual(path: str, dataset: Any) -> None:
    """Refuse a virtual dataset whose sources are missing; accept any other dataset.

    Raises
    ------
    InputError
        A source file, or a dataset in it, does not exist.
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
    """Return a regular expression for a file name in which %b and the like match a number."""
    parts = re.split(r"%\d*[a-z]", file_name)
    return "*".join(part.replace("[", "[[]") for part in parts)


def _holds(h5py: Any, file_name: str, name: str) -> bool:
    try:
        with h5py.File(file_name, "r") as file:
            return name in file
    except OSError:
        return False

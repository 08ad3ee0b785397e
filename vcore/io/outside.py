"""Confine files that a file refers to: its own folder, unless the caller allows others.

A header written by a stranger could name any file that the reading user may open, and a folder
could hold a link to one. Its values would then leak into whatever output is shared.
"""

import glob
import html
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from vcore.errors import InputError
from vcore.io.request import ReadRequest, need

OME_FILE = re.compile(r"""FileName\s*=\s*(?:"([^"]*)"|'([^']*)')""")
"""FileName attributes in OME-XML."""
NUMBER = re.compile(r"%\d*b")
"""Placeholder for a block number in source names of virtual datasets."""
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""First bytes of an HDF5 superblock."""


class Trusted(str):
    """A path from a trusted author: files it refers to may lie outside its folder."""

    __slots__ = ()


def is_inside(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Return whether ``path`` lies below ``folder`` after resolving links in both."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def check_inside(owner: str, path: str | os.PathLike[str], *, allowed: bool = False) -> None:
    """Refuse a file outside the folder of ``owner``, which refers to it.

    Parameters
    ----------
    owner
        A file that refers to others, or a folder that contains links. If it is a link itself, the
        folder of its target is accepted as well. ``Trusted`` owners may refer to any file.
    path
        The file to be opened.
    allowed
        Whether the caller permits files outside the folder.

    Raises
    ------
    InputError
        The file lies outside.
    """
    if allowed or isinstance(owner, Trusted):
        return
    real = os.path.realpath(owner)
    folders = (
        [owner]
        if os.path.isdir(owner)
        else [os.path.dirname(owner) or ".", os.path.join(real, os.pardir)]
    )
    if not any(is_inside(path, os.path.normpath(folder)) for folder in folders):
        behind = os.path.realpath(path)
        via = "" if behind == os.path.abspath(path) else f", a link to {behind}"
        where = owner if os.path.isdir(owner) else f"the folder of {owner}"
        raise InputError(
            f"Expected files only inside {where}. Got {os.fspath(path)}{via} instead, which lies "
            f"outside: copy the file there, or use `allow_outside=True` if you trust the author."
        )


def named_file(source: ReadRequest, name: str) -> str:
    """Return the path of a file that ``source`` names; raise InputError if it lies outside."""
    path = os.path.join(os.path.dirname(source.path), name)
    check_inside(source.path, path, allowed=source.allow_outside)
    return path


def check_tiff(source: ReadRequest, tif: Any) -> None:
    """Refuse an open TIFF with planes in files outside its folder (OME-TIFF, NDTiff)."""
    names: Iterable[str] = ()
    if tif.is_ome:
        found = OME_FILE.findall(tif.ome_metadata or "")
        names = {html.unescape(a or b) for a, b in found}
    elif tif.is_ndtiff:
        index = os.path.join(os.path.dirname(source.path), "NDTiff.index")
        if os.path.isfile(index):
            names = {entry[1] for entry in need("tifffile").read_ndtiff_index(index)}
    for name in names:
        named_file(source, name)


def check_hdf5(source: ReadRequest) -> None:
    """Refuse an HDF5 (or netCDF-4) file if external links, virtual datasets or raw data refer to
    files outside its folder, directly or via other files. Accept other formats."""
    if not source.allow_outside and _is_hdf5(source.path):
        _check_hdf5(source.path, source.path, set())


def check_open_hdf5(path: str, file: Any) -> None:
    """Refuse what ``check_hdf5`` refuses of an open file that lies at ``path``."""
    _check_links(path, path, file, {os.path.realpath(path)})


def _is_hdf5(path: str) -> bool:
    """Return whether the file has HDF5's signature at byte 0, 512, 1024, 2048 …, as in HDF5."""
    with open(path, "rb") as file:
        size, start = os.fstat(file.fileno()).st_size, 0
        while start < size:
            file.seek(start)
            if file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
                return True
            start = 2 * start or 512
    return False


def _check_hdf5(owner: str, path: str, seen: set[str]) -> None:
    seen.add(os.path.realpath(path))
    with need("h5py").File(path, "r") as file:
        _check_links(owner, path, file, seen)


def _check_links(owner: str, path: str, file: Any, seen: set[str]) -> None:
    named = set(_files_of(file))
    for target in {t for name, is_raw in named for t in _candidates(path, name, is_raw)}:
        check_inside(owner, target)
        if os.path.realpath(target) not in seen and _is_hdf5(target):
            _check_hdf5(owner, target, seen)


def _files_of(file: Any) -> Iterator[tuple[str, bool]]:
    """Yield the files that an open file refers to, and whether they hold raw data."""
    h5py = need("h5py")
    links: list[tuple[bytes, int]] = []
    file.id.links.visit(lambda name, info: links.append((name, info.type)), info=True)
    for name, kind in links:
        if kind == h5py.h5l.TYPE_EXTERNAL:
            yield os.fsdecode(file.id.links.get_val(name)[0]), False
        elif kind == h5py.h5l.TYPE_HARD:
            # skip what cannot be opened: it leads nowhere, and the rest may be readable
            with suppress(KeyError, OSError, RuntimeError, ValueError):
                yield from _files_of_object(h5py, h5py.h5o.open(file.id, name))


def _files_of_object(h5py: Any, found: Any) -> Iterator[tuple[str, bool]]:
    if not isinstance(found, h5py.h5d.DatasetID):
        return
    properties = found.get_create_plist()
    for number in range(properties.get_external_count()):
        yield os.fsdecode(properties.get_external(number)[0]), True
    if properties.get_layout() == h5py.h5d.VIRTUAL:
        for number in range(properties.get_virtual_count()):
            name = str(properties.get_virtual_filename(number))
            if name != ".":  # the file itself
                yield name, False


def _candidates(path: str, name: str, is_raw: bool) -> list[str]:
    """Return the files that HDF5 may open for ``name`` in the file ``path``.

    Source: HDF5 reference manual. Links and virtual datasets (H5Pset_elink_prefix): by an absolute
    name itself, then by its last component; in the folder of the file, then the working directory.
    Names of virtual datasets may contain a number. Raw data (H5Pset_efile_prefix): by the name as
    it is.
    """
    if is_raw:
        return [name] if os.path.exists(name) else []
    folders = [os.path.dirname(path), os.path.dirname(os.path.realpath(path)), ""]
    names = [name, os.path.basename(name)] if os.path.isabs(name) else [name]
    for candidate in (os.path.join(f, n) for n in names for f in folders):
        if os.path.exists(candidate):
            return [candidate]
        if "%" in name:
            pattern = NUMBER.sub("*", glob.escape(candidate)).replace("%%", "%")
            if found := glob.glob(pattern):
                return found
    return []

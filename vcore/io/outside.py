"""Where the files may lie that a file names: in its own folder, unless the caller allows more.

A header that a stranger wrote could name any file that its reader may read, and a folder could hold
a link to one: its values would end up in what is shared in return.
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
NUMBER = re.compile(r"%\d*b")
"""What stands for the number of a block in the name of a virtual dataset's source."""
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Trusted(str):
    """A path whose author the caller trusts: what it leads to may lie outside its folder."""

    __slots__ = ()


def is_inside(path: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
    """Return whether ``path`` lies below ``folder`` when every link on both ways is followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def check_inside(owner: str, path: str | os.PathLike[str], *, allowed: bool = False) -> None:
    """Refuse a file that ``owner`` leads to, outside the folder of ``owner``.

    Parameters
    ----------
    owner
        A file that names others, or a folder that holds links. Where it is a link itself, the
        folder of the file behind it will do as well. Nothing is refused to a ``Trusted`` one.
    path
        The file that would be opened.
    allowed
        Whether the caller asked for files outside.

    Raises
    ------
    InputError
        It lies elsewhere.
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
            f"Expected files inside {where} alone. Got {os.fspath(path)}{via} instead, which lies "
            f"outside: copy the file there, or use `allow_outside=True` if you trust the author."
        )


def named_file(source: ReadRequest, name: str) -> str:
    """Return the path of a file that ``source`` names; raises InputError if it lies outside."""
    path = os.path.join(os.path.dirname(source.path), name)
    check_inside(source.path, path, allowed=source.allow_outside)
    return path


def check_tiff(source: ReadRequest, tif: Any) -> None:
    """Refuse an open TIFF whose planes lie in files outside its folder (OME-TIFF, NDTiff)."""
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
    """Refuse an HDF5 (or netCDF-4) file whose external links, virtual datasets or raw values lie
    outside its folder, also through the files that they lead to; other formats pass."""
    if not source.allow_outside and _is_hdf5(source.path):
        _check_hdf5(source.path, source.path, set())


def _is_hdf5(path: str) -> bool:
    """Return whether HDF5 finds its signature: at 0, 512, 1024, 2048 … up to the end."""
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
        named = set(_files_of(file))
    for target in {t for name, is_raw in named for t in _found(path, name, is_raw)}:
        check_inside(owner, target)
        if os.path.realpath(target) not in seen and _is_hdf5(target):
            _check_hdf5(owner, target, seen)


def _files_of(file: Any) -> Iterator[tuple[str, bool]]:
    """Yield the files that an open file names, and whether they hold raw values."""
    h5py = need("h5py")
    links: list[tuple[bytes, int]] = []
    file.id.links.visit(lambda name, info: links.append((name, info.type)), info=True)
    for name, kind in links:
        if kind == h5py.h5l.TYPE_EXTERNAL:
            yield os.fsdecode(file.id.links.get_val(name)[0]), False
        elif kind == h5py.h5l.TYPE_HARD:
            # what cannot be opened leads nowhere, and the rest of the file may be read
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


def _found(path: str, name: str, is_raw: bool) -> list[str]:
    """Return the files that HDF5 may open for ``name`` in the file ``path``.

    Source: HDF5's reference manual. Links and virtual datasets (H5Pset_elink_prefix): by the name
    if absolute, else by its last part; in the folder of the file, then in the working folder. Names
    of virtual datasets may hold a number. Raw values (H5Pset_efile_prefix): by the name alone.
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

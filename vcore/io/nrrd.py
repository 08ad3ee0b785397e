"""NRRD (.nrrd, .nhdr), http://teem.sourceforge.net/nrrd/format.html."""

import re
from functools import partial
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io import sidecar as extras
from vcore.io.assemble import variable
from vcore.io.file_lists import check_count, listed, numbered
from vcore.io.formats import stem_of
from vcore.io.lazy import CallbackArray
from vcore.io.mapped import check_memory, nbytes_of, stored_array
from vcore.io.nrrd_grid import axes_of, grid_of, space_of
from vcore.io.nrrd_header import FILES, read_header
from vcore.io.outside import named_file
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.model.grid import Grid
from vcore.model.volume import LazyArray, Volume

CODECS = {"raw": "", "gzip": "gzip", "gz": "gzip", "bzip2": "bz2", "bz2": "bz2"}
"""Compression of ``stored_array`` for each binary encoding."""
TEXT = {"ascii", "text", "txt"}
"""Names of the text encoding."""
LIST = re.compile(r"LIST(?:\s+(\d+))?")
"""A list of data files, and the number of axes in each."""
PATTERN = re.compile(r"(.*%.*?)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+(\d+))?")
"""Names of numbered data files: first number, last one, step, and axes in each file."""
KEPT_FIELDS = (
    "thicknesses",
    "old min",
    "old max",
    "oldmin",
    "oldmax",
    "block size",
    "number",
    "date",
)
"""Fields kept as text in the attribute ``nrrd``."""


def read(source: ReadRequest) -> Volume:
    """Read an array of three space axes, plus time or components; raw values are memory-mapped."""
    nrrd = need("nrrd")
    check_file(source.path)
    with reading(source.path, "NRRD file"):
        header, pairs, end = read_header(source.path)
        axes = source.axes[::-1] if source.axes else axes_of(header)
        data = _data(source, header, end, nrrd)
        grid, attributes = grid_of(source.path, header, axes)
        known = extras.loads(pairs.pop(extras.KEY, "{}"))
    found = variable(
        source,
        str(known.get("name") or header.get("content") or stem_of(source.path)),
        data,
        axes[::-1],
        unit=str(header.get("sample units", "")).strip('"'),
    )
    if space := space_of(header):
        attributes["space"] = space
    if "measurement frame" in header:
        attributes["measurement_frame"] = np.asarray(header["measurement frame"]).tolist()
    if other := {n: str(header[n]) for n in KEPT_FIELDS if n in header}:
        attributes["nrrd"] = other
    if pairs:
        attributes["key_values"] = pairs
    volume = Volume(
        Grid(shape=found.shape[-3:], **grid),  # type: ignore[arg-type]
        (found,),
        attributes=attributes,
    )
    return extras.restore(volume, known, source.path)


def _data(source: ReadRequest, header: dict[str, Any], end: int, nrrd: Any) -> LazyArray:
    path, dtype = source.path, _dtype(header)
    shape = tuple(int(n) for n in header["sizes"])[::-1]
    encoding = str(header["encoding"]).lower()
    if encoding not in CODECS and encoding not in TEXT:
        raise InputError(
            f"Expected one of the encodings {', '.join(CODECS)} in {path}. Got {encoding} instead."
        )
    opened = partial(_opened, header, CODECS.get(encoding, ""), dtype)
    detached = str(header.get("data file", ""))
    names, own_axes = _names(path, header, shape)
    if encoding in TEXT:
        for name in names or filter(None, [detached]):
            named_file(source, name)
        return _text(path, header, shape, dtype, nrrd)
    if names:
        return listed(source, names, shape, own_axes, opened)
    if detached:
        return opened(named_file(source, detached), shape)
    return opened(path, shape, end)


def _names(path: str, header: dict[str, Any], shape: tuple[int, ...]) -> tuple[list[str], int]:
    """Return the names of several data files, and the number of axes in each; none for one file."""
    detached = str(header.get("data file", ""))
    if found := LIST.fullmatch(detached):
        return header[FILES], int(found[1] or len(shape) - 1)
    if (found := PATTERN.fullmatch(detached)) is None:
        return [], 0
    first, last, step = (int(n) for n in found.groups()[1:4])
    if step == 0:
        raise InputError(
            f"Expected a step other than 0 for the numbers of files in {path}. Got {detached!r} "
            f"instead: correct the header."
        )
    numbers = range(first, last + (1 if step > 0 else -1), step)
    own_axes = int(found[5] or len(shape) - 1)
    check_count(path, shape, own_axes, len(numbers))
    return numbered(path, found[1], numbers), own_axes


def _opened(
    header: dict[str, Any],
    codec: str,
    dtype: np.dtype[Any],
    path: str,
    shape: tuple[int, ...],
    start: int = 0,
) -> LazyArray:
    """Return the array in one file, whose lines and bytes to skip the header tells."""
    size = check_file(path)
    start = _after_lines(path, start, int(header.get("line skip", 0)))
    skip = int(header.get("byte skip", 0))
    if skip == -1 and not codec:
        start, skip = size - nbytes_of(shape, dtype), 0
    # bytes are skipped in the decompressed stream, lines in the file itself
    offset = skip if codec else start + skip
    return stored_array(path, shape, dtype, offset=offset, codec=codec, start=start if codec else 0)


def _after_lines(path: str, start: int, lines: int) -> int:
    if not lines:
        return start
    with open(path, "rb") as file:
        file.seek(start)
        for _ in range(lines):
            file.readline()
        return file.tell()


def _text(
    path: str, header: dict[str, Any], shape: tuple[int, ...], dtype: np.dtype[Any], nrrd: Any
) -> LazyArray:
    check_memory(nbytes_of(shape, dtype), path)

    def fetch(region: tuple[slice, ...]) -> Any:
        with reading(path, "NRRD file"):
            values, _ = nrrd.read(path, index_order="C")
        return values[region]

    return CallbackArray(shape, dtype, fetch)


def _dtype(header: dict[str, Any]) -> np.dtype[Any]:
    nrrd_types = need("nrrd.reader")._TYPEMAP_NRRD2NUMPY
    name = str(header["type"]).lower()
    # teem's name for float16, which pynrrd does not know
    dtype: np.dtype[Any] = np.dtype("f2" if name in {"half", "float16"} else nrrd_types[name])
    return dtype.newbyteorder(">" if header.get("endian", "little") == "big" else "<")

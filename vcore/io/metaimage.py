"""MetaImage (.mha, .mhd), the format of ITK."""

import re
from functools import partial
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import positive, variable
from vcore.io.file_lists import check_count, listed, numbered
from vcore.io.formats import stem_of
from vcore.io.mapped import nbytes_of, stored_array
from vcore.io.outside import named_file
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.tidy import number, numbers, tidy_grid
from vcore.io.units import length_unit
from vcore.model.grid import Grid
from vcore.model.volume import LazyArray, Volume

TYPES = {
    "MET_UCHAR": "u1",
    "MET_CHAR": "i1",
    "MET_USHORT": "u2",
    "MET_SHORT": "i2",
    "MET_UINT": "u4",
    "MET_INT": "i4",
    "MET_ULONG": "u4",
    "MET_LONG": "i4",
    "MET_ULONG_LONG": "u8",
    "MET_LONG_LONG": "i8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
"""Dtype for each ElementType."""
FIELDS = {
    *("objecttype", "ndims", "dimsize", "elementtype", "elementnumberofchannels", "headersize"),
    *("binarydata", "binarydatabyteordermsb", "elementbyteordermsb", "elementdatafile"),
    *("compresseddata", "compresseddatasize", "compressionlevel", "elementspacing", "elementsize"),
    *("offset", "position", "origin", "transformmatrix", "rotation", "orientation"),
    *("centerofrotation", "distanceunits", "anatomicalorientation"),
}
"""Fields that describe the stored array; all others go to the attribute ``key_values``."""
HEADER_LIMIT = 1 << 16
"""Maximum size in bytes of the header, whose last line is ElementDataFile."""
LIST_LIMIT = 1 << 24
"""Maximum size in bytes of a list of files."""
HEADER_END, FILES = "header end", "files"
"""Keys of the size of the header in bytes, and of the names of the files listed behind it."""


def read(source: ReadRequest) -> Volume:
    """Read an image of three axes, or four with time; uncompressed values are memory-mapped."""
    check_file(source.path)
    with reading(source.path, "MetaImage"):
        fields, pairs = _header(source.path)
        sizes = [int(n) for n in fields["dimsize"].split()]
        dtype = _dtype(fields, source.path)
        channels = int(fields.get("elementnumberofchannels", "1"))
        shape = (*sizes[::-1], channels) if channels > 1 else tuple(sizes[::-1])
        data = _data(source, fields, dtype, shape, len(sizes))
        geometry, step = _geometry(source.path, fields, len(sizes), source.axes)
    axes = "tzyx"[-len(sizes) :] if len(sizes) in (2, 3, 4) else None
    if axes and channels > 1:
        axes += "c"
    found = variable(source, stem_of(source.path), data, axes)
    frames = found.length("t") if "t" in found.source_axes else 0
    times = tuple(step[0] + i * step[1] for i in range(frames)) if step and frames else None
    grid = Grid(shape=found.shape[-3:], times=times, **geometry)  # type: ignore[arg-type]
    return Volume(grid, (found,), attributes=_attributes(fields, pairs))


def _attributes(fields: dict[str, str], pairs: dict[str, str]) -> dict[str, Any]:
    """Return attributes that do not fit in a grid.

    World coordinates are ITK's (LPS) if the file specifies the anatomical orientation.
    """
    attributes: dict[str, Any] = {}
    if re.fullmatch("[RLAPIS]{3}", orientation := fields.get("anatomicalorientation", "").upper()):
        attributes["space"] = "left-posterior-superior"
        attributes["anatomical_orientation"] = orientation
    if pairs:
        attributes["key_values"] = pairs
    return attributes


def _header(path: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the standard fields by lower-case name, and user-defined ones as spelled.

    The fields include the size of the header, and the lines behind it of a list of files.
    """
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    with open(path, "rb") as file:
        while file.tell() < HEADER_LIMIT and (line := file.readline(HEADER_LIMIT)):
            key, equals, value = (part.strip() for part in _text(line).partition("="))
            if not equals:
                break
            fields[key.lower()] = value
            if key.lower() not in FIELDS and value:
                pairs[key] = value
            if key.lower() == "elementdatafile":
                fields[HEADER_END] = str(file.tell())
                if value.startswith("LIST"):
                    fields[FILES] = "\n".join(
                        name for line in file.readlines(LIST_LIMIT) if (name := _text(line).strip())
                    )
                return fields, pairs
    raise InputError(
        f"Expected a MetaImage header that ends with ElementDataFile at {path}. Got none instead: "
        f"the file is damaged or of another format."
    )


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _dtype(fields: dict[str, str], path: str) -> np.dtype[Any]:
    name = fields["elementtype"].upper()
    if name not in TYPES:
        raise InputError(
            f"Expected one of the element types {', '.join(TYPES)} in {path}. Got {name} instead."
        )
    if "binarydata" in fields and not _is_true(fields, "binarydata"):
        raise InputError(
            f"Expected binary values in {path}. Got text instead: rewrite it with "
            f"BinaryData = True."
        )
    big = _is_true(fields, "binarydatabyteordermsb") or _is_true(fields, "elementbyteordermsb")
    return np.dtype(TYPES[name]).newbyteorder(">" if big else "<")


def _data(
    source: ReadRequest,
    fields: dict[str, str],
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    ndim: int,
) -> LazyArray:
    """Return the values in the header's own file, in another one, or in one file for each part.

    Lists and patterns are read as by MetaIO (metaImage.cxx): files of one axis less than the image
    unless a list tells their number of axes; numbers from 1 by 1 unless a pattern tells others.
    """
    path, name = source.path, fields["elementdatafile"]
    opened = partial(_opened, fields, dtype)
    if name.upper() == "LOCAL":
        return opened(path, shape, int(fields[HEADER_END]))
    words = name.split()
    if words[:1] == ["LIST"]:
        told = re.match(r"\d+", words[1]) if len(words) > 1 else None
        axes = int(told[0]) if told and 0 < int(told[0]) < ndim else ndim - 1
        names = fields[FILES].splitlines()
    elif "%" in name:
        first, last, step = _numbers(path, words, shape[0])
        axes, numbers = ndim - 1, range(first, last + 1, step)
        check_count(path, shape, len(shape) - 1, len(numbers))
        names = numbered(path, words[0], numbers)
    else:
        return opened(named_file(source, name), shape)
    return listed(source, names, shape, axes + len(shape) - ndim, opened)


def _numbers(path: str, words: list[str], count: int) -> tuple[int, int, int]:
    """Return the first and the last number of files, and the step."""
    try:
        told = [int(float(word)) for word in words[1:4]]
    except ValueError:
        told = [0, 0, 0]
    first = told[0] if told else 1
    last = told[1] if len(told) > 1 else first + count - 1
    step = told[2] if len(told) > 2 else 1
    if step < 1 or len(words) > 4:
        raise InputError(
            f"Expected a first number, a last one and a step above 0 behind the pattern of file "
            f"names in {path}. Got {' '.join(words)!r} instead: correct the header."
        )
    return first, last, step


def _opened(
    fields: dict[str, str],
    dtype: np.dtype[Any],
    path: str,
    shape: tuple[int, ...],
    start: int | None = None,
) -> LazyArray:
    """Return the values in one file, from byte ``start``, or behind the header that it tells."""
    size, skipped = check_file(path), int(fields.get("headersize", "0"))
    offset = max(skipped, 0) if start is None else start
    if skipped == -1:
        offset = size - nbytes_of(shape, dtype)
    if _is_true(fields, "compresseddata"):
        return stored_array(path, shape, dtype, start=offset, codec="zlib")
    return stored_array(path, shape, dtype, offset=offset)


def _geometry(
    path: str, fields: dict[str, str], ndim: int, axes: str | None
) -> tuple[dict[str, Any], tuple[float, float] | None]:
    """Return grid fields, and first time and time step for four axes; ``axes`` are letters given
    by the caller."""

    def given(*names: str) -> str | None:
        return next((fields[n] for n in names if fields.get(n)), None)

    if ndim < 2:
        return {}, None
    steps = given("elementspacing", "elementsize")
    spacing = [None] * ndim if steps is None else numbers(steps, ndim)
    start = given("offset", "position", "origin")
    origin = [0.0] * ndim if start is None else numbers(start, ndim)
    rows = np.eye(ndim)
    if (told := given("transformmatrix", "rotation", "orientation")) is not None:
        rows = np.reshape(numbers(told, ndim * ndim), (ndim, ndim))
    letters = (axes or "tzyx"[-ndim:]).replace("c", "")[::-1]
    times = None
    if ndim == 4 and np.isfinite([origin[3], number(spacing[3])]).all() and spacing[3]:
        times = (origin[3], float(spacing[3]))
    if "z" not in letters:
        letters, spacing, origin = f"{letters[:ndim]}z", [*spacing, 1.0], [*origin, 0.0]
        rows = np.pad(rows, (0, 1))
        rows[-1, -1] = 1.0
    at = [i for a in "zyx" if 0 <= (i := letters.find(a)) < len(spacing)]
    at = at if len(at) == 3 else [2, 1, 0]
    # each row of the file is the direction of one axis, that is a column of Grid.direction
    sizes, direction = positive([spacing[i] for i in at], rows[np.ix_(at, at)].T)
    grid = {
        "spacing": sizes,
        "origin": [origin[i] for i in at],
        "direction": direction,
        "unit": length_unit(fields.get("distanceunits", "")),
    }
    return tidy_grid(path, grid), times


def _is_true(fields: dict[str, str], name: str) -> bool:
    return fields.get(name, "false").lower() in {"true", "1", "yes"}

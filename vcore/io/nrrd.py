"""NRRD (.nrrd, .nhdr), http://teem.sourceforge.net/nrrd/format.html."""

from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io import extras
from vcore.io.arrange import flipped, split_affine, triple, variable
from vcore.io.formats import stem_of
from vcore.io.lazy import Fetched
from vcore.io.outside import named_file
from vcore.io.source import Source, check_file, need, reading
from vcore.io.stored import check_memory, nbytes_of, stored_array
from vcore.io.units import length_unit, time_unit
from vcore.volume import LazyArray, Volume

CODECS = {"raw": "", "gzip": "gzip", "gz": "gzip", "bzip2": "bz2", "bz2": "bz2"}
TEXT = {"ascii", "text", "txt"}
SPACE_KINDS = {"domain", "space", "???", "none"}


def read(source: Source) -> Volume:
    """Read an array of three space axes, with a time axis or components; raw values are mapped."""
    nrrd = need("nrrd")
    check_file(source.path)
    with reading(source.path, "NRRD file"):
        with open(source.path, "rb") as file:
            header = dict(nrrd.read_header(file))
            end = file.tell()
        axes = _axes(header)
        data = _data(source, header, end, nrrd)
        grid = _grid(header, axes)
        known = extras.loads(header.get(extras.KEY, "{}"))
    found = variable(
        source,
        str(known.get("name") or header.get("content") or stem_of(source.path)),
        data,
        axes[::-1],
        unit=str(header.get("sample units", "")),
    )
    attributes = {"space": str(header["space"])} if "space" in header else {}
    volume = Volume(
        Grid(shape=found.shape[-3:], **grid),  # type: ignore[arg-type]
        (found,),
        attributes=attributes,
    )
    with reading(source.path, "NRRD file"):
        return extras.restore(volume, known)


def _axes(header: dict[str, Any]) -> str:
    """Return a letter for each axis, fastest first."""
    ndim = int(header["dimension"])
    kinds = [str(k).lower() for k in header.get("kinds", ["???"] * ndim)]
    directions = header.get("space directions")
    if directions is not None:
        space = [bool(np.isfinite(np.asarray(d, float)).all()) for d in directions]
    else:
        space = [k in SPACE_KINDS for k in kinds]
        if sum(space) != 3 and "kinds" not in header:
            space = [i < 3 for i in range(ndim)]
    # a fourth domain axis without a direction is time
    if sum(space) == 4 and directions is None:
        space[3], kinds[3] = False, "time"
    letters, names = "", iter("xyz")
    for i in range(ndim):
        if space[i]:
            letters += next(names, "?")
        else:
            unlabelled = kinds[i] in SPACE_KINDS and i == ndim - 1
            letters += "t" if kinds[i] == "time" or unlabelled else "c"
    return letters


def _data(source: Source, header: dict[str, Any], end: int, nrrd: Any) -> LazyArray:
    path, dtype = source.path, _dtype(header)
    shape = tuple(int(n) for n in header["sizes"])[::-1]
    encoding = str(header["encoding"]).lower()
    detached = header.get("data file", header.get("datafile"))
    data_path, start = path, end
    if detached is not None:
        if isinstance(detached, list) or str(detached).startswith("LIST") or "%" in str(detached):
            raise InputError(
                f"Expected one data file for {path}. Got a list of files instead: write it anew as "
                f"one .nrrd."
            )
        data_path, start = named_file(source, str(detached)), 0
        check_file(data_path)
    if encoding in TEXT:
        return _text(path, header, shape, dtype, nrrd)
    if encoding not in CODECS:
        raise InputError(
            f"Expected one of the encodings {', '.join(CODECS)} in {path}. Got {encoding} instead."
        )
    codec = CODECS[encoding]
    start = _after_lines(data_path, start, int(header.get("line skip", header.get("lineskip", 0))))
    skip = int(header.get("byte skip", header.get("byteskip", 0)))
    if skip == -1 and not codec:
        start, skip = check_file(data_path) - nbytes_of(shape, dtype), 0
    # bytes are skipped in the decompressed stream, lines in the file
    offset = skip if codec else start + skip
    return stored_array(
        data_path, shape, dtype, offset=offset, codec=codec, start=start if codec else 0
    )


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

    return Fetched(shape, dtype, fetch)


def _dtype(header: dict[str, Any]) -> np.dtype[Any]:
    nrrd_types = need("nrrd.reader")._TYPEMAP_NRRD2NUMPY
    name = str(header["type"]).lower()
    # teem's name for float16, which pynrrd does not know
    dtype: np.dtype[Any] = np.dtype("f2" if name in {"half", "float16"} else nrrd_types[name])
    return dtype.newbyteorder(">" if header.get("endian", "little") == "big" else "<")


def _grid(header: dict[str, Any], axes: str) -> dict[str, Any]:
    ndim = len(axes)
    if len(set(axes)) < ndim or not set("xyz") <= set(axes):
        return {}  # ``variable`` refuses the axes, with a sentence
    at = [axes.index(a) for a in "xyz"]
    units = [str(u) for u in header.get("units", [""] * ndim)]
    spacings = np.asarray(header.get("spacings", [np.nan] * ndim), float)
    lows = np.asarray(header.get("axis mins", [np.nan] * ndim), float)
    grid: dict[str, Any] = {"unit": length_unit(units[at[0]])}
    if (directions := header.get("space directions")) is not None:
        affine = np.eye(4)
        affine[:3, :3] = np.asarray(directions, float)[at].T
        affine[:3, 3] = np.nan_to_num(np.asarray(header.get("space origin", [0, 0, 0]), float))
        spacing, origin, direction, _ = split_affine(affine)
        grid |= {"spacing": spacing[::-1], "origin": origin[::-1], "direction": flipped(direction)}
        grid["unit"] = length_unit((header.get("space units") or [""])[0])
    else:
        steps = spacings[at][::-1]
        grid["spacing"] = triple(np.where(np.isfinite(steps) & (steps != 0), np.abs(steps), 1.0))
        grid["origin"] = triple(np.nan_to_num(lows[at][::-1]))
    if "t" in axes:
        t = axes.index("t")
        step, low = spacings[t], np.nan_to_num(lows[t])
        if np.isfinite(step):
            frames = int(header["sizes"][t])
            grid["times"] = tuple(float(low + i * step) for i in range(frames))
            grid["time_unit"] = time_unit(units[t])
    labels = [str(label) for label in header.get("labels", [])]
    if len(labels) == ndim and all(labels[i] for i in at):
        grid["axis_names"] = tuple(labels[i] for i in at[::-1])
    return grid

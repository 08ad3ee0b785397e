"""Writing a collection as a Cinema database (Spec D): a table and image files in a folder."""

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io import exr, npz_write
from vcore.io.collection_json import write_description
from vcore.io.csv_tables import FILE_COLUMN
from vcore.io.image_tables import name_and_unit, written
from vcore.io.request import need

TABLE = "data.csv"
FOLDER = "images"
"""Folder of the image files in a database."""
DIGITS = 5
"""Minimum number of digits of the number of an image."""
EXR_TYPES = ("f4", "f2", "u4")
"""Types of values that OpenEXR holds."""
FLOATS = ("npz", "exr")
"""Formats for channels other than the colour."""
Row = tuple[dict[str, tuple[int, ...]], dict[str, int]]
"""Index of the image of each column of files, and of each parameter in the table."""


@dataclass(frozen=True)
class _Column:
    """A column of files: the channels in each, and how they are written."""

    name: str
    channels: tuple[Channel, ...]
    suffix: str


def write_cinema(
    images: Images, folder: str, tick: Callable[[int], None], *, floats: str | None = None
) -> int:
    """Write a table, image files and `vcore.json` into a new folder, one image at a time; return
    the number of image files.

    Columns, their order and the order of rows are those of the database that the images came from,
    if they came from one. Colours are PNG, or in the file of the other channels if they were
    (`.h5`, `.vti`, `.npz`); other channels alone are `.npz`, or `.exr` if they were.

    Parameters
    ----------
    images
        The collection.
    folder
        The folder, which is created.
    tick
        Called with 1 for each image.
    floats
        "npz" or "exr" for channels other than the colour.

    Raises
    ------
    InputError
        ``floats`` does not fit, or a parameter is called like a column of files.
    """
    if floats not in (None, *FLOATS):
        raise InputError(f"Expected {' or '.join(FLOATS)} for `floats`. Got {floats!r} instead.")
    os.mkdir(folder)
    os.mkdir(os.path.join(folder, FOLDER))
    cinema = _mapping(images.attributes.get("cinema"))
    files = _file_columns(images, cinema, floats)
    others = _others(images)
    names = _column_names(images, cinema, files, others)
    rows = list(_rows(images, cinema, files))
    tails = _tails(files)
    digits = max(DIGITS, len(str(len(rows))))
    with open(os.path.join(folder, TABLE), "x", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(names)
        for number, (indices, place) in enumerate(rows):
            cells = {}
            for column in files:
                stem = f"{number:0{digits}d}{tails[column.name]}"
                cells[column.name] = f"{FOLDER}/{stem}{column.suffix}"
                _write(
                    images, indices[column.name], column, os.path.join(folder, cells[column.name])
                )
                tick(1)
            for parameter in images.parameters:
                if parameter.name in place:
                    cells[parameter.name] = _text(parameter, place[parameter.name], cinema)
            for name, (of, values) in others.items():
                shape = [len(p) for p in of]
                at = np.ravel_multi_index([place[p.name] for p in of], shape) if of else 0
                cells[name] = written(values[int(at)])
            table.writerow([cells.get(_key(n, cells), "") for n in names])
    write_description(folder, images)
    return len(rows) * len(files)


def _key(column: str, cells: Mapping[str, str]) -> str:
    return column if column in cells else name_and_unit(column)[0]


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return an attribute that is to be an object; attributes come from the file."""
    return value if isinstance(value, Mapping) else {}


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list | tuple) else []


def _tails(files: Sequence[_Column]) -> dict[str, str]:
    """Return the end of the names of the files of each column, all different."""
    found: dict[str, str] = {}
    for column in files:
        tail = column.name.removeprefix(FILE_COLUMN).strip("_")
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in tail)
        stem = end = f"_{safe}" if len(files) > 1 and safe else ""
        number = 1
        while end.casefold() in {e.casefold() for e in found.values()}:
            number += 1
            end = f"{stem}_{number}"
        found[column.name] = end
    return found


def _file_axis(images: Images) -> Parameter | None:
    """Return the last parameter if its labels are columns of files."""
    if not images.parameters:
        return None
    last = images.parameters[-1]
    labels = [str(v) for v in last.values]
    is_files = last.name == FILE_COLUMN and all(t.startswith(FILE_COLUMN) for t in labels)
    return last if is_files and len(images.parameters) > 1 else None


def _file_columns(
    images: Images, cinema: Mapping[str, Any], floats: str | None
) -> tuple[_Column, ...]:
    """Return the columns of files: those of the source if they hold all channels."""
    if (axis := _file_axis(images)) is not None:
        channels = tuple(images.channels)
        return tuple(_Column(str(n), channels, _suffix(channels, "", floats)) for n in axis.values)
    by_name = {c.name: c for c in images.channels}
    parameters = {p.name for p in images.parameters}
    found = []
    for name, told in _mapping(cinema.get("files")).items():
        column = _mapping(told)
        channels = tuple(by_name[n] for n in _texts(column.get("channels")) if n in by_name)
        if channels and name not in parameters:
            suffix = _suffix(channels, str(column.get("suffix", "")), floats)
            found.append(_Column(str(name), channels, suffix))
    if sorted(c.name for f in found for c in f.channels) == sorted(by_name):
        return tuple(found)
    return tuple(
        _Column(
            FILE_COLUMN if c.is_colour else f"{FILE_COLUMN}_{c.name}",
            (c,),
            _suffix((c,), "", floats),
        )
        for c in images.channels
    )


def _suffix(channels: Sequence[Channel], source: str, floats: str | None) -> str:
    """Return the suffix of files that hold ``channels`` and had the suffix ``source``."""
    if len(channels) == 1 and channels[0].is_colour:
        return ".png"
    if floats is None and source in (".h5", ".hdf5", ".vti"):
        return source
    if any(c.is_colour for c in channels):
        return ".npz"
    fits = all(c.dtype.str[1:] in EXR_TYPES for c in channels)
    if floats == "exr" and not fits:
        told = ", ".join(f"{c.name} ({c.dtype.name})" for c in channels)
        raise InputError(f"Expected float32 channels for `floats='exr'`. Got {told} instead.")
    return ".exr" if fits and (floats or source.lstrip(".")) == "exr" else ".npz"


def _others(images: Images) -> dict[str, tuple[list[Parameter], Sequence[Any]]]:
    """Return the columns that are functions of parameters, those of another form left out."""
    by_name = {p.name: p for p in images.parameters}
    found: dict[str, tuple[list[Parameter], Sequence[Any]]] = {}
    for name, told in _mapping(images.attributes.get("columns")).items():
        names, values = _mapping(told).get("of", []), _mapping(told).get("values")
        if not isinstance(names, list | tuple) or not isinstance(values, list | tuple):
            continue
        of = [by_name[n] for n in _texts(names) if n in by_name]
        fits = len(of) == len(names) and len(values) == np.prod([len(p) for p in of])
        if fits and name not in by_name and not name.startswith(FILE_COLUMN):
            found[name] = (of, values)
    return found


def _column_names(
    images: Images,
    cinema: Mapping[str, Any],
    files: Sequence[_Column],
    others: Mapping[str, Any],
) -> list[str]:
    """Return the columns in the order of the source, new ones behind them, files last."""
    axis = _file_axis(images)
    parameters = [p.name for p in images.parameters if p is not axis]
    if taken := [n for n in parameters if n.startswith(FILE_COLUMN)]:
        raise InputError(
            f"Expected parameters of a Cinema database with names that do not begin with "
            f"{FILE_COLUMN}, as columns of files do. Got {', '.join(taken)!r:.80} instead."
        )
    needed = {*parameters, *others, *(f.name for f in files)}
    told = list(dict.fromkeys(_texts(cinema.get("columns"))))
    kept = [n for n in told if n in needed or name_and_unit(n)[0] in needed]
    have = {*kept, *(name_and_unit(n)[0] for n in kept)}
    new = [n for n in (*parameters, *others) if n not in have]
    named = [f.name for f in files]
    return [*(n for n in kept if n not in named), *new, *named]


def _rows(images: Images, cinema: Mapping[str, Any], files: Sequence[_Column]) -> Iterator[Row]:
    """Yield the images in the order of the source's rows, in C order of the grid otherwise."""
    axis = _file_axis(images)
    parameters = [p for p in images.parameters if p is not axis]
    names = [p.name for p in parameters]
    told = _texts(cinema.get("order"))
    order = [names.index(n) for n in told] if sorted(told) == sorted(names) else range(len(names))
    for turned in np.ndindex(*(len(parameters[k]) for k in order)):
        index = tuple(turned[list(order).index(k)] for k in range(len(names)))
        each = {
            f.name: index if axis is None else (*index, axis.values.index(f.name)) for f in files
        }
        if images.present is None or all(images.present[i] for i in each.values()):
            yield each, dict(zip(names, index, strict=True))


def _text(parameter: Parameter, number: int, cinema: Mapping[str, Any]) -> str:
    """Return a value of a parameter as the table has it."""
    value = parameter.values[number]
    if isinstance(value, str):
        return value
    texts = _mapping(_mapping(cinema.get("texts")).get(parameter.name))
    text = texts.get(str(number))
    if isinstance(text, str) and _is(text, value):
        return text
    if parameter.name in _texts(cinema.get("integers")) and value.is_integer():
        return str(int(value))
    return written(value)


def _is(text: str, value: float) -> bool:
    try:
        return float(text) == value
    except ValueError:
        return False


def _write(images: Images, index: tuple[int, ...], column: _Column, path: str) -> None:
    values = {c.name: images.read(index, c.name) for c in column.channels}
    if column.suffix == ".exr":
        exr.write(path, {name: np.ascontiguousarray(array) for name, array in values.items()})
        return
    # made in memory: HDF5 crashes, and VTK prints, where the disk is full
    data = _WRITERS[column.suffix](values)
    with open(path, "xb") as file:
        file.write(data)


def _png(values: Mapping[str, NDArray[Any]]) -> bytes:
    (pixels,) = values.values()
    data: bytes = need("imagecodecs").png_encode(np.ascontiguousarray(pixels))
    return data


def _npz(values: Mapping[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    npz_write.write(stream, values)
    return stream.getvalue()


def _hdf5(values: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a file as pycinema writes it."""
    stream = io.BytesIO()
    with need("h5py").File(stream, "w") as file:
        file.create_group("meta")
        channels = file.create_group("channels")
        for name, array in values.items():
            channels.create_dataset(name, data=array, compression="gzip")
    return stream.getvalue()


def _vti(values: Mapping[str, NDArray[Any]]) -> bytes:
    """Return point data whose rows run upward, as VTK has them."""
    convert = need("vtkmodules.util.numpy_support").numpy_to_vtk
    grid = need("vtkmodules.vtkCommonDataModel").vtkImageData()
    for name, array in values.items():
        height, width = array.shape[:2]
        grid.SetDimensions(width, height, 1)
        flat = np.ascontiguousarray(array[::-1]).reshape(height * width, -1)
        found = convert(flat if flat.shape[1] > 1 else flat[:, 0], deep=True)
        found.SetName(name)
        grid.GetPointData().AddArray(found)
    writer = need("vtkmodules.vtkIOXML").vtkXMLImageDataWriter()
    writer.WriteToOutputStringOn()
    writer.SetInputData(grid)
    if not writer.Write():
        raise OSError("VTK could not write it")
    text: str = writer.GetOutputString()
    return text.encode()


_WRITERS: dict[str, Callable[[Mapping[str, NDArray[Any]]], bytes]] = {
    ".png": _png,
    ".npz": _npz,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".vti": _vti,
}

"""MRC and CCP4 maps of electron microscopy (.mrc, .map, .rec, .st, .ali, .mrcs), through mrcfile.

https://www.ccpem.ac.uk/mrc_format/mrc2014.php
"""

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import variable
from vcore.io.formats import stem_of
from vcore.io.lazy import CallbackArray
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import number, tidy_grid
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Volume

KIND = "MRC file"
FIELDS = ("ispg", "exttyp", "nversion", "rms", "cella", "cellb")
"""Fields of the header that are kept as the attribute ``mrc``."""


def read(source: ReadRequest) -> Volume:
    """Read a map, a stack of images or a stack of volumes; its values are mapped.

    Voxels have the size of the cell over its sampling, in ångström; the origin is that of the
    header, or the first column, row and section where it has none. Stacks of images are slices
    along z, stacks of volumes frames along t. Columns, rows and sections are placed along the axes
    that MAPC, MAPR and MAPS name.
    """
    check_file(source.path)
    with reading(source.path, KIND), _open(source.path) as file:
        header, shape = file.header, tuple(int(n) for n in file.data.shape)
        data = CallbackArray(shape, file.data.dtype, partial(_fetch, source.path))
        axes = _axes(source.path, header, len(shape))
        grid = _grid(header)
        attributes = _attributes(file)
    found = variable(source, stem_of(source.path), data, axes)
    placed = tidy_grid(source.path, grid)
    return Volume(Grid(shape=found.shape[-3:], **placed), (found,), attributes=attributes)  # type: ignore[arg-type]


def _open(path: str) -> Any:
    with warnings.catch_warnings(action="ignore"):  # what is odd in headers is replaced below
        opened = need("mrcfile").mmap(path, mode="r", permissive=True)
    if opened.data is None:
        raise InputError(
            f"Expected an {KIND} with values at {path}. Got a header without them instead: the "
            f"file is cut off, or of a mode that mrcfile does not know."
        )
    return opened


def _fetch(path: str, region: Region) -> NDArray[Any]:
    with reading(path, KIND), _open(path) as file:
        return np.array(file.data[region])


def _axes(path: str, header: Any, ndim: int) -> str:
    """Return a letter for each axis of the array: sections, rows and columns."""
    order = [int(header[name]) for name in ("maps", "mapr", "mapc")]
    if order == [0, 0, 0]:  # left empty by old programs
        order = [3, 2, 1]
    if sorted(order) != [1, 2, 3]:
        raise InputError(
            f"Expected columns, rows and sections along three axes in {path}. Got MAPC, MAPR, MAPS "
            f"of {order[::-1]} instead: give `axes`."
        )
    letters = "".join(" xyz"[n] for n in order)
    return {2: letters[1:], 3: letters, 4: f"t{letters}"}[ndim]


def _grid(header: Any) -> dict[str, Any]:
    """Return spacing and origin, in ångström, along z, y, x."""
    cells = [number(header["cella"][a]) for a in "zyx"]
    samples = [int(header[f"m{a}"]) for a in "zyx"]
    spacing: list[float | None] = [
        _decimal(cell / n) if n > 0 and np.isfinite(cell) and cell > 0 else None
        for cell, n in zip(cells, samples, strict=True)
    ]
    origin = [_decimal(number(header["origin"][a])) for a in "zyx"]
    if not any(origin):
        order = [int(header[name]) or n for n, name in enumerate(("mapc", "mapr", "maps"), 1)]
        starts = {order[i]: int(header[f"n{a}start"]) for i, a in enumerate("xyz")}
        steps = [s or 0.0 for s in spacing]
        origin = [starts.get(n, 0) * s for n, s in zip((3, 2, 1), steps, strict=True)]
    return {"spacing": spacing, "origin": origin, "unit": "angstrom"}


def _attributes(file: Any) -> dict[str, Any]:
    known = {n: _plain(file.header[n]) for n in FIELDS}
    labels = [label for label in file.get_labels() if label]
    if labels:
        known["labels"] = labels
    return {"mrc": {n: v for n, v in known.items() if v not in (0, "", [])}}


def _plain(value: Any) -> Any:
    if value.dtype.names:
        return [_decimal(number(v)) for v in value.item()]
    found = value.item()
    return found.decode("ascii", "replace").strip() if isinstance(found, bytes) else found


def _decimal(value: float) -> float:
    """Return the shortest decimal that is this float32."""
    return float(str(np.float32(value)))

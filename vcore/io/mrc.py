"""MRC and CCP4 maps of electron microscopy (.mrc, .map, .rec, .st, .ali, .mrcs), through mrcfile.

https://www.ccpem.ac.uk/mrc_format/mrc2014.php
"""

import warnings
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.mapped import stored_array
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import number, tidy_grid
from vcore.model.grid import Grid
from vcore.model.volume import Volume

KIND = "MRC file"
FIELDS = ("ispg", "exttyp", "nversion", "rms", "cella", "cellb")
"""Header fields kept in the attribute ``mrc``."""


def read(source: ReadRequest) -> Volume:
    """Read a map, a stack of images or a stack of volumes; uncompressed values are memory-mapped.

    Voxel size is cell size over sampling, in ångström. The origin is the header's, or the first
    column, row and section if that is 0. Image stacks are slices along z, volume stacks frames
    along t. MAPC, MAPR and MAPS give the axes of columns, rows and sections.
    """
    check_file(source.path)
    with reading(source.path, KIND), _open(source.path) as file:
        header = file.header
        shape, dtype = _layout(source.path, header)
        offset = header.nbytes + int(header.nsymbt)
        codec = codec_of(source.path)
        data = stored_array(source.path, shape, dtype, offset=offset, codec=codec)
        axes = _axes(source.path, header, len(shape))
        grid = _grid(header)
        attributes = _attributes(file)
    found = variable(source, stem_of(source.path), data, axes)
    placed = tidy_grid(source.path, grid)
    return Volume(Grid(shape=found.shape[-3:], **placed), (found,), attributes=attributes)  # type: ignore[arg-type]


def _open(path: str) -> Any:
    with warnings.catch_warnings(action="ignore"):  # odd header fields are replaced below
        return need("mrcfile").open(path, mode="r", permissive=True, header_only=True)


def _layout(path: str, header: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    found = need("mrcfile.utils")
    try:
        dtype = np.dtype(found.data_dtype_from_header(header))
    except ValueError as error:
        raise InputError(
            f"Expected values of mode 0, 1, 2, 6 or 12 in {path}. Got mode {int(header.mode)} "
            f"instead: convert the map to mode 2, such as with IMOD's newstack -mode 2."
        ) from error
    return tuple(int(n) for n in found.data_shape_from_header(header)), dtype


def _axes(path: str, header: Any, ndim: int) -> str:
    """Return a letter per axis of the array: sections, rows, columns."""
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
    """Return spacing and origin in ångström, along z, y, x."""
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
    """Return the shortest decimal of a float32 value."""
    return float(str(np.float32(value)))

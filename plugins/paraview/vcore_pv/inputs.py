"""VTK image data and rectilinear grids as vcore volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.volume import Variable

from vcore_pv.image import region_of
from vcore_pv.joining import axis_of, check_places, hidden, joined, whole_of
from vcore_pv.messages import show_warning
from vcore_pv.pieces import RECTILINEAR, Piece

WIDE = {"i8": ("i4", "u4"), "u8": ("i4", "u4")}
"""64-bit integer types, which vcore does not support, and the 32-bit types that may hold the
values."""


@dataclass(frozen=True)
class Array:
    """Values of one frame, (z, y, x) or (c, z, y, x), with their VTK metadata."""

    name: str
    values: NDArray[Any]
    unit: str
    components: tuple[str, ...]

    def variable(self, cells: bool, values: Any = None, lead: str = "") -> Variable:
        """Return the variable, optionally with replaced values with a further axis ``lead``.

        Raises
        ------
        InputError
            64-bit integers do not fit in 32 bits.
        """
        data = narrowed(self.name, self.values if values is None else values)
        axes = lead + "czyx"[self.values.ndim == 3 :]
        association = "cell" if cells else "point"
        return Variable(
            self.name,
            data,
            tuple(axes),
            self.unit,
            self.components,
            association,  # type: ignore[arg-type]
        )


@dataclass(frozen=True)
class InputFrame:
    """Grid and arrays of one time step of an input."""

    grid: Grid
    cells: bool
    arrays: tuple[Array, ...]


def frame_of(pieces: Sequence[Piece]) -> InputFrame:
    """Assemble the pieces of all processes.

    Raises
    ------
    InputError
        The data type is not supported, there are no arrays, or voxels are missing.
    """
    found = [p for p in pieces if not p.empty] or list(pieces)
    for piece in found:
        if not piece.structured:
            raise InputError(
                f"Expected image data or a rectilinear grid. Got {piece.kind} instead: apply "
                f"Resample To Image first."
            )
    check_places(found)
    names, cells = _names(found)
    whole = whole_of(pieces)
    blank = hidden(found, whole, cells)
    arrays = []
    for name in names:
        values = joined(found, whole, name, cells)
        if blank is not None:
            _blank(name, values, blank)
        values = values[..., 0] if values.shape[-1] == 1 else np.moveaxis(values, -1, 0)
        first = next(t[name] for p in found if name in (t := p.cells if cells else p.points))
        unit = first.unit or str(found[0].figures.get(f"unit of {name}", ""))
        arrays.append(Array(name, np.ascontiguousarray(values), unit, first.components))
    return InputFrame(_grid(found, cells, whole), cells, tuple(arrays))


def _names(pieces: Sequence[Piece]) -> tuple[list[str], bool]:
    """Return the names of the arrays to use, and whether they are cell arrays."""
    points = list(dict.fromkeys(name for p in pieces for name in p.points))
    cells = list(dict.fromkeys(name for p in pieces for name in p.cells))
    if not points and not cells:
        raise InputError("Expected point or cell arrays. Got a grid without any instead.")
    if points and cells:
        show_warning(
            f"Point arrays are taken, cell arrays are left out: {', '.join(cells)}. Apply Cell "
            f"Data To Point Data first to have them too."
        )
    return points or cells, not points


def _blank(name: str, values: NDArray[Any], blank: NDArray[np.bool_]) -> None:
    """Replace blanked voxels by missing values, if the type has one."""
    if values.dtype.kind == "f":
        values[blank] = np.nan
    else:
        show_warning(
            f"The array {name!r} has blanked voxels, and its type {values.dtype.name} no missing "
            f"value: they are written with the numbers that they hold. Make it a float with the "
            f"Calculator filter to keep them blank."
        )


def narrowed(name: str, values: Any) -> Any:
    """Convert 64-bit integers to a 32-bit type that holds them; return other values unchanged.

    Raises
    ------
    InputError
        No 32-bit type holds the values.
    """
    types = WIDE.get(values.dtype.str[1:])
    if types is None:
        return values
    low, high = int(values.min()), int(values.max())
    for dtype in types:
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return values.astype(dtype)
    raise InputError(
        f"Expected values of at most 32 bits in the array {name!r}. Got {values.dtype.name} from "
        f"{low} to {high}: convert it with the Calculator filter."
    )


def _grid(pieces: Sequence[Piece], cells: bool, whole: Sequence[int]) -> Grid:
    first = pieces[0]
    units: dict[str, Any] = {
        "unit": str(first.figures.get("unit of length", "")),
        "time_unit": str(first.figures.get("unit of time", "")),
    }
    if first.kind == RECTILINEAR:
        axes = [axis_of(pieces, whole, axis) for axis in (2, 1, 0)]
        if cells:
            axes = [(a[1:] + a[:-1]) / 2 if a.size > 1 else a for a in axes]
        return Grid.from_coordinates([a.tolist() for a in axes], **units)
    signs = np.where(np.array(first.spacing) < 0, -1.0, 1.0)
    spacing, direction = np.abs(first.spacing), first.direction * signs
    start = np.array(whole[::2]) + (0.5 if cells else 0.0)
    origin = np.array(first.origin) + direction @ (spacing * start)
    rows = tuple(tuple(float(v) for v in row) for row in direction[::-1, ::-1])
    return Grid(
        tuple(s.stop - s.start for s in region_of(whole, cells)),
        tuple(float(s) for s in spacing[::-1]),  # type: ignore[arg-type]
        tuple(float(o) for o in origin[::-1]),  # type: ignore[arg-type]
        rows,  # type: ignore[arg-type]
        **units,
    )

"""Image data and rectilinear grids of VTK as volumes of vcore."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io.vtk import GHOSTS
from vcore.volume import Variable

from vcore_pv.image import region_of
from vcore_pv.messages import show_warning

WIDE = {"i8": ("i4", "u4"), "u8": ("i4", "u4")}
"""Types that vcore does not keep, and those that may hold the values as well."""


@dataclass(frozen=True)
class Array:
    """Values of one frame, (z, y, x) or (c, z, y, x), and what VTK says of them."""

    name: str
    values: NDArray[Any]
    unit: str
    components: tuple[str, ...]

    def variable(self, cells: bool, values: Any = None, lead: str = "") -> Variable:
        """Return the variable, with other values that have a further axis ``lead`` if given."""
        data = self.values if values is None else values
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
class Frame:
    """One time step of an input: grid and arrays."""

    grid: Grid
    cells: bool
    arrays: tuple[Array, ...]


def frame_of(pieces: Sequence[Any], whole: Sequence[int]) -> Frame:
    """Return the volume that ``pieces`` make up.

    Parameters
    ----------
    pieces
        Image data or rectilinear grids; where they overlap they agree.
    whole
        The extent of the whole.

    Raises
    ------
    InputError
        Other data, no arrays, or a value type that vcore does not keep.
    """
    first = pieces[0]
    if not any(first.IsA(kind) for kind in ("vtkImageData", "vtkRectilinearGrid")):
        raise InputError(
            f"Expected image data or a rectilinear grid. Got {first.GetClassName()} instead: apply "
            f"Resample To Image first."
        )
    names, cells = _names(first)
    region = region_of(whole, cells)
    shape = tuple(s.stop - s.start for s in region)
    arrays = []
    for name in names:
        joined: NDArray[Any] | None = None
        for piece in pieces:
            inside = region_of(piece.GetExtent(), cells)
            array = (piece.GetCellData() if cells else piece.GetPointData()).GetArray(name)
            if array is None or any(s.start >= s.stop for s in inside):
                continue
            part = vtk_to_numpy(array).reshape(*(s.stop - s.start for s in inside), -1)
            if joined is None:
                joined = np.zeros((*shape, part.shape[-1]), part.dtype)
            to = tuple(
                slice(i.start - r.start, i.stop - r.start)
                for i, r in zip(inside, region, strict=True)
            )
            joined[to] = part
        if joined is not None:
            source = (first.GetCellData() if cells else first.GetPointData()).GetArray(name)
            arrays.append(_array(first, source, joined))
    return Frame(_grid(pieces, shape, cells, whole), cells, tuple(arrays))


def _names(data: Any) -> tuple[list[str], bool]:
    """Return the arrays to take, and whether they belong to the cells."""
    found = {}
    for cells, attributes in ((False, data.GetPointData()), (True, data.GetCellData())):
        count = attributes.GetNumberOfArrays()
        arrays = [attributes.GetArray(i) for i in range(count)]
        found[cells] = [a.GetName() for a in arrays if a and a.GetName() not in GHOSTS]
    if not found[False] and not found[True]:
        raise InputError("Expected point or cell arrays. Got a grid without any instead.")
    if found[False] and found[True]:
        show_warning(
            f"Point arrays are taken, cell arrays are left out: {', '.join(found[True])}. Apply "
            f"Cell Data To Point Data first to have them too."
        )
    cells = not found[False]
    return found[cells], cells


def _array(data: Any, array: Any, values: NDArray[Any]) -> Array:
    count = values.shape[-1]
    if values.dtype.str[1:] in WIDE:
        values = _narrowed(array.GetName(), values)
    values = values[..., 0] if count == 1 else np.moveaxis(values, -1, 0)
    names = tuple(array.GetComponentName(i) or "" for i in range(count))
    unit = array.GetInformation().Get(vtkDataArray.UNITS_LABEL())
    unit = unit or _text(data, f"unit of {array.GetName()}")
    components = names if count > 1 and all(names) else ()
    return Array(array.GetName(), np.ascontiguousarray(values), unit, components)


def _narrowed(name: str, values: NDArray[Any]) -> NDArray[Any]:
    for dtype in WIDE[values.dtype.str[1:]]:
        limits = np.iinfo(dtype)
        if values.size and limits.min <= values.min() and values.max() <= limits.max:
            return values.astype(dtype)
    raise InputError(
        f"Expected values of at most 32 bits in the array {name!r}. Got {values.dtype.name} up to "
        f"{values.max()}: convert it with the Calculator filter."
    )


def _grid(pieces: Sequence[Any], shape: Any, cells: bool, whole: Sequence[int]) -> Grid:
    first = pieces[0]
    units: dict[str, Any] = {
        "unit": _text(first, "unit of length"),
        "time_unit": _text(first, "unit of time"),
    }
    if first.IsA("vtkRectilinearGrid"):
        axes = [_coordinates(pieces, whole, axis) for axis in "ZYX"]
        if cells:
            axes = [(a[1:] + a[:-1]) / 2 if a.size > 1 else a for a in axes]
        return Grid.from_coordinates([a.tolist() for a in axes], **units)
    spacing = np.array(first.GetSpacing())
    matrix = first.GetDirectionMatrix()
    direction = np.array([[matrix.GetElement(i, j) for j in range(3)] for i in range(3)])
    start = np.array(whole[::2]) + (0.5 if cells else 0.0)
    origin = np.array(first.GetOrigin()) + direction @ (spacing * start)
    rows = tuple(tuple(float(v) for v in row) for row in direction[::-1, ::-1])
    return Grid(
        shape,
        tuple(float(s) for s in spacing[::-1]),  # type: ignore[arg-type]
        tuple(float(o) for o in origin[::-1]),  # type: ignore[arg-type]
        rows,  # type: ignore[arg-type]
        **units,
    )


def _coordinates(pieces: Sequence[Any], whole: Sequence[int], axis: str) -> NDArray[np.float64]:
    at = 2 * "XYZ".index(axis)
    places = np.zeros(whole[at + 1] - whole[at] + 1)
    for piece in pieces:
        extent = piece.GetExtent()
        if extent[at] <= extent[at + 1]:
            part = vtk_to_numpy(getattr(piece, f"Get{axis}Coordinates")())
            places[extent[at] - whole[at] : extent[at + 1] - whole[at] + 1] = part
    return places


def _text(data: Any, name: str) -> str:
    """Return the first text of a field array, "" without one."""
    array = data.GetFieldData().GetAbstractArray(name)
    return str(array.GetValue(0)) if array is not None and array.GetNumberOfValues() else ""

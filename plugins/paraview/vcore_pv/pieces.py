"""What a process has of an input: plain values, which go from process to process."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray

from vcore.errors import InputError
from vcore.io.vtk import GHOSTS
from vcore.regions import shifted

from vcore_pv.image import region_of

DUPLICATE, HIDDEN_POINT, HIDDEN_CELL = 1, 2, 32
"""Of vtkGhostType: a voxel that another process has too, and blanked ones."""
IMAGE, RECTILINEAR = "vtkImageData", "vtkRectilinearGrid"


@dataclass(frozen=True)
class Values:
    """An array of a piece, (voxels, components), and what VTK says of it."""

    values: NDArray[Any]
    unit: str
    components: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """Image data or a rectilinear grid, or the part of it that a process has.

    Parameters
    ----------
    kind
        VTK's name of the class.
    extent, whole
        VTK's extents, x first, of this piece and of all pieces as this process knows it.
    origin, spacing, direction
        Of image data, x first.
    coordinates
        Of the points of a rectilinear grid along x, y, z, within ``extent``.
    points, cells
        The arrays by name.
    ghosts
        vtkGhostType of the points and of the cells, where there is one.
    texts
        The first text of each field array.
    """

    kind: str
    extent: tuple[int, ...] = (0, -1, 0, -1, 0, -1)
    whole: tuple[int, ...] = (0, -1, 0, -1, 0, -1)
    origin: tuple[float, ...] = (0.0, 0.0, 0.0)
    spacing: tuple[float, ...] = (1.0, 1.0, 1.0)
    direction: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    coordinates: tuple[NDArray[np.float64], ...] = ()
    points: dict[str, Values] = field(default_factory=dict)
    cells: dict[str, Values] = field(default_factory=dict)
    ghosts: tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None] = (None, None)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def structured(self) -> bool:
        """Whether it is a grid of voxels."""
        return self.kind in (IMAGE, RECTILINEAR)

    @property
    def empty(self) -> bool:
        """Whether no point lies in it."""
        return any(a > b for a, b in zip(self.extent[::2], self.extent[1::2], strict=True))

    def along(self, axis: int) -> NDArray[np.float64]:
        """Return the places, (points, 3), x first, of the points along axis x, y or z."""
        first, last = self.extent[2 * axis : 2 * axis + 2]
        if self.kind == RECTILINEAR:
            places = np.tile([c[0] for c in self.coordinates], (last - first + 1, 1))
            places[:, axis] = self.coordinates[axis]
            return places
        index = np.tile(np.array(self.extent[::2], float), (last - first + 1, 1))
        index[:, axis] = np.arange(first, last + 1)
        return np.asarray(self.origin) + (index * self.spacing) @ self.direction.T


def piece_of(data: Any, whole: Sequence[int] | None = None) -> Piece:
    """Return what is in a data object of VTK; its values are not copied."""
    if not any(data.IsA(kind) for kind in (IMAGE, RECTILINEAR)):
        return Piece(data.GetClassName())
    rectilinear = data.IsA(RECTILINEAR)
    extent = tuple(data.GetExtent())
    places: dict[str, Any]
    if rectilinear:
        arrays = [getattr(data, f"Get{axis}Coordinates")() for axis in "XYZ"]
        places = {"coordinates": tuple(np.array(vtk_to_numpy(a), np.float64) for a in arrays)}
    else:
        matrix = data.GetDirectionMatrix()
        rows = [[matrix.GetElement(i, j) for j in range(3)] for i in range(3)]
        places = {"origin": data.GetOrigin(), "spacing": data.GetSpacing()}
        places["direction"] = np.array(rows)
    points, cells = data.GetPointData(), data.GetCellData()
    return Piece(
        RECTILINEAR if rectilinear else IMAGE,
        extent,
        tuple(whole) if whole is not None else extent,
        **places,
        points=_arrays(points),
        cells=_arrays(cells),
        ghosts=(_ghosts(points), _ghosts(cells)),
        texts=_texts(data.GetFieldData()),
    )


def _arrays(attributes: Any) -> dict[str, Values]:
    arrays = [attributes.GetArray(i) for i in range(attributes.GetNumberOfArrays())]
    found = {}
    for array in arrays:
        if array is None or array.GetName() in GHOSTS:
            continue
        count = array.GetNumberOfComponents()
        unit = array.GetInformation().Get(vtkDataArray.UNITS_LABEL()) or ""
        names = tuple(array.GetComponentName(i) or "" for i in range(count))
        components = names if count > 1 and all(names) else ()
        found[array.GetName()] = Values(vtk_to_numpy(array).reshape(-1, count), unit, components)
    return found


def _ghosts(attributes: Any) -> NDArray[np.uint8] | None:
    array = attributes.GetArray("vtkGhostType")
    return vtk_to_numpy(array) if array is not None else None


def _texts(fields: Any) -> dict[str, str]:
    arrays = [fields.GetAbstractArray(i) for i in range(fields.GetNumberOfArrays())]
    return {
        a.GetName(): str(a.GetValue(0))
        for a in arrays
        if a is not None and a.IsA("vtkStringArray") and a.GetNumberOfValues()
    }


def whole_of(pieces: Iterable[Piece]) -> tuple[int, ...]:
    """Return the extent of all pieces, also where each process knows its own only."""
    return around([p.whole for p in pieces])


def around(extents: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the extent around several; empty ones do not count."""
    found = [e for e in extents if all(a <= b for a, b in zip(e[::2], e[1::2], strict=True))]
    ends = zip(*(found or [(0, -1) * 3]), strict=True)
    return tuple(max(e) if k % 2 else min(e) for k, e in enumerate(ends))


def merged(pieces: Sequence[Piece], whole: Sequence[int]) -> Piece:
    """Return the piece that those of all processes make up.

    Raises
    ------
    InputError
        As ``joined``; or no piece has a voxel.
    """
    found = [p for p in pieces if not p.empty and p.structured]
    if not found:
        raise InputError("Expected values in both inputs. One is empty: its message says why.")
    first = found[0]
    if first.kind == RECTILINEAR:
        first = replace(first, coordinates=tuple(axis_of(found, whole, k) for k in range(3)))
    return replace(
        first,
        extent=tuple(whole),
        points={name: _merged(found, whole, name, False) for name in first.points},
        cells={name: _merged(found, whole, name, True) for name in first.cells},
        ghosts=(None, None),
    )


def cropped(piece: Piece, extent: Sequence[int]) -> Piece:
    """Return the part of ``piece`` within ``extent``, which lies within it."""
    if piece.extent == tuple(extent):
        return piece
    starts = [
        slice(a - b, c - b + 1)
        for a, c, b in zip(extent[::2], extent[1::2], piece.extent[::2], strict=True)
    ]
    own = ((piece.points, False), (piece.cells, True))
    points, cells = (
        {n: replace(v, values=_part(v.values, piece, extent, c)) for n, v in values.items()}
        for values, c in own
    )
    ghosts = tuple(
        None if g is None else _part(g.reshape(-1, 1), piece, extent, c).ravel()
        for g, c in zip(piece.ghosts, (False, True), strict=True)
    )
    places = tuple(c[s] for c, s in zip(piece.coordinates, starts, strict=False))
    return replace(
        piece,
        extent=tuple(extent),
        coordinates=places,
        points=points,
        cells=cells,
        ghosts=ghosts,  # type: ignore[arg-type]
    )


def _part(values: NDArray[Any], piece: Piece, extent: Sequence[int], cells: bool) -> NDArray[Any]:
    inside, wanted = region_of(piece.extent, cells), region_of(extent, cells)
    block = values.reshape(*(s.stop - s.start for s in inside), -1)
    return np.ascontiguousarray(block[shifted(wanted, [s.start for s in inside])]).reshape(
        -1, values.shape[-1]
    )


def _merged(pieces: Sequence[Piece], whole: Sequence[int], name: str, cells: bool) -> Values:
    values = joined(pieces, whole, name, cells)
    known = (pieces[0].cells if cells else pieces[0].points)[name]
    return replace(known, values=values.reshape(-1, values.shape[-1]))


def joined(pieces: Sequence[Piece], whole: Sequence[int], name: str, cells: bool) -> NDArray[Any]:
    """Return the array that pieces make up, (z, y, x, components).

    Where pieces overlap, voxels that are no ghosts count.

    Raises
    ------
    InputError
        A voxel of ``whole`` is in no piece, or the pieces' arrays differ in type.
    """
    region = region_of(whole, cells)
    shape = tuple(s.stop - s.start for s in region)
    out: NDArray[Any] | None = None
    covered = np.zeros(shape, bool)
    for own in (False, True):
        for piece in pieces:
            found = (piece.cells if cells else piece.points).get(name)
            ghosts = piece.ghosts[cells]
            if found is None or piece.empty or (own and ghosts is None):
                continue
            inside = region_of(piece.extent, cells)
            part = found.values.reshape(*(s.stop - s.start for s in inside), -1)
            if out is None:
                out = np.empty((*shape, part.shape[-1]), part.dtype)
            if (part.shape[-1], part.dtype) != (out.shape[-1], out.dtype):
                raise InputError(
                    f"Expected pieces of one type of the array {name!r}. Got {out.dtype.name} with "
                    f"{out.shape[-1]} components and {part.dtype.name} with {part.shape[-1]}: "
                    f"convert it with the Calculator filter."
                )
            to, of = _overlap(inside, region)
            if own:
                owned = (ghosts.reshape(part.shape[:-1])[of] & DUPLICATE) == 0  # type: ignore[union-attr]
                out[to][owned] = part[of][owned]
            else:
                out[to], covered[to] = part[of], True
    if out is None or not covered.all():
        raise InputError(_hole(name, covered, region, cells))
    return out


def hidden(pieces: Sequence[Piece], whole: Sequence[int], cells: bool) -> NDArray[np.bool_] | None:
    """Return which voxels (z, y, x) are blanked, None if none is."""
    region = region_of(whole, cells)
    mask = np.zeros(tuple(s.stop - s.start for s in region), bool)
    for piece in pieces:
        ghosts = piece.ghosts[cells]
        if ghosts is not None and not piece.empty:
            inside = region_of(piece.extent, cells)
            to, of = _overlap(inside, region)
            blank = (ghosts & (HIDDEN_CELL if cells else HIDDEN_POINT)) != 0
            mask[to] |= blank.reshape([s.stop - s.start for s in inside])[of]
    return mask if mask.any() else None


def axis_of(pieces: Sequence[Piece], whole: Sequence[int], axis: int) -> NDArray[np.float64]:
    """Return the coordinates of a rectilinear grid's points along axis x, y or z.

    Raises
    ------
    InputError
        No piece has those of a point.
    """
    first, last = whole[2 * axis : 2 * axis + 2]
    places = np.full(last - first + 1, np.nan)
    for piece in pieces:
        if not piece.empty and piece.coordinates:
            start = piece.extent[2 * axis]
            places[start - first : piece.extent[2 * axis + 1] - first + 1] = piece.coordinates[axis]
    if not np.isfinite(places).all():
        raise InputError(
            f"Expected coordinates of all {places.size} points along {'xyz'[axis]}. Got "
            f"{int(np.isfinite(places).sum())} instead: apply Resample To Image first."
        )
    return places


def _overlap(inside: Any, region: Any) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return where a piece lies in the whole, and the part of it that does."""
    ends = [
        (max(i.start, r.start), min(i.stop, r.stop), i.start, r.start)
        for i, r in zip(inside, region, strict=True)
    ]
    to = tuple(slice(a - r, max(b, a) - r) for a, b, _, r in ends)
    of = tuple(slice(a - i, max(b, a) - i) for a, b, i, _ in ends)
    return to, of


def _hole(name: str, covered: NDArray[np.bool_], region: Any, cells: bool) -> str:
    missing = int(covered.size - covered.sum())
    z, y, x = (
        int(i) + r.start
        for i, r in zip(np.unravel_index(covered.argmin(), covered.shape), region, strict=True)
    )
    kind = "cells" if cells else "points"
    return (
        f"Expected pieces that make up all {covered.size} {kind} of the array {name!r}. Got none "
        f"that has {missing} of them, the first at x {x}, y {y}, z {z}, instead: apply Resample To "
        f"Image first, or run one process."
    )

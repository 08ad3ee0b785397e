"""The part of an input held by one process, as plain picklable values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDataArray

from vcore.io.vtk import GHOSTS

from vcore_pv.image import Figures, figures_in

DUPLICATE, HIDDEN_POINT, HIDDEN_CELL = 1, 2, 32
"""Bits of vtkGhostType: duplicate of another process, blanked point, blanked cell."""
IMAGE, RECTILINEAR = "vtkImageData", "vtkRectilinearGrid"


@dataclass(frozen=True)
class Values:
    """An array of a piece, (voxels, components), with its VTK metadata."""

    values: NDArray[Any]
    unit: str
    components: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """The part of image data or of a rectilinear grid held by one process.

    Parameters
    ----------
    kind
        VTK class name.
    extent, whole
        VTK extents, x first, of this piece and of all pieces as known to this process.
    origin, spacing, direction
        Geometry of image data, x first.
    coordinates
        Point coordinates of a rectilinear grid along x, y, z, within ``extent``.
    points, cells
        Point and cell arrays, by name.
    ghosts
        vtkGhostType of points and cells, if present.
    figures
        What vcore's field array holds.
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
    figures: Figures = field(default_factory=dict)

    @property
    def structured(self) -> bool:
        """Whether the data is a voxel grid."""
        return self.kind in (IMAGE, RECTILINEAR)

    @property
    def empty(self) -> bool:
        """Whether the extent contains no points."""
        return any(a > b for a, b in zip(self.extent[::2], self.extent[1::2], strict=True))

    def along(self, axis: int) -> NDArray[np.float64]:
        """Return the positions (points, 3), x first, of the points along axis x, y or z."""
        first, last = self.extent[2 * axis : 2 * axis + 2]
        if self.kind == RECTILINEAR:
            places = np.tile([c[0] for c in self.coordinates], (last - first + 1, 1))
            places[:, axis] = self.coordinates[axis]
            return places
        index = np.tile(np.array(self.extent[::2], float), (last - first + 1, 1))
        index[:, axis] = np.arange(first, last + 1)
        return np.asarray(self.origin) + (index * self.spacing) @ self.direction.T


def piece_of(data: Any, whole: Sequence[int] | None = None) -> Piece:
    """Return the contents of a VTK data object without copying values."""
    if not any(data.IsA(kind) for kind in (IMAGE, RECTILINEAR)):
        return Piece(data.GetClassName())
    rectilinear = data.IsA(RECTILINEAR)
    extent = tuple(data.GetExtent())
    places: dict[str, Any]
    if rectilinear:
        arrays = [getattr(data, f"Get{axis}Coordinates")() for axis in "XYZ"]
        lines = (np.array(vtk_to_numpy(a) if a else (), np.float64) for a in arrays)
        places = {"coordinates": tuple(lines)}
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
        figures=figures_in(data),
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

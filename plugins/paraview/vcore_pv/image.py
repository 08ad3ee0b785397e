"""vcore grids as VTK image data and rectilinear grids: extents, geometry, arrays."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkDataArray, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkDataObject, vtkImageData, vtkRectilinearGrid
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.model.grid import Grid
from vcore.io.vtk_write import edges
from vcore.model.regions import Region, shifted

FIELD = "vcore"
"""Name of the field array with figures and units."""
Figures = dict[str, float | str]


@dataclass(frozen=True)
class Placed:
    """A grid in VTK's conventions.

    Parameters
    ----------
    grid
        The voxels.
    cells
        Whether voxels are VTK cells; otherwise points.
    first
        Index of the first voxel along z, y, x in VTK's extents.
    """

    grid: Grid
    cells: bool
    first: tuple[int, int, int] = (0, 0, 0)

    def extent(self, region: Region) -> tuple[int, ...]:
        """Return the VTK extent (points, x first) of a z y x region."""
        ends = [
            (f + s.start, f + s.stop - 1 + self.cells)
            for f, s in zip(self.first, region, strict=True)
        ]
        return tuple(n for pair in reversed(ends) for n in pair)

    def region(self, extent: Sequence[int]) -> Region:
        """Return the z y x region of an extent; empty along the same axes."""
        return shifted(region_of(extent, self.cells), self.first)

    def describe(self, info: Any, region: Region) -> None:
        """Set the whole extent and geometry of ``region`` in the pipeline information."""
        info.Set(Pipeline.WHOLE_EXTENT(), self.extent(region), 6)
        info.Set(vtkAlgorithm.CAN_PRODUCE_SUB_EXTENT(), 1)
        if self.grid.coordinates is None:
            info.Set(vtkDataObject.SPACING(), self.spacing, 3)
            info.Set(vtkDataObject.ORIGIN(), self.origin, 3)
            info.Set(vtkDataObject.DIRECTION(), self.direction, 9)

    def place(self, output: Any, extent: Sequence[int]) -> None:
        """Set extent and geometry of image data or a rectilinear grid."""
        output.SetExtent(list(extent))
        if not output.IsA("vtkRectilinearGrid"):
            output.SetSpacing(self.spacing)
            output.SetOrigin(self.origin)
            output.SetDirectionMatrix(self.direction)
            return
        for k, (axis, places) in enumerate(zip("ZYX", self._centres(), strict=True)):
            if self.cells:
                places = edges(places, self.grid.spacing[k])
            low, high = (n - self.first[k] for n in extent[4 - 2 * k : 6 - 2 * k])
            part = numpy_to_vtk(places[low : high + 1], deep=1)
            getattr(output, f"Set{axis}Coordinates")(part)

    def _centres(self) -> list[NDArray[np.float64]]:
        """Return the voxel centres along z, y, x, also of a regular grid, which may be shown as a
        rectilinear one."""
        grid = self.grid
        if grid.coordinates is not None:
            return [np.asarray(c, np.float64) for c in grid.coordinates]
        steps = np.diag(np.asarray(grid.direction, float)) * grid.spacing
        return [
            o + s * np.arange(n) for o, s, n in zip(grid.origin, steps, grid.shape, strict=True)
        ]

    @property
    def spacing(self) -> tuple[float, ...]:
        """Point spacing, x first."""
        return tuple(float(s) for s in self.grid.spacing[::-1])

    @property
    def origin(self) -> tuple[float, ...]:
        """Position of VTK's point 0, x first."""
        steps = np.asarray(self.first) + (
            0.5 if self.cells else 0
        )  # half a voxel from centre to corner
        back = np.asarray(self.grid.direction, float) @ (np.asarray(self.grid.spacing) * steps)
        origin = np.asarray(self.grid.origin, float) - back
        return tuple(float(o) for o in origin[::-1])

    @property
    def direction(self) -> tuple[float, ...]:
        """The nine elements of the direction matrix, x first."""
        matrix = np.asarray(self.grid.direction, float)[::-1, ::-1]
        return tuple(float(n) for n in matrix.ravel())


def region_of(extent: Sequence[int], cells: bool) -> Region:
    """Return the region of the points or cells of an extent, along z, y, x."""
    ends = zip(extent[4::-2], extent[5::-2], strict=True)
    return tuple(slice(a, max(b + 1 - cells, a)) for a, b in ends)


def make_output(outInfo: Any, rectilinear: bool) -> None:
    """Create the output data object of the requested type, unless it exists."""
    info = outInfo.GetInformationObject(0)
    kind = vtkRectilinearGrid if rectilinear else vtkImageData
    if not isinstance(info.Get(vtkDataObject.DATA_OBJECT()), kind):
        info.Set(vtkDataObject.DATA_OBJECT(), kind())


def make_output_like(inInfo: Any, outInfo: Any) -> None:
    """Create an output data object of the first input's type, unless it exists."""
    source = inInfo[0].GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT())
    make_output(outInfo, source is not None and source.IsA("vtkRectilinearGrid"))


def add_values(
    output: Any,
    cells: bool,
    name: str,
    values: NDArray[Any],
    unit: str = "",
    components: Sequence[str] = (),
) -> None:
    """Add an array (voxels,) or (voxels, components) to point or cell data, without copying."""
    array = numpy_to_vtk(values)
    array.SetName(name)
    for number, component in enumerate(components):
        array.SetComponentName(number, component)
    if unit:
        array.GetInformation().Set(vtkDataArray.UNITS_LABEL(), unit)
    attributes = output.GetCellData() if cells else output.GetPointData()
    attributes.AddArray(array)
    if attributes.GetScalars() is None and array.GetNumberOfComponents() == 1:
        attributes.SetActiveScalars(name)
    if attributes.GetVectors() is None and array.GetNumberOfComponents() == 3:
        attributes.SetActiveVectors(name)


def add_figures(output: Any, figures: Figures) -> None:
    """Add figures and units to the field data, as one text: each field array has an entry in
    ParaView's menu of colours."""
    array = vtkStringArray()
    array.SetName(FIELD)
    array.InsertNextValue(as_text(figures))
    output.GetFieldData().AddArray(array)


def as_text(figures: Figures) -> str:
    """Return figures as JSON on one line."""
    return json.dumps(figures, ensure_ascii=False, default=float)


def figures_in(output: Any) -> Figures:
    """Return what ``add_figures`` added; empty for data that do not come from vcore."""
    array = output.GetFieldData().GetAbstractArray(FIELD)
    if array is None or not array.IsA("vtkStringArray") or array.GetNumberOfValues() != 1:
        return {}
    try:
        found = json.loads(array.GetValue(0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

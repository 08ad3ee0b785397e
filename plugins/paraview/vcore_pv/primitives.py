"""Source of the Gaussians of a file, as points for glyphs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataObject, vtkPolyData
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError
from vcore.model.primitives import Primitives

from vcore_pv.image import add_values
from vcore_pv.messages import reported
from vcore_pv.series import Series, Step


class PrimitivesSource(VTKPythonAlgorithmBase):
    """Points with intensity, scale, covariance and a tensor for ParaView's Tensor Glyph."""

    def __init__(self) -> None:
        super().__init__(nInputPorts=0, nOutputPorts=1, outputType="vtkPolyData")
        self._file = ""
        self._variable = ""
        self._series: Series | None = None

    def SetFileName(self, name: str) -> None:
        """Set the file name."""
        if name != self._file:
            self._file = name
            self.Modified()

    def SetVariable(self, name: str) -> None:
        """Set the variable; "" for the first with Gaussians."""
        if name != self._variable:
            self._variable = name
            self.Modified()

    def GetVariableChoices(self) -> list[str]:
        """Return the names of the variables."""
        return self._series.names if self._series else []

    def GetTimestepValues(self) -> list[float] | None:
        """Return the times of all steps."""
        return self._series.times or None if self._series else None

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare the time steps."""
        info = outInfo.GetInformationObject(0)
        for key in (Pipeline.TIME_STEPS(), Pipeline.TIME_RANGE()):
            info.Remove(key)
        self._series = None
        self._series = Series([self._file])
        info.Set(vtkAlgorithm.CAN_HANDLE_PIECE_REQUEST(), 1)
        times = self._series.times
        if times:
            info.Set(Pipeline.TIME_STEPS(), times, len(times))
            info.Set(Pipeline.TIME_RANGE(), (times[0], times[-1]), 2)
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Output this piece's share of the points at the time step."""
        info = outInfo.GetInformationObject(0)
        output = vtkPolyData.GetData(outInfo)
        if self._series is None:
            return 1
        step = self._series.at(
            info.Get(Pipeline.UPDATE_TIME_STEP()) if self._series.times else None
        )
        table = self._table(self._series, step)
        piece = info.Get(Pipeline.UPDATE_PIECE_NUMBER()) or 0
        pieces = info.Get(Pipeline.UPDATE_NUMBER_OF_PIECES()) or 1
        bounds = [len(table) * i // pieces for i in (piece, piece + 1)]
        _fill(output, table[slice(*bounds)])
        if step.time is not None:
            output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), step.time)
        return 1

    def _table(self, series: Series, step: Step) -> Primitives:
        if series.shown(step).unwrapped:
            raise InputError(
                f"Expected coordinates that rise or fall. {self._file} has longitudes that begin "
                f"again, where its Gaussians have no place: look at its voxels instead."
            )
        names = [self._variable] if self._variable else series.names
        dataset = series.datasets[step.file].file
        for name in names:
            try:
                table = dataset.decoder(name).primitives()
            except InputError as error:
                if name != names[-1]:
                    continue
                raise InputError(f"{error} (Reading {self._file}.)") from error
            return table[table.frame == (step.frame or 0)]
        raise InputError("Expected a variable. Got a file without any instead.")


def vertices(output: Any, places: NDArray[Any]) -> None:
    """Set the points of poly data, (n, 3), x first, each with a vertex."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(places), deep=1))
    output.SetPoints(points)
    cells = vtkCellArray()
    ids = np.arange(len(places), dtype=np.int64)
    offsets = numpy_to_vtkIdTypeArray(np.arange(len(places) + 1, dtype=np.int64), deep=1)
    cells.SetData(offsets, numpy_to_vtkIdTypeArray(ids, deep=1))
    output.SetVerts(cells)


def _fill(output: Any, table: Primitives) -> None:
    vertices(output, table.centre[:, ::-1])
    if not len(table):
        return
    add_values(output, False, "intensity", _flat(table.intensity))
    add_values(output, False, "scale", np.ascontiguousarray(table.scale))
    add_values(output, False, "covariance", _tensors(table.covariance))
    add_values(output, False, "stretch", _tensors(_roots(table)))
    output.GetPointData().SetActiveTensors("stretch")


def _roots(table: Primitives) -> NDArray[np.float64]:
    """Return the square roots of the covariances; their eigenvalues are the semi-axis lengths."""
    lengths = np.maximum(table.scale, np.finfo(np.float64).tiny)
    scaled = table.axes / np.sqrt(lengths)[..., None]
    roots: NDArray[np.float64] = np.einsum("nki,nkj->nij", scaled, scaled)
    return roots


def _tensors(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return z y x matrices as VTK's nine components, x first."""
    return np.ascontiguousarray(matrices[:, ::-1, ::-1].reshape(-1, 9))


def _flat(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.ascontiguousarray(columns[:, 0] if columns.shape[1] == 1 else columns)

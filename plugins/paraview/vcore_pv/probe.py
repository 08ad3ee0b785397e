"""Filter that samples a file at the points of its input."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.engine.levels import LevelsDecoder

from vcore_pv.image import add_values
from vcore_pv.messages import reported
from vcore_pv.series import Series, Step


class Probe(VTKPythonAlgorithmBase):
    """The input with the values of a file's variables at its points, by ``Dataset.sample``."""

    def __init__(self) -> None:
        super().__init__(
            nInputPorts=1, nOutputPorts=1, inputType="vtkPointSet", outputType="vtkPointSet"
        )
        self._file = ""
        self._variable = ""
        self._gradient = False
        self._series: Series | None = None

    def SetFileName(self, name: str) -> None:
        """Set the file name."""
        self._set("_file", name)

    def SetVariable(self, name: str) -> None:
        """Set the variable; "" for all."""
        self._set("_variable", name)

    def SetGradient(self, wanted: int) -> None:
        """Set whether to add gradients."""
        self._set("_gradient", bool(wanted))

    def _set(self, name: str, value: Any) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.Modified()

    def GetVariableChoices(self) -> list[str]:
        """Return the names of the variables."""
        return list(self._series.datasets[0].file.variables) if self._series else []

    def GetTimestepValues(self) -> list[float] | None:
        """Return the times of all steps."""
        return self._series.times or None if self._series else None

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Create an output of the input's type."""
        data = inInfo[0].GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT())
        info = outInfo.GetInformationObject(0)
        output = info.Get(vtkDataObject.DATA_OBJECT())
        if output is None or output.GetClassName() != data.GetClassName():
            info.Set(vtkDataObject.DATA_OBJECT(), data.NewInstance())
        return 1

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare the time steps of the file, if it has any."""
        self._series = None
        self._series = Series([self._file])
        times = self._series.times
        if times:
            info = outInfo.GetInformationObject(0)
            info.Set(Pipeline.TIME_STEPS(), times, len(times))
            info.Set(Pipeline.TIME_RANGE(), (times[0], times[-1]), 2)
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Sample this piece's points at the time step."""
        data = inInfo[0].GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT())
        info = outInfo.GetInformationObject(0)
        output = info.Get(vtkDataObject.DATA_OBJECT())
        output.ShallowCopy(data)
        if self._series is None or not data.GetNumberOfPoints():
            return 1
        time = info.Get(Pipeline.UPDATE_TIME_STEP()) if self._series.times else None
        step = self._series.at(time)
        points = np.asarray(vtk_to_numpy(data.GetPoints().GetData())[:, ::-1], np.float64)
        dataset = self._series.datasets[step.file].file
        for name in [self._variable] if self._variable else dataset.variables:
            self._add(output, dataset.decoder(name), points, step)
        if step.time is not None:
            output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), step.time)
        return 1

    def _add(
        self, output: Any, decoder: LevelsDecoder, points: NDArray[np.float64], step: Step
    ) -> None:
        assert self._series is not None
        header, dataset = decoder.header, self._series.datasets[step.file].file
        frame = (step.frame or 0) if "t" in header.axes else None
        if header.is_label:
            values = dataset.sample(points, header.name, frame=frame, nearest=True)
        elif self._gradient:
            values, slopes = dataset.sample(points, header.name, frame=frame, gradient=True)
            flat = np.ascontiguousarray(slopes[..., ::-1].reshape(len(points), -1))
            per = f"{header.unit}/{decoder.grid.unit}" if header.unit and decoder.grid.unit else ""
            add_values(output, False, f"gradient of {header.name}", flat, per)
        else:
            values = dataset.sample(points, header.name, frame=frame)
        add_values(output, False, header.name, values, header.unit, header.components)

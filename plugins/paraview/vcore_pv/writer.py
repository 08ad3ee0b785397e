"""The writer: File > Save Data as `.vcore`, time steps included."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError, VcoreError
from vcore.model.grid import Grid
from vcore.model.volume import Volume

from vcore_pv import ranks
from vcore_pv.encoding import Encoding, figures_of
from vcore_pv.image import as_text
from vcore_pv.inputs import InputFrame, frame_of
from vcore_pv.messages import reported, show_error, show_warning
from vcore_pv.pieces import piece_of


class Writer(Encoding, VTKPythonAlgorithmBase):
    """Writer that gathers all pieces at the root process and compresses them there."""

    def __init__(self) -> None:
        Encoding.__init__(self)
        VTKPythonAlgorithmBase.__init__(self, nInputPorts=1, nOutputPorts=0, inputType="vtkDataSet")
        self._path = ""
        self._all_steps = True
        self._times: list[float] = []
        self._next = 0
        self._frames: Frames | None = None
        self.figures: dict[str, float | str] = {}

    def SetFileName(self, path: str) -> None:
        """Set the output file; an existing file is replaced."""
        self._change("_path", path or "")

    def SetWriteAllTimeSteps(self, value: int) -> None:
        """Set whether to write every time step or only the current one."""
        self._change("_all_steps", bool(value))

    def Write(self) -> None:
        """Write the file (called by ParaView)."""
        self._frames, self._next = None, 0
        self.Modified()
        try:
            self.Update()
        finally:
            if self._frames is not None:
                self._frames.close()

    def GetFigures(self) -> str:
        """Return the figures of the file as JSON."""
        return as_text(self.figures)

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Get the time steps of the input."""
        info = inInfo[0].GetInformationObject(0)
        steps = info.Get(Pipeline.TIME_STEPS()) if info.Has(Pipeline.TIME_STEPS()) else ()
        self._times = [float(t) for t in steps] if self._all_steps else []
        return 1

    def RequestUpdateExtent(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Request the next time step, each process its own share."""
        info = inInfo[0].GetInformationObject(0)
        ranks.ask_share(info)
        if self._next < len(self._times):
            info.Set(Pipeline.UPDATE_TIME_STEP(), self._times[self._next])
        return 1

    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Add a time step; compress after the last one."""
        more = Pipeline.CONTINUE_EXECUTING()
        if self._take(inInfo) and self._next < len(self._times):
            request.Set(more, 1)
        else:
            request.Remove(more)
            self._finish()
        return 1

    def _take(self, inInfo: Any) -> bool:
        """Add a time step; return in every process whether all succeeded."""
        info = inInfo[0].GetInformationObject(0)
        source = info.Get(vtkDataObject.DATA_OBJECT())
        good = b""
        try:
            if pieces := ranks.gathered(piece_of(source, info.Get(Pipeline.WHOLE_EXTENT()))):
                if not self._path:
                    raise InputError("Expected a name for the file. Got none: set FileName.")
                if self._frames is None:
                    self._frames = Frames(self._times or time_of(source, info))
                self._frames.add(frame_of(pieces))
            good = b"good"
        except (VcoreError, OSError, MemoryError) as error:
            show_error(error)
        finally:
            # even after a failure: the other processes wait for it
            good = ranks.broadcast(good)
        self._next += 1
        return bool(good)

    @reported
    def _finish(self) -> int:
        """Compress at the root; the other processes wait until the file exists."""
        try:
            if self._frames is not None and self._frames.complete:
                report = self.compress(self._frames.volume(), self._path)
                self.figures = figures_of(report)
                for text in report.notes:
                    show_warning(text)
        finally:
            ranks.broadcast(b"written")
        return 1


def time_of(data: Any, info: Any) -> list[float]:
    """Return the time of a step in a list, empty for data without time."""
    field = data.GetFieldData().GetArray("TimeValue")  # set by VTK file readers
    if field is not None and field.GetNumberOfValues():
        return [float(field.GetTuple1(0))]
    time = data.GetInformation().Get(vtkDataObject.DATA_TIME_STEP())
    # 5.13 sets a time on all data, so require time steps
    return [float(time)] if time is not None and info.Has(Pipeline.TIME_STEPS()) else []


class Frames:
    """Time steps of one volume, stored in temporary files until they are compressed.

    Parameters
    ----------
    times
        Times of all steps; empty for a single step without time.
    """

    def __init__(self, times: list[float]) -> None:
        self._times = tuple(times)
        self._folder = tempfile.TemporaryDirectory(prefix="vcore-") if times else None
        self._first: InputFrame | None = None
        self._stored: list[Any] = []
        self._count = 0

    @property
    def complete(self) -> bool:
        """Whether all steps have been added."""
        return self._count == max(len(self._times), 1)

    def add(self, frame: InputFrame) -> None:
        """Add the next step.

        Raises
        ------
        InputError
            Its grid or arrays differ from those of the first step.
        """
        if self._first is None:
            self._first = frame
            if self._folder is not None:
                self._stored = [
                    np.lib.format.open_memmap(
                        str(Path(self._folder.name) / f"step-{number}.npy"),
                        mode="w+",
                        dtype=array.values.dtype,
                        shape=(len(self._times), *array.values.shape),
                    )
                    for number, array in enumerate(frame.arrays)
                ]
        elif _layout(frame) != _layout(self._first):
            raise InputError(
                f"Expected the same arrays at every time step. Step {self._count} has "
                f"{_layout(frame)}, the first {_layout(self._first)}: write one step, or apply "
                f"Resample To Image."
            )
        elif frame.grid != self._first.grid:
            raise InputError(
                f"Expected the same grid at every time step. Step {self._count} lies at "
                f"{_place(frame.grid)}, the first at {_place(self._first.grid)}: write one step, "
                f"or apply Resample To Image."
            )
        for stored, array in zip(self._stored, frame.arrays, strict=False):
            stored[self._count] = array.values
        self._count += 1

    def volume(self) -> Volume:
        """Return all steps as one volume."""
        assert self._first is not None
        arrays, cells = self._first.arrays, self._first.cells
        if not self._stored:
            return Volume(self._first.grid, tuple(a.variable(cells) for a in arrays))
        variables = tuple(
            a.variable(cells, values, "t") for a, values in zip(arrays, self._stored, strict=True)
        )
        return Volume(replace(self._first.grid, times=self._times), variables)

    def close(self) -> None:
        """Remove the temporary files."""
        self._stored = []
        if self._folder is not None:
            self._folder.cleanup()


def _layout(frame: InputFrame) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(a.name, a.values.dtype.name, a.values.shape) for a in frame.arrays]


def _place(grid: Grid) -> str:
    if grid.coordinates is not None:
        return "coordinates of its own"
    return f"origin {grid.origin[::-1]}, spacing {grid.spacing[::-1]}"

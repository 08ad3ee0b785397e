"""The reader: metadata from the header, values of the requested extent only."""

from typing import Any

from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkDataArraySelection
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError
from vcore.runtime.compile_events import on_compiling
from vcore.model.regions import Region, shape_of

from vcore_pv import showing
from vcore_pv.decode import cache, decode_box, item_size
from vcore_pv.image import Placed, add_figures, add_values, make_output
from vcore_pv.messages import Aborted, reported, show_note
from vcore_pv.opened import VOLUME, kind_of
from vcore_pv.ranks import ROOT, processes, rank
from vcore_pv.series import Series, Step
from vcore_pv.showing import MEGABYTE

MEMORY_LIMIT = 512
"""Default memory limit of the level Auto, in megabytes of arrays per process; allows a 500³ uint8
volume at full resolution, which a laptop can render."""
COMPILING = "first use on this machine: compiling once"


class Reader(VTKPythonAlgorithmBase):
    """Reader of `.vcore` files as image data or rectilinear grids."""

    def __init__(self, inputs: int = 0) -> None:
        super().__init__(
            nInputPorts=inputs, nOutputPorts=1, inputType="vtkDataSet", outputType="vtkDataSet"
        )
        self._files: list[str] = []
        self._level = "Auto"
        self._grid = 0
        self._limit = MEMORY_LIMIT * MEGABYTE
        self._voi = (0, -1, 0, -1, 0, -1)
        self._series: Series | None = None
        self._showing = ""
        self._noted: set[tuple[object, ...]] = set()
        self._variables = vtkDataArraySelection()
        self._variables.AddObserver("ModifiedEvent", lambda *_: self.Modified())  # type: ignore[arg-type]

    # properties, called by ParaView

    def CanReadFile(self, name: str) -> int:
        """Return whether a file is for this reader; a damaged one is, and it says what is wrong."""
        return int(kind_of(name) == VOLUME)

    def AddFileName(self, name: str) -> None:
        """Add a file to the series."""
        if name:
            self._files.append(name)
            self.Modified()

    def RemoveAllFileNames(self) -> None:
        """Remove all files from the series."""
        self._files = []
        self.Modified()

    def SetLevel(self, level: str | int) -> None:
        """Set "Auto" or a level, ignoring the text after the number in the list."""
        self._set("_level", str(level).partition(":")[0].strip() or "Auto")

    def SetGrid(self, grid: str | int) -> None:
        """Set the number of the grid, ignoring the text after it in the list."""
        number = str(grid).partition(":")[0].strip()
        self._set("_grid", int(number) if number.isdigit() else 0)

    def GetGridChoices(self) -> list[str]:
        """Return the entries of the list of grids."""
        return self._series.grids if self._series else []

    def SetMemoryLimit(self, megabytes: int) -> None:
        """Set the maximum size of the arrays per process, in megabytes."""
        self._set("_limit", megabytes * MEGABYTE)

    def SetVOI(self, *voi: int) -> None:
        """Set the first and last voxel of level 0 along x, y, z."""
        self._set("_voi", tuple(voi))

    def GetTimestepValues(self) -> list[float] | None:
        """Return the times of all steps."""
        return self._series.times or None if self._series else None

    def GetLevelChoices(self) -> list[str]:
        """Return the entries of the level list."""
        grids = self._series.levels if self._series else ()
        return ["Auto"] + [
            f"{k}: {' x '.join(str(n) for n in grid.shape[::-1])}" for k, grid in enumerate(grids)
        ]

    def GetShowing(self) -> str:
        """Return what is shown: level, voxels, and why it is not the finest level."""
        return self._showing

    def GetVariables(self) -> Any:
        """Return the selection of variables."""
        return self._variables

    def _set(self, name: str, value: Any) -> None:
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.Modified()

    @property
    def files(self) -> list[str]:
        """Paths of the files."""
        return self._files

    @property
    def grid(self) -> int:
        """Number of the grid that is shown."""
        return self._grid

    @property
    def limit(self) -> int:
        """Memory limit in bytes per process."""
        return self._limit

    # passes of the pipeline

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Create image data, or a rectilinear grid if the file has coordinates."""
        self._series = None
        try:
            self._series = self._opened()
        finally:
            make_output(outInfo, self._series is not None and self._series.rectilinear)
        return 1

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare extent, geometry and times from the header, without decoding."""
        info = outInfo.GetInformationObject(0)
        for key in (Pipeline.TIME_STEPS(), Pipeline.TIME_RANGE()):
            info.Remove(key)
        info.Set(Pipeline.WHOLE_EXTENT(), (0, -1, 0, -1, 0, -1), 6)
        if self._series is None:
            return 1
        times = self._series.times
        if times:
            info.Set(Pipeline.TIME_STEPS(), times, len(times))
            info.Set(Pipeline.TIME_RANGE(), (times[0], times[-1]), 2)
        level, _ = self._chosen_level(self._series)
        self._placed(self._series.steps[0], level).describe(info, self._region(level))
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Decode the requested extent of the selected variables."""
        info = outInfo.GetInformationObject(0)
        output = info.Get(vtkDataObject.DATA_OBJECT())
        output.Initialize()
        series = self._series
        if series is None:
            return 1
        asked = info.Get(Pipeline.UPDATE_TIME_STEP()) if series.times else None
        step = series.at(asked)
        level, reason = self._chosen_level(series)
        placed = self._placed(step, level)
        extent = info.Get(Pipeline.UPDATE_EXTENT())
        if min(shape_of(placed.region(extent))) < 1:
            return 1
        try:
            self._decode(output, series, step, level, placed.region(extent))
        except BaseException:
            output.Initialize()  # do not output a grid without values
            raise
        placed.place(output, extent)
        if step.time is not None:
            output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), step.time)
        self._tell(series, step, level, reason)
        add_figures(output, showing.figures(series, step, level, self._showing))
        return 1

    def _decode(self, output: Any, series: Series, step: Step, level: int, box: Region) -> None:
        shown = series.shown(step)
        box = shown.in_file(box, level)
        found = [(n, series.decoder(step, n)) for n in self.selected(series)]
        decoders = [(n, d) for n, d in found if d is not None]
        shape = shape_of(box)
        voxels = shape[0] * shape[1] * shape[2] * max(len(decoders), 1)
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count
            if count:
                self.SetProgressText("")  # compilation is done
            self.UpdateProgress(done / voxels)
            if self.GetAbortExecute():
                raise Aborted

        for name, decoder in decoders:
            frame = step.frame if "t" in decoder.header.axes else None
            spans = tuple((s.start, s.stop) for s in box)
            key = (series.states[step.file], name, level, frame, spans)
            with on_compiling(lambda: self.SetProgressText(COMPILING)):
                values = cache.get(
                    key,
                    self._limit // 2 // processes(),
                    lambda d=decoder, f=frame: decode_box(d, level, f, box, tick, shown.flipped),  # type: ignore[misc]
                )
            header = decoder.header
            add_values(output, series.cells, name, values, header.unit, header.components)

    def _tell(self, series: Series, step: Step, level: int, reason: str) -> None:
        """Set what is shown; say it once if it is less than the user may expect."""
        boxes = self._region(level), self._region(0)
        self._showing = showing.described(series, step, level, boxes, reason)
        key = (*self._files, level, self._showing.partition(";")[2])
        if (reason or key[-1]) and key not in self._noted and rank() == ROOT:
            self._noted.add(key)
            name = series.datasets[step.file].file.identity[0]
            show_note(f"{name} is shown at {self._showing}.")

    # what to decode

    def _opened(self) -> Series:
        series = Series(self._files, self._grid)
        for name in series.names:
            if not self._variables.ArrayExists(name):
                self._variables.AddArray(name)
        return series

    def selected(self, series: Series) -> list[str]:
        """Return the names of the variables to decode."""
        return [n for n in series.names if self._variables.ArrayIsEnabled(n)]

    def _placed(self, step: Step, level: int) -> Placed:
        assert self._series is not None
        return Placed(self._series.shown(step).grids[level], self._series.cells)

    def _chosen_level(self, series: Series) -> tuple[int, str]:
        """Return the level to show, the set one or the finest within the memory limit, and why it
        is not the finest of all if that was not asked for."""
        last = len(series.levels) - 1
        if self._level.lower() != "auto":
            if not self._level.isdigit() or int(self._level) > last:
                raise InputError(
                    f"Expected a level in 0..{last}, or Auto. Got {self._level!r} instead."
                )
            return int(self._level), ""
        names = self.selected(series)
        available = series.available(names, series.steps[0]) or [last]
        level = next((k for k in available if self._fits(series, k)), available[-1])
        if level == 0:
            return 0, ""
        if level == available[0]:
            return level, showing.CUT
        finest = available[0]
        return level, showing.too_large(finest, self._nbytes(series, finest), processes())

    def _fits(self, series: Series, level: int) -> bool:
        return self._nbytes(series, level) <= self._limit * processes()

    def _nbytes(self, series: Series, level: int) -> int:
        """Return the size of the arrays of the selected variables."""
        found = [series.decoder(series.steps[0], n) for n in self.selected(series)]
        z, y, x = shape_of(self._region(level))
        return z * y * x * sum(item_size(d) for d in found if d)

    def _region(self, level: int) -> Region:
        """Return the voxels of ``level`` that overlap the volume of interest."""
        assert self._series is not None
        shown = self._series.shown(self._series.steps[0])
        lengths = zip(shown.grids[0].shape, shown.grids[level].shape, shown.flipped, strict=True)
        return tuple(
            _touched(first, last, n, m, level, turned)
            for first, last, (n, m, turned) in zip(
                self._voi[4::-2], self._voi[5::-2], lengths, strict=True
            )
        )


def _touched(first: int, last: int, full: int, length: int, level: int, turned: bool) -> slice:
    """Return the range of an axis of ``level`` between two voxels of level 0; -1 is the end.

    A ``turned`` (reversed) axis is downsampled from its other end.
    """
    last = full - 1 if last < 0 else min(last, full - 1)
    first = max(first, 0)
    if first > last:
        raise InputError(
            f"Expected a volume of interest within 0..{full - 1}, first voxel before the last. Got "
            f"{first}..{last} instead."
        )
    if turned:
        mirrored = _touched(full - 1 - last, full - 1 - first, full, length, level, False)
        return slice(length - mirrored.stop, length - mirrored.start)
    return slice(first >> level, min((last >> level) + 1, length))

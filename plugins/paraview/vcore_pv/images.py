"""The reader of image collections: one image at a time, by the values of its parameters."""

import warnings
from collections.abc import Mapping, Sequence
from functools import partialmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonCore import vtkDataArray, vtkDataArraySelection
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Index
from vcore.collections.lookup import around, blended
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.runtime.compile_events import on_compiling

from vcore_pv.axes import SLOTS, Axes, assigned, axes_of, described
from vcore_pv.decode import cache
from vcore_pv.image import add_figures
from vcore_pv.messages import reported, show_warning
from vcore_pv.opened import IMAGES, State, kind_of, open_as, state_of
from vcore_pv.ranks import ROOT, processes, rank
from vcore_pv.reader import COMPILING, MEMORY_LIMIT
from vcore_pv.showing import MEGABYTE

Corners = list[tuple[Index, float]]
"""Indices of the images that are shown, with their weights."""


class ImagesReader(VTKPythonAlgorithmBase):
    """Reader of one collection as image data, a pixel a point, rows from bottom to top."""

    def __init__(self) -> None:
        super().__init__(nInputPorts=0, nOutputPorts=1, outputType="vtkImageData")
        self._files: list[str] = []
        self._numbers = [0.0] * SLOTS
        self._labels = [""] * SLOTS
        self._named: dict[str, str] = {}
        self._blend = False
        self._collection: Collection | None = None
        self._state: State | None = None
        self._showing = ""
        self._told: set[str] = set()
        self._channels = vtkDataArraySelection()
        self._channels.AddObserver("ModifiedEvent", lambda *_: self.Modified())  # type: ignore[arg-type]

    # properties, called by ParaView

    def CanReadFile(self, name: str) -> int:
        """Return whether a file is a collection of images."""
        return int(kind_of(name) == IMAGES)

    def AddFileName(self, name: str) -> None:
        """Add the file; a second one is refused when it is read."""
        if name:
            self._files.append(name)
            self.Modified()

    def RemoveAllFileNames(self) -> None:
        """Forget the file."""
        self._files = []
        self.Modified()

    def SetBlend(self, value: int) -> None:
        """Set whether to blend the images around the values."""
        self._blend = bool(value)
        self.Modified()

    def AddValue(self, name: str, value: str) -> None:
        """Set the value of a parameter by its name."""
        if name:
            self._named[name] = value or ""
            self.Modified()

    def ClearValues(self) -> None:
        """Forget the values set by name."""
        self._named = {}
        self.Modified()

    def GetParameterKinds(self) -> list[int]:
        """Return the kind of each slot."""
        return self._axes.kinds

    def GetTimestepValues(self) -> list[float] | None:
        """Return the times of all steps."""
        return self._times or None

    def GetShowing(self) -> str:
        """Return which image is shown, or which ones are blended."""
        return self._showing

    def GetChannels(self) -> Any:
        """Return the selection of channels."""
        return self._channels

    def _set_number(self, slot: int, value: float) -> None:
        self._numbers[slot] = value
        self.Modified()

    def _set_label(self, slot: int, label: str) -> None:
        self._labels[slot] = label or ""
        self.Modified()

    def _slot(self, slot: int) -> Parameter | None:
        slots = self._axes.slots
        return slots[slot] if slot < len(slots) else None

    def _description(self, slot: int) -> str:
        parameter = self._slot(slot)
        return described(parameter) if parameter else ""

    def _choices(self, slot: int) -> list[Any]:
        """Return the numbers of a slot with numbers."""
        parameter = self._slot(slot)
        return [0.0] if parameter is None or parameter.is_label else list(parameter.values)

    def _range(self, slot: int) -> list[float]:
        numbers = self._choices(slot)
        return [numbers[0], numbers[-1]]

    def _label_choices(self, slot: int) -> list[Any]:
        parameter = self._slot(slot)
        return list(parameter.values) if parameter and parameter.is_label else []

    # passes of the pipeline

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Declare size and times from the header, without decoding."""
        info = outInfo.GetInformationObject(0)
        for key in (Pipeline.TIME_STEPS(), Pipeline.TIME_RANGE()):
            info.Remove(key)
        info.Set(Pipeline.WHOLE_EXTENT(), (0, -1, 0, -1, 0, -1), 6)
        self._collection = None
        self._collection = self._opened()
        height, width = self._collection.size
        info.Set(Pipeline.WHOLE_EXTENT(), (0, width - 1, 0, height - 1, 0, 0), 6)
        info.Set(vtkDataObject.SPACING(), (1.0, 1.0, 1.0), 3)
        info.Set(vtkDataObject.ORIGIN(), (0.0, 0.0, 0.0), 3)
        info.Set(vtkAlgorithm.CAN_PRODUCE_SUB_EXTENT(), 1)
        if times := self._times:
            info.Set(Pipeline.TIME_STEPS(), times, len(times))
            info.Set(Pipeline.TIME_RANGE(), (times[0], times[-1]), 2)
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Decode the image at the values of the parameters."""
        info = outInfo.GetInformationObject(0)
        output = info.Get(vtkDataObject.DATA_OBJECT())
        output.Initialize()
        extent = info.Get(Pipeline.UPDATE_EXTENT())
        self._showing = ""
        if self._collection is None or extent[0] > extent[1] or extent[2] > extent[3]:
            return 1
        asked = info.Get(Pipeline.UPDATE_TIME_STEP()) if self._times else None
        values = self._values(asked)
        corners, notes = self._corners(self._collection, values)
        enabled = [c for c in self._collection.channels if self._channels.ArrayIsEnabled(c.name)]
        # all of them before the first is added: an error leaves no part of an image
        for channel, image in [(c, self._image(self._collection, c, corners)) for c in enabled]:
            _add(output, channel, image, extent)
        output.SetExtent(list(extent))
        shown = self._shown(self._collection, values, corners)
        time = self._axes.time
        if time is not None and self._times:
            step = float(shown[time.name])
            output.GetInformation().Set(vtkDataObject.DATA_TIME_STEP(), step)
        self._showing = assigned(shown) or "the only image"
        if len(corners) > 1:
            self._showing += f", blended from {len(corners)} images"
        if notes:
            self._showing += f", the nearest to {assigned(values)}"
        self._tell(self._collection, notes)
        add_figures(output, {**shown, "showing": self._showing})
        return 1

    # which image

    @property
    def _axes(self) -> Axes:
        return axes_of(self._collection.parameters if self._collection else ())

    @property
    def _times(self) -> list[float]:
        """Time of each step; empty if the clock has no say."""
        time = self._axes.time
        return [] if time is None or time.name in self._named else [float(v) for v in time.values]

    def _opened(self) -> Collection:
        if len(self._files) != 1:
            raise InputError(
                f"Expected the name of one collection of images. Got {len(self._files)} instead: "
                f"open each by itself."
            )
        collection = open_as(self._files[0], Collection)
        self._state = state_of(self._files[0])
        for channel in collection.channels:
            if not self._channels.ArrayExists(channel.name):
                self._channels.AddArray(channel.name)
        return collection

    def _values(self, time: float | None) -> dict[str, Any]:
        """Return the value of each parameter, in the order of the file."""
        assert self._collection is not None
        axes = self._axes
        found: dict[str, Any] = dict(axes.constant)
        if axes.time is not None:
            first, last = (float(axes.time.values[i]) for i in (0, -1))
            # other sources may go on longer; the data stays as it is then, as with all readers
            found[axes.time.name] = first if time is None else min(max(time, first), last)
        for slot, parameter in enumerate(axes.slots):
            number, label = self._numbers[slot], self._labels[slot] or parameter.values[0]
            found[parameter.name] = label if parameter.is_label else number
        found.update(self._named)
        names = [p.name for p in self._collection.parameters]
        return {name: found.pop(name) for name in names} | found

    def _corners(
        self, collection: Collection, values: Mapping[str, Any]
    ) -> tuple[Corners, list[str]]:
        """Return the images to show, and what the user has to know about them."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            corners = around(values, collection.parameters, collection.present, blend=self._blend)
        return corners, [str(w.message) for w in caught]

    def _image(self, collection: Collection, channel: Channel, corners: Corners) -> NDArray[Any]:
        """Return the rows of a channel from bottom to top, (y, x) or (y, x, component)."""

        def decode() -> NDArray[Any]:
            if len(corners) == 1:
                image = collection.read(corners[0][0], channel.name)
            else:
                image = blended(corners, lambda i: collection.read(i, channel.name), channel.dtype)
            dtype = np.float32 if image.dtype == np.float16 else image.dtype  # VTK has no halves
            return np.ascontiguousarray(image[::-1], dtype)

        limit = MEMORY_LIMIT * MEGABYTE // 2 // processes()
        with on_compiling(lambda: self.SetProgressText(COMPILING)):
            return cache.get((self._state, channel.name, tuple(corners)), limit, decode)

    def _shown(
        self, collection: Collection, values: Mapping[str, Any], corners: Corners
    ) -> dict[str, float | str]:
        """Return the values of the image that is shown, or those that are blended for."""
        if len(corners) == 1:
            return collection.values_of(corners[0][0])
        labels = {p.name for p in collection.parameters if p.is_label}
        return {n: v if n in labels else float(v) for n, v in values.items()}

    def _tell(self, collection: Collection, notes: Sequence[str]) -> None:
        """Say once what the user may not expect."""
        for note in notes:
            if note not in self._told and rank() == ROOT:
                show_warning(f"{collection.identity[0]}: {note}")
            self._told.add(note)


for _number in range(1, SLOTS + 1):
    for _name, _method in {
        "SetValue": ImagesReader._set_number,
        "SetLabel": ImagesReader._set_label,
        "GetParameter": ImagesReader._description,
        "GetNumbers": ImagesReader._choices,
        "GetRange": ImagesReader._range,
        "GetLabels": ImagesReader._label_choices,
    }.items():
        setattr(ImagesReader, f"{_name}{_number}", partialmethod(_method, _number - 1))


def _add(output: Any, channel: Channel, image: NDArray[Any], extent: Sequence[int]) -> None:
    """Add the part of an image within ``extent`` to the point data."""
    part = image[extent[2] : extent[3] + 1, extent[0] : extent[1] + 1]
    array = numpy_to_vtk(np.ascontiguousarray(part).reshape(-1, channel.components))
    array.SetName(channel.name)
    if channel.is_colour:
        for number, name in enumerate("RGBA"[: channel.components]):
            array.SetComponentName(number, name)
    if channel.unit:
        array.GetInformation().Set(vtkDataArray.UNITS_LABEL(), channel.unit)
    output.GetPointData().AddArray(array)
    if output.GetPointData().GetScalars() is None:
        output.GetPointData().SetActiveScalars(channel.name)

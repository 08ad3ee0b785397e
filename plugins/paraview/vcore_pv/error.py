"""The filter that compares two volumes: the difference, and the figures of `vcore compare`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError
from vcore.io.vtk import GHOSTS
from vcore.metrics import ErrorStatistics

from vcore_pv import ranks
from vcore_pv.encoding import as_text, figures_of_errors
from vcore_pv.image import add_field, add_values, make_output_like, region_of
from vcore_pv.messages import reported

TOLERANCE = 1e-5
"""Of a voxel: how far places may differ between two inputs of one grid."""
SLAB = 16
"""Planes that are compared at a time, in float64."""
COUNTED = ("count", "squared_error", "signed_error", "max_error", "minimum", "maximum")


class ErrorFilter(VTKPythonAlgorithmBase):
    """Decoded less original, and PSNR, MSE, largest error and bias over the whole extent."""

    def __init__(self) -> None:
        super().__init__(
            nInputPorts=2, nOutputPorts=1, inputType="vtkDataSet", outputType="vtkDataSet"
        )
        self._figures: dict[str, float | str] = {}

    def GetFigures(self) -> str:
        """Return the figures of the last comparison on one line."""
        return as_text(self._figures)

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Make a data object of the original's kind."""
        make_output_like(inInfo, outInfo)
        return 1

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Refuse inputs of different extents before they are decoded."""
        wholes = [i.GetInformationObject(0).Get(Pipeline.WHOLE_EXTENT()) for i in inInfo]
        if wholes[0] != wholes[1]:
            shapes = [" x ".join(str(b - a + 1) for a, b in _pairs(w)) for w in wholes]
            raise InputError(
                f"Expected two inputs on one grid. Got {shapes[0]} and {shapes[1]} points, or "
                f"different extents, instead: choose level 0 of the file, and no volume of "
                f"interest or the same."
            )
        outInfo.GetInformationObject(0).Set(vtkAlgorithm.CAN_PRODUCE_SUB_EXTENT(), 1)
        return 1

    def RequestUpdateExtent(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Ask both for what is asked for and this process's share of the whole."""
        asked = outInfo.GetInformationObject(0).Get(Pipeline.UPDATE_EXTENT())
        ghosts = outInfo.GetInformationObject(0).Get(Pipeline.UPDATE_NUMBER_OF_GHOST_LEVELS())
        for port in inInfo:
            info = port.GetInformationObject(0)
            ranks.ask(info, _needed(asked, info.Get(Pipeline.WHOLE_EXTENT())))
            info.Set(Pipeline.UPDATE_NUMBER_OF_GHOST_LEVELS(), ghosts or 0)
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Subtract, and count."""
        infos = [i.GetInformationObject(0) for i in inInfo]
        whole = infos[0].Get(Pipeline.WHOLE_EXTENT())
        asked = outInfo.GetInformationObject(0).Get(Pipeline.UPDATE_EXTENT())
        output = outInfo.GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT())
        output.Initialize()
        if whole != infos[1].Get(Pipeline.WHOLE_EXTENT()):
            return 1  # said in RequestInformation
        # an input may hand out more, which it has from another request
        original, decoded = (
            _cropped(i.Get(vtkDataObject.DATA_OBJECT()), _needed(asked, whole)) for i in infos
        )
        _check_places(original, decoded)
        output.CopyStructure(original)
        self._figures = {}
        for cells in (False, True):
            for first, second in _matches(original, decoded, cells):
                name = first.GetName()
                x, y = vtk_to_numpy(first), vtk_to_numpy(second)
                _check_shapes(name, x, y)
                wide = np.float64 if x.dtype == np.float64 else np.float32
                difference = (y.astype(np.float64) - x).astype(wide)
                add_values(output, cells, f"error of {name}", difference)
                extent = original.GetExtent()
                shape = tuple(s.stop - s.start for s in region_of(extent, cells))
                own = _own_share(extent, whole, cells)
                self._figures |= figures_of_errors(name, _statistics(x, y, shape, own))
        if not self._figures:
            raise InputError(
                "Expected arrays of one name in both inputs, or one array in each. Got none."
            )
        for name, value in self._figures.items():
            add_field(output, name, value)
        part = _cropped(output, asked)
        if part is not output:
            output.ShallowCopy(part)
        return 1


def _pairs(extent: Any) -> list[tuple[int, int]]:
    return list(zip(extent[::2], extent[1::2], strict=True))


def _union(first: Any, second: Any) -> tuple[int, ...]:
    """Return the extent around two; one of them may be empty."""
    if any(a > b for a, b in _pairs(first)):
        return tuple(second)
    if any(a > b for a, b in _pairs(second)):
        return tuple(first)
    ends = zip(_pairs(first), _pairs(second), strict=True)
    return tuple(n for (a, b), (c, d) in ends for n in (min(a, c), max(b, d)))


def _needed(asked: Any, whole: Any) -> tuple[int, ...]:
    """Return what this process reads: what is asked for, and its share of the whole."""
    return _union(asked, ranks.own_piece(whole))


def _cropped(data: Any, extent: Any) -> Any:
    """Return ``data``, or the part of it within ``extent``."""
    if tuple(data.GetExtent()) == tuple(extent):
        return data
    part = data.NewInstance()
    part.ShallowCopy(data)
    part.Crop(list(extent))
    return part


def _matches(original: Any, decoded: Any, cells: bool) -> list[tuple[Any, Any]]:
    """Return the arrays to compare: those of one name, or the only ones."""
    x, y = (_arrays(d.GetCellData() if cells else d.GetPointData()) for d in (original, decoded))
    if len(x) == len(y) == 1:
        return [(next(iter(x.values())), next(iter(y.values())))]
    return [(x[name], y[name]) for name in x if name in y]


def _arrays(attributes: Any) -> dict[str, Any]:
    arrays = [attributes.GetArray(i) for i in range(attributes.GetNumberOfArrays())]
    return {a.GetName(): a for a in arrays if a and a.GetName() not in GHOSTS}


def _check_places(original: Any, decoded: Any) -> None:
    """Raise InputError where the inputs do not lie in the same place."""
    points = original.GetNumberOfPoints(), decoded.GetNumberOfPoints()
    if points == (0, 0):
        return
    if 0 in points:
        raise InputError("Expected values in both inputs. One is empty: its message says why.")
    a, b = (np.array(d.GetBounds()) for d in (original, decoded))
    voxel = np.ptp(a.reshape(3, 2), axis=1).max() / max(max(original.GetDimensions()) - 1, 1)
    if np.abs(a - b).max() > TOLERANCE * max(voxel, np.finfo(float).tiny):
        raise InputError(
            f"Expected two inputs in one place. Got the bounds {a.tolist()} and {b.tolist()} "
            f"instead: check spacing and origin."
        )


def _check_shapes(name: str, x: NDArray[Any], y: NDArray[Any]) -> None:
    if x.shape != y.shape:
        raise InputError(
            f"Expected as many components of {name!r} in both inputs. Got {x.shape[1:] or (1,)} "
            f"and {y.shape[1:] or (1,)} instead."
        )


def _own_share(extent: Any, whole: Any, cells: bool) -> tuple[slice, ...]:
    """Return what this process counts, within ``extent``: each voxel counts in one process."""
    own, all_, here = (region_of(e, cells) for e in (ranks.own_piece(whole), whole, extent))
    found = []
    for o, a, h in zip(own, all_, here, strict=True):
        # neighbours share the points between them: the lower one leaves them to the other
        stop = o.stop if cells or o.stop == a.stop else o.stop - 1
        found.append(slice(o.start - h.start, max(stop, o.start) - h.start))
    return tuple(found)


def _statistics(
    x: NDArray[Any], y: NDArray[Any], shape: tuple[int, ...], own: tuple[slice, ...]
) -> dict[str, float]:
    """Return the figures of all processes together; ``own`` is the share of this one."""
    statistics = ErrorStatistics()
    x, y = (v.reshape(*shape, -1) for v in (x, y))
    for z in range(own[0].start, own[0].stop, SLAB):
        part = (slice(z, min(z + SLAB, own[0].stop)), *own[1:])
        statistics.add(x[part], y[part])
    every = ErrorStatistics()
    for row in ranks.all_rows([getattr(statistics, name) for name in COUNTED]):
        counted = ErrorStatistics()
        for name, value in zip(COUNTED, row.tolist(), strict=True):
            setattr(counted, name, value)
        every.include(counted)
    return {name: getattr(every, name) for name in ("psnr", "mse", "max_error", "bias")}

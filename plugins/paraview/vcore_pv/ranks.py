"""The processes that share the work: pieces, and what they tell each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkUnsignedCharArray
from vtkmodules.vtkCommonExecutionModel import vtkExtentTranslator
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline
from vtkmodules.vtkParallelCore import vtkMultiProcessController

ROOT = 0
TAG = 20_071
"""Of the messages that gather pieces; VTK's own tags are larger or small."""

Extent = Sequence[int]


def controller() -> Any:
    """Return VTK's controller of the processes, None in a program without one."""
    return vtkMultiProcessController.GetGlobalController()


def processes() -> int:
    """Return how many processes share the work."""
    found = controller()
    return found.GetNumberOfProcesses() if found else 1


def rank() -> int:
    """Return the number of this process, 0 for the root."""
    found = controller()
    return found.GetLocalProcessId() if found else ROOT


def own_piece(whole: Extent) -> tuple[int, ...]:
    """Return this process's share of an extent; neighbours share the points between them."""
    translator = vtkExtentTranslator()
    translator.SetWholeExtent(list(whole))
    translator.SetNumberOfPieces(processes())
    translator.SetPiece(rank())
    translator.SetGhostLevel(0)
    if not translator.PieceToExtent():
        return (0, -1, 0, -1, 0, -1)
    return tuple(translator.GetExtent())


def ask_share(info: Any) -> None:
    """Ask an input, where it has an extent, for this process's share of the whole."""
    if info.Has(Pipeline.WHOLE_EXTENT()):
        ask(info, own_piece(info.Get(Pipeline.WHOLE_EXTENT())))


def ask(info: Any, extent: Extent) -> None:
    """Ask an input for ``extent`` as this process's piece."""
    info.Set(Pipeline.UPDATE_EXTENT(), list(extent), 6)
    info.Set(Pipeline.UPDATE_PIECE_NUMBER(), rank())
    info.Set(Pipeline.UPDATE_NUMBER_OF_PIECES(), processes())
    info.Set(Pipeline.UPDATE_NUMBER_OF_GHOST_LEVELS(), 0)


def gathered(data: Any) -> list[Any]:
    """Return the pieces of all processes at the root, nothing elsewhere."""
    if processes() == 1:
        return [data]
    if rank() != ROOT:
        controller().Send(data, ROOT, TAG)
        return []
    others = [controller().ReceiveDataObject(number, TAG) for number in range(1, processes())]
    return [data, *others]


def broadcast(data: bytes) -> bytes:
    """Return the root's ``data`` in every process."""
    if processes() == 1:
        return data
    length = vtkDoubleArray()
    length.InsertNextValue(len(data))
    controller().Broadcast(length, ROOT)
    size = int(length.GetValue(0))
    if not size:
        return b""
    array = vtkUnsignedCharArray()
    array.SetNumberOfValues(size)
    if rank() == ROOT:
        vtk_to_numpy(array)[...] = np.frombuffer(data, np.uint8)
    controller().Broadcast(array, ROOT)
    return bytes(vtk_to_numpy(array).tobytes())


def all_rows(row: Sequence[float]) -> NDArray[np.float64]:
    """Return the rows of all processes, (processes, numbers), in every process."""
    if processes() == 1:
        return np.array([row], np.float64)
    own, every = numpy_to_vtk(np.array(row, np.float64), deep=1), vtkDoubleArray()
    controller().AllGather(own, every)
    return np.array(vtk_to_numpy(every), np.float64).reshape(processes(), -1)

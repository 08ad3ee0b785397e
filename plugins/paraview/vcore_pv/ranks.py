"""Parallel processes: pieces and communication."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkUnsignedCharArray
from vtkmodules.vtkCommonExecutionModel import vtkExtentTranslator
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline
from vtkmodules.vtkParallelCore import vtkMultiProcessController

ROOT = 0
TAG = 20_071
"""MPI tag for gathering pieces, outside the range of VTK's own tags."""

Extent = Sequence[int]


def controller() -> Any:
    """Return VTK's global multi-process controller, or None if there is none."""
    return vtkMultiProcessController.GetGlobalController()


def processes() -> int:
    """Return the number of processes."""
    found = controller()
    return found.GetNumberOfProcesses() if found else 1


def rank() -> int:
    """Return the rank of this process, 0 for the root."""
    found = controller()
    return found.GetLocalProcessId() if found else ROOT


def own_piece(whole: Extent) -> tuple[int, ...]:
    """Return this process's share of an extent; neighbours share their boundary points."""
    translator = vtkExtentTranslator()
    translator.SetWholeExtent(list(whole))
    translator.SetNumberOfPieces(processes())
    translator.SetPiece(rank())
    translator.SetGhostLevel(0)
    if not translator.PieceToExtent():
        return (0, -1, 0, -1, 0, -1)
    return tuple(translator.GetExtent())


def ask_share(info: Any, ghosts: int = 0) -> None:
    """Request this process's share of the whole from an input.

    The requested extent is that of all pieces, because VTK's pipeline splits it itself.
    """
    if info.Has(Pipeline.WHOLE_EXTENT()):
        info.Set(Pipeline.UPDATE_EXTENT(), list(info.Get(Pipeline.WHOLE_EXTENT())), 6)
    info.Set(Pipeline.UPDATE_PIECE_NUMBER(), rank())
    info.Set(Pipeline.UPDATE_NUMBER_OF_PIECES(), processes())
    info.Set(Pipeline.UPDATE_NUMBER_OF_GHOST_LEVELS(), ghosts)


def gathered(own: Any) -> list[Any]:
    """Gather the objects of all processes at the root, by rank; empty elsewhere.

    Objects are pickled, because VTK's own messages lose the direction of images and, in 5.11, the
    coordinates of rectilinear grids.
    """
    if processes() == 1:
        return [own]
    if rank() != ROOT:
        data = pickle.dumps(own, pickle.HIGHEST_PROTOCOL)
        controller().Send(_length(len(data)), ROOT, TAG)
        controller().Send(_array(data), ROOT, TAG)
        return []
    return [own, *(_received(number) for number in range(1, processes()))]


def broadcast(data: bytes) -> bytes:
    """Return the root's ``data`` in every process."""
    if processes() == 1:
        return data
    length = _length(len(data))
    controller().Broadcast(length, ROOT)
    size = int(length.GetValue(0))
    if not size:
        return b""
    array = _array(data) if rank() == ROOT else _empty(size)
    controller().Broadcast(array, ROOT)
    return bytes(vtk_to_numpy(array).tobytes())


def from_root(look: Callable[[], Any]) -> Any:
    """Call ``look`` at the root and return its result in every process."""
    return pickle.loads(broadcast(pickle.dumps(look()) if rank() == ROOT else b""))


def exchanged(own: Any) -> list[Any]:
    """Gather the objects of all processes in every process, by rank."""
    if processes() == 1:
        return [own]
    every: list[Any] = pickle.loads(broadcast(pickle.dumps(gathered(own))))
    return every


def _received(number: int) -> Any:
    length = _length(0)
    controller().Receive(length, number, TAG)
    array = _empty(int(length.GetValue(0)))
    controller().Receive(array, number, TAG)
    return pickle.loads(vtk_to_numpy(array).data)


def _length(size: int) -> Any:
    length = vtkDoubleArray()
    length.InsertNextValue(size)
    return length


def _array(data: bytes) -> Any:
    array = _empty(len(data))
    vtk_to_numpy(array)[...] = np.frombuffer(data, np.uint8)
    return array


def _empty(size: int) -> Any:
    array = vtkUnsignedCharArray()
    array.SetNumberOfValues(size)
    return array

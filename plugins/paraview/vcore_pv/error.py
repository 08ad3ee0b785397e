"""Filter that compares two volumes: their difference, and the figures of `vcore compare`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.util.vtkAlgorithm import VTKPythonAlgorithmBase
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline as Pipeline

from vcore.errors import InputError
from vcore.metrics import ErrorStatistics

from vcore_pv import ranks
from vcore_pv.encoding import figures_of_errors
from vcore_pv.image import (
    Figures,
    add_figures,
    add_values,
    as_text,
    make_output_like,
    region_of,
)
from vcore_pv.joining import around, cropped, merged
from vcore_pv.messages import reported
from vcore_pv.pieces import RECTILINEAR, Piece, piece_of

TOLERANCE = 1e-5
"""Allowed position difference between two inputs on the same grid, in voxels."""
SLAB = 16
"""Number of planes compared at a time, in float64."""
COUNTED = ("count", "squared_error", "signed_error", "max_error", "minimum", "maximum")


class ErrorFilter(VTKPythonAlgorithmBase):
    """Decoded minus original, with PSNR, MSE, maximum error and bias over the whole extent."""

    def __init__(self) -> None:
        super().__init__(
            nInputPorts=2, nOutputPorts=1, inputType="vtkDataSet", outputType="vtkDataSet"
        )
        self._figures: Figures = {}

    def GetFigures(self) -> str:
        """Return the figures of the last comparison as JSON."""
        return as_text(self._figures)

    @reported
    def RequestDataObject(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Create a data object of the original's type."""
        make_output_like(inInfo, outInfo)
        return 1

    @reported
    def RequestInformation(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Reject inputs with different extents before decoding."""
        wholes = _wholes(inInfo)
        if wholes[0] != wholes[1]:
            shapes = [" x ".join(str(b - a + 1) for a, b in _pairs(w)) for w in wholes]
            raise InputError(
                f"Expected two inputs on one grid. Got {shapes[0]} and {shapes[1]} points, or "
                f"different extents, instead: choose level 0 of the file, and no volume of "
                f"interest or the same."
            )
        return 1

    def RequestUpdateExtent(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Request this process's share of the whole from both, because figures cover all voxels."""
        ghosts = outInfo.GetInformationObject(0).Get(Pipeline.UPDATE_NUMBER_OF_GHOST_LEVELS())
        for port in inInfo:
            ranks.ask_share(port.GetInformationObject(0), ghosts or 0)
        return 1

    @reported
    def RequestData(self, request: Any, inInfo: Any, outInfo: Any) -> int:
        """Compute the difference and the error sums."""
        info = outInfo.GetInformationObject(0)
        output = info.Get(vtkDataObject.DATA_OBJECT())
        output.Initialize()
        self._figures = {}
        known = ranks.exchanged(_wholes(inInfo))
        if any(first != second for first, second in known):
            return 1  # reported in RequestInformation
        whole = around([first for first, _ in known])
        inputs = [i.GetInformationObject(0).Get(vtkDataObject.DATA_OBJECT()) for i in inInfo]
        counts: dict[str, list[float]] = {}
        wrong = ""
        try:
            pair, share = _shared([piece_of(data) for data in inputs], whole)
            if pair:
                counts = _compared(*pair, output, share, whole)
        except InputError as error:
            wrong = str(error)
        # collective call: all processes must get here, even if one failed
        every = ranks.exchanged((wrong, counts))
        wrong = next((text for text, _ in every if text), "")
        self._figures = {} if wrong else _figures([found for _, found in every])
        if not self._figures:
            output.Initialize()
            if ranks.rank() != ranks.ROOT:
                return 1
            raise InputError(
                wrong
                or "Expected arrays of one name in both inputs, or one array in each. Got none."
            )
        add_figures(output, self._figures)
        asked = info.Get(Pipeline.UPDATE_EXTENT())
        if ranks.processes() == 1 and tuple(asked) != tuple(output.GetExtent()):
            output.Crop(list(asked))
        return 1


def _wholes(inInfo: Any) -> list[tuple[int, ...]]:
    return [tuple(i.GetInformationObject(0).Get(Pipeline.WHOLE_EXTENT())) for i in inInfo]


def _pairs(extent: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(extent[::2], extent[1::2], strict=True))


def _shared(
    inputs: list[Piece], whole: tuple[int, ...]
) -> tuple[tuple[Piece, Piece] | None, tuple[int, ...]]:
    """Return the pieces compared by this process, and the extent it counts.

    Each process compares its share if both inputs are split the same way in all processes;
    otherwise the root compares the whole and the others nothing.
    """
    own = ranks.own_piece(whole)
    if all(ranks.exchanged(all(_within(own, p.extent) for p in inputs))):
        if any(a > b for a, b in _pairs(own)):
            return None, own
        common = _intersection(*(p.extent for p in inputs))
        return (cropped(inputs[0], common), cropped(inputs[1], common)), own
    gathered = [ranks.gathered(piece) for piece in inputs]
    if not gathered[0]:
        return None, own
    return (merged(gathered[0], whole), merged(gathered[1], whole)), whole


def _within(inner: Sequence[int], outer: Sequence[int]) -> bool:
    empty = any(a > b for a, b in _pairs(inner))
    ends = zip(_pairs(inner), _pairs(outer), strict=True)
    return empty or all(c <= a and b <= d for (a, b), (c, d) in ends)


def _intersection(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...]:
    ends = zip(_pairs(first), _pairs(second), strict=True)
    return tuple(n for (a, b), (c, d) in ends for n in (max(a, c), min(b, d)))


def _compared(
    original: Piece, decoded: Piece, output: Any, share: Sequence[int], whole: Sequence[int]
) -> dict[str, list[float]]:
    """Fill ``output`` with the differences; return the sums over ``share`` by array name."""
    _check_places(original, decoded)
    _place(output, original)
    counts = {}
    for cells in (False, True):
        region = region_of(original.extent, cells)
        shape = tuple(s.stop - s.start for s in region)
        own = _own_share(share, whole, original.extent, cells)
        for name, x, y in _matches(original, decoded, cells):
            _check_shapes(name, x, y)
            wide = np.float64 if x.dtype == np.float64 else np.float32
            difference = (y.astype(np.float64) - x).astype(wide)
            flat = difference[:, 0] if difference.shape[1] == 1 else difference
            add_values(output, cells, f"error of {name}", np.ascontiguousarray(flat))
            counts[name] = _counted(x, y, shape, own)
    return counts


def _place(output: Any, piece: Piece) -> None:
    """Set extent, geometry and ghosts of ``output`` to those of a piece."""
    output.SetExtent(list(piece.extent))
    if piece.kind == RECTILINEAR:
        for axis, places in zip("XYZ", piece.coordinates, strict=True):
            getattr(output, f"Set{axis}Coordinates")(numpy_to_vtk(places, deep=1))
    else:
        output.SetOrigin(piece.origin)
        output.SetSpacing(piece.spacing)
        output.SetDirectionMatrix(piece.direction.ravel().tolist())
    for attributes, ghosts in zip(
        (output.GetPointData(), output.GetCellData()), piece.ghosts, strict=True
    ):
        if ghosts is not None:
            array = numpy_to_vtk(ghosts, deep=1)
            array.SetName("vtkGhostType")
            attributes.AddArray(array)


def _matches(
    original: Piece, decoded: Piece, cells: bool
) -> list[tuple[str, NDArray[Any], NDArray[Any]]]:
    """Return the pairs of arrays to compare: those with the same name, or the only ones."""
    x, y = (p.cells if cells else p.points for p in (original, decoded))
    pairs = [(n, x[n], y[n]) for n in x if n in y]
    if len(x) == len(y) == 1:
        name, only = next(iter(x)), next(iter(y.values()))
        pairs = [(name, x[name], only)]
    return [(name, a.values, b.values) for name, a, b in pairs]


def _check_places(original: Piece, decoded: Piece) -> None:
    """Raise InputError if the points of the inputs differ in position."""
    for axis in range(3):
        a, b = original.along(axis), decoded.along(axis)
        steps = np.linalg.norm(np.diff(a, axis=0), axis=1)
        voxel = steps.min() if steps.size else np.abs(original.spacing).min()
        # positions are only as exact as floats of their magnitude
        allowed = TOLERANCE * voxel + 4 * np.spacing(np.abs(a).max())
        if np.abs(a - b).max() > allowed:
            far = np.abs(a - b).max(axis=1).argmax()
            raise InputError(
                f"Expected two inputs in one place. Got points at {a[far].tolist()} and "
                f"{b[far].tolist()}, both number {int(far)} along {'xyz'[axis]}, instead: check "
                f"spacing, origin and the order of the points."
            )


def _check_shapes(name: str, x: NDArray[Any], y: NDArray[Any]) -> None:
    if x.shape != y.shape:
        raise InputError(
            f"Expected as many components of {name!r} in both inputs. Got {x.shape[1]} and "
            f"{y.shape[1]} instead."
        )


def _own_share(
    share: Sequence[int], whole: Sequence[int], extent: Sequence[int], cells: bool
) -> tuple[slice, ...]:
    """Return the part of ``extent`` counted by this process, so that each voxel counts once."""
    own, all_, here = (region_of(e, cells) for e in (share, whole, extent))
    found = []
    for o, a, h in zip(own, all_, here, strict=True):
        # neighbours share boundary points: the lower one leaves them to the upper one
        stop = o.stop if cells or o.stop == a.stop else o.stop - 1
        found.append(slice(o.start - h.start, max(stop, o.start) - h.start))
    return tuple(found)


def _counted(
    x: NDArray[Any], y: NDArray[Any], shape: tuple[int, ...], own: tuple[slice, ...]
) -> list[float]:
    """Return the error sums of this process over its share ``own``."""
    statistics = ErrorStatistics()
    x, y = (v.reshape(*shape, -1) for v in (x, y))
    for z in range(own[0].start, own[0].stop, SLAB):
        part = (slice(z, min(z + SLAB, own[0].stop)), *own[1:])
        statistics.add(x[part], y[part])
    return [getattr(statistics, name) for name in COUNTED]


def _figures(counts: Sequence[dict[str, list[float]]]) -> Figures:
    """Return the figures from the sums of all processes."""
    figures: Figures = {}
    for name in dict.fromkeys(n for found in counts for n in found):
        every = ErrorStatistics()
        for row in (found[name] for found in counts if name in found):
            counted = ErrorStatistics()
            for key, value in zip(COUNTED, row, strict=True):
                setattr(counted, key, value)
            every.include(counted)
        reached = {key: getattr(every, key) for key in ("psnr", "mse", "max_error", "bias")}
        figures |= figures_of_errors(name, reached)
    return figures

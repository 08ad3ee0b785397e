"""VTK XML files of regular and rectilinear grids (.vti, .vtr), also in pieces (.pvti, .pvtr)."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import sidecar as extras
from vcore.io import vtk_check
from vcore.io.assemble import positive, variable
from vcore.io.formats import suffix_of
from vcore.io.lazy import CallbackArray
from vcore.io.outside import named_file
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import tidy_grid
from vcore.io.vtk_arrays import CELL, GRID_FIELDS, POINT, chosen
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)

READERS = {
    ".vti": "vtkXMLImageDataReader",
    ".vtr": "vtkXMLRectilinearGridReader",
    ".pvti": "vtkXMLPImageDataReader",
    ".pvtr": "vtkXMLPRectilinearGridReader",
}
"""VTK reader class by file suffix."""
GHOSTS = {"vtkGhostType", "vtkValidPointMask", "vtkOriginalPointIds", "vtkOriginalCellIds"}
"""Arrays added by VTK filters, not user data."""
HIDDEN = {POINT: 2, CELL: 32}
"""Flag of a blanked voxel in vtkGhostType (HIDDENPOINT, HIDDENCELL)."""


def read(source: ReadRequest) -> Volume:
    """Read point arrays and cell arrays as variables, by region; the fewer ones are on a grid of
    their own (``others``).

    The voxels of cell data are the cells: the grid's origin is the centre of the first cell.

    Raises
    ------
    InputError
        No arrays, or none that was chosen.
    """
    check_file(source.path)
    need("vtkmodules.vtkIOXML")
    vtk_check.check(source.path)
    if suffix_of(source.path) in (".pvti", ".pvtr"):
        for piece in _pieces(source):
            vtk_check.check(piece)
    with reading(source.path, "VTK file"):
        reader = _opened(source.path)
        found = _arrays(reader)
        extent = reader.GetOutputInformation(0).Get(
            need(
                "vtkmodules.vtkCommonExecutionModel"
            ).vtkStreamingDemandDrivenPipeline.WHOLE_EXTENT()
        )
        parts = [
            tuple(
                _variable(source, name, stored, *found[kind, stored], extent, kind)
                for name, stored in names.items()
            )
            for kind, names in chosen(source, _shapes(found, extent)).items()
        ]
        return _placed(source.path, _grid_alone(source.path, extent), parts)


def _pieces(source: ReadRequest) -> list[str]:
    """Return the files of the pieces; refuse those outside the folder, and missing ones."""
    with reading(source.path, "VTK file"):
        root = ElementTree.parse(source.path).getroot()
        found = [named_file(source, piece.attrib["Source"]) for piece in root.iter("Piece")]
    for path in found:
        check_file(path)
    return found


def read_object(source: ReadRequest, given: Any) -> Volume:
    """Return the volume of image data or a rectilinear grid in memory, its values not copied.

    Blanked voxels are missing. Point and cell arrays are on grids of their own.

    Raises
    ------
    InputError
        As ``read``; also integers with blanked voxels among them.
    """
    arrays = {
        (kind, name): array
        for kind in (POINT, CELL)
        for name, array in _numeric(source.path, getattr(given, f"Get{kind.title()}Data")())
    }
    found = {k: (a.GetDataType(), a.GetNumberOfComponents()) for k, a in arrays.items()}
    names = chosen(source, _shapes(found, given.GetExtent()))
    parts = [_taken(source, given, arrays, kind, own) for kind, own in names.items()]
    return _placed(source.path, given, parts)


def _taken(
    source: ReadRequest,
    given: Any,
    arrays: Mapping[tuple[str, str], Any],
    association: str,
    names: Mapping[str, str],
) -> tuple[Variable, ...]:
    """Return arrays of an object in memory as variables; ``names`` has their stored names."""
    shape = _shape(given.GetExtent(), association)
    hidden = _hidden(given, association, shape)
    variables = []
    for name, stored in names.items():
        array = arrays[association, stored]
        count = array.GetNumberOfComponents()
        values = need("vtkmodules.util.numpy_support").vtk_to_numpy(array)
        values = values.reshape(*shape, *([count] if count > 1 else []))
        labels = [array.GetComponentName(i) or "" for i in range(count)]
        made = variable(
            source,
            name,
            values if hidden is None else _blanked(source.path, name, values, hidden),
            "zyxc"[: values.ndim],
            unit=array.GetInformation().Get(array.UNITS_LABEL()) or "",
            components=labels if all(labels) else (),
            association="cell" if association == CELL else "point",
        )
        variables.append(made)
    return tuple(variables)


def _shapes(
    found: Mapping[tuple[str, str], tuple[int, int]], extent: tuple[int, ...]
) -> dict[tuple[str, str], tuple[int, ...]]:
    _shape(extent, POINT)  # of a dataset without arrays too
    return {
        (kind, name): (count, *_shape(extent, kind))[count == 1 :]
        for (kind, name), (_, count) in found.items()
    }


def _numeric(path: str, data: Any) -> Iterator[tuple[str, Any]]:
    """Yield the user's arrays of numbers and their names."""
    types = need("vtkmodules.util.numpy_support").get_vtk_to_numpy_typemap()
    for i in range(data.GetNumberOfArrays()):
        array = data.GetAbstractArray(i)
        name = array.GetName() or f"array {i}"
        if name in GHOSTS:
            continue
        if array.GetDataType() in types:
            yield name, array
        else:
            logger.warning("%s: %r (%s) is left out", path, name, array.GetClassName())


def _hidden(data: Any, association: str, shape: tuple[int, int, int]) -> NDArray[np.bool_] | None:
    """Return which voxels are blanked, None where none is."""
    kind = association.title()
    ghosts = getattr(data, f"Get{kind}Data")().GetArray("vtkGhostType")
    if not getattr(data, f"HasAnyBlank{kind}s")() or ghosts is None:
        return None
    flags = need("vtkmodules.util.numpy_support").vtk_to_numpy(ghosts).reshape(shape)
    return np.asarray((flags & HIDDEN[association]) != 0)


def _blanked(path: str, name: str, values: NDArray[Any], hidden: NDArray[np.bool_]) -> NDArray[Any]:
    if values.dtype.kind != "f":
        raise InputError(
            f"Expected floating-point values where voxels are blanked. Got {values.dtype} for "
            f"{name!r} in {path} instead: make it a float array, in which they are NaN."
        )
    values = values.copy()
    values[hidden] = np.nan
    return values


def _placed(path: str, data: Any, parts: Sequence[tuple[Variable, ...]]) -> Volume:
    """Return the volume of variables that lie on the points or cells of ``data``."""
    volumes: list[Volume] = []
    for variables in parts:
        association = variables[0].association
        grid, known, time = _geometry(path, data, association)
        shape = _shape(data.GetExtent(), association)
        if volumes:  # the rest is on the grid that was written first
            fields = {k: v for k, v in known.get("grid", {}).items() if k in GRID_FIELDS}
            known = {"grid": fields, "variables": known.get("variables", {})}
        volume = Volume(Grid(shape=shape, **grid), variables, attributes=time)
        volumes.append(extras.restore(volume, known, path))
    return replace(volumes[0], others=tuple(volumes[1:]))


def _opened(path: str) -> Any:
    """Return VTK's reader of ``path`` with the header read; raise the errors that VTK only logs."""
    io_xml = need("vtkmodules.vtkIOXML")
    reader = getattr(io_xml, READERS[suffix_of(path)])()
    if not reader.CanReadFile(os.fsencode(path)):
        raise InputError(
            f"Expected a VTK {suffix_of(path)} file at {path}. Got something else instead: the "
            f"file is damaged, cut off or of another format."
        )
    reader.vcore_errors = errors = []

    def report(_object: Any, _event: str, message: str) -> None:
        errors.append(message)

    report.CallDataType = "string0"  # type: ignore[attr-defined]
    reader.AddObserver("ErrorEvent", report)
    reader.SetFileName(os.fsencode(path))
    reader.UpdateInformation()
    _check(reader)
    return reader


def _check(reader: Any) -> None:
    if reader.vcore_errors:
        lines = [line for line in str(reader.vcore_errors[0]).splitlines() if line.strip()]
        raise ValueError(lines[-1].partition("): ")[2] or lines[-1])


def _arrays(reader: Any) -> dict[tuple[str, str], tuple[int, int]]:
    """Return VTK's type number and the number of components, by association and name."""
    data_object = need("vtkmodules.vtkCommonDataModel").vtkDataObject
    info = reader.GetOutputInformation(0)
    found = {}
    for kind, key in (
        (POINT, data_object.POINT_DATA_VECTOR()),
        (CELL, data_object.CELL_DATA_VECTOR()),
    ):
        vector = info.Get(key)
        for i in range(vector.GetNumberOfInformationObjects() if vector else 0):
            array = vector.GetInformationObject(i)
            name = array.Get(data_object.FIELD_NAME())
            if name not in GHOSTS:
                components = array.Get(data_object.FIELD_NUMBER_OF_COMPONENTS()) or 1
                found[kind, name] = (array.Get(data_object.FIELD_ARRAY_TYPE()), components)
    return found


def _shape(extent: tuple[int, ...], association: str) -> tuple[int, int, int]:
    points = [extent[2 * a + 1] - extent[2 * a] + 1 for a in (2, 1, 0)]
    if min(points) < 1:
        raise InputError(f"Expected a grid with points. Got the extent {extent} instead.")
    z, y, x = (max(n - 1, 1) if association == CELL else n for n in points)
    return z, y, x


def _variable(
    source: ReadRequest,
    name: str,
    stored: str,
    vtk_type: int,
    components: int,
    extent: tuple[int, ...],
    association: str,
) -> Variable:
    support = need("vtkmodules.util.numpy_support")
    dtype = np.dtype(support.get_vtk_to_numpy_typemap()[vtk_type])
    shape = _shape(extent, association)
    full = (*shape, components) if components > 1 else shape
    fetch = partial(_fetch, source.path, stored, association, extent, components)
    data = CallbackArray(full, dtype, fetch)
    return variable(
        source,
        name,
        data,
        "zyxc"[: len(full)],
        association="cell" if association == CELL else "point",
    )


def _fetch(
    path: str,
    name: str,
    association: str,
    extent: tuple[int, ...],
    components: int,
    region: Region,
) -> NDArray[Any]:
    """Read the values of ``region`` (z, y, x and optionally c), and as little else as possible."""
    with reading(path, "VTK file"):
        reader = _opened(path)
        for kind in (POINT, CELL):
            selection = getattr(reader, f"Get{kind.title()}DataArraySelection")()
            selection.DisableAllArrays()
            if kind == association:
                selection.EnableArray(name)
        wanted = []
        for s, low, high in zip(region[2::-1], extent[::2], extent[1::2], strict=True):
            # n points bound n - 1 cells, except along an axis of a single point
            stop = low + s.stop - (0 if association == CELL else 1)
            wanted += [low + s.start, min(stop, high)]
        reader.UpdateExtent(wanted)
        _check(reader)
        output = reader.GetOutput()
        part = output.GetExtent()
        array = getattr(output, f"Get{association.title()}Data")().GetAbstractArray(name)
        values = need("vtkmodules.util.numpy_support").vtk_to_numpy(array)
        values = values.reshape(
            *_shape(part, association), *([components] if components > 1 else [])
        )
        first = [part[2 * a] - extent[2 * a] for a in (2, 1, 0)]
        inside = [slice(s.start - f, s.stop - f) for s, f in zip(region, first, strict=False)]
        return np.array(values[(*inside, *region[3:])])


def _grid_alone(path: str, extent: tuple[int, ...]) -> Any:
    """Return the file's data object without its arrays."""
    reader = _opened(path)
    reader.GetPointDataArraySelection().DisableAllArrays()
    reader.GetCellDataArraySelection().DisableAllArrays()
    reader.UpdateExtent(extent)
    _check(reader)
    return reader.GetOutput()


def _geometry(
    path: str, output: Any, association: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the grid's fields, what vcore wrote beside them, the time as an attribute."""
    extent = output.GetExtent()
    fields = output.GetFieldData()
    known: dict[str, Any] = {}
    if (text := fields.GetAbstractArray(extras.KEY)) is not None:
        known = extras.loads(text.GetValue(0))
    time = fields.GetArray("TimeValue")
    attributes = {"time": float(time.GetTuple1(0))} if time is not None else {}
    if output.IsA("vtkRectilinearGrid"):
        axes = [_coordinates(output, a, association) for a in "ZYX"]
        if not all(np.isfinite(axis).all() for axis in axes):
            logger.warning("%s: its coordinates are not all numbers; used voxels of 1", path)
            return {}, known, attributes
        regular = Grid.from_coordinates([axis.tolist() for axis in axes])
        names = ("spacing", "origin", "direction", "coordinates")
        return {n: getattr(regular, n) for n in names}, known, attributes
    spacing = np.array(output.GetSpacing())
    vtk_matrix = output.GetDirectionMatrix()
    direction = np.array([[vtk_matrix.GetElement(i, j) for j in range(3)] for i in range(3)])
    points = np.array(extent[1::2]) - extent[::2]
    half = np.where(points > 0, 0.5, 0.0) if association == CELL else np.zeros(3)
    first = np.array(extent[::2]) + half
    origin = np.array(output.GetOrigin()) + direction @ (spacing * first)
    sizes, turned = positive(spacing[::-1].tolist(), direction[::-1, ::-1])
    grid = {"spacing": sizes, "origin": origin[::-1].tolist(), "direction": turned}
    return tidy_grid(path, grid), known, attributes


def _coordinates(output: Any, axis: str, association: str) -> NDArray[np.float64]:
    support = need("vtkmodules.util.numpy_support")
    array = support.vtk_to_numpy(getattr(output, f"Get{axis}Coordinates")())
    values = np.array(array, np.float64)
    return (values[1:] + values[:-1]) / 2 if association == CELL and values.size > 1 else values

"""Writing .vti and .vtr: appended, zlib-compressed; time series as numbered files and a .pvd."""

import logging
import os
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import sidecar as extras
from vcore.io.formats import suffix_of
from vcore.io.lazy import TransposedArray
from vcore.io.request import need
from vcore.io.vtk_arrays import CELL, GRID_FIELDS, at_points_and_cells
from vcore.io.write_slabs import Tick
from vcore.model.grid import Grid, unwrapped
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)


def output_names(volume: Volume, name: str) -> list[str]:
    """Return the names of the files written for ``volume`` as ``name``, the index last."""
    frames = _frames(volume)
    if suffix_of(name) not in {".vti", ".vtr"} or not frames:
        return [name]
    stem, suffix = os.path.splitext(name)
    digits = max(4, len(str(frames - 1)))
    return [*(f"{stem}_{t:0{digits}d}{suffix}" for t in range(frames)), f"{stem}.pvd"]


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write all variables with one frame in memory; float16, unsupported by VTK, as float32.

    A .vti file holds variables at the points and at the cells of its grid.
    """
    need("vtkmodules.vtkIOXML")
    if len({v.association for v in volume.variables}) > 1:
        raise InputError(
            "Expected variables on the points or on the cells. Got both instead: write them to two "
            "files, with volume.select."
        )
    if suffix_of(path) == ".vtr":
        volume = rising(volume)
    elif volume.grid.coordinates is not None:
        raise InputError(
            "Expected a regular grid for a .vti file. Got a rectilinear one instead: write a .vtr "
            "file."
        )
    volume = at_points_and_cells(volume) or volume
    folder = os.path.dirname(path)
    paths = [os.path.join(folder, n) for n in output_names(volume, os.path.basename(path))]
    frames = _frames(volume)
    if not frames:
        time = volume.attributes.get("time")
        _write_frame(volume, None, time if isinstance(time, float | int) else None, path, tick)
        return paths
    times = volume.grid.times or tuple(float(t) for t in range(frames))
    for t, frame_path in enumerate(paths[:-1]):
        _write_frame(volume, t, times[t], frame_path, tick)
    with open(paths[-1], "w", encoding="utf-8") as file:
        file.write(_collection(paths[:-1], times))
    return paths


def rising(volume: Volume) -> Volume:
    """Return the volume with increasing coordinates, as VTK's rectilinear grids require.

    Falling axes are reversed together with their values; multiples of 360 degrees are added to
    longitudes that wrap.

    Raises
    ------
    InputError
        Coordinates are not monotonic, or the grid is rotated.
    """
    grid = volume.grid
    if not (np.abs(grid.direction) == np.eye(3)).all():
        return volume  # in the extra metadata: a .vtr file has no direction
    signs = np.diag(np.asarray(grid.direction, float))
    axes = [
        grid.origin[i] + signs[i] * grid.spacing[i] * np.arange(grid.shape[i])
        if grid.coordinates is None
        else unwrapped(np.array(grid.coordinates[i]))
        for i in range(3)
    ]
    turned = ""
    for letter, name, axis in zip("zyx", grid.axis_names, axes, strict=True):
        if axis is None:
            raise InputError(
                f"Expected coordinates that rise or fall along each axis for a .vtr file. Those of "
                f"{name} do neither: write OME-Zarr, which keeps the order."
            )
        turned += letter if len(axis) > 1 and axis[0] > axis[-1] else ""
    centres = [
        axis[::-1] if letter in turned else axis
        for letter, axis in zip("zyx", axes, strict=True)
        if axis is not None
    ]
    if not turned and grid.coordinates is None:
        return volume
    units: dict[str, Any] = {n: getattr(grid, n) for n in (*GRID_FIELDS, "times")}
    placed = Grid.from_coordinates([c.tolist() for c in centres], **units)
    variables = tuple(
        replace(v, data=TransposedArray(v.data, "".join(v.axes), "".join(v.axes), turned))
        for v in volume.variables
    )
    return Volume(placed, variables, volume.source, volume.attributes)


def _frames(volume: Volume) -> int:
    return max((v.length("t") for v in volume.variables if "t" in v.axes), default=0)


def _write_frame(volume: Volume, t: int | None, time: float | None, path: str, tick: Tick) -> None:
    io_xml = need("vtkmodules.vtkIOXML")
    rectilinear = suffix_of(path) == ".vtr"
    cells = volume.variables[0].association == CELL
    data = _rectilinear(volume.grid, cells) if rectilinear else _image(volume.grid, cells)
    kept = []  # references: VTK does not copy arrays passed to it
    for part in volume.parts:
        of_cells = part.variables[0].association == CELL
        attributes = data.GetCellData() if of_cells else data.GetPointData()
        for variable in part.variables:
            values = _values(variable, t)
            kept.append(values)
            attributes.AddArray(_array(variable, values))
        attributes.SetActiveScalars(part.variables[0].name)
    _add_fields(volume, time, rectilinear, cells, data.GetFieldData())
    writer = getattr(
        io_xml, "vtkXMLRectilinearGridWriter" if rectilinear else "vtkXMLImageDataWriter"
    )()
    writer.SetFileName(os.fsencode(path))
    writer.SetInputData(data)
    writer.SetDataModeToAppended()
    writer.EncodeAppendedDataOff()
    writer.SetCompressorTypeToZLib()
    writer.SetHeaderTypeToUInt64()
    for part in (writer, writer.GetExecutive()):  # otherwise VTK prints its errors
        part.AddObserver("ErrorEvent", lambda *_: None)
    if not writer.Write() or writer.GetErrorCode():
        raise OSError(f"VTK could not write it (error {writer.GetErrorCode()})")
    for values in kept:
        tick(values.size)


def _values(variable: Variable, t: int | None) -> NDArray[Any]:
    """Return a frame's values, with components last as in VTK."""
    region = [slice(0, n) for n in variable.shape]
    if "t" in variable.axes and t is not None:
        region[0] = slice(t, t + 1)
    values = variable.read(tuple(region))
    if "t" in variable.axes:
        values = values[0]
    if "c" in variable.axes:
        values = np.moveaxis(values, 0, -1)
    if values.dtype == np.float16:
        logger.info("%s: float16 is written as float32, VTK has no half precision", variable.name)
        values = values.astype(np.float32)
    return np.ascontiguousarray(values)


def _array(variable: Variable, values: NDArray[Any]) -> Any:
    support = need("vtkmodules.util.numpy_support")
    components = variable.length("c")
    array = support.numpy_to_vtk(
        values.reshape(-1, components) if components > 1 else values.ravel()
    )
    array.SetName(variable.name)
    for i, name in enumerate(variable.components):
        array.SetComponentName(i, name)
    return array


def _image(grid: Grid, cells: bool) -> Any:
    image = need("vtkmodules.vtkCommonDataModel").vtkImageData()
    spacing, direction = np.array(grid.spacing), np.asarray(grid.direction, float)
    origin = np.array(grid.origin)
    if cells:  # VTK's origin is the corner of the first voxel
        origin = origin - direction @ (spacing / 2)
    image.SetDimensions([n + cells for n in grid.shape[::-1]])
    image.SetSpacing(spacing[::-1].tolist())
    image.SetOrigin(origin[::-1].tolist())
    image.SetDirectionMatrix(direction[::-1, ::-1].ravel().tolist())
    return image


def _rectilinear(grid: Grid, cells: bool) -> Any:
    support = need("vtkmodules.util.numpy_support")
    data = need("vtkmodules.vtkCommonDataModel").vtkRectilinearGrid()
    data.SetDimensions([n + cells for n in grid.shape[::-1]])
    for i, axis in enumerate("ZYX"):
        if grid.coordinates is not None:
            centres = np.array(grid.coordinates[i], np.float64)
        else:
            centres = grid.origin[i] + grid.spacing[i] * np.arange(grid.shape[i], dtype=np.float64)
        values = edges(centres, grid.spacing[i]) if cells else centres
        getattr(data, f"Set{axis}Coordinates")(support.numpy_to_vtk(values, deep=True))
    return data


def edges(centres: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Return cell edges, including both ends, from cell centres."""
    if centres.size == 1:
        return np.array([centres[0] - step / 2, centres[0] + step / 2])
    between = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - between[0]], between, [2 * centres[-1] - between[-1]]])


def _add_fields(
    volume: Volume, time: float | None, rectilinear: bool, cells: bool, fields: Any
) -> None:
    core = need("vtkmodules.vtkCommonCore")
    kept = [*GRID_FIELDS]
    kept += ["direction"] if rectilinear else []
    # centres of uneven cells cannot be recovered from their edges
    kept += ["coordinates", "spacing", "origin"] if rectilinear and cells else []
    if known := extras.describe(volume, kept):
        text = core.vtkStringArray()
        text.SetName(extras.KEY)
        text.InsertNextValue(extras.dumps(known))
        fields.AddArray(text)
    if time is not None:
        value = core.vtkDoubleArray()
        value.SetName("TimeValue")
        value.InsertNextValue(time)
        fields.AddArray(value)


def _collection(paths: list[str], times: tuple[float, ...]) -> str:
    sets = "".join(
        f'    <DataSet timestep={quoteattr(repr(float(time)))} part="0" '
        f"file={quoteattr(os.path.basename(path))}/>\n"
        for path, time in zip(paths, times, strict=True)
    )
    return (
        '<?xml version="1.0"?>\n<VTKFile type="Collection" version="0.1">\n  <Collection>\n'
        f"{sets}  </Collection>\n</VTKFile>\n"
    )

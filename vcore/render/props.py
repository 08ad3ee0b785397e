"""VTK props of a frame: meshes of isosurfaces and slices, a ray-cast volume."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import infill
from vcore.render.looks import AXES, Colour
from vcore.render.placement import Placement
from vcore.render.transfer import TransferFunction

STEP = 0.5
"""Distance between samples of a ray, relative to the smallest voxel spacing."""
MISSING = "missing"
"""Name of the array that is 1 at missing voxels and 0 elsewhere."""


def unit_distance(placement: Placement) -> float:
    """Return the distance over which a transfer function's opacity applies, as ParaView sets it:
    the diagonal over the cube root of the number of voxels."""
    extent = np.ptp(placement.corners @ placement.pose[:3, :3], axis=0)
    diagonal = float(np.linalg.norm(extent))
    return float(diagonal / np.prod(placement.shape, dtype=float) ** (1 / 3))


def surfaces(
    values: NDArray[Any], placement: Placement, isovalues: Sequence[tuple[float, Colour]]
) -> list[Any]:
    """Return an actor for each isovalue; surfaces end one voxel before missing ones."""
    core = import_module("vtkmodules.vtkFiltersCore")
    rendering = import_module("vtkmodules.vtkRenderingCore")
    image, holes = _image(values, placement)
    actors = []
    for value, colour in isovalues:
        contour = core.vtkFlyingEdges3D()
        contour.SetInputData(image)
        contour.SetValue(0, value)
        contour.ComputeNormalsOn()
        contour.SetInterpolateAttributes(holes is not None)
        contour.Update()
        mesh = contour.GetOutput()
        if holes is not None:
            mesh = _without_holes(mesh)
        mapper = rendering.vtkPolyDataMapper()
        mapper.SetInputData(mesh)
        mapper.ScalarVisibilityOff()
        actor = rendering.vtkActor()
        actor.SetMapper(mapper)
        look = actor.GetProperty()
        look.SetColor(*colour)
        look.SetAmbient(0.15)
        look.SetDiffuse(0.85)
        look.SetSpecular(0.2)
        look.SetSpecularPower(30)
        actor.SetUserMatrix(_matrix(placement))
        actors.append(actor)
    return actors


def cloud(
    values: NDArray[Any],
    placement: Placement,
    function: TransferFunction,
    *,
    unit: float,
    shade: bool,
) -> Any:
    """Return the ray-cast volume; missing voxels are transparent.

    Parameters
    ----------
    unit
        Distance over which the function's opacities apply, in world units.
    """
    opengl = import_module("vtkmodules.vtkRenderingVolumeOpenGL2")
    rendering = import_module("vtkmodules.vtkRenderingCore")
    image, holes = _image(values, placement)
    mapper = opengl.vtkOpenGLGPUVolumeRayCastMapper()
    mapper.SetInputData(image)
    mapper.SetAutoAdjustSampleDistances(0)
    mapper.SetSampleDistance(STEP * float(placement.spacing.min()))
    mapper.UseJitteringOff()
    if holes is not None:
        mask, _ = _image(np.where(holes, 0, 255).astype(np.uint8), placement)
        mapper.SetMaskInput(mask)
        mapper.SetMaskTypeToBinary()
    look = rendering.vtkVolumeProperty()
    look.SetColor(function.vtk_colours())
    look.SetScalarOpacity(function.vtk_opacities())
    look.SetScalarOpacityUnitDistance(unit)
    look.SetInterpolationTypeToLinear()
    look.SetShade(shade)
    look.SetAmbient(0.3)
    look.SetDiffuse(0.8)
    look.SetSpecular(0.15)
    look.SetSpecularPower(20)
    volume = rendering.vtkVolume()
    volume.SetMapper(mapper)
    volume.SetProperty(look)
    volume.SetUserMatrix(_matrix(placement))
    return volume


def slices(
    values: NDArray[Any],
    placement: Placement,
    positions: Sequence[tuple[str, float]],
    function: TransferFunction,
) -> list[Any]:
    """Return an actor for each axis and position; squares with a missing corner are left out."""
    rendering = import_module("vtkmodules.vtkRenderingCore")
    table, actors = function.vtk_colours(), []
    for name, position in positions:
        mapper = rendering.vtkPolyDataMapper()
        mapper.SetInputData(_plane(values, placement, AXES.index(name), position))
        mapper.SetLookupTable(table)
        mapper.UseLookupTableScalarRangeOn()
        mapper.InterpolateScalarsBeforeMappingOn()
        actor = rendering.vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().LightingOff()
        actor.SetUserMatrix(_matrix(placement))
        actors.append(actor)
    return actors


def _plane(values: NDArray[Any], placement: Placement, axis: int, position: float) -> Any:
    """Return the mesh across an axis, with a value at each point; an axis of one voxel is as wide
    as this voxel."""
    last = placement.shape[2 - axis] - 1
    below = min(int(position * last), max(last - 1, 0))
    weight = position * last - below
    plane = values.take(below, 2 - axis).astype(np.float32)
    if weight:
        plane = plane * (1 - weight) + values.take(below + 1, 2 - axis) * weight
    across, along = (a for a in range(3) if a != axis)  # x y z: columns, rows
    at = [np.arange(n, dtype=float) if n > 1 else np.array([-0.5, 0.5]) for n in plane.shape]
    plane = plane.repeat(2, 0) if plane.shape[0] == 1 else plane
    plane = plane.repeat(2, 1) if plane.shape[1] == 1 else plane
    points = np.empty((*plane.shape, 3))
    points[..., axis] = position * last
    points[..., along], points[..., across] = at[0][:, None], at[1]
    number = np.arange(plane.size).reshape(plane.shape)
    corners = (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1])
    squares = np.stack(corners, -1).reshape(-1, 4)
    flat = plane.ravel()
    squares = squares[np.isfinite(flat)[squares].all(1)]
    support = import_module("vtkmodules.util.numpy_support")
    mesh = import_module("vtkmodules.vtkCommonDataModel").vtkPolyData()
    places = import_module("vtkmodules.vtkCommonCore").vtkPoints()
    places.SetData(support.numpy_to_vtk(points.reshape(-1, 3) * placement.spacing, deep=1))
    mesh.SetPoints(places)
    mesh.SetPolys(_cells(squares))
    mesh.GetPointData().SetScalars(support.numpy_to_vtk(np.nan_to_num(flat), deep=1))
    return mesh


def _cells(corners: NDArray[np.integer[Any]]) -> Any:
    """Return the vtkCellArray of polygons, shape (n, corners)."""
    support = import_module("vtkmodules.util.numpy_support")
    cells = import_module("vtkmodules.vtkCommonDataModel").vtkCellArray()
    offsets = np.arange(0, corners.size + 1, corners.shape[1], dtype=np.int64)
    cells.SetData(
        support.numpy_to_vtkIdTypeArray(offsets, deep=1),
        support.numpy_to_vtkIdTypeArray(corners.astype(np.int64).ravel(), deep=1),
    )
    return cells


def _image(values: NDArray[Any], placement: Placement) -> tuple[Any, NDArray[np.bool_] | None]:
    """Return vtkImageData of the samples, missing ones infilled, and a mask of these, if any."""
    support = import_module("vtkmodules.util.numpy_support")
    image = import_module("vtkmodules.vtkCommonDataModel").vtkImageData()
    image.SetDimensions(*placement.shape[::-1])
    image.SetSpacing(*placement.spacing)
    holes = ~np.isfinite(values) if values.dtype.kind == "f" else None
    if holes is not None and not holes.any():
        holes = None
    if holes is not None:
        present = values[~holes]
        values = values.copy()
        infill(values, holes, float(present.mean()) if present.size else 0.0)
        array = support.numpy_to_vtk(holes.astype(np.float32).ravel(), deep=1)
        array.SetName(MISSING)
        image.GetPointData().AddArray(array)
    array = support.numpy_to_vtk(np.ascontiguousarray(values).ravel(), deep=1)
    array.SetName("values")
    image.GetPointData().SetScalars(array)
    return image, holes


def _without_holes(mesh: Any) -> Any:
    """Return the triangles none of whose points lies on an edge with a missing voxel."""
    support = import_module("vtkmodules.util.numpy_support")
    missing = mesh.GetPointData().GetArray(MISSING)
    if missing is None or not mesh.GetNumberOfPolys():
        return mesh
    triangles = support.vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    kept = triangles[~(support.vtk_to_numpy(missing) > 0)[triangles].any(1)]
    mesh.SetPolys(_cells(kept))
    return mesh


def _matrix(placement: Placement) -> Any:
    matrix = import_module("vtkmodules.vtkCommonMath").vtkMatrix4x4()
    for i in range(4):
        for j in range(4):
            matrix.SetElement(i, j, float(placement.pose[i, j]))
    return matrix

"""VTK props of a frame: meshes of isosurfaces, a ray-cast volume, textured slices."""

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
    """Return a textured rectangle for each axis and position, transparent where missing."""
    table = function.vtk_colours()
    return [_slice(values, placement, axis, position, table) for axis, position in positions]


def _slice(
    values: NDArray[Any], placement: Placement, name: str, position: float, table: Any
) -> Any:
    rendering = import_module("vtkmodules.vtkRenderingCore")
    axis = AXES.index(name)
    last = placement.shape[2 - axis] - 1
    below = min(int(position * last), max(last - 1, 0))
    weight = position * last - below
    plane = values.take(below, 2 - axis).astype(np.float32)
    if weight:
        plane = plane * (1 - weight) + values.take(below + 1, 2 - axis) * weight
    there = np.isfinite(plane)
    pixels = np.zeros((*plane.shape, 4), np.uint8)
    pixels[..., :3] = _mapped(np.where(there, plane, 0), table)
    pixels[..., 3] = 255 * there
    texture = rendering.vtkTexture()
    texture.SetInputDataObject(_picture(pixels * there[..., None]))
    texture.InterpolateOn()
    texture.EdgeClampOn()
    source = import_module("vtkmodules.vtkFiltersSources").vtkPlaneSource()
    right, up = (a for a in range(3) if a != axis)
    corner = np.zeros(3)
    corner[axis] = position * last
    counts = np.array(placement.shape[::-1])
    half = np.where(np.arange(3) == axis, 0.0, 0.5)  # slices show whole voxels
    ends = []
    for moved in (None, right, up):
        point = corner - half
        if moved is not None:
            point[moved] += counts[moved]
        ends.append(point * placement.spacing)
    source.SetOrigin(*ends[0])
    source.SetPoint1(*ends[1])
    source.SetPoint2(*ends[2])
    mapper = rendering.vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = rendering.vtkActor()
    actor.SetMapper(mapper)
    actor.SetTexture(texture)
    actor.GetProperty().LightingOff()
    actor.ForceOpaqueOn()
    actor.SetUserMatrix(_matrix(placement))
    return actor


def _mapped(plane: NDArray[np.float32], table: Any) -> NDArray[np.uint8]:
    """Return the colours of ``plane``, shape (y, x, 3)."""
    support = import_module("vtkmodules.util.numpy_support")
    flat = support.numpy_to_vtk(np.ascontiguousarray(plane).ravel(), deep=1)
    colours = support.vtk_to_numpy(table.MapScalars(flat, 0, -1))
    found: NDArray[np.uint8] = colours.reshape(*plane.shape, -1)[..., :3]
    return found


def _picture(pixels: NDArray[np.uint8]) -> Any:
    support = import_module("vtkmodules.util.numpy_support")
    image = import_module("vtkmodules.vtkCommonDataModel").vtkImageData()
    image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
    image.GetPointData().SetScalars(support.numpy_to_vtk(pixels.reshape(-1, 4), deep=1))
    return image


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
    model = import_module("vtkmodules.vtkCommonDataModel")
    missing = mesh.GetPointData().GetArray(MISSING)
    if missing is None or not mesh.GetNumberOfPolys():
        return mesh
    triangles = support.vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    kept = triangles[~(support.vtk_to_numpy(missing) > 0)[triangles].any(1)]
    cells = model.vtkCellArray()
    offsets = np.arange(0, 3 * len(kept) + 1, 3, dtype=np.int64)
    cells.SetData(
        support.numpy_to_vtkIdTypeArray(offsets, deep=1),
        support.numpy_to_vtkIdTypeArray(kept.astype(np.int64).ravel(), deep=1),
    )
    mesh.SetPolys(cells)
    return mesh


def _matrix(placement: Placement) -> Any:
    matrix = import_module("vtkmodules.vtkCommonMath").vtkMatrix4x4()
    for i in range(4):
        for j in range(4):
            matrix.SetElement(i, j, float(placement.pose[i, j]))
    return matrix

"""Mesh of a scene: the surface of a density, by marching cubes in slabs of bounded memory."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.metrics._extra import metrics_extra
from vcore.model.context import Context
from vcore.scenes.field import RadianceField
from vcore.scenes.volume import block, grid_of

SLAB_VOXELS = 1 << 21
"""Voxels of a slab."""


class Mesh(NamedTuple):
    """Triangles.

    Attributes
    ----------
    vertices
        (n, 3) float32, x y z in world units.
    triangles
        (m, 3) int64, indices of vertices, counterclockwise seen from outside.
    colours
        (n, 3) uint8.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int64]
    colours: NDArray[np.uint8]


def mesh_of(
    field: RadianceField, density: float, resolution: int, context: Context | None = None
) -> Mesh:
    """Return the surface where the density is ``density``, empty if there is none.

    Marching cubes (Lorensen and Cline 1987, in the variant of Lewiner et al. 2003) over slabs that
    share their last layer; vertices there are merged.

    Parameters
    ----------
    density
        Density per world unit.
    resolution
        Voxels along the longest side of the bounds.

    Raises
    ------
    InputError
        The density or the resolution is impossible.
    MissingExtraError
        scikit-image is not installed.
    """
    if not 0 < density < math.inf:
        raise InputError(
            f"Expected a positive density of the surface. Got {density!r:.40} instead."
        )
    measure = metrics_extra("skimage.measure", "meshes")
    context = context or Context()
    grid = grid_of(field, resolution)
    depth, height, width = grid.shape
    rows = max(2, SLAB_VOXELS // (height * width))
    parts: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int64]] = []
    count = 0
    last: NDArray[np.float32] | None = None
    for start in range(0, depth, rows):
        context.report("meshing", start / depth)
        region = (slice(start, min(start + rows, depth)), slice(0, height), slice(0, width))
        values = block(field, grid, region)[0]
        if last is not None:
            values, start = np.concatenate([last[None], values]), start - 1
        last = values[-1]
        if len(values) < 2 or not values.min() < density < values.max():
            continue
        found, triangles, _, _ = measure.marching_cubes(values.astype(np.float64), density)
        parts.append(found + np.array([start, 0, 0]))
        faces.append(triangles.astype(np.int64) + count)
        count += len(found)
    if not parts:
        none = np.zeros((0, 3))
        return Mesh(none.astype(np.float32), none.astype(np.int64), none.astype(np.uint8))
    corners, joined = _merged(np.concatenate(parts), np.concatenate(faces))
    places = (np.asarray(grid.origin) + np.asarray(grid.spacing) * corners)[:, ::-1]
    rgb = field.sample(places)[1]
    colours = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    return Mesh(places.astype(np.float32), joined, colours)


def _merged(
    corners: NDArray[np.float64], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Merge vertices at the same place, as slabs have both those of their common layer."""
    keys = np.rint(corners * 4096).astype(np.int64)
    _, first, back = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    joined = back.reshape(-1)[triangles]
    whole = (joined[:, 0] != joined[:, 1]) & (joined[:, 1] != joined[:, 2])
    whole &= joined[:, 0] != joined[:, 2]
    return corners[first], joined[whole]

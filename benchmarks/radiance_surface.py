"""Splats on the surface of a trained network: a large scene without hours of fitting.

A flat splat for each vertex of the mesh, with harmonics by the colours that the network has from
the side of the vertex that is outside. A short fit to images makes them what a fit leaves: of many
sizes, some faint, some hidden.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.scenes.mesh import mesh_of
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.splats.harmonics import basis
from vcore.scenes.methods.splats.model import Splats, logit, quaternions_of

DENSITY = 50.0
DIRECTIONS = 24
"""Directions of view by which harmonics are found."""
SPREAD, THICKNESS = 0.6, 0.15
"""Standard deviations along and across the surface, in voxels."""
OPACITY = 0.9
RIDGE = 0.3
"""Weight of small harmonics against the colours, in directions."""
PART = 8192


def splats_on(field: NerfField, resolution: int, degree: int) -> Splats:
    """Return a splat for each vertex of the mesh at a resolution."""
    mesh = mesh_of(field, DENSITY, resolution)
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(mesh.vertices), 3))
    for k in range(3):
        np.add.at(normals, mesh.triangles[:, k], faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    normals[np.abs(normals).sum(1) < 0.5] = (0, 0, 1)
    aside = np.where(np.abs(normals[:, :1]) < 0.7, [[1.0, 0, 0]], [[0, 1.0, 0]])
    first = np.cross(normals, aside)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    axes = np.stack([first, np.cross(normals, first), normals], axis=2)
    voxel = float(field.bounds.extent.max()) / resolution
    count = len(mesh.vertices)
    sizes = np.log(voxel * np.array([SPREAD, SPREAD, THICKNESS])).astype(np.float32)
    return Splats(
        mesh.vertices,
        np.tile(sizes, (count, 1)),
        quaternions_of(axes),
        logit(np.full(count, OPACITY)),
        _harmonics(field, mesh.vertices, normals, degree),
    )


def _harmonics(
    field: NerfField, points: NDArray[np.float32], normals: NDArray[np.float64], degree: int
) -> NDArray[np.float32]:
    """Return the harmonics nearest to the colours in directions that see the front."""
    heights = 1 - 2 * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    turns = np.arange(DIRECTIONS) * np.pi * (3 - 5**0.5)
    flat = np.sqrt(1 - heights**2)
    seen = np.stack([flat * np.cos(turns), flat * np.sin(turns), heights], 1)
    network, functions = field.network, basis(seen, degree).astype(np.float64)
    directed = network.directed(seen)
    found = []
    for start in range(0, len(points), PART):
        part = slice(start, start + PART)
        hidden = network.trunk(np.asarray(points[part], np.float32))[1]
        rays = np.zeros(len(hidden), np.int64)
        colours = np.stack([network.colour(hidden, rays + k, directed) for k in range(len(seen))])
        front = (normals[part] @ seen.T < 0).astype(np.float64)
        products = np.einsum("nd,dc,de->nce", front, functions, functions)
        ridge = np.full(functions.shape[1], RIDGE)
        ridge[0] = 1e-3
        products += np.diag(ridge)
        sums = np.einsum("nd,dc,dnk->nck", front, functions, colours - 0.5)
        found.append(np.linalg.solve(products, sums))
    return np.concatenate(found).astype(np.float32)

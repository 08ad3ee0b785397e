"""Normals of rendered surfaces: the direction in which the density falls."""

import numpy as np

from vcore.scenes.cameras import Camera
from vcore.scenes.field import Floats, RadianceField, View

SHARE = 1 / 256
"""Distance of the compared densities, as a share of the longest side of the bounds."""


def normals_of(field: RadianceField, camera: Camera, view: View) -> Floats:
    """Return the normals of what ``camera`` sees.

    Parameters
    ----------
    view
        What ``field`` renders for ``camera``.

    Returns
    -------
    (height, width, 3) float32 of unit length in world coordinates, turned to the camera; NaN where
    nothing is seen.
    """
    origins, directions = camera.rays()
    seen = np.isfinite(view.depth)
    points = origins[seen] + directions[seen] * view.depth[seen][:, None]
    offset = float(field.bounds.extent.max()) * SHARE
    gradient = np.empty((len(points), 3), np.float32)
    for axis in range(3):
        moved = np.zeros(3)
        moved[axis] = offset
        after, before = field.sample(points + moved)[0], field.sample(points - moved)[0]
        gradient[:, axis] = after - before
    lengths = np.linalg.norm(gradient, axis=-1, keepdims=True)
    towards = -directions[seen] / np.linalg.norm(directions[seen], axis=-1, keepdims=True)
    normals = np.where(lengths > 0, -gradient / np.where(lengths > 0, lengths, 1), towards)
    normals *= np.where(np.sum(normals * towards, -1, keepdims=True) < 0, -1, 1)
    found = np.full((*camera.size, 3), np.nan, np.float32)
    found[seen] = normals
    return found

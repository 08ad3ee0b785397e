"""Rays through pixels, points at depths, and values at points."""

import numpy as np
from numpy.typing import NDArray

from vcore.render.views import View


def rays(view: View, pose: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ray through the centre of each pixel, in the world.

    Returns
    -------
    start
        Point at depth 0, shape (y, x, 3).
    across
        Movement per unit of depth, the same shape.
    """
    height, width = view.size
    camera = view.camera
    half = camera.parallel_scale
    if camera.view_angle:
        half = float(np.tan(np.radians(camera.view_angle) / 2))
    right = ((np.arange(width) + 0.5) * 2 / width - 1) * half * width / height
    up = (1 - (np.arange(height) + 0.5) * 2 / height) * half
    offset = np.zeros((height, width, 3))
    offset[..., 0], offset[..., 1] = right, up[:, None]
    rotation = pose[:3, :3]
    eye = np.broadcast_to(-rotation.T @ pose[:3, 3], offset.shape)
    ahead = np.broadcast_to(-rotation[2], offset.shape)
    if camera.view_angle:
        return eye, ahead + offset @ rotation
    return eye + offset @ rotation, ahead


def unprojected(
    depth: NDArray[np.float32], view: View, pose: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the point of the world at each pixel, shape (y, x, 3); NaN where ``depth`` is."""
    start, across = rays(view, pose)
    points: NDArray[np.float64] = start + across * depth[..., None]
    return points


def sampled(values: NDArray[np.generic], points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return trilinearly interpolated values.

    Parameters
    ----------
    values
        Samples along z, y, x.
    points
        Positions in sample indices x, y, z, shape (..., 3); clamped to the samples, NaN gives NaN.
    """
    absent = np.asarray(~np.isfinite(points).all(-1))
    limits = np.array(values.shape[::-1]) - 1
    at = np.clip(np.where(absent[..., None], 0, points), 0, limits)
    below = np.minimum(at.astype(np.intp), np.maximum(limits - 1, 0))
    above = np.minimum(below + 1, limits)
    weight = at - below
    total = np.zeros(points.shape[:-1])
    for corner in np.ndindex(2, 2, 2):
        high = np.array(corner, bool)
        index = np.where(high, above, below)
        share = np.where(high, weight, 1 - weight).prod(-1)
        found = values[index[..., 2], index[..., 1], index[..., 0]].astype(np.float64)
        # a missing sample without weight does not count
        total += np.where(share > 0, found, 0) * share
    total[absent] = np.nan
    return total.astype(np.float32)

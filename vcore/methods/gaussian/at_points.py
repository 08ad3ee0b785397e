"""Sum of Gaussians, and its gradient, at points anywhere."""

import numpy as np

from vcore.methods.gaussian import splat
from vcore.methods.gaussian.mixture import CUTOFF, Array, Sampled

SIDE = 4.0
"""Minimum side in voxels of the cells into which points are sorted."""
MAX_CELLS = 64
"""Maximum number of cells along an axis."""


def sums(sampled: Sampled, points: Array, *, gradient: bool) -> tuple[Array, Array | None]:
    """Return the sums of the Gaussians at ``points``, (n, channels), and their derivatives,
    (n, channels, 3), if asked for.

    Parameters
    ----------
    points
        z y x in voxels of ``sampled``, (n, 3).
    """
    channels = sampled.weights.shape[1]
    values = np.zeros((len(points), channels))
    slopes = np.zeros((len(points) if gradient else 0, channels, 3))
    if len(points):
        low, high = points.min(0), points.max(0)
        side = np.maximum((high - low) / (MAX_CELLS - 1), SIDE)
        place = ((points - low) // side).astype(np.intp)
        counts = place.max(0) + 1
        cell = np.ravel_multi_index(tuple(place.T), tuple(counts))
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(counts.prod() + 1))
        reach = sampled.shapes[:, splat.REACH_Z :]
        touched = np.isfinite(sampled.weights).all(1) & (reach < splat.FAR).all(1)
        touched &= ((sampled.centres + reach >= low) & (sampled.centres - reach <= high)).all(1)
        which = np.nonzero(touched)[0]
        splat.add_at(
            *(values, slopes, points, order, starts, low, side, counts),
            *(which, *sampled.arrays, CUTOFF),
        )
    return values, slopes if gradient else None

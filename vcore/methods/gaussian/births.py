"""Births: positions and scales at which new Gaussians reduce the error most.

The residual is filtered with an isotropic Gaussian at every level. The filter response r gives the
optimal weight at a position, and r**2 the reduction of the squared error. Candidates are the local
maxima of all levels; they are accepted in order of falling gain, each suppressing weaker ones
nearby.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian import image_ops, resample
from vcore.methods.gaussian.mixture import Mixture
from vcore.runtime.executor import run_all, threads

Volume = NDArray[np.float32]

RADIUS = 3
FILTER = np.exp(-0.5 * np.arange(-RADIUS, RADIUS + 1, dtype=np.float32) ** 2)
"""Gaussian of scale 1 voxel of its level, the narrowest that is sampled well."""
COARSEST_SIDE = 8
"""Maximum voxels along each axis of the coarsest level."""
CANDIDATES = 8
"""Candidates examined per level for each Gaussian requested; most are suppressed."""


def births(
    residual: Volume, count: int, worth: list[Volume] | None
) -> tuple[Mixture, NDArray[np.float64]]:
    """Return at most ``count`` isotropic Gaussians, and the squared error that each would remove.

    Parameters
    ----------
    residual
        Mixture minus target, (channels, z, y, x).
    worth
        Per level, a factor on the gain of each voxel; 0 prevents births.
    """
    shape = residual.shape[1:]
    found: list[list[NDArray[Any]]] = [[], [], [], [], []]
    error, level = residual, 0
    while True:
        response, norm = _responses(error)
        gain = np.sum(np.square(response), axis=0)
        gain *= np.float32(8.0**level)
        score = gain if worth is None else gain * worth[level]
        where = _strongest(score, CANDIDATES * count)
        at = np.stack(np.unravel_index(where, gain.shape), 1)
        fine = np.minimum((at << level) + (1 << level >> 1), np.array(shape) - 1)
        weight = -(response.reshape(len(response), -1)[:, where] / norm.ravel()[where]).T
        candidates = (
            fine,
            np.full(len(at), level),
            score.ravel()[where],
            gain.ravel()[where],
            weight,
        )
        for parts, more in zip(found, candidates, strict=True):
            parts.append(more)
        if max(error.shape[1:]) <= COARSEST_SIDE:
            break
        error = np.stack([resample.halved(e) for e in error]) / np.float32(8)
        level += 1
    cell, kind, scores, gains, weights = (np.concatenate(parts) for parts in found)
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    cell, kind, gains, weights = cell[order], kind[order], gains[order], weights[order]
    chosen = _culled(cell, kind, shape, level + 1, count)
    scale = 2.0 ** kind[chosen]
    centres = cell[chosen] - np.where(kind[chosen] > 0, 0.5, 0.0)[:, None]
    born = Mixture(centres, scale[:, None, None] * np.eye(3), weights[chosen].astype(np.float64))
    return born, gains[chosen].astype(np.float64)


def _responses(error: Volume) -> tuple[Volume, Volume]:
    """Return the responses of unit-norm filters, and the filters' norms (smaller at the faces)."""
    response = np.empty_like(error)
    spare = np.empty_like(error[0])
    for channel, volume in enumerate(error):
        response[channel] = volume
        for axis in range(3):
            _filtered(response[channel], spare, axis)
            response[channel] = spare
    product = np.ones((1, 1, 1))
    for axis, n in enumerate(error.shape[1:]):
        inside = np.arange(n)[:, None] + np.arange(-RADIUS, RADIUS + 1)
        along = np.sqrt((FILTER**2 * ((inside >= 0) & (inside < n))).sum(1))
        product = product * along.reshape([-1 if a == axis else 1 for a in range(3)])
    norm = np.ascontiguousarray(np.broadcast_to(product, error.shape[1:]), np.float32)
    np.divide(response, norm, out=response)
    return response, norm


def _filtered(volume: Volume, out: Volume, axis: int) -> None:
    edges = np.linspace(0, len(volume), min(len(volume), 4 * threads()) + 1).astype(int)
    run_all(lambda part: image_ops.correlate(volume, out, axis, FILTER, *part), pairwise(edges))


def _strongest(gain: Volume, count: int) -> NDArray[np.int64]:
    """Return the flat indices of about the ``count`` strongest local maxima."""
    flat = gain.ravel()
    # the quantile of a sample is accurate enough; a maximum has about 27 weaker neighbours
    sample = flat[:: max(flat.size >> 20, 1)]
    share = min(27 * count / flat.size, 1.0)
    threshold = float(np.quantile(sample, 1 - share)) if share < 1 else 0.0
    found = np.empty(min(flat.size, 64 * count + 64), np.int64)
    return found[: image_ops.maxima(gain, np.float32(max(threshold, 1e-30)), found)]


def _culled(
    cells: NDArray[np.int64],
    levels: NDArray[np.int64],
    shape: tuple[int, ...],
    depth: int,
    count: int,
) -> NDArray[np.int64]:
    shapes = np.array([[(n - 1 >> k) + 1 for n in shape] for k in range(depth)])
    sizes = shapes.prod(1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    occupied = np.zeros(sizes.sum(), np.bool_)
    chosen = np.empty(max(count, 1), np.int64)
    return chosen[: image_ops.cull(cells, levels, occupied, starts, shapes, count, chosen)]

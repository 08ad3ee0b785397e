"""Values and gradients of a pyramid of grids at points, read from its nodes."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from vcore.methods.grids.pyramid import TILE, Integers, Pyramid, coarser, step_of
from vcore.model.regions import Region

Array = NDArray[np.float64]


def sums(
    pyramid: Pyramid,
    step: float,
    frame: int,
    points: Array,
    integers: Callable[[int, int, int, Region], Integers | None],
) -> tuple[Array, Array]:
    """Return the values at ``points``, (n, components), and their derivatives along z y x,
    (n, components, 3).

    Values are trilinear between voxels, derivatives are central differences of voxels, one-sided at
    the ends, interpolated. Both are sums of nodes with weights, which are carried from each grid to
    the next coarser one: no voxel is decoded.

    Parameters
    ----------
    points
        z y x in voxels, (n, 3).
    integers
        Returns the integers of a window of a grid, node in time and component.
    """
    from vcore.methods.grids import pyramid_loops as loops

    values = np.zeros((len(points), pyramid.components))
    slopes = np.zeros((*values.shape, 3))
    for own in _by_tile(points):
        bases, weights = _first_weights(points[own], pyramid.shape)
        window = tuple(
            slice(max(int(low), 0), min(int(high) + 4, n))
            for low, high, n in zip(bases.min(0), bases.max(0), pyramid.shape, strict=True)
        )
        found = np.zeros((len(own), pyramid.components, 4))
        for grid in range(len(pyramid.sizes)):
            if grid:
                size = pyramid.sizes[grid]
                loops.carry_weights(bases, weights, np.array(size))
                window = coarser(window, size)
            starts = np.array([s.start for s in window])
            for node, share in pyramid.weights(frame):
                scale = float(step_of(step, grid)) * float(share)
                for component in range(pyramid.components):
                    nodes = integers(grid, node, component, window)
                    if nodes is not None:
                        loops.add_at(nodes, starts, scale, bases, weights, found[:, component])
        values[own], slopes[own] = found[..., 0], found[..., 1:]
    return values, slopes


def _by_tile(points: Array) -> Iterator[NDArray[np.intp]]:
    """Yield the numbers of the points in each tile of the finest grid."""
    tiles, which = np.unique((points // TILE).astype(int), axis=0, return_inverse=True)
    for number in range(len(tiles)):
        yield np.nonzero(which.ravel() == number)[0]


def _first_weights(points: Array, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], Array]:
    """Return the first of the voxels around each point along each axis, (n, 3), and the weights of
    that and those after it, (n, 3, 2, 5): for the value, and for the derivative."""
    last = np.array(shape) - 1
    low = np.minimum(points.astype(np.int64), np.maximum(last - 1, 0))
    share, bases = points - low, low - 1
    weights = np.zeros((*points.shape, 2, 5))
    weights[..., 0, 1], weights[..., 0, 2] = 1 - share, share
    for end, part in ((0, 1 - share), (1, share)):
        place = low + end
        behind, ahead = np.maximum(place - 1, 0), np.minimum(place + 1, last)
        slope = np.where(ahead > behind, part / np.maximum(ahead - behind, 1), 0)
        for node, change in ((ahead, slope), (behind, -slope)):
            at = (node - bases)[..., None]
            weights[..., 1, :] += np.where(np.arange(5) == at, change[..., None], 0)
    return bases, weights

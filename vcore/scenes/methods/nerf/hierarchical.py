"""Hierarchical sampling: dense rendering by a coarse and a fine network, as the NeRF paper does.

Mildenhall et al. 2020, sections 4 and 5.2. Deterministic: evenly spaced coarse samples, and fine
ones at evenly spaced quantiles of the coarse weights, as in the authors' renderings of test views.
"""

from typing import NamedTuple

import numpy as np

from vcore.scenes.methods.nerf.network import BATCH, Floats, Network

RAYS = 256
"""Rays rendered at once."""
LAST = 1e10
"""Length of the last sample of a ray, in world units."""


class Samples(NamedTuple):
    """Samples a ray: evenly spaced, and added where the coarse network sees something."""

    coarse: int = 64
    fine: int = 128


def render(
    networks: tuple[Network, Network],
    origins: Floats,
    directions: Floats,
    views: Floats,
    depths: tuple[float, float],
    samples: Samples,
) -> tuple[Floats, Floats, Floats]:
    """Return what rays see.

    Parameters
    ----------
    networks
        Coarse and fine.
    origins, directions
        (n, 3) float32.
    views
        (n, 3) float32: the directions that the colour depends on.
    depths
        Smallest and largest depth, in lengths of ``directions``.

    Returns
    -------
    rgb, depth, alpha
        (n, 3), premultiplied; (n,), the sum of depths by weight; (n,), all float32.
    """
    coarse, fine = networks
    n = len(directions)
    even: Floats = np.linspace(*depths, samples.coarse).astype(np.float32)
    places = np.broadcast_to(even, (n, samples.coarse))
    lengths = np.linalg.norm(directions, axis=-1).astype(np.float32)
    weights = weights_of(_densities(coarse, origins, directions, places), places, lengths)
    edges: Floats = ((even[1:] + even[:-1]) / 2).astype(np.float32)
    added = quantiles(edges, weights[:, 1:-1], samples.fine)
    places = np.sort(np.concatenate([places, added], -1), -1)
    density, rgb = _evaluated(fine, origins, directions, views, places)
    weights = weights_of(density, places, lengths)
    colour = np.einsum("ns,nsc->nc", weights, rgb)
    return colour, np.sum(weights * places, -1), weights.sum(-1)


def weights_of(density: Floats, places: Floats, lengths: Floats) -> Floats:
    """Return the weight of each sample of each ray, NeRF's equation 3.

    Parameters
    ----------
    density, places
        (n, samples): densities per world unit, and ascending depths.
    lengths
        (n,) world units per unit of depth.
    """
    steps = np.diff(places, axis=-1, append=np.float32(LAST)) * lengths[:, None]
    with np.errstate(over="ignore"):
        passed = np.exp(-density * steps)
    through = np.cumprod(passed + np.float32(1e-10), axis=-1)
    found: Floats = (1 - passed).astype(np.float32)
    found[:, 1:] *= through[:, :-1]
    return found


def quantiles(edges: Floats, weights: Floats, count: int) -> Floats:
    """Return ``count`` evenly spaced quantiles of piecewise constant densities.

    Parameters
    ----------
    edges
        (bins + 1,) ascending.
    weights
        (n, bins), at least 0.

    Returns
    -------
    (n, count) float32, ascending.
    """
    weights = weights + np.float32(1e-5)
    summed = np.cumsum(weights / weights.sum(-1, keepdims=True), -1)
    summed = np.concatenate([np.zeros((len(weights), 1), np.float32), summed], -1)
    wanted = np.linspace(0, 1, count, dtype=np.float32)
    bins = weights.shape[1]
    above = np.stack([np.searchsorted(row, wanted, side="right") for row in summed])
    below = np.clip(above - 1, 0, bins)
    above = np.minimum(above, bins)
    low = np.take_along_axis(summed, below, -1)
    span = np.take_along_axis(summed, above, -1) - low
    share = (wanted - low) / np.where(span < 1e-5, 1, span)
    found: Floats = edges[below] + share * (edges[above] - edges[below])
    return found.astype(np.float32)


def _densities(network: Network, origins: Floats, directions: Floats, places: Floats) -> Floats:
    points = origins[:, None] + directions[:, None] * places[..., None]
    return network.density(points.reshape(-1, 3)).reshape(places.shape)


def _evaluated(
    network: Network, origins: Floats, directions: Floats, views: Floats, places: Floats
) -> tuple[Floats, Floats]:
    points = (origins[:, None] + directions[:, None] * places[..., None]).reshape(-1, 3)
    rays = np.repeat(np.arange(len(directions)), places.shape[1])
    directed = network.directed(views)
    density = np.empty(len(points), np.float32)
    rgb = np.empty((len(points), 3), np.float32)
    for start in range(0, len(points), BATCH):
        part = slice(start, start + BATCH)
        density[part], hidden = network.trunk(points[part])
        rgb[part] = network.colour(hidden, rays[part], directed)
    return density.reshape(places.shape), rgb.reshape(*places.shape, 3)

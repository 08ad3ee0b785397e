"""Samples of rays by which a network is quantised: where light comes through."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vcore.scenes.cameras import Camera
from vcore.scenes.methods.nerf.network import Floats, Network
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.methods.nerf.skipping import STOP

RAYS = 6000
"""Rays that samples are taken from."""
ROOM = 96
"""Maximum number of samples of a ray."""


class Samples(NamedTuple):
    """Samples of rays.

    Attributes
    ----------
    points, directions
        (n, 3) float32.
    light
        (n,) float32: share of the light that comes from there to the camera.
    """

    points: Floats
    directions: Floats
    light: Floats


def random_rays(
    cameras: Sequence[Camera], count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return origins and directions, (n, 3) float32 each, of random pixels of all cameras."""
    share = max(1, count // len(cameras))
    origins, directions = [], []
    for number in rng.permutation(len(cameras))[:count]:
        camera = cameras[number]
        eye, seen = (a.reshape(-1, 3) for a in camera.rays())
        chosen = rng.integers(0, len(seen), share)
        origins.append(eye[chosen])
        directions.append(seen[chosen])
    return np.concatenate(origins), np.concatenate(directions)


def samples_of(
    network: Network,
    occupancy: Occupancy,
    cameras: Sequence[Camera],
    step: float,
    seed: int,
    count: int = RAYS,
) -> Samples:
    """Return the samples of random rays that light comes through."""
    from vcore.scenes.methods.nerf import marching

    origins, directions = random_rays(cameras, count, np.random.default_rng(seed))
    n = len(origins)
    low = np.asarray(occupancy.bounds.low, np.float64)
    cells = occupancy.occupied.view(np.uint8)
    high = low + occupancy.cell * np.array(cells.shape[::-1])
    near = min(c.near for c in cameras)
    first, last = np.empty(n), np.empty(n)
    marching.spans(origins, directions, low, high, near, max(c.far for c in cameras), first, last)
    steps = step / np.linalg.norm(directions.astype(np.float64), axis=-1)
    next_ = np.maximum(np.ceil((first - near) / steps - 0.5), 0).astype(np.int64)
    hit = np.flatnonzero(first < last)
    places, counts = np.zeros((len(hit), ROOM), np.float32), np.zeros(len(hit), np.int64)
    marching.march(
        *(origins, directions, hit, near, steps, next_, last),
        *(low, occupancy.cell, cells, places, counts),
    )
    there = np.arange(ROOM) < counts[:, None]
    points = (origins[hit, None] + directions[hit, None] * places[..., None])[there]
    opacity = np.zeros(there.shape)
    opacity[there] = network.density(points) * step
    light = np.exp(-(np.cumsum(opacity, -1) - opacity))[there]
    seen = np.repeat(directions[hit], counts, axis=0)
    kept = light > STOP
    return Samples(points[kept], seen[kept], light[kept].astype(np.float32))

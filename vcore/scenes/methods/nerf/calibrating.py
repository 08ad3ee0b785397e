"""Samples of rays by which a network is quantised: where light comes through."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vcore.scenes.cameras import Camera
from vcore.scenes.methods.nerf.casting import Rays, depths_of, is_endless, rays_in
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import Floats, Network
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.methods.nerf.rays import ROOM, samples_on
from vcore.scenes.methods.nerf.skipping import STOP

RAYS = 6000
"""Rays that samples are taken from."""


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
    cameras: Sequence[Camera], count: int, rng: np.random.Generator, ndc: Ndc | None = None
) -> Rays:
    """Return the rays of random pixels of all cameras, without colours."""
    share = max(1, count // len(cameras))
    origins, directions = [], []
    for number in rng.permutation(len(cameras))[:count]:
        camera = cameras[number]
        eye, seen = (a.reshape(-1, 3) for a in camera.rays())
        chosen = rng.integers(0, len(seen), share)
        origins.append(eye[chosen])
        directions.append(seen[chosen])
    return rays_in(ndc, np.concatenate(origins), np.concatenate(directions))


def samples_of(
    network: Network,
    occupancy: Occupancy,
    cameras: Sequence[Camera],
    step: float,
    seed: int,
    count: int = RAYS,
    ndc: Ndc | None = None,
) -> Samples:
    """Return the samples of random rays that light comes through."""
    rays = random_rays(cameras, count, np.random.default_rng(seed), ndc)
    depths = depths_of(cameras, ndc)
    found = samples_on(rays, occupancy, depths, step, endless=is_endless(ndc))
    opacity = np.zeros((len(rays.origins), ROOM))
    opacity[found.ray, found.place] = network.density(found.points) * found.lengths
    before = np.cumsum(opacity, -1) - opacity
    light = np.exp(-before[found.ray, found.place])
    kept = light > STOP
    views = rays.views[found.ray[kept]]
    return Samples(found.points[kept], views, light[kept].astype(np.float32))

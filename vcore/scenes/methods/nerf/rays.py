"""Random rays of posed images, and their samples in occupied cells, for training."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.scenes.cameras import Camera
from vcore.scenes.methods.nerf.casting import Rays, depths_of, rays_in
from vcore.scenes.methods.nerf.hierarchical import LAST
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import Floats
from vcore.scenes.methods.nerf.occupancy import Occupancy

ROOM = 160
"""Maximum number of samples of a ray."""


class RayPool:
    """Rays of the pixels of all images.

    Parameters
    ----------
    cameras
        Cameras of one size.
    images
        (n, height, width, 3) float32, 0 to 1.
    ndc
        Space of the network, None for the world.
    """

    def __init__(self, cameras: Sequence[Camera], images: Floats, ndc: Ndc | None = None) -> None:
        self._images, self.ndc = images, ndc
        self._turns = np.stack([c.pose[:3, :3] for c in cameras])
        self._eyes = np.stack([c.eye for c in cameras]).astype(np.float32)
        self._focal = np.array([c.focal for c in cameras])
        self._centres = np.array([c.pixel_centre for c in cameras])
        self.depths = depths_of(cameras, ndc)

    def draw(self, count: int, rng: np.random.Generator) -> Rays:
        """Return rays through the centres of random pixels."""
        number, height, width, _ = self._images.shape
        image = rng.integers(0, number, count)
        y, x = rng.integers(0, height, count), rng.integers(0, width, count)
        centres, focal = self._centres[image], self._focal[image]
        eye = np.stack(
            [
                (x + 0.5 - centres[:, 0]) / focal,
                -(y + 0.5 - centres[:, 1]) / focal,
                -np.ones(count),
            ],
            -1,
        )
        directions = np.einsum("nij,nj->ni", self._turns[image], eye).astype(np.float32)
        return rays_in(self.ndc, self._eyes[image], directions, self._images[image, y, x])


class Samples(NamedTuple):
    """Samples of rays in occupied cells.

    Attributes
    ----------
    points
        (n, 3) float32.
    ray, place
        (n,) int64: ray of each sample, and its number on it.
    lengths
        (n,) float32: length that a sample stands for, in units of the grid.
    """

    points: Floats
    ray: NDArray[np.int64]
    place: NDArray[np.int64]
    lengths: Floats


def samples_on(
    rays: Rays,
    occupancy: Occupancy,
    depths: tuple[float, float],
    step: float,
    shift: float = 0.0,
    *,
    endless: bool = False,
) -> Samples:
    """Return the samples of rays.

    Parameters
    ----------
    depths
        Smallest and largest depth.
    step
        Distance of samples in units of the grid.
    shift
        Shift of all samples, -0.5 to 0.5 steps.
    endless
        Whether each ray has one sample more, of endless length at the largest depth.
    """
    from vcore.scenes.methods.nerf import marching

    origins, directions = rays.origins, rays.directions
    n = len(origins)
    low = np.asarray(occupancy.bounds.low, np.float64)
    cells = occupancy.occupied.view(np.uint8)
    high = low + occupancy.cell * np.array(cells.shape[::-1])
    first, leave = np.empty(n), np.empty(n)
    marching.spans(origins, directions, low, high, *depths, first, leave)
    lengths = np.linalg.norm(directions.astype(np.float64), axis=-1)
    steps = step / lengths
    next_ = np.maximum(np.ceil((first - depths[0]) / steps - 0.5), 0).astype(np.int64)
    hit = np.flatnonzero(first < leave)
    room = ROOM - endless
    places, counts = np.zeros((len(hit), room), np.float32), np.zeros(len(hit), np.int64)
    marching.march(
        *(origins, directions, hit, depths[0], steps, next_, leave),
        *(low, occupancy.cell, cells, places, counts),
    )
    there = np.arange(room) < counts[:, None]
    ray = np.repeat(hit, counts)
    at = places[there] + (shift * steps[ray]).astype(np.float32)
    points = origins[ray] + directions[ray] * at[:, None]
    number = np.broadcast_to(np.arange(room), there.shape)[there]
    lengths = np.full(len(points), step, np.float32)
    if not endless:
        return Samples(points, ray, number, lengths)
    last = np.zeros(n, np.int64)
    last[hit] = counts
    end = origins + directions * np.float32(depths[1])
    return Samples(
        np.concatenate([points, end]),
        np.concatenate([ray, np.arange(n)]),
        np.concatenate([number, last]),
        np.concatenate([lengths, np.full(n, LAST, np.float32)]),
    )

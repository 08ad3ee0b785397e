"""Rendering by an occupancy grid: empty space is skipped, and rays end where nothing comes
through."""

import numpy as np

from vcore.scenes.methods.nerf.hierarchical import LAST
from vcore.scenes.methods.nerf.network import BATCH, Floats, Network
from vcore.scenes.methods.nerf.occupancy import Occupancy

WAVE = 8
"""Samples of a ray between two checks of what comes through."""
STOP = 2e-3
"""Light below which a ray ends: half of an 8-bit step."""
LEAST = 1e-3
"""Smallest weight of a sample whose colour is computed."""


def render(
    network: Network,
    occupancy: Occupancy,
    origins: Floats,
    directions: Floats,
    views: Floats,
    depths: tuple[float, float],
    step: float,
    *,
    endless: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """Return what rays see, as ``hierarchical.render``.

    Parameters
    ----------
    step
        Distance of samples in the units of the grid.
    endless
        Whether the light that is left at the largest depth meets an endless length of the density
        that is there, as the last sample of dense rendering does.
    """
    from vcore.scenes.methods.nerf import marching

    n = len(directions)
    near, far = depths
    low = np.asarray(occupancy.bounds.low, np.float64)
    cells = occupancy.occupied.view(np.uint8)
    high = low + occupancy.cell * np.array(cells.shape[::-1])
    first, last = np.empty(n), np.empty(n)
    marching.spans(origins, directions, low, high, near, far, first, last)
    lengths = np.linalg.norm(directions.astype(np.float64), axis=-1)
    steps = step / lengths
    next_ = np.maximum(np.ceil((first - near) / steps - 0.5), 0).astype(np.int64)
    units = np.full(n, step, np.float32)
    passed, depth, alpha = np.ones(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    rgb = np.zeros((n, 3), np.float32)
    directed = network.directed(views)
    active = np.flatnonzero(first < last)
    group = BATCH // WAVE
    while len(active):
        left = []
        places = np.empty((len(active), WAVE), np.float32)
        counts = np.empty(len(active), np.int64)
        marching.march(
            *(origins, directions, active, near, steps, next_, last),
            *(low, occupancy.cell, cells, places, counts),
        )
        # rays with samples only, so that batches are full
        some = counts > 0
        rays, places, counts = active[some], places[some], counts[some]
        for start in range(0, len(rays), group):
            part = slice(start, start + group)
            chosen, at, number = rays[part], places[part], counts[part]
            there = np.arange(WAVE) < number[:, None]
            of_ray = np.repeat(chosen, number)
            points = origins[of_ray] + directions[of_ray] * at[there][:, None]
            density, hidden = network.trunk(points)
            weights = np.empty(len(points), np.float32)
            going = np.empty(len(chosen), np.bool_)
            marching.compose(
                *(chosen, number, at, density, units, passed, depth, alpha, STOP, weights, going)
            )
            seen = np.flatnonzero(weights > LEAST)
            colours = network.colour(hidden[seen], of_ray[seen], directed)
            marching.add_colours(seen, of_ray[seen], weights, colours, rgb)
            left.append(chosen[going])
        active = np.concatenate(left) if left else active[:0]
    if endless:
        rays = np.flatnonzero(passed >= STOP)
        for start in range(0, len(rays), BATCH):
            chosen = rays[start : start + BATCH]
            density, hidden = network.trunk(origins[chosen] + far * directions[chosen])
            weights = passed[chosen] * (1 - np.exp(-density * np.float32(LAST)))
            rgb[chosen] += weights[:, None] * network.colour(hidden, chosen, directed)
            depth[chosen] += weights * np.float32(far)
            alpha[chosen] += weights
    return rgb, depth, alpha

"""NerfField: a radiance field of a network, rendered densely or with empty space skipped."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Floats, RadianceField, Triple, View
from vcore.scenes.methods.nerf import hierarchical, skipping
from vcore.scenes.methods.nerf.network import BATCH, Network
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.posed import PosedImages

MIN_ALPHA = 0.1
"""Opacity below which a pixel has no depth."""
RAYS = 2048
"""Rays of a task with skipping."""
DIRECTIONS = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
"""Directions over which a sampled colour is the mean."""


class NerfField(RadianceField):
    """Radiance field of a trained NeRF.

    Parameters
    ----------
    network
        Network of the colours and densities: the fine one.
    coarse
        Network that says where to sample; ``network`` if None.
    bounds, background, cameras, name, attributes, notes
        As in ``RadianceField``.
    layout
        Names of the weights in the file that it came from (``layouts.LAYOUTS``).
    occupancy
        Cells that are not empty; rendering skips the others. Without it, rendering is dense.
    step
        Distance of samples in world units, with ``occupancy``.
    posed
        Images that it was trained on, for retraining, or None.
    """

    method: ClassVar[str] = "nerf"

    def __init__(
        self,
        network: Network,
        coarse: Network | None,
        bounds: Bounds,
        background: Triple,
        cameras: tuple[Camera, ...],
        *,
        layout: str = "flexible",
        occupancy: Occupancy | None = None,
        step: float = 0.0,
        posed: PosedImages | None = None,
        nbytes: int | None = None,
        name: str = "scene",
        attributes: Mapping[str, Any] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.network, self.coarse, self.layout = network, coarse, layout
        self.bounds, self.background, self.cameras = bounds, background, cameras
        self.occupancy, self.step, self.posed = occupancy, step, posed
        self.samples = hierarchical.Samples()
        self.name, self.attributes, self.notes = name, attributes or {}, notes
        self.nbytes = nbytes or sum(n.nbytes for n in (network, coarse) if n is not None)

    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        context = context or Context()
        camera.check_memory()
        shape = camera.size
        origins, directions = (np.ascontiguousarray(a.reshape(-1, 3)) for a in camera.rays())
        depths = camera.near, camera.far
        rows = hierarchical.RAYS if self.occupancy is None else RAYS

        def part(start: int) -> tuple[Floats, Floats, Floats]:
            context.report("rendering", start / len(directions))
            chosen = origins[start : start + rows], directions[start : start + rows]
            if self.occupancy is None:
                networks = self.coarse or self.network, self.network
                return hierarchical.render(networks, *chosen, depths, self.samples)
            return skipping.render(self.network, self.occupancy, *chosen, depths, self.step)

        rgb, depth, alpha = (
            np.concatenate(parts)
            for parts in zip(*run_all(part, range(0, len(directions), rows)), strict=True)
        )
        alpha = np.clip(alpha, 0, 1)
        rgb += (1 - alpha)[:, None] * np.asarray(self.background, np.float32)
        seen = alpha >= MIN_ALPHA
        depth = np.where(seen, depth / np.where(seen, alpha, 1), np.nan).astype(np.float32)
        return View(
            np.clip(rgb, 0, 1).reshape(*shape, 3), depth.reshape(shape), alpha.reshape(shape)
        )

    def picture(self, number: int, factor: int) -> Floats | None:
        if self.posed is None:
            return None
        return self.posed.picture(number, self.background, factor)

    def sample(self, points: NDArray[Any]) -> tuple[Floats, Floats]:
        points = np.asarray(points, np.float64)
        if self.occupancy is not None:
            there = self.occupancy.at(points)
        else:
            there = np.all((points >= self.bounds.low) & (points <= self.bounds.high), -1)
        density = np.zeros(len(points), np.float32)
        rgb = np.zeros((len(points), 3), np.float32)
        inside = np.flatnonzero(there)
        for start in range(0, len(inside), BATCH):
            chosen = inside[start : start + BATCH]
            found, hidden = self.network.trunk(points[chosen].astype(np.float32))
            density[chosen] = found
            some = found > 0
            rgb[chosen[some]] = self._mean_colour(hidden[some])
        return density, rgb

    def _mean_colour(self, hidden: Floats) -> Floats:
        directed = self._directed
        rays = np.zeros(len(hidden), np.int64)
        found = [self.network.colour(hidden, rays + k, directed) for k in range(len(directed))]
        mean: Floats = np.mean(found, 0, dtype=np.float32)
        return mean

    @cached_property
    def _directed(self) -> Floats:
        every = bool(self.network.architecture.colour)
        return self.network.directed(DIRECTIONS if every else DIRECTIONS[:1])

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
from vcore.scenes.methods.nerf.casting import is_endless
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import BATCH, Network
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.posed import PosedImages

MIN_ALPHA = 0.1
"""Opacity below which a pixel has no depth."""
RAYS = 2048
"""Rays of a task with skipping."""
DIRECTIONS = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
"""Directions over which a sampled colour is the mean."""
FORWARD = -np.eye(3, dtype=np.float32)[2:]
"""Direction in which a colour is sampled with NDC: networks saw no others."""


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
        Distance of samples in units of ``box``, with ``occupancy``.
    ndc
        Normalised device coordinates that the network knows instead of the world's, or None.
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
        ndc: Ndc | None = None,
        posed: PosedImages | None = None,
        nbytes: int | None = None,
        name: str = "scene",
        attributes: Mapping[str, Any] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.network, self.coarse, self.layout = network, coarse, layout
        self.bounds, self.background, self.cameras = bounds, background, cameras
        self.occupancy, self.step, self.ndc, self.posed = occupancy, step, ndc, posed
        self.samples = hierarchical.Samples()
        self.name, self.attributes, self.notes = name, attributes or {}, notes
        self.nbytes = nbytes or sum(n.nbytes for n in (network, coarse) if n is not None)

    @property
    def box(self) -> Bounds:
        """Box of the network's own space outside of which it is empty: ``bounds``, or in NDC."""
        return self.bounds if self.ndc is None else self.ndc.box

    def skipping(
        self,
        network: Network,
        occupancy: Occupancy,
        step: float,
        cameras: tuple[Camera, ...] | None = None,
    ) -> "NerfField":
        """Return the scene with another network, rendered in occupied cells alone."""
        return NerfField(
            network,
            None,
            self.bounds,
            self.background,
            self.cameras if cameras is None else cameras,
            occupancy=occupancy,
            step=step,
            ndc=self.ndc,
        )

    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        context = context or Context()
        camera.check_memory()
        shape = camera.size
        origins, directions = (np.ascontiguousarray(a.reshape(-1, 3)) for a in camera.rays())
        if self.ndc is None:
            depths = camera.near, camera.far
            rgb, depth, alpha = self._seen(origins, directions, directions, depths, context)
            seen = alpha >= MIN_ALPHA
            depth = np.where(seen, depth / np.where(seen, alpha, 1), np.nan)
        else:
            cast = self.ndc.rays(origins, directions)
            rays = cast.origins, cast.directions, cast.views
            rgb, places, alpha = self._seen(*rays, (0.0, 1.0), context)
            rgb[~cast.ahead], alpha[~cast.ahead] = 0, 0
            seen = alpha >= MIN_ALPHA
            depth = np.where(seen, cast.depths(places / np.where(seen, alpha, 1)), np.nan)
        rgb += (1 - alpha)[:, None] * np.asarray(self.background, np.float32)
        return View(
            np.clip(rgb, 0, 1).reshape(*shape, 3),
            depth.astype(np.float32).reshape(shape),
            alpha.reshape(shape),
        )

    def _seen(
        self,
        origins: Floats,
        directions: Floats,
        views: Floats,
        depths: tuple[float, float],
        context: Context,
    ) -> tuple[Floats, Floats, Floats]:
        """Return what rays see: premultiplied colours, sums of depths by weight, alpha."""
        rows = hierarchical.RAYS if self.occupancy is None else RAYS

        def some(start: int) -> tuple[Floats, Floats, Floats]:
            context.report("rendering", start / len(directions))
            part = slice(start, start + rows)
            rays = origins[part], directions[part], views[part]
            if self.occupancy is None:
                networks = self.coarse or self.network, self.network
                return hierarchical.render(networks, *rays, depths, self.samples)
            return skipping.render(
                *(self.network, self.occupancy, *rays, depths, self.step),
                endless=is_endless(self.ndc),
            )

        rgb, depth, alpha = (
            np.concatenate(parts)
            for parts in zip(*run_all(some, range(0, len(directions), rows)), strict=True)
        )
        return rgb, depth, np.clip(alpha, 0, 1)

    def picture(self, number: int, factor: int) -> Floats | None:
        if self.posed is None:
            return None
        return self.posed.picture(number, self.background, factor)

    def sample(self, points: NDArray[Any]) -> tuple[Floats, Floats]:
        points = np.asarray(points, np.float64)
        units = np.ones(len(points))
        if self.ndc is not None:
            points, units = self.ndc.points(points)
        if self.occupancy is not None:
            there = self.occupancy.at(points)
        else:
            there = np.all((points >= self.box.low) & (points <= self.box.high), -1)
        density = np.zeros(len(points), np.float32)
        rgb = np.zeros((len(points), 3), np.float32)
        inside = np.flatnonzero(there)
        for start in range(0, len(inside), BATCH):
            chosen = inside[start : start + BATCH]
            found, hidden = self.network.trunk(points[chosen].astype(np.float32))
            density[chosen] = found * units[chosen]
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
        if self.ndc is not None:
            return self.network.directed(FORWARD)
        return self.network.directed(DIRECTIONS if every else DIRECTIONS[:1])

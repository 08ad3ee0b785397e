"""Training of networks on posed images, in torch: retraining of pruned or rounded ones, and fits
from scratch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.methods._networks.fitting.device import import_torch
from vcore.scenes.field import Triple
from vcore.scenes.methods.nerf import torch_network
from vcore.scenes.methods.nerf.casting import is_endless
from vcore.scenes.methods.nerf.network import Architecture
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.methods.nerf.rays import ROOM, RayPool, Samples, samples_on

if TYPE_CHECKING:
    import torch

    from vcore.scenes.methods.nerf.torch_network import Tensors

BATCH_RAYS = 1024
"""Rays of a step of training."""
FEWEST, MOST = 64, 8192
"""Limits of this number where it follows from that of the samples."""
OPAQUE = 50.0
"""Optical depth that no light comes through; larger ones would spoil the sums of others."""


@dataclass
class Trainer:
    """Photometric loss of random rays, sampled in occupied cells.

    Parameters
    ----------
    architecture
        Shapes of the network.
    pool
        Rays of the images.
    occupancy, step
        Cells that are sampled, and the distance of samples in units of their box.
    background
        Colour behind the scene.
    device
        Torch's device.
    rng
        Source of randomness.
    gain
        Factor on densities before their ReLU.
    soft
        Whether densities have the gradient of a softplus, so that none is lost where all are 0.
    rays
        Rays of a step.
    samples
        If not 0, the number of rays of the next step is such that they have so many samples.
    """

    architecture: Architecture
    pool: RayPool
    occupancy: Occupancy
    step: float
    background: Triple
    device: Any
    rng: np.random.Generator
    gain: float = 1.0
    rays: int = BATCH_RAYS
    soft: bool = False
    samples: int = 0

    def loss(self, tensors: "Tensors") -> "torch.Tensor":
        """Return the mean squared error of the colours of random rays."""
        module = import_torch()
        rays = self.pool.draw(self.rays, self.rng)
        shift = float(self.rng.uniform(-0.5, 0.5))
        endless = is_endless(self.pool.ndc)
        depths = self.pool.depths
        found = samples_on(rays, self.occupancy, depths, self.step, shift, endless=endless)
        if self.samples:
            wanted = round(self.rays * self.samples / max(len(found.points), 1))
            self.rays = min(max(wanted, self.rays // 2, FEWEST), 2 * self.rays, MOST)
        with module.no_grad():
            light = self._light(self._densities(tensors, found), found, len(rays.colours))[1]
            seen = (light > torch_network.DARK).cpu().numpy()
        found = Samples(*(part[seen] for part in found))
        points, ray = self._tensor(found.points), self._tensor(found.ray)
        raw, hidden = torch_network.trunk(self.architecture, tensors, points)
        density = module.relu(raw * self.gain)
        if self.soft:
            smooth = module.nn.functional.softplus(raw * self.gain)
            density = density.detach() + smooth - smooth.detach()
        weights, _ = self._light(density, found, len(rays.colours))
        directions = self._tensor(rays.views)
        directions = directions / directions.norm(dim=-1, keepdim=True)
        rgb = torch_network.colour(self.architecture, tensors, hidden, directions[ray])
        behind = self._tensor(np.asarray(self.background, np.float32))
        shown = module.zeros(len(rays.colours), 3, device=self.device)
        shown = shown.index_add(0, ray, weights[:, None] * (rgb - behind))
        error: torch.Tensor = shown + behind - self._tensor(rays.colours)
        return (error**2).mean()

    def _tensor(self, values: Any) -> "torch.Tensor":
        module = import_torch()
        found: torch.Tensor = module.from_numpy(np.ascontiguousarray(values)).to(self.device)
        return found

    def _densities(self, tensors: "Tensors", found: Samples) -> "torch.Tensor":
        module = import_torch()
        points = self._tensor(found.points)
        raw = torch_network.trunk(self.architecture, tensors, points)[0]
        densities: torch.Tensor = module.relu(raw * self.gain)
        return densities

    def _light(
        self, density: "torch.Tensor", found: Samples, rays: int
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return weight and light of each sample, NeRF's equation 3."""
        module = import_torch()
        ray, place = self._tensor(found.ray), self._tensor(found.place)
        opacity = (density * self._tensor(found.lengths)).clamp(max=OPAQUE)
        table = module.zeros(rays, ROOM, device=self.device)
        table = table.index_put((ray, place), opacity)
        before = (table.cumsum(-1) - table)[ray, place]
        light = module.exp(-before)
        return light * (1 - module.exp(-opacity)), light


def optimise(
    parameters: "list[torch.Tensor]",
    loss_of: "Callable[[], torch.Tensor]",
    *,
    steps: int,
    rate: "Callable[[float], float]",
    report: Callable[[float], None],
) -> None:
    """Take steps of Adam.

    Parameters
    ----------
    rate
        Learning rate by the share of the steps taken.
    report
        Called with that share after each step.
    """
    module = import_torch()
    adam = module.optim.Adam(parameters, lr=1e-3, eps=1e-15)
    for done in range(steps):
        adam.param_groups[0]["lr"] = rate(done / steps)
        loss = loss_of()
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        report((done + 1) / steps)

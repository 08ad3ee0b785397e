"""Retraining of a network whose weights are pruned or rounded to multiples of a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.shrinking import Codebook, restore
from vcore.model.context import Context
from vcore.scenes.cameras import turntable
from vcore.scenes.methods.nerf import torch_network
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.methods.nerf.quantising import Integers, joined
from vcore.scenes.methods.nerf.rays import RayPool
from vcore.scenes.methods.nerf.training import Trainer, optimise

if TYPE_CHECKING:
    import torch

Masks = Mapping[str, NDArray[np.bool_]]
PAPER_RATE = 5e-4 * 0.1 ** (200_000 / 500_000)
"""Adam's learning rate in NeRF's code after 200,000 iterations (section 5.3: from 5e-4 down by a
factor of 10 over 500,000)."""
MOVED = 0.03
"""Learning rate of rounded weights in steps of their layer, at the start."""
PULL = 2e-9
"""Weight of a bit in the loss: a tenth fewer bytes at the same error (measured)."""
DIVERGED = "Expected retraining to converge. It diverged: retrain less, or not."
VIEWS = 24
"""Views of the scene itself that are rendered where there are no images."""


def trainer_of(source: NerfField, occupancy: Occupancy, step: float, context: Context) -> Trainer:
    """Return what trains a field's network: on its images, or on its own views without them."""
    cameras = source.cameras
    if source.posed is not None:
        images = source.posed.load(source.background)
    else:
        cameras = source.cameras[:: max(1, len(source.cameras) // VIEWS)]
        if not cameras:
            angles = [(60.0 + 25 * (k % 2), 360.0 * k / VIEWS) for k in range(VIEWS)]
            cameras = turntable(source.bounds, angles, size=(128, 128), view_angle=40.0)
        exact = source.skipping(source.network, occupancy, step)
        images = np.stack([exact.render(c).rgb for c in cameras])
    return Trainer(
        source.network.architecture,
        RayPool(cameras, images, source.ndc),
        occupancy,
        step,
        source.background,
        device_of(context),
        np.random.default_rng(context.seed),
    )


def pruned(
    network: Network, masks: Masks, trainer: Trainer, iterations: int, context: Context
) -> Network:
    """Return the network after retraining of its weights that are not pruned, as in the paper.

    Parameters
    ----------
    masks
        For arrays of the network, False where a weight is 0.
    """
    module = import_torch()
    start = {k: v * masks[k] if k in masks else v for k, v in network.weights.items()}
    tensors = torch_network.tensors_of(start, trainer.device)
    kept = {k: module.tensor(m, device=trainer.device) for k, m in masks.items()}

    def loss() -> "torch.Tensor":
        return trainer.loss({k: v * kept[k] if k in kept else v for k, v in tensors.items()})

    optimise(
        list(tensors.values()),
        loss,
        steps=iterations,
        rate=lambda _: PAPER_RATE,
        report=lambda share: context.report("retraining", share),
    )
    found = torch_network.arrays_of(tensors)
    weights = {k: v * masks[k] if k in masks else v for k, v in found.items()}
    return Network(network.architecture, weights)


def shared(
    books: Mapping[str, Codebook], trainer: Trainer, iterations: int, context: Context
) -> dict[str, Codebook]:
    """Return shared values after retraining with fixed indices: the gradient of a value is the sum
    over its weights (Han et al. 2015, "Deep compression", section 3.3).

    Parameters
    ----------
    books
        For each layer, indices of shape (1, outputs, inputs + 1).

    Raises
    ------
    InputError
        The training diverged.
    """
    module = import_torch()
    device = trainer.device
    indices = {k: module.tensor(b.indices[0], device=device).long() for k, b in books.items()}
    values = torch_network.tensors_of({k: b.values for k, b in books.items()}, device)

    def loss() -> "torch.Tensor":
        tensors = {}
        for k, index in indices.items():
            found = restore(values[k], index)
            tensors[f"{k}.weight"], tensors[f"{k}.bias"] = found[:, :-1], found[:, -1]
        return trainer.loss(tensors)

    optimise(
        list(values.values()),
        loss,
        steps=iterations,
        rate=lambda _: PAPER_RATE,
        report=lambda share: context.report("retraining", share),
    )
    found = torch_network.arrays_of(values)
    if not all(np.isfinite(v).all() for v in found.values()):
        raise InputError(DIVERGED)
    return {k: Codebook(found[k], b.indices) for k, b in books.items()}


def rounded(
    network: Network,
    steps: Mapping[str, float],
    alive: Masks,
    trainer: Trainer,
    iterations: int,
    context: Context,
    *,
    pull: float = PULL,
) -> Integers:
    """Return the integers of a network after training with rounded weights.

    The gradient of a rounded weight is taken as that of the weight (straight-through: Bengio et
    al. 2013); the rate falls as a cosine.

    Parameters
    ----------
    steps
        Step of each layer.
    alive
        For each layer (outputs, inputs + 1), False where a weight or bias is 0.
    pull
        Weight of the bits of all integers, estimated as log2(1 + abs(n)), in the loss.

    Raises
    ------
    InputError
        The training diverged.
    """
    module = import_torch()
    device = trainer.device
    kept = {k: module.tensor(m, dtype=module.float32, device=device) for k, m in alive.items()}
    units = {
        k: module.tensor(joined(network, k) / steps[k], dtype=module.float32, device=device)
        .mul(kept[k])
        .requires_grad_(True)
        for k in steps
    }

    def loss() -> "torch.Tensor":
        tensors = {}
        for k, value in units.items():
            whole = (value + (value.round() - value).detach()) * kept[k] * steps[k]
            tensors[f"{k}.weight"], tensors[f"{k}.bias"] = whole[:, :-1], whole[:, -1]
        found = trainer.loss(tensors)
        if pull:
            bits = sum(module.log2(1 + v.abs()).sum() for v in units.values())
            found = found + pull * bits
        return found

    optimise(
        list(units.values()),
        loss,
        steps=iterations,
        rate=lambda share: MOVED * 0.5 * (1 + np.cos(np.pi * share)) + 1e-4,
        report=lambda share: context.report("retraining", share),
    )
    found = {k: (v.detach().round() * kept[k]).cpu().numpy() for k, v in units.items()}
    if not all(np.isfinite(v).all() for v in found.values()):
        raise InputError(DIVERGED)
    return {k: v.astype(np.int64) for k, v in found.items()}

"""The network in torch, for training: the same arithmetic as ``network``, with gradients."""

from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.methods._networks.fitting.device import import_torch
from vcore.scenes.methods.nerf.network import Architecture, Weights

if TYPE_CHECKING:
    import torch

    Tensors = dict[str, torch.Tensor]

DARK = 1e-3
"""Light below which samples of a ray are left out of a step."""


def tensors_of(weights: Weights, device: Any) -> "Tensors":
    """Return weights as tensors that require gradients."""
    module = import_torch()
    return {
        k: module.tensor(np.array(v), device=device, requires_grad=True) for k, v in weights.items()
    }


def arrays_of(tensors: "Tensors") -> Weights:
    """Return tensors as float32 arrays."""
    return {k: v.detach().cpu().numpy().astype(np.float32) for k, v in tensors.items()}


def encoded(values: "torch.Tensor", frequencies: int, identity: bool) -> "torch.Tensor":
    """Return the positional encoding, as ``network.encode``."""
    module = import_torch()
    parts = [values] if identity else []
    for k in range(frequencies):
        parts += [module.sin(values * 2.0**k), module.cos(values * 2.0**k)]
    found: torch.Tensor = module.cat(parts, -1)
    return found


def trunk(
    shapes: Architecture, tensors: "Tensors", points: "torch.Tensor"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return densities (n,) before their ReLU, and the input of ``colour``."""
    module = import_torch()
    start = encoded(points, shapes.position_frequencies, shapes.position_identity)
    hidden = start
    for k in range(len(shapes.trunk)):
        if k in shapes.skips:
            hidden = module.cat([hidden, start], -1)
        hidden = module.relu(_layer(tensors, f"trunk.{k}", hidden))
    return _layer(tensors, "density", hidden)[:, 0], hidden


def colour(
    shapes: Architecture, tensors: "Tensors", hidden: "torch.Tensor", directions: "torch.Tensor"
) -> "torch.Tensor":
    """Return colours (n, 3) of 0 to 1; ``directions`` (n, 3) are of unit length."""
    module = import_torch()
    if shapes.feature:
        hidden = module.relu(_layer(tensors, "feature", hidden))
    for k in range(len(shapes.colour)):
        if k == 0:
            turned = encoded(directions, shapes.direction_frequencies, shapes.direction_identity)
            hidden = module.cat([hidden, turned], -1)
        hidden = module.relu(_layer(tensors, f"colour.{k}", hidden))
    found: torch.Tensor = module.sigmoid(_layer(tensors, "rgb", hidden))
    return found


def _layer(tensors: "Tensors", name: str, inputs: "torch.Tensor") -> "torch.Tensor":
    module = import_torch()
    found: torch.Tensor = module.nn.functional.linear(
        inputs, tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    )
    return found

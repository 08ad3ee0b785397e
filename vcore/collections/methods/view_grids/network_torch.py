"""Network from latents to an image, and the bits of latents, in torch, for the fit."""

import math
from typing import TYPE_CHECKING

from vcore.collections.methods.view_grids.network import COLOURS, MIDDLE, SLOPE
from vcore.collections.methods.view_grids.shapes import Shapes
from vcore.methods._networks.fitting.device import import_torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    Tensors = dict[str, torch.Tensor]


def outputs_of(
    shapes: Shapes, parameters: "Tensors", latents: "Sequence[torch.Tensor]"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return colours (n, 3, y, x), 0 to 1, and logits of mask and alpha (n, 0 to 2, y, x).

    Parameters
    ----------
    latents
        (n, channel, y, x) of each scale, times gains.
    """
    torch = import_torch()
    functional = torch.nn.functional
    features = functional.gelu(
        functional.conv2d(latents[0], parameters["w0"], parameters["b0"], padding=1)
    )
    sizes = [*shapes.sizes[1:], shapes.size]
    for layer, (height, width) in enumerate(sizes, 1):
        if layer > 1 and shapes.inputs[layer - 1]:
            features = torch.cat([features, latents[layer - 1]], 1)
        weights, bias = parameters[f"w{layer}"], parameters[f"b{layer}"]
        features = functional.conv2d(features, weights, bias, padding=1)
        features = functional.pixel_shuffle(features, 2)[..., :height, :width]
        if layer < len(sizes):
            features = functional.gelu(features)
    return features[:, :COLOURS] + MIDDLE, features[:, COLOURS:] * SLOPE


def bits_of(
    latents: "torch.Tensor", spread: "torch.Tensor", slope: "torch.Tensor"
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return two estimates of the bits of nodes (node,): of integers, to fit the scales to, and one
    to fit the latents to.

    Laplace distributions, whose scale grows with the magnitude of coded neighbours, stand for the
    coder's mixture of adaptive counters. Between the integers the bits are interpolated linearly,
    so that the gradient pulls every latent towards 0: one that errors push to and fro stays there.
    The scales are fitted to the integers alone.

    Parameters
    ----------
    latents
        (node, channel, y, x), in steps.
    spread, slope
        Logarithm of the scale without neighbours, and its growth with their magnitude, (node,
        channel).
    """
    torch = import_torch()
    whole = latents.detach().round().abs()
    coded = torch.nn.functional.pad(whole, (1, 1, 1, 0))
    above, here = coded[..., :-1, :], coded[..., 1:, :-2]
    near = above[..., 1:-1] + here + (above[..., :-2] + above[..., 2:]) / 2
    scale = torch.nn.functional.softplus(slope)[..., None, None] * near
    rise = 1 / (torch.exp(spread)[..., None, None] + scale)
    half = torch.exp(-0.5 * rise)
    none = -torch.log1p(-half)
    first = math.log(2) - torch.log1p(-half * half) + 0.5 * rise - none
    exact = none + whole.clamp(max=1) * first + (whole - 1).clamp(min=0) * rise
    size = latents.abs()
    pulled = size.clamp(max=1) * first.detach() + (size - 1).clamp(min=0) * rise.detach()
    return exact.sum((1, 2, 3)) / math.log(2), pulled.sum((1, 2, 3)) / math.log(2)

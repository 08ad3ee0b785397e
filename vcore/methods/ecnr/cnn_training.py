"""Fitting of the deblocking network, with torch."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import optimise
from vcore.methods.ecnr.cnn import HALO, Layers, refined, sizes_of
from vcore.methods.ecnr.geometry import Array, Scale, downsampled
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region

PATCH = 24
"""Side of a training patch in voxels; 34 voxels with the halo."""
BATCH = 4
CHECK_PATCHES = 24
"""Number of patches for checking that the network improves the result."""
NOISE = 0.02
"""Spread of the initial weights around the identity."""


def first_layers(channels: int, rng: np.random.Generator) -> Layers:
    """Return layers initialised as the identity plus a little noise.

    The first channel passes on the values (they are 0 to 1, so ReLU leaves them unchanged): the fit
    starts from the decoded values.
    """
    found: Layers = []
    for inputs, outputs in sizes_of(channels):
        spread = NOISE * math.sqrt(2 / (27 * inputs))
        weights = spread * rng.standard_normal((27, inputs, outputs))
        weights[:, :, 0] *= 0.1
        weights[13, 0, 0] += 1.0
        found.append((weights.astype(np.float32), np.zeros(outputs, np.float32)))
    return found


def fit(
    source: VariableSource,
    scale: Scale,
    read: Callable[[Region], Array],
    settings: EcnrSettings,
    context: Context,
    time_share: float,
) -> Layers:
    """Return the network fitted to the mean squared error against the original, as in section 3.6.

    Parameters
    ----------
    scale
        Finest scale.
    read
        Reader of a region as decoded from the block networks.
    """
    torch = import_torch()
    device = device_of(context)
    rng = np.random.default_rng(context.seed + 5)
    first = first_layers(settings.cnn, rng)
    leaves = [
        torch.from_numpy(np.ascontiguousarray(a)).to(device).requires_grad_()
        for pair in first
        for a in pair
    ]

    def loss_of(_step: int) -> Any:
        pairs = [patch(source, scale, read, rng) for _ in range(BATCH)]
        x = torch.from_numpy(np.stack([p[0] for p in pairs])[:, None]).to(device)
        y = torch.from_numpy(np.stack([p[1] for p in pairs])[:, None]).to(device)
        for k in range(0, len(leaves), 2):
            weights, biases = leaves[k], leaves[k + 1]
            kernel = weights.permute(2, 1, 0).reshape(*weights.shape[:0:-1], 3, 3, 3)
            x = torch.nn.functional.conv3d(x, kernel, biases)
            if k + 2 < len(leaves):
                x = torch.relu(x)
        return ((x - y) ** 2).mean() * 1e4  # Adam's epsilon is 1e-8

    voxels = math.prod(scale.shape)
    seen = BATCH * math.prod(min(PATCH, n) for n in scale.shape[2:])
    optimise(
        leaves,
        loss_of,
        steps=max(settings.cnn_epochs * voxels // seen, 1),
        learning_rate=settings.cnn_rate,
        optimiser="adam",
        context=context,
        time_share=time_share,
        stage="smoothing",
    )
    arrays = [v.detach().cpu().numpy() for v in leaves]
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def patch(
    source: VariableSource, scale: Scale, read: Callable[[Region], Array], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return a random box as decoded, with halo, and the original of the box."""
    region: list[slice] = []
    for n in scale.shape[:2]:
        i = int(rng.integers(n))
        region.append(slice(i, i + 1))
    wide, pad = [*region], []
    for n in scale.shape[2:]:
        a = int(rng.integers(max(n - PATCH, 0) + 1))
        region.append(slice(a, a + min(PATCH, n)))
        wide.append(slice(max(a - HALO, 0), min(region[-1].stop + HALO, n)))
        pad.append((wide[-1].start - (a - HALO), region[-1].stop + HALO - wide[-1].stop))
        short = PATCH - min(PATCH, n)  # pads all patches of a batch to the same shape
        pad[-1] = pad[-1][0], pad[-1][1] + short
    decoded = np.pad(read(tuple(wide))[0, 0], pad, mode="edge")
    original = downsampled(source, scale, tuple(region))[0, 0]
    ends = [(0, PATCH - n) for n in original.shape]
    return decoded, np.pad(original, ends, mode="edge")


def pays(
    source: VariableSource, scale: Scale, read: Callable[[Region], Array], layers: Layers, seed: int
) -> bool:
    """Return whether the network reduces the error on some random boxes."""
    rng = np.random.default_rng(seed)
    before = after = 0.0
    for _ in range(CHECK_PATCHES):
        region: Region = ()
        for k, n in enumerate(scale.shape):
            side = 1 if k < 2 else min(PATCH, n)
            a = int(rng.integers(n - side + 1))
            region = (*region, slice(a, a + side))
        original = downsampled(source, scale, region)
        before += float(np.square(read(region) - original, dtype=np.float64).sum())
        after += float(
            np.square(refined(read, region, scale.shape, layers) - original, dtype=np.float64).sum()
        )
    return after < before

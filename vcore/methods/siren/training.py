"""Fitting of the sine network to a variable's voxels, with torch."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import Plateau, optimise
from vcore.methods._networks.layers import sine_weights
from vcore.methods._networks.shrinking import Codebook, restore, share
from vcore.methods.siren.layout import Layout, inputs
from vcore.methods.siren.network import (
    Parameters,
    Shape,
    forward,
    shared_count,
)
from vcore.methods.siren.settings import SirenSettings
from vcore.methods.siren.stored import pack
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region, whole

MAX_SAMPLES = 1 << 26
"""Maximum number of sample positions to fit to; larger volumes are subsampled at random to this
number, far above the number of weights."""
BATCH = {"cuda": 1 << 18, "cpu": 1 << 12}
"""Sample positions per step by device. COIN uses all at once; a CPU gets further in the same time
with more steps (docs/methods.md)."""
ACTIVATION_BYTES = 1 << 30
"""Maximum bytes of stored activations per step; networks that need more get a smaller batch."""
ACTIVATIONS = 4
"""Float32 arrays per layer that a batch stores for, or uses in, the gradient computation."""
TRAINING_SHARE, TUNING_STEPS, TUNING_RATE = 0.85, 0.15, 0.1
"""Share of the time before weight sharing, and steps and learning rate of the fine-tuning of
shared values relative to those of the fit."""
CHECK_BATCHES = 8
"""Number of batches for comparing the final weights with the best earlier ones."""


@dataclass(frozen=True)
class Samples:
    """Training samples.

    Parameters
    ----------
    values
        Normalised to 0..1, shape (n, components), float32.
    where
        Flat index of each sample position over t z y x, shape (n,), int64.
    """

    values: NDArray[np.float32]
    where: NDArray[np.int64]


def read_samples(source: VariableSource, layout: Layout, context: Context) -> Samples:
    """Return all sample positions of ``source``, or about MAX_SAMPLES drawn uniformly."""
    rng = np.random.default_rng(context.seed)
    share = min(MAX_SAMPLES / layout.count, 1.0)
    values, where = [], []
    slabs = list(_slabs(source, layout))
    for number, region in enumerate(slabs):
        context.report("reading", number / len(slabs))
        index = [np.arange(s.start, s.stop) for s in layout.positions(region)]
        flat = np.ravel_multi_index(np.ix_(*index), layout.lengths).ravel()
        rows = layout.rows(source.read_normalised(region))
        if share < 1:
            selected = rng.random(len(flat)) < share
            flat, rows = flat[selected], rows[selected]
        where.append(flat)
        values.append(rows)
    return Samples(np.concatenate(values), np.concatenate(where))


def _slabs(source: VariableSource, layout: Layout) -> Any:
    """Yield the source's slabs with all components at once."""
    every = layout.components(whole(source.shape))
    for region in source.slabs():
        if layout.components(region).start == 0:
            yield _with_components(region, layout, every)


def _with_components(region: Region, layout: Layout, components: slice) -> Region:
    pairs = zip(layout.axes, region, strict=True)
    return tuple(components if name == "c" else s for name, s in pairs)


def batch_size(settings: SirenSettings, shape: Shape, device: str) -> int:
    """Return the number of sample positions per step, not limited by the available number."""
    a_place = ACTIVATIONS * 4 * (len(shape.arrays) // 2) * shape.width
    return settings.batch or max(min(BATCH[device], ACTIVATION_BYTES // a_place), 1)


def fitted_bytes(
    samples: Samples,
    layout: Layout,
    shape: Shape,
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> bytes:
    """Fit the network and return its stored bytes; the parameters are those of ``fit``."""
    weights, shared = fit(samples, layout, shape, settings, context, time_share)
    return pack(weights, shared, shape)


def fit(
    samples: Samples,
    layout: Layout,
    shape: Shape,
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> tuple[Parameters, dict[str, Codebook]]:
    """Fit the network; return the float32 weights, and the fine-tuned shared ones.

    Parameters
    ----------
    time_share
        Share of the context's time limit by which to finish.
    """
    torch = import_torch()
    device = device_of(context)
    generator = torch.Generator(device).manual_seed(context.seed)
    first = sine_weights(shape.arrays, settings.omega, np.random.default_rng(context.seed))
    weights = {n: torch.from_numpy(v).to(device).requires_grad_() for n, v in first.items()}
    values, where = (torch.from_numpy(a).to(device) for a in (samples.values, samples.where))
    axes = [torch.from_numpy(a).to(device) for a in layout.coordinates(whole(layout.shape))]
    batch = batch_size(settings, shape, device.type)
    everything = inputs(axes, where) if batch >= len(where) else None

    def error_of(parameters: Parameters) -> Any:
        x, wanted = everything, values
        if x is None:
            drawn = torch.randint(len(where), (batch,), generator=generator, device=device)
            x, wanted = inputs(axes, where[drawn]), values[drawn]
        found = forward(parameters, x, settings.omega, residual=settings.residual)
        return ((found - wanted) ** 2).mean()

    plateau, best, best_loss = Plateau(), weights, math.inf

    def stop(done: float, loss: Any) -> bool:
        nonlocal best, best_loss
        enough = plateau(done, loss)
        if plateau.mean < best_loss:
            best, best_loss = {n: v.detach().clone() for n, v in weights.items()}, plateau.mean
        return enough

    optimise(
        list(weights.values()),
        lambda step: error_of(weights),
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        optimiser="adam",
        context=context,
        time_share=time_share * (TRAINING_SHARE if shape.residual else 1),
        stop=stop,
    )
    # like COIN, keep the best weights: at a high learning rate a deep network may diverge
    with torch.no_grad():
        last = sum(float(error_of(weights)) for _ in range(CHECK_BATCHES)) / CHECK_BATCHES
    fitted = weights if last <= best_loss else best
    arrays = {n: v.detach().cpu().numpy() for n, v in fitted.items()}
    if not shape.residual:
        return arrays, {}
    shared = {n: share(arrays[n], shared_count(shape.width)) for n in shape.shared}
    return arrays, _tuned(arrays, shared, error_of, settings, context, time_share)


def _tuned(
    arrays: Parameters,
    shared: dict[str, Codebook],
    error_of: Callable[[Parameters], Any],
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> dict[str, Codebook]:
    """Fine-tune the shared values; return them, and update the other weights in ``arrays``."""
    torch = import_torch()
    device = device_of(context)
    indices = {
        n: torch.from_numpy(s.indices.astype(np.int64)).to(device) for n, s in shared.items()
    }
    leaves = {
        n: torch.from_numpy(shared[n].values if n in shared else v).to(device).requires_grad_()
        for n, v in arrays.items()
    }

    def loss_of(_step: int) -> Any:
        return error_of(
            {n: restore(v, indices[n]) if n in indices else v for n, v in leaves.items()}
        )

    optimise(
        list(leaves.values()),
        loss_of,
        steps=max(round(TUNING_STEPS * settings.steps), 1),
        learning_rate=TUNING_RATE * settings.learning_rate,
        optimiser="adam",
        context=context,
        time_share=time_share,
        stage="tuning",
    )
    fitted = {n: v.detach().cpu().numpy() for n, v in leaves.items()}
    arrays.update({n: v for n, v in fitted.items() if n not in shared})
    return {n: Codebook(fitted[n], s.indices) for n, s in shared.items()}

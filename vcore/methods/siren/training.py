"""Fitting the sine network to a variable's voxels, with torch."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import device_of, import_torch
from vcore.methods._networks.fitting.loop import Plateau, optimise
from vcore.methods._networks.shrinking import Codebook, restore, share
from vcore.methods.siren import neurcomp
from vcore.methods.siren.layout import Layout, inputs
from vcore.methods.siren.network import (
    Parameters,
    Shape,
    first_weights,
    forward,
    pack,
    shared_kinds,
)
from vcore.methods.siren.settings import SirenSettings
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region, whole

MAX_PLACES = 1 << 26
"""Places to fit on; of larger volumes as many are drawn, far more than a network has weights."""
BATCH = {"cuda": 1 << 18, "cpu": 1 << 12}
"""Places a step. COIN takes all at once; a CPU gets further in the same time by more steps
(docs/methods.md)."""
ACTIVATION_BYTES = 1 << 30
"""What a step may keep of all layers; networks that would keep more get a smaller batch."""
ACTIVATIONS = 4
"""Float32 arrays of a batch that a layer keeps for its gradient, or needs to compute it."""
TRAINED, TUNING, TUNING_RATE = 0.85, 0.15, 0.1
"""Of the time before weights are shared; steps and rate with which shared values are fitted on,
over those of the fit."""
CHECKS = 8
"""Batches on which the last weights are compared with the best before."""


@dataclass(frozen=True)
class Places:
    """What to fit to.

    Parameters
    ----------
    values
        Normalised to 0..1, shape (n, components), float32.
    where
        Flat index of each place among all of t z y x, shape (n,), int64.
    """

    values: NDArray[np.float32]
    where: NDArray[np.int64]


def read_places(source: VariableSource, layout: Layout, context: Context) -> Places:
    """Return all places of ``source``, or about MAX_PLACES drawn evenly from them."""
    rng = np.random.default_rng(context.seed)
    share = min(MAX_PLACES / layout.count, 1.0)
    values, where = [], []
    slabs = list(_slabs(source, layout))
    for number, region in enumerate(slabs):
        context.report("reading", number / len(slabs))
        index = [np.arange(s.start, s.stop) for s in layout.positions(region)]
        flat = np.ravel_multi_index(np.ix_(*index), layout.lengths).ravel()
        rows = layout.rows(source.read_normalised(region))
        if share < 1:
            kept = rng.random(len(flat)) < share
            flat, rows = flat[kept], rows[kept]
        where.append(flat)
        values.append(rows)
    return Places(np.concatenate(values), np.concatenate(where))


def _slabs(source: VariableSource, layout: Layout) -> Any:
    """Yield the source's slabs, with all components at once."""
    every = layout.components(whole(source.shape))
    for region in source.slabs():
        if layout.components(region).start == 0:
            yield _with_components(region, layout, every)


def _with_components(region: Region, layout: Layout, components: slice) -> Region:
    pairs = zip(layout.axes, region, strict=True)
    return tuple(components if name == "c" else s for name, s in pairs)


def batch_size(settings: SirenSettings, shape: Shape, device: str) -> int:
    """Return how many places a step takes, if there are so many."""
    a_place = ACTIVATIONS * 4 * (len(shape.arrays) // 2) * shape.width
    return settings.batch or max(min(BATCH[device], ACTIVATION_BYTES // a_place), 1)


def fitted_bytes(
    places: Places,
    layout: Layout,
    shape: Shape,
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> bytes:
    """Return the fitted network as stored; the arguments are those of ``fit``."""
    weights, shared = fit(places, layout, shape, settings, context, time_share)
    return neurcomp.pack(weights, shared, shape) if shape.residual else pack(weights)


def fit(
    places: Places,
    layout: Layout,
    shape: Shape,
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> tuple[Parameters, dict[str, Codebook]]:
    """Return the fitted weights, float32, and those that are shared, fitted on.

    Parameters
    ----------
    time_share
        Share of the context's time limit that may have passed when this ends.
    """
    torch = import_torch()
    device = device_of(context)
    generator = torch.Generator(device).manual_seed(context.seed)
    first = first_weights(shape, settings.omega, np.random.default_rng(context.seed))
    weights = {n: torch.from_numpy(v).to(device).requires_grad_() for n, v in first.items()}
    values, where = (torch.from_numpy(a).to(device) for a in (places.values, places.where))
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

    plateau, best, least = Plateau(), weights, math.inf

    def stop(done: float, loss: Any) -> bool:
        nonlocal best, least
        enough = plateau(done, loss)
        if plateau.mean < least:
            best, least = {n: v.detach().clone() for n, v in weights.items()}, plateau.mean
        return enough

    optimise(
        list(weights.values()),
        lambda step: error_of(weights),
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        optimiser="adam",
        context=context,
        time_share=time_share * (TRAINED if shape.residual else 1),
        stop=stop,
    )
    # COIN keeps its best weights, too: at a high rate a deep network may lose all that it learned
    with torch.no_grad():
        last = sum(float(error_of(weights)) for _ in range(CHECKS)) / CHECKS
    fitted = weights if last <= least else best
    arrays = {n: v.detach().cpu().numpy() for n, v in fitted.items()}
    if not shape.residual:
        return arrays, {}
    shared = {n: share(arrays[n], shared_kinds(shape.width)) for n in shape.shared}
    return arrays, _tuned(arrays, shared, error_of, settings, context, time_share)


def _tuned(
    arrays: Parameters,
    shared: dict[str, Codebook],
    error_of: Callable[[Parameters], Any],
    settings: SirenSettings,
    context: Context,
    time_share: float,
) -> dict[str, Codebook]:
    """Return shared weights whose values were fitted on; ``arrays`` are changed with them."""
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
        steps=max(round(TUNING * settings.steps), 1),
        learning_rate=TUNING_RATE * settings.learning_rate,
        optimiser="adam",
        context=context,
        time_share=time_share,
        stage="tuning",
    )
    fitted = {n: v.detach().cpu().numpy() for n, v in leaves.items()}
    arrays.update({n: v for n, v in fitted.items() if n not in shared})
    return {n: Codebook(fitted[n], s.indices) for n, s in shared.items()}


def part_of(context: Context, number: int, count: int) -> Context:
    """Return a context in which a fit counts as one of ``count``."""
    return replace(
        context,
        progress=lambda stage, share: context.progress(stage, (number + share) / count),
    )

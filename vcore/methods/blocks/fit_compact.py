"""Preset `compact`, encoder: choose block side and water level, fit, quantise, meet the budget."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.budget import Budget
from vcore.context import Context
from vcore.entropy.weights import dequantise, pack
from vcore.methods.base import Sink
from vcore.methods.blocks.base_layer import SECTION, Means, block_means, encode_means
from vcore.methods.blocks.compact import DECODER, Compact, network_shapes, six_digits
from vcore.methods.blocks.layout import BlockLattice, cut
from vcore.methods.blocks.plan import DECODER_SHARE, BlockStatistics, decoder_bytes, mean_step
from vcore.methods.blocks.search import Search, all_codes
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.blocks.training import GROUP, SAMPLED_BLOCKS, TRAINING_BYTES, Blocks, Fit
from vcore.methods.source import Source

if TYPE_CHECKING:
    from vcore.methods.blocks.method import BlockMethod

__all__ = ["MOST_VALUES", "TRAINING_BYTES", "encode"]

DEFAULT_PSNR = 40.0
MOST_VALUES = 64
"""Most values a block that are chosen automatically."""
OVERLAP = 2
"""Voxels that neighbouring blocks share by default: the fewest that let a seam fade."""
PLANNED_SHARE = 0.7
"""Share of an allowed squared error that the plan spends: a network falls a little short of the
ideal transform."""
BOUND_TO_RMS = 2.0
"""With an error bound, the method aims at a root mean square error of the bound over this; the
residual does the rest."""


def encode(
    method: "BlockMethod",
    source: Source,
    budget: Budget,
    settings: BlockSettings,
    context: Context,
    sink: Sink,
) -> tuple[BlockSettings, Compact]:
    """Fit, quantise and store; return the settings as used and the header's state.

    Raises
    ------
    BudgetError
        The budget cannot be met.
    """
    mse = _target_mse(source, budget)
    rng = np.random.default_rng(context.seed)
    settings, statistics, raw_means = _choose_side(
        method, source, budget, mse, settings, rng, context
    )
    k, overlap = settings.k or 4, settings.overlap or 0
    values, theta = _choose_values(method, settings, statistics, budget, mse)
    lattice = BlockLattice(source.frames, source.grid.shape, k)
    step = six_digits(mean_step(theta, k))
    means = Means(np.rint(raw_means / step).astype(np.int32), step)
    blocks = Blocks(source, lattice, means, overlap)
    compact = Compact(six_digits(math.sqrt(12 * theta)), step, 1.0, values, overlap)

    fit = Fit(method, blocks, compact, settings, theta, context)
    sink.add(int(math.log2(k)), SECTION, encode_means(means.quantised))
    weights, steps = fit.quantised_decoder()
    sink.add(0, DECODER, [pack(weights, steps)])
    codes = all_codes(fit, blocks, context)
    network = dequantise(weights, steps)
    search = Search(method, blocks, codes, network, fit.compact, sink, context)
    return settings.filled(s=method.code_size(values)), search.meet(budget)


def _target_mse(source: Source, budget: Budget) -> float | None:
    """Return the mean squared error to aim at, normalised; None where the budget is a size."""
    if budget.psnr is not None:
        return float(PLANNED_SHARE * 10 ** (-budget.psnr / 10))
    bound = budget.bound(source.span)
    if bound is not None:
        if source.variable.dtype.kind != "f":
            bound = math.floor(bound) + 0.5
        return float((bound / source.span / BOUND_TO_RMS) ** 2)
    if budget.bytes is not None:
        return None
    return float(10 ** (-DEFAULT_PSNR / 10))


def _choose_side(
    method: "BlockMethod",
    source: Source,
    budget: Budget,
    mse: float | None,
    settings: BlockSettings,
    rng: np.random.Generator,
    context: Context,
) -> tuple[BlockSettings, BlockStatistics, NDArray[np.float32]]:
    """Return settings with a block side, statistics and means: 8 where the decoder is a small
    share."""
    small = min(source.grid.shape) < 8
    for k in (settings.k,) if settings.k else ((4,) if small else (8, 4)):
        chosen = replace(settings, k=k, overlap=_overlap(settings, k))
        lattice = BlockLattice(source.frames, source.grid.shape, k)
        means = block_means(source, lattice, context)
        statistics = _statistics(source, lattice, means, rng)
        if settings.k or k == 4:
            break
        values, theta = _choose_values(method, chosen, statistics, budget, mse)
        decoder = decoder_bytes(_parameters(method, chosen, values))
        if decoder <= DECODER_SHARE * (
            budget.bytes or statistics.bytes_at(theta, values) + decoder
        ):
            break
    return chosen, statistics, means


def _overlap(settings: BlockSettings, k: int) -> int:
    return min(OVERLAP if settings.overlap is None else settings.overlap, k // 2)


def _choose_values(
    method: "BlockMethod",
    settings: BlockSettings,
    statistics: BlockStatistics,
    budget: Budget,
    mse: float | None,
) -> tuple[int, float]:
    """Return how many values to store a block, and the water level: the best plan, decoder
    included."""
    if method.handcrafted:
        candidates = [method.code_size(None) - 3 * method.positional]
    elif settings.s is not None:
        candidates = [settings.s]
    else:
        most = min(statistics.k**3, MOST_VALUES)
        candidates = [n for n in range(2, most + 1) if n <= 8 or n % 4 == 0]
    plans = []
    for values in candidates:
        decoder = decoder_bytes(_parameters(method, settings, values))
        room = None if budget.bytes is None else max(budget.bytes - decoder, budget.bytes / 4)
        theta = statistics.solve(budget_bytes=room, mse=mse, values=values)
        reached = statistics.mse_at(theta, values)
        size = statistics.bytes_at(theta, values) + decoder
        # a size is met by every plan, an error only by those with values enough
        missed = 0.0 if mse is None else max(reached / mse - 1.01, 0.0)
        plans.append((missed, reached if mse is None else size, values, theta))
    _, _, values, theta = min(plans)
    return values, theta


def _parameters(method: "BlockMethod", settings: BlockSettings, values: int) -> int:
    k = settings.k or 4
    shapes = network_shapes(method.hidden(k, values), k, values, _overlap(settings, k))
    return sum(math.prod(s) for s in shapes.values())


def _statistics(
    source: Source, lattice: BlockLattice, means: NDArray[np.float32], rng: np.random.Generator
) -> BlockStatistics:
    blocks = Blocks(source, lattice, Means(means, 1.0), 0)
    groups = blocks.group_boxes()
    wanted = min(len(groups), max(SAMPLED_BLOCKS // GROUP**3, 1))
    sample = []
    for i in sorted(rng.choice(len(groups), wanted, replace=False)):
        frame, box = groups[i]
        own = tuple((a + 1, min(b, n)) for (a, b), n in zip(box, lattice.blocks, strict=True))
        _, residual, _ = blocks.windows(frame, own)
        sample.append(cut(residual, lattice.k, lattice.k).reshape(-1, lattice.k**3))
    x = np.concatenate(sample).astype(np.float64)
    active = np.abs(x).max(1) > 1e-6
    x = x[active]
    covariance = x.T @ x / max(len(x), 1)
    variances = np.maximum(np.linalg.eigvalsh(covariance)[::-1], 1e-18)
    errors = means
    for axis in (-1, -2, -3):
        errors = np.diff(errors, axis=axis) if errors.shape[axis] > 1 else errors
    return BlockStatistics(
        lattice.k, lattice.count, float(active.mean()), variances, float(errors.var()) + 1e-18
    )

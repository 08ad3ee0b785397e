"""Encoder of preset `compact`: choice of block side, values per block and water level for a
budget."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.methods.blocks.base_layer import Means, block_moments
from vcore.methods.blocks.compact import network_shapes
from vcore.methods.blocks.layout import BlockLattice, cut
from vcore.methods.blocks.plan import MAX_VALUES, BlockStatistics, decoder_bytes, measure
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.blocks.training import GROUP, SAMPLED_BLOCKS, TrainingBlocks
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context

if TYPE_CHECKING:
    from vcore.methods.blocks.architecture import Architecture

DEFAULT_PSNR = 40.0
OVERLAP = 2
"""Default overlap of neighbouring blocks in voxels: the smallest that hides the seams."""
MIN_ADVANTAGE = 1.1
"""Factor in error or bytes by which blocks of side 8 must be better than side 4, as they fit
slower."""
MAX_DECODER = 0.5
"""Maximum planned share of the decoder in the bytes; above it, an error in its estimated size could
make the plan fail."""
PLANNED_SHARE = 0.7
"""Share of the allowed squared error used by the plan, as a network is slightly worse than the
ideal transform."""
BOUND_TO_RMS = 2.0
"""Ratio of an error bound to the root mean square error targeted for it; the residual does the
rest."""


def target_mse(source: VariableSource, budget: Budget) -> float | None:
    """Return the target mean squared error, normalised; None for a byte budget."""
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


@dataclass(frozen=True, order=True)
class Plan:
    """Candidate plan; the order of plans is from best to worst.

    Parameters
    ----------
    excess
        Relative excess over the requested error.
    cost
        Expected mean squared error for a byte budget, otherwise the bytes.
    values, theta
        Values per block, and water level.
    """

    excess: float
    cost: float
    values: int
    theta: float


@dataclass(frozen=True)
class Side:
    """Settings, measurements and best plan for one block side."""

    settings: BlockSettings
    statistics: BlockStatistics
    means: NDArray[np.float32]
    varied: NDArray[np.bool_]
    plan: Plan


def choose_side(
    method: "Architecture",
    source: VariableSource,
    budget: Budget,
    mse: float | None,
    settings: BlockSettings,
    context: Context,
) -> Side:
    """Return the block side with the better plan; 8 only if clearly better, as it fits slower."""
    rng = np.random.default_rng(context.seed)
    sides = []
    small = min(source.grid.shape) < 8
    for k in (settings.k,) if settings.k else ((4,) if small else (4, 8)):
        chosen = replace(settings, k=k, overlap=_overlap(settings, k))
        lattice = BlockLattice(source.frames, source.grid.shape, k)
        means, varied = block_moments(source, lattice, context)
        blocks = TrainingBlocks(source, lattice, Means(means, 1.0), varied, 0)
        statistics = _statistics(blocks, means, rng)
        plan = best_plan(method, chosen, statistics, budget, mse)
        sides.append(Side(chosen, statistics, means, varied, plan))
    best = sides[0]
    for side in sides[1:]:
        if replace(side.plan, cost=side.plan.cost * MIN_ADVANTAGE) < best.plan:
            best = side
    return best


def _overlap(settings: BlockSettings, k: int) -> int:
    return min(OVERLAP if settings.overlap is None else settings.overlap, k // 2)


def best_plan(
    method: "Architecture",
    settings: BlockSettings,
    statistics: BlockStatistics,
    budget: Budget,
    mse: float | None,
) -> Plan:
    """Return the best plan for one block side, including the decoder's bytes."""
    if method.handcrafted:
        candidates = [method.code_size(None) - 3 * method.positional]
    elif settings.s is not None:
        candidates = [settings.s]
    else:
        max_values = min(statistics.k**3, MAX_VALUES)
        candidates = [n for n in range(2, max_values + 1) if n <= 8 or n % 4 == 0]
    if budget.bytes is not None and len(candidates) > 1:
        limit = MAX_DECODER * budget.bytes
        sizes = [decoder_bytes(_parameters(method, settings, n)) for n in candidates]
        candidates = [
            n for n, b in zip(candidates, sizes, strict=True) if b <= limit
        ] or candidates[:1]
    plans = []
    for values in candidates:
        decoder = decoder_bytes(_parameters(method, settings, values))
        room = None if budget.bytes is None else max(budget.bytes - decoder, budget.bytes / 4)
        theta = statistics.solve(budget_bytes=room, mse=mse, values=values)
        reached = statistics.mse_at(theta, values)
        size = bytes_of(method, settings, statistics, values, theta)
        # every plan meets a byte budget, but only those with enough values meet an error
        excess = 0.0 if mse is None else max(reached / mse - 1.01, 0.0)
        plans.append(Plan(excess, reached if mse is None else size, values, theta))
    return min(plans)


def bytes_of(
    method: "Architecture",
    settings: BlockSettings,
    statistics: BlockStatistics,
    values: int,
    theta: float,
) -> int:
    """Return the expected bytes of a plan, including the decoder."""
    decoder = decoder_bytes(_parameters(method, settings, values))
    return int(statistics.bytes_at(theta, values) + decoder)


def _parameters(method: "Architecture", settings: BlockSettings, values: int) -> int:
    k = settings.k or 4
    shapes = network_shapes(method.hidden(k, values), k, values, _overlap(settings, k))
    return sum(math.prod(s) for s in shapes.values())


def _statistics(
    blocks: TrainingBlocks, means: NDArray[np.float32], rng: np.random.Generator
) -> BlockStatistics:
    lattice = blocks.lattice
    groups, share = blocks.groups()
    wanted = min(len(groups), max(SAMPLED_BLOCKS // GROUP**3, 1))
    sample = [np.zeros((1, lattice.k**3), np.float32)]
    for i in sorted(rng.choice(len(groups), wanted, replace=False)):
        frame, box = groups[i]
        own = tuple((a + 1, min(b, n)) for (a, b), n in zip(box, lattice.blocks, strict=True))
        _, residual, _ = blocks.windows(frame, own)
        sample.append(cut(residual, lattice.k, lattice.k).reshape(-1, lattice.k**3))
    rng.shuffle(sample)
    errors = means
    for axis in (-1, -2, -3):
        errors = np.diff(errors, axis=axis, prepend=0)
    x = np.concatenate(sample)[: SAMPLED_BLOCKS // 4].astype(np.float64)
    return measure(lattice.k, lattice.count, share, x, errors.ravel()[:: errors.size // 65536 + 1])

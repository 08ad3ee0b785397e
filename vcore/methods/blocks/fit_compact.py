"""Preset `compact`, encoder: choose block side and water level, fit, quantise, meet the budget."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.budget import Budget
from vcore.context import Context
from vcore.entropy.weights import dequantise, pack
from vcore.errors import BudgetError
from vcore.methods.base import Sink
from vcore.methods.blocks.base_layer import SECTION, Means, block_moments, encode_means
from vcore.methods.blocks.compact import DECODER, Compact, network_shapes, six_digits
from vcore.methods.blocks.layout import BlockLattice, cut
from vcore.methods.blocks.plan import (
    DECODER_SHARE,
    MOST_VALUES,
    BlockStatistics,
    decoder_bytes,
    mean_step,
    measure,
)
from vcore.methods.blocks.search import Search, all_codes
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.blocks.training import (
    GROUP,
    SAMPLED_BLOCKS,
    TRAINING_BYTES,
    Blocks,
    Fit,
)
from vcore.methods.source import Source

if TYPE_CHECKING:
    from vcore.methods.blocks.method import BlockMethod

__all__ = ["MOST_VALUES", "TRAINING_BYTES", "encode"]

DEFAULT_PSNR = 40.0
MOST_DECODER = 0.5
"""A plan whose decoder takes a larger share of the bytes could fail for a bad guess of its size."""
PILOTS = 3
"""Most short fits that correct the plan before the long one."""
FULL_FITS = 3
"""Most full fits, each with corrected quantisers, for a PSNR."""
PLANNING_TIME = 0.4
"""Share of a time limit that planning may take."""
PILOT_STEPS = 8
"""A pilot takes one step of so many."""
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
    settings, statistics, raw_means, varied = _choose_side(
        method, source, budget, mse, settings, rng, context
    )
    lattice = BlockLattice(source.frames, source.grid.shape, settings.k or 4)
    attempt = _Attempt(method, source, lattice, raw_means, varied, settings, context, sink)
    values, theta = _choose_values(method, settings, statistics, budget, mse)
    if budget.bytes is not None and not method.handcrafted:
        # how many bytes the codes take shows in a short fit
        for _ in range(PILOTS):
            multiple = attempt.multiple(values, theta, budget)
            if abs(math.log2(multiple)) < 0.5:
                break
            theta *= min(max(multiple**2, 0.01), 100)
            decoder = decoder_bytes(_parameters(method, settings, values))
            goal = Budget(bytes=int(statistics.bytes_at(theta, values) + decoder))
            values, theta = _choose_values(method, settings, statistics, goal, None)
    for left in reversed(range(FULL_FITS)):
        # what error a network reaches shows only in a full one
        try:
            compact = attempt.run(values, theta, settings.steps, budget)
        except BudgetError:
            if budget.psnr is None or left == 0:
                raise
            change = 0.25
        else:
            change = min(max(compact.code_step**2, 0.1), 10) if budget.psnr is not None else 1.0
        if 0.25 < change < 4 or method.handcrafted:
            break
        theta *= change
        values, theta = _choose_values(
            method, settings, statistics, budget, statistics.mse_at(theta, values)
        )
    return settings.filled(s=method.code_size(values)), compact


class _Attempt:
    """Fits and stores for one plan; the next one replaces what the last one stored."""

    def __init__(
        self,
        method: "BlockMethod",
        source: Source,
        lattice: BlockLattice,
        means: NDArray[np.float32],
        varied: NDArray[np.bool_],
        settings: BlockSettings,
        context: Context,
        sink: Sink,
    ) -> None:
        self._method, self._source, self._lattice = method, source, lattice
        self._means, self._varied = means, varied
        self._settings, self._context, self._sink = settings, context, sink

    def multiple(self, values: int, theta: float, budget: Budget) -> float:
        """Return how much coarser or finer than planned the codes must be, after a short fit.

        A network predicts more from the means around than the plan's linear transform does, so the
        plan errs towards coarse quantisers; how far shows only in a fit.
        """
        steps = max(self._settings.steps // PILOT_STEPS, 10)
        try:
            return self.run(values, theta, steps, budget, planning=True).code_step
        except BudgetError:
            return 2.0

    def run(
        self, values: int, theta: float, steps: int, budget: Budget, *, planning: bool = False
    ) -> Compact:
        """Fit, quantise, meet the budget and store; return the header's state."""
        context = self._context.as_stage("planning", PLANNING_TIME) if planning else self._context
        k, overlap = self._lattice.k, self._settings.overlap or 0
        step = six_digits(mean_step(theta, k))
        means = Means(np.rint(self._means / step).astype(np.int32), step)
        blocks = Blocks(self._source, self._lattice, means, self._varied, overlap)
        compact = Compact(six_digits(math.sqrt(12 * theta)), step, 1.0, values, overlap)
        settings = replace(self._settings, steps=steps)
        fit = Fit(self._method, blocks, compact, settings, theta, context)
        self._sink.add(int(math.log2(k)), SECTION, encode_means(means.quantised))
        weights, weight_steps = fit.quantised_decoder()
        self._sink.add(0, DECODER, [pack(weights, weight_steps)])
        codes = all_codes(fit, blocks, context)
        network = dequantise(weights, weight_steps)
        search = Search(self._method, blocks, codes, network, fit.compact, self._sink, context)
        return search.meet(budget)


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
) -> tuple[BlockSettings, BlockStatistics, NDArray[np.float32], NDArray[np.bool_]]:
    """Return settings with a block side, statistics and means: 8 where the decoder is a small
    share."""
    small = min(source.grid.shape) < 8
    for k in (settings.k,) if settings.k else ((4,) if small else (8, 4)):
        chosen = replace(settings, k=k, overlap=_overlap(settings, k))
        lattice = BlockLattice(source.frames, source.grid.shape, k)
        means, varied = block_moments(source, lattice, context)
        blocks = Blocks(source, lattice, Means(means, 1.0), varied, 0)
        statistics = _statistics(blocks, means, rng)
        if settings.k or k == 4:
            break
        values, theta = _choose_values(method, chosen, statistics, budget, mse)
        decoder = decoder_bytes(_parameters(method, chosen, values))
        if decoder <= DECODER_SHARE * (
            budget.bytes or statistics.bytes_at(theta, values) + decoder
        ):
            break
    return chosen, statistics, means, varied


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
    if budget.bytes is not None and len(candidates) > 1:
        limit = MOST_DECODER * budget.bytes
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
    blocks: Blocks, means: NDArray[np.float32], rng: np.random.Generator
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

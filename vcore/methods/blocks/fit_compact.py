"""Encoder of preset `compact`: plan, fit, quantise, meet the budget."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vcore.errors import BudgetError
from vcore.methods._networks.weights import dequantise, pack
from vcore.methods.base import Sink
from vcore.methods.blocks.base_layer import SECTION, Means, encode_means
from vcore.methods.blocks.compact import DECODER, Compact, six_digits
from vcore.methods.blocks.layout import BlockLattice
from vcore.methods.blocks.plan import mean_step
from vcore.methods.blocks.planning import Plan, Side, best_plan, bytes_of, choose_side, target_mse
from vcore.methods.blocks.search import Search, all_codes
from vcore.methods.blocks.settings import BlockSettings
from vcore.methods.blocks.training import Fit, TrainingBlocks
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context

if TYPE_CHECKING:
    from vcore.methods.blocks.architecture import Architecture

PILOTS = 3
"""Maximum number of short fits that correct the plan before the full one."""
PILOT_STEPS = 8
"""Divisor of the number of steps for a pilot fit."""
PLANNING_TIME = 0.4
"""Maximum share of a time limit spent on planning."""
FULL_FITS = 3
"""Maximum number of full fits, each with corrected quantisers, for a PSNR."""


def encode(
    method: "Architecture",
    source: VariableSource,
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
    mse = target_mse(source, budget)
    side = choose_side(method, source, budget, mse, settings, context)
    settings, statistics, plan = side.settings, side.statistics, side.plan
    attempt = _Attempt(method, source, side, context, sink)
    if budget.bytes is not None and not method.handcrafted:
        # a short fit tells the bytes of the codes
        for _ in range(PILOTS):
            multiple = attempt.multiple(plan, budget)
            if abs(math.log2(multiple)) < 0.5:
                break
            theta = plan.theta * min(max(multiple**2, 0.01), 100)
            goal = Budget(bytes=bytes_of(method, settings, statistics, plan.values, theta))
            plan = best_plan(method, settings, statistics, goal, None)
    for left in reversed(range(FULL_FITS)):
        # only a full fit tells the error of the network
        try:
            compact = attempt.run(plan, settings.steps, budget)
        except BudgetError:
            if budget.psnr is None or method.handcrafted or left == 0:
                raise
            change = 0.25
        else:
            change = min(max(compact.code_step**2, 0.1), 10) if budget.psnr is not None else 1.0
        if 0.25 < change < 4 or method.handcrafted:
            break
        goal_mse = statistics.mse_at(plan.theta * change, plan.values)
        plan = best_plan(method, settings, statistics, budget, goal_mse)
    return settings.filled(s=method.code_size(plan.values)), compact


class _Attempt:
    """Fitting and storing for one plan; each run replaces the sections stored by the previous
    one."""

    def __init__(
        self,
        method: "Architecture",
        source: VariableSource,
        side: Side,
        context: Context,
        sink: Sink,
    ) -> None:
        self._method, self._source, self._side = method, source, side
        self._context, self._sink = context, sink
        k = side.settings.k or 4
        self._lattice = BlockLattice(source.frames, source.grid.shape, k)

    def multiple(self, plan: Plan, budget: Budget) -> float:
        """Return the factor on the planned code step that meets the budget, from a short fit.

        The network predicts more from the neighbouring means than the plan's linear transform does,
        so the plan errs towards coarse quantisers.
        """
        steps = max(self._side.settings.steps // PILOT_STEPS, 10)
        try:
            return self.run(plan, steps, budget, planning=True).code_step
        except BudgetError:
            return 2.0

    def run(self, plan: Plan, steps: int, budget: Budget, *, planning: bool = False) -> Compact:
        """Fit, quantise, meet the budget and store; return the header's state."""
        context = self._context.as_stage("planning", PLANNING_TIME) if planning else self._context
        side, k, theta = self._side, self._lattice.k, plan.theta
        overlap = side.settings.overlap or 0
        step = six_digits(mean_step(theta, k))
        means = Means(np.rint(side.means / step).astype(np.int32), step)
        blocks = TrainingBlocks(self._source, self._lattice, means, side.varied, overlap)
        unit = math.sqrt(12 * theta)
        if self._method.handcrafted:  # no quantiser step of the codes to scale windows by
            unit = max(unit, math.sqrt(side.statistics.energy / k**3))
        compact = Compact(six_digits(unit), step, 1.0, plan.values, overlap)
        settings = replace(side.settings, steps=steps)
        fit = Fit(self._method, blocks, compact, settings, theta, context)
        self._sink.add(int(math.log2(k)), SECTION, encode_means(means.quantised))
        weights, weight_steps = fit.quantised_decoder()
        self._sink.add(0, DECODER, [pack(weights, weight_steps)])
        codes = all_codes(fit, blocks, context)
        network = dequantise(weights, weight_steps)
        search = Search(self._method, blocks, codes, network, fit.compact, self._sink, context)
        return search.meet(budget)

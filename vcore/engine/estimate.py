"""Estimates of time, memory and bytes of a compression, from a sample of the volume."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from vcore.container import Writer
from vcore.engine.compress import compress
from vcore.engine.decoder import VariableDecoder
from vcore.engine.layers import bound
from vcore.engine.layers.stabilised import REACH, lattice_of
from vcore.engine.pieces import Piece, channels_of, is_split, piece_of
from vcore.engine.plans import Plan, plans_of
from vcore.engine.scan import scan
from vcore.engine.variable import describe
from vcore.errors import BudgetError
from vcore.io import read
from vcore.methods.base import Achieved, Method, Sink
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.budgets import Given, parse_budget
from vcore.model.context import Context, StageClock
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.threshold import thresholded
from vcore.model.volume import Variable, Volume
from vcore.noise import detector_of

SAMPLE_SIDE = 96
"""Side in voxels of the sample in the middle of the volume."""


@dataclass(frozen=True)
class Estimate:
    """Estimated cost of a compression: ``seconds``, ``memory`` (peak, in bytes), ``bytes`` of the
    file."""

    seconds: float
    memory: int
    bytes: int

    def to_json(self) -> dict[str, float]:
        """Return the figures."""
        return asdict(self)


def estimate(
    source: Volume | Any,
    *,
    method: str | None = None,
    budget: Given | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    zero_below: float | None = None,
    **asked: float | str | Mapping[str, Any],
) -> Estimate:
    """Estimate the cost of a compression from a short trial on a sample; arguments as in
    ``compress``.

    Raises
    ------
    InputError, BudgetError
        As in ``compress``.
    """
    wanted = parse_budget(budget, asked)
    context, volume = context or Context(), read(source)
    if zero_below is not None:
        volume = thresholded(volume, zero_below)
    plans, _ = plans_of(volume, method, wanted, settings, context, compress)
    seconds, memory, size = 0.0, 0, 0
    for plan in plans:
        found = [
            _predicted(part.grid, piece, context)
            for part in (volume.select([name]) for name in plan.names)
            for piece in _pieces(part, part.variables[0], plan, context)
        ]
        seconds += sum(each.seconds for each in found)
        memory = max(memory, *(each.memory for each in found))
        total = plan.budget.limit_bytes(plan.nbytes, plan.size)
        size += total if total is not None else sum(each.bytes for each in found)
    return Estimate(seconds, memory, size)


def _pieces(volume: Volume, variable: Variable, plan: Plan, context: Context) -> list[Piece]:
    """Return what is coded apart, with the range and the foreground of the whole variable."""
    source, _ = scan(variable, volume.grid, context)
    split = is_split(source, plan, variable.nbytes / plan.nbytes)
    sources = channels_of(source, context) if split else [source]
    with Writer(None) as writer:
        return [piece_of(own, plan, Sink(writer, 0), None) for own in sources]


def _predicted(grid: Grid, piece: Piece, context: Context) -> Estimate:
    """Return the estimate for one piece; its bytes include sections only."""
    plan, budget, whole, size = piece.plan, piece.budget, piece.source, 0.0
    variable, chosen = whole.variable, plan.method
    region = _sample_region(variable)
    sample = Variable(
        "sample",
        variable.read(region)[(0,) * (len(variable.axes) - 3)],
        fill_value=variable.fill_value,
    )
    began = time.monotonic()
    source, _ = scan(sample, grid.cropped(region[-3:]), context)
    if source.span > 0:  # a quality refers to the range of the whole
        source = replace(source, range=whole.range)
    ratio = variable.size / sample.size
    memory = chosen.peak_memory(whole, plan.settings)
    part, seconds = budget, 0.0
    if budget.noise_sigma is not None and source.span > 0:
        looked = time.monotonic()
        detector = detector_of(whole, context, **budget.detector())
        began += time.monotonic() - looked  # does not grow with the volume
        lattice = lattice_of(detector, budget.noise_sigma, source.range, sample.dtype)
        source, part = lattice.coded(source), Budget(max_error=REACH)
    if source.span > 0:
        short, longer = chosen.trial_settings(plan.settings, ratio)
        clock = StageClock(context)
        limit = budget.limit_bytes(sample.nbytes, sample.size)
        if chosen.one_model:
            limit = budget.limit_bytes(plan.nbytes, plan.size)
            limit = limit and int(limit / plan.nbytes * variable.nbytes)
        elif budget.bytes is not None:
            limit = int(budget.bytes / plan.nbytes * sample.nbytes)
        part = Budget(bytes=limit) if limit is not None else part
        with Writer(None) as writer:
            sink = Sink(writer, 0)
            # the decoder takes a larger share of the sample's bytes than of the volume's
            with suppress(BudgetError):
                achieved = chosen.encode(source, part, short, clock.context, sink)
                _add_residual(source, part, chosen, achieved, writer, context)
            # with a bound, model and residual scale with the volume
            grows = ratio if budget.is_bound or not chosen.one_model else 1.0
            size = sink.bytes * grows
        fitting = clock.seconds("fitting")
        rest = time.monotonic() - began - fitting
        seconds = fitting * longer + rest * ratio
    return Estimate(seconds, memory, int(size))


def _add_residual(
    source: VariableSource,
    budget: Budget,
    method: Method,
    achieved: Achieved,
    writer: Writer,
    context: Context,
) -> None:
    """Encode the residual layer of the sample, if the budget is an error bound."""
    limit = budget.bound(source.span)
    if limit is None or method.keeps_bounds:
        return
    header = describe(source, method.name, achieved)
    decoder = VariableDecoder(header, source.grid, writer.reader(0))
    step = bound.quantiser_step(limit, source.range, source.variable.dtype, exact=method.exact)
    Sink(writer, 0).add(0, bound.SECTION, bound.encode_residual(source, decoder.raw, step, context))


def _sample_region(variable: Variable) -> Region:
    """Return a centred box in the first frame."""
    lead = tuple(slice(0, 1) for _ in variable.shape[:-3])
    box = []
    for n in variable.shape[-3:]:
        side = min(n, SAMPLE_SIDE)
        box.append(slice((n - side) // 2, (n - side) // 2 + side))
    return (*lead, *box)

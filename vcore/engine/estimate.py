"""Time, memory and bytes of a compression, predicted from a sample of the volume."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from vcore import methods
from vcore.container import Writer
from vcore.engine.compress import named_or_chosen
from vcore.engine.decoder import VariableDecoder
from vcore.engine.encoder import describe
from vcore.engine.layers import bound
from vcore.engine.layers.stabilised import REACH, lattice_of
from vcore.engine.scan import scan
from vcore.errors import BudgetError
from vcore.io import read
from vcore.methods.base import Achieved, Method, Sink
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context, StageClock
from vcore.model.regions import Region
from vcore.model.volume import Variable, Volume, thresholded
from vcore.noise import detector_of

SAMPLE_SIDE = 96
"""Side in voxels of the sample in the middle of the volume."""


@dataclass(frozen=True)
class Estimate:
    """What a compression is expected to take: ``seconds``, ``memory`` (bytes), ``bytes`` of the
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
    budget: Budget | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    zero_below: float | None = None,
) -> Estimate:
    """Predict a compression by a short fit on a sample; the arguments are those of ``compress``.

    Raises
    ------
    InputError, BudgetError
        As ``compress`` would.
    """
    context, volume = context or Context(), read(source)
    if zero_below is not None:
        volume = thresholded(volume, zero_below)
    chosen = methods.get(named_or_chosen(volume, method, budget, settings, context)[0])
    parsed = chosen.Settings.from_json(settings or {})
    budget = budget if budget and not budget.is_empty else chosen.default_budget(parsed)
    seconds, memory, size = 0.0, 0, 0.0
    for variable in volume.variables:
        region = _sample_region(variable)
        sample = Variable("sample", variable.read(region)[(0,) * (len(variable.axes) - 3)])
        began = time.monotonic()
        source, _ = scan(sample, volume.grid.cropped(region[-3:]), context)
        ratio = variable.size / sample.size
        memory = max(
            memory, chosen.peak_memory(VariableSource(variable, volume.grid, (0, 1)), parsed)
        )
        part = budget
        if budget.noise_sigma is not None and source.span > 0:
            looked = time.monotonic()
            whole = VariableSource(variable, volume.grid, source.range)
            detector = detector_of(whole, context, **budget.detector())
            began += time.monotonic() - looked  # does not grow with the volume
            lattice = lattice_of(detector, budget.noise_sigma, source.range, sample.dtype)
            source, part = lattice.coded(source), Budget(max_error=REACH)
        if source.span > 0:
            short, longer = chosen.trial_settings(parsed, ratio)
            clock = StageClock(context)
            limit = budget.limit_bytes(sample.nbytes, sample.size)
            if chosen.one_model:
                limit = budget.limit_bytes(volume.nbytes, sum(v.size for v in volume.variables))
                limit = limit and int(limit / volume.nbytes * variable.nbytes)
            elif budget.bytes is not None:
                limit = int(budget.bytes / volume.nbytes * sample.nbytes)
            part = Budget(bytes=limit) if limit is not None else part
            with Writer(None) as writer:
                sink = Sink(writer, 0)
                # the sample is smaller than the volume: a decoder weighs more in it
                with suppress(BudgetError):
                    achieved = chosen.encode(source, part, short, clock.context, sink)
                    _add_residual(source, part, chosen, achieved, writer, context)
                # a bound's model follows the volume's size, and so does its residual
                grows = ratio if budget.is_bound or not chosen.one_model else 1.0
                size += sink.bytes * grows
            fitting = clock.seconds("fitting")
            rest = time.monotonic() - began - fitting
            seconds += fitting * longer + rest * ratio
    total = budget.limit_bytes(volume.nbytes, sum(v.size for v in volume.variables))
    return Estimate(seconds, memory, int(total if total is not None else size))


def _add_residual(
    source: VariableSource,
    budget: Budget,
    method: Method,
    achieved: Achieved,
    writer: Writer,
    context: Context,
) -> None:
    """Code what an error bound adds to the sample."""
    limit = budget.bound(source.span)
    if limit is None or method.keeps_bounds:
        return
    header = describe(source, method.name, achieved)
    decoder = VariableDecoder(header, source.grid, writer.reader(0))
    step = bound.quantiser_step(limit, source.range, source.variable.dtype, exact=method.exact)
    Sink(writer, 0).add(0, bound.SECTION, bound.encode_residual(source, decoder.raw, step, context))


def _sample_region(variable: Variable) -> Region:
    """Return a box in the middle of the first frame."""
    lead = tuple(slice(0, 1) for _ in variable.shape[:-3])
    box = []
    for n in variable.shape[-3:]:
        side = min(n, SAMPLE_SIDE)
        box.append(slice((n - side) // 2, (n - side) // 2 + side))
    return (*lead, *box)

"""Search for the quantiser step that meets a budget, in a few passes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.model import Model, solved
from vcore.methods.wavelet.rdo import PRESETS, RdoPreset
from vcore.methods.wavelet.reconstruct import WORK_VOXELS
from vcore.methods.wavelet.settings import MAX, MAX_STEP, MIN_STEP, WaveletSettings
from vcore.methods.wavelet.tables import Tables
from vcore.model.context import Context

MAX_PASSES, MODELLED = 8, 4
"""Maximum number of passes, and of those whose step the model of a sample chooses."""
APART, MAX_DRIFT = 0.1, 0.5
"""Distance in the logarithm of two steps from which on the drift of the model's error between them
counts, and the drift per unit at most."""
FIRST_STEP = 0.01
"""Step with which the model's solution for a number of bytes begins."""
POWER_SLOPE = 1.6
"""Slope of the logarithms of error and step with which the search begins."""
NEAR_BYTES = 0.994
"""Share of the byte budget from which a pass is accepted."""
NEARER_BYTES = 0.998
"""The same for budgets below SMALL_BUDGET, where the header is a notable share, and for effort
``max``."""
FILTER_BYTES = 400
"""Upper bound on the bytes of a filter and a restoration in the header."""
SMALL_BUDGET = 20_000
NEAR_PSNR, NEARER_PSNR = 0.04, 0.006
"""Accepted excess over the requested PSNR, in dB; the second for effort ``max``."""
LOSSLESS_PSNR = 1000.0
"""PSNR in dB above which all voxels are exact, so that it carries no information on the step."""
COARSER_FACTOR = 1.3
OVERSHOOT = 1.2
"""Factor on a secant step through the last two passes, so that the next pass likely lands on the
other side of the target."""
MAX_FALL, MIN_FALL = 20 / math.log(10), 2.0
"""Maximum and minimum fall of the PSNR in dB when the step grows by a factor of e: 6 dB per
doubling at most, less if many coefficients are 0."""

Points = list[tuple[float, float]]
"""Logarithms of steps, and of what was found there over what the model says."""
Coded = tuple[float, list[Any], Tables]
"""Step, integers (valid until the next quantisation) and tables."""


class HasLevels(Protocol):
    """Coefficients of a frame, an array for each level."""

    @property
    def levels(self) -> Sequence[NDArray[np.float32]]: ...


class Encoder(Protocol):
    """Pyramids of a variable that can be coded at any step; see ``encoder.Encoder``."""

    source: VariableSource
    preset: RdoPreset

    @property
    def frames(self) -> Sequence[HasLevels]: ...

    def model(self) -> Model | None: ...

    def quantise(self, step: float, *, draft: bool = False) -> tuple[list[Any], Tables]: ...

    def filtered(self, tables: Tables, step: float) -> Tables: ...

    def code(self, quantised: list[Any], sink: Sink) -> int: ...

    def measured(
        self, quantised: list[Any], tables: Tables, step: float
    ) -> tuple[float, Tables]: ...

    def with_share(self, tables: Tables) -> Tables: ...


def for_bytes(
    encoder: Encoder, limit: int, settings: WaveletSettings, context: Context, sink: Sink
) -> tuple[float, Tables]:
    """Code with the finest step that fits into ``limit`` bytes; return it and the tables.

    With effort ``max``, try every preset in PRESETS and keep the best PSNR.

    Raises
    ------
    BudgetError
        Even the coarsest step exceeds ``limit``.
    """
    if settings.effort != MAX:
        step, quantised, tables = _for_bytes(encoder, limit, settings, context, sink)
        return step, encoder.measured(quantised, tables, step)[1]
    found = []
    for number, preset in enumerate(PRESETS):
        encoder.preset, part = preset, context.part(number / len(PRESETS), 1 / len(PRESETS))
        step, quantised, tables = _for_bytes(encoder, limit, settings, part, sink)
        psnr, tables = encoder.measured(quantised, tables, step)
        found.append((psnr, number, step, tables))
    _, number, step, tables = max(found)
    encoder.preset = PRESETS[number]
    encoder.code(encoder.quantise(step)[0], sink)
    return step, tables


def _for_bytes(
    encoder: Encoder, limit: int, settings: WaveletSettings, context: Context, sink: Sink
) -> Coded:
    sections = 0
    complete: set[float] = set()

    def counted(step: float, tables: Tables) -> int:
        """Return the bytes of sections and header counted by the budget."""
        left = sink.room_left(replace(settings, step=step), tables.state())
        return max(sections - left, 1)

    def coded(step: float) -> tuple[int, Coded]:
        """Code without a filter; return the bytes and the result."""
        nonlocal sections
        quantised, tables = encoder.quantise(step, draft=True)
        sections = encoder.code(quantised, sink)
        return counted(step, tables), (step, quantised, tables)

    def completed(tried: Coded) -> tuple[int, Coded]:
        """Add the filter to what was coded last; it takes as long as all else, and few bytes."""
        step, quantised, tables = tried
        complete.add(step)
        tables = encoder.filtered(tables, step)
        return counted(step, tables), (step, quantised, tables)

    def best_of(tried: Coded) -> Coded:
        """Add the filter to what was coded last, if it has room."""
        if tried[0] in complete:
            return tried
        size, better = completed(tried)
        return better if size <= limit else tried

    model = encoder.model()
    histogram: list[NDArray[np.float64]] = []

    def modelled(step: float) -> float:
        """Return the bytes of the model, or of a coarser one of all magnitudes."""
        if model is not None:
            return model.bytes_of(step)
        if not histogram:
            histogram.extend(magnitudes_of(encoder.frames))
        return cost_of(step, *histogram)

    near = NEARER_BYTES if limit < SMALL_BUDGET or settings.effort == MAX else NEAR_BYTES
    goal = (1 + near) / 2 * limit
    scale = 1.0
    wrong: Points = []
    fit: Coded | None = None
    above: tuple[float, float] | None = None  # log step and log bytes, over the limit
    below: tuple[float, float] | None = None  # the same, within the limit
    last, aim = 0.0, math.log(goal)
    found: list[tuple[float, float]] = []
    for number in range(MAX_PASSES):
        context.report("coding", number / MAX_PASSES)
        low = above[0] if above else -math.inf
        high = below[0] if below else math.inf
        step = 0.0
        if model is not None and number < MODELLED:
            step = solved(corrected(modelled, wrong), goal, last or FIRST_STEP)
        if step and low < math.log(step) < high:
            pass  # as the model says
        elif above and below:
            share = (above[1] - aim) / max(above[1] - below[1], 1e-9)
            step = math.exp(above[0] + min(max(share, 0.05), 0.95) * (below[0] - above[0]))
        elif len(found) > 1 and found[-1][1] != found[-2][1]:  # the model's error is one-sided
            (a, size_a), (b, size_b) = found[-2:]
            step = math.exp(b + OVERSHOOT * (aim - size_b) * (b - a) / (size_b - size_a))
            step = min(max(step, MIN_STEP), MAX_STEP)
        else:
            min_step = math.exp(above[0]) if above else MIN_STEP
            max_step = math.exp(below[0]) if below else MAX_STEP
            step = bisected(modelled, goal / scale, min_step, max_step)
        (size, tried), last = coded(step), step
        if near * limit - FILTER_BYTES <= size <= limit or step <= MIN_STEP * 1.001:
            size, tried = completed(tried)
        found.append((math.log(step), math.log(size)))
        if size <= limit:
            fit, below = tried, (math.log(step), math.log(size))
            if size >= near * limit or step <= MIN_STEP * 1.001:
                break
        else:
            if step >= MAX_STEP:
                raise _too_few(size, limit)
            above = math.log(step), math.log(size)
        scale = size / max(modelled(step), 1.0)
        wrong.append((math.log(step), math.log(scale)))
    if fit is None:
        step = last
        while True:
            step = min(step * COARSER_FACTOR, MAX_STEP)
            size, tried = coded(step)
            if size <= limit:
                return best_of(tried)
            if step >= MAX_STEP:
                raise _too_few(size, limit)
    return best_of(fit) if fit[0] == last else best_of(coded(fit[0])[1])


def _too_few(size: int, limit: int) -> BudgetError:
    return BudgetError(
        f"Expected at least {size} bytes for wavelet. Got a budget of {limit}: allow more.", size
    )


def for_psnr(
    encoder: Encoder, psnr: float, settings: WaveletSettings, context: Context, sink: Sink
) -> Coded:
    """Return the coarsest step that reaches ``psnr`` dB, or the finest step.

    With effort ``max``, try every preset in PRESETS and keep the one with the fewest bytes.
    """
    if settings.effort != MAX:
        return _for_psnr(encoder, psnr, NEAR_PSNR, context)
    found = []
    for number, preset in enumerate(PRESETS):
        encoder.preset, part = preset, context.part(number / len(PRESETS), 1 / len(PRESETS))
        step, quantised, _ = _for_psnr(encoder, psnr, NEARER_PSNR, part)
        found.append((encoder.code(quantised, sink), number, step))
    _, number, step = min(found)
    encoder.preset = PRESETS[number]
    return _checked(encoder, step)


def _checked(encoder: Encoder, step: float) -> Coded:
    """Quantise with ``step`` and drop filter classes that do harm."""
    quantised, tables = encoder.quantise(step)
    return step, quantised, encoder.measured(quantised, tables, step)[1]


def first_step(psnr: float) -> float:
    """Return a first guess of the step that reaches ``psnr`` dB."""
    return min(max(4 * 10 ** (-psnr / 20), MIN_STEP), MAX_STEP)


def corrected(function: Callable[[float], float], wrong: Points) -> Callable[[float], float]:
    """Return a function of the step times the factor by which it was wrong, extrapolated."""
    if not wrong:
        return function
    at, error = wrong[-1]
    drift = 0.0
    if len(wrong) > 1 and abs(at - wrong[-2][0]) >= APART:
        drift = (error - wrong[-2][1]) / (at - wrong[-2][0])
        drift = min(max(drift, -MAX_DRIFT), MAX_DRIFT)
    return lambda step: function(step) * math.exp(error + drift * (math.log(step) - at))


def power(psnr: float) -> float:
    """Return the mean squared error of a PSNR in dB, relative to the squared data range; not 0, as
    its logarithm is taken."""
    return max(float(10 ** (-psnr / 10)), 1e-300)


def _for_psnr(encoder: Encoder, psnr: float, near: float, context: Context) -> Coded:
    min_step, max_step = MIN_STEP, MAX_STEP
    source = encoder.source
    # at a quarter of an integer as step, hardly any error is left
    finest = min_step if source.variable.dtype.kind == "f" else 0.25 / source.span
    model, step = encoder.model(), first_step(psnr)
    wrong: Points = []
    if model is not None:
        step = solved(model.power_of, power(psnr + near / 2), step, POWER_SLOPE)
    step = min(max(step, finest), max_step)
    fit: float | None = None
    below: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    fall = MAX_FALL
    last: tuple[float, float] | None = None
    for number in range(MAX_PASSES + 4):
        context.report("searching", number / (MAX_PASSES + 4))
        quantised, tables = encoder.quantise(step)
        tried = step
        reached, tables = encoder.measured(quantised, tables, step)
        if reached >= psnr:
            fit, above, min_step = step, (math.log(step), reached), step
            if reached <= psnr + near or step >= MAX_STEP:
                break
        else:
            below, max_step = (math.log(step), reached), step
            if step <= MIN_STEP:
                break
        aim = psnr + near / 2
        lossless = above is not None and above[1] > LOSSLESS_PSNR
        modelled = 0.0
        if model is not None and number + 1 < MODELLED and not lossless:
            wrong.append((math.log(step), math.log(power(reached) / model.power_of(step))))
            found = corrected(model.power_of, wrong)
            modelled = solved(found, power(aim), step, POWER_SLOPE)
        if min_step < modelled < max_step and (above or modelled < MAX_STEP):
            step, last = modelled, (step, reached)
        elif below and above:
            share = 0.5 if lossless else (aim - above[1]) / (below[1] - above[1])
            step = math.exp(above[0] + min(max(share, 0.05), 0.95) * (below[0] - above[0]))
        elif lossless:
            step = min(2 * step, MAX_STEP)
        else:
            if last is not None and step != last[0]:
                drop = (last[1] - reached) / math.log(step / last[0])
                fall = min(max(drop, MIN_FALL), MAX_FALL)
            last = step, reached
            step *= math.exp((reached - aim) / fall)
            step = min(max(step, MIN_STEP), MAX_STEP)
    fit = MIN_STEP if fit is None else fit
    return (fit, quantised, tables) if fit == tried else _checked(encoder, fit)


def magnitudes_of(
    frames: Sequence[HasLevels],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a histogram of the coefficients' magnitudes: bin centres and counts."""
    edges = np.linspace(-26, 16, 1009)
    counts = np.zeros(len(edges) - 1)
    for frame in frames:
        for level in frame.levels:
            flat = level.reshape(-1)
            for start in range(0, flat.size, WORK_VOXELS):
                some = flat[start : start + WORK_VOXELS]
                logs = np.log2(np.abs(some[some != 0]))
                counts += np.histogram(np.clip(logs, -26, 16), edges)[0]
    return 2.0 ** ((edges[1:] + edges[:-1]) / 2), counts


def cost_of(step: float, magnitudes: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Return the modelled bytes at ``step``, up to a constant factor."""
    return float((counts * np.log2(1 + np.square(magnitudes / step))).sum()) / 8


def bisected(
    modelled: Callable[[float], float], bytes_: float, min_step: float, max_step: float
) -> float:
    """Return the step between the given limits with modelled bytes ``bytes_``."""
    lo, hi = math.log(min_step), math.log(max_step)
    for _ in range(40):
        middle = (lo + hi) / 2
        if modelled(math.exp(middle)) > bytes_:
            lo = middle
        else:
            hi = middle
    return min(max(math.exp(hi), min_step), max_step)

"""The quantiser step that a budget asks for, found in a few passes."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError
from vcore.methods.base import Sink
from vcore.methods.wavelet.encoder import Encoder, Quantised
from vcore.methods.wavelet.rdo import CARES
from vcore.methods.wavelet.reconstruct import WORK_VOXELS
from vcore.methods.wavelet.settings import LARGEST_STEP, MAX, SMALLEST_STEP, WaveletSettings
from vcore.methods.wavelet.tables import Tables
from vcore.model.context import Context

MAX_PASSES = 8
NEAR_BYTES = 0.994
"""Share of the bytes from which on a pass is good enough."""
NEARER_BYTES = 0.998
"""The same of small files, of which the header's slack is a share, and of effort ``max``."""
SMALL = 20_000
NEAR_PSNR, NEARER_PSNR = 0.04, 0.006
"""In dB above what is asked."""
NOTHING_LOST = 1000.0
"""In dB: above, no voxel errs, and the PSNR says nothing about the step."""
TRIED_COARSER = 1.3
BEYOND = 1.2
"""Share of the way that a line through the last two passes gives, such that the next one is likely
on the other side of what is asked."""
STEEPEST, FLATTEST = 20 / math.log(10), 2.0
"""By how many dB the PSNR falls at most and at least where the step grows by a factor of e: 6 dB
for twice the step, less where much is 0."""

Coded = tuple[float, list[Quantised], Tables]
"""Step, integers (until others are found) and tables."""


def for_bytes(
    encoder: Encoder, limit: int, settings: WaveletSettings, context: Context, sink: Sink
) -> tuple[float, Tables]:
    """Code with the finest step that ``limit`` bytes allow; return it and the tables. With effort
    ``max``, as the care does that gives the best PSNR.

    Raises
    ------
    BudgetError
        No step is coarse enough.
    """
    if settings.effort != MAX:
        step, quantised, tables = _for_bytes(encoder, limit, settings, context, sink)
        return step, encoder.measured(quantised, tables, step)[1]
    found = []
    for number, care in enumerate(CARES):
        encoder.care, part = care, context.part(number / len(CARES), 1 / len(CARES))
        step, quantised, tables = _for_bytes(encoder, limit, settings, part, sink)
        psnr, tables = encoder.measured(quantised, tables, step)
        found.append((psnr, number, step, tables))
    _, number, step, tables = max(found)
    encoder.care = CARES[number]
    encoder.code(encoder.quantise(step)[0], sink)
    return step, tables


def _for_bytes(
    encoder: Encoder, limit: int, settings: WaveletSettings, context: Context, sink: Sink
) -> Coded:
    def coded(step: float) -> tuple[int, Coded]:
        """Code; return the bytes of sections and header that count, and what was coded."""
        quantised, tables = encoder.quantise(step)
        size = encoder.code(quantised, sink)
        left = sink.room_left(replace(settings, step=step), tables.state())
        return max(size - left, 1), (step, quantised, tables)

    magnitudes, counts = _magnitudes(encoder)
    near = NEARER_BYTES if limit < SMALL or settings.effort == MAX else NEAR_BYTES
    goal = (1 + near) / 2 * limit
    scale = 1.0
    fit: Coded | None = None
    above: tuple[float, float] | None = None  # logarithms of step and bytes, too many and not
    below: tuple[float, float] | None = None
    last, aim = 0.0, math.log(goal)
    found: list[tuple[float, float]] = []
    for number in range(MAX_PASSES):
        context.report("coding", number / MAX_PASSES)
        if above and below:
            share = (above[1] - aim) / max(above[1] - below[1], 1e-9)
            step = math.exp(above[0] + min(max(share, 0.05), 0.95) * (below[0] - above[0]))
        elif len(found) > 1 and found[-1][1] != found[-2][1]:  # the model misses on one side
            (a, size_a), (b, size_b) = found[-2:]
            step = math.exp(b + BEYOND * (aim - size_b) * (b - a) / (size_b - size_a))
            step = min(max(step, SMALLEST_STEP), LARGEST_STEP)
        else:
            least = math.exp(above[0]) if above else SMALLEST_STEP
            most = math.exp(below[0]) if below else LARGEST_STEP
            step = _step_for(goal / scale, magnitudes, counts, least, most)
        (size, tried), last = coded(step), step
        found.append((math.log(step), math.log(size)))
        if size <= limit:
            fit, below = tried, (math.log(step), math.log(size))
            if size >= near * limit or step <= SMALLEST_STEP * 1.001:
                break
        else:
            if step >= LARGEST_STEP:
                raise _too_few(size, limit)
            above = math.log(step), math.log(size)
        scale = size / max(_cost(step, magnitudes, counts), 1.0)
    if fit is None:
        step = last
        while True:
            step = min(step * TRIED_COARSER, LARGEST_STEP)
            size, tried = coded(step)
            if size <= limit:
                return tried
            if step >= LARGEST_STEP:
                raise _too_few(size, limit)
    return fit if fit[0] == last else coded(fit[0])[1]


def _too_few(size: int, limit: int) -> BudgetError:
    return BudgetError(
        f"Expected at least {size} bytes for wavelet. Got a budget of {limit}: allow more.", size
    )


def for_psnr(
    encoder: Encoder, psnr: float, settings: WaveletSettings, context: Context, sink: Sink
) -> Coded:
    """Return the coarsest step that reaches ``psnr`` dB, or the finest there is. With effort
    ``max``, of the care that takes the fewest bytes."""
    if settings.effort != MAX:
        return _for_psnr(encoder, psnr, NEAR_PSNR, context)
    found = []
    for number, care in enumerate(CARES):
        encoder.care, part = care, context.part(number / len(CARES), 1 / len(CARES))
        step, quantised, _ = _for_psnr(encoder, psnr, NEARER_PSNR, part)
        found.append((encoder.code(quantised, sink), number, step))
    _, number, step = min(found)
    encoder.care = CARES[number]
    return _checked(encoder, step)


def _checked(encoder: Encoder, step: float) -> Coded:
    """Quantise with ``step``, the filter checked."""
    quantised, tables = encoder.quantise(step)
    return step, quantised, encoder.measured(quantised, tables, step)[1]


def _for_psnr(encoder: Encoder, psnr: float, near: float, context: Context) -> Coded:
    least, most = SMALLEST_STEP, LARGEST_STEP
    source = encoder.source
    # of a quarter of an integer's step hardly any error is left to be lessened
    finest = least if source.variable.dtype.kind == "f" else 0.25 / source.span
    step = min(max(10 ** (-psnr / 20) * 4, finest, least), most)
    fit: float | None = None
    below: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    fall = STEEPEST
    last: tuple[float, float] | None = None
    for number in range(MAX_PASSES + 4):
        context.report("searching", number / (MAX_PASSES + 4))
        quantised, tables = encoder.quantise(step)
        tried = step
        reached, tables = encoder.measured(quantised, tables, step)
        if reached >= psnr:
            fit, above, least = step, (math.log(step), reached), step
            if reached <= psnr + near or step >= LARGEST_STEP:
                break
        else:
            below, most = (math.log(step), reached), step
            if step <= SMALLEST_STEP:
                break
        aim = psnr + near / 2
        exact = above is not None and above[1] > NOTHING_LOST
        if below and above:
            share = 0.5 if exact else (aim - above[1]) / (below[1] - above[1])
            step = math.exp(above[0] + min(max(share, 0.05), 0.95) * (below[0] - above[0]))
        elif exact:
            step = min(2 * step, LARGEST_STEP)
        else:
            if last is not None and step != last[0]:
                found = (last[1] - reached) / math.log(step / last[0])
                fall = min(max(found, FLATTEST), STEEPEST)
            last = step, reached
            step *= math.exp((reached - aim) / fall)
            step = min(max(step, SMALLEST_STEP), LARGEST_STEP)
    fit = SMALLEST_STEP if fit is None else fit
    return (fit, quantised, tables) if fit == tried else _checked(encoder, fit)


def _magnitudes(encoder: Encoder) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return magnitudes and how many coefficients have them, from a histogram."""
    edges = np.linspace(-26, 16, 1009)
    counts = np.zeros(len(edges) - 1)
    for frame in encoder.frames:
        for level in frame.levels:
            flat = level.reshape(-1)
            for start in range(0, flat.size, WORK_VOXELS):
                some = flat[start : start + WORK_VOXELS]
                logs = np.log2(np.abs(some[some != 0]))
                counts += np.histogram(np.clip(logs, -26, 16), edges)[0]
    return 2.0 ** ((edges[1:] + edges[:-1]) / 2), counts


def _cost(step: float, magnitudes: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """Return bytes in proportion to what coding with ``step`` takes."""
    return float((counts * np.log2(1 + np.square(magnitudes / step))).sum()) / 8


def _step_for(
    bytes_: float,
    magnitudes: NDArray[np.float64],
    counts: NDArray[np.float64],
    least: float,
    most: float,
) -> float:
    """Return the step between ``least`` and ``most`` that costs ``bytes_`` by the model."""
    lo, hi = math.log(least), math.log(most)
    for _ in range(40):
        middle = (lo + hi) / 2
        if _cost(math.exp(middle), magnitudes, counts) > bytes_:
            lo = middle
        else:
            hi = middle
    return min(max(math.exp(hi), least), most)

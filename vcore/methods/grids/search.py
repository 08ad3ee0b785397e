"""Search for the quantiser step of a pyramid that meets a budget."""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from vcore.errors import BudgetError
from vcore.methods.base import Sink
from vcore.methods.grids.decoder import SECTION, PyramidDecoder
from vcore.methods.grids.fit import Fit
from vcore.methods.grids.pyramid import MAX_STEP, MIN_STEP, Integers, Pyramid
from vcore.methods.grids.settings import GridsSettings
from vcore.methods.grids.whole import encode_grids
from vcore.methods.psnr import psnr_of
from vcore.methods.source import VariableSource
from vcore.model.context import Context

FIRST_STEP = 0.1
TRIES = 7
"""Steps tried for a budget before and after the refinement each, at most."""
NEAR = 0.985
"""Share of the bytes allowed from which a file is not made larger."""
SLOPE = -1.2
"""Change of the logarithm of the bytes with that of the step, for a first guess."""
SHARPER = 0.8
"""Step of the refinement in those that the budget allows without it: it leaves fewer integers."""
TIME_SHARE = 0.8
"""Share of the time limit by which the refinement ends."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Trial:
    """Rounded grids and their step."""

    fit: Fit
    step: float
    integers: Sequence[Integers]

    @cached_property
    def error(self) -> float:
        """Mean square error in shares of the range, not yet clipped or rounded."""
        return self.fit.error(self.fit.values_of(self.integers, self.step))


class Search:
    """Search for the step with one fit.

    Parameters
    ----------
    fit, pyramid
        Values to round, and their sizes.
    sink
        Takes the sections.
    settings, source
        Settings as used, and the variable.
    """

    def __init__(
        self,
        fit: Fit,
        pyramid: Pyramid,
        sink: Sink,
        context: Context,
        settings: GridsSettings,
        source: VariableSource,
    ) -> None:
        self.fit, self._pyramid, self._sink = fit, pyramid, sink
        self._context, self.settings, self._source = context, settings, source

    @staticmethod
    def state_of(step: float) -> dict[str, float]:
        """Return the state of the header for a step."""
        return {"step": step}

    def psnr(self, step: float) -> float:
        """Return the PSNR in dB of the stored sections."""
        source = self._source
        decoder = PyramidDecoder(
            source.variable.axes, self._pyramid, source.range, source.grid, step,
            self._sink.reader(),
        )  # fmt: skip
        return psnr_of(source, decoder)

    @property
    def _is_late(self) -> bool:
        return self._context.clock() > self._context.until()

    def trial(self, step: float) -> Trial:
        """Return the grids rounded to a step."""
        step = min(max(float(f"{step:.6g}"), MIN_STEP), MAX_STEP)
        return Trial(self.fit, step, self.fit.rounded(step))

    def store(self, trial: Trial) -> int:
        """Store the sections; return their bytes, less those of the header's room that are left."""
        streams = encode_grids(self._pyramid, trial.integers)
        self._sink.clear()
        for level in reversed(range(self._pyramid.levels)):
            units = [streams[key] for key in self._pyramid.units(level)]
            self._sink.add(level, SECTION, units)
        left = self._sink.room_left(self.settings, self.state_of(trial.step))
        return max(self._sink.bytes - left, 1)

    def within(self, limit: int, first: float) -> Trial:
        """Return the trial of the smallest step found whose file has at most ``limit`` bytes.

        Raises
        ------
        BudgetError
            There is none.
        """
        best: Trial | None = None
        low: tuple[float, float] | None = None
        high: tuple[float, float] | None = None
        step, tries = first, 0
        while best is None or (tries < TRIES and not self._is_late):
            self._context.report("coding", 0.0)
            trial = self.trial(step)
            size, tries = self.store(trial), tries + 1
            point = math.log(trial.step), math.log(max(size, 1) / limit)
            if size <= limit:
                best, high = trial, point
                if size >= NEAR * limit or trial.step <= MIN_STEP:
                    break
            else:
                low = point
                if trial.step >= MAX_STEP:
                    raise BudgetError(
                        f"Expected at least {size} bytes for the grids of this variable. Got a "
                        f"budget of {limit}: allow more, or choose another method.",
                        size,
                    )
            step = math.exp(_next(low, high))
            step = min(max(step, MIN_STEP), MAX_STEP)
        return best

    def reaching(self, error: float, first: float, least: float = MIN_STEP) -> Trial | None:
        """Return the trial of the largest step found with at most this mean square error; None if
        none is above ``least``."""
        best: Trial | None = None
        low, high, step, tries = math.log(least), math.log(MAX_STEP), first, 0
        while (tries < TRIES and not (best and self._is_late)) or (
            best is None and high - low > 0.01
        ):
            self._context.report("coding", 0.0)
            trial = self.trial(step)
            tries += 1
            off = math.log(max(trial.error, 1e-300) / error)
            if off <= 0:
                best, low = trial, math.log(trial.step)
                if off > -0.02 or high - low < 0.005:
                    break
            else:
                high = math.log(trial.step)
            guess = math.log(trial.step) - off / 1.6
            step = math.exp(guess if low < guess < high else (low + high) / 2)
        return best


def _next(low: tuple[float, float] | None, high: tuple[float, float] | None) -> float:
    """Return the logarithm of the next step from one that is too small and one that is too
    large, with the logarithms of their shares of the bytes."""
    aim = math.log((1 + NEAR) / 2)
    if low is None or high is None:
        at, off = low or high or (0.0, 0.0)
        move = (aim - off) / SLOPE
        return at + math.copysign(max(abs(move), 0.01), move)
    share = (aim - low[1]) / (high[1] - low[1]) if high[1] < low[1] else 0.5
    return low[0] + min(max(share, 0.05), 0.95) * (high[0] - low[0])


def for_bytes(search: Search, limit: int, context: Context) -> Trial:
    """Store the grids that are best within ``limit`` bytes; return them."""
    plain = search.within(limit, FIRST_STEP)
    rounds = search.settings.rounds
    if not rounds:
        search.store(plain)
        return plain
    search.fit.refine(plain.integers, SHARPER * plain.step, rounds, context.until(TIME_SHARE))
    found = search.within(limit, SHARPER * plain.step)
    if found.error > plain.error:
        found = plain
    search.store(found)
    return found


def for_psnr(search: Search, psnr: float, context: Context) -> Trial:
    """Store the grids that take the fewest bytes found at ``psnr``; return them.

    Raises
    ------
    BudgetError
        No step reaches it.
    """
    error, fit, rounds = 10 ** (-psnr / 10), search.fit, search.settings.rounds
    refusal = BudgetError(
        f"Expected a PSNR that grids can reach. {psnr:g} dB is more than float32 values can hold: "
        f"ask for less, or choose another method."
    )
    while True:
        plain = search.reaching(error, FIRST_STEP)
        if plain is None:
            raise refusal
        found, size = plain, search.store(plain)
        if rounds:
            before = [each.copy() for each in fit.wanted]
            fit.refine(plain.integers, SHARPER * plain.step, rounds, context.until(TIME_SHARE))
            refined = search.reaching(error, SHARPER * plain.step, plain.step / 4)
            if refined is not None and search.store(refined) < size:
                found = refined
            fit.wanted = before
        search.store(found)
        reached = search.psnr(found.step)
        if reached >= psnr:
            return found
        if error < 1e-14:
            raise refusal
        error *= min(10 ** ((reached - psnr) / 10), 0.98)
        log.info("%.3f dB reached of %g", reached, psnr)

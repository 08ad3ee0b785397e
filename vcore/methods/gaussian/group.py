"""Encoder of a group of frames: fitted, quantised and coded to a byte budget or a quality."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count as count_from

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError
from vcore.methods.gaussian import coding
from vcore.methods.gaussian.fit import ROUNDS, Fit
from vcore.methods.gaussian.mixture import Mixture
from vcore.methods.gaussian.optimise import GEOMETRY
from vcore.methods.gaussian.quantise import (
    Quantised,
    dequantised,
    quantise_later,
    quantised,
)
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import GaussianSettings
from vcore.methods.gaussian.stream import Origin, corner, pack_head, sorted_by_cell

Volume = NDArray[np.float32]

QUANTISING_SHARE = 0.015
"""Squared error allowed for quantisation relative to that of the mixture, before fine-tuning of the
remaining parameters: about 0.1 dB. It determines the step: each of a Gaussian's nine geometry
parameters and its weights adds a twelfth of the squared step times the integral of the squared
unit Gaussian, pi**1.5."""
OCTAVE = 7 / 3
"""Mean square of a strength over the square of the power of two below it, which determines the
steps of the geometry."""
FIRST_BYTES, LATER_BYTES, CHANNEL_BYTES = 5.5, 5.0, 0.7
"""Initial estimate of the bytes of a Gaussian in a group's first frame and in each later one, and
per additional channel."""
MIN_VOXELS = 8
"""Minimum number of voxels per Gaussian: with fewer, its ten numbers are no more compact than the
voxels."""
GROWTH, MIN_COUNT = 1.5, 64
"""For a PSNR: factor on the number of Gaussians per round, and minimum number before growth may
end."""
TOLERANCE, ATTEMPTS = 0.1, 3
"""Relative deviation from the bytes above which the number of Gaussians is changed, in up to
ATTEMPTS attempts; smaller deviations are corrected by the step."""
MIN_FACTOR, MAX_FACTOR = -1.7, 2.0
FULL, AIM, MAX_CHANGES = 0.97, 0.01, 6
"""Limits of the binary logarithm of the factor on the step (MIN_FACTOR, MAX_FACTOR); share of the
byte limit from which it counts as used; distance of the target below the limit, in binary
logarithm; maximum number of changes of the step."""
POLISHING = 0.35
"""Share of the steps taken after the last birth."""
TUNING = 0.1
"""Share of the steps taken after each of the two stages of quantisation."""


@dataclass(frozen=True)
class Goal:
    """Target of an encoding: maximum bytes, or mean squared error (of values 0 to 1).

    With ``rest_coded`` a residual of the Gaussians is coded too, so growth ends when further
    Gaussians cost more bits than they save there.
    """

    bytes: int | None = None
    error: float | None = None
    rest_coded: bool = False


@dataclass
class Coded:
    """Coded group.

    Parameters
    ----------
    data
        Bytes of the group.
    count
        Number of Gaussians.
    error
        Mean squared error, of values 0 to 1.
    first, unquantised
        Mean squared error of the first frame as coded, and before quantisation.
    """

    data: bytes
    count: int
    error: float
    first: float
    unquantised: float

    @property
    def loss(self) -> float:
        """PSNR lost by quantisation in the first frame, in dB."""
        return float(10 * np.log10(max(self.first, 1e-30) / max(self.unquantised, 1e-30)))


class GroupEncoder:
    """Encoder of the frames of one group and the channels of one part.

    Parameters
    ----------
    targets
        One volume (channels, z, y, x) per frame, background subtracted.
    worth
        See ``gate.worth``.
    """

    def __init__(
        self,
        targets: Sequence[Volume],
        worth: list[Volume],
        settings: GaussianSettings,
        pace: FitSchedule,
        *,
        cuda: bool = False,
    ) -> None:
        self.targets, self.pace = targets, pace
        training = settings.training
        self.steps = training.steps
        self.fit = Fit(targets[0], worth, training.rate, training.sparsity, pace, cuda=cuda)
        self.channels, self.frames = len(targets[0]), len(targets)
        self._max_count = self.targets[0][0].size // MIN_VOXELS + 8
        self._rounds = max(round((1 - POLISHING) * self.steps / len(ROUNDS)), 1)

    @property
    def expected_bytes(self) -> float:
        """Expected bytes of a Gaussian over all frames."""
        later = (self.frames - 1) * LATER_BYTES
        return FIRST_BYTES + later + (self.channels - 1) * CHANNEL_BYTES * self.frames

    def encode(self, goal: Goal) -> Coded:
        """Return the group coded within the goal's bytes, or to its error.

        Raises
        ------
        BudgetError
            Not even one Gaussian fits into the bytes.
        """
        if goal.bytes is not None:
            return self._within_bytes(goal.bytes)
        return self._to_error(goal.error or 0.0, rest_coded=goal.rest_coded)

    def _within_bytes(self, limit: int) -> Coded:
        count = min(max(int(limit / self.expected_bytes), 1), self._max_count)
        self._grow(count)
        for attempt in range(ATTEMPTS):
            self._polish()
            mixture = self.fit.mixture
            size = len(self._code(mixture, final=False).data)
            self._return_to(mixture)
            wanted = min(max(int(len(mixture) * limit / max(size, 1)), 1), self._max_count)
            off = abs(wanted / max(len(mixture), 1) - 1)
            if off <= TOLERANCE or attempt == ATTEMPTS - 1 or self.pace.late:
                break
            self._grow_on(wanted)
        return self._fitted(limit)

    def _fitted(self, limit: int) -> Coded:
        """Code the mixture with a step that fits into ``limit`` bytes.

        Raises
        ------
        BudgetError
            Not even one Gaussian fits.
        """
        mixture = self.fit.mixture
        if limit < 1:
            needed = len(self._code(mixture[:1], final=False).data)
            raise BudgetError(
                f"Expected a budget of at least one Gaussian. It takes about {needed} bytes.",
                needed,
            )
        best: Coded | None = None
        # binary logarithms of step factor and bytes: over the limit, and within it
        low, high, now = None, None, self._rough(mixture, limit)
        for attempt in count_from(1):
            self._return_to(mixture)
            found = self._code(mixture, 2.0**now)
            size = len(found.data)
            here = now, float(np.log2(size / limit))
            if size <= limit:
                high = here
                if best is None or found.error < best.error:
                    best = found
                if size >= FULL * limit or attempt >= MAX_CHANGES:
                    return best
            else:
                low = here
            if now > MAX_FACTOR:
                if len(mixture) <= 1:
                    raise BudgetError(
                        f"Expected a budget of at least one Gaussian. {limit} bytes are too few: "
                        f"about {size} would do.",
                        size,
                    )
                self._return_to(mixture)
                self.fit.prune(max(int(len(mixture) * limit / size), 1))
                mixture, low, high, now = self.fit.mixture, None, None, 0.0
                continue
            slope = self._slope(len(mixture), size)
            if low and high:  # sizes are noisy: do not trust a flat secant
                slope = min(slope / 4, (low[1] - high[1]) / (low[0] - high[0]))
            now -= (here[1] + AIM) / slope
            if best is not None and (attempt >= MAX_CHANGES or now < MIN_FACTOR):
                return best
        raise AssertionError("unreachable")

    def _rough(self, mixture: Mixture, limit: int) -> float:
        """Return the logarithm of a step factor with which ``mixture`` roughly fits.

        The bytes of a frame hardly change with fine-tuning, which is skipped here as it takes most
        of the time.
        """
        now = 0.0
        for _ in range(ATTEMPTS if self.frames == 1 else 0):
            size = len(self._code(mixture, 2.0**now, final=False).data)
            off = float(np.log2(size / limit)) + AIM
            if abs(off) < AIM:
                break
            now = min(max(now - off / self._slope(len(mixture), size), MIN_FACTOR), MAX_FACTOR)
        return now

    def _slope(self, count: int, size: int) -> float:
        """Return the derivative of the logarithm of the bytes by that of the step.

        A factor of two in the step changes a Gaussian by about nine bits per frame.
        """
        return -9 * self.frames * max(count, 1) / (8 * size)

    def _return_to(self, mixture: Mixture) -> None:
        self.fit.restart(mixture)
        self.fit.retarget(self.targets[0])

    def _to_error(self, error: float, *, rest_coded: bool) -> Coded:
        """Grow until the coded group reaches the error, or growth stops helping."""
        voxels = self.targets[0].size
        count, last, best = 8, np.inf, None
        while True:
            before = len(self.fit.mixture)
            self.fit.grow(count - before)
            self.fit.train(self._rounds)
            self.fit.prune(count)
            now = max(self._reached() / voxels, 1e-18)
            saved = voxels * np.log2(last / now) / 2
            spent = 8 * FIRST_BYTES * (len(self.fit.mixture) - before)
            stuck = now > 0.999 * last or (rest_coded and saved < spent)
            last = now
            ended = (stuck and count > MIN_COUNT) or count >= self._max_count or self.pace.late
            if now <= error or ended:
                self._polish()
                mixture = self.fit.mixture
                found = self._code(mixture)
                best = found if best is None or found.error < best.error else best
                if found.error <= error or ended:
                    return best
                self._return_to(mixture)
            # the error falls roughly as a power of the number: avoid a large overshoot
            near = 1.1 if now <= 1.3 * error else GROWTH
            count = min(int(near * count) + 1, self._max_count)

    def _reached(self) -> float:
        """Return the squared error of the mixture that was rendered last."""
        return self.fit.renderer.error()

    def _grow(self, count: int) -> None:
        best, least_error = self.fit.mixture, np.inf
        for share in ROUNDS:
            self.fit.grow(max(round(share * count), 1))
            self.fit.train(self._rounds)
            self.fit.prune(count)
            self.fit.evaluate()
            error = self.fit.renderer.error()
            if error > least_error:  # further Gaussians no longer help
                self._return_to(best)
                return
            best, least_error = self.fit.mixture, error
            if self.pace.late:
                return

    def _grow_on(self, count: int) -> None:
        """Add or prune Gaussians to reach ``count``."""
        for _ in range(ATTEMPTS):  # one round may find too few candidates
            before = len(self.fit.mixture)
            if before >= 0.98 * count or self.pace.late:
                break
            self.fit.grow(count - before)
            self.fit.train(self._rounds)
        if len(self.fit.mixture) > count:
            self.fit.prune(count)

    def _polish(self) -> None:
        self.fit.train(round(POLISHING * self.steps), falling=True)

    # coding

    def _code(self, mixture: Mixture, coarser: float = 1.0, *, final: bool = True) -> Coded:
        """Return the coded group that starts with ``mixture``.

        Parameters
        ----------
        coarser
            Factor on the step.
        final
            Whether to fine-tune the remaining parameters after quantisation.
        """
        self.fit.restart(mixture)
        step = self._step(coarser)
        unquantised = self.fit.renderer.error() / self.targets[0].size
        origin = corner(mixture)
        key = self._first(step, origin) if final else quantised(mixture, step, origin)
        if self.frames == 1:
            key = key[(key.strengths != 0).any(1)]
        key = sorted_by_cell(key)
        parts = [pack_head(len(key), step, origin), coding.pack(key)]
        error = self._error(dequantised(key, step, origin))
        before, first = key, error / self.targets[0].size
        for target in self.targets[1:]:
            self.fit.retarget(target)
            after = self._later(before, key, step, origin)
            parts.append(coding.pack_changes(before, after))
            error += self._error(dequantised(after, step, origin, key))
            before = after
        data, size = b"".join(parts), sum(t.size for t in self.targets)
        return Coded(data, len(key), error / size, first, unquantised)

    def _step(self, coarser: float) -> float:
        """Return the step at which quantisation adds its share of the error (rendered here)."""
        self.fit.evaluate()
        numbers = (OCTAVE * GEOMETRY + self.channels) * max(len(self.fit.mixture), 1)
        added = QUANTISING_SHARE * max(self.fit.renderer.error(), 1e-18)
        return float(np.float32(coarser * np.sqrt(12 * added / numbers / np.pi**1.5)))

    def _first(self, step: float, origin: Origin) -> Quantised:
        """Quantise the shapes and fine-tune the rest; then quantise the positions and fine-tune the
        weights."""
        steps = max(round(TUNING * self.steps), 1)
        integers = quantised(self.fit.mixture, step, origin)
        octave = integers.octave
        factors = dequantised(integers, step, origin).factors
        self.fit.restart(Mixture(self.fit.mixture.centres, factors, self.fit.mixture.weights))
        self.fit.train(steps, falling=True, free=_free(self.channels, shift=True))
        integers = quantised(self.fit.mixture, step, origin, octave)
        self.fit.restart(_with_weights(dequantised(integers, step, origin), self.fit.mixture))
        self.fit.train(steps, falling=True, free=_free(self.channels))
        return quantised(self.fit.mixture, step, origin, octave)

    def _later(self, before: Quantised, key: Quantised, step: float, origin: Origin) -> Quantised:
        """Fit a frame, starting from the previous one; quantise all but the weights, and fine-tune
        them."""
        steps = max(round(POLISHING * self.steps), 1)
        self.fit.restart(dequantised(before, step, origin, key))
        self.fit.train(steps, falling=True)
        after = quantise_later(self.fit.mixture, before, key, step, origin)
        self.fit.restart(_with_weights(dequantised(after, step, origin, key), self.fit.mixture))
        steps = max(round(TUNING * self.steps), 1)
        self.fit.train(steps, falling=True, free=_free(self.channels))
        return quantise_later(self.fit.mixture, before, key, step, origin)

    def _error(self, mixture: Mixture) -> float:
        self.fit.restart(mixture)
        self.fit.evaluate()
        return self.fit.renderer.error()


def _free(channels: int, *, shift: bool = False) -> NDArray[np.bool_]:
    free = np.zeros(GEOMETRY + channels, np.bool_)
    free[:3] = shift
    free[GEOMETRY:] = True
    return free


def _with_weights(mixture: Mixture, other: Mixture) -> Mixture:
    return Mixture(mixture.centres, mixture.factors, other.weights)

"""Context of an encoding: seed, device, time limit, progress and cancellation."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event

from vcore.errors import Cancelled, InputError

Progress = Callable[[str, float], None]
"""Callback with the name of a stage and the completed fraction of it, 0 to 1."""


Notice = Callable[[str, float], None]
"""Callback with the name and value of a statistic of the fit, such as "Gaussians", 1200."""


def ignore_progress(stage: str, share: float) -> None:
    """Do nothing: the default progress callback."""


@dataclass(frozen=True)
class Context:
    """Settings and callbacks of an encoder.

    Parameters
    ----------
    seed
        Seed of everything random; the same seed gives the same bytes on one machine.
    device
        "auto" (CUDA where torch finds it), "cpu" or "cuda".
    time_limit
        Time limit for fitting in seconds, or None. Encoding continues with the fit reached by then.
    progress
        Callback for the progress of each stage.
    cancelled
        Event that may be set from any thread to stop; the encoder then raises Cancelled.
    notice
        Callback for statistics of the fit.
    clock
        Clock of the time limit, in seconds; ``time.process_time`` limits the CPU time instead.
    started
        Time on it from which the limit counts; now by default.
    """

    seed: int = 0
    device: str = "auto"
    time_limit: float | None = None
    progress: Progress = ignore_progress
    cancelled: Event = field(default_factory=Event)
    notice: Notice = ignore_progress
    clock: Callable[[], float] = time.monotonic
    started: float = math.nan

    def __post_init__(self) -> None:
        if math.isnan(self.started):
            object.__setattr__(self, "started", self.clock())
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"Expected device auto, cpu or cuda. Got {self.device!r} instead.")
        if not 0 <= self.seed < 1 << 63:
            raise InputError(f"Expected a seed in 0..2**63 - 1. Got {self.seed} instead.")
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(f"Expected a positive time limit. Got {self.time_limit} s instead.")

    def report(self, stage: str, share: float) -> None:
        """Report that the fraction ``share`` of ``stage`` is complete.

        Raises
        ------
        Cancelled
            ``cancelled`` is set.
        """
        if self.cancelled.is_set():
            raise Cancelled("Cancelled: nothing was written.")
        self.progress(stage, min(max(share, 0.0), 1.0))

    def until(self, share: float = 1.0) -> float:
        """Return the time on the clock when ``share`` of the limit is spent; inf without one."""
        return math.inf if self.time_limit is None else self.started + share * self.time_limit

    def as_stage(self, stage: str, time_share: float) -> "Context":
        """Return a context that reports all its stages as the single ``stage``, of unknown length.

        ``time_share`` is the fraction of the time limit that may have elapsed when it ends.
        """
        limit = None if self.time_limit is None else self.time_limit * time_share
        return replace(
            self, time_limit=limit, progress=lambda _stage, _share: self.progress(stage, 0.0)
        )

    def part(self, before: float, share: float) -> "Context":
        """Return a context whose progress covers ``share`` of this one's, from ``before`` on."""
        return replace(
            self, progress=lambda stage, done: self.progress(stage, min(before + share * done, 1.0))
        )


class StageClock:
    """Measure the duration of each stage of an encoding: pass its ``context`` to the encoder."""

    def __init__(self, context: Context) -> None:
        self._outer = context
        self._first: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self.context = replace(context, progress=self._report)

    def _report(self, stage: str, share: float) -> None:
        now = time.monotonic()
        self._first.setdefault(stage, now)
        self._last[stage] = now
        self._outer.report(stage, share)

    def seconds(self, stage: str) -> float:
        """Return the duration of ``stage`` in seconds."""
        return self._last.get(stage, 0.0) - self._first.get(stage, 0.0)

"""Context of an encoding: seed, device, time, progress and cancel."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event

from vcore.errors import Cancelled, InputError

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the share of it that is done, 0 to 1."""


Notice = Callable[[str, float], None]
"""Called with the name of a figure that changes while fitting, and its value: "Gaussians", 1200."""


def ignore_progress(stage: str, share: float) -> None:
    """Take no notice."""


@dataclass(frozen=True)
class Context:
    """What an encoder may use and whom it tells.

    Parameters
    ----------
    seed
        Seed of everything random; the same seed gives the same bytes on one machine.
    device
        "auto" (CUDA where torch finds it), "cpu" or "cuda".
    time_limit
        Seconds that fitting may take, or None. Encoding goes on with what it has by then.
    progress
        Told how far each stage is.
    cancelled
        Set it from any thread to stop; the encoder then raises Cancelled.
    notice
        Told how the model grows.
    """

    seed: int = 0
    device: str = "auto"
    time_limit: float | None = None
    progress: Progress = ignore_progress
    cancelled: Event = field(default_factory=Event)
    notice: Notice = ignore_progress
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"Expected device auto, cpu or cuda. Got {self.device!r} instead.")
        if not 0 <= self.seed < 1 << 63:
            raise InputError(f"Expected a seed in 0..2**63 - 1. Got {self.seed} instead.")
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(f"Expected a positive time limit. Got {self.time_limit} s instead.")

    def report(self, stage: str, share: float) -> None:
        """Tell that ``share`` of ``stage`` is done.

        Raises
        ------
        Cancelled
            If somebody asked for it.
        """
        if self.cancelled.is_set():
            raise Cancelled("Cancelled: nothing was written.")
        self.progress(stage, min(max(share, 0.0), 1.0))

    def as_stage(self, stage: str, time_share: float) -> "Context":
        """Return a context whose reports all count as the one ``stage``, of unknown length.

        ``time_share`` is the share of the time limit that may have passed when it ends.
        """
        limit = None if self.time_limit is None else self.time_limit * time_share
        return replace(
            self, time_limit=limit, progress=lambda _stage, _share: self.progress(stage, 0.0)
        )

    def part(self, before: float, share: float) -> "Context":
        """Return a context whose every stage is a part of this one's, from ``before`` on."""
        return replace(
            self, progress=lambda stage, done: self.progress(stage, min(before + share * done, 1.0))
        )


class StageClock:
    """Measures how long each stage of an encoding takes: hand its ``context`` to the encoder."""

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
        """Return how long ``stage`` took."""
        return self._last.get(stage, 0.0) - self._first.get(stage, 0.0)

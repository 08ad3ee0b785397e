"""Jobs: background work with progress and cancellation. No Qt."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vcore.errors import Cancelled, VcoreError
from vcore.model.context import Context
from vcore.runtime.compile_events import on_compiling

log = logging.getLogger(__name__)

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
COMPILING = "compiling, once"
"""Stage while numba compiles."""
LOOKBACK = 2.0
"""Time in seconds before a remaining time is estimated, because early progress is unreliable."""


@dataclass(frozen=True)
class Status:
    """Progress of a job.

    Parameters
    ----------
    stage
        Name of the current stage.
    share
        Completed fraction of the stage, 0 to 1.
    left
        Estimated remaining time of the stage in seconds, None if unknown.
    figures
        Reported counts by name ("Gaussians").
    """

    state: str
    stage: str
    share: float
    left: float | None
    figures: dict[str, float]

    def __str__(self) -> str:
        parts = [self.stage, f"{100 * self.share:.0f} %"]
        if self.left is not None:
            parts.append(f"{duration(self.left)} left")
        parts += [f"{value:,.0f} {name}" for name, value in self.figures.items()]
        return " · ".join(parts)


class Job:
    """Runs ``work(context)`` on a thread.

    Parameters
    ----------
    work
        Function that reports to its context; its return value becomes ``result``.
    context
        Base context; its progress, notice and cancel are replaced.

    Attributes
    ----------
    result, error
        One of them is set when ``state`` is DONE or FAILED.
    """

    def __init__(self, work: Callable[[Context], Any], context: Context | None = None) -> None:
        self.result: Any = None
        self.error: Exception | None = None
        self.state = RUNNING
        self._figures: dict[str, float] = {}
        self._stage, self._share, self._since = "starting", 0.0, time.monotonic()
        self._lock = threading.Lock()
        given = context or Context()
        self._context = Context(
            seed=given.seed,
            device=given.device,
            time_limit=given.time_limit,
            progress=self._report,
            notice=self._notice,
        )
        self._work = work
        self._thread = threading.Thread(target=self._run, name="vcore job", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Request cancellation; partial output is removed."""
        self._context.cancelled.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the job to end; return whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def status(self) -> Status:
        """Current progress."""
        with self._lock:
            took = time.monotonic() - self._since
            known = took > LOOKBACK and self._share > 0
            left = took * (1 - self._share) / self._share if known else None
            return Status(self.state, self._stage, self._share, left, dict(self._figures))

    def _run(self) -> None:
        try:
            with on_compiling(lambda: self._report(COMPILING, 0.0)):
                self.result = self._work(self._context)
        except Cancelled:
            self.state = CANCELLED
        except VcoreError as error:
            self.error, self.state = error, FAILED
        except Exception as error:  # also show unexpected errors, and log their traceback
            log.exception("a job failed")
            self.error, self.state = error, FAILED
        else:
            self.state = DONE

    def _report(self, stage: str, share: float) -> None:
        with self._lock:
            if stage != self._stage:
                self._stage, self._since = stage, time.monotonic()
            self._share = share

    def _notice(self, name: str, value: float) -> None:
        with self._lock:
            self._figures[name] = value


def duration(seconds: float) -> str:
    """Format a duration."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

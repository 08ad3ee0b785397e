"""FitSchedule: the steps and the time that a fit may take."""

import time

from vcore.model.context import Context

FITTING_SHARE = 0.8
"""Share of the time limit after which nothing more is fitted; coding and checking take the rest."""


class FitSchedule:
    """Counts optimiser steps, reports progress, knows when it is late.

    Parameters
    ----------
    steps
        Steps that are planned in all.
    """

    def __init__(self, context: Context, steps: int) -> None:
        self._context, self._planned, self._taken = context, max(steps, 1), 0
        self._began = time.monotonic()
        limit = context.time_limit
        self._end = None if limit is None else context.started + FITTING_SHARE * limit

    @property
    def elapsed(self) -> float:
        """Share of the fitting time that has passed, 0 without a limit."""
        if self._end is None:
            return 0.0
        return (time.monotonic() - self._began) / max(self._end - self._began, 1e-3)

    @property
    def late(self) -> bool:
        """Whether it is time to stop growing: what is left goes to the last steps."""
        return self.elapsed > 0.6

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return self.elapsed >= 1

    def count(self, gaussians: int) -> None:
        """Tell how many Gaussians there are now."""
        self._context.notice("Gaussians", gaussians)

    def step(self) -> None:
        """Count a step.

        Raises
        ------
        Cancelled
            Somebody asked for it.
        """
        self._taken += 1
        # more steps than planned still move the bar, ever less
        steps = self._taken / self._planned
        share = 0.9 * steps if steps <= 1 else 1 - 0.1 / steps
        self._context.report("fitting", max(share, min(self.elapsed, 0.99)))

"""FitSchedule: steps and time budget of a fit."""

from vcore.model.context import Context

FITTING_SHARE = 0.8
"""Share of the time limit for fitting; coding and verification take the rest."""


class FitSchedule:
    """Step counter with progress reports and time limit.

    Parameters
    ----------
    steps
        Total number of planned steps.
    """

    def __init__(self, context: Context, steps: int) -> None:
        self._context, self._planned, self._taken = context, max(steps, 1), 0
        self._began = self._part_began = context.clock()
        self._end = self._part_end = context.until(FITTING_SHARE)

    def begin(self, share: float) -> None:
        """Begin a part, such as a group of frames, that may take ``share`` of the time left."""
        self._part_began = self._context.clock()
        self._part_end = self._part_began + share * (self._end - self._part_began)

    @property
    def elapsed(self) -> float:
        """Share of the part's time that has passed, 0 without a limit."""
        return self._passed(self._part_began, self._part_end)

    @property
    def late(self) -> bool:
        """Whether to stop growing, so that time remains for the final steps."""
        return self.elapsed > 0.6

    @property
    def over(self) -> bool:
        """Whether the part's time is used up."""
        return self.elapsed >= 1

    def count(self, gaussians: int) -> None:
        """Report the current number of Gaussians."""
        self._context.notice("Gaussians", gaussians)

    def step(self) -> None:
        """Count a step.

        Raises
        ------
        Cancelled
            The user cancelled.
        """
        self._taken += 1
        # steps beyond the plan advance the progress ever more slowly
        steps = self._taken / self._planned
        share = 0.9 * steps if steps <= 1 else 1 - 0.1 / steps
        self._context.report("fitting", max(share, min(self._passed(self._began, self._end), 0.99)))

    def _passed(self, began: float, end: float) -> float:
        return (self._context.clock() - began) / max(end - began, 1e-3)

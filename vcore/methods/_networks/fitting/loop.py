"""Optimiser loop: warm-up and cosine decay, progress, time limit, cancellation."""

import math
from typing import TYPE_CHECKING, Any, Literal

from vcore.methods._networks.fitting.device import import_torch
from vcore.model.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from vcore.methods._networks.fitting.checkpoint import Checkpoint

WARM_UP = 0.1
SETTLE = 0.5
"""Length of the final learning rate decay of a stopped run, as a share of the steps taken. A sine
network gains several dB while the rate falls, most of them if it falls slowly."""
CLIP = {"sgd": 0.1, "adam": 10.0, "soap": 10.0}
"""Maximum gradient norm per step; without it, plain SGD at a useful learning rate diverges on
sparse volumes."""


def optimise(
    parameters: "list[torch.Tensor]",
    loss_of: "Callable[[int], torch.Tensor]",
    *,
    steps: int,
    learning_rate: float,
    optimiser: Literal["sgd", "adam", "soap"],
    context: Context,
    time_share: float = 0.6,
    stop: "Callable[[float, torch.Tensor], bool] | None" = None,
    weight_decay: float = 0.0,
    schedule: "Callable[[float], float] | None" = None,
    stage: str = "fitting",
    checkpoint: "Checkpoint | None" = None,
) -> float:
    """Minimise ``loss_of(step)`` over ``parameters`` in place; return the seconds taken.

    The learning rate rises over the first tenth and decays as a cosine to zero. With a time limit,
    the schedule follows the clock when that is ahead of the steps, so that a shortened run also
    ends with a full decay.

    Parameters
    ----------
    time_share
        Share of the context's time limit by which to finish.
    stop
        Called after every step with the progress of the schedule (0 to 1) and the step's loss;
        returns whether to stop (see ``Plateau``). The rest of the schedule is then run in half of
        the steps taken so far, so that the run still ends with a full decay.
    weight_decay
        Weight decay of Adam.
    schedule
        Factor on ``learning_rate`` as a function of progress; by default the schedule above.
    stage
        Stage name in progress reports.
    checkpoint
        File of an interrupted fit by Adam, to go on from and to keep this one in; the time limit is
        then that of the whole fit, of which the share that is left is taken.
    """
    torch = import_torch()
    step_of: Any
    if optimiser == "sgd":
        step_of = torch.optim.SGD(parameters, lr=learning_rate, momentum=0.9)
    elif optimiser == "soap":
        from vcore.methods._networks.fitting.soap import Soap

        step_of = Soap(parameters, learning_rate)
    else:
        step_of = torch.optim.Adam(parameters, lr=learning_rate, weight_decay=weight_decay)
    began, end = context.clock(), context.until(time_share)
    done, step = 0.0, 0
    share_at = schedule or _schedule
    turned, turned_at, left = 0.0, 0, steps
    first = 0.0
    if checkpoint is not None:
        first, step = checkpoint.load(step_of, parameters)
        done, turned, turned_at = first, first, step
        left = max(round((1 - first) * steps), 1)
    while done < 1:
        step_of.param_groups[0]["lr"] = learning_rate * share_at(done)
        loss = loss_of(step)
        step_of.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, CLIP[optimiser])
        step_of.step()
        step += 1
        done = turned + (1 - turned) * (step - turned_at) / left
        done = max(done, first + (context.clock() - began) / max(end - began, 1e-3))
        if checkpoint is not None:
            checkpoint.keep(step_of, parameters, min(done, 1.0), step)
        context.report(stage, done)
        if stop is not None and stop(done, loss.detach()):
            left = max(round(min(SETTLE * step, (1 - done) * steps)), 1)
            turned, turned_at, stop = done, step, None
    return context.clock() - began


def _schedule(done: float) -> float:
    if done < WARM_UP:
        return max(done, 1e-3) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


class Plateau:
    """Early-stopping criterion; pass as ``stop`` to ``optimise``.

    The loss has converged if its mean over the last third of the steps is less than ``IMPROVEMENT``
    below the mean over the third before. Means over that many steps average out the noise of random
    batches.

    Attributes
    ----------
    mean
        Mean loss of the latest ``EVERY`` steps.
    """

    EVERY = 50
    """Steps per evaluation; each evaluation synchronises with the device."""
    MIN_EVALUATIONS = 20
    """Minimum number of evaluations in a third."""
    IMPROVEMENT = 0.01
    """Relative improvement of the loss, 0.04 dB, that does not justify a third of the work."""
    EARLIEST = 0.35
    """Minimum progress of the schedule. Before it, a plateau has little significance: near the peak
    learning rate a loss may stagnate (0.15 dB a third at 0.2, measured) and still fall by 12 dB
    with the rate."""

    def __init__(self) -> None:
        self.mean = math.inf
        self._recent: list[torch.Tensor] = []
        self._means: list[float] = []

    def __call__(self, done: float, loss: "torch.Tensor") -> bool:
        """Return whether the loss has stopped improving."""
        self._recent.append(loss)
        if len(self._recent) < self.EVERY:
            return False
        self.mean = float(sum(self._recent)) / self.EVERY
        self._means.append(self.mean)
        self._recent.clear()
        third = len(self._means) // 3
        if done < self.EARLIEST or third < self.MIN_EVALUATIONS:
            return False
        last, before = sum(self._means[-third:]), sum(self._means[-2 * third : -third])
        return last > (1 - self.IMPROVEMENT) * before

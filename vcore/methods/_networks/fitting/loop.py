"""The optimiser loop: warm-up and cosine decay, progress, time limit, cancel."""

import math
import time
from typing import TYPE_CHECKING, Any, Literal

from vcore.methods._networks.fitting.device import import_torch
from vcore.model.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

WARM_UP = 0.1
SETTLE = 0.5
"""A stopped run lets its learning rate fall to zero in this share of the steps that it took: a
sine network gains several dB while the rate falls, and most of it if it falls slowly."""
CLIP = {"sgd": 0.1, "adam": 10.0, "soap": 10.0}
"""Largest norm of a step's gradient: plain SGD at a useful learning rate diverges on sparse
volumes without."""


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
) -> float:
    """Minimise ``loss_of(step)`` over ``parameters`` in place; return the seconds taken.

    The learning rate rises over the first tenth and falls as a cosine to zero. With a time limit
    the schedule follows the clock where that is ahead of the steps, so that a shortened run, too,
    ends settled.

    Parameters
    ----------
    time_share
        Share of the context's time limit that may have passed when this ends.
    stop
        Asked after every step, with the share of the schedule that is done and the step's loss,
        whether that was enough (see ``Plateau``). The rest of the schedule is then run through in
        half the steps taken, so that this run, too, ends settled.
    weight_decay
        Of Adam.
    schedule
        The share of ``learning_rate`` to use when a share of the schedule is done; None: the above.
    stage
        What progress is reported as.
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
    began = time.monotonic()
    end = None
    if context.time_limit is not None:
        end = context.started + time_share * context.time_limit
    done, step = 0.0, 0
    share_at = schedule or _schedule
    turned, turned_at, left = 0.0, 0, steps
    while done < 1:
        step_of.param_groups[0]["lr"] = learning_rate * share_at(done)
        loss = loss_of(step)
        step_of.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, CLIP[optimiser])
        step_of.step()
        step += 1
        done = turned + (1 - turned) * (step - turned_at) / left
        if end is not None:
            done = max(done, (time.monotonic() - began) / max(end - began, 1e-3))
        context.report(stage, done)
        if stop is not None and stop(done, loss.detach()):
            left = max(round(min(SETTLE * step, (1 - done) * steps)), 1)
            turned, turned_at, stop = done, step, None
    return time.monotonic() - began


def _schedule(done: float) -> float:
    if done < WARM_UP:
        return max(done, 1e-3) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


class Plateau:
    """Tells that a loss has stopped improving: a ``stop`` for ``optimise``.

    It has where its mean over the last third of the steps is less than ``IMPROVEMENT`` below that
    over the third before. Means over so many steps are blind to the noise of random batches.

    Attributes
    ----------
    mean
        Mean loss between the last two looks.
    """

    EVERY = 50
    """Steps between two looks: each waits for the device."""
    LEAST = 20
    """Looks that make a third."""
    IMPROVEMENT = 0.01
    """Share of the loss, 0.04 dB: too little for a third of the work."""
    EARLIEST = 0.35
    """Share of the schedule before which standing still means little: near the highest rate a loss
    may hang for long (0.15 dB a third at 0.2, measured) and still fall by 12 dB with the rate."""

    def __init__(self) -> None:
        self.mean = math.inf
        self._recent: list[torch.Tensor] = []
        self._means: list[float] = []

    def __call__(self, done: float, loss: "torch.Tensor") -> bool:
        """Return whether the loss has stopped improving with this step's."""
        self._recent.append(loss)
        if len(self._recent) < self.EVERY:
            return False
        self.mean = float(sum(self._recent)) / self.EVERY
        self._means.append(self.mean)
        self._recent.clear()
        third = len(self._means) // 3
        if done < self.EARLIEST or third < self.LEAST:
            return False
        last, before = sum(self._means[-third:]), sum(self._means[-2 * third : -third])
        return last > (1 - self.IMPROVEMENT) * before

"""The optimiser loop: warm-up and cosine decay, progress, time limit, cancel."""

import math
import time
from typing import TYPE_CHECKING, Any, Literal

from vcore.context import Context
from vcore.fitting.device import import_torch

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

WARM_UP = 0.1
CLIP = {"sgd": 0.1, "adam": 10.0}
"""Largest norm of a step's gradient: plain SGD at a useful learning rate diverges on sparse
volumes without."""


def optimise(
    parameters: "list[torch.Tensor]",
    loss_of: "Callable[[int], torch.Tensor]",
    *,
    steps: int,
    learning_rate: float,
    optimiser: Literal["sgd", "adam"],
    context: Context,
    time_share: float = 0.6,
) -> float:
    """Minimise ``loss_of(step)`` over ``parameters`` in place; return the seconds taken.

    The learning rate rises over the first tenth and falls as a cosine to zero. With a time limit
    the schedule follows the clock where that is ahead of the steps, so that a shortened run, too,
    ends settled.

    Parameters
    ----------
    time_share
        Share of the context's time limit that may have passed when this ends.
    """
    torch = import_torch()
    step_of: Any
    if optimiser == "sgd":
        step_of = torch.optim.SGD(parameters, lr=learning_rate, momentum=0.9)
    else:
        step_of = torch.optim.Adam(parameters, lr=learning_rate)
    began = time.monotonic()
    end = None
    if context.time_limit is not None:
        end = context.started + time_share * context.time_limit
    done, step = 0.0, 0
    while done < 1:
        step_of.param_groups[0]["lr"] = learning_rate * _schedule(done)
        loss = loss_of(step)
        step_of.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, CLIP[optimiser])
        step_of.step()
        step += 1
        done = step / steps
        if end is not None:
            done = max(done, (time.monotonic() - began) / max(end - began, 1e-3))
        context.report("fitting", done)
    return time.monotonic() - began


def _schedule(done: float) -> float:
    if done < WARM_UP:
        return max(done, 1e-3) / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))

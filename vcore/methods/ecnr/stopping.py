"""MINER's stopping rule: a network stops when its block is good enough, the others go on.

Saragadam, Tan, Balakrishnan, Baraniuk and Veeraraghavan, "MINER: Multiscale Implicit Neural
Representation", ECCV 2022 (arXiv:2202.03532). By the other half of the rule, blocks whose residual
is below the target get no network (``Residuals.effective``); what a block that misses it leaves is
in the residual of the next finer scale.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.methods._networks.fitting.loop import optimise
from vcore.methods.ecnr.training import Arrays, Fitted, Trainer

CHECKS = 20
"""Checks per fit, evenly over its schedule."""
NEAR = 1.5
"""Running mean of a network's error over the target above which it is not checked: a check costs as
much as many steps."""


class _AllStopped(Exception):
    """Every network has reached the target."""


def fit_until(trainer: Trainer, start: Fitted, target: float, time_share: float) -> Fitted:
    """Return ``start`` after a fit from which networks drop out once they reach the target.

    Parameters
    ----------
    target
        Mean squared error of a network's blocks at which it stops, in squared units.
    time_share
        Share of the context's time limit by which to finish.
    """
    torch = trainer.torch
    leaves = {n: trainer.leaf(v) for n, v in start.parameters.items()}
    codes, variables = trainer.leaf(start.codes), trainer.leaf(start.variables)
    found: Arrays = {n: v.copy() for n, v in start.parameters.items()}
    errors = np.full(trainer.shape.networks, np.inf)
    going = np.arange(trainer.shape.networks)
    part, checked = trainer, 0.0

    def stack() -> dict[str, Any]:
        if len(going) == trainer.shape.networks:
            return dict(leaves)
        index = torch.from_numpy(going).to(trainer.device)
        return {n: v[index] for n, v in leaves.items()}

    def check(*, last: bool) -> None:
        """Take the parameters of the networks, and let those that are good enough drop out."""
        nonlocal going, part
        if not last and float(part.loss.min()) > NEAR * target:
            return
        now = {n: v.detach().cpu().numpy() for n, v in stack().items()}
        own = (codes.detach().cpu().numpy(), variables.detach().cpu().numpy())
        errors[going] = part.errors(now, *own)
        for n, v in now.items():
            found[n][going] = v  # momentum moves those that have stopped
        left = going[errors[going] > target]
        if len(left) < len(going):
            going = left
            if not len(left):
                raise _AllStopped
            part = trainer.part(left)

    def after(now: float, _loss: Any) -> bool:
        nonlocal checked
        if now >= checked + 1 / CHECKS or now >= 1:
            checked = now
            check(last=now >= 1)
        return False

    with suppress(_AllStopped):
        optimise(
            [*leaves.values(), codes, variables],
            lambda _step: part.step_loss(stack(), codes, variables),
            steps=trainer.steps,
            learning_rate=trainer.learning_rate,
            optimiser=trainer.optimiser,
            context=trainer.context,
            time_share=time_share,
            stop=after,
        )
    fitted_codes, fitted_variables = (v.detach().cpu().numpy() for v in (codes, variables))
    return replace(
        start, parameters=found, codes=fitted_codes, variables=fitted_variables, loss=errors
    )

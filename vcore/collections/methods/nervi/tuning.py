"""Quantisation that the fit knows of, for ``compact``: steps by sensitivity, then a fit of rounded
weights."""

from typing import Any

import numpy as np

from vcore.collections.methods.nervi.coding import Quantised, on_line, pack
from vcore.collections.methods.nervi.engine_torch import TorchEngine
from vcore.collections.methods.nervi.network import Weights
from vcore.collections.methods.nervi.training import Batches, Problem, limited, tensors
from vcore.errors import BudgetError
from vcore.methods._networks.fitting.device import import_torch, tf32
from vcore.methods._networks.fitting.loop import optimise

SHARE = 0.25
"""Share of time and epochs for the fit of rounded weights."""
RATE = 0.3
"""Its peak learning rate relative to that of the first fit."""
NOISE = 0.05
"""Noise that tells how sensitive the loss is, in root mean squares of an array."""
CHECKED = 4
"""Batches on which it is measured."""
LEAST = 1e-3
"""Least sensitivity of a weight, relative to the median over the arrays."""
FINEST = 1 << 14
"""Steps from 0 to the largest weight, at most."""
ROUNDS = 16
"""Halvings of the range of steps that are tried for a size."""


def tuned(problem: Problem, weights: Weights, minutes: float, limit: int) -> bytes:
    """Return the coded weights of at most ``limit`` bytes, fitted on after they are rounded.

    Raises
    ------
    BudgetError
        No steps are coarse enough.
    """
    torch = import_torch()
    batches = Batches(problem)
    factors = steps_of(batches, weights)
    _, scale = fitting(weights, factors, limit)
    leaves = tensors(weights, batches.device)
    steps = {n: float(np.float32(scale * f)) for n, f in factors.items()}

    def rounded(_step: int) -> Any:
        # straight-through: the gradient at the rounded weights moves the others
        engine = TorchEngine(
            {n: w + ((w / steps[n]).round() * steps[n] - w).detach() for n, w in leaves.items()}
        )
        return batches.loss(_step, engine)

    settings = problem.shape.settings
    with tf32(batches.device):
        optimise(
            list(leaves.values()),
            rounded,
            steps=max(round(SHARE * settings.epochs * batches.steps), 1),
            learning_rate=RATE * settings.rate,
            optimiser="adam",
            context=limited(problem.context, minutes),
            time_share=1.0,
            stage="rounding",
        )
    with torch.no_grad():
        fitted = {n: w.cpu().numpy() for n, w in leaves.items()}
    return fitting(fitted, factors, limit, scale)[0]


def steps_of(batches: Batches, weights: Weights) -> dict[str, float]:
    """Return the relative step of each array with the least loss for all bytes.

    Noise of variance v in the n weights of an array adds h v to the loss, rounding to steps s thus
    h s s / 12; a step takes n log2(1 / s) bits. The sum of both is least where s s is proportional
    to n / h.
    """
    torch = import_torch()
    rng = np.random.default_rng([batches.problem.context.seed, 4])
    tensors_of = {n: torch.from_numpy(w).to(batches.device) for n, w in weights.items()}

    def loss(changed: dict[str, Any]) -> float:
        engine = TorchEngine({**tensors_of, **changed})
        with torch.no_grad():
            batches.restart()
            return sum(float(batches.loss(k, engine)) for k in range(CHECKED))

    least = loss({})
    each = {}
    for name, values in weights.items():
        spread = NOISE * float(np.sqrt(np.mean(values.astype(np.float64) ** 2))) or NOISE
        noise = torch.from_numpy(rng.normal(0, spread, values.shape).astype(np.float32))
        noise = noise.to(batches.device)
        sides = [loss({name: tensors_of[name] + s * noise}) for s in (1, -1)]
        each[name] = (sum(sides) / 2 - least) / spread**2 / values.size
    floor = LEAST * max(float(np.median(list(each.values()))), 1e-12)
    return {name: float(max(h, floor) ** -0.5) for name, h in each.items()}


def fitting(
    weights: Weights, factors: dict[str, float], limit: int, first: float | None = None
) -> tuple[bytes, float]:
    """Return the weights with the finest steps whose bytes fit, and the factor of the steps.

    Parameters
    ----------
    first
        A factor that was fitted to: taken as it is if its bytes fit; else a coarser one.

    Raises
    ------
    BudgetError
        All weights are rounded to 0, and still they do not fit.
    """

    def coded(scale: float) -> bytes:
        return pack({n: _rounded(w, scale * factors[n]) for n, w in weights.items()})

    largest = max(float(np.abs(w).max()) / factors[n] for n, w in weights.items()) or 1.0
    coarse, fine = 4 * largest, largest / FINEST
    if first is not None:
        data = coded(first)
        if len(data) <= limit:
            return data, first
        fine = first
    best = coded(coarse)
    if len(best) > limit:
        raise BudgetError(f"Expected at least {len(best)} bytes. Got {limit}.", len(best))
    for _ in range(ROUNDS):
        middle = float(np.sqrt(coarse * fine))
        data = coded(middle)
        if len(data) <= limit:
            best, coarse = data, middle
        else:
            fine = middle
    return best, coarse


def _rounded(values: Any, step: float) -> Quantised:
    return on_line(values, float(np.float32(step)))

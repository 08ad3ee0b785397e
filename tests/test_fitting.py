"""The optimiser loop: its schedule, and where it stops."""

from typing import Any

import numpy as np
import pytest

from vcore.context import Context
from vcore.fitting.device import import_torch
from vcore.fitting.loop import SETTLE, Plateau, optimise

torch = import_torch()


def losses_until_stop(losses: list[float]) -> int | None:
    """Return after how many steps of 20,000 a plateau is told, None if not."""
    plateau = Plateau()
    for step, loss in enumerate(losses):
        if plateau((step + 1) / 20_000, torch.tensor(loss)):
            return step + 1
    return None


def test_a_falling_loss_is_no_plateau() -> None:
    steps = np.arange(1, 20_000)
    assert losses_until_stop(steps**-0.3) is None


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_a_loss_that_stands_still_is_one(noise: float) -> None:
    rng = np.random.default_rng(1)
    falling = np.exp(-np.arange(20_000) / 1000) + 0.1
    stopped = losses_until_stop(falling * (1 + noise * rng.standard_normal(20_000)))
    assert stopped is not None
    assert 5000 < stopped < 18_000


def test_a_loss_that_is_no_number_goes_on() -> None:
    assert losses_until_stop([float("nan")] * 20_000) is None


def run(steps: int, **options: object) -> tuple[int, float, list[float]]:
    """Minimise x**2; return the steps taken, x, and the shares reported."""
    x = torch.tensor([1.0], requires_grad=True)
    taken, shares = [], []

    def loss_of(step: int) -> Any:
        taken.append(step)
        return (x**2).sum()

    context = Context(progress=lambda stage, share: shares.append(share))
    optimise(
        [x], loss_of, steps=steps, learning_rate=0.01, optimiser="adam", context=context, **options
    )
    return len(taken), float(x.detach()), shares


@pytest.mark.parametrize("steps", [1, 7, 49, 400])
def test_it_takes_its_steps(steps: int) -> None:
    taken, _, shares = run(steps)
    assert taken == steps
    assert shares == [pytest.approx(i / steps) for i in range(1, steps + 1)]


def test_a_stopped_run_settles() -> None:
    taken, x, shares = run(4000, stop=lambda done, loss: done >= 0.25)
    assert taken == 1000 + SETTLE * 1000
    assert shares == sorted(shares)
    assert shares[999] == 0.25
    assert shares[-1] == 1
    assert abs(x) < 1e-3


def test_a_stop_never_makes_a_run_longer() -> None:
    assert run(100, stop=lambda done, loss: done >= 0.95)[0] == 100
    assert run(100, stop=lambda done, loss: done >= 1)[0] == 100

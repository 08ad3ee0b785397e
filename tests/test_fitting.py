"""The optimiser loop: its schedule, and its stopping criterion."""

from typing import Any

import numpy as np
import pytest

from vcore.methods._networks.fitting.device import import_torch, tf32
from vcore.methods._networks.fitting.loop import SETTLE, Plateau, optimise
from vcore.methods._networks.fitting.soap import FIRST, SECOND, Soap
from vcore.model.context import Context

torch = import_torch()


def losses_until_stop(losses: list[float]) -> int | None:
    """Return the step out of 20,000 at which a plateau is detected, None if none is."""
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
    """Minimise x**2; return the number of steps, x, and the reported progress."""
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


def test_soap_steps_vectors_as_adam_does() -> None:
    start, wanted = torch.linspace(-1, 1, 7), torch.linspace(2, -3, 7)
    both = [start.clone().requires_grad_() for _ in range(2)]
    optimisers = [
        Soap([both[0]], 0.05),
        torch.optim.Adam([both[1]], lr=0.05, betas=(FIRST, SECOND)),
    ]
    for _ in range(25):
        for values, optimiser in zip(both, optimisers, strict=True):
            optimiser.zero_grad()
            ((values - wanted) ** 2).sum().backward()
            optimiser.step()
    np.testing.assert_allclose(both[0].detach(), both[1].detach(), rtol=1e-5)


def test_soap_is_ahead_of_adam_where_rows_and_columns_are_badly_scaled() -> None:
    generator = torch.Generator().manual_seed(3)

    def mixed(n: int) -> Any:
        turn = torch.linalg.qr(torch.randn((2, n, n), generator=generator))[0]
        return turn @ torch.diag(torch.logspace(0, -2, n))

    rows, columns = mixed(12), mixed(8)
    wanted = torch.randn((2, 12, 8), generator=generator)
    losses = {}
    for name in ("adam", "soap"):
        values = torch.zeros((2, 12, 8), requires_grad=True)

        def loss_of(_step: int, values: Any = values) -> Any:
            return ((rows @ (values - wanted) @ columns) ** 2).sum()

        optimise(
            [values], loss_of, steps=300, learning_rate=0.02, optimiser=name, context=Context()
        )
        losses[name] = float(loss_of(0).detach())
    assert losses["soap"] < 0.5 * losses["adam"]


def test_soap_leaves_empty_stacks_alone() -> None:
    empty = torch.zeros((0, 3, 3), requires_grad=True)
    other = torch.randn((2, 3, 3), generator=torch.Generator().manual_seed(5)).requires_grad_()
    before = float((other**2).sum().detach())
    optimiser = Soap([empty, other], 0.02)
    for _ in range(20):
        optimiser.zero_grad()
        (empty.sum() + (other**2).sum()).backward()
        optimiser.step()
    assert empty.shape == (0, 3, 3)
    assert float((other**2).sum().detach()) < 0.8 * before


def test_products_take_tf32_on_cuda_only_and_only_inside() -> None:
    before = torch.get_float32_matmul_precision()
    with tf32(torch.device("cpu")):
        assert torch.get_float32_matmul_precision() == before
    with tf32(torch.device("cuda")):
        assert torch.get_float32_matmul_precision() == "high" != before
    assert torch.get_float32_matmul_precision() == before

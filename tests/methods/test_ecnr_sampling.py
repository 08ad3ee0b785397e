"""Selection of voxels for the networks of ECNR in a training step."""

import numpy as np
import pytest

from tests.methods.test_ecnr_plans import trainer_of
from vcore.methods._networks.fitting.device import import_torch
from vcore.methods.ecnr.network import Shape, first_weights, forward, positions
from vcore.methods.ecnr.sampling import UNIFORM_SHARE, ImportanceSampler
from vcore.methods.ecnr.training import Trainer

RNG = np.random.default_rng(3)
BLOCK = (3, 9, 10, 13)


def edges(m: int = 2, k: int = 3) -> np.ndarray:
    """Blocks that vary only in one corner."""
    values = np.zeros((m, k, *BLOCK), np.float32)
    values[..., :4, :4, :4] = RNG.standard_normal((m, k, 3, 4, 4, 4))
    return values.reshape(m, k, -1)


def drawn(
    values: np.ndarray, count: int = 400, block: tuple[int, ...] = BLOCK
) -> ImportanceSampler:
    return ImportanceSampler(import_torch().from_numpy(values), block, 5)


def test_more_voxels_come_from_where_values_vary() -> None:
    values = edges()
    sampler = drawn(values)
    voxels, weights = (v.numpy() for v in sampler.draw(1000))
    assert voxels.shape == weights.shape == (2, 3, 1000)
    share = (values.reshape(6, -1)[:, voxels.reshape(6, -1)[0]] != 0).mean()
    assert share > 5 * (values != 0).mean()
    assert sampler.gain > 3
    assert weights.max() <= 1 / UNIFORM_SHARE + 1e-3


def test_every_voxel_may_be_drawn() -> None:
    voxels, _ = drawn(edges()).draw(300_000)
    for block in voxels.reshape(6, -1).numpy():
        assert len(np.unique(block)) == np.prod(BLOCK)


def test_the_mean_stays_what_it_was() -> None:
    """For any quantity, not only the one from which errors were estimated."""
    values, other = edges(), RNG.random((2, 3, np.prod(BLOCK)))
    voxels, weights = (v.numpy() for v in drawn(values).draw(200_000))
    for mean, wanted in (
        (weights.mean(2), 1.0),
        ((weights * np.take_along_axis(other, voxels, 2)).mean(2), other.mean(2)),
        ((weights * np.take_along_axis(values, voxels, 2) ** 2).mean(2), (values**2).mean(2)),
    ):
        np.testing.assert_allclose(mean, wanted * np.ones((2, 3)), rtol=0.03)


@pytest.mark.parametrize("level", [0.0, 1e3])
def test_constant_blocks_are_drawn_evenly(level: float) -> None:
    sampler = drawn(np.full((1, 2, np.prod(BLOCK)), level, np.float32))
    np.testing.assert_allclose(sampler.draw(50)[1].numpy(), 1.0, rtol=1e-5)
    assert sampler.gain == pytest.approx(1.0)


def test_the_same_seed_draws_the_same() -> None:
    values = edges()
    a, b = (drawn(values).draw(10)[0].numpy() for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_blocks_may_have_places_of_their_own() -> None:
    shape = Shape(2, 8, 2, 3, 4)
    stack = first_weights(shape, 15.0, RNG)
    codes, where = RNG.standard_normal((2, 5, 3)).astype("f4"), positions((2, 3, 4, 5))
    chosen = RNG.integers(0, len(where), (2, 5, 7))
    found = forward(stack, where[chosen], codes, 15.0)
    wanted = np.take_along_axis(forward(stack, where, codes, 15.0), chosen, 2)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_voxels_are_drawn_only_where_it_pays() -> None:
    """And the networks trained on them fit all voxels better."""
    block = (1, 32, 32, 32)
    assert trainer_of(block, begins=True, batch=64)._sampler is None
    z, y, x = np.mgrid[:32, :32, :32]
    ball = np.tanh(10 - np.hypot(np.hypot(z - 16, y - 16), x - 16)).reshape(1, -1)
    errors = []
    for preset, varied in (("default", True), ("paper", False)):
        trainer = trainer_of(
            block, begins=True, values=ball.astype("f4"), batch=64, preset=preset, steps=300
        )
        assert (trainer._sampler is not None) == varied
        if varied:
            errors += [fitted_error(trainer), fitted_error(without(trainer))]
    assert errors[0] < errors[1]


def fitted_error(trainer: Trainer) -> float:
    fitted = trainer.fit(trainer.start(1, 0, None), 1.0)
    return trainer.error(fitted.parameters, fitted.codes, fitted.variables)


def without(trainer: Trainer) -> Trainer:
    """Return a trainer that samples voxels uniformly, from the same weights."""
    again = Trainer(
        trainer.data, trainer.shape, trainer.settings, trainer.context, 0, begins=trainer.begins
    )
    again._sampler = None
    return again

"""Quantised Gaussians: what is kept, what is lost, and that requantising loses nothing more."""

from dataclasses import fields

import numpy as np
import pytest
from gaussians import Array, mixture, summed, voxels

from vcore.methods.gaussian import quantise
from vcore.methods.gaussian.mixture import Mixture, factors_of
from vcore.methods.gaussian.quantise import (
    CELL,
    Quantised,
    dequantised,
    exact_exp,
    from_morton,
    morton,
    quantise_later,
    quantised,
)
from vcore.methods.gaussian.stream import corner
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives

SHAPE = (24, 40, 33)
STEPS = [0.001, 0.0371, 0.3]


def gaussians(channels: int = 1, seed: int = 0) -> Mixture:
    """Return 3000 Gaussians with strengths over four orders of magnitude."""
    found = mixture(3000, SHAPE, channels=channels, scales=(0.5, 12), margin=20, seed=seed)
    rng = np.random.default_rng(seed)
    found.weights *= 10 ** rng.uniform(-4, 0, (3000, 1))
    return found


def assert_equal(a: Quantised, b: Quantised) -> None:
    for name in (f.name for f in fields(Quantised) if not f.kw_only):
        first, second = getattr(a, name), getattr(b, name)
        assert first.dtype == np.int32
        different = np.nonzero((first != second).any(1))[0]
        assert not different.size, f"{name} of {different[:5]}"


def test_exact_exp_is_exp() -> None:
    x = np.linspace(-600, 600, 20_001)
    np.testing.assert_allclose(exact_exp(x), np.exp(x), rtol=1e-13)
    assert exact_exp(np.array([0.0, -0.0])).tolist() == [1, 1]


def test_morton_codes_are_cells_and_back() -> None:
    assert morton(np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]])).tolist() == [1, 2, 4, 7]
    cells = np.random.default_rng(0).integers(0, 1 << 20, (5000, 3)).astype(np.int32)
    np.testing.assert_array_equal(from_morton(morton(cells)), cells)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("channels", [1, 3])
def test_quantising_again_changes_nothing(step: float, channels: int) -> None:
    step = float(np.float32(step))
    first = gaussians(channels)
    origin = corner(first)
    integers = quantised(first, step, origin)
    again = dequantised(integers, step, origin)
    assert_equal(quantised(again, step, origin), integers)
    assert_equal(quantised(again, step, corner(again)), integers)


@pytest.mark.parametrize(
    "grid",
    [
        Grid(SHAPE),
        Grid(SHAPE, (2.0, 0.35, 0.1), (1e3, -20.0, 0.7)),
        Grid(SHAPE, (1e-6, 3e-7, 3e-7), direction=((0, 1, 0), (0, 0, -1), (1, 0, 0))),
        Grid(
            SHAPE, (1.5, 0.7, 0.7), direction=((0.6, -0.8, 0.0), (0.8, 0.6, 0.0), (0.0, 0.0, 1.0))
        ),
    ],
    ids=["voxels", "spacing", "metres", "turned"],
)
@pytest.mark.parametrize("step", STEPS)
def test_physical_units_and_back_change_nothing(grid: Grid, step: float) -> None:
    step = float(np.float32(step))
    first = gaussians()
    origin = corner(first)
    integers = quantised(first, step, origin)
    exact = dequantised(integers, step, origin)
    table = Primitives.from_voxels(
        grid, exact.centres, exact.covariances(), exact.weights, np.zeros(len(exact))
    )
    centres, covariances = table.to_voxels(grid)
    back = Mixture(centres, factors_of(covariances), table.intensity)
    assert_equal(quantised(back, step, origin), integers)


@pytest.mark.parametrize("step", STEPS)
def test_everything_is_within_half_its_step(step: float) -> None:
    first = gaussians()
    origin = corner(first)
    integers = quantised(first, step, origin)
    found = dequantised(integers, step, origin)
    octave = integers.octave
    unit = quantise.strength_unit(integers.scales)[:, None]
    strength = 2.0**octave
    np.testing.assert_array_less(np.abs(found.weights - first.weights) * unit, 0.5001 * step)
    diagonal = [0, 1, 2]
    ratio = found.factors[:, diagonal, diagonal] / first.factors[:, diagonal, diagonal]
    half = 0.5 * quantise.COARSE_SCALE / np.maximum(strength / 2, 1)
    # twice that at the upper end of a coarse step, which is unchanged
    assert (np.abs(np.log(ratio)) <= 2.0001 * half[:, None]).all()
    # position: steps of at most sqrt(2) times the power of two next to SHIFT_STEP scales
    away = np.abs(found.centres - first.centres)
    scales = found.factors[:, diagonal, diagonal]
    steps = np.minimum(quantise.SHIFT_STEP * scales / strength[:, None], CELL)
    assert (away <= 0.5 * 2**0.5 * steps + 1e-9).all()


@pytest.mark.parametrize("strength", [8.0, 15.0, 60.0])
def test_the_distortion_is_that_of_the_step(strength: float) -> None:
    """Strong Gaussians are quantised more finely: the error is about the same for each."""
    step, errors, places = 0.05, [], voxels((30, 30, 30))
    for seed in range(40):
        one = mixture(1, (30, 30, 30), scales=(1.0, 3.0), margin=-14, seed=seed)
        one.weights[:] = strength * step / np.sqrt(np.linalg.det(one.factors))[:, None]
        after = dequantised(quantised(one, step, corner(one)), step, corner(one))
        error = ((summed(after, places) - summed(one, places)) ** 2).sum()
        errors.append(error / step**2)
    assert 2 < np.median(errors) < 20
    assert max(errors) < 100


def test_strengths_may_be_kept_in_their_octaves() -> None:
    step, first = 0.01, gaussians(2)
    origin = corner(first)
    octave = quantised(first, step, origin).octave
    louder = Mixture(first.centres, first.factors, first.weights * 1.9)
    kept = quantised(louder, step, origin, octave)
    np.testing.assert_array_equal(kept.octave, octave)
    silent = Mixture(first.centres, first.factors, first.weights * 0)
    kept = quantised(silent, step, origin, octave)
    np.testing.assert_array_equal(kept.octave, octave)


# later frames


def assert_near(a: Array, b: Array, limit: Array) -> None:
    np.testing.assert_array_less(np.abs(a - b), limit)


def test_a_frame_that_stands_still_changes_nothing() -> None:
    step, first = 0.02, gaussians(2)
    origin = corner(first)
    key = quantised(first, step, origin)
    assert_equal(quantise_later(dequantised(key, step, origin), key, key, step, origin), key)


def test_small_changes_wait_large_ones_are_followed() -> None:
    step = 0.02
    first = gaussians(2)
    origin = corner(first)
    key = quantised(first, step, origin)
    before = dequantised(key, step, origin)
    for share, follows in ((0.6, False), (0.8, True)):
        bits = quantise.position_bits(before.factors[:, [0, 1, 2], [0, 1, 2]], octave_of(key))
        moved = before.centres + share * CELL / 2.0**bits
        after = quantise_later(
            Mixture(moved, before.factors, before.weights), key, key, step, origin
        )
        assert (after.positions - key.positions == follows).all()
        unit = step / quantise.strength_unit(key.scales)[:, None]
        louder = Mixture(before.centres, before.factors, before.weights - share * unit)
        after = quantise_later(louder, key, key, step, origin)
        assert (key.strengths - after.strengths == follows).all()


def octave_of(key: Quantised) -> np.ndarray:
    return key.octave


def test_a_moving_frame_stays_near_over_many_frames() -> None:
    """The steps of the first frame apply, and rounding errors do not accumulate."""
    step, first = 0.02, gaussians()
    origin = corner(first)
    key = now = quantised(first, step, origin)
    start = dequantised(key, step, origin)
    bits = quantise.position_bits(start.factors[:, [0, 1, 2], [0, 1, 2]], octave_of(key))
    width = CELL / 2.0**bits
    rng = np.random.default_rng(1)
    velocity = rng.normal(0, 0.3, start.centres.shape) * width
    moving = start
    for _ in range(12):
        moving = Mixture(moving.centres + velocity, moving.factors, moving.weights * 1.05)
        now = quantise_later(moving, now, key, step, origin)
        found = dequantised(now, step, origin, key)
        assert_near(found.centres, moving.centres, quantise.DEAD_ZONE * width + 1e-9)
        unit = step / quantise.strength_unit(key.scales)[:, None]
        assert_near(found.weights, moving.weights, (quantise.DEAD_ZONE + 1e-9) * unit)

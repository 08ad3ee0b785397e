"""Growth: births where the error is, gating, splits, pruning, and size limits."""

from collections.abc import Sequence

import numpy as np
import pytest
from gaussians import mixture, spots, summed, voxels
from volumes import noise

from vcore.methods.gaussian import fit as fitting
from vcore.methods.gaussian.births import COARSEST_SIDE, births
from vcore.methods.gaussian.fit import Fit
from vcore.methods.gaussian.gate import automatic_threshold, smoothed, worth
from vcore.methods.gaussian.group import GroupEncoder
from vcore.methods.gaussian.mixture import MIN_SCALE, Mixture
from vcore.methods.gaussian.optimise import ELLIPSOID, MEAN_VOXELS, limit
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import GaussianSettings
from vcore.model.context import Context

SHAPE = (40, 48, 44)


def fit_of(target: np.ndarray, gate: list[np.ndarray] | None = None) -> Fit:
    settings = GaussianSettings(sparsity=0.001)
    return GroupEncoder([target.astype("f4")], gate, settings, FitSchedule(Context(), 100)).fit


def scales_of(gaussians: Mixture) -> np.ndarray:
    return gaussians.factors[:, 0, 0]


# births


@pytest.mark.parametrize("weight", [1.0, -0.4])
def test_a_blob_of_the_filter_is_born_as_it_is(weight: float) -> None:
    born, gain = births(-spots(SHAPE, [(20, 17, 30)], [1], [weight])[None], 1, None)
    np.testing.assert_array_equal(born.centres, [[20, 17, 30]])
    np.testing.assert_array_equal(born.factors, np.eye(3)[None])
    assert born.weights[0, 0] == pytest.approx(weight, rel=0.01)
    # all of its energy: the integral of its square
    assert gain[0] == pytest.approx(weight**2 * np.pi**1.5, rel=0.01)


@pytest.mark.parametrize("level", [1, 2])
def test_wide_blobs_are_born_wide(level: int) -> None:
    place = np.array([4, 5, 3]) * 2**level + (2**level - 1) / 2
    target = spots(SHAPE, [place], [2.0**level], [0.8])
    born, gain = births(-target[None], 1, None)
    np.testing.assert_array_equal(born.factors, 2**level * np.eye(3)[None])
    np.testing.assert_array_equal(born.centres, [place])
    assert born.weights[0, 0] == pytest.approx(0.8, rel=0.15)
    assert gain[0] == pytest.approx((target.astype("f8") ** 2).sum(), rel=0.2)


def test_known_blobs_are_found_strongest_first() -> None:
    places = [(8, 9, 10), (8, 38, 33), (30, 10, 34), (31, 37, 9), (20, 24, 22)]
    weights = [0.9, -0.8, 0.7, -0.6, 0.5]
    born, gain = births(-spots(SHAPE, places, [1.0] * 5, weights)[None], 5, None)
    assert (np.diff(gain) <= 0).all()
    assert np.abs(born.centres - places).max() <= 1
    np.testing.assert_allclose(born.weights[:, 0], weights, rtol=0.05)


def test_channels_are_born_together() -> None:
    one, two = spots(SHAPE, [(20, 17, 30)], [1], [1]), spots(SHAPE, [(20, 17, 30)], [1], [-0.5])
    born, _ = births(-np.stack([one, two]), 1, None)
    assert len(born) == 1
    np.testing.assert_allclose(born.weights, [[1, -0.5]], rtol=0.01)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_stronger_cull_what_is_near(seed: int) -> None:
    """No Gaussian is born in a cell, at its own level, next to a stronger one."""
    born, _ = births(noise((1, *SHAPE), seed=seed) - np.float32(0.5), 400, None)
    assert len(born) > 100
    level = np.log2(scales_of(born)).astype(int)
    cells = np.rint(born.centres + np.where(level > 0, 0.5, 0)[:, None]).astype(int)
    assert len(set(level)) > 1
    for i in range(len(born)):
        own = cells[i] >> level[i]
        apart = np.abs((cells[i + 1 :] >> level[i]) - own).max(1, initial=0)
        assert (apart >= 2).all()


def test_nothing_is_born_of_nothing() -> None:
    born, gain = births(np.zeros((2, *SHAPE), np.float32), 10, None)
    assert (len(born), len(gain), born.weights.shape) == (0, 0, (0, 2))


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 70, 5), (9, 2, 33)], ids=str)
def test_births_stay_inside_small_volumes(shape: tuple[int, int, int]) -> None:
    born, gain = births(noise((1, *shape)) - np.float32(0.5), 50, None)
    assert 1 <= len(born) <= 50
    assert (gain > 0).all()
    assert (born.centres >= -0.5).all()
    assert (born.centres <= np.array(shape) - 0.5).all()


# gate


def test_smoothing_is_the_mean_of_27() -> None:
    values = noise((2, 5, 6, 7))
    soft = smoothed(values)
    assert soft[1, 2, 3, 4] == pytest.approx(values[1, 1:4, 2:5, 3:6].mean(), rel=1e-5)
    padded = np.pad(values[0], 1, "edge")
    assert soft[0, 0, 0, 0] == pytest.approx(padded[:3, :3, :3].mean(), rel=1e-5)


@pytest.mark.parametrize("deviation", [0.01, 0.2])
def test_the_automatic_gate_keeps_noise_out(deviation: float) -> None:
    noise_ = np.random.default_rng(0).normal(0, deviation, (1, 60, 64, 62)).astype("f4")
    threshold = automatic_threshold(noise_)
    assert threshold == pytest.approx(3 * deviation / 27**0.5, rel=0.03)
    share = (np.abs(smoothed(noise_)) > threshold).mean()
    assert 1 / 800 < share < 1 / 200
    bright = noise_ + spots(noise_.shape[1:], [(30, 30, 30)], [5], [50 * deviation])
    assert automatic_threshold(bright) == pytest.approx(threshold, rel=0.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_births_stay_within_the_gate(sign: int) -> None:
    """In the foreground at level 0; at other levels in a voxel that contains foreground."""
    values = 0.3 * (noise(SHAPE) - 0.5)
    values[:18, 10:30] *= 6
    target = sign * values
    levels = worth(target[None], 0.2, 3.0)
    inside = np.abs(smoothed(target[None])[0]) > 0.2
    assert 0.001 < inside.mean() < 0.2
    assert np.array_equal(levels[0] > 0, inside)
    born, _ = births(-target[None], 200, levels)
    assert len(born) > 10
    level = np.log2(scales_of(born)).astype(int)
    cells = np.rint(born.centres + np.where(level > 0, 0.5, 0)[:, None]).astype(int)
    for cell, k in zip(cells, level, strict=True):
        box = tuple(slice(c >> k << k, ((c >> k) + 1) << k) for c in cell)
        assert inside[box].any()
    narrow = cells[level == 0]
    assert inside[tuple(narrow.T)].all()


def test_edges_count_more() -> None:
    target = np.zeros((1, 24, 24, 24), np.float32)
    target[:, :, :, 12:] = 1
    plain, boosted = worth(target, 0.1, 1.0), worth(target, 0.1, 3.0)
    assert set(np.unique(plain[0])) == {0, 1}
    assert boosted[0].max() == pytest.approx(3, rel=1e-5)
    assert boosted[0][:, :, 12].min() > 2.5
    assert np.array_equal(boosted[0][:, :, 16:], plain[0][:, :, 16:])
    assert max(boosted[-1].shape) <= COARSEST_SIDE
    assert [w.shape[0] for w in boosted] == [24, 12, 6]


def test_a_gate_that_keeps_everything_out_is_open() -> None:
    levels = worth(noise((1, 12, 12, 12)), 5.0, 1.0)
    assert (levels[0] == 1).all()


# splits and clones


def divided(
    first: Mixture, count: int, target: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> Mixture:
    """Return the mixture after splitting or cloning ``count`` Gaussians, without births."""
    monkeypatch.setattr(Fit, "divided_share", 0.5)
    fit = fit_of(target)
    fit.restart(first[:])
    fit.grow(2 * count)
    return fit.mixture[: len(first) + count]


def mass(gaussians: Mixture) -> tuple[float, np.ndarray]:
    """Return the integral of a mixture and its centre of mass."""
    each = gaussians.weights[:, 0] * np.linalg.det(gaussians.factors)
    return float(each.sum()), each @ gaussians.centres / each.sum()


def test_a_wide_gaussian_is_split_in_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = np.array([[4.0, 0, 0], [0, 1, 0], [0, 0, 1.5]])
    wide = Mixture(np.array([[20.0, 24, 22]]), axes[None], np.array([[0.8]]))
    narrow = Mixture(np.array([[5.0, 5, 5]]), np.eye(3)[None], np.array([[0.01]]))
    first = Mixture.joined(wide, narrow)
    target = np.zeros((1, *SHAPE))
    halves = divided(first, 2, target, monkeypatch)[[0, 2]]
    apart = halves.centres[1] - halves.centres[0]
    assert np.abs(apart[1:]).max() < 1e-6
    assert abs(apart[0]) == pytest.approx(2 * fitting.SPLIT_APART * 4, rel=1e-6)
    np.testing.assert_allclose(halves.centres.mean(0), wide.centres[0])
    scales = np.sqrt(np.linalg.eigvalsh(halves.covariances()))
    np.testing.assert_allclose(scales, [[1, 1.5, 4 * fitting.SPLIT_SCALE]] * 2, rtol=1e-6)
    before, after = mass(wide), mass(halves)
    assert after[0] == pytest.approx(before[0], rel=0.2)
    # looks nearly unchanged
    old, new = (summed(m, voxels(SHAPE)) for m in (wide, halves))
    assert np.linalg.norm(new - old) < 0.3 * np.linalg.norm(old)


def test_a_narrow_gaussian_is_cloned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Gaussian with most error is cloned; its halves sum to it up to half a step."""
    gaussians = mixture(4, SHAPE, scales=(1.2, 1.6), margin=-10, seed=1)
    gaussians.factors[0] = 1.1 * np.eye(3)
    gaussians.weights[:] = 0.3
    target = summed(gaussians, voxels(SHAPE))
    target += spots(SHAPE, [gaussians.centres[0] + [0, 0, 1]], [1.1], [0.9])
    before = mass(gaussians)[0]
    after = divided(gaussians, 1, target, monkeypatch)
    np.testing.assert_allclose(after.weights[:, 0], [0.15, 0.3, 0.3, 0.3, 0.15])
    away = after.centres[4] - gaussians.centres[0]
    assert np.linalg.norm(away) == pytest.approx(0.55, rel=1e-3)
    assert away[2] > 0.5  # towards the missing part
    assert mass(after)[0] == pytest.approx(before)


# pruning


def test_pruning_keeps_the_costly() -> None:
    places = [(8, 9, 10), (8, 38, 33), (30, 10, 34), (31, 37, 9), (20, 24, 22)]
    weights = np.array([0.9, -0.7, 0.5, 0.3, 0.2])
    order = [3, 0, 4, 2, 1]
    gaussians = Mixture(
        np.array(places, float)[order], np.tile(1.5 * np.eye(3), (5, 1, 1)), weights[order, None]
    )
    fit = fit_of(summed(gaussians, voxels(SHAPE)))
    fit.restart(gaussians)
    cost = fit.prune(3)
    np.testing.assert_array_equal(fit.mixture.weights[:, 0], [0.9, 0.5, -0.7])
    energy = np.array([0.9, 0.5, -0.7]) ** 2 * np.pi**1.5 * 1.5**3
    np.testing.assert_allclose(cost, energy, rtol=0.02)
    fit.prune(2)
    np.testing.assert_array_equal(fit.mixture.weights[:, 0], [0.9, -0.7])
    fit.prune(5)
    assert len(fit.mixture) == 2


def test_what_does_harm_is_pruned() -> None:
    gaussians = mixture(3, SHAPE, margin=-8, seed=6)
    target = summed(gaussians[:2], voxels(SHAPE))
    fit = fit_of(target)
    fit.restart(gaussians)
    assert fit.evaluate().removal[2] < 0
    fit.prune(3)
    assert len(fit.mixture) == 2


def test_training_goes_on_after_pruning() -> None:
    """Adam's moments are pruned along with the Gaussians."""
    gaussians = mixture(12, SHAPE, margin=-8, seed=7)
    target = summed(gaussians, voxels(SHAPE))
    fit = fit_of(target)
    moved = gaussians.centres + 0.6 * np.sin(np.arange(36)).reshape(12, 3)
    fit.restart(Mixture(moved, gaussians.factors, gaussians.weights))
    fit.evaluate()
    first = fit.renderer.error()
    fit.train(10)
    fit.prune(10)
    fit.grow(4)
    fit.train(60, falling=True)
    fit.evaluate()
    assert len(fit.mixture) >= 13
    assert fit.renderer.error() < 0.02 * first


# limits


def diagonal(scales: Sequence[Sequence[float]]) -> np.ndarray:
    return np.array(scales, float)[:, :, None] * np.eye(3)


def mean_volume(factors: np.ndarray, classes: np.ndarray) -> float:
    return float(np.mean(ELLIPSOID * np.linalg.det(factors) / 8.0**classes))


CROWDS = {
    "narrow": ([(0.01, 2, 2), (0.6, 0.2, 0.5)], [0, 0]),
    "one among many": ([(3, 3, 3)] * 40 + [(90, 30, 2)], [0] * 41),
    "sheets": ([(80, 70, 2), (2, 60, 90), (1, 1, 1)], [0, 0, 0]),
    "a sheet alone": ([(100, 100, 2)], [0]),
    "a thin sheet alone": ([(300, 200, 0.01)], [0]),
    "coarse": ([(40, 40, 40), (3, 3, 3), (90, 90, 30)], [4, 0, 3]),
}


@pytest.mark.parametrize("name", CROWDS)
def test_the_limits_are_kept(name: str) -> None:
    scales, classes = CROWDS[name]
    factors, levels = diagonal(scales), np.array(classes)
    limit(factors, levels)
    assert factors[:, [0, 1, 2], [0, 1, 2]].min() >= MIN_SCALE
    assert mean_volume(factors, levels) <= 1.001 * MEAN_VOXELS


def test_what_is_within_the_limits_stays() -> None:
    factors = mixture(50, SHAPE, scales=(1.0, 4.0)).factors
    wide = factors[:, [0, 1, 2], [0, 1, 2]].min(1) >= MIN_SCALE
    before = factors[wide]
    after = before.copy()
    limit(after, np.zeros(len(after), np.intp))
    np.testing.assert_array_equal(after, before)


def test_only_the_largest_are_cut() -> None:
    factors = diagonal([(3, 3, 3)] * 40 + [(90, 30, 2), (60, 60, 3)])
    limit(factors, np.zeros(42, np.intp))
    np.testing.assert_array_equal(factors[:40], diagonal([(3, 3, 3)] * 40))
    volumes = np.linalg.det(factors[40:])
    assert volumes[0] == pytest.approx(volumes[1])
    assert factors[40, 2, 2] == 2  # the longest are cut, the thinnest is kept
    assert factors[41, 2, 2] == 3

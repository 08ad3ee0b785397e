"""Gradient of the squared error, against finite differences of a sum in float64."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from gaussians import distances, mixture, voxels
from volumes import noise

from vcore.methods.gaussian.mixture import CUTOFF, LOWER, Gradient, Mixture
from vcore.methods.gaussian.renderer import Renderer, inner
from vcore.methods.gaussian.resample import add_doubled

SHAPE = (18, 21, 20)
STEP = 1e-5


@cache
def matrix(n: int) -> np.ndarray:
    """Return the matrix that doubles an axis to ``n`` voxels."""
    half = -(-n // 2)
    out = np.zeros((n, half))
    for k in range(half):
        coarse = np.zeros((half, 1, 1), np.float32)
        coarse[k] = 1
        fine = np.zeros((n, 2, 2), np.float32)
        add_doubled(coarse, fine)
        out[:, k] = fine[:, 0, 0]
    return out


class Reference:
    """Multi-level sum in float64, with the cut-offs of the initial mixture."""

    def __init__(self, first: Mixture, classes: np.ndarray, target: np.ndarray) -> None:
        self.classes, self.target = classes, target.astype("f8")
        self.shapes = [target.shape[1:]]
        while len(self.shapes) <= classes.max():
            self.shapes.append(tuple(-(-n // 2) for n in self.shapes[-1]))
        self.places = [voxels(s, 2.0**k) for k, s in enumerate(self.shapes)]
        self.inside = [
            distances(first[classes == k], places) <= CUTOFF for k, places in enumerate(self.places)
        ]

    def residual(self, gaussians: Mixture) -> np.ndarray:
        total = np.zeros((self.target.shape[0], *self.shapes[-1]))
        for level in range(len(self.shapes) - 1, -1, -1):
            chosen = gaussians[self.classes == level]
            values = np.exp(-distances(chosen, self.places[level]) / 2) * self.inside[level]
            total = total + np.einsum("nc,n...->c...", chosen.weights, values)
            if level:
                up = [matrix(n) for n in self.shapes[level - 1]]
                total = np.einsum("czyx,iz,jy,kx->cijk", total, *up, optimize=True)
        return total - self.target

    def error(self, gaussians: Mixture) -> float:
        return float((self.residual(gaussians) ** 2).sum())


def found(
    gaussians: Mixture, classes: np.ndarray, target: np.ndarray
) -> tuple[Gradient, np.ndarray, float]:
    renderer = Renderer(target)
    done = renderer.render(gaussians, classes)
    gradient = renderer.backward(gaussians, done, full=True)
    return gradient, inner(renderer.residual).copy(), renderer.error()


def moved(gaussians: Mixture, parameter: int, by: float) -> Mixture:
    """Change a parameter of all Gaussians: shift 3, stretch 6, then weights."""
    if parameter < 3:
        step = by * gaussians.factors[:, :, parameter]
        return replace(gaussians, centres=gaussians.centres + step)
    if parameter < 9:
        change = np.eye(3)
        i, j = ((0, 0), (1, 1), (2, 2), *LOWER)[parameter - 3]
        change[i, j] += by
        return replace(gaussians, factors=gaussians.factors @ change)
    weights = gaussians.weights.copy()
    weights[:, parameter - 9] += by
    return replace(gaussians, weights=weights)


def differences(
    error: Callable[[Mixture], float], gaussians: Mixture, parameter: int
) -> np.ndarray:
    """Return the derivative by a parameter of each Gaussian."""
    out = np.empty(len(gaussians))
    for i in range(len(gaussians)):
        ends = []
        for by in (-STEP, STEP):
            other = moved(gaussians, parameter, by)
            row = np.arange(len(gaussians)) == i
            chosen = Mixture(
                np.where(row[:, None], other.centres, gaussians.centres),
                np.where(row[:, None, None], other.factors, gaussians.factors),
                np.where(row[:, None], other.weights, gaussians.weights),
            )
            ends.append(error(chosen))
        out[i] = (ends[1] - ends[0]) / (2 * STEP)
    return out


@pytest.fixture(params=["fine", "coarse", "mixed"])
def case(request: pytest.FixtureRequest) -> tuple[Mixture, np.ndarray, np.ndarray]:
    """Return a mixture, the levels on which it is summed, and a two-channel target."""
    gaussians = mixture(9, SHAPE, channels=2, scales=(2.0, 4.0), margin=1, seed=4)
    levels = {"fine": [0] * 9, "coarse": [1] * 9, "mixed": [0, 1, 2, 0, 1, 2, 0, 1, 2]}
    target = (noise((2, *SHAPE)) - 0.5).astype("f4")
    return gaussians, np.array(levels[request.param]), target


def test_the_residual_is_that_of_the_sum(
    case: tuple[Mixture, np.ndarray, np.ndarray],
) -> None:
    gaussians, classes, target = case
    _, residual, error = found(gaussians, classes, target)
    reference = Reference(gaussians, classes, target)
    assert np.abs(residual - reference.residual(gaussians)).max() < 1e-5
    assert error == pytest.approx(reference.error(gaussians), rel=1e-5)


def test_the_gradient_is_exact(case: tuple[Mixture, np.ndarray, np.ndarray]) -> None:
    gaussians, classes, target = case
    gradient, _, _ = found(gaussians, classes, target)
    reference = Reference(gaussians, classes, target)
    columns = np.concatenate([gradient.shift, gradient.stretch, gradient.weights], axis=1)
    for parameter in range(9 + 2):
        expected = differences(reference.error, gaussians, parameter)
        scale = np.abs(expected).max()
        assert scale > 0.1
        assert np.abs(columns[:, parameter] - expected).max() < 1e-4 * scale, parameter


def test_removal_costs_what_the_error_gains() -> None:
    gaussians = mixture(9, SHAPE, channels=2, scales=(1.0, 3.0), margin=1, seed=8)
    target = (noise((2, *SHAPE)) - 0.5).astype("f4")
    renderer = Renderer(target, exact=True)
    classes = renderer.classes(gaussians)
    assert not classes.any()
    gradient = renderer.backward(gaussians, renderer.render(gaussians, classes), full=True)
    with_all = renderer.error()
    for i in range(len(gaussians)):
        rest = gaussians[np.arange(len(gaussians)) != i]
        renderer.render(rest, classes[1:])
        assert gradient.removal[i] == pytest.approx(renderer.error() - with_all, rel=1e-3, abs=0.01)


def test_removal_of_wide_ones_is_told_from_their_level() -> None:
    shape = (40, 40, 40)
    gaussians = mixture(6, shape, scales=(5.0, 9.0), margin=-8, seed=3)
    renderer = Renderer(np.zeros((1, *shape), np.float32))
    classes = renderer.classes(gaussians)
    assert classes.min() >= 1
    gradient = renderer.backward(gaussians, renderer.render(gaussians, classes), full=True)
    with_all = renderer.error()
    for i in range(len(gaussians)):
        kept = np.arange(len(gaussians)) != i
        renderer.render(gaussians[kept], classes[kept])
        change = renderer.error() - with_all
        assert gradient.removal[i] == pytest.approx(change, abs=0.01 * with_all)


def test_the_error_under_a_gaussian() -> None:
    gaussians = mixture(5, SHAPE, channels=2, seed=8)
    target = (noise((2, *SHAPE)) - 0.5).astype("f4")
    renderer = Renderer(target, exact=True)
    done = renderer.render(gaussians, np.zeros(5, int))
    gradient = renderer.backward(gaussians, done, full=True)
    squares = (inner(renderer.residual).astype("f8") ** 2).sum(0)
    d = distances(gaussians, voxels(SHAPE))
    expected = np.einsum("nzyx,zyx->n", np.where(d <= CUTOFF, np.exp(-d / 2), 0), squares)
    np.testing.assert_allclose(gradient.error, expected, rtol=1e-4)


def test_wide_gaussians_are_summed_on_coarse_grids() -> None:
    renderer = Renderer(np.zeros((1, 64, 64, 64), np.float32))
    scales = np.array([0.5, 1.9, 3.9, 4.1, 7.9, 8.1, 1000.0])
    round_ = Mixture(np.full((7, 3), 32.0), scales[:, None, None] * np.eye(3), np.ones((7, 1)))
    assert renderer.classes(round_).tolist() == [0, 0, 0, 1, 1, 2, 3]
    flat = replace(round_, factors=np.array([[1.0, 50, 50]] * 7)[:, :, None] * np.eye(3))
    assert not renderer.classes(flat).any()
    renderer.render(round_, renderer.classes(round_))
    near = inner(renderer.residual).copy()
    exact = Renderer(np.zeros((1, 64, 64, 64), np.float32), exact=True)
    exact.render(round_, np.zeros(7, np.intp))
    error = near - inner(exact.residual)
    assert np.linalg.norm(error) < 0.01 * np.linalg.norm(inner(exact.residual))

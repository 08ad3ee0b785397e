"""Doubling by cubic interpolation and its transpose."""

import numpy as np
import pytest
from volumes import noise

from vcore.methods.gaussian.resample import add_doubled, halved

SHAPES = [(8, 6, 10), (7, 5, 9), (13, 2, 3), (2, 2, 2), (1, 1, 1), (3, 1, 40)]


def doubled(coarse: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    fine = np.zeros(shape, np.float32)
    add_doubled(coarse, fine)
    return fine


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_halving_is_the_transpose_of_doubling(shape: tuple[int, ...]) -> None:
    """<up(a), b> = <a, down(b)> for all a and b."""
    coarse = noise([-(-n // 2) for n in shape], seed=1) - 0.5
    fine = noise(shape, seed=2) - 0.5
    left = np.sum(doubled(coarse, shape).astype("f8") * fine)
    right = np.sum(coarse.astype("f8") * halved(fine))
    size = np.linalg.norm(coarse) * np.linalg.norm(fine)
    assert abs(left - right) < 1e-6 * size


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_constants_stay(shape: tuple[int, ...]) -> None:
    """Constants double to themselves; halving sums, so that a coarse voxel holds 8 fine ones."""
    ones = np.ones([-(-n // 2) for n in shape], np.float32)
    np.testing.assert_allclose(doubled(3 * ones, shape), 3, rtol=1e-6)
    assert halved(np.ones(shape, np.float32)).sum() == pytest.approx(np.prod(shape), rel=1e-5)


def test_doubling_adds() -> None:
    coarse = noise((3, 4, 5))
    fine = np.full((6, 8, 10), 2, np.float32)
    add_doubled(coarse, fine)
    np.testing.assert_allclose(fine, 2 + doubled(coarse, (6, 8, 10)), rtol=1e-6)


def test_fine_samples_lie_a_quarter_beside_the_coarse_ones() -> None:
    """Cubic interpolation is exact for a ramp, except near faces, where samples repeat."""
    coarse = np.broadcast_to(np.arange(10, dtype="f4")[:, None, None] * 2 + 0.5, (10, 3, 3))
    fine = doubled(np.ascontiguousarray(coarse), (20, 6, 6))
    expected = np.arange(20)[4:-4]
    np.testing.assert_allclose(fine[4:-4, 3, 3], expected, rtol=1e-5)
    turned = doubled(np.ascontiguousarray(coarse.transpose(2, 1, 0)), (6, 6, 20))
    np.testing.assert_allclose(turned[3, 3, 4:-4], expected, rtol=1e-5)


def test_a_wide_gaussian_doubles_to_itself() -> None:
    """At MIN_WIDTH, 2 voxels of the coarse grid, interpolation errs by 0.6 % of the norm."""
    at = np.arange(40) - 19.5
    profile = np.exp(-0.5 * (at / 4) ** 2)
    fine = np.einsum("i,j,k", *[profile] * 3)
    at = np.arange(20) - 9.5
    profile = np.exp(-0.5 * (at / 2) ** 2)
    coarse = np.einsum("i,j,k", *[profile] * 3).astype("f4")
    error = doubled(coarse, fine.shape) - fine
    assert np.linalg.norm(error) < 0.0075 * np.linalg.norm(fine)

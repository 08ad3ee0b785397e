"""Sum of Gaussians, by region, against a full evaluation in NumPy."""

import numpy as np
import pytest
from contract import random_regions
from gaussians import mixture, summed, voxels

from vcore.methods.gaussian import renderer, splat
from vcore.methods.gaussian.mixture import CUTOFF, Mixture, Sampled
from vcore.model.regions import Region, shape_of

SHAPE = (13, 17, 21)


def rendered(sampled: Sampled, region: Region) -> np.ndarray:
    """Return the sums over a region, with all Gaussians as candidates."""
    out = renderer.padded((sampled.weights.shape[1], *shape_of(region)))
    corner = tuple(s.start for s in region)
    splat.add(out, corner, *sampled.arrays, np.arange(len(sampled)), CUTOFF)
    assert not out[..., -splat.LANES :].any()
    return renderer.inner(out)


WHOLE = tuple(slice(0, n) for n in SHAPE)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scales", [(0.5, 0.8), (0.8, 3.0), (2.0, 9.0)])
def test_the_sum_is_that_of_every_voxel(channels: int, scales: tuple[float, float]) -> None:
    gaussians = mixture(40, SHAPE, channels=channels, scales=scales, margin=6)
    assert (gaussians.centres < 0).any()
    assert (gaussians.centres > SHAPE).any()
    expected = summed(gaussians, voxels(SHAPE))
    found = rendered(gaussians.sampled(), WHOLE)
    assert found.dtype == np.float32
    assert np.abs(expected).max() > 0.5
    assert np.abs(found - expected).max() < 5e-6


def test_a_value_is_that_of_the_exponential() -> None:
    """Relative to the value itself, up to the cut-off, beyond which it is 0."""
    one = Mixture(np.array([[6.3, 8.1, 10.4]]), 3.1 * np.eye(3)[None], np.ones((1, 1)))
    found = rendered(one.sampled(), WHOLE)[0]
    squared = ((voxels(SHAPE) - one.centres[0]) ** 2).sum(-1) / 3.1**2
    inside = squared < CUTOFF
    assert 0.1 < inside.mean() < 0.9
    assert (found[~inside] == 0).all()
    np.testing.assert_allclose(found[inside], np.exp(-squared[inside] / 2), rtol=1e-5)


def test_a_region_is_a_crop_bit_for_bit() -> None:
    sampled = mixture(60, SHAPE, channels=2, seed=3).sampled()
    whole = rendered(sampled, WHOLE)
    for region in random_regions(SHAPE, 40, seed=1):
        assert np.array_equal(rendered(sampled, region), whole[:, *region])


def test_a_region_may_lie_outside() -> None:
    sampled = mixture(30, SHAPE).sampled()
    around = tuple(slice(-5, n + 5) for n in SHAPE)
    found = rendered(sampled, around)
    assert np.array_equal(found[:, 5:-5, 5:-5, 5:-5], rendered(sampled, WHOLE))
    far = tuple(slice(n + 40, n + 43) for n in SHAPE)
    assert not rendered(sampled, far).any()


def test_threads_sum_alike() -> None:
    sampled = mixture(60, SHAPE, channels=2, seed=5).sampled()
    out = renderer.padded((2, *SHAPE))
    renderer.add(out, sampled)
    assert np.array_equal(renderer.inner(out), rendered(sampled, WHOLE))


@pytest.mark.parametrize("level", [1, 2])
def test_coarse_voxels_are_samples_or_means(level: int) -> None:
    """At a level's voxels: point samples without a footprint, approximate box means with it."""
    shape = tuple(4 * n for n in (6, 8, 7))
    gaussians = mixture(20, shape, scales=(1.5 * 2**level, 4.0 * 2**level), seed=9)
    coarse = tuple(n >> level for n in shape)
    region = tuple(slice(0, n) for n in coarse)
    points = rendered(gaussians.sampled(2.0**level), region)
    expected = summed(gaussians, voxels(coarse, 2.0**level))
    assert np.abs(points - expected).max() < 5e-6
    fine = summed(gaussians, voxels(shape))
    boxes = fine.reshape(1, *(m for n in coarse for m in (n, 2**level))).mean((2, 4, 6))
    means = rendered(gaussians.sampled(2.0**level, footprint=True), region)
    assert np.abs(means - boxes).max() < 0.02
    assert (means - boxes).std() < 0.5 * (points - boxes).std()


def test_a_footprint_keeps_the_integral() -> None:
    one = mixture(1, (40, 40, 40), scales=(1.5, 3.0), margin=-18, seed=2)
    fine = rendered(one.sampled(), tuple(slice(0, 40) for _ in range(3))).sum()
    for level in (1, 2):
        region = tuple(slice(0, 40 >> level) for _ in range(3))
        coarse = rendered(one.sampled(2.0**level, footprint=True), region).sum()
        assert 8**level * coarse == pytest.approx(fine, rel=0.01)

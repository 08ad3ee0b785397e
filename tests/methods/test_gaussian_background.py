"""The background: a polynomial below the Gaussians, not raised by bright objects."""

import numpy as np
import pytest
from gaussians import compress, spots
from volumes import ramp

import vcore
from vcore.methods.gaussian import background

SHAPE = (26, 40, 33)
PLACES = [np.linspace(-1, 1, n) for n in SHAPE]
BLOBS = spots(SHAPE, [(6, 9, 9), (18, 30, 24), (14, 15, 26)], [2, 3, 2.5], [1, 0.8, 0.9])


def fitted(values: np.ndarray, order: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and the resulting background."""
    found = background.coefficients(values.astype("f4"), order)
    return found, background.evaluate(found, PLACES)


@pytest.mark.parametrize(("order", "terms"), [(0, 1), (1, 4), (2, 10)])
def test_an_order_has_its_terms(order: int, terms: int) -> None:
    found = background.powers(order)
    assert len(found) == len(set(found)) == terms
    assert found[0] == (0, 0, 0)
    assert max(map(sum, found)) == order


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_polynomial_is_found(order: int) -> None:
    rng = np.random.default_rng(order)
    given = rng.uniform(-1, 1, len(background.powers(order))).astype("f4")
    values = background.evaluate(given, PLACES)
    for asked in (order, None):
        found, surface = fitted(values, asked)
        # the mean over a box of a curved surface differs slightly from its centre
        assert np.abs(surface - values).max() < (1e-5 if order < 2 else 0.03)
        assert len(found) == len(given)


def test_bright_objects_do_not_lift_it() -> None:
    floor = 0.1 + 0.002 * ramp(SHAPE)
    noise = np.random.default_rng(0).normal(0, 0.01, SHAPE)
    _, surface = fitted(floor + BLOBS + noise, None)
    assert np.abs(surface - floor).max() < 0.01
    mean = np.abs((floor + BLOBS).mean() - floor.mean())
    assert abs(surface.mean() - floor.mean()) < 0.1 * mean


def test_the_lowest_order_that_pays_is_taken() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, SHAPE)
    assert len(fitted(0.3 + noise, None)[0]) == 1
    assert len(fitted(0.3 + 0.01 * ramp(SHAPE) + noise, None)[0]) == 4


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 9, 30), (70, 3, 4)], ids=str)
@pytest.mark.parametrize("order", [None, 0, 1, 2])
def test_small_volumes_have_one(shape: tuple[int, int, int], order: int | None) -> None:
    values = np.random.default_rng(0).random(shape).astype("f4")
    found = background.coefficients(values, order)
    assert np.isfinite(found).all()
    surface = background.evaluate(found, [np.linspace(-1, 1, n) for n in shape])
    assert np.abs(surface).max() < 5


# files


def test_an_offset_and_a_slope_take_no_gaussians() -> None:
    values = (1000 + 2 * ramp(SHAPE) + 300 * BLOBS).astype("u2")
    data = vcore.open(compress(values, vcore.Budget(psnr=40)).data)
    header = data.decoder().header
    assert header.state["background"] == 1
    assert len(data.primitives) <= 40
    constant = vcore.open(compress(values, vcore.Budget(psnr=40), background=0).data)
    assert len(constant.primitives) > 1.5 * len(data.primitives)


def test_a_ramp_is_all_background() -> None:
    report = compress(ramp(SHAPE) - 30, vcore.Budget(psnr=60))
    data = vcore.open(report.data)
    assert report.psnr > 60
    assert len(data.primitives) <= 8
    assert report.bytes < 700


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_order_that_is_asked_for_is_stored(order: int) -> None:
    values = 0.01 * ramp(SHAPE) + BLOBS
    data = vcore.open(compress(values, vcore.Budget(bytes=1500), background=order).data)
    header = data.decoder().header
    assert (header.settings["background"], header.state["background"]) == (order, order)
    terms = len(background.powers(order))
    assert data.decoder().reader.section_bytes()["background"] == 4 * terms


def test_each_frame_and_channel_has_its_own() -> None:
    values = np.stack([np.stack([BLOBS + 3 * t, 2 - BLOBS - t]) for t in range(3)])
    volume = vcore.model.volume.Volume(
        vcore.model.grid.Grid(SHAPE), (vcore.model.volume.Variable("v", values, tuple("tczyx")),)
    )
    data = vcore.open(compress(volume, vcore.Budget(bytes=4000), background=0, steps=20).data)
    low, high = data.decoder().header.range
    found = low + data.decoder()._inner.grounds()[..., 0] * (high - low)
    np.testing.assert_allclose(found, [[0, 2], [3, 1], [6, 0]], atol=0.05)

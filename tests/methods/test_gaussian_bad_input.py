"""Unusual and invalid volumes and settings: a message on what to do, or a good file."""

from typing import Any

import numpy as np
import pytest
from gaussians import beads, compress, spots
from volumes import in_dtype

import vcore
from vcore.engine.estimate import estimate
from vcore.errors import BudgetError, InputError
from vcore.model.volume import Volume

SHAPE = (18, 20, 22)
AMPLE = vcore.Budget(bytes=2000)


def stored(values: np.ndarray, budget: vcore.Budget = AMPLE, **settings: Any) -> np.ndarray:
    """Return the decoded values of a checked file."""
    report = compress(values, budget, **settings)
    data = vcore.open(report.data)
    assert data.check() > 0
    decoded = data.decode()
    assert (decoded.shape, decoded.dtype) == (values.shape, values.dtype)
    return decoded


def psnr(original: np.ndarray, decoded: np.ndarray) -> float:
    error = np.mean((original.astype("f8") - decoded) ** 2)
    return float(20 * np.log10(np.ptp(original.astype("f8"))) - 10 * np.log10(max(error, 1e-30)))


# volumes


@pytest.mark.parametrize("value", [0, 7])
@pytest.mark.parametrize("axes", [3, 4])
def test_an_empty_stack_is_one_number(value: int, axes: int) -> None:
    values = np.full((2, *SHAPE)[-axes:], value, "u2")
    report = compress(values)
    assert report.bytes < 400
    assert any("everywhere" in note for note in report.notes)
    np.testing.assert_array_equal(vcore.open(report.data).decode(), values)


@pytest.mark.parametrize("place", [(0, 0, 0), (9, 10, 11), (17, 19, 21), (0, 10, 21)], ids=str)
def test_one_bright_voxel(place: tuple[int, int, int]) -> None:
    values = np.zeros(SHAPE, "u1")
    values[place] = 200
    decoded = stored(values, vcore.Budget(bytes=800), steps=60)
    assert np.unravel_index(decoded.argmax(), SHAPE) == place
    assert decoded[place] > 120
    assert psnr(values, decoded) > 45


def test_hot_pixels_do_not_hide_the_rest() -> None:
    """65,535 in 20 voxels, and beads of 1,000."""
    rng = np.random.default_rng(0)
    soft = spots(SHAPE, [(6, 6, 6), (12, 14, 15)], [3, 3], [1000, 800])
    values = soft.astype("u2")
    hot = tuple(rng.integers(0, n, 20) for n in SHAPE)
    values[hot] = 65_535
    decoded = stored(values, steps=60)
    assert psnr(values, decoded) > 20
    assert np.median(decoded[hot]) > 20_000


def test_saturated_data() -> None:
    values = np.clip(400 * beads(SHAPE, 30), 0, 255).astype("u1")
    assert (values == 255).mean() > 0.005
    decoded = stored(values, steps=60)
    assert psnr(values, decoded) > 27
    assert decoded[values == 255].mean() > 230


def test_a_step_is_no_gaussian() -> None:
    values = np.zeros(SHAPE, "u1")
    values[:, 10:] = 255
    assert psnr(values, stored(values)) > 15


@pytest.mark.parametrize(("low", "high"), [(-5, -1), (-3, 2), (1e6, 1e6 + 4), (-1e-9, 1e-9)])
def test_any_offset_and_sign(low: float, high: float) -> None:
    values = in_dtype(beads(SHAPE, 20), "f4", low, high)
    report = compress(values, AMPLE)
    assert report.psnr > 28
    upside_down = in_dtype(-beads(SHAPE, 20), "f4", low, high)
    # fits differ by the processor: 2.9 to 3.1 dB at values of which float32 resolves 64 steps
    assert abs(compress(upside_down, AMPLE).psnr - report.psnr) < 5


def test_noise_alone() -> None:
    values = np.random.default_rng(0).normal(100, 10, SHAPE).astype("f4")
    report = compress(values, AMPLE)
    assert report.bytes <= 2000
    assert report.mse < 1.02 * values.var()


def test_checkerboard() -> None:
    values = (np.indices(SHAPE).sum(0) % 2).astype("f4")
    assert psnr(values, stored(values)) > 5.9  # as good as the mean


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 3, 2), (2, 2, 70), (3, 3, 3)], ids=str)
def test_tiny_volumes(shape: tuple[int, int, int]) -> None:
    values = np.random.default_rng(0).random(shape).astype("f4")
    decoded = stored(values, vcore.Budget(bytes=2000))
    assert np.mean((decoded - values) ** 2) <= values.var()


@pytest.mark.parametrize("shape", [(1, 30, 40), (30, 1, 40), (30, 40, 1), (1, 1, 5)], ids=str)
@pytest.mark.parametrize("frames", [None, 4])
def test_images_are_refused(shape: tuple[int, int, int], frames: int | None) -> None:
    values = np.random.default_rng(0).random(shape if frames is None else (frames, *shape))
    with pytest.raises(InputError) as refused:
        compress(values.astype("f4"))
    assert str(shape) in str(refused.value)
    for words in ("at least two voxels along each axis", "2D image", "an image codec"):
        assert words in str(refused.value)


def test_a_flat_image_is_refused() -> None:
    values = np.random.default_rng(0).random((30, 40)).astype("f4")
    with pytest.raises(InputError, match="2D image"):
        compress(values)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nothing_but_missing_values_is_kept(value: float) -> None:
    values = np.full(SHAPE, value, "f4")
    assert np.array_equal(stored(values), values, equal_nan=True)


def test_holes_stay_and_do_no_harm() -> None:
    values = beads(SHAPE, 25)
    whole = psnr(values, stored(values))
    holed = values.copy()
    holed[4:9, 5:12, 6:11] = np.nan
    holed[0] = np.inf
    holed[::4, ::5, ::3] = np.nan
    decoded = stored(holed)
    here = np.isfinite(holed)
    np.testing.assert_array_equal(decoded[~here], holed[~here])
    assert psnr(values[here], decoded[here]) > whole - 6


def test_one_value_among_missing_ones() -> None:
    values = np.full(SHAPE, np.nan, "f4")
    values[3, 4, 5] = 2.5
    np.testing.assert_array_equal(stored(values), values)


def test_boolean_like_masks() -> None:
    inside = np.linalg.norm(np.indices(SHAPE).T - np.array(SHAPE)[None] / 2, axis=-1).T < 6
    decoded = stored(inside.astype("u1"))
    assert set(np.unique(decoded)) == {0, 1}
    assert (decoded == inside).mean() > 0.97


def test_big_endian_and_strided_arrays() -> None:
    values = (beads((18, 20, 44), 25) * 900).astype(">u2")[:, ::-1, ::2]
    plain = np.ascontiguousarray(values).astype("u2")
    first, second = compress(values, AMPLE, steps=10), compress(plain, AMPLE, steps=10)
    assert first.data == second.data


# budgets and settings


def test_a_budget_below_one_gaussian_is_refused() -> None:
    with pytest.raises(BudgetError, match="Expected a budget"):
        compress(beads(SHAPE, 20), vcore.Budget(bytes=100))
    with pytest.raises(BudgetError, match="Expected a budget"):
        compress(beads(SHAPE, 20), vcore.Budget(bytes=320), preset="paper")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "positive steps. Got 0"),
        ({"steps": -3}, "positive steps. Got -3"),
        ({"steps": 1.5}, "int for the setting steps"),
        ({"group": 0}, "positive group. Got 0"),
        ({"learning_rate": 0}, "positive learning_rate"),
        ({"learning_rate": -0.1}, "positive learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"edge_boost": 0}, "positive edge_boost"),
        ({"neighbours": 0}, "positive neighbours"),
        ({"edge_boost": float("inf")}, "edge_boost"),
        ({"sparsity": -1}, "sparsity of at least 0"),
        ({"gate": -1}, "gate"),
        ({"gate": float("nan")}, "gate"),
        ({"background": 3}, "background to be one of"),
        ({"background": -1}, "background to be one of"),
        ({"shared": "perhaps"}, "bool for the setting shared"),
        ({"preset": "small"}, "preset to be one of compact, paper"),
        ({"k": 4}, "Expected one of the settings preset, gate"),
    ],
    ids=lambda v: str(v) if isinstance(v, dict) else "",
)
def test_wrong_settings_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compress(beads(SHAPE, 5), AMPLE, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate": 5.0},
        {"learning_rate": 1e-9},
        {"edge_boost": 1000.0},
        {"sparsity": 50.0},
        {"gate": 0.0},
        {"gate": 1e9},
        {"steps": 1},
        {"group": 1000},
        {"background": 2},
    ],
    ids=str,
)
def test_extreme_settings_make_a_file(settings: dict) -> None:
    values = beads(SHAPE, 10)
    decoded = stored(values, vcore.Budget(bytes=1500), **settings)
    assert np.isfinite(decoded).all()
    assert np.mean((decoded - values) ** 2) < 1.5 * np.mean(values**2)


def test_an_estimate_is_near() -> None:
    values = Volume.from_array(beads((40, 48, 44), 80))
    budget = vcore.Budget(bytes=3000)
    found = estimate(values, method="gaussian", budget=budget, settings={"steps": 10})
    assert found.bytes <= 3000
    assert found.seconds > 0
    assert found.memory > values.nbytes

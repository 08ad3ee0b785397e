from math import inf, isnan, log10, sqrt
from typing import Any

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.metrics import ErrorStatistics
from vcore.model.regions import blocks


def statistics(
    original: Any, decoded: Any, missing_mask: Any = None, **settings: Any
) -> ErrorStatistics:
    result = ErrorStatistics(**settings)
    result.add(np.asarray(original), np.asarray(decoded), missing_mask)
    return result


def test_hand_computed() -> None:
    got = statistics([0.0, 1.0, 2.0, 10.0], [1.0, 1.0, 0.0, 10.0])
    assert (got.count, got.minimum, got.maximum, got.data_range) == (4, 0, 10, 10)
    assert got.squared_error == 5
    assert got.mse == 1.25
    assert got.max_error == 2
    assert got.bias == -0.25
    assert got.psnr == pytest.approx(20 * log10(10 / sqrt(1.25)), rel=1e-14)


def test_agrees_with_scikit_image() -> None:
    from skimage.metrics import peak_signal_noise_ratio

    rng = np.random.default_rng(0)
    original = rng.normal(size=(9, 8, 7))
    decoded = original + 0.1 * rng.normal(size=original.shape)
    expected = peak_signal_noise_ratio(original, decoded, data_range=np.ptp(original))
    assert statistics(original, decoded).psnr == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4"])
def test_extremes_of_integers_do_not_wrap_around(dtype: str) -> None:
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    got = statistics(np.array([low, high], dtype), np.array([high, low], dtype))
    assert got.max_error == got.data_range == high - low
    assert got.squared_error == 2.0 * float(high - low) ** 2
    assert got.bias == 0
    assert got.psnr == pytest.approx(0, abs=1e-12)


def test_uint32_and_float64_keep_small_errors() -> None:
    base = 4_294_967_290
    assert statistics(np.array([0, base], "u4"), np.array([0, base + 1], "u4")).max_error == 1
    assert statistics(np.array([0, base], "u4"), np.array([0, base + 0.25])).max_error == 0.25
    assert statistics([1.0, 2.0], [1.0 + 2.0**-40, 2.0]).max_error == 2.0**-40


def test_blocks_add_up_to_the_whole() -> None:
    rng = np.random.default_rng(1)
    original = rng.integers(0, 65536, (2, 13, 17, 19)).astype("u2")
    decoded = rng.integers(0, 65536, original.shape).astype("u2")
    mask = rng.random(original.shape) < 0.1
    whole = statistics(original, decoded, mask, foreground_threshold=30000)
    pieces = ErrorStatistics(foreground_threshold=30000)
    for region in blocks(original.shape, (1, 5, 7, 19)):
        pieces.add(original[region], decoded[region], mask[region])
    # sums of integers below 2**53 are exact in any order
    assert pieces == whole
    assert whole.count == np.count_nonzero(~mask)


def test_missing_voxels_are_left_out() -> None:
    original = np.array([np.nan, inf, -inf, 0.0, 4.0, -999.0])
    decoded = np.array([5.0, 5.0, np.nan, 1.0, 4.0, 50.0])
    got = statistics(original, decoded, original == -999)
    assert (got.count, got.mse, got.max_error, got.bias) == (2, 0.5, 1, 0.5)
    assert got.data_range == 4


@pytest.mark.parametrize("bad", [np.nan, inf, -inf])
def test_non_finite_decoded_values_are_infinite_errors(bad: float) -> None:
    got = statistics([0.0, 1.0], [0.0, bad])
    assert got.max_error == inf
    assert got.mse == inf
    assert got.psnr == -inf


def test_equal_volumes() -> None:
    got = statistics([0.0, 1.0], [0.0, 1.0])
    assert got.psnr == inf
    assert (got.mse, got.max_error, got.bias) == (0, 0, 0)


def test_constant_volume() -> None:
    assert statistics([3, 3], [3, 3]).psnr == inf
    missed = statistics([3, 3], [3, 4])
    assert isnan(missed.psnr)
    assert missed.mse == 0.5


def test_nothing_to_compare() -> None:
    got = statistics([np.nan], [0.0])
    assert got.count == 0
    assert all(map(isnan, (got.mse, got.psnr, got.bias, got.data_range, got.foreground_psnr)))
    assert got.max_error == 0


def test_foreground_psnr_keeps_the_peak_of_the_whole() -> None:
    # background 0 0 0 with error 1 each, foreground 6 10 with squared errors 4 and 0
    got = statistics([0, 0, 0, 6, 10], [1, 1, 1, 8, 10], foreground_threshold=5)
    assert got.foreground_count == 2
    assert got.foreground_psnr == pytest.approx(20 * log10(10 / sqrt(2)), rel=1e-14)
    assert got.psnr == pytest.approx(20 * log10(10 / sqrt(7 / 5)), rel=1e-14)


def test_foreground_lies_strictly_above_the_threshold() -> None:
    got = statistics([0, 5, 10], [0, 9, 10], foreground_threshold=5)
    assert got.foreground_count == 1
    assert got.foreground_psnr == inf


def test_no_foreground() -> None:
    assert isnan(statistics([0, 1], [0, 2]).foreground_psnr)
    assert isnan(statistics([0, 1], [0, 2], foreground_threshold=1).foreground_psnr)


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match=r"Expected blocks of one shape, \(2,\)\. Got"):
        statistics([0, 1], [0])
    with pytest.raises(InputError, match="one shape"):
        statistics([0, 1], [0, 1], np.zeros((1, 2), bool))


def test_nan_is_no_threshold() -> None:
    with pytest.raises(InputError, match="NaN"):
        ErrorStatistics(foreground_threshold=float("nan"))


def test_statistics_of_parts_make_up_the_whole():
    random = np.random.default_rng(2)
    x, y = random.random((2, 8, 9, 10))
    whole, sum_ = ErrorStatistics(0.5), ErrorStatistics(0.5)
    whole.add(x, y)
    for part in (slice(0, 3), slice(3, 3), slice(3, 8)):
        statistics = ErrorStatistics(0.5)
        statistics.add(x[part], y[part])
        sum_.include(statistics)
    for name in ("count", "max_error", "minimum", "maximum", "foreground_count"):
        assert getattr(sum_, name) == getattr(whole, name)
    for name in ("mse", "bias", "psnr", "foreground_psnr"):
        assert getattr(sum_, name) == pytest.approx(getattr(whole, name), rel=1e-12)

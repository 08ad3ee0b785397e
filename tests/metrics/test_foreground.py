from math import isnan
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vcore.metrics import foreground_threshold


def two_classes(dtype: str, scale: float = 1.0) -> NDArray[Any]:
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(40, 8, 3000), rng.normal(150, 20, 1000)])
    return (values.clip(0, 255) * scale).reshape(40, 10, 10).astype(dtype)


@pytest.mark.parametrize(("dtype", "scale"), [("u1", 1), ("i2", -100), ("u2", 250), ("f4", 0.01)])
def test_agrees_with_scikit_image(dtype: str, scale: float) -> None:
    from skimage.filters import threshold_otsu

    values = two_classes(dtype, scale)
    assert foreground_threshold(values) == pytest.approx(threshold_otsu(values), rel=1e-6)


def test_hand_computed() -> None:
    # the best split of 0 0 1 9 10 10 lies between 1 and 9: the background's last bin is 1
    assert foreground_threshold(np.array([0, 0, 1, 9, 10, 10], "u1")) == 1


def test_blocks_give_the_threshold_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    values = two_classes("f4")
    whole = foreground_threshold(values)
    monkeypatch.setattr("vcore.metrics.foreground.BLOCK_VOXELS", 37)
    assert foreground_threshold(values) == whole


def test_missing_values_are_left_out() -> None:
    values = two_classes("f4")
    expected = foreground_threshold(values)
    padded = np.concatenate([values.ravel(), [np.nan, np.inf, -np.inf, -9999, -9999]])
    assert foreground_threshold(padded.astype("f4"), fill_value=-9999) == expected


def test_wide_integers_are_binned() -> None:
    values = two_classes("u4", 1e7)
    assert 70e7 < foreground_threshold(values) < 110e7


def test_constant_has_no_foreground() -> None:
    assert foreground_threshold(np.full((2, 3, 4), 7, "u1")) == 7


def test_all_missing() -> None:
    assert isnan(foreground_threshold(np.full((2, 3, 4), np.nan)))

"""Qualities of hierarchies: robust PSNR, words, and the dimmest channel."""

from math import log10
from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

import vcore
from vcore import Budget
from vcore.hierarchy import audit, compress
from vcore.metrics import Foreground
from vcore.model.volume import Variable

SHAPE = (12, 40, 48)


def cells(seed: int = 1) -> NDArray[np.uint16]:
    """A cosine of 200 counts with noise, and one voxel at 20,000 counts."""
    z, y, x = np.indices(SHAPE)
    values = 300 + 100 * np.cos(x / 5) * np.cos(y / 7) * np.cos(z / 6)
    values += np.random.default_rng(seed).normal(0, 2, SHAPE)
    values[6, 20, 30] = 20000
    return values.round().astype("u2")


def robust(values: NDArray[np.generic], decoded: NDArray[np.generic]) -> float:
    found = Foreground.of(Variable("v", values))
    error = np.square(decoded.astype("f8") - values).mean()
    return float(20 * log10(found.span) - 10 * log10(error))


@pytest.mark.parametrize(
    ("budget", "decibels"),
    [
        (None, 42),
        (Budget(quality="preview"), 34),
        (Budget(robust_psnr=38), 38),
    ],
)
def test_the_robust_range_of_the_whole_array(
    tmp_path: Path, budget: Budget | None, decibels: float
) -> None:
    values = cells()
    zarr.create_array(tmp_path / "in.zarr", data=values)
    report = compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=budget, chunks=24)
    decoded = zarr.open_array(tmp_path / "out.zarr", mode="r")[...]
    found = robust(values, np.asarray(decoded))
    assert decibels - 0.01 <= found < decibels + 3
    # of the range of the decoded values
    assert report.arrays[""]["robust_psnr"] == pytest.approx(found, abs=0.3)
    checked = audit(tmp_path / "out.zarr").arrays[""]
    assert checked["robust_psnr"] == report.arrays[""]["robust_psnr"]
    assert 195 < np.diff(checked["robust_range"])[0] < 215
    assert checked["psnr"] > found + 30
    info = vcore.open(tmp_path / "out.zarr").info["variables"][0]
    assert info["quality"] == ((budget.quality or "") if budget else "")


@pytest.mark.parametrize("budget", [Budget(psnr=45), Budget(robust_psnr=40)])
def test_the_dimmest_channel_decides(tmp_path: Path, budget: Budget) -> None:
    smooth = np.clip(cells(2), 0, 600) / 600
    values = np.stack([smooth * 1000, smooth[::-1] * 20]).astype("f4")
    array = zarr.create_array(
        tmp_path / "in.zarr",
        shape=values.shape,
        dtype="f4",
        chunks=(1, 12, 40, 48),
        dimension_names=("c", "z", "y", "x"),
    )
    array[...] = values
    report = compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=budget, chunks=24)
    decoded = np.asarray(zarr.open_array(tmp_path / "out.zarr", mode="r")[...])
    worst = min(robust(own, seen) for own, seen in zip(values, decoded, strict=True))
    assert report.arrays[""]["robust_psnr"] == pytest.approx(worst, abs=0.3)
    for own, seen in zip(values, decoded, strict=True):
        if budget.psnr is None:
            assert robust(own, seen) >= 40 - 0.01
        else:
            error = np.square(seen.astype("f8") - own).mean()
            assert 20 * log10(np.ptp(own)) - 10 * log10(error) >= 45 - 0.01


def test_below_noise_is_refused(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "in.zarr", data=cells())
    with pytest.raises(vcore.BudgetError, match="good or preview"):
        compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=Budget(quality="below-noise"))
    assert not (tmp_path / "out.zarr").exists()

"""Qualities of hierarchies: robust PSNR, words, and the dimmest channel."""

from math import log10
from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

import vcore
from vcore import Budget
from vcore.hierarchy import audit, compress, records
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
    told = {name: checked[name] for name in ("robust_psnr", "robust_range")}
    assert told.items() <= info["achieved"].items()
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
    achieved = vcore.open(tmp_path / "out.zarr").info["variables"][0]["achieved"]
    assert achieved["robust_psnr"] == report.arrays[""]["robust_psnr"]
    assert "robust_range" not in achieved  # it is that of one channel
    for own, seen in zip(values, decoded, strict=True):
        if budget.psnr is None:
            assert robust(own, seen) >= 40 - 0.01
        else:
            error = np.square(seen.astype("f8") - own).mean()
            assert 20 * log10(np.ptp(own)) - 10 * log10(error) >= 45 - 0.01


def test_below_noise_by_the_channel_of_the_least_noise(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0, 1, (2, 24, 64, 64))
    signal = 500 + 100 * np.cos(np.arange(64) / 9)
    values = (signal + np.array([20, 8])[:, None, None, None] * noise).round().astype("u2")
    group = zarr.create_group(tmp_path / "in.zarr")
    for level, step in enumerate((1, 2)):
        own = values[:, ::step, ::step, ::step]
        group.create_array(f"{level}", data=own, chunks=(1, *own.shape[1:]))
    axes = [{"name": "c", "type": "channel"}, *({"name": n, "type": "space"} for n in "zyx")]
    scales = [[{"type": "scale", "scale": [1, *[s] * 3]}] for s in (1, 2)]
    levels = [{"path": f"{k}", "coordinateTransformations": t} for k, t in enumerate(scales)]
    multiscale = {"axes": axes, "datasets": levels, "name": "image"}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [multiscale]}
    budget = Budget(quality="below-noise")
    report = compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=budget, chunks=32)
    for level in "01":
        read = zarr.open_array(tmp_path / "out.zarr" / level, mode="r")
        error = read[...].astype("f8") - zarr.open_array(tmp_path / "in.zarr" / level)[...]
        assert 5 <= np.abs(error).max() <= 8.5
        assert report.arrays[level]["max_error"] == np.abs(error).max()
    assert not audit(tmp_path / "out.zarr", tmp_path / "in.zarr").breaks
    twice = Budget(noise_sigma=2)
    coarse = compress(tmp_path / "in.zarr", tmp_path / "twice.zarr", budget=twice, chunks=32)
    assert 14 <= coarse.arrays["0"]["max_error"] <= 17


def test_below_noise_of_packed_numbers(tmp_path: Path) -> None:
    values = 3000 + 200 * np.random.default_rng(6).normal(0, 1, (16, 64, 64))
    array = zarr.create_array(tmp_path / "in.zarr", data=values.round().astype("i2"))
    array.attrs.update({"scale_factor": 0.01, "add_offset": 5.0, "_FillValue": -1})
    budget = Budget(quality="below-noise")
    report = compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=budget, chunks=32)
    assert 1.9 <= report.arrays[""]["max_error"] <= 2.1


def test_below_noise_is_refused_where_there_is_none(tmp_path: Path) -> None:
    smooth = np.linspace(0, 1, 40**3, dtype="f4").reshape(40, 40, 40)
    zarr.create_array(tmp_path / "in.zarr", data=smooth)
    with pytest.raises(vcore.BudgetError, match=r"`Budget.range_error=1e-4`"):
        compress(tmp_path / "in.zarr", tmp_path / "out.zarr", budget=Budget(quality="below-noise"))
    assert not (tmp_path / "out.zarr").exists()


@pytest.mark.parametrize(
    "line",
    ["", "[]", '{"robust_psnr": 40}', '{"robust_psnr": NaN, "robust_range": [0, 1]}']
    + [f'{{"robust_psnr": 40, "robust_range": {span}}}' for span in ("3", "[1]", '["x", 2]')],
)
def test_damaged_figures_are_left_out(tmp_path: Path, line: str) -> None:
    told = {"robust_psnr": 40.5, "robust_range": [1.0, 200.0]}
    records.finish(str(tmp_path), "", [], told)
    assert records.robust(str(tmp_path), "") == told
    assert records.read(str(tmp_path), "") == {}
    (tmp_path / records.RECORDS).write_text(line + "\n")
    assert records.robust(str(tmp_path), "") == {}

"""Missing values in hierarchies: masked, exact, excluded from statistics, found by xarray."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

import vcore
from vcore.hierarchy import audit, compress, export

SHAPE = (2, 9, 10, 12)
DIMS = ("time", "lev", "lat", "lon")
FIELD = np.random.default_rng(0).normal(size=SHAPE).astype("f4")


def saved(path: Path, zarr_format: Any, values: Any, attributes: Any, **encoding: Any) -> str:
    dataset = xr.Dataset({"T": (DIMS, values, attributes)}, {"lev": np.arange(9.0)})
    given = {"T": encoding} if encoding else {}
    dataset.to_zarr(path, zarr_format=zarr_format, consolidated=False, encoding=given)
    return str(path)


def opened(path: str) -> xr.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # several fill values
        return xr.open_zarr(path, consolidated=False).load()


def holes(*places: Any) -> Any:
    values = FIELD.copy()
    for place in places:
        values[place] = np.nan
    return values


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("case", ["one", "several", "packed", "valid"])
def test_what_is_missing(tmp_path: Path, case: str, zarr_format: int) -> None:
    place = tmp_path / "a.zarr"
    if case == "one":  # includes a whole chunk
        values = holes(0, (1, 3, 4))
        source = saved(place, zarr_format, values, {"units": "K"}, _FillValue=np.float32(-9999))
    elif case == "several":
        values = FIELD.copy()
        values[0, 0], values[1, 1], values[1, 2, 3] = -999, 1e20, np.nan
        codes = [-999.0, float(np.float32(1e20))]
        source = saved(place, zarr_format, values, {"missing_value": codes})
    elif case == "packed":
        packed = {"dtype": "i2", "scale_factor": 0.01, "add_offset": 273.15, "_FillValue": -32768}
        source = saved(place, zarr_format, 273 + 10 * holes((0, 2)), {"units": "K"}, **packed)
    else:
        attributes = {"valid_range": [-1000, 1000]}
        values = (1000 * FIELD).astype("i2")
        source = saved(place, zarr_format, values, attributes)
    out = str(tmp_path / "out.zarr")
    outcome = compress(source, out, budget=vcore.Budget(psnr=50))
    assert not audit(out, source, sample=1.0).breaks
    truth, found = opened(source)["T"], opened(out)["T"]
    absent = np.isnan(truth)
    if case == "valid":
        absent = np.abs(truth) > 1000
    assert absent.any()
    np.testing.assert_array_equal(np.isnan(found), absent)
    error = (found - truth).values[~absent].astype("f8")
    span = np.ptp(truth.values[~absent].astype("f8"))
    reached = 20 * np.log10(span / np.sqrt(np.square(error).mean()))
    assert reached >= 50
    figures = outcome.arrays["T"]
    assert figures["psnr"] == pytest.approx(reached, abs=0.01)
    assert figures["max_error"] == pytest.approx(np.abs(error).max(), rel=1e-4)
    assert {k: v for k, v in found.attrs.items() if k != "_FillValue"} == truth.attrs
    # and as .vcore
    volume = vcore.io.read(out)
    np.testing.assert_array_equal(volume["T"].missing(volume["T"].read()), absent)
    export(out, str(tmp_path / "e.zarr"), version="0.4")
    xr.testing.assert_equal(opened(str(tmp_path / "e.zarr"))["T"], found)


def test_a_bound_is_of_the_unpacked_values(tmp_path: Path) -> None:
    packed = {"dtype": "i2", "scale_factor": 0.25, "_FillValue": -1}
    source = saved(tmp_path / "a.zarr", 3, 100 * np.abs(FIELD), {}, **packed)
    out = str(tmp_path / "out.zarr")
    compress(source, out, budget=vcore.Budget(max_error=0.6))
    error = np.abs(opened(out)["T"] - opened(source)["T"])
    assert 0 < error.max() <= 0.6


def test_zeros_of_an_image_are_values(tmp_path: Path) -> None:
    """Levels of OME-Zarr 0.4 have a fill value of 0, and some writers add xarray's names."""
    group = zarr.create_group(tmp_path / "a.zarr", zarr_format=2)
    values = np.maximum(FIELD[0], 0)
    array = group.create_array("0", data=values, chunks=(9, 10, 12), fill_value=0)
    array.attrs["_ARRAY_DIMENSIONS"] = ["z", "y", "x"]
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    scale = [{"type": "scale", "scale": [1, 1, 1]}]
    datasets = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    out = str(tmp_path / "out.zarr")
    compress(str(tmp_path / "a.zarr"), out, budget=vcore.Budget(max_error=0.5))
    assert "_FillValue" not in zarr.open_array(out, path="0", mode="r").attrs
    error = np.abs(zarr.open_array(out, path="0", mode="r")[...] - values)
    assert 0 < error[values == 0].max() <= 0.5


def test_bounds_of_coordinates_lose_nothing(tmp_path: Path) -> None:
    bounds = np.random.default_rng(1).random((9, 2))
    dataset = xr.Dataset(
        {"T": (DIMS, FIELD), "lev_bnds": (("lev", "nv"), bounds)},
        {"lev": ("lev", np.arange(9.0), {"bounds": "lev_bnds"})},
    )
    dataset.to_zarr(tmp_path / "a.zarr", consolidated=False)
    out = str(tmp_path / "out.zarr")
    compress(str(tmp_path / "a.zarr"), out, budget=vcore.Budget(psnr=30))
    np.testing.assert_array_equal(opened(out)["lev_bnds"], bounds)


def test_no_value_turns_into_the_missing_one(tmp_path: Path) -> None:
    """A fill value within the range of the others, which lossy values might equal."""
    values = np.round(20 * FIELD[0]).astype("i2")
    values[2, 3] = -1
    source = saved(tmp_path / "a.zarr", 3, np.stack([values] * 2), {"_FillValue": np.int16(-1)})
    out = str(tmp_path / "out.zarr")
    compress(source, out, budget=vcore.Budget(max_error=3))
    np.testing.assert_array_equal(np.isnan(opened(out)["T"]), np.isnan(opened(source)["T"]))


def test_an_undeclared_fill_value_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    values = FIELD.copy()
    values[1, 2:4] = 1e20
    source = saved(tmp_path / "a.zarr", 3, values, {})
    compress(source, str(tmp_path / "out.zarr"), budget=vcore.Budget(psnr=50))
    assert "--fill-value 1e+20" in caplog.text


@pytest.mark.parametrize("method", ["bounded", "wavelet"])
@pytest.mark.parametrize("bound", [1, 3])
def test_a_fill_value_among_the_values_leaves_the_bound(
    tmp_path: Path, method: str, bound: int
) -> None:
    values = np.round(20 * FIELD).astype("i2")
    values[1, 2, 3] = 0
    source = saved(tmp_path / "a.zarr", 3, values, {"_FillValue": np.int16(0)})
    out = str(tmp_path / "out.zarr")
    compress(source, out, method=method, budget=vcore.Budget(max_error=bound))
    found, wanted = opened(out)["T"].values, opened(source)["T"].values
    np.testing.assert_array_equal(np.isnan(found), np.isnan(wanted))
    assert 0 < np.nanmax(np.abs(found - wanted)) <= bound or bound == 1


def test_a_small_array_needs_no_budget(tmp_path: Path) -> None:
    source = saved(tmp_path / "a.zarr", 3, holes((0, 2)), {}, _FillValue=np.float32(-1e30))
    out = str(tmp_path / "out.zarr")
    compress(source, out, method="wavelet")
    found = opened(out)["T"].values
    np.testing.assert_array_equal(np.isnan(found), np.isnan(holes((0, 2))))
    off = np.abs(found - FIELD)
    assert np.nanmean(np.square(off)) ** 0.5 <= np.ptp(FIELD) * 10 ** (-42 / 20)  # quality good

"""DataArrays and Datasets of xarray: what goes in comes out of the file."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pint
import pytest
import xarray as xr

import vcore
import vcore.hierarchy
from vcore.errors import InputError
from vcore.io import read

RNG = np.random.default_rng(3)


def numbers(*shape: int, dtype: str = "f4") -> np.ndarray:
    return (100 * RNG.normal(size=shape)).astype(dtype)


def field(**coordinates: Any) -> xr.DataArray:
    """Return a field of (time, lev, lat, lon), with coordinates in place of its own."""
    times = pd.date_range("2001-01-01", periods=3, freq="6h")
    down = {"units": "hPa", "positive": "down"}
    own: dict[str, Any] = {
        "time": times,
        "lev": ("lev", [1000.0, 850, 500, 200], down),
        "lat": ("lat", np.linspace(80, -80, 6), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(8) * 45.0, {"units": "degrees_east"}),
    }
    return xr.DataArray(
        numbers(3, 4, 6, 8),
        {**own, **coordinates},
        ("time", "lev", "lat", "lon"),
        "u",
        {"units": "m/s", "long_name": "eastward wind", "levels": [1, 2], "n": np.float32(1.5)},
    )


def times_of(*dates: str) -> Any:
    """Return the times of three frames."""
    return pd.to_datetime([dates[0], dates[0], dates[-1]], format="ISO8601")


def cftime_times() -> Any:
    return xr.date_range("2001-02-27", periods=3, calendar="noleap", use_cftime=True)


FIELDS: dict[str, Callable[[], xr.DataArray]] = {
    "z y x": lambda: xr.DataArray(numbers(6, 7, 8), dims=tuple("zyx"), name="T"),
    "unnamed": lambda: field().rename(None),
    "names of dims that say nothing": lambda: xr.DataArray(numbers(3, 4, 5), name="T"),
    "times, levels, latitudes that fall": field,
    "a time of its own": lambda: field().isel(time=0),
    "cftime": lambda: field(time=cftime_times()),
    "time steps": lambda: field(time=pd.to_timedelta([1, 2, 4], "h")),
    "nanoseconds": lambda: field(
        time=pd.to_datetime(
            ["2001-01-01T00:00:00.000000001"] * 2 + ["2001-01-02"], format="ISO8601"
        )
    ),
    "no times": lambda: field().drop_vars("time"),
    "longitudes that wrap": lambda: field(lon=[350.0, 355, 0, 5, 10, 15, 20, 25]),
    "uneven latitudes": lambda: field(lat=[70.0, 30, 10, 0, -5, -80]),
    "single precision": lambda: field(lon=("lon", (np.arange(8) * 0.1).astype("f4"))),
    "whole levels": lambda: field(lev=[1, 2, 3, 5]),
    "missing": lambda: field().where(lambda u: u > 0),
    "int16": lambda: xr.DataArray(
        numbers(6, 7, 8, dtype="i2"), dims=tuple("zyx"), attrs={"valid_range": [0, 10]}, name="n"
    ),
    "truth values": lambda: field() > 0,
    "members": lambda: xr.DataArray(
        numbers(2, 3, 4, 5, 6), {"member": ["a", "b", "c"]}, ("t", "member", "z", "y", "x"), "T"
    ),
    "a map with a level": lambda: field().isel(lev=0, drop=True).expand_dims("lev", axis=1),
    "maps": lambda: field().isel(lev=0, drop=True),
    "a map": lambda: field().isel(lev=0, time=0),
    "other coordinates": lambda: field(
        run=7,
        label=("time", ["a", "bb", "c"]),
        cells=(("lat", "lon"), numbers(6, 8, dtype="f8")),
        is_land=("lat", [True, False] * 3),
        height=(("lev", "lat", "lon"), numbers(4, 6, 8)),
        since=("time", pd.date_range("1999-01-01", periods=3)),
    ),
    "curvilinear": lambda: xr.DataArray(
        numbers(4, 6, 8),
        {
            "lat": (("j", "i"), numbers(6, 8, dtype="f8"), {"units": "degrees_north"}),
            "lon": (("j", "i"), numbers(6, 8, dtype="f8"), {"units": "degrees_east"}),
        },
        ("lev", "j", "i"),
        "T",
    ),
}


def returned(source: Any) -> xr.Dataset:
    return vcore.open(vcore.compress(source, None, max_error=0).data).to_xarray().load()


@pytest.mark.parametrize("name", FIELDS)
def test_an_array_comes_back_as_it_was(name: str) -> None:
    array = FIELDS[name]()
    found = returned(array)
    assert list(found.data_vars) == [array.name or "data"]
    xr.testing.assert_identical(found[array.name or "data"].rename(array.name), array)


def test_a_dataset_comes_back_as_it_was() -> None:
    dataset = xr.Dataset(
        {"u": field(), "n": field().astype("i4").drop_attrs()},
        attrs={"title": "two", "Conventions": "CF-1.8", "steps": [1, 2]},
    )
    xr.testing.assert_identical(returned(dataset), dataset)


def test_dask_is_read_by_block() -> None:
    done: list[tuple[int, ...]] = []

    def block(values: np.ndarray, block_info: Any = None) -> np.ndarray:
        done.append(block_info[0]["chunk-location"])
        return values

    array = field()
    blocks = array.chunk(time=1, lev=4).data
    lazy = array.copy(data=blocks.map_blocks(block, dtype="f4", meta=np.empty((0,) * 4, "f4")))
    (found,) = read(lazy).variables
    assert done == []
    assert np.array_equal(found.read((slice(1, 2), *[slice(1, 3)] * 3)), array[1:2, 1:3, 1:3, 1:3])
    assert done == [(1, 0, 0, 0)]
    xr.testing.assert_identical(returned(lazy)["u"], array)


def test_a_file_is_read_by_region(tmp_path: Path) -> None:
    array = field()
    array.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as dataset:
        volume = read(dataset)
        assert volume.source == str(tmp_path / "a.nc")
        xr.testing.assert_identical(returned(dataset)["u"], array)
        assert not dataset["u"].variable._in_memory
    # as the reader of the file itself
    direct = read(tmp_path / "a.nc")
    assert volume.grid == direct.grid
    assert volume.variables[0].attributes == direct.variables[0].attributes


def test_packed_values_stay_packed(tmp_path: Path) -> None:
    packed = {"dtype": "i2", "scale_factor": 0.01, "_FillValue": -32768}
    array = field().where(lambda u: u > -50)
    array.to_netcdf(tmp_path / "a.nc", encoding={"u": packed})
    with xr.open_dataset(tmp_path / "a.nc") as dataset:
        found = returned(dataset)
        xr.testing.assert_identical(found, dataset)
        assert {k: found["u"].encoding[k] for k in packed} == packed
        # values that the integers do not hold
        changed = (dataset["u"] * 1.2345).astype("f4")
        changed.encoding = dict(dataset["u"].encoding, dtype=np.dtype("i2"))
        xr.testing.assert_equal(returned(changed)["u"], changed)


def test_integers_with_a_fill_value_stay_integers(tmp_path: Path) -> None:
    values = numbers(5, 6, 7, dtype="i2")
    stored = xr.DataArray(values, dims=tuple("zyx"), name="n", attrs={"_FillValue": np.int16(3)})
    stored.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as dataset:
        assert dataset["n"].dtype == np.float32
        (found,) = read(dataset).variables
        assert (found.packing.dtype, found.packing.scale) == ("i2", 1.0)
        xr.testing.assert_identical(returned(dataset), dataset)


def test_stored_values_are_decoded() -> None:
    raw = xr.DataArray(
        numbers(5, 6, 7, dtype="i2"), dims=tuple("zyx"), name="n", attrs={"_FillValue": np.int16(3)}
    )
    xr.testing.assert_identical(returned(raw.to_dataset()), xr.decode_cf(raw.to_dataset()))


def test_a_unit_of_pint() -> None:
    quantity = pint.UnitRegistry().Quantity(numbers(3, 4, 5), "kelvin")
    (found,) = read(xr.DataArray(quantity, dims=tuple("zyx"))).variables
    assert found.unit == "kelvin"
    assert np.array_equal(found.read(), quantity.magnitude)


def test_what_is_left_out_is_told(caplog: pytest.LogCaptureFixture) -> None:
    dataset = field(large=(("lat", "lon"), numbers(6, 8))).to_dataset()
    dataset["area"] = ("lat", "lon"), numbers(6, 8)
    dataset.attrs = {"space": "mine", "crs": object(), "title": "kept"}
    dataset["u"].attrs["grid"] = object()
    with caplog.at_level(logging.WARNING):
        volume = read(dataset)
    told = [m for m in caplog.messages if "not kept" in m]
    assert told == [
        "the xarray.Dataset: attributes that are not kept: crs, space",
        "the xarray.Dataset: u: attributes that are not kept: grid",
    ]
    assert volume.attributes["title"] == "kept"
    assert {a.name for a in volume.carried} == {"large", "area"}


def test_a_large_coordinate_is_kept() -> None:
    array = xr.DataArray(
        np.zeros((1, 70, 70), "f4"), {"lat": (("y", "x"), np.ones((70, 70)))}, tuple("zyx"), "T"
    )
    xr.testing.assert_identical(returned(array)["T"], array)


def test_times_that_doubles_do_not_hold_are_told(caplog: pytest.LogCaptureFixture) -> None:
    times = pd.to_datetime(
        ["2001-01-01T00:00:00.000000001", "2001-06-01", "2002-01-01"], format="ISO8601"
    )
    read(field(time=times))
    assert "the xarray.DataArray: time: has numbers above 2**53" in caplog.text


def test_a_choice_of_variables() -> None:
    dataset = xr.Dataset({"u": field(), "slab": (tuple("abc"), numbers(3, 4, 5)), "v": field()})
    volume = read(dataset)
    assert [v.name for v in volume.variables] == ["u", "v"]
    assert [a.name for a in volume.carried] == ["slab"]
    assert [v.name for v in read(dataset, variables=["v", "u"]).variables] == ["v", "u"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (lambda: field().isel(lev=0, time=0, lat=0), r"two axes in the xarray\.DataArray. Got u"),
        (lambda: xr.Dataset({"a": 1}), r"two axes in the xarray\.Dataset. Got a"),
        (lambda: xr.Dataset(), r"two axes in the xarray\.Dataset. Got nothing"),
        (lambda: field(data=1).rename(None), r"Got 'data' instead, which is one of its coord"),
        (lambda: field().astype("c8"), r"Got complex64 for 'u'.*real and imaginary"),
        (lambda: field().astype("U5"), r"Got <U5 for 'u'.*numbers only"),
        (lambda: field().astype("i8").astype("M8[s]"), r"Got datetime64\[s\] for 'u'"),
        (lambda: field().stack(p=("lat", "lon")), "MultiIndex"),
        (lambda: field().variable, r"Got xarray\.core\.variable\.Variable instead"),
    ],
)
def test_refusals(source: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        vcore.compress(source(), None)


def test_a_hierarchy_of_a_lazy_array(tmp_path: Path) -> None:
    array = xr.DataArray(
        numbers(20, 24, 28),
        {"z": ("z", 2.0 * np.arange(20), {"units": "um"})},
        tuple("zyx"),
        "T",
        {"units": "K"},
    ).chunk(8)
    out = tmp_path / "a.ome.zarr"
    vcore.hierarchy.compress(array, out, budget=vcore.Budget(psnr=60), chunks=16)
    found = vcore.open(out)
    assert found.grid.spacing[0] == 2.0
    assert vcore.compare(array, found)["psnr"] > 59

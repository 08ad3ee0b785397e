"""The xarray engine: lazy variables, coordinates, units, levels, dask."""

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import vcore
from benchmarks.ranged import serving
from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

Files = Callable[[str], bytes]


def stored(volume: Volume) -> vcore.Dataset:
    """Return the volume, compressed losslessly."""
    return vcore.open(vcore.compress(volume, None, budget=vcore.Budget(max_error=0)).data)


def test_by_its_name_alone(many_chunks: Path) -> None:
    expected = vcore.open(many_chunks)
    ds = xr.open_dataset(many_chunks)
    (name,) = ds.data_vars
    assert dict(ds.sizes) == {"z": 70, "y": 130, "x": 70}
    assert np.array_equal(ds[name], expected.decode())
    assert ds.encoding["source"] == str(many_chunks)
    assert ds[name].encoding["actual_range"] == expected.decoder().header.range


def test_only_what_is_indexed_is_decoded(many_chunks: Path) -> None:
    dataset = vcore.open(many_chunks)
    ds = xr.open_dataset(dataset, engine="vcore")
    array = ds["values"]
    cache = dataset.group.store.cache
    _ = array.isel(z=slice(64, 70)).sel(y=129, x=[65.0, 69.0]).transpose("x", "z")
    assert cache.computed == 0
    found = array.isel(z=slice(64, 70)).sel(y=129, x=[65.0, 69.0])
    assert np.array_equal(found, dataset.decode()[64:, 129, [65, 69]])
    assert cache.computed == 1


@pytest.mark.parametrize(
    "key",
    [
        np.s_[3, 4, 5],
        np.s_[::-1, 100:90:-3, 5],
        np.s_[[60, 3, 3], 5:9, -2],
        np.s_[-5:, [1, 129], [69, 0, 2]],
    ],
)
def test_indexing(many_chunks: Path, key: tuple) -> None:
    ds = xr.open_dataset(many_chunks)
    expected = xr.DataArray(vcore.open(many_chunks).decode(), dims=("z", "y", "x"))
    assert np.array_equal(ds["values"][key], expected[key])


def test_coordinates_and_units(compressed: Files) -> None:
    dataset = vcore.open(compressed("vectors"))
    ds = xr.open_dataset(compressed("vectors"), engine="vcore")
    assert ds["velocity"].dims == tuple("tczyx")
    assert ds["velocity"].attrs["units"] == "m/s"
    assert ds["t"].values.tolist() == [1.0, 1.5]
    assert ds["t"].attrs == {"units": "second"}
    assert ds["c"].values.tolist() == ["u", "v"]
    for name, spacing, origin, count in zip(
        "zyx", (2.0, 0.5, 0.25), (1, 2, 3), (12, 10, 14), strict=True
    ):
        assert ds[name].attrs == {"units": "micrometer"}
        assert ds[name].values == pytest.approx(origin + spacing * np.arange(count))
    part = ds["velocity"].sel(t=1.5, c="v").sel(z=slice(5, 11))
    assert np.array_equal(part, dataset.decode()[1, 1, 2:6])


def test_levels_lie_over_each_other(many_chunks: Path) -> None:
    dataset = vcore.open(many_chunks)
    ds = xr.open_dataset(many_chunks, level=1)
    assert dict(ds.sizes) == {"z": 35, "y": 65, "x": 35}
    assert ds["x"].values[:2].tolist() == [0.5, 2.5]
    assert np.array_equal(ds["values"], dataset.decode(level=1))
    with pytest.raises(InputError, match=r"level in 0\.\.2"):
        xr.open_dataset(many_chunks, level=3)


def test_names_and_coordinates_of_a_rectilinear_grid() -> None:
    axes = ((0.0, 1.0, 4.0), (-10.0, 0.0, 10.0, 20.0), (1.0, 2.0, 3.0, 4.0, 6.0))
    grid = Grid.from_coordinates(axes, axis_names=("lev", "lat", "lon"))
    values = np.arange(60, dtype="i2").reshape(3, 4, 5)
    values[1, 2, 3] = -99
    volume = Volume(grid, (Variable("lat", values, unit="K", fill_value=-99),))
    ds = xr.open_dataset(stored(volume), engine="vcore")
    for name, expected in zip(("lev", "lat", "lon"), axes, strict=True):
        assert ds[name].values.tolist() == list(expected)
    array = ds["lat_values"]  # lat is the coordinate's name
    assert array.isnull().sum() == 1
    assert float(array.sum()) == 60 * 59 / 2 - 33
    plain = xr.open_dataset(stored(volume), engine="vcore", mask_and_scale=False)
    assert plain["lat_values"].dtype == np.int16
    assert plain["lat_values"].attrs["_FillValue"] == -99
    assert int(plain["lat_values"].min()) == -99


def test_a_grid_that_is_turned() -> None:
    turn = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
    grid = Grid((2, 3, 4), (1.0, 2.0, 3.0), (7.0, 8.0, 9.0), turn, "millimeter")
    volume = Volume(grid, (Variable("v", np.zeros((2, 3, 4), "u1")),))
    ds = xr.open_dataset(stored(volume), engine="vcore")
    assert ds["x"].values.tolist() == [0.0, 3.0, 6.0, 9.0]
    assert ds.attrs["origin"] == [7.0, 8.0, 9.0]
    assert ds.attrs["direction"] == [1, 0, 0, 0, 0, -1, 0, 1, 0]


def test_several_variables(compressed: Files) -> None:
    dataset = vcore.open(compressed("several"))
    ds = xr.open_dataset(dataset, engine="vcore", drop_variables="flag")
    assert list(ds.data_vars) == ["density", "tempe/ratur ü"]
    assert ds["tempe/ratur ü"].attrs["units"] == "kelvin"
    for name in ds.data_vars:
        assert np.array_equal(ds[name], dataset.decode(variable=str(name)))


def test_channels_that_differ_have_dimensions_of_their_own() -> None:
    shape = (3, 4, 5)
    variables = (
        Variable("u", np.zeros((2, *shape), "u1"), tuple("czyx"), components=("a", "b")),
        Variable("w", np.zeros((3, *shape), "u1"), tuple("czyx")),
    )
    ds = xr.open_dataset(stored(Volume(Grid(shape), variables)), engine="vcore")
    assert dict(ds.sizes) == {"c_u": 2, "c_w": 3, "z": 3, "y": 4, "x": 5}
    assert ds["c_u"].values.tolist() == ["a", "b"]


def test_dask(many_chunks: Path) -> None:
    expected = vcore.open(many_chunks).decode()
    ds = xr.open_dataset(many_chunks, chunks={})
    assert ds["values"].data.chunks == ((64, 6), (64, 64, 2), (64, 6))
    assert float(ds["values"].astype("f8").mean()) == pytest.approx(expected.mean())
    copy = pickle.loads(pickle.dumps(ds))
    assert np.array_equal(copy["values"][:3], expected[:3])


def test_a_bound_is_told(compressed: Files) -> None:
    dataset = vcore.open(compressed("bound"))
    ds = xr.open_dataset(dataset, engine="vcore")
    assert ds["p"].encoding["max_error"] == dataset.info["variables"][0]["guarantee"]["max_error"]
    assert np.array_equal(ds["p"], dataset.decode(), equal_nan=True)


def test_remote(compressed: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(compressed("many")) as served:
        ds = xr.open_dataset(served.url, engine="vcore")
        assert sum(served.sent) <= 4097
        assert ds["values"][0, 0, 0] == vcore.open(served.data)[0, 0, 0]


def run(path: Path) -> Path:
    """Write a file with typical climate model output: packed, missing, dates, bounds, a mapping."""
    shape = (2, 3, 4, 6)
    values = np.arange(144.0).reshape(shape)
    values[0, 1, 2, 3:] = np.nan
    attributes = {"units": "K", "long_name": "temperature", "grid_mapping": "crs"}
    temperature = (("time", "lev", "lat", "lon"), 250 + values / 10, attributes)
    dataset = xr.Dataset(
        {
            "T": temperature,
            "q": (temperature[0], values.astype("f4"), {"cell_methods": "time: mean"}),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
            "time_bnds": (("time", "nv"), [[0, 1.0], [1, 2]]),
        },
        {
            "time": ("time", [0.5, 1.5], {"bounds": "time_bnds", "axis": "T"}),
            "lev": ("lev", np.array([1000, 850, 500], "i4"), {"units": "hPa", "positive": "down"}),
            "lat": ("lat", np.array([89.9, 89.7, 89.5, 89.3], "f4"), {"units": "degrees_north"}),
            "lon": ("lon", [350.0, 355, 0, 5, 10, 15], {"units": "degrees_east"}),
            "height": ((), 2.0, {"units": "m"}),
        },
        {"Conventions": "CF-1.8", "title": "A run"},
    )
    dataset["time"].attrs |= {"units": "days since 2000-02-28", "calendar": "noleap"}
    encoding = {
        "T": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 250.0, "_FillValue": -32768},
        "q": {"_FillValue": np.float32(1e20)},
        "time_bnds": {"_FillValue": None},
    }
    dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
    return path


@pytest.mark.parametrize("suffix", [".nc", ".h5"])
def test_netcdf_comes_back_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = run(tmp_path / f"a{suffix}")
    original = xr.load_dataset(path, engine="netcdf4")
    data = vcore.compress(str(path), None, budget=vcore.Budget(max_error=0)).data
    found = xr.open_dataset(vcore.open(data), engine="vcore").load()
    xr.testing.assert_identical(found, original)
    assert found.lev.dtype == np.int32
    assert found.lat.dtype == np.float32
    assert found["T"].encoding["dtype"] == np.int16
    found.to_netcdf(tmp_path / "b.nc")
    for mask_and_scale in (False, True):
        both = [
            xr.load_dataset(p, engine="netcdf4", mask_and_scale=mask_and_scale)
            for p in (path, tmp_path / "b.nc")
        ]
        xr.testing.assert_equal(*both)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_comes_back_as_it_was(tmp_path: Path, zarr_format: int) -> None:
    dataset = xr.load_dataset(run(tmp_path / "a.nc"), engine="netcdf4").drop_encoding()
    dataset["T"] = dataset["T"].astype("f4")
    dataset.to_zarr(tmp_path / "a.zarr", zarr_format=zarr_format, consolidated=False)
    original = xr.open_zarr(tmp_path / "a.zarr", consolidated=False).load()
    data = vcore.compress(str(tmp_path / "a.zarr"), None, budget=vcore.Budget(max_error=0)).data
    found = xr.open_dataset(vcore.open(data), engine="vcore").load()
    xr.testing.assert_equal(found, original)


def test_dates_that_cannot_be_told_stay_numbers(caplog: pytest.LogCaptureFixture) -> None:
    variable = Variable("v", np.zeros((2, 3, 4, 5), "u1"), tuple("tzyx"))
    grid = Grid((3, 4, 5), times=(0.0, 1.0))
    volume = Volume(grid, (variable,), attributes={"time_reference": "days since the storm"})
    ds = xr.open_dataset(stored(volume), engine="vcore")
    assert ds["t"].values.tolist() == [0, 1]
    assert ds["t"].attrs == {"units": "days since the storm"}
    assert "left as numbers" in caplog.text

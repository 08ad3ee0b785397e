"""Coordinates, attributes and selection within groups of NetCDF, HDF5 and Zarr."""

import shutil

import h5py
import netCDF4
import numpy as np
import pytest
import xarray as xr
import zarr

import vcore
from vcore import io

VALUES = np.arange(4 * 5 * 6, dtype="f4").reshape(4, 5, 6)
DIMS = ("lev", "lat", "lon")
PLACES = {"lev": np.array([1.0, 2, 4, 8]), "lat": np.arange(5.0) + 30, "lon": np.arange(6.0)}


@pytest.fixture
def netcdf(tmp_path):
    """A file whose variable has coordinates in three groups, and attributes in two."""
    path = tmp_path / "in.nc"
    with netCDF4.Dataset(path, "w") as file:
        middle = file.createGroup("a")
        groups = {"lon": file, "lat": middle, "lev": middle.createGroup("b")}
        for name, group in groups.items():
            group.createDimension(name, len(PLACES[name]))
            group.createVariable(name, "f8", (name,))[:] = PLACES[name]
        groups["lev"].createVariable("T", "f4", DIMS)[:] = VALUES
        file.title, file.source = "outer", "model"
        groups["lev"].title = "inner"
    return str(path)


def check(volume):
    assert volume.grid.coordinates == tuple(tuple(PLACES[d].tolist()) for d in DIMS)
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES)


@pytest.mark.parametrize("suffix", [".nc", ".h5"])
@pytest.mark.parametrize("inside", ["", "::a", "::a/b", "::a/b/T"])
def test_groups_of_netcdf(netcdf, inside, suffix, tmp_path):
    path = shutil.copy(netcdf, tmp_path / f"copy{suffix}")
    volume = io.read(f"{path}{inside}")
    check(volume)
    assert {n: volume.attributes[n] for n in ("title", "source")} == {
        "title": "inner",
        "source": "model",
    }


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("inside", ["", "/a", "/a/b", "/a/b/T", "::a/b/T", "::a"])
def test_groups_of_zarr(tmp_path, zarr_format, inside):
    path = str(tmp_path / "in.zarr")
    options = {"zarr_format": zarr_format, "consolidated": False}
    root = xr.Dataset(coords={"lon": PLACES["lon"]}, attrs={"title": "outer", "source": "model"})
    root.to_zarr(path, **options)
    xr.Dataset(coords={"lat": PLACES["lat"]}).to_zarr(path, group="a", **options)
    inner = xr.Dataset({"T": (DIMS, VALUES)}, {"lev": PLACES["lev"]}, {"title": "inner"})
    inner.to_zarr(path, group="a/b", **options)
    volume = io.read(path + inside)
    check(volume)
    assert (volume.attributes["title"], volume.attributes["source"]) == ("inner", "model")


def test_groups_with_other_places_have_grids_of_their_own(tmp_path, caplog):
    path = str(tmp_path / "in.nc")
    with netCDF4.Dataset(path, "w") as file:
        for factor, name in enumerate(("g1", "g2"), 1):
            group = file.createGroup(name)
            for dim in DIMS:
                group.createDimension(dim, len(PLACES[dim]))
                group.createVariable(dim, "f8", (dim,))[:] = PLACES[dim] * factor
            group.createVariable("T", "f4", DIMS)[:] = VALUES
    for number, part in enumerate(io.read(path).parts, 1):
        assert [v.name for v in part.variables] == [f"g{number}/T"]
        np.testing.assert_array_equal(part.grid.coordinates[2], PLACES["lon"] * number)
    for factor, name in enumerate(("g1", "g2"), 1):
        lon = io.read(f"{path}::{name}").grid.coordinates[2]
        np.testing.assert_array_equal(lon, PLACES["lon"] * factor)
    assert not caplog.text


@pytest.mark.parametrize("suffix", ["nc", "h5", "zarr"])
def test_texts_along_a_named_axis_stay_and_make_it_no_axis_of_channels(tmp_path, suffix):
    path = str(tmp_path / f"in.{suffix}")
    dataset = xr.Dataset({"T": (DIMS, VALUES)}, {"lon": [f"s{i}" for i in range(6)]})
    if suffix == "zarr":
        dataset.to_zarr(path, consolidated=False, zarr_format=2)
    else:
        dataset.to_netcdf(path)
    volume = io.read(path)
    assert volume.variables[0].axes == ("z", "y", "x")
    vcore.compress(volume, str(tmp_path / "out.vcore"), budget=vcore.Budget(max_error=0))
    found = xr.open_dataset(tmp_path / "out.vcore", engine="vcore")
    xr.testing.assert_equal(found["T"], dataset["T"])


def test_very_many_texts_are_kept(tmp_path):
    path = str(tmp_path / "in.nc")
    labels = [f"s{i}" for i in range(5000)]
    xr.Dataset({"T": (("lev", "lat", "lon"), np.ones((1, 1, 5000)))}, {"lon": labels}).to_netcdf(
        path
    )
    volume = io.read(path)
    assert volume.grid.shape == (1, 1, 5000)
    assert [(a.name, a.read().tolist()) for a in volume.carried] == [("lon", labels)]


def test_empty_attributes_of_hdf5_say_nothing(tmp_path, caplog):
    path = tmp_path / "in.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("a", data=VALUES)
        for name in ("unit", "units", "_FillValue", "scale_factor", "valid_range"):
            data.attrs[name] = h5py.Empty("f4")
        data.attrs["spacing"] = [0, 1, 2]
    volume = io.read(str(path))
    assert (volume.grid.unit, volume.variables[0].unit) == ("", "")
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES)
    assert "Empty" not in caplog.text


def test_a_series_of_single_times_keeps_their_name(tmp_path):
    for step in range(3):
        time = ((), 30.0 * step, {"units": "days since 2000-01-01", "calendar": "360_day"})
        frame = xr.Dataset({"T": (DIMS, VALUES)}, {"time": time})
        frame.to_netcdf(tmp_path / f"f{step}.nc")
    volume = io.read(str(tmp_path))
    assert volume.grid.times == (0, 30, 60)
    assert volume.attributes["axes"]["t"]["name"] == "time"


IMAGE = {
    "version": "0.4",
    "axes": [{"name": n, "type": "space"} for n in "zyx"],
    "datasets": [{"path": "0"}],
}


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("attributes", "fill", "values"),
    [
        ({"_FillValue": 7}, 7, VALUES),
        ({"missing_value": [7, 9]}, 7, np.where(VALUES == 9, 7, VALUES)),
        ({"_FillValue": "no number"}, None, VALUES),
        (
            {"_FillValue": 7, "scale_factor": 0.5, "add_offset": 1.0},
            None,
            np.where(VALUES == 7, np.nan, VALUES * 0.5 + 1),
        ),
        ({}, None, VALUES),  # the array's own fill value does not mark missing data
    ],
)
def test_missing_values_of_images(tmp_path, zarr_format, attributes, fill, values):
    group = zarr.create_group(str(tmp_path / "in.zarr"), zarr_format=zarr_format)
    ome = {"multiscales": [IMAGE]}
    group.attrs.update(ome if zarr_format == 2 else {"ome": {"version": "0.5", **ome}})
    array = group.create_array("0", data=VALUES.astype("i2"), fill_value=0)
    array.attrs.update(attributes)
    variable = io.read(str(tmp_path / "in.zarr")).variables[0]
    assert variable.fill_value == fill
    np.testing.assert_array_equal(variable.read(), values)
    assert (variable.packing is not None) == ("scale_factor" in attributes)


def test_a_level_without_a_path_blocks_nothing(tmp_path, caplog):
    group = zarr.create_group(str(tmp_path / "in.zarr"), zarr_format=2)
    group.attrs["multiscales"] = [{**IMAGE, "datasets": [{"path": ""}]}]
    group.create_array("0", data=VALUES)
    np.testing.assert_array_equal(io.read(str(tmp_path / "in.zarr")).variables[0].read(), VALUES)
    assert "names no array" in caplog.text

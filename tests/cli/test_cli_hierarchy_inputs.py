"""The command: any input into a hierarchy, and what parts leave out."""

import json
import os

import numpy as np
import pytest
import tifffile
import xarray as xr
import zarr
from volumes import blobs, frames, in_dtype

import vcore
from vcore.errors import InputError
from vcore.hierarchy import compress
from vcore.hierarchy.dataset import HierarchyDataset

VALUES = in_dtype(blobs((12, 37, 140)), "u2", 0, 4000)


def test_slices_and_options_of_the_command(run, tmp_path):
    out = str(tmp_path / "out.ome.zarr")
    (tmp_path / "slices").mkdir()
    for i, plane in enumerate(VALUES):
        tifffile.imwrite(tmp_path / "slices" / f"s{i:03}.tif", plane)
    asked = ("--max-error", 2, "--chunks", 32, "--workers", 2, "--spacing", "2,0.5,0.5")
    assert run("compress", "slices", out, *asked, "--unit", "um", "--stack", "z").code == 0
    dataset = HierarchyDataset(out)
    assert dataset.grid.spacing == (2.0, 0.5, 0.5)
    assert dataset.grid.unit == "micrometer"
    assert np.abs(dataset[...].astype("f8") - VALUES).max() <= 2
    inside = str(tmp_path / "slices" / "a.ome.zarr")
    with pytest.raises(InputError, match="apart from the input"):
        compress(tmp_path / "slices", inside)
    assert not os.path.exists(inside)


def test_a_netcdf_file_becomes_a_collection(run, tmp_path):
    lead = in_dtype(frames((3, 6, 20, 24)), "f4", 250, 300)
    out = str(tmp_path / "out.ome.zarr")
    coords = {"time": [0.0, 6.0, 12.0], "lev": np.arange(6.0), "lat": np.linspace(-9, 10, 20)}
    coords["lon"] = np.linspace(0, 23, 24)
    dims = ("time", "lev", "lat", "lon")
    data = {
        "T": (dims, lead, {"units": "K", "long_name": "temperature"}),
        "q": (dims, lead / 300),
        "ps": (("time", "lat", "lon"), lead[:, 0] * 300),
        "time_bnds": (("time", "bnds"), np.arange(6.0).reshape(3, 2)),
        "name": ((), "run 1"),
    }
    xr.Dataset(data, coords).to_netcdf(tmp_path / "run.nc")
    budget = ("--max-error", "T=0.5", "--max-error", "q=0.001")
    told = json.loads(run("compress", "run.nc", "out.ome.zarr", *budget, "--json").out)
    group = zarr.open_group(out, mode="r")
    names = [group[s].attrs["vcore"]["name"] for s in group["OME"].attrs["ome"]["series"]]
    bounds = dict(zip(("T", "q"), (0.5, 0.001), strict=True))
    for path, name in zip("01", names, strict=True):
        error = np.abs(group[f"{path}/0"][...] - data[name][1])
        assert 0 < error.max() <= bounds[name]
    found = vcore.read(out)
    assert found["T"].unit == "K"
    assert found["T"].attributes["long_name"] == "temperature"
    np.testing.assert_array_equal(group["ps"][...], data["ps"][1])
    np.testing.assert_array_equal(group["time_bnds"][...], data["time_bnds"][1])
    carried = {a.name: a.read() for a in found.carried}
    assert carried["name"].item() == "run 1" or "name" in str(told["left_out"])
    np.testing.assert_array_equal(carried["ps"], data["ps"][1])


def test_a_part_tells_what_it_leaves_out(run, tmp_path):
    data = {"v": (("z", "y", "x"), VALUES), "w": (("n",), np.arange(3.0))}
    xr.Dataset(data).to_netcdf(tmp_path / "a.nc")
    run("compress", "a.nc", "a.vcore", "--lossless")
    result = run("decompress", "a.vcore", "part.nc", "--region", "0:5,0:9,0:9", "--json")
    assert json.loads(result.out)["left_out"] == ["w"]
    assert "left out: w" in result.err
    assert "left out" not in run("decompress", "a.vcore", "all.nc").err

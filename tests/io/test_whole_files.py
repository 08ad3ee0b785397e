"""Whole files: what is beside the volumes is carried, and a copy is what its original is."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
import zarr

import vcore
from vcore import io
from vcore.errors import InputError
from vcore.model.volume import CarriedArray, Volume

RNG = np.random.default_rng(5)


def climate() -> xr.Dataset:
    """Return a small run as models write it: volumes, surfaces, profiles, bounds and texts."""
    nt, nz, ny, nx = 3, 4, 6, 8
    full, surface = ("time", "lev", "lat", "lon"), ("time", "lat", "lon")
    values = RNG.normal(280, 10, (nt, nz, ny, nx)).astype("f4")
    dataset = xr.Dataset(
        {
            "T": (full, values, {"units": "K", "cell_methods": "time: mean"}),
            "Q": (full, values * np.float32(1e-4), {"units": "kg kg-1"}),
            "empty": (full, np.full_like(values, np.nan), {"units": "1"}),
            "ps": (surface, RNG.normal(1e5, 1e3, (nt, ny, nx)), {"units": "Pa"}),
            "count": (full, RNG.integers(0, 1 << 40, values.shape), {"units": "1"}),
            "mask": (("lat", "lon"), RNG.random((ny, nx)) > 0.5),
            "hyam": (("lev",), np.linspace(0, 1, nz)),
            "staggered": (("time", "ilev", "lat", "lon"), RNG.random((nt, nz + 1, ny, nx))),
            "time_bnds": (("time", "nv"), np.array([[0.0, 24], [24, 48], [48, 72]])),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
            "station": (("station",), np.array(["Zürich", "Gent"], object)),
            "P0": ((), 1e5, {"units": "Pa"}),
        },
        {
            "time": (
                "time",
                [12.0, 36.0, 60.0],
                {"units": "hours since 2001-02-03", "bounds": "time_bnds"},
            ),
            "lev": ("lev", [1000.0, 850.0, 500.0, 200.0], {"units": "hPa", "positive": "down"}),
            "ilev": ("ilev", np.linspace(1000, 100, nz + 1)),
            "lat": ("lat", np.linspace(-75, 75, ny), {"units": "degrees_north"}),
            "lon": ("lon", np.linspace(0, 315, nx), {"units": "degrees_east"}),
        },
        {"title": "A run", "history": "made"},
    )
    dataset["T"].attrs["grid_mapping"] = "crs"
    dataset["time_bnds"].encoding["_FillValue"] = None
    return dataset


def test_a_climate_file_is_kept_whole(tmp_path: Path) -> None:
    climate().to_netcdf(tmp_path / "c.nc")
    report = vcore.compress(tmp_path / "c.nc", tmp_path / "c.vcore", max_error=0)
    assert not [note for note in report.notes if note.startswith("left out")]
    with (
        xr.open_dataset(tmp_path / "c.nc") as original,
        xr.open_dataset(tmp_path / "c.vcore", engine="vcore") as copy,
    ):
        xr.testing.assert_identical(copy.load(), original.load())
        for name, variable in original.variables.items():
            assert copy[name].dtype == variable.dtype or variable.dtype.kind in "OU", name


def test_only_bounded_values_change(tmp_path: Path) -> None:
    climate().to_netcdf(tmp_path / "c.nc")
    vcore.compress(tmp_path / "c.nc", tmp_path / "c.vcore", psnr=50)
    with (
        xr.open_dataset(tmp_path / "c.nc") as original,
        xr.open_dataset(tmp_path / "c.vcore", engine="vcore") as copy,
    ):
        bounded = ["T", "Q"]
        xr.testing.assert_identical(
            copy.load().drop_vars(bounded), original.load().drop_vars(bounded)
        )
        assert 0 < np.abs(copy["T"] - original["T"]).max() < 2


def test_series_join_what_differs(tmp_path: Path) -> None:
    whole = climate().drop_vars(["empty", "count", "staggered", "ilev"])
    whole["run"] = ((), "one")
    for k in range(3):
        whole.isel(time=[k]).to_netcdf(tmp_path / f"run{k}.nc")
    vcore.compress(str(tmp_path / "run*.nc"), tmp_path / "run.vcore", max_error=0)
    with xr.open_dataset(tmp_path / "run.vcore", engine="vcore") as copy:
        whole.to_netcdf(tmp_path / "whole.nc")
        with xr.open_dataset(tmp_path / "whole.nc") as original:
            xr.testing.assert_equal(copy.load(), original.load())


def test_hdf5_datasets_beside_the_volume(tmp_path: Path) -> None:
    volume = RNG.random((5, 6, 7))
    table = np.zeros(3, [("label", "i4"), ("centre", "f8", (3,))])
    table["centre"] = RNG.random((3, 3))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["raw"] = volume
        file["cells/table"] = table
        file["cells/names"] = ["a", "bé", ""]
        file["threshold"] = 3.5
        file["raw"].attrs["stain"] = "DAPI"
        file["threshold"].attrs["unit"] = "counts"
    vcore.compress(tmp_path / "a.h5", tmp_path / "a.vcore", max_error=0)
    found = {a.name: a for a in vcore.open(tmp_path / "a.vcore").carried}
    assert {*found} == {"cells/table", "cells/names", "threshold"}
    assert np.array_equal(found["cells/table"].read(), table)
    assert found["cells/names"].read().tolist() == ["a", "bé", ""]
    assert found["threshold"].read() == 3.5
    assert found["threshold"].attributes == {"unit": "counts"}


def test_npz_and_zarr(tmp_path: Path) -> None:
    volume, affine, labels = RNG.random((5, 6, 7)), np.eye(4), np.array(["a", "b"])
    np.savez(tmp_path / "a.npz", volume=volume, affine=affine, labels=labels, n=np.int64(7))
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w")
    for name, values in {"volume": volume, "affine": affine}.items():
        group.create_array(name, data=values)
    for name in ("a.npz", "a.zarr"):
        vcore.compress(tmp_path / name, tmp_path / "a.vcore", max_error=0, force=True)
        opened = vcore.open(tmp_path / "a.vcore")
        assert np.array_equal(opened["volume"][...], volume)
        found = {a.name: a.read() for a in opened.carried}
        assert np.array_equal(found["affine"], affine)
    assert {*found} == {"affine"}


def test_objects_are_left_out_and_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", volume=RNG.random((5, 6, 7)), odd=np.array([{}, 1], object))
    report = vcore.compress(tmp_path / "a.npz", tmp_path / "a.vcore", max_error=0)
    assert [n for n in report.notes if n.startswith("left out: odd")]


def test_what_is_asked_for_comes_with_what_it_names_only(tmp_path: Path) -> None:
    climate().to_netcdf(tmp_path / "c.nc")
    volume = io.read(tmp_path / "c.nc", variables=["T"])
    assert [v.name for v in volume.variables] == ["T"]
    assert {a.name for a in volume.carried} == {"crs", "time_bnds"}


def test_saved_files_keep_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", volume=RNG.random((5, 6, 7)), affine=np.eye(4))
    vcore.compress(tmp_path / "a.npz", tmp_path / "a.vcore", max_error=0)
    opened = vcore.open(tmp_path / "a.vcore")
    opened.save(tmp_path / "b.vcore")
    (again,) = vcore.open(tmp_path / "b.vcore").carried
    assert np.array_equal(again.read(), np.eye(4))
    assert opened.check() == vcore.open(tmp_path / "b.vcore").check()
    (copied,) = opened.volume().carried
    assert np.array_equal(copied.read(), np.eye(4))
    assert not opened.volume(level=0, region=(slice(0, 2),)).carried


def test_an_excluded_array_is_not_chosen(tmp_path: Path) -> None:
    small, large = np.ones((2, 3, 4), "f4"), np.ones((5, 6, 7), "f4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["small"], file["large"] = small, large
    assert [v.name for v in io.read(tmp_path / "a.h5").variables] == ["large"]
    volume = io.read(tmp_path / "a.h5", exclude="large")
    assert [v.name for v in volume.variables] == ["small"]
    assert volume.carried == ()
    assert volume.left_out == ("large (excluded)",)
    with pytest.raises(InputError, match=r"out of .* for `exclude`\. Got lrge instead"):
        io.read(tmp_path / "a.h5", exclude=["lrge"])
    with pytest.raises(InputError, match=r"of at least (two|three) axes|which are all"):
        io.read(tmp_path / "a.h5", exclude=["small", "large"])


def test_what_has_no_place_in_xarray_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    square = CarriedArray("covariance", np.eye(3), ("p", "p"))
    volume = replace(Volume.from_array(RNG.random((4, 5, 6)).astype("f4")), carried=(square,))
    opened = vcore.open(vcore.compress(volume, None, max_error=0).data)
    assert np.array_equal(opened.carried[0].read(), np.eye(3))
    assert "covariance" not in opened.to_xarray()
    assert "the array covariance (p, p) has no place" in caplog.text


def test_arrays_of_single_files_of_a_series_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = RNG.random((4, 5, 6))
    np.savez(tmp_path / "a0.npz", v=values, both=np.eye(2))
    np.savez(tmp_path / "a1.npz", v=values, both=np.eye(2), late=np.eye(2))
    volume = io.read(str(tmp_path / "a*.npz"))
    assert [a.name for a in volume.carried] == ["both"]
    assert "a1.npz: only here, dropped from the series: late" in caplog.text

"""Series of files with several time steps each."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
import xarray as xr

import vcore
from vcore.errors import InputError
from vcore.io import read

VALUES = np.random.default_rng(6).normal(size=(7, 3, 4, 5)).astype("f4")
PARTS = (slice(0, 3), slice(3, 4), slice(4, 7))
"""Time steps in each of three files."""


def dataset(steps: slice, *, since: str = "2000-01-01", offset: float = 0.0) -> xr.Dataset:
    """Return some time steps, in hours, with a surface field, a mask and a text of each step."""
    hours = np.arange(7.0)[steps] + offset
    return xr.Dataset(
        {
            "T": (("time", "lev", "lat", "lon"), VALUES[steps]),
            "ps": (("time", "lat", "lon"), VALUES[steps, 0] * 2),
            "mask": (("lat", "lon"), (VALUES[0, 0] > 0).astype("i1")),
        },
        {
            "time": ("time", hours, {"units": f"hours since {since}"}),
            "lev": ("lev", [10.0, 20, 30]),
            "lat": ("lat", [1.0, 2, 3, 4]),
            "lon": ("lon", [5.0, 6, 7, 8, 9]),
        },
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k, steps in enumerate(PARTS):
        dataset(steps).to_netcdf(tmp_path / f"run_{k}.nc")
    return tmp_path


def test_netcdf_equals_xarray(folder: Path, tmp_path: Path) -> None:
    volume = read(folder)
    assert volume.grid.times == tuple(map(float, range(7)))
    np.testing.assert_array_equal(volume["T"].read(), VALUES)
    np.testing.assert_array_equal(volume["T"].data[2:5, 1, 2:], VALUES[2:5, 1, 2:])
    assert {a.name: a.shape for a in volume.carried} == {"ps": (7, 4, 5), "mask": (4, 5)}

    vcore.compress(folder, tmp_path / "a.vcore", max_error=0)
    with (
        xr.open_dataset(tmp_path / "a.vcore") as found,
        xr.open_mfdataset(
            sorted(folder.glob("*.nc")),
            combine="nested",
            concat_dim="time",
            data_vars="minimal",
            compat="override",
            coords="minimal",
        ) as expected,
    ):
        xr.testing.assert_identical(found.drop_attrs(), expected.load().drop_attrs())
        assert (found.time.values == expected.time.values).all()


def test_reference_dates_are_converted(tmp_path: Path) -> None:
    dataset(slice(0, 3)).to_netcdf(tmp_path / "a.nc")
    dataset(slice(3, 7), since="2000-01-02", offset=-24.0).to_netcdf(tmp_path / "b.nc")
    volume = read(tmp_path)
    assert volume.grid.times == tuple(map(float, range(7)))
    assert volume.attributes["time_reference"] == "hours since 2000-01-01"


@pytest.mark.parametrize(
    ("second", "words"), [(slice(2, 5), "overlap"), (slice(0, 2), "lie before those")]
)
def test_times_that_do_not_follow_are_refused(tmp_path: Path, second: slice, words: str) -> None:
    first = slice(0, 4) if second.start else slice(4, 7)
    dataset(first).to_netcdf(tmp_path / "a.nc")
    dataset(second).to_netcdf(tmp_path / "b.nc")
    with pytest.raises(InputError, match=rf"a\.nc and .*b\.nc instead, which {words}.*`times`"):
        read(tmp_path)
    count = (first.stop - first.start) + (second.stop - second.start)
    assert read(tmp_path, times=range(count)).grid.times == tuple(range(count))


def test_a_variable_without_time_is_one(tmp_path: Path) -> None:
    relief = VALUES[0] > 0
    for k, steps in enumerate(PARTS):
        data = dataset(steps).assign(relief=(("lev", "lat", "lon"), relief.astype("u1")))
        data.to_netcdf(tmp_path / f"{k}.nc")
    volume = read(tmp_path)
    assert volume["relief"].axes == ("z", "y", "x")
    np.testing.assert_array_equal(volume["relief"].read(), relief)
    np.testing.assert_array_equal(volume["T"].read(), VALUES)
    data.assign(relief=(("lev", "lat", "lon"), (~relief).astype("u1"))).to_netcdf(
        tmp_path / "2.nc", mode="w"
    )
    with pytest.raises(InputError, match=r"'relief', which has no time"):
        read(tmp_path)
    assert [v.name for v in read(tmp_path, exclude=["relief"]).variables] == ["T"]


def test_ome_tiff(tmp_path: Path) -> None:
    for k, steps in enumerate(PARTS):
        tifffile.imwrite(
            tmp_path / f"{k}.ome.tif",
            VALUES[steps],
            metadata={"axes": "TZYX"},
            photometric="minisblack",
        )
    np.testing.assert_array_equal(read(tmp_path).variables[0].read(), VALUES)


def test_ome_tiff_times_that_begin_anew_need_an_answer(tmp_path: Path) -> None:
    for k in range(2):
        tifffile.imwrite(
            tmp_path / f"{k}.ome.tif",
            VALUES[:3],
            metadata={"axes": "TZYX", "TimeIncrement": 2.0, "TimeIncrementUnit": "s"},
            photometric="minisblack",
        )
    with pytest.raises(InputError, match=r"0 to 4 second .* which overlap"):
        read(tmp_path)


def test_nifti_and_npy(tmp_path: Path) -> None:
    (tmp_path / "n").mkdir()
    for k, steps in enumerate(PARTS[::2]):
        image = nibabel.Nifti1Image(VALUES[steps].T, np.eye(4))
        image.header["toffset"] = 4.0 * k
        image.header["pixdim"][4] = 1.0
        image.to_filename(tmp_path / "n" / f"{k}.nii.gz")
        np.save(tmp_path / f"{k}.npy", VALUES[steps])
    expected = VALUES[[0, 1, 2, 4, 5, 6]]
    volume = read(tmp_path / "n")
    assert volume.grid.times == (0, 1, 2, 4, 5, 6)
    np.testing.assert_array_equal(volume.variables[0].read(), expected)
    volume = read(f"{tmp_path}/*.npy")
    assert volume.grid.times is None
    np.testing.assert_array_equal(volume.variables[0].read(), expected)


def test_movies_follow_one_another(tmp_path: Path) -> None:
    for k, steps in enumerate(PARTS):
        np.save(tmp_path / f"{k}.npy", VALUES[steps, 0])
    (found,) = read(tmp_path, axes="tyx").variables
    assert found.source_axes == ("t", "y", "x")
    np.testing.assert_array_equal(found.read()[:, 0], VALUES[:, 0])
    with pytest.raises(InputError, match="several time steps"):
        read(tmp_path, axes="tyx", stack="z")

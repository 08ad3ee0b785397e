"""Real inputs that were once read incorrectly, with expected values (tests/data/cases)."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vcore
from vcore import hierarchy
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Volume

CASES = Path(__file__).parents[1] / "data" / "cases"
LOSSLESS = {"budget": vcore.Budget(max_error=0)}
XARRAY = {"decode_times": False}


def case(number: str, name: str = "") -> str:
    """Return the path of one of a case's inputs, or of its folder."""
    (folder,) = CASES.glob(f"{number}-*")
    return str(folder / name)


def compressed(source: str, tmp_path: Path, **options: Any) -> Path:
    """Return the path of the compressed source."""
    path = tmp_path / "out.vcore"
    vcore.compress(source, path, **(options or LOSSLESS))
    return path


@pytest.mark.parametrize("number", ["01/x3d.zarr", "02/xh2.zarr", "02/xh3.zarr"])
def test_missing_values_of_zarr_stay_missing(tmp_path: Path, number: str) -> None:
    xr = pytest.importorskip("xarray")
    source = case(*number.split("/"))
    expected = xr.open_zarr(source, consolidated=False)["T"].values
    path = compressed(source, tmp_path, budget=vcore.Budget(psnr=50))
    whole = xr.open_dataset(path, engine="vcore", **XARRAY)["T"].values
    hierarchy.compress(source, tmp_path / "o.zarr", budget=vcore.Budget(psnr=50))
    chunks = xr.open_zarr(tmp_path / "o.zarr", consolidated=False)["T"].values
    for found in (whole, chunks):
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        assert np.sqrt(np.nanmean((found - expected) ** 2)) < 0.03


@pytest.mark.filterwarnings("ignore:.*multiple fill values")
def test_every_missing_value_of_netcdf(tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    path = compressed(case("03", "mv.nc"), tmp_path)
    with (
        xr.open_dataset(path, engine="vcore") as found,
        xr.open_dataset(case("03", "mv.nc"), engine="netcdf4") as expected,
    ):
        np.testing.assert_array_equal(found["T"], expected["T"])
        assert np.isnan(found["T"].values.ravel()[:2]).all()
        low, high = expected["V"].attrs["valid_range"] * 0.1  # not applied by xarray
        wanted = expected["V"].where((expected["V"] >= low) & (expected["V"] <= high))
        np.testing.assert_allclose(found["V"], wanted)


@pytest.mark.parametrize("name", ["05/wrap.nc", "05/unord.nc", "06/pc.nc", "09/packed.nc"])
def test_netcdf_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    xr = pytest.importorskip("xarray")
    source = case(*name.split("/"))
    path = compressed(source, tmp_path)
    with (
        xr.open_dataset(path, engine="vcore") as found,
        xr.open_dataset(source, engine="netcdf4") as expected,
    ):
        xr.testing.assert_identical(found.load(), expected.load())


def test_packed_coordinates() -> None:
    grid = read(case("06", "pc.nc")).grid
    assert (grid.spacing, grid.origin, grid.unit) == ((0.5,) * 3, (10.0,) * 3, "meter")


def test_files_that_count_from_different_dates() -> None:
    grid = read(case("08", "daily")).grid
    assert grid.times == (0.0, 24.0, 48.0)


@pytest.mark.parametrize(
    ("name", "space"),
    [("ras.nii", "right-anterior-superior"), ("lps.nrrd", "left-posterior-superior")],
)
def test_the_frame_of_space_reaches_the_nrrd(tmp_path: Path, name: str, space: str) -> None:
    nrrd = pytest.importorskip("nrrd")
    original = read(case("09", name))
    write(vcore.open(compressed(case("09", name), tmp_path)).volume(), tmp_path / "o.nrrd")
    header = nrrd.read_header(str(tmp_path / "o.nrrd"))
    assert header["space"] == space
    assert tuple(header["space origin"]) == original.grid.origin[::-1]


SIZES = {
    "11/mixed.ome.tif": ((0.5, 0.1, 0.1), "micrometer"),
    "11/ijzu.tif": ((0.5, 0.1, 0.1), "micrometer"),
    "11/mixu.zarr": ((50.0, 4.0, 4.0), "nanometer"),
    "11/mu.nrrd": ((2000.0, 100.0, 100.0), "nanometer"),
    "11/su.nrrd": ((2000.0, 100.0, 100.0), "nanometer"),
    "17/matlab72.tif": ((1.0, 1.0, 1.0), ""),
    "24/packed.h5": ((0.5, 0.5, 0.5), "meter"),
    "30/xyz.zarr": ((50.0, 20.0, 10.0), "nanometer"),
    "32/plate.zarr/A/1": ((1.0, 0.1, 0.1), "micrometer"),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    volume = read(case(*name.split("/", 1)))
    assert (volume.grid.spacing, volume.grid.unit) == SIZES[name]
    assert volume.grid.shape == (6, 20, 24)


ODD = {
    "14/z0.ome.tif": (1.0, 0.1, 0.1),
    "14/znan.ome.tif": (1.0, 0.1, 0.1),
    "14/zneg.ome.tif": (1.0, 0.1, 0.1),
    "14/m14.mha": (1.0, 0.6, 0.5),
    "14/pznan.nii": (1.0, 1.0, 1.0),
    "14/tm.nc": (1.0, 1.0, 1.0),
    "14/scn.zarr": (1.0, 1.0, 1.0),
    "14/scnull.zarr": (1.0, 1.0, 1.0),
    "15/badxml.tif": (1.0, 1.0, 1.0),
    "33/zv.nrrd": (1.0, 0.5, 0.5),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_metadata_is_a_warning(name: str, caplog: pytest.LogCaptureFixture) -> None:
    grid = read(case(*name.split("/"))).grid
    assert grid.spacing == ODD[name]
    assert name.split("/")[1] in caplog.text
    assert read(case(*name.split("/")), spacing=(3, 2, 1)).grid.spacing == (3, 2, 1)


def test_axes_by_name_in_hdf5() -> None:
    for name in ("ila_Probabilities.h5", "dimlab.h5"):
        (found,) = read(case("23", name)).variables
        assert ("".join(found.axes), found.shape) == ("czyx", (2, 6, 20, 24))


def test_packed_hdf5() -> None:
    volume = read(case("24", "packed.h5"))
    (found,) = volume.variables
    np.testing.assert_allclose(found.read().ravel()[:2], (272.72, 272.87))
    assert (found.unit, volume.grid.times) == ("K", (0.0, 31.0))


@pytest.mark.parametrize(
    ("name", "spacing"), [("cd.fits", 5.5e-5), ("cd90.fits", 5.5e-5), ("pc.fits", 2e-4)]
)
def test_matrices_of_fits(name: str, spacing: float) -> None:
    grid = read(case("25", name)).grid
    np.testing.assert_allclose(grid.spacing[1:], spacing, rtol=1e-6)
    rows = np.array(grid.direction)
    np.testing.assert_allclose(rows @ rows.T, np.eye(3), atol=1e-12)


def test_compressed_fits_without_names() -> None:
    first, second = read(case("28", "cmpu.fits")).variables
    assert first.read().ravel()[:4].tolist() == [999, 543, 402, 780]
    assert second.read().ravel()[:4].tolist() == [1998, 1086, 804, 1560]


def test_a_plate_names_one_of_its_fields() -> None:
    with pytest.raises(InputError, match="A/1/0"):
        read(case("32", "plate.zarr"))
    assert len(read(case("32", "plate.zarr/A/1")).variables) == 2


def test_centers_of_cells(caplog: pytest.LogCaptureFixture) -> None:
    grid = read(case("33", "mc.nrrd")).grid
    assert (grid.spacing, grid.origin) == ((1.0, 1.0, 0.5), (30.5, 20.5, 10.25))
    assert not caplog.text
    read(case("33", "sh.nrrd"))
    assert "sheared" in caplog.text
    assert read(case("33", "zv.nrrd")).grid.origin == (30.0, 20.0, 10.0)


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    shutil.copy(case("33", "mc.nrrd"), folder + b"/gr\xf6\xdfe.nrrd")
    source = os.fsdecode(folder + b"/gr\xf6\xdfe.nrrd")
    dataset = vcore.open(compressed(source, tmp_path))
    np.testing.assert_array_equal(dataset.decode(), read(source).variables[0].read())
    assert dataset.info["source"]["name"] == "gr\ufffd\ufffde.nrrd"


@pytest.mark.parametrize(("name", "share"), [("sub.npy", 0.01), ("sub2.npy", 0.001)])
def test_bounds_of_subnormal_values(tmp_path: Path, name: str, share: float) -> None:
    values = np.load(case("38", name))
    bound = share * (float(values.max()) - float(values.min()))
    volume = Volume.from_array(values)
    assert volume.grid == Grid(values.shape)
    data = vcore.compress(volume, None, budget=vcore.Budget(max_error=bound)).data
    assert np.abs(vcore.open(data).decode().astype("f8") - values).max() <= bound

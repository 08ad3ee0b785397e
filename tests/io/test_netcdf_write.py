"""Writing NetCDF: a copy is what its original was, as xarray and vcore read it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from test_whole_files import climate

import vcore
from vcore import cli
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.packing import Packing
from vcore.model.volume import CarriedArray, Variable, Volume

RNG = np.random.default_rng(3)


def run_of(path: Path) -> xr.Dataset:
    """Write a climate run with packed values, characters and dates."""
    run = climate()
    counts = RNG.integers(-300, 300, (3, 4, 6, 8)).astype("f4")
    packed = counts * np.float32(0.01) + np.float32(5)
    packed[0, 0, 0, :3] = np.nan
    run["packed"] = (("time", "lev", "lat", "lon"), packed, {"units": "m"})
    run["packed"].encoding = {
        "dtype": "i2",
        "scale_factor": np.float32(0.01),
        "add_offset": np.float32(5),
        "_FillValue": np.int16(-32768),
    }
    run["code"] = (("station",), np.array([b"ab", b"c"]))
    run["since"] = (("station",), np.array(["1950-01-01", "2002-03-04"], "M8[ns]"))
    run.to_netcdf(path)
    return run


@pytest.fixture
def decompress(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return the command, in this process."""

    def command(*words: object) -> None:
        monkeypatch.setattr("sys.argv", ["vcore", "decompress", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert not stop.value.code

    return command


def test_a_lossless_copy_is_identical(tmp_path: Path, decompress: Callable[..., None]) -> None:
    run_of(tmp_path / "c.nc")
    vcore.compress(tmp_path / "c.nc", tmp_path / "c.vcore", max_error=0)
    decompress(tmp_path / "c.vcore", tmp_path / "copy.nc")
    with (
        xr.open_dataset(tmp_path / "c.nc") as original,
        xr.open_dataset(tmp_path / "copy.nc") as copy,
    ):
        xr.testing.assert_identical(copy.load(), original.load())
        assert {n: v.dtype for n, v in copy.variables.items()} == {
            n: v.dtype for n, v in original.variables.items()
        }
        for key in ("dtype", "scale_factor", "add_offset", "_FillValue"):
            assert copy["packed"].encoding[key] == original["packed"].encoding[key]


def test_only_bounded_values_change(tmp_path: Path, decompress: Callable[..., None]) -> None:
    run_of(tmp_path / "c.nc")
    vcore.compress(tmp_path / "c.nc", tmp_path / "c.vcore", psnr=50)
    decompress(tmp_path / "c.vcore", tmp_path / "copy.nc")
    bounded = ["T", "Q", "packed"]
    with (
        xr.open_dataset(tmp_path / "c.nc") as original,
        xr.open_dataset(tmp_path / "copy.nc") as copy,
    ):
        xr.testing.assert_identical(
            copy.load().drop_vars(bounded), original.load().drop_vars(bounded)
        )
        assert 0 < np.abs(copy["T"] - original["T"]).max() < 2
        assert (copy["packed"].isnull() == original["packed"].isnull()).all()


def test_parts_keep_their_places(tmp_path: Path, decompress: Callable[..., None]) -> None:
    run_of(tmp_path / "c.nc")
    vcore.compress(tmp_path / "c.nc", tmp_path / "c.vcore", max_error=0)
    part = ("--variable", "T", "--region", "1:3,2:6,0:8", "--frame", "1")
    decompress(tmp_path / "c.vcore", tmp_path / "part.nc", *part)
    with (
        xr.open_dataset(tmp_path / "c.nc") as original,
        xr.open_dataset(tmp_path / "part.nc") as found,
    ):
        there = original["T"].isel(time=1, lev=slice(1, 3), lat=slice(2, 6))
        np.testing.assert_array_equal(found["T"], there)
        for name in ("lev", "lat", "lon"):
            np.testing.assert_array_equal(found[name], there[name])


@pytest.mark.parametrize("suffix", [".nc", ".h5"])
def test_a_coarser_level_leaves_out_what_does_not_fit(
    tmp_path: Path, decompress: Callable[..., None], suffix: str
) -> None:
    volume = Volume.from_array(
        np.cumsum(RNG.random((160, 40, 40), "f4"), 0), spacing=(2, 0.5, 0.25), unit="micrometer"
    )
    weights = CarriedArray("weights", np.ones(160), ("z",))
    vcore.compress(
        Volume(volume.grid, volume.variables, carried=(weights,)), tmp_path / "c.vcore", psnr=50
    )
    decompress(tmp_path / "c.vcore", tmp_path / f"a{suffix}", "--level", "1")
    found, opened = read(tmp_path / f"a{suffix}"), vcore.open(tmp_path / "c.vcore")
    assert found.grid == opened.volume(level=1).grid
    np.testing.assert_array_equal(
        found.variables[0].read(), opened.volume(level=1)["values"].read()
    )
    assert not found.carried


def test_an_hdf5_copy_has_all_that_the_original_has(
    tmp_path: Path, decompress: Callable[..., None]
) -> None:
    table = np.zeros(3, [("label", "i4"), ("centre", "f8", (3,))])
    table["centre"] = RNG.random((3, 3))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["scan/raw"] = RNG.random((5, 6, 7))
        file["cells/table"] = table
        file["cells/names"] = ["a", "bé", ""]
        file["threshold"] = 3.5
        file["flags"] = np.array([True, False])
        file.attrs["microscope"] = "M1"
        for name, value in {
            "stain": "DAPI",
            "element_size_um": [2, 0.5, 0.5],
            "gains": [1, 2],
        }.items():
            file["scan/raw"].attrs[name] = value
        file["threshold"].attrs["unit"] = "counts"
    vcore.compress(tmp_path / "a.h5", tmp_path / "a.vcore", max_error=0)
    decompress(tmp_path / "a.vcore", tmp_path / "b.h5")
    with h5py.File(tmp_path / "a.h5") as original, h5py.File(tmp_path / "b.h5") as copy:
        names: list[str] = []
        original.visititems(lambda n, i: names.append(n) if hasattr(i, "shape") else None)
        for name in names:
            np.testing.assert_array_equal(copy[name][()], original[name][()])
            for key, value in original[name].attrs.items():
                np.testing.assert_array_equal(copy[name].attrs[key], value)
        assert copy.attrs["microscope"] == "M1"
    assert read(tmp_path / "b.h5").grid == read(tmp_path / "a.h5").grid


@pytest.mark.parametrize("axes", ["zyx", "tzyx", "czyx", "tczyx"])
@pytest.mark.parametrize("suffix", [".nc", ".h5"])
def test_what_a_volume_says_survives(
    tmp_path: Path, make: Callable[..., Volume], axes: str, suffix: str
) -> None:
    volume = make(axes, names=("density", "heat"))
    write(volume, tmp_path / f"a{suffix}")
    found = read(tmp_path / f"a{suffix}")
    for name in ("shape", "unit", "axis_names", "times", "coordinates"):
        assert getattr(found.grid, name) == getattr(volume.grid, name), name
    for name in ("spacing", "origin", "direction"):
        np.testing.assert_allclose(
            getattr(found.grid, name), getattr(volume.grid, name), rtol=1e-12, atol=1e-12
        )
    for expected in volume.variables:
        variable = found[expected.name]
        for name in ("axes", "dtype", "unit", "components", "fill_value"):
            assert getattr(variable, name) == getattr(expected, name), name
        np.testing.assert_array_equal(variable.read(), expected.read())


def test_missing_values_without_a_number_for_them(tmp_path: Path) -> None:
    values = np.array([1.0, np.nan], "f4").reshape(1, 1, 2)
    packing = Packing("i2", "f4", 0.5)
    volume = Volume.from_array(values)
    packed = Variable("values", values, packing=packing)
    with pytest.raises(InputError, match="stands for missing values of 'values'"):
        write(Volume(volume.grid, (packed,)), tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("dtype", "code"), [("u1", 255), ("u2", 65535), ("i2", 32767), ("u1", 0)])
def test_numbers_at_the_ends_stand_for_missing_values(
    tmp_path: Path, dtype: str, code: int
) -> None:
    values = np.array([0.0, 3.5, np.nan, 12.0]).reshape(1, 1, 4)
    encoding = {"v": {"dtype": dtype, "scale_factor": 0.5, "_FillValue": code}}
    dataset = xr.Dataset({"v": (("z", "y", "x"), values)})
    dataset.to_netcdf(tmp_path / "a.nc", encoding=encoding)
    write(read(tmp_path / "a.nc"), tmp_path / "b.nc")
    with xr.open_dataset(tmp_path / "a.nc") as original, xr.open_dataset(tmp_path / "b.nc") as copy:
        xr.testing.assert_identical(copy.load(), original.load())
        assert copy["v"].encoding["_FillValue"] == code


def test_records_are_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    volume = Volume.from_array(np.ones((2, 3, 4), "f4"), name="a")
    table = CarriedArray("table", np.zeros(2, [("n", "i4")]), ("row",))
    write(Volume(volume.grid, volume.variables, carried=(table,)), tmp_path / "a.nc")
    assert "left out: table" in caplog.text
    assert not read(tmp_path / "a.nc").carried


def test_a_file_that_outgrows_the_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", RNG.random((30, 40, 50)).astype("f4"))
    code = """
import resource, vcore
volume = vcore.read("a.npy")
resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000))
try:
    vcore.write(volume, "b.nc")
except vcore.errors.OutputError as error:
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("refused: Could not write"), done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.npy"]

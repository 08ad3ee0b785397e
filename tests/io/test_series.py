"""Folders, patterns and lists of files as time series."""

import gzip
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
import xarray as xr

from vcore.errors import InputError
from vcore.io import read, write
from vcore.io.mapped import Decompressed
from vcore.io.series import natural_key
from vcore.model.volume import Volume

FRAMES = np.arange(12 * 24, dtype=np.uint16).reshape(12, 2, 3, 4)


def save_npy(folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"flow_{t}.npy" for t in range(len(FRAMES))]
    for path, frame in zip(paths, FRAMES, strict=True):
        np.save(path, frame)
    return paths


def test_natural_order() -> None:
    names = ["f10.raw", "f2.raw", "F1.raw", "a/9/f.raw", "a/10/f.raw"]
    expected = ["a/9/f.raw", "a/10/f.raw", "F1.raw", "f2.raw", "f10.raw"]
    assert sorted(names, key=natural_key) == expected


@pytest.mark.parametrize("kind", ["folder", "pattern", "list"])
def test_frames_come_in_natural_order(tmp_path: Path, kind: str) -> None:
    paths = save_npy(tmp_path / "run")
    (tmp_path / "run" / "README.txt").write_text("not a frame")
    source = {"folder": tmp_path / "run", "pattern": f"{tmp_path}/run/*.npy", "list": paths[::-1]}

    volume = read(source[kind], times=range(12), time_unit="s")  # type: ignore[arg-type]

    assert [v.name for v in volume.variables] == ["flow"]
    assert volume["flow"].axes == ("t", "z", "y", "x")
    np.testing.assert_array_equal(volume["flow"].read(), FRAMES)
    assert volume.grid.times == tuple(range(12))


def test_a_region_reads_only_its_frames_and_keeps_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for t, frame in enumerate(FRAMES):
        (tmp_path / f"f{t}_4x3x2_uint16.raw.gz").write_bytes(gzip.compress(frame.tobytes()))
    read_frames = []
    held: set[str] = set()
    most = 0
    decompress, release = Decompressed._decompress, Decompressed.release

    def counted(array: Decompressed) -> object:
        nonlocal most
        read_frames.append(array._path)
        held.add(array._path)
        most = max(most, len(held))
        return decompress(array)

    def released(array: Decompressed) -> None:
        held.discard(array._path)
        release(array)

    monkeypatch.setattr(Decompressed, "_decompress", counted)
    monkeypatch.setattr(Decompressed, "release", released)
    release_all = read(tmp_path)
    read_frames.clear()
    held.clear()
    most = 0

    region = (slice(3, 9), slice(1, 2), slice(0, 3), slice(0, 4))
    np.testing.assert_array_equal(release_all.variables[0].read(region), FRAMES[region])
    assert [Path(p).name.partition("_")[0] for p in read_frames] == [f"f{t}" for t in range(3, 9)]
    assert most <= 2


def test_opening_a_compressed_series_decompresses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for t in range(3):
        (tmp_path / f"f{t}_4x3x2_uint16.raw.gz").write_bytes(gzip.compress(FRAMES[t].tobytes()))
    monkeypatch.setattr(Decompressed, "_decompress", lambda _: pytest.fail("decompressed"))
    assert read(tmp_path).variables[0].shape == (3, 2, 3, 4)


def test_one_decompressed_frame_is_kept_at_most(tmp_path: Path) -> None:
    for t in range(6):
        (tmp_path / f"f{t}_4x3x2_uint16.raw.gz").write_bytes(gzip.compress(FRAMES[t].tobytes()))
    data = read(tmp_path).variables[0].data

    for t in (0, 5, 2, 2, 4):
        np.testing.assert_array_equal(data[t], FRAMES[t])

    kept = [frame._values is not None for frame in data._parts]  # type: ignore[attr-defined]
    assert kept == [False, False, False, False, True, False]


def test_zarr_folders_as_frames(tmp_path: Path) -> None:
    import zarr

    for t in range(3):
        zarr.save_array(tmp_path / f"step{t}", FRAMES[t])
    volume = read([tmp_path / f"step{t}" for t in (2, 0, 1)])
    np.testing.assert_array_equal(volume["step"].read(), FRAMES[:3])


def test_one_file_in_a_folder_is_no_series(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", FRAMES[0])
    assert read(tmp_path)["a"].axes == ("z", "y", "x")
    assert read(f"{tmp_path}/*.npy")["a"].axes == ("z", "y", "x")


def test_many_tiff_files_do_not_stay_open(tmp_path: Path) -> None:
    import os

    for t, frame in enumerate(FRAMES):
        tifffile.imwrite(
            tmp_path / f"f{t}.tif", frame, compression="zlib", photometric="minisblack"
        )
    before = len(os.listdir("/proc/self/fd"))
    volume = read(tmp_path)
    np.testing.assert_array_equal(volume.variables[0].read(), FRAMES)
    assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_frames_of_one_time_step_each(tmp_path: Path) -> None:
    for t in range(3):
        tifffile.imwrite(
            tmp_path / f"f{t}.ome.tif",
            FRAMES[t][None, None],
            metadata={"axes": "TCZYX"},
            photometric="minisblack",
        )
    np.testing.assert_array_equal(read(tmp_path).variables[0].read(), FRAMES[:3])


def test_grids_must_agree(tmp_path: Path) -> None:
    np.save(tmp_path / "a0.npy", FRAMES[0])
    np.save(tmp_path / "a1.npy", FRAMES[0][:1])
    with pytest.raises(InputError, match=r"2x3x4. Got 1x3x4 in .*a1\.npy"):
        read(tmp_path)
    np.save(tmp_path / "a1.npy", FRAMES[0].astype("f4"))
    with pytest.raises(InputError, match=r"uint16 2x3x4.*Got a float32|float32 2x3x4"):
        read(tmp_path)
    (tmp_path / "n").mkdir()
    for t in range(2):
        image = nibabel.Nifti1Image(FRAMES[t].T, np.diag([1.0 + t, 1, 1, 1]))
        image.to_filename(tmp_path / "n" / f"{t}.nii")
    with pytest.raises(InputError, match="spacing, origin and direction"):
        read(tmp_path / "n")


def test_folders_without_or_with_too_many_formats(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Got no file that ends with"):
        read(tmp_path)
    np.save(tmp_path / "a.npy", FRAMES[0])
    (tmp_path / "b.nrrd").write_bytes(b"x")
    with pytest.raises(InputError, match=r"Got \.npy, \.nrrd instead: choose with a pattern"):
        read(tmp_path)


def test_a_collection_among_other_volumes_is_not_taken_alone(tmp_path: Path) -> None:
    for t in range(2):
        write(Volume.from_array(FRAMES[t]), tmp_path / f"f{t}.vti")
    (tmp_path / "f.pvd").write_text(
        '<VTKFile type="Collection"><Collection><DataSet timestep="3" file="f1.vti"/>'
        "</Collection></VTKFile>"
    )
    assert read(tmp_path).variables[0].length("t") == 1
    np.save(tmp_path / "a.npy", FRAMES[0])
    with pytest.raises(InputError, match=r"one format .* Got .*\.pvd"):
        read(tmp_path)


def test_a_frame_without_a_time_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for t in range(3):
        known = {} if t == 1 else {"time": float(t)}
        volume = replace(Volume.from_array(FRAMES[t]), attributes=known)
        write(volume, tmp_path / f"f{t}.vti")
    assert read(tmp_path).grid.times is None
    assert "f1.vti: has no time but others do; ignored all times" in caplog.text


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for source in (tmp_path / "gone.nrrd", [tmp_path / "gone.nrrd"], f"{tmp_path}/gone.h5::a"):
        with pytest.raises(InputError, match=r"Got nothing by that name"):
            read(source)
    with pytest.raises(InputError, match="check the pattern"):
        read(f"{tmp_path}/*.nrrd")
    with pytest.raises(InputError, match="empty list"):
        read([])


def daily(path: Path, day: int, units: str, time: float = 0.0, **attributes: str) -> None:
    values = np.full((1, 2, 3, 4), day, "f4")
    values[0, 0, 0, 0] = np.nan
    time_ = ("time", [time], {"units": units, **attributes})
    dataset = xr.Dataset({"v": (("time", "z", "y", "x"), values)}, {"time": time_})
    dataset.to_netcdf(path / f"day{day}.nc", encoding={"v": {"_FillValue": -900.0 - day}})


def test_files_that_count_from_other_dates(tmp_path: Path) -> None:
    daily(tmp_path, 1, "hours since 2020-02-28")
    daily(tmp_path, 2, "hours since 2020-02-29", 6.25)
    daily(tmp_path, 3, "days since 2020-03-01", 0.5, calendar="gregorian")
    volume = read(tmp_path)
    assert volume.grid.times == (0.0, 30.25, 60.0)
    assert volume.grid.time_unit == "hour"
    assert volume.attributes["time_reference"] == "hours since 2020-02-28"
    # a different fill value in each file
    assert volume["v"].fill_value is None
    assert np.isnan(volume["v"].read()[:, 0, 0, 0]).all()


@pytest.mark.parametrize(
    ("units", "calendar", "message"),
    [
        ("hours since 2020-02-28", "noleap", "calendar"),
        ("hours", "standard", "count from one date"),
        ("hours since yesterday", "standard", "valid reference dates"),
    ],
)
def test_clocks_that_do_not_agree(tmp_path: Path, units: str, calendar: str, message: str) -> None:
    daily(tmp_path, 1, "hours since 2020-02-28")
    daily(tmp_path, 2, units, calendar=calendar)
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_a_single_time_without_an_axis(tmp_path: Path) -> None:
    for day in (1, 2):
        time = ((), 0.0, {"units": f"days since 2001-01-0{day}"})
        values = np.full((2, 3, 4), day, "f4")
        dataset = xr.Dataset({"v": (("z", "y", "x"), values)}, {"time": time})
        dataset.to_netcdf(tmp_path / f"{day}.nc")
    assert read(tmp_path / "1.nc").attributes["time"] == 0
    assert read(tmp_path).grid.times == (0.0, 1.0)
    assert read(tmp_path).grid.time_unit == "day"

"""Imaris 5.5."""

import sys
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest
from levels import characters, halved, write_imaris

from vcore.errors import InputError
from vcore.io import images, read

VALUES = np.random.default_rng(1).integers(0, 4000, (2, 3, 6, 20, 24)).astype("u2")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write_imaris(tmp_path / "cells.ims", VALUES)


def test_level_0_without_its_padding(path: str) -> None:
    volume = read(path)
    (variable,) = volume.variables
    assert variable.name == "cells"
    assert variable.axes == tuple("tczyx")
    assert variable.components == ("stain 0", "stain 1", "stain 2")
    np.testing.assert_array_equal(variable.read(), VALUES)
    part = (slice(1, 2), slice(1, 3), slice(2, 6), slice(0, 20), slice(23, 24))
    np.testing.assert_array_equal(variable.read(part), VALUES[part])


def test_the_grid_reaches_from_edge_to_edge(path: str) -> None:
    grid = read(path).grid
    assert grid.spacing == (2.0, 0.25, 0.5)
    assert grid.origin == (-3.0, 0.125, 10.25)
    assert grid.unit == "micrometer"
    assert (grid.times, grid.time_unit) == ((0.0, 10.0), "second")


def test_all_levels(path: str) -> None:
    (image,) = images(path)
    assert image.factors == ((1.0, 1.0, 1.0), (1.0, 2.0, 2.0))
    np.testing.assert_array_equal(image.levels[1][...], halved(VALUES, (1, 2, 2)))
    assert image.grids[1].spacing == (2.0, 0.5, 1.0)
    assert image.grids[1].origin == (-3.0, 0.25, 10.5)
    assert image.colours == ("FF0000", "FFFF00", "FFFF00")
    assert image.windows == ((0.0, 200.0),) * 3


def test_one_frame_of_one_channel_is_a_volume(tmp_path: Path) -> None:
    path = write_imaris(tmp_path / "a.ims", VALUES[:1, :1])
    assert read(path).variables[0].axes == tuple("zyx")
    np.testing.assert_array_equal(read(path).variables[0].read(), VALUES[0, 0])


def test_only_what_is_asked_for_is_read(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    getitem = h5py.Dataset.__getitem__

    def counted(dataset: h5py.Dataset, key: object) -> object:
        asked.append((dataset.name, key))
        return getitem(dataset, key)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counted)
    variable = read(path).variables[0]
    assert asked == []
    inside = (slice(0, 4), slice(0, 8), slice(8, 16))
    variable.read((slice(0, 1), slice(2, 3), *inside))
    assert asked == [("/DataSet/ResolutionLevel 0/TimePoint 0/Channel 2/Data", inside)]


@pytest.mark.parametrize(
    "info", [{"ExtMax0": "10"}, {"ExtMax1": "-inf"}, {"ExtMin2": "nan"}, {"ExtMax2": ""}]
)
def test_extents_that_make_no_sense_are_said(
    tmp_path: Path, info: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    grid = read(write_imaris(tmp_path / "a.ims", VALUES, **info)).grid
    assert (grid.spacing, grid.unit) == ((1.0, 1.0, 1.0), "")
    assert "used voxels of 1" in caplog.text


def test_times_that_do_not_rise_are_none(path: str) -> None:
    with h5py.File(path, "a") as file:
        attributes = file["DataSetInfo/TimeInfo"].attrs
        attributes["TimePoint2"] = attributes["TimePoint1"]
    assert read(path).grid.times is None


def test_sizes_told_once(path: str) -> None:
    with h5py.File(path, "a") as file:
        for group in (f"DataSet/ResolutionLevel 0/TimePoint 0/Channel {c}" for c in range(3)):
            for axis in "XYZ":
                del file[group].attrs[f"ImageSize{axis}"]
    np.testing.assert_array_equal(read(path).variables[0].read(), VALUES)


FIRST = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda f: f.pop("DataSet"), "not an Imaris 5.5 file"),
        (lambda f: f.pop("DataSet/ResolutionLevel 0/TimePoint 0"), "not an Imaris 5.5 file"),
        (lambda f: f.pop(f"{FIRST}/Data"), "Expected a dataset of three axes .* Got nothing"),
        (
            lambda f: f[FIRST].attrs.__setitem__("ImageSizeX", characters("999999999")),
            r"Expected a size of 1 to \(9, 23, 27\) voxels",
        ),
        (lambda f: f[FIRST].attrs.__setitem__("ImageSizeX", characters("0")), "Expected a size"),
    ],
)
def test_damaged_files(path: str, break_it: object, words: str) -> None:
    with h5py.File(path, "a") as file:
        break_it(file)  # type: ignore[operator]
    with pytest.raises(InputError, match=words):
        read(path)


def test_a_frame_of_another_shape_or_type_is_said_when_it_is_read(path: str) -> None:
    name = "DataSet/ResolutionLevel 0/TimePoint 1/Channel 1/Data"
    for values in (np.zeros((2, 2, 2), "u2"), np.zeros((9, 23, 27), "f4")):
        with h5py.File(path, "a") as file:
            del file[name]
            file[name] = values
        variable = read(path).variables[0]
        with pytest.raises(InputError, match="one shape and type"):
            variable.read()
    with h5py.File(path, "a") as file:
        del file[name]
    with pytest.raises(InputError, match="Got nothing"):
        read(path).variables[0].read()


def test_texts_that_are_no_numbers_or_dates_are_said(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with h5py.File(path, "a") as file:
        file["DataSetInfo/Image"].attrs["X"] = characters("ten")
        for c in range(3):
            group = file[f"DataSet/ResolutionLevel 0/TimePoint 0/Channel {c}"]
            group.attrs["ImageSizeX"] = characters("ten")
        file["DataSetInfo/TimeInfo"].attrs["TimePoint2"] = characters("later")
    found = read(path)
    assert found.grid.times is None
    np.testing.assert_array_equal(found.variables[0].read()[..., :6, :20, :24], VALUES)
    assert "its size is not a number" in caplog.text
    assert "ignored its times, which are not increasing dates (see `times`)" in caplog.text
    caplog.clear()
    assert read(path, times=range(VALUES.shape[0])).grid.times is not None
    assert "times" not in caplog.text


def test_what_is_no_hdf5(tmp_path: Path) -> None:
    (tmp_path / "a.ims").write_bytes(b"BPImaris3" * 20)
    with pytest.raises(InputError, match="Expected a readable Imaris file"):
        read(tmp_path / "a.ims")


def test_attributes_of_other_writers(path: str) -> None:
    with h5py.File(path, "a") as file:
        image = file["DataSetInfo/Image"].attrs
        image["Unit"] = np.bytes_(b"nm")
        image["ExtMin0"] = 10.0
        del file["DataSetInfo/TimeInfo"]
        for attribute, text in (("Color", "red"), ("ColorRange", "9 3")):
            file["DataSetInfo/Channel 0"].attrs[attribute] = text
    grid = read(path).grid
    assert (grid.unit, grid.spacing, grid.times) == ("nanometer", (2.0, 0.25, 0.5), None)
    (image,) = images(path)
    assert (image.colours, image.windows) == ((), ())


def test_chunks_of_a_filter_that_is_not_there(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(path, "a") as file:
        del file[FIRST]["Data"]
        file[FIRST].create_dataset(
            "Data",
            (9, 23, 27),
            "u2",
            chunks=(4, 8, 8),
            compression=32004,
            allow_unknown_filter=True,
        )
    monkeypatch.setitem(sys.modules, "hdf5plugin", None)
    with pytest.raises(InputError, match=r"filter 32004 \(LZ4\) instead: install .*hdf5plugin"):
        read(path)
    monkeypatch.setitem(sys.modules, "hdf5plugin", ModuleType("hdf5plugin"))
    known = iter([False, True, True])
    monkeypatch.setattr(h5py.h5z, "filter_avail", lambda _: next(known))
    assert read(path).variables[0].shape == VALUES.shape

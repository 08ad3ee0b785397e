"""TIFF, OME-TIFF and ImageJ hyperstacks."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_a_stack_of_pages(tmp_path: Path, byteorder: str, compression: str | None) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        byteorder=byteorder,
        compression=compression,
        photometric="minisblack",
    )

    volume = read(tmp_path / "a.tif")

    assert volume["a"].axes == ("z", "y", "x")
    assert isinstance(volume["a"].data, np.memmap) == (compression is None)
    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    part = (slice(1, 3), slice(2, 5), slice(0, 2))
    np.testing.assert_array_equal(volume["a"].read(part), VALUES[part])


def test_only_the_pages_of_a_region_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.arange(40 * 5 * 6, dtype=np.uint16).reshape(2, 20, 5, 6)
    tifffile.imwrite(tmp_path / "a.ome.tif", values, compression="zlib", metadata={"axes": "TZYX"})
    decoded = []
    asarray = tifffile.TiffPage.asarray

    def counted(page: tifffile.TiffPage, **options: object) -> object:
        decoded.append(page.index)
        return asarray(page, **options)

    monkeypatch.setattr(tifffile.TiffPage, "asarray", counted)
    monkeypatch.setattr(tifffile.TiffFrame, "asarray", counted)
    variable = read(tmp_path / "a.ome.tif").variables[0]
    assert decoded == []

    region = (slice(1, 2), slice(3, 5), slice(0, 5), slice(2, 3))
    np.testing.assert_array_equal(variable.read(region), values[region])
    assert decoded == [23, 24]


def test_an_ome_tiff(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 120, dtype=np.float32).reshape(2, 3, 4, 5, 6)
    metadata = {
        "axes": "TCZYX",
        "PhysicalSizeX": 0.1,
        "PhysicalSizeXUnit": "µm",
        "PhysicalSizeY": 0.2,
        "PhysicalSizeYUnit": "µm",
        "PhysicalSizeZ": 0.5,
        "PhysicalSizeZUnit": "µm",
        "TimeIncrement": 1.5,
        "TimeIncrementUnit": "min",
        "Channel": {"Name": ["DAPI", "GFP", "RFP"]},
    }
    tifffile.imwrite(
        tmp_path / "cells.ome.tif", values, metadata=metadata, photometric="minisblack"
    )

    volume = read(tmp_path / "cells.ome.tif")

    assert volume["cells"].axes == ("t", "c", "z", "y", "x")
    assert volume["cells"].components == ("DAPI", "GFP", "RFP")
    assert volume.grid.spacing == (0.5, 0.2, 0.1)
    assert volume.grid.unit == "micrometer"
    assert volume.grid.times == (0.0, 1.5)
    assert volume.grid.time_unit == "minute"
    np.testing.assert_array_equal(volume["cells"].read(), values)


def test_an_ome_tiff_in_another_order(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 120, dtype=np.uint16).reshape(2, 4, 3, 5, 6)
    tifffile.imwrite(tmp_path / "a.ome.tif", values, metadata={"axes": "TZCYX"})

    variable = read(tmp_path / "a.ome.tif").variables[0]

    assert variable.shape == (2, 3, 4, 5, 6)
    np.testing.assert_array_equal(variable.read(), np.moveaxis(values, 2, 1))


def test_an_imagej_hyperstack(tmp_path: Path) -> None:
    values = np.arange(3 * 4 * 2 * 30, dtype=np.uint16).reshape(3, 4, 2, 5, 6)
    tifffile.imwrite(
        tmp_path / "a.tif",
        values,
        imagej=True,
        resolution=(4.0, 2.0),
        metadata={"spacing": 2.5, "unit": "um", "finterval": 0.5, "axes": "TZCYX"},
    )

    volume = read(tmp_path / "a.tif")

    assert volume["a"].shape == (3, 2, 4, 5, 6)
    assert volume.grid.spacing == (2.5, 0.5, 0.25)
    assert volume.grid.unit == "micrometer"
    assert volume.grid.times == (0.0, 0.5, 1.0)
    assert volume.grid.time_unit == "second"
    np.testing.assert_array_equal(volume["a"].read(), np.moveaxis(values, 2, 1))


def test_colours_are_components(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 6 * 3, dtype=np.uint8).reshape(4, 5, 6, 3)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")

    variable = read(tmp_path / "a.tif")["a"]

    assert variable.axes == ("c", "z", "y", "x")
    np.testing.assert_array_equal(variable.read(), np.moveaxis(values, -1, 0))


def test_frames_that_are_slices(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "t.ome.tif", VALUES, metadata={"axes": "TYX"})
    assert read(tmp_path / "t.ome.tif", axes="zyx").grid.shape == (4, 5, 6)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_truncated_file_is_refused(tmp_path: Path, compression: str | None) -> None:
    values = np.random.default_rng(0).integers(0, 9999, (20, 64, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, compression=compression)
    data = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(data[: len(data) // 2])

    with pytest.raises(InputError, match=r"Expected .* Got "):
        read(tmp_path / "a.tif").variables[0].read()


def test_the_name_of_an_image_survives_unless_it_is_none(tmp_path: Path) -> None:
    for name, expected in (("ImageFile", "ImageFile"), ("Image:0", "a"), ("", "a")):
        metadata = {"axes": "ZYX", "Name": name}
        tifffile.imwrite(tmp_path / "a.ome.tif", VALUES, metadata=metadata)
        assert read(tmp_path / "a.ome.tif").variables[0].name == expected

"""Metadata of TIFF files: OME-XML, ImageJ, resolution tags."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from vcore.io import read

VALUES = np.arange(4 * 5 * 6, dtype=np.uint16).reshape(4, 5, 6)
SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def ome(path: Path, **metadata: Any) -> Path:
    tifffile.imwrite(
        path, VALUES, photometric="minisblack", ome=True, metadata={"axes": "ZYX", **metadata}
    )
    return path


def sizes(z: Any, y: Any, x: Any, units: tuple[str, str, str]) -> dict[str, Any]:
    told = {f"PhysicalSize{a}": v for a, v in zip("ZYX", (z, y, x), strict=True) if v is not None}
    return told | {
        f"PhysicalSize{a}Unit": u
        for a, u in zip("ZYX", units, strict=True)
        if f"PhysicalSize{a}" in told
    }


def positions(z: float, y: float, x: float, unit: str | None) -> dict[str, Any]:
    plane = {f"Position{a}": [v] * 4 for a, v in zip("ZYX", (z, y, x), strict=True)}
    if unit is not None:
        plane |= {f"Position{a}Unit": [unit] * 4 for a in "ZYX"}
    return {"Plane": plane}


@pytest.mark.parametrize(
    ("units", "raw", "spacing", "unit"),
    [
        (("nm", "µm", "µm"), (500, 0.1, 0.1), (0.5, 0.1, 0.1), "micrometer"),
        (("dm", "µm", "µm"), (5e-6, 0.1, 0.1), (0.5, 0.1, 0.1), "micrometer"),
        (("µm", "nm", "nm"), (0.5, 100, 100), (500, 100, 100), "nanometer"),
        (("pixel", "pixel", "pixel"), (2, 1, 1), (2, 1, 1), ""),
    ],
)
def test_units_of_sizes_are_brought_to_one(
    tmp_path: Path, units: Any, raw: Any, spacing: Any, unit: str, caplog: pytest.LogCaptureFixture
) -> None:
    grid = read(ome(tmp_path / "a.ome.tif", **sizes(*raw, units))).grid
    np.testing.assert_allclose(grid.spacing, spacing, rtol=1e-12)
    assert grid.unit == unit
    assert not caplog.text


@pytest.mark.parametrize(
    ("unit", "origin", "words"),
    [
        ("µm", (3000.0, 2000.0, 1500.0), ""),
        ("nm", (3.0, 2.0, 1.5), ""),
        (None, (3.0, 2.0, 1.5), "positions have no unit"),
    ],
)
def test_positions_are_in_the_unit_of_the_sizes(
    tmp_path: Path, unit: Any, origin: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = ome(
        tmp_path / "a.ome.tif",
        **sizes(200, 65, 65, ("nm", "nm", "nm")),
        **positions(3.0, 2.0, 1.5, unit),
    )
    assert read(path).grid.origin == origin
    assert words in caplog.text
    assert bool(words) == bool(caplog.text)


def test_positions_without_sizes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    grid = read(ome(tmp_path / "a.ome.tif", **positions(3.0, 2.0, 1.5, "µm"))).grid
    assert (grid.origin, grid.unit) == ((0.0, 0.0, 0.0), "")
    assert "no sizes of voxels" in caplog.text


@pytest.mark.parametrize("z", [0, "NaN", -1.61736e9, "x", None])
def test_odd_sizes_are_said(tmp_path: Path, z: Any, caplog: pytest.LogCaptureFixture) -> None:
    path = ome(tmp_path / "a.ome.tif", **sizes(z, 0.1, 0.1, ("nm", "µm", "µm")))
    volume = read(path)
    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert (volume.grid.spacing, volume.grid.unit) == ((1.0, 0.1, 0.1), "micrometer")
    assert "a.ome.tif: the voxel size along z" in caplog.text
    assert read(path, spacing=(3, 2, 1)).grid.spacing == (3.0, 2.0, 1.0)


@pytest.mark.parametrize("damage", [("<Pixels", "<Pixels &"), ("</OME>", "<OME>")])
def test_damaged_ome_xml(
    tmp_path: Path, damage: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    path = ome(tmp_path / "a.ome.tif", **sizes(1, 1, 1, ("µm", "µm", "µm")))
    tifffile.tiffcomment(path, tifffile.tiffcomment(path).replace(*damage).encode())
    volume = read(path)
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES)
    assert (volume.grid.spacing, volume.grid.unit) == ((1.0, 1.0, 1.0), "")
    if "OME>" not in damage[1]:  # otherwise tifffile reads it as an ordinary description
        assert "a.ome.tif: its OME-XML is damaged" in caplog.text


@pytest.mark.parametrize("damage", [("SizeZ=", 'SizeZ="nan" Was='), ('Order="XY', 'Order="QY')])
def test_ome_xml_that_tifffile_makes_nothing_of(
    tmp_path: Path, damage: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    path = ome(tmp_path / "a.ome.tif")
    tifffile.tiffcomment(path, tifffile.tiffcomment(path).replace(*damage).encode())
    np.testing.assert_array_equal(read(path).variables[0].read(), VALUES)
    assert "a.ome.tif: ignored its invalid OME-XML" in caplog.text


def test_an_imagej_text_of_another_stack(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        photometric="minisblack",
        metadata=None,
        description=f"ImageJ=1.53t\nimages={len(VALUES)}\nslices=7\nspacing=abc\n",
    )
    np.testing.assert_array_equal(read(tmp_path / "a.tif").variables[0].read(), VALUES)
    assert "a.tif: ignored its invalid ImageJ text" in caplog.text


def image(i: int, name: str, shape: str, size: float, data: str) -> str:
    z, y, x = shape.split("x")
    return (
        f'<Image ID="Image:{i}" Name="{name}"><Pixels ID="Pixels:{i}" DimensionOrder="XYZCT" '
        f'Type="uint16" SizeX="{x}" SizeY="{y}" SizeZ="{z}" SizeC="1" SizeT="1" '
        f'PhysicalSizeX="{size}" PhysicalSizeY="{size}" PhysicalSizeZ="{size}">'
        f'<Channel ID="Channel:{i}:0" SamplesPerPixel="1"/>{data}</Pixels></Image>'
    )


def document(images: str, uuid: str = "own") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{SCHEMA}" UUID="urn:uuid:{uuid}">'
        f"{images}</OME>"
    ).encode()


def test_images_are_paired_by_their_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A label image, an image without values, then two volumes in reverse order."""
    xml = document(
        image(0, "label", "1x3x3", 9, '<TiffData IFD="0" PlaneCount="1"/>')
        + image(1, "nothing", "4x5x6", 8, "<MetadataOnly/>")
        + image(2, "second", "4x5x6", 2, '<TiffData IFD="5" PlaneCount="4"/>')
        + image(3, "first", "4x5x6", 2, '<TiffData IFD="1" PlaneCount="4"/>')
    )
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=False) as tif:
        tif.write(np.zeros((3, 3), "u2"), description=xml, metadata=None)
        for values in (VALUES, VALUES + 1000):
            tif.write(values, photometric="minisblack", metadata=None)

    volume = read(tmp_path / "a.ome.tif")

    assert [v.name for v in volume.variables] == ["second", "first"]
    np.testing.assert_array_equal(volume["first"].read(), VALUES)
    np.testing.assert_array_equal(volume["second"].read(), VALUES + 1000)
    assert volume.grid.spacing == (2.0, 2.0, 2.0)
    assert "skipped images of another shape: label" in caplog.text


def test_images_of_other_sizes_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    xml = document(
        image(0, "a", "4x5x6", 1, '<TiffData IFD="0" PlaneCount="4"/>')
        + image(1, "b", "4x5x6", 2, '<TiffData IFD="4" PlaneCount="4"/>')
    )
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=False) as tif:
        tif.write(VALUES, photometric="minisblack", description=xml, metadata=None)
        tif.write(VALUES, photometric="minisblack", metadata=None)

    assert read(tmp_path / "a.ome.tif").grid.spacing == (1.0, 1.0, 1.0)
    assert "the images b differ in position or voxel size" in caplog.text
    assert read(tmp_path / "a.ome.tif", variables=["b"]).grid.spacing == (2.0, 2.0, 2.0)


def test_images_in_several_files(tmp_path: Path) -> None:
    names = ("x", "y")
    images = "".join(
        image(
            i,
            f"image {name}",
            "4x5x6",
            i + 1,
            f'<TiffData FirstZ="0" IFD="0" PlaneCount="4">'
            f'<UUID FileName="{name}.ome.tif">urn:uuid:{name}</UUID></TiffData>',
        )
        for i, name in enumerate(names)
    )
    for i, name in enumerate(names):
        with tifffile.TiffWriter(tmp_path / f"{name}.ome.tif", ome=False) as tif:
            tif.write(
                VALUES + 100 * i,
                photometric="minisblack",
                description=document(images, name),
                metadata=None,
            )
    for own in names:
        for i, name in enumerate(names):
            volume = read(tmp_path / f"{own}.ome.tif", variables=[f"image {name}"])
            np.testing.assert_array_equal(volume.variables[0].read(), VALUES + 100 * i)
            assert volume.grid.spacing == (i + 1.0,) * 3


@pytest.mark.parametrize(
    ("resolution", "unit", "spacing", "name", "words"),
    [
        ((72, 72), 2, (1.0, 1.0, 1.0), "", ""),
        ((96, 96), 2, (1.0, 1.0, 1.0), "", ""),
        ((300, 300), 2, (1.0, 1.0, 1.0), "", ""),
        ((28.35, 28.35), 3, (1.0, 1.0, 1.0), "", ""),
        ((0, 0), 2, (1.0, 1.0, 1.0), "", ""),
        ((4, 4), 1, (1.0, 1.0, 1.0), "", ""),
        ((10000, 5000), 3, (1e-4, 2e-4, 1e-4), "centimeter", "along z; used that along x"),
        ((25400, 25400), 2, (1 / 25400,) * 3, "inch", "along z; used that along x"),
    ],
)
def test_resolution_tags(
    tmp_path: Path,
    resolution: Any,
    unit: int,
    spacing: Any,
    name: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        photometric="minisblack",
        resolution=resolution,
        resolutionunit=unit,
        metadata=None,
    )
    grid = read(tmp_path / "a.tif").grid
    np.testing.assert_allclose(grid.spacing, spacing, rtol=1e-9)
    assert grid.unit == name
    assert words in caplog.text
    assert bool(words) == bool(caplog.text)


@pytest.mark.parametrize(
    ("metadata", "resolution", "spacing", "unit", "words"),
    [
        ({"spacing": 500, "unit": "um", "zunit": "nm"}, (4, 2), (0.5, 0.5, 0.25), "micrometer", ""),
        ({"spacing": 2.5}, (4, 2), (2.5, 0.5, 0.25), "", ""),
        ({"spacing": 2.5, "unit": "micron"}, (4, 2), (2.5, 0.5, 0.25), "micrometer", ""),
        ({"spacing": 0, "unit": "um"}, (4, 2), (1.0, 0.5, 0.25), "micrometer", "along z is 0.0"),
        ({"unit": "um"}, (4, 2), (1.0, 0.5, 0.25), "micrometer", "along z is missing"),
        ({}, (1, 1), (1.0, 1.0, 1.0), "", ""),
        ({"unit": "inch", "spacing": 1}, (72, 72), (1.0, 1.0, 1.0), "", ""),
        ({"unit": "um", "spacing": "nan", "finterval": "nan"}, (4, 2), (1.0, 0.5, 0.25),
         "micrometer", "along z is nan"),
    ],
)  # fmt: skip
def test_imagej(
    tmp_path: Path,
    metadata: dict[str, Any],
    resolution: Any,
    spacing: Any,
    unit: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        imagej=True,
        resolution=resolution,
        metadata={"axes": "ZYX", **metadata},
    )
    grid = read(tmp_path / "a.tif").grid
    assert (grid.spacing, grid.unit) == (spacing, unit)
    assert words in caplog.text
    assert bool(words) == bool(caplog.text)


def test_imagej_s_origin_and_texts(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        imagej=True,
        resolution=(4, 2),
        metadata={
            "axes": "ZYX",
            "spacing": 2.0,
            "unit": "um",
            "xorigin": 2.0,
            "zorigin": 1.0,
            "Info": "objective 63x",
        },
    )
    volume = read(tmp_path / "a.tif")
    assert volume.grid.origin == (-2.0, 0.0, -0.5)
    assert volume.attributes["imagej"]["Info"] == "objective 63x"


def test_texts_of_plain_tiff_are_kept(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        VALUES,
        photometric="minisblack",
        description="some text",
        software="ACME",
        metadata=None,
    )
    expected = {"Software": "ACME", "ImageDescription": "some text"}
    assert read(tmp_path / "a.tif").attributes["tiff"] == expected


def test_sizes_go_with_the_stored_axes(tmp_path: Path) -> None:
    path = ome(tmp_path / "a.ome.tif", **sizes(3, 2, 1, ("µm", "µm", "µm")))
    volume = read(path, axes="xyz")
    assert volume.grid.spacing == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES.transpose(2, 1, 0))


def test_missing_values_and_maps_of_geotiff(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    values = np.array([[-9999, 1.5], [2.5, 3.5]], "f4")
    tags = [(33550, "d", 3, (30.0, 30.0, 0.0), True), (42113, "s", 0, "-9999 ", True)]
    tifffile.imwrite(tmp_path / "a.tif", values, extratags=tags)
    variable = read(tmp_path / "a.tif").variables[0]
    assert variable.fill_value == -9999
    assert "left out its place on a map" in caplog.text
    for odd in ("nothing", "1e400", "nan"):
        tifffile.imwrite(tmp_path / "b.tif", values, extratags=[(42113, "s", 0, odd, True)])
        assert read(tmp_path / "b.tif").variables[0].fill_value is None


def test_planes_that_fall_along_z_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name, heights in (("up", [3.0, 4.0]), ("down", [4.0, 3.0])):
        metadata = {"axes": "ZYX", "PhysicalSizeZ": 1.0, "Plane": {"PositionZ": heights}}
        path = tmp_path / f"{name}.ome.tif"
        tifffile.imwrite(path, np.zeros((2, 3, 5), "u1"), metadata=metadata)
        read(path)
        assert ("falling positions along z, from 4 to 3" in caplog.text) == (name == "down")

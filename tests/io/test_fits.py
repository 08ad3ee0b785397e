"""FITS cubes."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)


def test_world_coordinates(tmp_path: Path) -> None:
    hdu = fits.PrimaryHDU(VALUES.astype("f4"))
    for i, (kind, step) in enumerate((("RA---SIN", -0.5), ("DEC--SIN", 0.5), ("VELO", 2.0)), 1):
        hdu.header[f"CTYPE{i}"], hdu.header[f"CDELT{i}"] = kind, step
        hdu.header[f"CRPIX{i}"], hdu.header[f"CRVAL{i}"] = 2.0, 10.0 * i
        hdu.header[f"CUNIT{i}"] = "deg" if i < 3 else "km/s"
    hdu.header["BUNIT"] = "Jy/beam"
    hdu.writeto(tmp_path / "cube.fits")

    volume = read(tmp_path / "cube.fits")

    assert isinstance(volume["cube"].data, np.memmap)
    np.testing.assert_array_equal(volume["cube"].read(), VALUES)
    assert volume["cube"].unit == "Jy/beam"
    assert volume.grid.spacing == (2.0, 0.5, 0.5)
    assert volume.grid.origin == (28.0, 19.5, 10.5)
    assert volume.grid.direction[2] == (0.0, 0.0, -1.0)
    assert volume.grid.axis_names == ("VELO", "DEC", "RA")
    assert volume.attributes["axes"] == {
        "z": {"name": "VELO", "units": "km/s"},
        "y": {"name": "DEC", "units": "deg"},
        "x": {"name": "RA", "units": "deg"},
    }


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"])
def test_dtypes_survive(tmp_path: Path, dtype: str) -> None:
    fits.PrimaryHDU(VALUES.astype(dtype)).writeto(tmp_path / "a.fits")

    variable = read(tmp_path / "a.fits")["a"]

    assert variable.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(variable.read(), VALUES)


def test_gzip_degenerate_axes_and_scale(tmp_path: Path) -> None:
    values = VALUES[None] * 0.5 + 1
    hdu = fits.PrimaryHDU(values)
    hdu.header["CTYPE4"] = "STOKES"
    hdu.scale("int16", bscale=0.5, bzero=1)
    hdu.header["BLANK"] = 3
    hdu.writeto(tmp_path / "a.fits")
    (tmp_path / "a.fits.gz").write_bytes(gzip.compress((tmp_path / "a.fits").read_bytes()))
    expected = np.where(VALUES == 3, np.nan, VALUES * 0.5 + 1).astype(np.float32)

    volume = read(tmp_path / "a.fits.gz")

    assert volume["a"].axes == ("z", "y", "x")
    np.testing.assert_array_equal(volume["a"].read(), expected)


def test_extensions_are_variables_compressed_ones_too(tmp_path: Path) -> None:
    hdus = fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(VALUES, name="SCI"),
            fits.CompImageHDU(-VALUES, name="ERR"),
        ]
    )
    hdus.writeto(tmp_path / "a.fits")

    volume = read(tmp_path / "a.fits")

    assert [v.name for v in volume.variables] == ["SCI", "ERR"]
    np.testing.assert_array_equal(volume["ERR"].read(), -VALUES)
    part = (slice(1, 2), slice(1, 3), slice(0, 2))
    np.testing.assert_array_equal(volume["ERR"].read(part), -VALUES[part])
    assert [v.name for v in read(f"{tmp_path}/a.fits::SCI").variables] == ["SCI"]


def test_spectra_and_truncated_files_are_refused(tmp_path: Path) -> None:
    fits.PrimaryHDU(VALUES[0, 0]).writeto(tmp_path / "a.fits")
    with pytest.raises(InputError, match="at least two axes"):
        read(tmp_path / "a.fits")
    fits.PrimaryHDU(np.zeros((20, 20, 20), "f8")).writeto(tmp_path / "b.fits")
    (tmp_path / "b.fits").write_bytes((tmp_path / "b.fits").read_bytes()[:20000])
    with pytest.raises(InputError, match=r"Expected .* Got .* instead"):
        read(tmp_path / "b.fits")


Axis = tuple[str, float, str, float]
RA, DEC = ("RA---SIN", -0.5, "deg", 10.0), ("DEC--SIN", 0.5, "deg", 20.0)
FREQ, STOKES = ("FREQ", 1e6, "Hz", 1.4e9), ("STOKES", 1.0, "", 1.0)
TIME = ("TIME", 2.0, "s", 100.0)


def cube(path: Path, axes: tuple[Axis, ...], lengths: tuple[int, ...], **more: float) -> np.ndarray:
    values = np.arange(np.prod(lengths), dtype="f4").reshape(lengths[::-1])
    hdu = fits.PrimaryHDU(values)
    for i, (kind, step, unit, value) in enumerate(axes, 1):
        hdu.header[f"CTYPE{i}"], hdu.header[f"CDELT{i}"] = kind, step
        hdu.header[f"CUNIT{i}"], hdu.header[f"CRVAL{i}"] = unit, value
        hdu.header[f"CRPIX{i}"] = 1.0
    hdu.header.update(more)
    hdu.writeto(path)
    return values


@pytest.mark.parametrize(
    ("axes", "lengths", "stored", "found"),
    [
        ((RA, DEC, FREQ), (4, 3, 2), "zyx", "zyx"),
        ((FREQ, RA, DEC), (4, 3, 2), "yxz", "zyx"),
        ((DEC, RA, FREQ), (4, 3, 2), "zxy", "zyx"),
        ((RA, DEC, STOKES, FREQ), (4, 3, 2, 5), "zcyx", "czyx"),
        ((RA, DEC, STOKES, FREQ), (4, 3, 1, 5), "z?yx", "zyx"),
        ((RA, DEC, FREQ, STOKES), (4, 3, 5, 1), "?zyx", "zyx"),
        ((RA, DEC, FREQ, STOKES), (4, 3, 1, 4), "czyx", "czyx"),
        ((RA, DEC, FREQ, TIME), (4, 3, 2, 5), "tzyx", "tzyx"),
        ((STOKES, FREQ, RA, DEC), (2, 5, 4, 3), "yxzc", "czyx"),
    ],
)
def test_axes_are_told_by_ctype(
    tmp_path: Path, axes: tuple[Axis, ...], lengths: tuple[int, ...], stored: str, found: str
) -> None:
    values = cube(tmp_path / "a.fits", axes, lengths)
    volume = read(tmp_path / "a.fits")
    assert "".join(volume["a"].axes) == found
    kept = values[tuple(0 if a == "?" else slice(None) for a in stored)]
    order = stored.replace("?", "")
    expected = kept.transpose([order.index(a) for a in found])
    np.testing.assert_array_equal(volume["a"].read(), expected)
    assert volume.grid.spacing == (1e6, 0.5, 0.5)
    assert volume.grid.origin == (1.4e9, 20.0, 10.0)
    assert volume.grid.axis_names == ("FREQ", "DEC", "RA")
    if "c" in found:
        assert volume["a"].components == ("I", "Q", "U", "V")[: volume["a"].length("c")]
    if "t" in found:
        assert volume.grid.times == (100.0, 102.0, 104.0, 106.0, 108.0)


def rotation(angle: float) -> dict[str, float]:
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return {"PC1_1": cos, "PC1_2": -sin, "PC2_1": sin, "PC2_2": cos}


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 200.0])
@pytest.mark.parametrize("kind", ["PC", "CD", "CROTA"])
def test_rotations_are_directions(
    tmp_path: Path, angle: float, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    more = {"CROTA2": angle} if kind == "CROTA" else rotation(angle)
    cube(tmp_path / "a.fits", (RA, DEC, FREQ), (4, 3, 2), **more)
    if kind == "CD":
        with fits.open(tmp_path / "a.fits", mode="update") as hdus:
            header = hdus[0].header
            for i in (1, 2):
                for j in (1, 2):
                    header[f"CD{i}_{j}"] = header[f"CDELT{i}"] * header[f"PC{i}_{j}"]
                    del header[f"PC{i}_{j}"]
            header["CD3_3"] = header["CDELT3"]
            for i in (1, 2, 3):
                del header[f"CDELT{i}"]
    with fits.open(tmp_path / "a.fits") as hdus:
        known = WCS(hdus[0].header)

    grid = read(tmp_path / "a.fits").grid

    np.testing.assert_allclose(grid.spacing, (1e6, 0.5, 0.5))
    found = grid.affine[:3, :3][::-1, ::-1]
    np.testing.assert_allclose(found, known.pixel_scale_matrix, rtol=1e-9, atol=1e-9)
    assert not caplog.text


def test_an_axis_without_cd_has_its_cdelt(tmp_path: Path) -> None:
    cube(tmp_path / "a.fits", (RA, DEC, FREQ), (4, 3, 2), CD1_1=-0.25, CD2_2=0.25)
    assert read(tmp_path / "a.fits").grid.spacing == (1e6, 0.25, 0.25)


@pytest.mark.parametrize(
    ("more", "spacing", "words"),
    [
        ({"PC1_2": 0.3}, (1e6, 0.5220153254, 0.5), "sheared"),
        ({"PC3_1": 0.3}, (1e6, 0.5, 0.5), "different types"),
        ({"CDELT3": 0.0}, (1.0, 0.5, 0.5), "along z is 0.0"),
        ({"CTYPE3": "WAVE-LOG"}, (1e6, 0.5, 0.5), "nonlinear"),
    ],
)
def test_what_no_grid_can_be_is_said(
    tmp_path: Path,
    more: dict[str, float],
    spacing: tuple[float, ...],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cube(tmp_path / "a.fits", (RA, DEC, FREQ), (4, 3, 2), **more)
    grid = read(tmp_path / "a.fits").grid
    np.testing.assert_allclose(grid.spacing, spacing)
    assert "a.fits: " in caplog.text
    assert words in caplog.text


def test_hdus_by_number_and_version(tmp_path: Path) -> None:
    hdus: list[Any] = [fits.PrimaryHDU()]
    hdus[0].header["OBJECT"] = "M31"
    for i in (1, 2):
        hdus.append(fits.ImageHDU(VALUES + i, name="SCI", ver=i))
    for i in (3, 4):
        hdus.append(fits.CompImageHDU(VALUES + i))
    hdus[1].header["EXPTIME"] = 12.5
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")

    volume = read(tmp_path / "a.fits")

    names = ["SCI,1", "SCI,2", "extension_3", "extension_4"]
    assert [v.name for v in volume.variables] == names
    for i, variable in enumerate(volume.variables, 1):
        np.testing.assert_array_equal(variable.read(), VALUES + i)
    for inside, i in (("1", 1), ("SCI", 1), ("SCI,2", 2), ("sci,2", 2), ("3", 3), ("4", 4)):
        found = read(f"{tmp_path}/a.fits::{inside}").variables
        assert [v.name for v in found] == [names[i - 1]]
        np.testing.assert_array_equal(found[0].read(), VALUES + i)
    assert volume.attributes["fits"]["OBJECT"] == "M31"
    assert volume["SCI,1"].attributes["fits"]["EXPTIME"] == 12.5
    with pytest.raises(InputError, match="Expected an image 'SCI,3'"):
        read(f"{tmp_path}/a.fits::SCI,3")


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "i8", "f4", "f8"])
def test_scaled_values_are_astropy_s(tmp_path: Path, dtype: str) -> None:
    fits.PrimaryHDU(VALUES.astype(dtype)).writeto(tmp_path / "a.fits")
    cards = ["BSCALE  = 0.1", "BZERO   = -3.3", *(["BLANK   = 7"] if dtype[0] in "iu" else [])]
    data = (tmp_path / "a.fits").read_bytes()
    end = data.index(b"END" + b" " * 77)
    added = "".join(card.ljust(80) for card in cards).encode()
    data = data[:end] + added + data[end : end + 80] + data[end + 80 + len(added) :]
    (tmp_path / "a.fits").write_bytes(data)
    expected = fits.getdata(tmp_path / "a.fits")

    found = read(tmp_path / "a.fits")["a"]

    assert found.dtype == expected.dtype.newbyteorder("=")
    np.testing.assert_array_equal(found.read(), expected)
    assert (found.packing is not None) == (dtype in ("u1", "i2", "i4"))


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("BSCALE  = 0.0", "BSCALE is 0.0"),
        ("BLANK   = 99999", "BLANK = 99999"),
        ("CRVAL1  = 'x'", "no number in CRVAL1"),
        ("CDELT1  = 'x'", "no number in CDELT1"),
    ],
)
def test_odd_cards_do_not_refuse_values(
    tmp_path: Path, card: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    fits.PrimaryHDU(VALUES).writeto(tmp_path / "a.fits")
    data = (tmp_path / "a.fits").read_bytes()
    end = data.index(b"END" + b" " * 77)
    text = card.ljust(80).encode()
    (tmp_path / "a.fits").write_bytes(data[:end] + text + data[end : end + 80] + data[end + 160 :])
    np.testing.assert_array_equal(read(tmp_path / "a.fits")["a"].read(), VALUES)
    assert words in caplog.text

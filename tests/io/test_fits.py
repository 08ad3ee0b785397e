"""FITS cubes."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

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


def test_images_and_truncated_files_are_refused(tmp_path: Path) -> None:
    fits.PrimaryHDU(VALUES[0]).writeto(tmp_path / "a.fits")
    with pytest.raises(InputError, match="at least three axes"):
        read(tmp_path / "a.fits")
    fits.PrimaryHDU(np.zeros((20, 20, 20), "f8")).writeto(tmp_path / "b.fits")
    (tmp_path / "b.fits").write_bytes((tmp_path / "b.fits").read_bytes()[:20000])
    with pytest.raises(InputError, match=r"Expected .* Got .* instead"):
        read(tmp_path / "b.fits")

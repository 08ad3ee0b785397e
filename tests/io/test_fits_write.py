"""Writing FITS: what astropy reads, and what vcore reads again."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

import vcore
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.volume import Variable, Volume

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"])
def test_values_of_every_dtype(tmp_path: Path, dtype: str) -> None:
    kind = np.dtype(dtype)
    limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    values = np.array([limits.min, limits.max, 0, 1], dtype).reshape(1, 2, 2)
    write(Volume.from_array(values, name="A"), tmp_path / "a.fits")
    with fits.open(tmp_path / "a.fits") as file:
        file.verify("exception")
        np.testing.assert_array_equal(file[0].data, values)
    found = read(tmp_path / "a.fits")["A"]
    assert found.dtype == np.dtype("f4" if dtype == "f2" else dtype)
    np.testing.assert_array_equal(found.read(), values)


def test_grids_units_times_and_missing_values(tmp_path: Path) -> None:
    turned = ((1.0, 0, 0), (0, 0.8, -0.6), (0, 0.6, 0.8))
    values = RNG.random((3, 4, 5, 6)).astype("f4")
    values[0, 1, 2, 3] = np.nan
    volume = Volume.from_array(
        values,
        spacing=(2, 0.5, 0.25),
        origin=(7, -3, 1),
        direction=turned,
        unit="micrometer",
        times=(0.5, 2.0, 3.5),
        time_unit="second",
    )
    write(volume, tmp_path / "a.fits")
    found = read(tmp_path / "a.fits")
    for name in ("spacing", "origin", "direction", "times"):
        np.testing.assert_allclose(
            getattr(found.grid, name), getattr(volume.grid, name), rtol=1e-9, atol=1e-9
        )
    assert (found.grid.unit, found.grid.time_unit) == ("micrometer", "second")
    np.testing.assert_array_equal(found.variables[0].read(), values)


@pytest.mark.parametrize("suffix", [".fits", ".mrc", ".nii"])
def test_a_fill_value_of_floating_point_becomes_nan(tmp_path: Path, suffix: str) -> None:
    values = np.array([1, 1e20, 3, 4], "f4").reshape(1, 2, 2)
    volume = Volume(
        Volume.from_array(values).grid, (Variable("a", values, fill_value=float(values[0, 0, 1])),)
    )
    write(volume, tmp_path / f"a{suffix}")
    found = read(tmp_path / f"a{suffix}").variables[0].read()
    np.testing.assert_array_equal(found, [[[1, np.nan], [3, 4]]])


def cube(path: Path) -> None:
    """Write a packed cube of a telescope, with a projection, on a crooked axis order."""
    header = fits.Header()
    cards = {
        **{"CTYPE1": "RA---TAN", "CUNIT1": "deg", "CRPIX1": 4.5, "CRVAL1": 83.6, "CDELT1": -0.01},
        **{"CTYPE2": "DEC--TAN", "CUNIT2": "deg", "CRPIX2": 3.0, "CRVAL2": 22.0, "CDELT2": 0.01},
        **{"CTYPE3": "STOKES", "CRPIX3": 1.0, "CRVAL3": 1.0, "CDELT3": 1.0},
        **{"CTYPE4": "FREQ", "CUNIT4": "Hz", "CRPIX4": 2.0, "CRVAL4": 1.4e9, "CDELT4": 1e6},
        **{"BUNIT": "Jy/beam", "OBJECT": "M1", "RESTFRQ": 1.42e9, "EQUINOX": 2000.0},
    }
    header.update(cards)
    header.add_history("made")
    image = fits.PrimaryHDU(RNG.integers(-999, 999, (4, 2, 6, 8)).astype("i2"), header)
    image.header["BSCALE"], image.header["BZERO"], image.header["BLANK"] = 0.5, 10.0, -32768
    image.data[0, 0, 0, 0] = -32768
    image.writeto(path)


def test_a_copy_of_a_cube(tmp_path: Path) -> None:
    cube(tmp_path / "a.fits")
    vcore.compress(tmp_path / "a.fits", tmp_path / "a.vcore", max_error=0)
    write(vcore.open(tmp_path / "a.vcore").volume(), tmp_path / "b.fits")
    with fits.open(tmp_path / "a.fits") as one, fits.open(tmp_path / "b.fits") as other:
        other.verify("exception")
        np.testing.assert_array_equal(other[0].data.swapaxes(0, 1), one[0].data)
        for name in ("BUNIT", "OBJECT", "RESTFRQ", "EQUINOX", "HISTORY"):
            assert str(other[0].header[name]) == str(one[0].header[name]), name
        points = RNG.random((9, 4)) * [7, 5, 1, 3]
        sky = WCS(one[0].header).all_pix2world(points, 0)
        again = WCS(other[0].header).all_pix2world(points[:, [0, 1, 3, 2]], 0)
        np.testing.assert_allclose(again[:, [0, 1, 3, 2]], sky, rtol=1e-9)
    with fits.open(tmp_path / "b.fits", do_not_scale_image_data=True) as stored:
        assert stored[0].header["BITPIX"] == 16
        assert stored[0].data[0, 0, 0, 0] == -32768
    assert read(tmp_path / "b.fits").grid == read(tmp_path / "a.fits").grid


def test_a_part_of_a_cube_is_where_it_was(tmp_path: Path) -> None:
    cube(tmp_path / "a.fits")
    vcore.compress(tmp_path / "a.fits", tmp_path / "a.vcore", max_error=0)
    part = vcore.open(tmp_path / "a.vcore").volume(region=(slice(1, 3), slice(2, 6), slice(3, 8)))
    write(part, tmp_path / "b.fits")
    with fits.open(tmp_path / "a.fits") as one, fits.open(tmp_path / "b.fits") as other:
        first = WCS(one[0].header).all_pix2world([[3, 2, 0, 1]], 0)[0]
        again = WCS(other[0].header).all_pix2world([[0, 0, 0, 0]], 0)[0]
        np.testing.assert_allclose(again[[0, 1, 3, 2]], first, rtol=1e-9)


def test_several_variables_are_extensions(tmp_path: Path) -> None:
    values = RNG.random((2, 3, 4))
    both = Volume.from_array(values, name="SCI")
    other = Volume.from_array(values * 2, name="ERR")
    write(Volume(both.grid, both.variables + other.variables), tmp_path / "a.fits")
    with fits.open(tmp_path / "a.fits") as file:
        np.testing.assert_array_equal(file["ERR"].data, values * 2)
    assert [v.name for v in read(tmp_path / "a.fits").variables] == ["SCI", "ERR"]


def test_channels_that_are_no_stokes_parameters_are_refused(tmp_path: Path) -> None:
    volume = Volume.from_array(np.zeros((2, 2, 2, 2)), "czyx")
    with pytest.raises(InputError, match="Expected Stokes parameters"):
        write(volume, tmp_path / "a.fits")

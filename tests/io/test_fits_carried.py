"""Tables and smaller images of FITS files."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

import vcore
from vcore.errors import InputError
from vcore.io import read, write

CUBE = np.random.default_rng(1).normal(size=(4, 5, 6)).astype("f4")
MAP = np.arange(56, dtype="i2").reshape(7, 8)
TABLE = Table(
    {
        "id": np.arange(3),
        "name": ["a", "bb", "c"],
        "flux": np.arange(6.0).reshape(3, 2),
        "good": [True, False, True],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    noise = fits.ImageHDU(MAP, name="NOISE")
    noise.header["BSCALE"], noise.header["BZERO"] = 0.5, 10
    table = fits.BinTableHDU(TABLE, name="CAT")
    table.header["OBSERVER"] = "Hubble"
    lists = fits.Column("l", "PJ()", array=np.array([[1], [1, 2]], object))
    ragged = fits.BinTableHDU.from_columns([lists], name="LISTS")
    hdus = [fits.PrimaryHDU(CUBE), noise, table, ragged]
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    return tmp_path / "a.fits"


def test_what_lies_beside_a_cube_is_carried(path: Path) -> None:
    volume = read(path)
    assert [v.name for v in volume.variables] == ["a"]
    carried = {a.name: a for a in volume.carried}
    assert carried.keys() == {"CAT"}
    assert volume.left_out == ("LISTS (lists of any length in l)",)
    assert carried["CAT"].attributes["fits"]["OBSERVER"] == "Hubble"
    with fits.open(path) as hdus:
        np.testing.assert_array_equal(volume["NOISE"].read()[0], hdus["NOISE"].data)
        rows = carried["CAT"].read()
        for name in TABLE.colnames:
            expected = hdus["CAT"].data[name]
            found = rows[name].astype(str) if rows[name].dtype.kind == "S" else rows[name]
            np.testing.assert_array_equal(found, expected)


def test_it_comes_back_from_a_file(path: Path, tmp_path: Path) -> None:
    report = vcore.compress(path, tmp_path / "a.vcore", max_error=0)
    assert any("LISTS" in note for note in report.notes)
    before = {a.name: a.read() for a in read(path).carried}
    after = {a.name: a.read() for a in vcore.open(tmp_path / "a.vcore").carried}
    assert after.keys() == before.keys()
    for name, values in before.items():
        assert after[name].dtype == values.dtype
        np.testing.assert_array_equal(after[name], values)


def test_it_is_written_to_fits(path: Path, tmp_path: Path) -> None:
    write(read(path), tmp_path / "b.fits")
    with fits.open(path) as before, fits.open(tmp_path / "b.fits") as after:
        after.verify("exception")
        assert [h.name for h in after] == ["a", "NOISE", "CAT"]
        np.testing.assert_array_equal(after["NOISE"].data, before["NOISE"].data)
        assert after["CAT"].header["OBSERVER"] == "Hubble"
        for name in TABLE.colnames:
            np.testing.assert_array_equal(after["CAT"].data[name], before["CAT"].data[name])


def test_a_choice_leaves_the_rest(path: Path) -> None:
    assert read(path, variables=["a"]).carried == ()
    assert read(path, exclude=["CAT"]).carried == ()
    assert read(f"{path}::NOISE").carried == ()


def test_tables_alone_are_no_volume(path: Path, tmp_path: Path) -> None:
    with fits.open(path) as hdus:
        fits.HDUList([fits.PrimaryHDU(), hdus["CAT"]]).writeto(tmp_path / "t.fits")
    with pytest.raises(InputError, match=r"tables only \(CAT\)"):
        read(tmp_path / "t.fits")

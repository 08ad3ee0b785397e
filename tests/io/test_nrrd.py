"""NRRD."""

from pathlib import Path

import nrrd
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(24, dtype=np.int16).reshape(2, 3, 4)


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii"])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_encodings_and_detached_headers(tmp_path: Path, encoding: str, name: str) -> None:
    header = {
        "encoding": encoding,
        "space": "left-posterior-superior",
        "space directions": np.diag([0.5, 1.5, 2.5]),
        "space origin": np.array([1.0, 2.0, 3.0]),
        "space units": ["mm", "mm", "mm"],
    }
    nrrd.write(str(tmp_path / name), VALUES, header, index_order="C")

    volume = read(tmp_path / name)

    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert isinstance(volume["a"].data, np.memmap) == (encoding == "raw")
    assert volume.grid.spacing == (2.5, 1.5, 0.5)
    assert volume.grid.origin == (3.0, 2.0, 1.0)
    assert volume.grid.unit == "millimeter"
    assert volume.attributes["space"] == "left-posterior-superior"


def test_an_oblique_direction(tmp_path: Path) -> None:
    # x runs along the world's y, y along the world's -x
    directions = np.array([[0.0, 2.0, 0.0], [-3.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    header = {"space dimension": 3, "space directions": directions}
    nrrd.write(str(tmp_path / "a.nrrd"), VALUES, header, index_order="C")

    grid = read(tmp_path / "a.nrrd").grid

    assert grid.spacing == (4.0, 3.0, 2.0)
    # one step of x, world coordinates in z y x order
    np.testing.assert_allclose(grid.affine[:3, 2], [0.0, 2.0, 0.0])
    np.testing.assert_allclose(grid.affine[:3, 1], [0.0, 0.0, -3.0])


def test_interleaved_components_and_time(tmp_path: Path) -> None:
    values = np.arange(5 * 24 * 3, dtype=np.float32).reshape(5, 2, 3, 4, 3)
    header = {
        "kinds": ["vector", "domain", "domain", "domain", "time"],
        "spacings": [np.nan, 0.5, 0.6, 0.7, 2.0],
        "units": ["", "um", "um", "um", "s"],
    }
    nrrd.write(str(tmp_path / "v.nrrd"), values, header, index_order="C")

    volume = read(tmp_path / "v.nrrd")

    assert volume["v"].axes == ("t", "c", "z", "y", "x")
    np.testing.assert_array_equal(volume["v"].read(), np.moveaxis(values, -1, 1))
    assert volume.grid.times == (0.0, 2.0, 4.0, 6.0, 8.0)
    assert (volume.grid.unit, volume.grid.time_unit) == ("micrometer", "second")
    assert volume.grid.spacing == (0.7, 0.6, 0.5)


def test_skipped_bytes_and_lines_and_byte_order(tmp_path: Path) -> None:
    (tmp_path / "d.raw").write_bytes(b"a line\nxy" + VALUES.astype(">i2").tobytes())
    (tmp_path / "d.nhdr").write_text(
        "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 2\nendian: big\nencoding: raw\n"
        "line skip: 1\nbyte skip: 2\ndata file: d.raw\n\n"
    )
    np.testing.assert_array_equal(read(tmp_path / "d.nhdr")["d"].read(), VALUES)

    text = (tmp_path / "d.nhdr").read_text().replace("line skip: 1\nbyte skip: 2", "byte skip: -1")
    (tmp_path / "d.nhdr").write_text(text)
    np.testing.assert_array_equal(read(tmp_path / "d.nhdr")["d"].read(), VALUES)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("type: short\ndimension: 2\nsizes: 4 6\nencoding: raw", "not images"),
        ("type: short\ndimension: 3\nsizes: 400 3 2\nencoding: raw", "cut off"),
        ("type: block\ndimension: 3\nsizes: 4 3 2\nencoding: raw", "numbers only"),
        ("type: short\ndimension: 3\nsizes: 4 3 2\nencoding: lzma", "one of the encodings"),
        ("type: short\ndimension: 3\nsizes: 4 3 2\nencoding: gzip", "readable gzip stream"),
        ("type: long long\ndimension: 3\nsizes: 1 3 2\nencoding: raw", "int32 or uint32"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, header: str, message: str) -> None:
    text = f"NRRD0004\n{header}\nendian: little\n\n"
    (tmp_path / "a.nrrd").write_bytes(text.encode() + VALUES.tobytes())

    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.nrrd")

"""Headerless files."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError, MemoryLimitError
from vcore.io import read

VALUES = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)


@pytest.mark.parametrize("suffix", [".raw", ".bin", ".dat", ".unheard", ""])
def test_the_layout_comes_from_options(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cube{suffix}"
    path.write_bytes(b"head" + VALUES.tobytes())

    volume = read(path, shape=(2, 3, 4), dtype="int16", offset=4, spacing=2, unit="mm")

    assert volume.variables[0].name == "cube"
    np.testing.assert_array_equal(volume["cube"].read(), VALUES)
    assert volume.grid.spacing == (2.0, 2.0, 2.0)
    assert volume.grid.unit == "millimeter"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_the_layout_comes_from_the_open_scivis_name(tmp_path: Path, compress: object) -> None:
    suffix = {gzip.compress: ".gz", bz2.compress: ".bz2"}.get(compress, "")  # type: ignore[call-overload]
    path = tmp_path / f"tiny_tooth_4x3x2_int16.raw{suffix}"
    path.write_bytes(compress(VALUES.tobytes()))  # type: ignore[operator]

    volume = read(path)

    assert [v.name for v in volume.variables] == ["tiny_tooth"]
    np.testing.assert_array_equal(volume["tiny_tooth"].read(), VALUES)


def test_big_endian_values_come_out_right(tmp_path: Path) -> None:
    path = tmp_path / "big.raw"
    path.write_bytes(VALUES.astype(">i2").tobytes())

    found = read(path, shape=(2, 3, 4), dtype=np.int16, byte_order="big")["big"].read()

    assert found.dtype == np.dtype("=i2")
    np.testing.assert_array_equal(found, VALUES)


def test_time_and_components_by_shape_and_axes(tmp_path: Path) -> None:
    path = tmp_path / "v.raw"
    path.write_bytes(np.arange(120, dtype="u1").tobytes())

    moving = read(path, shape=(2, 3, 4, 5), dtype="u1", times=[0, 0.5], time_unit="ms")
    interleaved = read(path, shape=(3, 4, 5, 2), dtype="u1", axes="zyxc")

    assert moving.variables[0].axes == ("t", "z", "y", "x")
    assert moving.grid.times == (0.0, 0.5)
    assert moving.grid.time_unit == "millisecond"
    assert interleaved.variables[0].shape == (2, 3, 4, 5)
    assert interleaved.variables[0].read()[1, 0, 0].tolist() == [1, 3, 5, 7, 9]


def test_plain_values_are_mapped_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse_2048x2048x1024_float64.raw"
    with path.open("wb") as file:
        file.truncate(8 << 32)  # a sparse file of 32 GiB

    variable = read(path).variables[0]

    assert isinstance(variable.data, np.memmap)
    assert variable.read((slice(1000, 1001), slice(0, 2), slice(0, 2))).tolist() == [
        [[0, 0], [0, 0]]
    ]


@pytest.mark.parametrize("size", [47, 49])
@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
def test_a_size_that_does_not_fit_is_refused(tmp_path: Path, size: int, suffix: str) -> None:
    compress = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress}[suffix]
    path = tmp_path / f"cut_4x3x2_int16.raw{suffix}"
    path.write_bytes(compress(bytes(size)))

    with pytest.raises(InputError, match=r"Expected 48 bytes .* Got .*\b4[78]\b bytes in all|49"):
        read(path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb_4x3x2_int16.raw.bz2"
    path.write_bytes(bz2.compress(bytes(1 << 24)))

    with pytest.raises(InputError, match="Got more than 48 bytes"):
        read(path)


def test_a_stream_larger_than_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcore.io.mapped.available_bytes", lambda: 40)
    path = tmp_path / "x_4x3x2_int16.raw.gz"
    path.write_bytes(gzip.compress(VALUES.tobytes()))

    with pytest.raises(MemoryLimitError, match="decompress the file first"):
        read(path)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.raw", {}, "Got no shape and dtype instead"),
        ("a_4x3x2.raw", {}, "Got no dtype instead"),
        ("a_5x4x3x2_uint8.raw", {}, "give `shape`, in t, z, y, x order"),
        ("a_4x3x2_int24.raw", {}, "Got 'int24' instead"),
        ("a_4x3x2_int16.raw", {"byte_order": "middle"}, "`byte_order` little or big"),
        ("a_4x3x2_int16.raw", {"offset": -1}, "`offset` of 0 bytes or more"),
        ("a.raw", {"shape": (48,), "dtype": "u1"}, "at least two axes"),
        ("a.raw", {"shape": (0, 3, 4), "dtype": "u1"}, "at least one voxel"),
        ("a.raw", {"shape": (1, 2, 3), "dtype": "complex64"}, "real and imaginary parts"),
        ("a.raw", {"shape": (2, 3, 4), "dtype": "int16", "axes": "zzx"}, "distinct names"),
        ("a.raw", {"shape": (2, 3, 4), "dtype": "int16", "axes": "zyxt"}, "Expected 3 axes"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    tmp_path: Path, name: str, options: dict[str, object], message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(VALUES.tobytes())

    with pytest.raises(InputError, match=message):
        read(path, **options)  # type: ignore[arg-type]

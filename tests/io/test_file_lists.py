"""NRRD and MetaImage headers of several data files."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOImage import vtkMetaImageReader

from vcore.errors import InputError
from vcore.io import read

VALUES = np.random.default_rng(3).integers(0, 60000, (4, 6, 5, 7)).astype("<u2")


def save(folder: Path, parts: Sequence[np.ndarray], name: str = "s%03d.raw", start: int = 1) -> str:
    """Write the parts as files, and return their names as lines."""
    names = [name % (start + k) for k in range(len(parts))]
    for file, part in zip(names, parts, strict=True):
        (folder / file).write_bytes(part.tobytes())
    return "\n".join(names)


def nrrd_header(sizes: str, data_file: str, encoding: str = "raw", more: str = "") -> str:
    count = len(sizes.split())
    return (
        f"NRRD0004\ntype: uint16\ndimension: {count}\nsizes: {sizes}\nendian: little\n"
        f"encoding: {encoding}\n{more}data file: {data_file}\n"
    )


def meta_header(sizes: str, data_file: str, more: str = "") -> str:
    return (
        f"NDims = {len(sizes.split())}\nDimSize = {sizes}\nElementType = MET_USHORT\n{more}"
        f"ElementDataFile = {data_file}\n"
    )


def by_metaio(path: Path) -> np.ndarray:
    reader = vtkMetaImageReader()
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    x, y, z = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z, y, x)


def test_nrrd_lists_and_patterns(tmp_path: Path) -> None:
    names = save(tmp_path, VALUES[0])
    headers = {
        "list.nhdr": nrrd_header("7 5 6", f"LIST\n{names}"),
        "dim.nhdr": nrrd_header("7 5 6", f"LIST 2\n{names}"),
        "pattern.nhdr": nrrd_header("7 5 6", "s%03d.raw 1 6 1"),
        "back.nhdr": nrrd_header("7 5 6", "s%03d.raw 6 1 -1"),
    }
    for name, text in headers.items():
        (tmp_path / name).write_text(text)
        (found,) = read(tmp_path / name).variables
        expected = VALUES[0][::-1] if name == "back.nhdr" else VALUES[0]
        np.testing.assert_array_equal(found.read(), expected)
        np.testing.assert_array_equal(found.data[2:5, 1:3], expected[2:5, 1:3])


def test_nrrd_slabs_and_frames(tmp_path: Path) -> None:
    names = save(tmp_path, np.split(VALUES[0], 3), "slab%d.raw")
    (tmp_path / "slabs.nhdr").write_text(nrrd_header("7 5 6", f"LIST 3\n{names}"))
    np.testing.assert_array_equal(read(tmp_path / "slabs.nhdr").variables[0].read(), VALUES[0])
    save(tmp_path, VALUES.reshape(24, 5, 7), "f%02d.raw", 0)
    header = nrrd_header("7 5 6 4", "f%02d.raw 0 23 1 2", more="kinds: domain domain domain time\n")
    (tmp_path / "frames.nhdr").write_text(header)
    (found,) = read(tmp_path / "frames.nhdr").variables
    assert found.axes == ("t", "z", "y", "x")
    np.testing.assert_array_equal(found.read(), VALUES)
    np.testing.assert_array_equal(found.data[1:3, 4, :, 2:], VALUES[1:3, 4, :, 2:])


def test_nrrd_compressed_files_with_headers(tmp_path: Path) -> None:
    for k, image in enumerate(VALUES[0]):
        packed = gzip.compress(b"12345678" + image.tobytes())
        (tmp_path / f"s{k}.gz").write_bytes(b"a line\n" + packed)
    header = nrrd_header("7 5 6", "s%d.gz 0 5 1", "gzip", "line skip: 1\nbyte skip: 8\n")
    (tmp_path / "a.nhdr").write_text(header)
    np.testing.assert_array_equal(read(tmp_path / "a.nhdr").variables[0].read(), VALUES[0])


@pytest.mark.parametrize("data_file", ["LIST\n{names}", "LIST 2D\n{names}", "s%03d.raw 1 6 1"])
def test_metaimage_lists_equal_metaio(tmp_path: Path, data_file: str) -> None:
    names = save(tmp_path, VALUES[0])
    header = meta_header("7 5 6", data_file.format(names=names), "ElementSpacing = 1 2 3\n")
    (tmp_path / "a.mhd").write_text(header)
    volume = read(tmp_path / "a.mhd")
    assert volume.grid.spacing == (3, 2, 1)
    np.testing.assert_array_equal(volume.variables[0].read(), VALUES[0])
    np.testing.assert_array_equal(by_metaio(tmp_path / "a.mhd"), VALUES[0])


def test_metaimage_patterns(tmp_path: Path) -> None:
    save(tmp_path, VALUES[0])
    for words in ("s%03d.raw", "s%03d.raw 1", "s%03d.raw 1 6"):
        (tmp_path / "a.mhd").write_text(meta_header("7 5 6", words))
        np.testing.assert_array_equal(read(tmp_path / "a.mhd").variables[0].read(), VALUES[0])
    save(tmp_path, VALUES[1], "t%d.raw", 10)
    (tmp_path / "b.mhd").write_text(meta_header("7 5 3", "t%d.raw 10 14 2"))
    np.testing.assert_array_equal(read(tmp_path / "b.mhd").variables[0].read(), VALUES[1, :5:2])


def test_metaimage_channels_headers_and_compression(tmp_path: Path) -> None:
    pairs = VALUES[0].reshape(6, 5, 7)[..., np.newaxis].repeat(2, -1).copy()
    pairs[..., 1] += 1
    for k, image in enumerate(pairs):
        (tmp_path / f"c{k}.raw").write_bytes(b"head" + image.tobytes())
        (tmp_path / f"z{k}.raw").write_bytes(zlib.compress(image.tobytes()))
    channels = "ElementNumberOfChannels = 2\n"
    for more in ("HeaderSize = 4\n", "HeaderSize = -1\n"):
        (tmp_path / "a.mhd").write_text(meta_header("7 5 6", "c%d.raw 0 5 1", channels + more))
        found = read(tmp_path / "a.mhd").variables[0].read()
        np.testing.assert_array_equal(found, np.moveaxis(pairs, -1, 0))
    packed = channels + "CompressedData = True\n"
    (tmp_path / "z.mhd").write_text(meta_header("7 5 6", "z%d.raw 0 5 1", packed))
    found = read(tmp_path / "z.mhd").variables[0].read()
    np.testing.assert_array_equal(found, np.moveaxis(pairs, -1, 0))


@pytest.mark.parametrize("kind", ["nhdr", "mhd"])
def test_what_a_list_lacks_is_named(tmp_path: Path, kind: str) -> None:
    names = save(tmp_path, VALUES[0])
    header = nrrd_header if kind == "nhdr" else meta_header
    path = tmp_path / f"a.{kind}"
    path.write_text(header("7 5 6", f"LIST\n{names}"))
    (tmp_path / "s004.raw").write_bytes(VALUES[0, 3].tobytes()[:-2])
    with pytest.raises(InputError, match=r"70 bytes.*s004\.raw.*Got 68"):
        read(path)
    (tmp_path / "s004.raw").unlink()
    with pytest.raises(InputError, match=r"s004\.raw.*nothing by that name"):
        read(path)
    path.write_text(header("7 5 7", f"LIST\n{names}"))
    with pytest.raises(InputError, match=r"Expected 7 files .* Got 6"):
        read(path)
    path.write_text(header("7 5 6", "s%03d.raw 1 1000000000000 1"))
    with pytest.raises(InputError, match=r"Expected 6 files .* Got 1000000000000"):
        read(path)
    for words in ("s%03d.raw 1 6 0", "s%s.raw 1 6 1", "s%d%d.raw 1 6 1", "s%n.raw 1 6 1"):
        path.write_text(header("7 5 6", words))
        with pytest.raises(InputError, match=r"^Expected .* Got .* instead"):
            read(path)


@pytest.mark.parametrize("kind", ["nhdr", "mhd"])
def test_listed_files_stay_in_the_folder(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    save(tmp_path, VALUES[0])
    names = "\n".join(f"../s{k:03d}.raw" for k in range(1, 7))
    header = nrrd_header if kind == "nhdr" else meta_header
    path = tmp_path / "in" / f"a.{kind}"
    for text in (f"LIST\n{names}", "../s%03d.raw 1 6 1"):
        path.write_text(header("7 5 6", text))
        with pytest.raises(InputError, match="outside"):
            read(path)
        found = read(path, allow_outside=True).variables[0].read()
        np.testing.assert_array_equal(found, VALUES[0])

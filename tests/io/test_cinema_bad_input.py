"""Databases that are damaged, or made to do harm."""

import os
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile
from image_sets import SIZE, database, picture, save_png, table_rows, write_table
from PIL import Image

from vcore.errors import InputError, MemoryLimitError, SourceError, VcoreError
from vcore.io.image_reading import read_images


def with_file(folder: Path, name: str) -> Path:
    """Return a database of one image of that name."""
    write_table(folder / "data.csv", [{"time": 0, "FILE": name}])
    return folder


def test_missing_images_are_counted_and_named(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    for name in ("FILE_0.5_30.png", "FILE_2.0_0.png"):
        (folder / "data" / name).unlink()
    with pytest.raises(InputError, match=r"no file for 2 of them, such as data/FILE_0\.5_30\.png"):
        read_images(folder)


@pytest.mark.parametrize("kind", ["png", "npz", "h5", "exr", "vti", "tif"])
def test_damaged_images_are_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / f"a.{kind}").write_bytes(b"no image at all" * 20)
    with pytest.raises(VcoreError, match=f"a.{kind}"):
        read_images(with_file(tmp_path, f"a.{kind}"))
    (tmp_path / f"a.{kind}").write_bytes(b"")
    with pytest.raises(VcoreError, match=f"a.{kind}"):
        read_images(tmp_path)


def test_a_damaged_image_among_others_is_named_when_it_is_read(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    path = folder / "data" / "FILE_0.5_30.png"
    path.write_bytes(path.read_bytes()[:-30])
    images = read_images(folder)
    images.read((1, 0), "rgba")
    with pytest.raises(InputError, match=r"FILE_0\.5_30\.png"):
        images.read((1, 1), "rgba")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_image_that_may_not_be_read(tmp_path: Path) -> None:
    save_png(tmp_path / "a.png", 0, 0)
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(SourceError, match="permission"):
        read_images(with_file(tmp_path, "a.png"))


@pytest.mark.parametrize("name", ["../secret.png", "{}/secret.png", "data/../../secret.png"])
def test_paths_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    save_png(tmp_path / "secret.png", 0, 0)
    folder = tmp_path / "a.cdb"
    (folder / "data").mkdir(parents=True)
    with_file(folder, name.format(tmp_path))
    with pytest.raises(InputError, match="lies outside"):
        read_images(folder)
    assert len(read_images(folder, allow_outside=True)) == 1


@pytest.mark.parametrize("through", ["file", "folder"])
def test_links_that_leave_the_folder_are_refused(tmp_path: Path, through: str) -> None:
    (tmp_path / "secrets").mkdir()
    save_png(tmp_path / "secrets" / "a.png", 0, 0)
    folder = tmp_path / "a.cdb"
    folder.mkdir()
    if through == "file":
        (folder / "a.png").symlink_to(tmp_path / "secrets" / "a.png")
        with_file(folder, "a.png")
    else:
        (folder / "data").symlink_to(tmp_path / "secrets")
        with_file(folder, "data/a.png")
    with pytest.raises(InputError, match="lies outside"):
        read_images(folder)
    assert len(read_images(folder, allow_outside=True)) == 1


def png_of_size(width: int, height: int) -> bytes:
    """Return a small PNG file that declares any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def test_bombs_are_refused_by_the_size_they_declare(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_of_size(1 << 20, 1 << 20))
    with pytest.raises(InputError, match="at most"):
        read_images(with_file(tmp_path, "a.png"))

    with h5py.File(tmp_path / "a.h5", "w") as file:
        shape, chunks = (1 << 24, 1 << 24), (64, 64)
        file.create_dataset("channels/depth", shape, "f4", chunks=chunks, fillvalue=1)
    with pytest.raises(MemoryLimitError, match=r"a\.h5"):
        read_images(with_file(tmp_path, "a.h5"))

    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4194304, 4194304), }"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        data = b"\x93NUMPY\x01\0" + struct.pack("<H", len(header) + 1) + header + b"\n"
        archive.writestr("depth.npy", data)
    with pytest.raises(MemoryLimitError, match=r"a\.npz"):
        read_images(with_file(tmp_path, "a.npz"))

    window = struct.pack("<4i", 0, 0, (1 << 23) - 1, (1 << 23) - 1)
    channels = b"Z\0" + struct.pack("<IIii", 2, 0, 1, 1) + b"\0"
    attributes = b"channels\0chlist\0" + struct.pack("<I", len(channels)) + channels
    attributes += b"dataWindow\0box2i\0" + struct.pack("<I", 16) + window
    (tmp_path / "a.exr").write_bytes(b"\x76\x2f\x31\x01\x02\0\0\0" + attributes + b"\0")
    with pytest.raises(MemoryLimitError, match=r"a\.exr"):
        read_images(with_file(tmp_path, "a.exr"))


def test_volumes_of_one_image_are_no_bombs(tmp_path: Path) -> None:
    side = 1 << 22
    (tmp_path / "a.vti").write_text(
        '<?xml version="1.0"?><VTKFile type="ImageData" version="0.1" byte_order="LittleEndian">'
        f'<ImageData WholeExtent="0 {side} 0 {side} 0 0" Origin="0 0 0" Spacing="1 1 1">'
        f'<Piece Extent="0 {side} 0 {side} 0 0"><PointData><DataArray type="Float32" Name="d" '
        'format="ascii">1 2 3</DataArray></PointData></Piece></ImageData></VTKFile>'
    )
    with pytest.raises(MemoryLimitError, match=r"a\.vti"):
        read_images(with_file(tmp_path, "a.vti"))
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((8, 8), "f4"), compression="zlib", metadata=None)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    (offset,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, offset)
    for entry in range(offset + 2, offset + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, entry)[0] in (256, 257, 278):  # width, height, rows
            struct.pack_into("<HII", data, entry + 2, 4, 1, side)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(MemoryLimitError, match=r"a\.tif"):
        read_images(with_file(tmp_path, "a.tif"))


def test_a_bomb_behind_other_images_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["depth"] = np.zeros(SIZE, "f4")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("depth", (1 << 14, 1 << 14), "f4", chunks=(64, 64))
    write_table(
        tmp_path / "data.csv", [{"time": k, "FILE": n} for k, n in enumerate(("a.h5", "b.h5"))]
    )
    images = read_images(tmp_path)
    with pytest.raises(InputError, match=r"Expected images of one size.*16384 x 16384"):
        images.read((1,), "depth")


def test_hdf5_that_refers_to_other_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["v"] = np.zeros(SIZE, "f4")
    folder = tmp_path / "a.cdb"
    folder.mkdir()
    with h5py.File(folder / "link.h5", "w") as file:
        file.create_group("channels")["depth"] = h5py.ExternalLink("../secret.h5", "/v")
    layout = h5py.VirtualLayout(SIZE, "f4")
    layout[...] = h5py.VirtualSource("../secret.h5", "v", SIZE)
    with h5py.File(folder / "virtual.h5", "w") as file:
        file.create_group("channels").create_virtual_dataset("depth", layout)
    with h5py.File(folder / "raw.h5", "w") as file:
        raw = [(str(tmp_path / "secret.h5"), 0, h5py.h5f.UNLIMITED)]
        file.create_group("channels").create_dataset("depth", SIZE, "f4", external=raw)
    for name in ("link.h5", "virtual.h5", "raw.h5"):
        with pytest.raises(InputError, match="lies outside"):
            read_images(with_file(folder, name))


def test_python_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", depth=np.array([object()], dtype=object))
    with pytest.raises(InputError, match="unpickles"):
        read_images(with_file(tmp_path, "a.npz"))


def test_images_of_different_sizes(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    Image.fromarray(picture(0, 0)[:-2]).save(folder / "data" / "FILE_2.0_90.png")
    with pytest.raises(InputError, match=r"16 x 12 pixels .* Got 16 x 10 in .*FILE_2\.0_90"):
        read_images(folder)


def test_rows_of_the_same_values(tmp_path: Path) -> None:
    folder = database(tmp_path / "a.cdb")
    rows = table_rows(folder / "data.csv")
    write_table(folder / "data.csv", [*rows, rows[3], rows[4]])
    images = read_images(folder)
    assert len(images) == 12
    assert images.notes == (f"left out 2 rows of {folder / 'data.csv'}, there twice",)
    write_table(folder / "data.csv", [*rows, rows[3] | {"FILE": rows[4]["FILE"]}])
    with pytest.raises(InputError, match=r"Got several for time=0\.0, phi=90: data/FILE_0\.0_90"):
        read_images(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("time,FILE\n", "Got 1 rows"),
        ("time,phi\n0,1\n", "Expected a column FILE"),
        ("time,FILE\n0\n", "2 cells in every row .* Got 1 in row 2"),
        ("time,time,FILE\n0,0,a.png\n", "'time' twice"),
        ("time,FILE\n0,a\0.png\n", "bytes of 0|NUL"),
        ("time,FILE\n0,\n", "Got none"),
        ("time,FILE\n0,a.stl\n", "Got none"),
        ('time,FILE\n0,"a.png\n', "no file for 1"),
        ("time,FILE\n0," + "a" * 300_000 + ".png\n", "field larger"),
        ("time,FILE\n0," + "a" * 5000 + ".png\n", "no file for 1"),
    ],
)
def test_damaged_tables(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "data.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_images(tmp_path)


def test_a_partly_deep_or_subsampled_exr_is_refused(tmp_path: Path) -> None:
    for flags, name in ((0x802, "deep.exr"), (0x1002, "parts.exr")):
        start = b"\x76\x2f\x31\x01" + struct.pack("<I", flags)
        (tmp_path / name).write_bytes(start + b"\0" * 20)
        with pytest.raises(InputError, match="one flat image"):
            read_images(with_file(tmp_path, name))
    channels = b"Z\0" + struct.pack("<IIii", 2, 0, 2, 2) + b"\0"
    attributes = b"channels\0chlist\0" + struct.pack("<I", len(channels)) + channels
    attributes += b"dataWindow\0box2i\0" + struct.pack("<I", 16) + struct.pack("<4i", 0, 0, 3, 3)
    (tmp_path / "a.exr").write_bytes(b"\x76\x2f\x31\x01\x02\0\0\0" + attributes + b"\0")
    with pytest.raises(InputError, match="value for every pixel"):
        read_images(with_file(tmp_path, "a.exr"))


def test_nan_stays(tmp_path: Path) -> None:
    images = read_images(database(tmp_path / "a.cdb"))
    assert np.isnan(images.read((0, 0), "depth")).any()


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    name = b"b\xe4ll.png".decode("utf-8", "surrogateescape")
    save_png(tmp_path / "x.png", 0, 0)
    (tmp_path / "x.png").rename(tmp_path / name)
    (tmp_path / "data.csv").write_bytes(b"label,FILE\nb\xe4ll,b\xe4ll.png\n")
    images = read_images(tmp_path)
    assert images.parameters[0].values == ("b\ufffdll",)
    assert images.read((0,), "rgba").shape == (*SIZE, 4)

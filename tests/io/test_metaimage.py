"""MetaImage."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read

VALUES = np.arange(2 * 3 * 4, dtype=np.int16).reshape(2, 3, 4)
HEADER = """ObjectType = Image
NDims = 3
BinaryData = True
BinaryDataByteOrderMSB = False
TransformMatrix = 0 1 0 -1 0 0 0 0 1
Offset = 1 2 3
ElementSpacing = 0.5 0.6 0.7
AnatomicalOrientation = RAI
DimSize = 4 3 2
ElementType = MET_SHORT
"""


def local(header: str = HEADER, data: bytes = VALUES.tobytes()) -> bytes:
    return header.encode() + b"ElementDataFile = LOCAL\n" + data


def test_mha(tmp_path: Path) -> None:
    (tmp_path / "a.mha").write_bytes(local())

    volume = read(tmp_path / "a.mha")

    assert isinstance(volume["a"].data, np.memmap)
    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert volume.grid.spacing == (0.7, 0.6, 0.5)
    assert volume.grid.origin == (3.0, 2.0, 1.0)
    # x runs along the world's y: in z y x order, column 2 is (0, 0.5, 0)
    np.testing.assert_allclose(volume.grid.affine[:3, 2], [0.0, 0.5, 0.0])
    np.testing.assert_allclose(volume.grid.affine[:3, 1], [0.0, 0.0, -0.6])


def test_the_geometry_is_vtk_s_too(tmp_path: Path) -> None:
    from vtkmodules.vtkIOImage import vtkMetaImageReader

    (tmp_path / "a.mha").write_bytes(local())
    reader = vtkMetaImageReader()
    reader.SetFileName(str(tmp_path / "a.mha"))
    reader.Update()
    grid = read(tmp_path / "a.mha").grid

    assert grid.spacing[::-1] == reader.GetOutput().GetSpacing()
    assert grid.origin[::-1] == reader.GetOutput().GetOrigin()


def test_mhd_with_compressed_big_endian_data(tmp_path: Path) -> None:
    header = HEADER.replace("MSB = False", "MSB = True") + "CompressedData = True\n"
    (tmp_path / "a.mhd").write_text(header + "ElementDataFile = a.zraw\n")
    (tmp_path / "a.zraw").write_bytes(zlib.compress(VALUES.astype(">i2").tobytes()))

    np.testing.assert_array_equal(read(tmp_path / "a.mhd")["a"].read(), VALUES)
    assert read(tmp_path).variables[0].name == "a"


def test_channels_and_time(tmp_path: Path) -> None:
    header = (
        "NDims = 4\nDimSize = 4 3 2 2\nElementNumberOfChannels = 3\nElementType = MET_UCHAR\n"
        "ElementSpacing = 1 1 1 0.5\nOffset = 0 0 0 10\n"
    )
    values = np.arange(144, dtype=np.uint8).reshape(2, 2, 3, 4, 3)
    (tmp_path / "a.mha").write_bytes(local(header, values.tobytes()))

    volume = read(tmp_path / "a.mha")

    assert volume["a"].axes == ("t", "c", "z", "y", "x")
    assert volume.grid.times == (10.0, 10.5)
    np.testing.assert_array_equal(volume["a"].read(), np.moveaxis(values, -1, 1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (local(data=b"short"), "cut off"),
        (HEADER.encode(), "ends with ElementDataFile"),
        (HEADER.encode() + b"ElementDataFile = gone.raw\n", "gone.raw. Got nothing"),
        (HEADER.encode() + b"ElementDataFile = LIST\na.raw\n", "Expected 2 files"),
        (local(HEADER.replace("MET_SHORT", "MET_STRING")), "element types"),
        (local(HEADER.replace("BinaryData = True", "BinaryData = False")), "Got text"),
        (local(HEADER + "CompressedData = True\n"), "readable zlib stream"),
        (
            local(HEADER + "CompressedData = True\n", zlib.compress(VALUES.tobytes())[:-9]),
            "zlib stream",
        ),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.mha").write_bytes(data)

    with pytest.raises(InputError, match=message):
        read(tmp_path / "a.mha")


# spacing and direction along z as in ITK 5.4
@pytest.mark.parametrize(
    ("old", "new", "spacing", "z", "words"),
    [
        ("0.5 0.6 0.7", "0.5 0.6 -0.7", 0.7, -1.0, ""),
        ("0.5 0.6 0.7", "0.5 0.6 0", 1.0, 1.0, "along z is 0.0"),
        ("0.5 0.6 0.7", "0.5 0.6 nan", 1.0, 1.0, "along z is nan"),
        ("0.5 0.6 0.7", "0.5 0.6", 1.0, 1.0, "along z is nan"),
        ("Offset = 1 2 3", "Offset = 1 2 nan", 0.7, 1.0, "origin"),
        ("-1 0 0 0 0 1", "-1 0 0 0 0 0", 0.7, 1.0, "nearest rotation"),
        ("-1 0 0 0 0 1", "-1 0 0 x y z", 0.7, 1.0, "directions are not numbers"),
    ],
)
def test_odd_geometry(
    tmp_path: Path,
    old: str,
    new: str,
    spacing: float,
    z: float,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert old in HEADER
    (tmp_path / "a.mha").write_bytes(local(HEADER.replace(old, new)))
    volume = read(tmp_path / "a.mha")
    np.testing.assert_array_equal(volume["a"].read(), VALUES)
    assert (volume.grid.spacing[0], volume.grid.direction[0][0]) == (spacing, z)
    assert words in caplog.text
    assert bool(words) == ("a.mha: " in caplog.text)


def test_what_users_added_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.mha").write_bytes(local(HEADER + "Modality = MET_MOD_CT\nMyKey = 1 2\n"))
    volume = read(tmp_path / "a.mha")
    assert volume.attributes == {
        "space": "left-posterior-superior",
        "anatomical_orientation": "RAI",
        "key_values": {"Modality": "MET_MOD_CT", "MyKey": "1 2"},
    }


def test_axes_that_are_given_take_their_sizes_along(tmp_path: Path) -> None:
    (tmp_path / "a.mha").write_bytes(
        local(HEADER.replace("0 1 0 -1 0 0 0 0 1", "1 0 0 0 1 0 0 0 1"))
    )
    grid = read(tmp_path / "a.mha", axes="xyz").grid
    assert (grid.shape, grid.spacing, grid.origin) == ((4, 3, 2), (0.5, 0.6, 0.7), (1.0, 2.0, 3.0))

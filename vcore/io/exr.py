"""OpenEXR images: their channels by header, values by the package OpenEXR.

Header: https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.request import need

MAGIC = b"\x76\x2f\x31\x01"
PARTS = 0x800 | 0x1000
"""Flags of deep data and of several parts."""
TYPES: Mapping[int, np.dtype[Any]] = {0: np.dtype("u4"), 1: np.dtype("f2"), 2: np.dtype("f4")}
"""Types of values by their number in the list of channels."""
COLOURS = ("R", "G", "B", "A")
"""Names of channels, behind that of their layer, that are black and clear where nothing is."""
MAX_ATTRIBUTE = 1 << 20
"""Maximum size of an attribute of the header that is read, in bytes."""


Window = tuple[slice, slice]
"""Rows and columns of a part of an image."""


@dataclass(frozen=True)
class Header:
    """What the header of an image tells.

    Parameters
    ----------
    size
        Height and width of the display window, the image that is shown.
    stored_size
        Height and width of the data window.
    channels
        Type of each channel by name.
    shown, stored
        Where the stored pixels that are shown lie: in the image, and in the data window.
    """

    size: tuple[int, int]
    stored_size: tuple[int, int]
    channels: Mapping[str, np.dtype[Any]]
    shown: Window
    stored: Window


def read_header(path: str) -> Header:
    """Return the header of an image.

    Raises
    ------
    InputError
        Another format, deep data, several parts, or channels of fewer values than pixels.
    """
    with open(path, "rb") as file:
        start = file.read(8)
        if start[:4] != MAGIC:
            raise InputError(
                f"Expected an OpenEXR image at {path}. Got something else instead: the file is "
                f"damaged or of another format."
            )
        if int.from_bytes(start[4:], "little") & PARTS:
            raise InputError(
                f"Expected one flat image in {path}. Got deep data or several parts instead: write "
                f"a file for each."
            )
        attributes = dict(_attributes(path, file))
    channels: dict[str, np.dtype[Any]] = {}
    rest = attributes["channels"]
    while len(rest) > 1:
        name, _, rest = rest.partition(b"\0")
        kind, _, across, down = struct.unpack("<IIii", rest[:16])
        if (across, down) != (1, 1):
            raise InputError(
                f"Expected a value for every pixel in {path}. Got fewer for the channel "
                f"{name.decode()} instead."
            )
        channels[name.decode()], rest = TYPES[kind], rest[16:]
    data = struct.unpack("<4i", attributes["dataWindow"])
    display = struct.unpack("<4i", attributes.get("displayWindow", attributes["dataWindow"]))
    rows, columns = (_overlap(display[k::2], data[k::2]) for k in (1, 0))
    return Header(
        _size(display),
        _size(data),
        channels,
        (rows[0], columns[0]),
        (rows[1], columns[1]),
    )


def _size(window: Sequence[int]) -> tuple[int, int]:
    x0, y0, x1, y1 = window
    return y1 - y0 + 1, x1 - x0 + 1


def _overlap(display: Sequence[int], data: Sequence[int]) -> Window:
    """Return where the overlap of two windows lies in each, along one axis."""
    low = max(display[0], data[0])
    high = max(min(display[1], data[1]) + 1, low)
    return slice(low - display[0], high - display[0]), slice(low - data[0], high - data[0])


def read_channel(path: str, name: str) -> NDArray[Any] | None:
    """Return the values of a channel, y x; None if there is none of that name.

    Pixels of the display window that are not stored are 0 in colours and integers, else NaN.
    """
    header = read_header(path)
    with need("OpenEXR", "images").File(path, separate_channels=True) as file:
        channels = file.channels()
        if name not in channels:
            return None
        values = np.array(channels[name].pixels)
    is_black = values.dtype.kind != "f" or name.rpartition(".")[2].upper() in COLOURS
    found = np.full(header.size, 0 if is_black else np.nan, values.dtype)
    found[header.shown] = values[header.stored]
    return found


def write(path: str, channels: dict[str, NDArray[Any]]) -> None:
    """Write channels of float32, float16 or uint32, y x, losslessly compressed."""
    exr = need("OpenEXR", "images")
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    try:
        exr.File(header, channels).write(path)
    except RuntimeError as error:  # such as a full disk
        raise OSError(str(error)) from error


def _attributes(path: str, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the attributes of a header."""
    while name := _word(file):
        _word(file)  # its type
        (size,) = struct.unpack("<I", file.read(4))
        if size > MAX_ATTRIBUTE:
            if name in ("channels", "dataWindow", "displayWindow"):
                raise InputError(f"Expected a header of a few channels in {path}. Got more.")
            file.seek(size, 1)
            continue
        yield name, file.read(size)


def _word(file: BinaryIO) -> str:
    found = b""
    while (letter := file.read(1)) != b"\0":
        if not letter or len(found) > 255:
            raise ValueError("its header does not end")
        found += letter
    return found.decode()

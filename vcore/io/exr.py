"""OpenEXR images: their channels by header, values by the package OpenEXR.

Header: https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

import struct
from collections.abc import Iterator, Mapping
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
MAX_ATTRIBUTE = 1 << 20
"""Maximum size of an attribute of the header that is read, in bytes."""


def channels_of(path: str) -> tuple[tuple[int, int], dict[str, np.dtype[Any]]]:
    """Return the size (y, x) of an image and the type of each channel, read from the header.

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
    x0, y0, x1, y1 = struct.unpack("<4i", attributes["dataWindow"])
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
    return (y1 - y0 + 1, x1 - x0 + 1), channels


def read_channel(path: str, name: str) -> NDArray[Any] | None:
    """Return the values of a channel, y x; None if there is none of that name."""
    with need("OpenEXR", "images").File(path, separate_channels=True) as file:
        channels = file.channels()
        return np.array(channels[name].pixels) if name in channels else None


def write(path: str, channels: dict[str, NDArray[Any]]) -> None:
    """Write channels of float32, float16 or uint32, y x, losslessly compressed."""
    exr = need("OpenEXR", "images")
    header = {"compression": exr.ZIP_COMPRESSION, "type": exr.scanlineimage}
    exr.File(header, channels).write(path)


def _attributes(path: str, file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the attributes of a header."""
    while name := _word(file):
        _word(file)  # its type
        (size,) = struct.unpack("<I", file.read(4))
        if size > MAX_ATTRIBUTE:
            if name in ("channels", "dataWindow"):
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

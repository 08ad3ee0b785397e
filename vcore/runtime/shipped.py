"""Files of weights that are part of the package."""

import zlib
from importlib.resources.abc import Traversable

from vcore.errors import FormatError


def read_shipped(path: Traversable, checksum: int) -> bytes:
    """Return a file of the package.

    Raises
    ------
    FormatError
        It is missing or its CRC-32 is another: with other weights, compressed files would decode
        to other values.
    """
    data = path.read_bytes() if path.is_file() else b""
    if zlib.crc32(data) != checksum:
        raise FormatError(
            f"Expected {path.name} with the checksum {checksum:08x}. Got {zlib.crc32(data):08x} "
            f"instead: install vcore-volumes again."
        )
    return data

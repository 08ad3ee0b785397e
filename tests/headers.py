"""Files with modified headers."""

from collections.abc import Callable
from typing import Any

from vcore.container import layout


def edited(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a file with a changed header and matching checksums."""
    _, _, _, length, crc = layout.PREAMBLE.unpack_from(data)
    start = layout.PREAMBLE.size
    header = layout.unpack_header(data[start : start + length], crc, "a file")
    change(header)
    return layout.pack_header(header) + data[start + length :]

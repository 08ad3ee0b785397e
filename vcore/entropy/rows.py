"""Concatenated integers and coded streams, read back with every length checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.lattice import decode_lattice, encode_lattice
from vcore.errors import FormatError


def pack_number(value: int) -> bytes:
    """Return a non-negative integer as LEB128: seven bits per byte, least significant first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class Bytes:
    """Bounds-checked reader for the output of ``pack_number`` and ``pack_rows``."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self) -> int:
        """Return the next integer, below 2**63.

        Raises
        ------
        FormatError
            The bytes end, or the integer is 2**63 or more.
        """
        value = 0
        for shift in range(0, 63, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise FormatError("The section is damaged: an impossible number.")

    @property
    def left(self) -> int:
        """Number of unread bytes."""
        return len(self._data) - self._at

    def take(self, length: int) -> bytes:
        """Return the next ``length`` bytes.

        Raises
        ------
        FormatError
            Fewer bytes are left.
        """
        part = self._data[self._at : self._at + length]
        if len(part) < length:
            raise FormatError("The section is damaged: its bytes end too early.")
        self._at += length
        return part

    def rows(self, rows: int, columns: int) -> NDArray[np.int32]:
        """Return the next coded stream as int32 of shape (rows, columns).

        Raises
        ------
        FormatError
            The stream is damaged or ends too early.
        """
        found: NDArray[np.int32] = decode_lattice(self.take(self.number()), (1, 1, rows, columns))[
            0, 0
        ]
        return found


def pack_rows(values: NDArray[np.integer[Any]]) -> bytes:
    """Return integers of shape (rows, columns) as a coded stream prefixed by its length."""
    stream = encode_lattice(np.ascontiguousarray(values)[None, None])
    return pack_number(len(stream)) + stream

"""Concatenated integers and coded streams, read back with every length checked."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import ByteReader, pack_number
from vcore.entropy.lattice import decode_lattice, encode_lattice


class Bytes(ByteReader):
    """Bounds-checked reader for the output of ``pack_number`` and ``pack_rows``."""

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

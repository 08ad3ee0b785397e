"""JSON values of a known form as bytes: only their numbers (docs/codec.md, section 3)."""

import struct
from typing import Any

from vcore.errors import FormatError, TruncatedError

MAX_BYTES = 10
"""Of an integer: 64 bits and a little."""


def pack_integer(value: int) -> bytes:
    """Return a non-negative integer as LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def fits(form: Any, value: Any) -> bool:
    """Return whether ``value`` has the structure of ``form``, and numbers where that has some."""
    if isinstance(form, dict):
        same = isinstance(value, dict) and form.keys() == value.keys()
        return same and all(fits(form[name], value[name]) for name in form)
    if isinstance(form, list | tuple):
        same = isinstance(value, list | tuple) and len(form) == len(value)
        return same and all(fits(f, v) for f, v in zip(form, value, strict=True))
    if type(form) is int:
        return type(value) is int and abs(value) < 1 << 62
    return type(form) is float and type(value) in (int, float)


def pack(form: Any, value: Any) -> bytes:
    """Return the numbers of ``value``, which fits ``form``, in its order."""
    if isinstance(form, dict):
        return b"".join(pack(form[name], value[name]) for name in form)
    if isinstance(form, list | tuple):
        return b"".join(pack(f, v) for f, v in zip(form, value, strict=True))
    if type(form) is int:
        return pack_integer(2 * value if value >= 0 else -2 * value - 1)
    return struct.pack("<d", value)


class Reader:
    """Reads packed numbers one after another.

    Raises
    ------
    FormatError
        From its methods: the bytes end too early.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self.position = data, 0

    def take(self, length: int) -> bytes:
        """Return the next ``length`` bytes."""
        if self.position + length > len(self._data):
            raise TruncatedError("A chunk is damaged: its head ends too early.")
        self.position += length
        return self._data[self.position - length : self.position]

    def integer(self) -> int:
        """Return a non-negative integer."""
        value = 0
        for place in range(MAX_BYTES):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise FormatError("A chunk is damaged: an integer of more than 64 bits.")

    def values(self, form: Any) -> Any:
        """Return the JSON values of ``form``."""
        if isinstance(form, dict):
            return {name: self.values(inner) for name, inner in form.items()}
        if isinstance(form, list | tuple):
            return [self.values(inner) for inner in form]
        if type(form) is int:
            value = self.integer()
            return value // 2 if value % 2 == 0 else -(value + 1) // 2
        return struct.unpack("<d", self.take(8))[0]

"""Packing of JSON values with a known structure to their numbers alone (docs/codec.md, section
3)."""

import struct
from typing import Any

from vcore.container.varint import ByteReader, pack_number
from vcore.errors import TruncatedError


def fits(form: Any, value: Any) -> bool:
    """Return whether ``value`` has the structure and number types of ``form``."""
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
    """Return the packed numbers of ``value``, in the order of ``form``."""
    if isinstance(form, dict):
        return b"".join(pack(form[name], value[name]) for name in form)
    if isinstance(form, list | tuple):
        return b"".join(pack(f, v) for f, v in zip(form, value, strict=True))
    if type(form) is int:
        return pack_number(2 * value if value >= 0 else -2 * value - 1)
    return struct.pack("<d", value)


class HeadReader(ByteReader):
    """Reader of a chunk's head; raises TruncatedError if the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data, "A chunk", TruncatedError)

    def values(self, form: Any) -> Any:
        """Return the next JSON value, with the structure of ``form``."""
        if isinstance(form, dict):
            return {name: self.values(inner) for name, inner in form.items()}
        if isinstance(form, list | tuple):
            return [self.values(inner) for inner in form]
        if type(form) is int:
            value = self.number()
            return value // 2 if value % 2 == 0 else -(value + 1) // 2
        return struct.unpack("<d", self.take(8))[0]

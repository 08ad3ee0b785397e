"""LEB128 integers: seven bits per byte, least significant first (docs/format.md, section 3)."""

from vcore.errors import FormatError

MAX_BYTES = 9
"""Default maximum length of an integer in bytes, 63 bits."""


def pack_number(value: int) -> bytes:
    """Return a non-negative integer as LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


class ByteReader:
    """Sequential reader of bytes, with every length checked.

    Parameters
    ----------
    data
        The bytes.
    name
        Name of the data in error messages.
    truncated
        Error class for data that ends too early.

    Attributes
    ----------
    position
        Bytes read so far.
    """

    def __init__(
        self,
        data: bytes,
        name: str = "The section",
        truncated: type[FormatError] = FormatError,
    ) -> None:
        self._data, self._name, self._truncated = data, name, truncated
        self.position = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self.position

    def take(self, length: int) -> bytes:
        """Return the next ``length`` bytes.

        Raises
        ------
        FormatError
            Fewer bytes are left.
        """
        part = self._data[self.position : self.position + length]
        if len(part) < length:
            raise self._end()
        self.position += length
        return part

    def number(self, max_bytes: int = MAX_BYTES) -> int:
        """Return the next LEB128 integer.

        Raises
        ------
        FormatError
            The data ends within the integer, or the integer is longer than ``max_bytes``.
        """
        value = 0
        end = self.position + max_bytes
        for place, byte in enumerate(self._data[self.position : end]):
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                self.position += place + 1
                return value
        if self.left < max_bytes:
            raise self._end()
        bits = 7 * max_bytes
        raise FormatError(
            f"{self._name} is damaged: an impossible number, of more than {bits} bits."
        )

    def _end(self) -> FormatError:
        return self._truncated(f"{self._name} is damaged: its bytes end too early.")

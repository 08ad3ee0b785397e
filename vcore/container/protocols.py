"""Protocol of the byte sources that compressed files are read from."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class ByteSource(Protocol):
    """Random access to bytes. ``read`` may be called from several threads at once."""

    @property
    def name(self) -> str:
        """Name used in messages."""
        ...

    @property
    def size(self) -> int:
        """Number of bytes available now."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``; raise TruncatedError if there are
        fewer."""
        ...

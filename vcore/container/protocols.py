"""What a compressed file is read from."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class ByteSource(Protocol):
    """Random access to bytes. ``read`` may be called from several threads at once."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    @property
    def size(self) -> int:
        """Number of bytes that are there now."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``; raise TruncatedError if there are
        fewer."""
        ...

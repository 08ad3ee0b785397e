"""A source that records what is read."""

from vcore.container.sources import BytesSource


class CountingSource:
    """Bytes in memory that record reads."""

    def __init__(self, data: bytes) -> None:
        self._inner = BytesSource(data, "counted.vcore")
        self.name, self.size = self._inner.name, self._inner.size
        self.reads: list[tuple[int, int]] = []

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._inner.read(offset, length)

    @property
    def total(self) -> int:
        """Bytes read so far."""
        return sum(length for _, length in self.reads)

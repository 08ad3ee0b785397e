"""Block cache for remote files: fewer requests by fetching and caching whole blocks."""

from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise

from vcore.container.protocols import ByteSource
from vcore.runtime.single_flight import SingleFlight

BLOCK = 4096
"""Block size in bytes: adjacent index, header and short units come in one request."""
MAX_BLOCKS = 4096
"""Maximum number of cached blocks, 16 MiB: neighbouring regions share units."""


class BlockCache:
    """Cached ranged reader over a reader with a high latency per request.

    Parameters
    ----------
    source
        Reader of blocks that are not cached.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.name, self.size = source.name, source.size
        self._blocks: SingleFlight[bytes] = SingleFlight(MAX_BLOCKS)

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``; raises the errors of ``source``."""
        if length == 0 or offset + length > self.size:
            return self._source.read(offset, length)
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        claimed = {i: self._blocks.claim(i) for i in range(first, last + 1)}
        missing = {i: future for i, (future, mine) in claimed.items() if mine}
        if missing:  # before waiting for other threads, which may wait for these blocks
            self._fetch(missing)
        joined = b"".join(future.result() for future, _ in claimed.values())
        return joined[offset - first * BLOCK :][:length]

    def _fetch(self, missing: dict[int, Future[bytes]]) -> None:
        """Fetch blocks, one request per run of adjacent ones."""
        left = dict(missing)
        try:
            for first, stop in _runs(list(missing)):
                start = first * BLOCK
                data = self._source.read(start, min(stop * BLOCK, self.size) - start)
                for i in range(first, stop):
                    block = data[i * BLOCK - start : (i + 1) * BLOCK - start]
                    self._blocks.finish(i, left.pop(i), block)
        except BaseException as error:
            for i, future in left.items():
                self._blocks.fail(i, future, error)
            raise

    def __getstate__(self) -> "ByteSource":
        return self._source

    def __setstate__(self, source: "ByteSource") -> None:
        self.__init__(source)  # type: ignore[misc]


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each run of consecutive numbers."""
    first = numbers[0]
    for before, after in pairwise([*numbers, -1]):
        if after != before + 1:
            yield first, before + 1
            first = after

"""Fewer requests for files far away: bytes are fetched in blocks, and the last ones are kept."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import pairwise

from vcore.container.protocols import ByteSource

BLOCK = 4096
"""Bytes of a block: an index, a header and short units that lie together come in one request."""
KEPT_BLOCKS = 4096
"""Blocks that are kept, 16 MiB: neighbouring regions need units that were fetched before."""


class BlockCache:
    """A ranged reader over another whose every request costs time.

    Parameters
    ----------
    source
        The reader that asks for what is not kept.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.name, self.size = source.name, source.size
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._under_way: dict[int, Future[dict[int, bytes]]] = {}
        self._lock = threading.Lock()

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``; raises as the reader below."""
        if length == 0 or offset + length > self.size:
            return self._source.read(offset, length)
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        mine: Future[dict[int, bytes]] = Future()
        with self._lock:
            found = {i: self._kept[i] for i in range(first, last + 1) if i in self._kept}
            for i in found:
                self._kept.move_to_end(i)
            missing = [i for i in range(first, last + 1) if i not in found]
            others = {i: self._under_way[i] for i in missing if i in self._under_way}
            missing = [i for i in missing if i not in others]
            self._under_way |= dict.fromkeys(missing, mine)
        if missing:
            found |= self._fetch(missing, mine)
        for i, future in others.items():  # after its own, which others may wait for
            found[i] = future.result()[i]
        joined = b"".join(found[i] for i in range(first, last + 1))
        return joined[offset - first * BLOCK :][:length]

    def _fetch(self, missing: list[int], future: Future[dict[int, bytes]]) -> dict[int, bytes]:
        """Return blocks, asked for by run; ``future`` gets them too."""
        fetched = {}
        try:
            for first, stop in _runs(missing):
                start = first * BLOCK
                data = self._source.read(start, min(stop * BLOCK, self.size) - start)
                for i in range(first, stop):
                    fetched[i] = data[i * BLOCK - start : (i + 1) * BLOCK - start]
        except BaseException as error:
            self._done(missing, {})
            future.set_exception(error)
            raise
        self._done(missing, fetched)
        future.set_result(fetched)
        return fetched

    def _done(self, numbers: list[int], blocks: dict[int, bytes]) -> None:
        with self._lock:
            for i in numbers:
                del self._under_way[i]
            self._kept |= blocks
            while len(self._kept) > KEPT_BLOCKS:
                self._kept.popitem(last=False)

    def __getstate__(self) -> "ByteSource":
        return self._source

    def __setstate__(self, source: "ByteSource") -> None:
        self.__init__(source)  # type: ignore[misc]


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield first number and end of each run."""
    first = numbers[0]
    for before, after in pairwise([*numbers, -1]):
        if after != before + 1:
            yield first, before + 1
            first = after

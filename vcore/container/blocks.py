"""Fewer requests for files far away: bytes are fetched in blocks, and the last ones are kept."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcore.container.sources import ByteSource

BLOCK = 4096
"""Bytes of a block: an index, a header and short units that lie together come in one request."""
KEPT_BLOCKS = 4096
"""Blocks that are kept, 16 MiB: neighbouring regions need units that were fetched before."""


class Blocks:
    """A ranged reader over another whose every request costs time.

    Parameters
    ----------
    source
        The reader that asks for what is not kept.
    """

    def __init__(self, source: "ByteSource") -> None:
        self._source = source
        self.name, self.size = source.name, source.size
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly ``length`` bytes from ``offset``; raises as the reader below."""
        if length == 0 or offset + length > self.size:
            return self._source.read(offset, length)
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        with self._lock:
            found = {i: self._kept[i] for i in range(first, last + 1) if i in self._kept}
            for i in found:
                self._kept.move_to_end(i)
        missing = [i for i in range(first, last + 1) if i not in found]
        if missing:  # in one request, over blocks that are kept too
            start = missing[0] * BLOCK
            stop = min((missing[-1] + 1) * BLOCK, self.size)
            data = self._source.read(start, stop - start)
            fetched = {
                i: data[i * BLOCK - start : (i + 1) * BLOCK - start]
                for i in range(missing[0], missing[-1] + 1)
            }
            found |= fetched
            self._keep(fetched)
        joined = b"".join(found[i] for i in range(first, last + 1))
        return joined[offset - first * BLOCK :][:length]

    def _keep(self, blocks: dict[int, bytes]) -> None:
        with self._lock:
            self._kept |= blocks
            while len(self._kept) > KEPT_BLOCKS:
                self._kept.popitem(last=False)

    def __getstate__(self) -> "ByteSource":
        return self._source

    def __setstate__(self, source: "ByteSource") -> None:
        self.__init__(source)  # type: ignore[misc]

"""Ranged reads of a chunk in a store, from a thread that may block."""

import asyncio
import math
from typing import Any, Protocol

from zarr.abc.store import ByteGetter, ByteRequest, RangeByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from vcore.errors import TruncatedError
from vcore.model.regions import shape_of
from vcore.zarr.chunk import FIRST_READ, LARGEST_HEAD, ChunkContext, ChunkHead, unpack
from vcore.zarr.selection import box_of

MAX_WHOLE = 0.5
"""Share of a chunk's voxels above which a selection fetches the whole chunk in one request."""


class SyncGetter(Protocol):
    """Required part of ``zarr.abc.store.SyncByteGetter``, new in zarr 3.3."""

    def get_sync(
        self, *, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        """Return the bytes of a range, None if there is no chunk."""


class LoopGetter:
    """Synchronous adapter of an asynchronous getter, for threads off the store's event loop."""

    def __init__(self, getter: ByteGetter, loop: asyncio.AbstractEventLoop) -> None:
        self._getter, self._loop = getter, loop

    def get_sync(
        self, *, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        wanted = _awaited(self._getter.get(prototype, byte_range))
        found: Buffer | None = asyncio.run_coroutine_threadsafe(wanted, self._loop).result()
        return found


class StoreByteSource:
    """A chunk in a store as a ``ByteSource``.

    Parameters
    ----------
    getter
        Getter of the chunk's bytes.
    prototype
        Prototype of the returned buffers.
    begin
        First ``FIRST_READ`` bytes of the chunk, or all of a shorter one.
    """

    name = "a chunk"

    def __init__(self, getter: SyncGetter, prototype: BufferPrototype, begin: bytes) -> None:
        self._getter, self._prototype, self._begin = getter, prototype, begin
        self.size = 0

    def head(self, shared: ChunkContext) -> ChunkHead:
        """Return the chunk's head; fetch more bytes if it is long."""
        while True:
            try:
                found = unpack(self._begin, shared)
            except TruncatedError:
                wanted = 4 * len(self._begin)
                if len(self._begin) < FIRST_READ or wanted > LARGEST_HEAD:
                    raise
                self._begin = self._get(0, wanted)
                continue
            self.size = found.size
            return found

    def read(self, offset: int, length: int) -> bytes:
        if offset + length <= len(self._begin):
            return self._begin[offset : offset + length]
        data = self._get(offset, offset + length)
        if len(data) != length:
            raise TruncatedError(
                f"Expected {length} bytes at offset {offset} of a chunk. Got {len(data)}: it is "
                f"damaged."
            )
        return data

    def _get(self, start: int, stop: int) -> bytes:
        if stop <= start:
            return b""
        wanted = RangeByteRequest(start, stop)
        found = self._getter.get_sync(prototype=self._prototype, byte_range=wanted)
        return b"" if found is None else found.to_bytes()


def first_range(selection: Any, shape: tuple[int, ...]) -> RangeByteRequest | None:
    """Return the bytes to fetch first for a selection of a chunk; None for the whole chunk."""
    box, _ = box_of(selection, shape)
    if math.prod(shape_of(box)) > MAX_WHOLE * math.prod(shape):
        return None
    return RangeByteRequest(0, FIRST_READ)


async def _awaited(wanted: Any) -> Any:
    return await wanted

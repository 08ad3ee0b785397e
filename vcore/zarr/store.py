"""Read-only Zarr store over a compressed file, with computed metadata and chunks decoded on
access."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import Buffer, BufferPrototype

from vcore.zarr.cache import ChunkCache
from vcore.zarr.keys import DecodedKeys
from vcore.zarr.protocols import Decoders


class DecodingStore(Store):
    """Read-only store of a dataset as a Zarr v3 hierarchy.

    A chunk is decoded on threads off the event loop, once for all concurrent readers. The store can
    be pickled if the dataset's source can.

    Parameters
    ----------
    dataset
        Dataset opened with ``vcore.open``.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, dataset: Decoders) -> None:
        super().__init__(read_only=True)
        self.dataset = dataset
        self.cache = ChunkCache(dataset.cache_bytes)
        self.hierarchy = self.keys_of(dataset)

    @staticmethod
    def keys_of(dataset: Any) -> DecodedKeys:
        """Return the keys and contents of a dataset."""
        return DecodedKeys.of(dataset)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DecodingStore) and (
            self.dataset is other.dataset or self.dataset.identity == other.dataset.identity
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DecodingStore({self.dataset.identity[0]!r})"

    def __getstate__(self) -> Decoders:
        return self.dataset

    def __setstate__(self, dataset: Decoders) -> None:
        self.__init__(dataset)  # type: ignore[misc]

    def with_read_only(self, read_only: bool = False) -> "DecodingStore":
        if not read_only:
            raise ValueError("A compressed file is read-only: decompress it, or compress anew.")
        return type(self)(self.dataset)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        await self._ensure_open()
        data = await self.read(key)
        return None if data is None else prototype.buffer.from_bytes(_cut(data, byte_range))

    async def read(self, key: str) -> bytes | None:
        """Return the bytes under ``key``, None if it does not exist."""
        if key in self.hierarchy.documents:
            return self.hierarchy.documents[key]
        chunk = self.hierarchy.chunk(key)
        if chunk is None:
            return None
        future = self.cache.get(key, chunk.encoded)
        # shielded: cancellation by one reader must not cancel the chunk for the others
        return await asyncio.shield(asyncio.wrap_future(future))

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        return list(await asyncio.gather(*(self.get(k, prototype, r) for k, r in key_ranges)))

    async def exists(self, key: str) -> bool:
        return key in self.hierarchy.documents or self.hierarchy.chunk(key) is not None

    async def getsize(self, key: str) -> int:
        if key in self.hierarchy.documents:
            return len(self.hierarchy.documents[key])
        chunk = self.hierarchy.chunk(key)
        if chunk is None:
            raise FileNotFoundError(key)
        return chunk.nbytes

    async def set(self, key: str, value: Buffer) -> None:
        self._check_writable()

    async def delete(self, key: str) -> None:
        self._check_writable()

    async def list(self) -> AsyncIterator[str]:
        for key in self.hierarchy.all_keys():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        for key in self.hierarchy.all_keys():
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        for name in self.hierarchy.folder(prefix):
            yield name


def _cut(data: bytes, byte_range: ByteRequest | None) -> bytes:
    if isinstance(byte_range, RangeByteRequest):
        return data[byte_range.start : byte_range.end]
    if isinstance(byte_range, OffsetByteRequest):
        return data[byte_range.offset :]
    if isinstance(byte_range, SuffixByteRequest):
        return data[-byte_range.suffix :] if byte_range.suffix else b""
    if byte_range is not None:
        raise ValueError(f"Unexpected byte_range, got {byte_range}.")
    return data

"""A read-only Zarr store over a compressed file: metadata is computed, chunks are decoded when
read."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.store import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)
from zarr.core.buffer import Buffer, BufferPrototype

from vcore.zarr.cache import ChunkCache
from vcore.zarr.metadata import array_path, documents

if TYPE_CHECKING:
    from vcore.dataset import Dataset
    from vcore.decoding import VariableDecoder

CHUNK_KEY = re.compile(r"(?P<array>.+)/c(?P<index>(/(0|[1-9][0-9]{0,17}))+)")


class DecodingStore(Store):
    """The arrays of a dataset as a Zarr v3 hierarchy.

    Reading a chunk decodes it on the process's decoding threads, off the event loop, once however
    many ask. The store can be pickled where its dataset's source can.

    Parameters
    ----------
    dataset
        What ``vcore.open`` returned.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, dataset: "Dataset") -> None:
        super().__init__(read_only=True)
        self.dataset = dataset
        self.cache = ChunkCache(dataset.cache_bytes)
        self._documents = documents(dataset)
        self._arrays: dict[str, tuple[VariableDecoder, int]] = {
            array_path(dataset, name, level): (decoder, level)
            for name, decoder in dataset.variables.items()
            for level in range(len(decoder.grids))
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DecodingStore) and (
            self.dataset is other.dataset or self.dataset.identity == other.dataset.identity
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DecodingStore({self.dataset.identity[0]!r})"

    def __getstate__(self) -> "Dataset":
        return self.dataset

    def __setstate__(self, dataset: "Dataset") -> None:
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
        """Return the bytes under ``key``, None where there is none."""
        if key in self._documents:
            return self._documents[key]
        chunk = self._chunk(key)
        if chunk is None:
            return None
        decoder, level, index = chunk
        future = self.cache.get(key, lambda: _chunk_bytes(decoder, level, index))
        # shielded: one reader that gives up must not take the chunk from the others
        return await asyncio.shield(asyncio.wrap_future(future))

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        return list(await asyncio.gather(*(self.get(k, prototype, r) for k, r in key_ranges)))

    async def exists(self, key: str) -> bool:
        return key in self._documents or self._chunk(key) is not None

    async def getsize(self, key: str) -> int:
        if key in self._documents:
            return len(self._documents[key])
        chunk = self._chunk(key)
        if chunk is None:
            raise FileNotFoundError(key)
        decoder, level, _ = chunk
        return int(np.prod(decoder.chunks[level])) * decoder.dtype.itemsize

    def _chunk(self, key: str) -> "tuple[VariableDecoder, int, tuple[int, ...]] | None":
        match = CHUNK_KEY.fullmatch(key)
        if match is None or match["array"] not in self._arrays:
            return None
        decoder, level = self._arrays[match["array"]]
        index = tuple(int(i) for i in match["index"].split("/")[1:])
        counts = _counts(decoder, level)
        if len(index) != len(counts) or any(i >= n for i, n in zip(index, counts, strict=True)):
            return None
        return decoder, level, index

    async def set(self, key: str, value: Buffer) -> None:
        self._check_writable()

    async def delete(self, key: str) -> None:
        self._check_writable()

    async def list(self) -> AsyncIterator[str]:
        for key in self._keys():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        for key in self._keys():
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        path = prefix.strip("/")
        start = f"{path}/" if path else ""
        seen = {
            key.removeprefix(start).split("/")[0]
            for key in self._documents
            if key.startswith(start)
        }
        for array in self._arrays:
            if path == array:
                seen.add("c")
            elif path == f"{array}/c" or path.startswith(f"{array}/c/"):
                seen.update(self._chunk_folder(array, path.split("/")[array.count("/") + 2 :]))
        for name in sorted(seen):
            yield name

    def _chunk_folder(self, array: str, index: Any) -> Iterable[str]:
        counts = _counts(*self._arrays[array])
        inside = all(i.isdigit() and int(i) < n for i, n in zip(index, counts, strict=False))
        if not inside or len(index) >= len(counts):
            return ()
        return (str(i) for i in range(counts[len(index)]))

    def _keys(self) -> Iterable[str]:
        yield from self._documents
        for array, (decoder, level) in self._arrays.items():
            for index in np.ndindex(*_counts(decoder, level)):
                yield "/".join([array, "c", *map(str, index)])


def _counts(decoder: "VariableDecoder", level: int) -> tuple[int, ...]:
    shape, chunk = decoder.shape(level), decoder.chunks[level]
    return tuple(-(-n // c) for n, c in zip(shape, chunk, strict=True))


def _chunk_bytes(decoder: "VariableDecoder", level: int, index: tuple[int, ...]) -> bytes:
    """Return a chunk's values as Zarr stores them: whole, little-endian, the part outside zero."""
    shape, chunk = decoder.shape(level), decoder.chunks[level]
    region = tuple(
        slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, chunk, shape, strict=True)
    )
    values = decoder.decode_chunk(region, level)
    little = decoder.dtype.newbyteorder("<")
    if values.shape == chunk:
        return values.astype(little, copy=False).tobytes()
    full = np.zeros(chunk, little)
    full[tuple(slice(0, n) for n in values.shape)] = values
    return full.tobytes()


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

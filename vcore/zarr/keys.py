"""Virtual Zarr v3 hierarchy of a compressed file: keys of documents and chunks, and their bytes."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.zarr.metadata import array_path, chunks_of, documents
from vcore.zarr.protocols import Decoders

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder

CHUNK_KEY = re.compile(r"(?P<array>.+)/c(?P<index>(/(0|[1-9][0-9]{0,17}))+)")


class Chunk(Protocol):
    """One chunk of an array."""

    @property
    def nbytes(self) -> int:
        """Length of ``encoded()``."""
        ...

    def encoded(self) -> bytes:
        """Decode the chunk on this thread; return its values as stored by Zarr: full shape,
        little-endian."""
        ...


class ChunkedArray(Protocol):
    """Array whose chunks are decoded on access."""

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along each axis."""
        ...

    def chunk(self, index: tuple[int, ...]) -> Chunk | None:
        """Return the chunk of an index within ``counts``; None if all of it is the fill value."""
        ...


@dataclass(frozen=True)
class LevelChunk:
    """One chunk of the array of one level.

    Attributes
    ----------
    index
        Index in the chunk grid, along the axes of the source.
    shape
        Full chunk shape along the same axes, also for chunks that extend beyond the array's end.
    """

    decoder: "LevelsDecoder"
    level: int
    index: tuple[int, ...]
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.decoder.dtype.itemsize

    def encoded(self) -> bytes:
        limits = self.decoder.source_shape(self.level)
        region = tuple(
            slice(i * c, min((i + 1) * c, n))
            for i, c, n in zip(self.index, self.shape, limits, strict=True)
        )
        decode = partial(self.decoder.decode_chunk, level=self.level)
        values = self.decoder.header.axis_map.take(region, decode)
        if values.shape != self.shape:
            full: NDArray[Any] = np.zeros(self.shape, values.dtype)
            full[tuple(slice(0, n) for n in values.shape)] = values
            values = full
        return stored_bytes(values, self.decoder.dtype)


def stored_bytes(values: NDArray[Any], dtype: np.dtype[Any]) -> bytes:
    """Return values as Zarr's codec ``bytes`` stores them: C order, little-endian."""
    return values.astype(dtype.newbyteorder("<"), copy=False).tobytes()


@dataclass(frozen=True)
class LevelArray:
    """Array of one level of a variable, in chunks of ``shape`` along the axes of the source."""

    decoder: "LevelsDecoder"
    level: int
    shape: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        shape = self.decoder.source_shape(self.level)
        return tuple(-(-n // c) for n, c in zip(shape, self.shape, strict=True))

    def chunk(self, index: tuple[int, ...]) -> LevelChunk:
        return LevelChunk(self.decoder, self.level, index, self.shape)


class DecodedKeys:
    """Keys and contents of a virtual Zarr hierarchy.

    Parameters
    ----------
    documents
        Metadata documents by key.
    arrays
        Arrays by path.
    """

    def __init__(self, documents: dict[str, bytes], arrays: Mapping[str, ChunkedArray]) -> None:
        self.documents, self._arrays = documents, arrays

    @classmethod
    def of(cls, dataset: Decoders, side: int | None = None) -> "DecodedKeys":
        """Return the hierarchy of a dataset.

        Parameters
        ----------
        dataset
            Dataset opened with ``vcore.open``.
        side
            Side of the chunks in voxels. Default: the file's natural decoding unit.
        """
        arrays = {
            array_path(dataset, name, level): LevelArray(
                decoder, level, chunks_of(decoder, level, side)
            )
            for name, decoder in dataset.variables.items()
            for level in range(len(decoder.grids))
        }
        return cls(documents(dataset, side), arrays)

    def chunk(self, key: str) -> Chunk | None:
        """Return the chunk under ``key``, None if there is none."""
        match = CHUNK_KEY.fullmatch(key)
        if match is None or match["array"] not in self._arrays:
            return None
        index = tuple(int(i) for i in match["index"].split("/")[1:])
        array = self._arrays[match["array"]]
        counts = array.counts
        if len(index) != len(counts) or any(i >= n for i, n in zip(index, counts, strict=True)):
            return None
        return array.chunk(index)

    def all_keys(self) -> Iterable[str]:
        """Return every key."""
        yield from self.documents
        for path, array in self._arrays.items():
            for index in np.ndindex(*array.counts):
                if array.chunk(index) is not None:
                    yield "/".join([path, "c", *map(str, index)])

    def folder(self, prefix: str) -> list[str]:
        """Return the names in the folder ``prefix``, empty if it does not exist."""
        path = prefix.strip("/")
        start = f"{path}/" if path else ""
        seen = {
            key.removeprefix(start).split("/")[0] for key in self.documents if key.startswith(start)
        }
        for array in self._arrays:
            if path == array:
                seen.add("c")
            elif path == f"{array}/c" or path.startswith(f"{array}/c/"):
                seen.update(self._chunk_folder(array, path.split("/")[array.count("/") + 2 :]))
        return sorted(seen)

    def _chunk_folder(self, array: str, index: Any) -> Iterable[str]:
        counts = self._arrays[array].counts
        inside = all(i.isdigit() and int(i) < n for i, n in zip(index, counts, strict=False))
        if not inside or len(index) >= len(counts):
            return ()
        return (str(i) for i in range(counts[len(index)]))

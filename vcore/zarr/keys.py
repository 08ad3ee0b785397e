"""Virtual Zarr v3 hierarchy of a compressed file: keys of documents and chunks, and their bytes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.zarr.metadata import array_path, chunks_of, documents
from vcore.zarr.protocols import Decoders

if TYPE_CHECKING:
    from vcore.engine.levels import LevelsDecoder

CHUNK_KEY = re.compile(r"(?P<array>.+)/c(?P<index>(/(0|[1-9][0-9]{0,17}))+)")


@dataclass(frozen=True)
class Chunk:
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
        """Length of ``encoded()``."""
        return int(np.prod(self.shape)) * self.decoder.dtype.itemsize

    def encoded(self) -> bytes:
        """Decode the chunk on this thread; return its values as stored by Zarr: full shape,
        little-endian, zero outside of the array."""
        limits = self.decoder.source_shape(self.level)
        region = tuple(
            slice(i * c, min((i + 1) * c, n))
            for i, c, n in zip(self.index, self.shape, limits, strict=True)
        )
        decode = partial(self.decoder.decode_chunk, level=self.level)
        values = self.decoder.header.axis_map.take(region, decode)
        little = self.decoder.dtype.newbyteorder("<")
        if values.shape == self.shape:
            return values.astype(little, copy=False).tobytes()
        full = np.zeros(self.shape, little)
        full[tuple(slice(0, n) for n in values.shape)] = values
        return full.tobytes()


class DecodedKeys:
    """Keys and contents of a dataset's Zarr hierarchy.

    Parameters
    ----------
    dataset
        Dataset opened with ``vcore.open``.
    side
        Side of the chunks in voxels. Default: the file's natural decoding unit.
    """

    def __init__(self, dataset: Decoders, side: int | None = None) -> None:
        self.documents: dict[str, bytes] = documents(dataset, side)
        self._arrays = {
            array_path(dataset, name, level): (decoder, level, chunks_of(decoder, level, side))
            for name, decoder in dataset.variables.items()
            for level in range(len(decoder.grids))
        }

    def chunk(self, key: str) -> Chunk | None:
        """Return the chunk under ``key``, None if there is none."""
        match = CHUNK_KEY.fullmatch(key)
        if match is None or match["array"] not in self._arrays:
            return None
        index = tuple(int(i) for i in match["index"].split("/")[1:])
        counts = self._counts(match["array"])
        if len(index) != len(counts) or any(i >= n for i, n in zip(index, counts, strict=True)):
            return None
        decoder, level, shape = self._arrays[match["array"]]
        return Chunk(decoder, level, index, shape)

    def all_keys(self) -> Iterable[str]:
        """Return every key."""
        yield from self.documents
        for array in self._arrays:
            for index in np.ndindex(*self._counts(array)):
                yield "/".join([array, "c", *map(str, index)])

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
        counts = self._counts(array)
        inside = all(i.isdigit() and int(i) < n for i, n in zip(index, counts, strict=False))
        if not inside or len(index) >= len(counts):
            return ()
        return (str(i) for i in range(counts[len(index)]))

    def _counts(self, array: str) -> tuple[int, ...]:
        decoder, level, chunk = self._arrays[array]
        shape = decoder.source_shape(level)
        return tuple(-(-n // c) for n, c in zip(shape, chunk, strict=True))

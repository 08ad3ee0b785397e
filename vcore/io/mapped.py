"""Contiguous values in a file: memory-mapped, or decompressed once."""

import bz2
import gzip
import io
import zlib
from collections.abc import Sequence
from threading import Lock
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.errors import InputError, MemoryLimitError
from vcore.io.lazy import Lazy
from vcore.io.request import check_file, reading
from vcore.model.regions import Region
from vcore.model.volume import LazyArray
from vcore.runtime.memory import available_bytes

READ_SIZE = 1 << 20
"""Number of bytes decompressed at a time."""


def check_memory(nbytes: int, path: str) -> None:
    """Raise MemoryLimitError if ``nbytes`` exceed the available memory."""
    available = available_bytes()
    if nbytes > available:
        raise MemoryLimitError(
            f"Expected at most {available} bytes of values, the memory available. Got {nbytes} "
            f"bytes in {path} instead, which can only be read whole: decompress the file first, "
            f"then vcore reads it in place."
        )


def nbytes_of(shape: Sequence[int], dtype: DTypeLike) -> int:
    """Return the size of an array in bytes, without overflow for any shape a file may declare."""
    return int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize


def open_stream(path: str, codec: str = "", start: int = 0) -> BinaryIO:
    """Open ``path`` at byte ``start``, decompressing the rest ("gzip", "bz2", "zlib" or "")."""
    file = open(path, "rb")  # noqa: SIM115
    file.seek(start)
    if not codec:
        return file
    return _OwningReader(_decoder(file, codec), file)


def stored_array(
    path: str,
    shape: Sequence[int],
    dtype: DTypeLike,
    *,
    offset: int = 0,
    codec: str = "",
    start: int = 0,
    order: Literal["C", "F"] = "C",
    exact: bool = False,
) -> LazyArray:
    """Return an array stored contiguously in a file.

    Parameters
    ----------
    path
        Path of the file.
    shape, dtype, order
        Layout of the array; the dtype includes the byte order.
    offset
        Bytes before the values, counted after decompression.
    codec
        "gzip", "bz2", "zlib", or "" for uncompressed values, which are memory-mapped.
    start
        Byte of the file at which the compressed stream starts.
    exact
        Whether trailing bytes are an error.

    Raises
    ------
    InputError
        The file has too few bytes, or trailing ones although ``exact``.
    MemoryLimitError
        A compressed array exceeds the available memory.
    """
    size = check_file(path)
    if offset < 0:
        raise InputError(
            f"Expected an `offset` of 0 bytes or more. Got {offset} for {path} instead."
        )
    if any(int(n) < 1 for n in shape):
        raise InputError(f"Expected axes of at least one voxel. Got shape {tuple(shape)} instead.")
    nbytes = nbytes_of(shape, dtype)
    if codec:
        check_memory(nbytes, path)
        return Decompressed(path, shape, dtype, offset, codec, start, order, exact)
    if size < offset + nbytes or (exact and size > offset + nbytes):
        raise _wrong_size(path, shape, dtype, offset, str(size))
    shape = tuple(int(n) for n in shape)
    with reading(path, "file of values"):
        return np.memmap(path, np.dtype(dtype), "r", offset, shape, order)


class Decompressed(Lazy):
    """An array in a compressed stream, which can only be read from the start."""

    def __init__(
        self,
        path: str,
        shape: Sequence[int],
        dtype: DTypeLike,
        offset: int,
        codec: str,
        start: int,
        order: Literal["C", "F"],
        exact: bool,
    ) -> None:
        super().__init__(shape, dtype)
        self._path, self._offset, self._codec, self._start = path, offset, codec, start
        self._order, self._exact = order, exact
        self._values: NDArray[Any] | None = None
        self._lock = Lock()

    def load(self) -> None:
        self._whole()

    def release(self) -> None:
        self._values = None

    def _read(self, region: Region) -> NDArray[Any]:
        part: NDArray[Any] = self._whole()[region]
        return part

    def _whole(self) -> NDArray[Any]:
        with self._lock:
            values = self._values
            if values is None:
                values = self._values = self._decompress()
            return values

    def _decompress(self) -> NDArray[Any]:
        nbytes = nbytes_of(self.shape, self.dtype)
        check_memory(nbytes, self._path)
        buffer = np.empty(nbytes, np.uint8)
        with (
            reading(self._path, f"{self._codec} stream"),
            open_stream(self._path, self._codec, self._start) as stream,
        ):
            skipped = _skip(stream, self._offset)
            got = _fill(stream, buffer) if skipped == self._offset else 0
            # one extra byte reveals a longer stream, without unpacking a decompression bomb
            more = bool(stream.read(1)) if self._exact else False
        if got < nbytes or more:
            found = f"more than {self._offset + nbytes}" if more else str(skipped + got)
            raise _wrong_size(self._path, self.shape, self.dtype, self._offset, found)
        return buffer.view(self.dtype).reshape(self.shape, order=self._order)


def _wrong_size(
    path: str, shape: Sequence[int], dtype: DTypeLike, offset: int, found: str
) -> InputError:
    behind = f" behind {offset} bytes of header" if offset else ""
    return InputError(
        f"Expected {nbytes_of(shape, dtype)} bytes of values{behind} in {path} (shape "
        f"{tuple(int(n) for n in shape)}, {np.dtype(dtype).name}). Got {found} bytes in all "
        f"instead: the file is cut off, or its `shape`, `dtype` or `offset` is wrong."
    )


def _skip(stream: BinaryIO, count: int) -> int:
    done = 0
    while done < count and (piece := stream.read(min(count - done, READ_SIZE))):
        done += len(piece)
    return done


def _fill(stream: BinaryIO, buffer: NDArray[np.uint8]) -> int:
    done = 0
    while done < buffer.size:
        piece = stream.read(min(buffer.size - done, READ_SIZE))
        if not piece:
            break
        buffer[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    return done


def _decoder(file: BinaryIO, codec: str) -> io.RawIOBase:
    if codec == "gzip":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if codec == "bz2":
        return bz2.BZ2File(file)  # type: ignore[return-value]
    return _Inflating(file)


class _Inflating(io.RawIOBase):
    """A zlib stream, as used by MetaImage, decompressed in pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._inflate = file, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        limit = size if size > 0 else READ_SIZE
        while not self._inflate.eof:
            source = self._inflate.unconsumed_tail or self._file.read(READ_SIZE)
            if not source:
                raise EOFError("the zlib stream ends early")
            if piece := self._inflate.decompress(source, limit):
                return piece
        return b""


class _OwningReader(io.BufferedReader):
    """A decompressing reader that also closes the underlying file."""

    def __init__(self, decoder: io.RawIOBase, file: BinaryIO) -> None:
        super().__init__(_Raw(decoder), READ_SIZE)
        self._under = file

    def close(self) -> None:
        super().close()
        self._under.close()


class _Raw(io.RawIOBase):
    """``readinto`` in terms of ``read``, shared by the three decoders."""

    def __init__(self, decoder: io.RawIOBase) -> None:
        self._decoder, self._position = decoder, 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        piece = self._decoder.read(len(buffer)) or b""
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

"""Ranged readers of compressed files: on disk, in memory, over HTTP, by fsspec, from streams."""

import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Self

from vcore.container.block_cache import BlockCache
from vcore.container.protocols import ByteSource
from vcore.errors import (
    FormatError,
    InputError,
    MissingExtraError,
    SourceError,
    TruncatedError,
    VcoreError,
)
from vcore.runtime.lanes import own_lane


class FileSource:
    """File on disk, opened for each read, so there is no handle to close, lock or pickle."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        try:
            self.size = self.path.stat().st_size
        except OSError as error:
            raise SourceError(
                f"Expected a readable file. Got {path} instead: {error.strerror}."
            ) from error
        if self.path.is_dir():
            raise InputError(f"Expected a .vcore file. Got the folder {path} instead.")
        if not self.path.is_file():  # reading a pipe would block
            raise InputError(f"Expected a .vcore file. Got {path} instead, a pipe or device.")

    @property
    def name(self) -> str:
        return str(self.path)

    def read(self, offset: int, length: int) -> bytes:
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(offset)
                data = file.read(length)
        except OSError as error:
            raise SourceError(f"Could not read {self.path}: {error.strerror}.") from error
        return _exactly(data, offset, length, self.name)


class BytesSource:
    """Bytes in memory."""

    def __init__(self, data: bytes, name: str = "bytes in memory") -> None:
        self._data = data
        self.name = name
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes:
        return _exactly(self._data[offset : offset + length], offset, length, self.name)


class HttpSource:
    """File behind HTTP(S), read with range requests."""

    def __init__(self, url: str) -> None:
        self.name = url
        request = urllib.request.Request(url, headers={"Range": "bytes=0-0"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                span = response.headers.get("Content-Range", "")
                if response.status != 206 or "/" not in span:
                    raise InputError(
                        f"Expected a server that answers range requests. {url} does not: "
                        f"download the file and open it from disk."
                    )
                self.size = int(span.rpartition("/")[2])
        except (urllib.error.URLError, ValueError, OSError) as error:
            if isinstance(error, InputError):
                raise
            raise SourceError(f"Could not read {url}: {error}.") from error

    def read(self, offset: int, length: int) -> bytes:
        if length == 0:
            return b""
        last = offset + length - 1
        request = urllib.request.Request(self.name, headers={"Range": f"bytes={offset}-{last}"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                data = response.read(length)
        except (urllib.error.URLError, OSError) as error:
            raise SourceError(
                f"Could not read bytes {offset} to {last} of {self.name}: {error}."
            ) from error
        return _exactly(data, offset, length, self.name)


class FsspecSource:
    """File on any fsspec filesystem: S3, GCS, HTTP with credentials, inside an archive.

    Parameters
    ----------
    filesystem
        Synchronous fsspec filesystem.
    path
        Path on this filesystem.
    name
        Name used in messages.
    """

    def __init__(self, filesystem: Any, path: str, name: str) -> None:
        self._filesystem, self._path, self.name = filesystem, path, name
        with _readable(name):
            self.size = int(filesystem.info(path)["size"])

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Open a URL with a protocol supported by fsspec.

        Raises
        ------
        MissingExtraError
            fsspec or the package of the protocol is not installed.
        InputError
            The file does not exist or cannot be read.
        """
        with _readable(url):
            from fsspec.core import url_to_fs

            filesystem, path = url_to_fs(url)
            return cls(filesystem, path, url)

    @classmethod
    def from_protocol(cls, protocol: str, path: str, options: Mapping[str, Any]) -> Self:
        """Open ``path`` on the filesystem with these options; raises the errors of ``from_url``."""
        name = path if "://" in path else f"{protocol}://{path.lstrip('/')}"
        with _readable(name):
            import fsspec

            return cls(fsspec.filesystem(protocol, **options), path, name)

    def read(self, offset: int, length: int) -> bytes:
        if length == 0:
            return b""
        with _readable(self.name):
            data = self._filesystem.cat_file(self._path, start=offset, end=offset + length)
        return _exactly(data, offset, length, self.name)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Convert all errors of a filesystem to InputError or MissingExtraError."""
    try:
        yield
    except VcoreError:
        raise
    except ImportError as error:
        raise MissingExtraError(
            f"Expected a package that reads {name}. Got '{error}' instead: install it with "
            f"pip install 'vcore-volumes[remote]', and s3fs, gcsfs or adlfs for such stores."
        ) from error
    except Exception as error:
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise InputError(
            f"Expected a readable file at {name}. Got '{reason}' instead: check the address "
            f"and its permissions."
        ) from error


class StreamSource:
    """Seekable binary stream, such as those of fsspec, zipfile or ``io.BytesIO``."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.name = str(getattr(stream, "name", "a stream"))
        self.size = stream.seek(0, os.SEEK_END)

    def read(self, offset: int, length: int) -> bytes:
        # threads waiting for the lock may occupy all threads that the stream needs
        with self._lock, own_lane():
            self._stream.seek(offset)
            data = self._stream.read(length)
        return _exactly(data, offset, length, self.name)


def _exactly(data: bytes, offset: int, length: int, name: str) -> bytes:
    if len(data) != length:
        raise TruncatedError(
            f"Expected {length} bytes at offset {offset} of {name}. Got {len(data)} instead: "
            f"the file is truncated or still being written."
        )
    return data


def open_source(source: Any) -> ByteSource:
    """Return a ranged reader for a path, a URL, bytes, a binary stream or a reader.

    URLs other than http(s), such as s3://, require fsspec and the package of their protocol.

    Raises
    ------
    FormatError
        The source is none of these.
    InputError
        The source does not exist or cannot be read.
    """
    if isinstance(source, ByteSource):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        return BytesSource(bytes(source))
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        return BlockCache(HttpSource(source))
    if isinstance(source, str) and "://" in source:
        return BlockCache(FsspecSource.from_url(source))
    if isinstance(source, str | os.PathLike):
        return FileSource(source)
    if hasattr(source, "read") and hasattr(source, "seek"):
        return StreamSource(source)
    raise FormatError(
        f"Expected a path, a URL, bytes or a binary stream. Got {type(source).__name__} instead."
    )

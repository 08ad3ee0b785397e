"""The fsspec protocol `vcore`: compressed files as folders of Zarr documents and chunks.

`vcore://run01.vcore` is a local file; `vcore::https://…`, `vcore::s3://…` and other fsspec chains
are read by byte range, fetching only what a chunk needs. Paths can continue inside the file:
`vcore://run01.vcore/0`.
"""

import io
import os
from typing import TYPE_CHECKING, Any

from fsspec.asyn import AsyncFileSystem

from vcore.container.block_cache import BlockCache
from vcore.container.sources import FileSource, FsspecSource
from vcore.dataset import CACHE_BYTES
from vcore.errors import InputError
from vcore.file_dataset import FileDataset
from vcore.runtime.served import aside
from vcore.runtime.single_flight import once_cache
from vcore.zarr.store import DecodingStore

if TYPE_CHECKING:
    from vcore.container.protocols import ByteSource

KEPT_FILES = 8
"""Maximum number of files with cached chunks per filesystem."""
SUFFIX = ".vcore"


class VcoreFileSystem(AsyncFileSystem):  # type: ignore[misc]
    """A read-only filesystem over compressed files, for `zarr.open`, xarray, dask and others.

    Parameters
    ----------
    fo
        URL of a single file, set by fsspec's chaining; without it, every path starts with a local
        `.vcore` file.
    target_protocol, target_options
        Filesystem of ``fo``.
    cache_bytes
        Maximum size of the cache of decoded chunks per file, in bytes.

    Examples
    --------
    >>> zarr.open("vcore://bonsai.vcore", mode="r")["0"][64:128, 64:128, 64:128]
    >>> options = {"s3": {"anon": True}}
    >>> zarr.open("vcore::s3://bucket/bonsai.vcore", mode="r", storage_options=options)
    """

    protocol = "vcore"
    root_marker = ""

    def __init__(
        self,
        fo: str = "",
        target_protocol: str | None = None,
        target_options: dict[str, Any] | None = None,
        cache_bytes: int = CACHE_BYTES,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._fo, self._protocol = fo, target_protocol or "file"
        self._options = target_options or {}
        self._cache_bytes = cache_bytes
        self._is_local = self._protocol in ("file", "local")
        self._stores = once_cache(KEPT_FILES)(self._open_store)

    def _split(self, path: str) -> tuple[str, str]:
        """Split ``path`` into the compressed file and the key inside it."""
        path = self._strip_protocol(path)
        if self._fo:
            return self._fo, path.strip("/")
        parts = path.split("/")
        for i, part in enumerate(parts):
            if part.lower().endswith(SUFFIX):
                return "/".join(parts[: i + 1]), "/".join(parts[i + 1 :]).strip("/")
        raise FileNotFoundError(
            f"Expected the path of a {SUFFIX} file, or a path inside one. Got {path!r} instead."
        )

    def _open_store(self, file: str, _: Any) -> DecodingStore:
        source: ByteSource
        if self._is_local:
            source = FileSource(file)
        else:
            source = BlockCache(FsspecSource.from_protocol(self._protocol, file, self._options))
        return DecodingStore(FileDataset(source, cache_bytes=self._cache_bytes))

    async def _find_store(self, path: str) -> tuple[DecodingStore, str]:
        file, key = self._split(path)
        # reopen a rewritten local file
        version = _version(file) if self._is_local else None
        store = self._stores.kept(file, version)
        if store is None:
            # off the event loop: reading the header of a remote file may use this loop and its
            # thread pool
            store = await aside(self._stores, file, version)
        return store, key

    async def _cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **_: Any
    ) -> bytes:
        store, key = await self._find_store(path)
        data = await store.read(key)
        if data is None:
            raise FileNotFoundError(path)
        return data[start:end]

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        store, key = await self._find_store(path)
        return await self._entry(store, key, self._strip_protocol(path))

    async def _entry(self, store: DecodingStore, key: str, name: str) -> dict[str, Any]:
        if await store.exists(key):
            return {"name": name, "size": await store.getsize(key), "type": "file"}
        async for _ in store.list_dir(key):
            return {"name": name, "size": 0, "type": "directory"}
        raise FileNotFoundError(name)

    async def _ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        store, key = await self._find_store(path)
        path = self._strip_protocol(path)
        entry = await self._entry(store, key, path)
        if entry["type"] == "file":
            return [entry] if detail else [path]
        names = [name async for name in store.list_dir(key)]
        paths = [f"{path}/{name}".lstrip("/" if self._fo else "") for name in names]
        if not detail:
            return paths
        keys = [f"{key}/{name}".lstrip("/") for name in names]
        return [await self._entry(store, k, p) for k, p in zip(keys, paths, strict=True)]

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
        if mode != "rb":
            raise _read_only()
        return io.BytesIO(self.cat_file(path))

    async def _refuse(self, *_: Any, **__: Any) -> None:
        raise _read_only()

    _pipe_file = _put_file = _cp_file = _rm_file = _mkdir = _makedirs = _refuse


def _version(file: str) -> tuple[int, int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None  # FileSource raises the error
    return found.st_mtime_ns, found.st_size


def _read_only() -> InputError:
    return InputError("A compressed file is read-only: decompress it, or compress again.")

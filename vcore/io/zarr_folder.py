"""Stores of Zarr folders, whose links are confined, and of zipped hierarchies."""

import os
from collections.abc import Iterable
from pathlib import Path

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, ZipStore

from vcore.io.outside import Trusted, check_inside


class ConfinedStore(LocalStore):
    """A folder whose links are followed only within it; any other raises InputError."""

    def _check(self, key: str) -> None:
        check_inside(str(self.root), self.root / key)

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        self._check(key)
        return await super().get(key, prototype, byte_range)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        wanted = list(key_ranges)
        for key, _ in wanted:
            self._check(key)
        return await super().get_partial_values(prototype, wanted)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        self._check(key)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)


def zarr_store(path: str, *, allow_outside: bool = False) -> str | ConfinedStore | ZipStore:
    """Return a read-only store of a folder or zip file, or the URL itself, for ``zarr.open``.

    Parameters
    ----------
    path
        A folder, zip file or URL; links of a ``Trusted`` one may leave it.
    allow_outside
        Whether links of any other path may leave it.
    """
    if os.path.isfile(path):
        return ZipStore(path, mode="r")
    if allow_outside or isinstance(path, Trusted) or "://" in path or not os.path.isdir(path):
        return path
    return ConfinedStore(Path(path), read_only=True)

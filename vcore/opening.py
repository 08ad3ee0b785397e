"""``vcore.open``: a compressed file, or the folder of a compressed hierarchy."""

import os
from typing import Any

from vcore.dataset import CACHE_BYTES, Dataset


def open_dataset(
    source: Any, *, cache_bytes: int = CACHE_BYTES, allow_outside: bool = False
) -> Dataset:
    """Open a compressed file, or the folder of a compressed hierarchy; see ``Dataset``.

    Links in such a folder may lead out of it with ``allow_outside`` only.
    """
    if isinstance(source, str | os.PathLike) and os.path.isdir(source):
        from vcore.hierarchy.dataset import HierarchyDataset
        from vcore.io.formats import is_zarr
        from vcore.io.outside import Trusted

        path = Trusted(source) if allow_outside else os.fspath(source)
        if is_zarr(path):
            return HierarchyDataset(path, cache_bytes=cache_bytes)
    return Dataset(source, cache_bytes=cache_bytes)

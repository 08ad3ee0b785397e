"""The lazy doors: compressed files as read-only Zarr hierarchies that decode when read, and the
codec of arrays whose chunks are compressed."""

import importlib
from typing import TYPE_CHECKING, Any

from vcore.zarr.metadata import array_path
from vcore.zarr.store import DecodingStore

if TYPE_CHECKING:
    from vcore.zarr.codec import VcoreCodec

__all__ = ["DecodingStore", "VcoreCodec", "array_path"]


def __getattr__(name: str) -> Any:
    if name == "VcoreCodec":  # reading a file needs nothing of what encodes
        return importlib.import_module("vcore.zarr.codec").VcoreCodec
    raise AttributeError(f"module 'vcore.zarr' has no attribute {name!r}")

"""Lazy access through Zarr: compressed files as read-only hierarchies decoded on access, and a
chunk codec for Zarr arrays."""

import importlib
from typing import TYPE_CHECKING, Any

from vcore.zarr.metadata import array_path
from vcore.zarr.store import DecodingStore

if TYPE_CHECKING:
    from vcore.zarr.codec import VcoreCodec

__all__ = ["DecodingStore", "VcoreCodec", "array_path"]


def __getattr__(name: str) -> Any:
    if name == "VcoreCodec":  # reading files does not need the encoders
        return importlib.import_module("vcore.zarr.codec").VcoreCodec
    raise AttributeError(f"module 'vcore.zarr' has no attribute {name!r}")

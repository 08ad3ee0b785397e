"""The lazy doors: compressed files as read-only Zarr hierarchies that decode when read."""

from vcore.zarr.metadata import array_path
from vcore.zarr.store import DecodingStore

__all__ = ["DecodingStore", "array_path"]

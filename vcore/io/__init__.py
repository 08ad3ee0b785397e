"""Reading and writing volumes: one module per format, imported on first use."""

from vcore.io.formats import readable_suffixes, writable_suffixes
from vcore.io.reading import images, read
from vcore.io.writing import write

__all__ = ["images", "read", "readable_suffixes", "writable_suffixes", "write"]

"""Reading and writing volumes: one module a format, imported when a file of that format comes."""

from vcore.io.formats import readable_suffixes, writable_suffixes
from vcore.io.reading import images, read
from vcore.io.writing import write

__all__ = ["images", "read", "readable_suffixes", "writable_suffixes", "write"]

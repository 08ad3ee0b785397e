"""Reading and writing volumes: one module a format, imported when a file of that format comes."""

from vcore.io.formats import readable_suffixes, writable_suffixes
from vcore.io.reading import read
from vcore.io.writing import write

__all__ = ["read", "readable_suffixes", "writable_suffixes", "write"]

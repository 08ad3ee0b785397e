"""The `.vcore` file: one header, then checksummed sections, coarse to fine (see docs/format.md)."""

from vcore.container.layout import FORMAT_VERSION, MAGIC, Section
from vcore.container.protocols import ByteSource
from vcore.container.reader import Container, SectionReader
from vcore.container.sources import open_source
from vcore.container.writer import Writer

__all__ = [
    "FORMAT_VERSION",
    "MAGIC",
    "ByteSource",
    "Container",
    "Section",
    "SectionReader",
    "Writer",
    "open_source",
]

"""Reader of `.vcore` files: the header is read on opening, units on access."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vcore.container import layout
from vcore.container.layout import Section
from vcore.container.protocols import ByteSource
from vcore.container.sources import open_source
from vcore.errors import FormatError, TruncatedError

FIRST_READ = 4096
"""Bytes fetched on opening: most headers fit, and latency dominates a network request."""


class Container:
    """Open file: header and section table.

    Raises
    ------
    FormatError
        The source is no `.vcore` file, damaged, or of an unknown version.
    TruncatedError
        The file ends inside its header.
    """

    def __init__(self, source: Any) -> None:
        self.source: ByteSource = open_source(source)
        name = self.source.name
        head = self.source.read(0, min(FIRST_READ, self.source.size))
        length, crc = layout.unpack_preamble(head, name)
        start = layout.PREAMBLE.size
        if start + length > len(head):
            if start + length > self.source.size:
                raise TruncatedError(
                    f"Expected a header of {length} bytes. {name} ends inside it, "
                    f"after {self.source.size} bytes: it is truncated or still being written."
                )
            head += self.source.read(len(head), start + length - len(head))
        self.header = layout.unpack_header(head[start : start + length], crc, name)
        self.identity = name, crc
        self.header_bytes = start + length
        self.sections = layout.section_table(self.header.get("sections"), self.header_bytes, name)
        self.complete_size = self.sections[-1].end if self.sections else self.header_bytes

    @property
    def truncated(self) -> bool:
        """Whether sections are missing at the end."""
        return self.source.size < self.complete_size

    def refuse_truncated(self) -> None:
        """Raise FormatError if sections are missing at the end."""
        if self.truncated:
            raise FormatError(
                f"Expected {self.complete_size} bytes. {self.source.name} has {self.source.size}: "
                f"it is truncated or still being written."
            )

    def sections_of(self, variable: int) -> "SectionReader":
        """Return a reader of one variable's sections."""
        return SectionReader(self.source, [s for s in self.sections if s.variable == variable])


class SectionReader:
    """Reader of one variable's sections, with verification of checksums.

    Raises
    ------
    FormatError
        In reading methods: a section is missing or damaged.
    TruncatedError
        In reading methods: a section extends beyond the end of the file.
    """

    def __init__(self, source: ByteSource, sections: Iterable[Section]) -> None:
        self._source = source
        self._sections = {(s.level, s.name): s for s in sections}
        self._indices: dict[tuple[int, str], tuple[list[int], list[int]]] = {}
        self._lock = threading.Lock()

    def part(self, prefix: str) -> "SectionReader":
        """Return a reader of the sections whose names start with ``prefix``, without it."""
        cut = len(prefix)
        sections = [s for s in self._sections.values() if s.name.startswith(prefix)]
        return SectionReader(self._source, [replace(s, name=s.name[cut:]) for s in sections])

    def names(self) -> list[tuple[int, str]]:
        """Return level and name of every section, coarse to fine."""
        return sorted(self._sections, key=lambda key: -key[0])

    def has(self, level: int, name: str) -> bool:
        """Return whether the table lists the section, even if the file is truncated before it."""
        return (level, name) in self._sections

    def is_available(self, level: int, name: str) -> bool:
        """Return whether the section is completely within the (possibly truncated) file."""
        return self.has(level, name) and self._sections[level, name].end <= self._source.size

    def units(self, level: int, name: str) -> int:
        """Return the number of units of a section."""
        return self._find(level, name).units

    def read(self, level: int, name: str) -> bytes:
        """Return the bytes of a section of one unit."""
        return self.read_units(level, name, [0])[0]

    def read_units(self, level: int, name: str, wanted: Iterable[int]) -> list[bytes]:
        """Return the bytes of units ``wanted``, in that order; adjacent units share one read."""
        section = self._find(level, name)
        offsets, crcs = self._index(section)
        start = section.offset + section.index_bytes
        order, found = list(wanted), dict[int, bytes]()
        for first, last in _runs(sorted(set(order))):
            if not 0 <= first <= last < section.units:
                raise FormatError(f"Section {name!r} has no unit {last}.")
            data = self._fetch(start + offsets[first], offsets[last + 1] - offsets[first])
            for unit in range(first, last + 1):
                lo, hi = offsets[unit] - offsets[first], offsets[unit + 1] - offsets[first]
                found[unit] = data[lo:hi]
                if hi > lo and layout.crc32c(found[unit]) != crcs[unit]:
                    raise FormatError(
                        f"Unit {unit} of section {name!r} (level {level}) of "
                        f"{self._source.name} is damaged: its checksum does not match."
                    )
        return [found[unit] for unit in order]

    def section_bytes(self) -> dict[str, int]:
        """Return the total bytes of the sections of each name."""
        sizes: dict[str, int] = {}
        for (_, name), section in self._sections.items():
            sizes[name] = sizes.get(name, 0) + section.index_bytes + section.payload_bytes
        return sizes

    def check(self) -> int:
        """Verify the checksum of every unit; return the number of units."""
        for section in self._sections.values():
            for unit in range(section.units):
                self.read_units(section.level, section.name, [unit])
        return sum(s.units for s in self._sections.values())

    def _fetch(self, offset: int, length: int) -> bytes:
        if offset + length > self._source.size:  # before a hostile length is allocated
            raise TruncatedError(
                f"Expected {length} bytes at offset {offset} of {self._source.name}. It has "
                f"{self._source.size}: the file is truncated or still being written."
            )
        return self._source.read(offset, length)

    def _find(self, level: int, name: str) -> Section:
        try:
            return self._sections[level, name]
        except KeyError:
            raise FormatError(
                f"Expected a section {name!r} at level {level}. {self._source.name} has none: "
                f"the file is damaged."
            ) from None

    def _index(self, section: Section) -> tuple[list[int], list[int]]:
        if section.index_bytes == 0:
            return [0, section.payload_bytes], [section.crc]
        key = section.level, section.name
        with self._lock:
            if key not in self._indices:
                data = self._fetch(section.offset, section.index_bytes)
                if layout.crc32c(data) != section.crc:
                    raise FormatError(
                        f"The index of section {section.name!r} of {self._source.name} is damaged: "
                        f"its checksum does not match."
                    )
                self._indices[key] = layout.unpack_index(data, section.units, section.payload_bytes)
            return self._indices[key]

    def __getstate__(self) -> tuple[ByteSource, list[Section]]:
        return self._source, list(self._sections.values())

    def __setstate__(self, state: tuple[ByteSource, list[Section]]) -> None:
        self.__init__(*state)  # type: ignore[misc]


def _runs(units: list[int]) -> Iterable[tuple[int, int]]:
    first = last = None
    for unit in units:
        if last is not None and unit == last + 1:
            last = unit
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = unit
    if first is not None and last is not None:
        yield first, last

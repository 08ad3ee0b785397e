"""Writer of `.vcore` files: sections are spooled, the file appears atomically on commit."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vcore.container import layout
from vcore.container.layout import Section, crc32c, pack_header, pack_index
from vcore.container.reader import SectionReader
from vcore.errors import OutputError, OutputExistsError, VcoreError
from vcore.runtime.atomic import replacing

SPOOL_BYTES = 1 << 26
"""Maximum bytes of sections in memory; beyond, they are spooled to disk."""
COPY_BYTES = 1 << 20
"""Bytes copied from the spool at once."""


class Writer:
    """Writer that collects sections in any order; ``commit`` writes header and sections, coarse to
    fine.

    ``path`` does not exist before ``commit``, and nothing is left behind without it.

    Parameters
    ----------
    path
        Output path; None keeps the file in memory (see ``data``).
    force
        Replace an existing file.

    Raises
    ------
    OutputExistsError
        ``path`` exists and ``force`` is not set.
    OutputError
        The folder is missing or not writable, or the disk is full.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *, force: bool = False) -> None:
        self.path = Path(path) if path is not None else None
        self.force = force
        self.data = b""
        self._sections: list[tuple[Section, int]] = []
        try:
            folder = self._check_target()
        except OSError as error:
            if isinstance(error, VcoreError):
                raise
            raise OutputError(f"Could not write {self.path}: {error.strerror}.") from error
        self._spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES, dir=folder)  # noqa: SIM115
        self._lock = threading.Lock()

    def _check_target(self) -> str | None:
        if self.path is None:
            return None
        if self.path.is_dir():
            raise OutputError(f"Expected a file name. Got the folder {self.path} instead.")
        if self.path.exists() and not self.force:
            raise OutputExistsError(f"{self.path} exists. Use `force=True` to replace it.")
        folder = self.path.absolute().parent
        if not folder.is_dir():
            raise OutputError(f"Expected an existing folder. {folder} is missing: create it.")
        if not os.access(folder, os.W_OK):
            raise OutputError(f"Expected a writable folder. {folder} cannot be written.")
        return str(folder)

    def add(self, variable: int, level: int, name: str, units: list[bytes]) -> None:
        """Add a section of ``units``; a later section of the same name replaces it."""
        index = pack_index(units) if len(units) != 1 else b""
        payload = sum(len(u) for u in units)
        crc = crc32c(index or units[0])
        section = Section(variable, level, name, len(units), len(index), payload, crc)
        self.drop(variable, level, name)
        try:
            with self._lock:
                position = self._spool.seek(0, os.SEEK_END)
                for part in (index, *units):
                    self._spool.write(part)
        except OSError as error:
            raise OutputError(f"Could not write {self.path}: {error.strerror}.") from error
        self._sections.append((section, position))

    def drop(self, variable: int, level: int, name: str) -> None:
        """Remove a section, if present."""
        key = variable, level, name
        self._sections = [(s, p) for s, p in self._sections if (s.variable, s.level, s.name) != key]

    def sections(self, variable: int) -> list[Section]:
        """Return a variable's sections so far."""
        return [s for s, _ in self._sections if s.variable == variable]

    def section_bytes(self, variable: int) -> int:
        """Return the bytes of a variable's sections so far."""
        return sum(s.index_bytes + s.payload_bytes for s in self.sections(variable))

    def reader(self, variable: int) -> SectionReader:
        """Return a reader of the variable's sections so far."""
        sections = [
            replace(s, offset=position) for s, position in self._sections if s.variable == variable
        ]
        return SectionReader(_Spool(self), sections)

    def commit(self, header: dict[str, Any], check: Callable[[Any], object] | None = None) -> int:
        """Write the file atomically; return its size in bytes.

        Parameters
        ----------
        header
            Header without its section table.
        check
            Callback that verifies the written file before it gets its final name; an exception
            discards the file.
        """
        if self.path is None:
            self.data = b"".join(self._parts(header))
            if check is not None:
                check(self.data)
            return len(self.data)
        with replacing(self.path, force=self.force) as part:
            with part.open("wb") as file:
                for data in self._parts(header):
                    file.write(data)
                size = file.tell()
            if check is not None:
                check(part)
        return size

    def _parts(self, header: dict[str, Any]) -> Iterator[bytes]:
        ordered = sorted(self._sections, key=lambda entry: (-entry[0].level, entry[0].variable))
        yield pack_header({**header, "sections": [s.to_json() for s, _ in ordered]})
        for section, position in ordered:
            length = section.index_bytes + section.payload_bytes
            for start in range(0, length, COPY_BYTES):
                yield self.read_spool(position + start, min(COPY_BYTES, length - start))

    def read_spool(self, position: int, length: int) -> bytes:
        """Return bytes of the spool."""
        with self._lock:
            self._spool.seek(position)
            return self._spool.read(length)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.close()


class _Spool:
    """The writer's spool as a ranged reader."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.name = str(writer.path or "a file in memory")
        self.size = layout.MAX_COUNT

    def read(self, offset: int, length: int) -> bytes:
        return self._writer.read_spool(offset, length)

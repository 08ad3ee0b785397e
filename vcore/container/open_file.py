"""OpenFile: what the open files of collections and of scenes have in common."""

from abc import ABC, abstractmethod
from typing import Any, Self

from vcore.container.reader import Container, SectionReader
from vcore.container.writer import Writer


class OpenFile(ABC):
    """Base class of an open file; its subclasses set the attributes.

    Attributes
    ----------
    cache_bytes
        Maximum size of the cache of decoded values, in bytes.
    """

    cache_bytes: int
    _container: Container
    _readers: list[SectionReader]

    @property
    def identity(self) -> tuple[str, int]:
        """File name and CRC32C of the header, which includes the checksums of the sections."""
        return self._container.identity

    @property
    def stored_bytes(self) -> int:
        """Size of the complete file, in bytes."""
        return self._container.complete_size

    @property
    def truncated(self) -> bool:
        """Whether data is missing at the end."""
        return self._container.truncated

    @property
    def header(self) -> dict[str, Any]:
        """File header, as JSON values."""
        return self._container.header

    def check(self) -> int:
        """Verify the checksum of every unit of the file; return their number.

        Raises
        ------
        FormatError
            A checksum does not match, or data is missing.
        """
        self._container.refuse_truncated()
        return sum(reader.check() for reader in self._readers)

    def save(self, path: Any, *, force: bool = False) -> int:
        """Save a copy of the file; return its size in bytes.

        Raises
        ------
        OutputExistsError
            ``path`` exists and ``force`` is not set.
        OutputError
            ``path`` cannot be written.
        """
        with Writer(path, force=force) as writer:
            for section in self._container.sections:
                reader = self._readers[section.variable]
                units = reader.read_units(section.level, section.name, range(section.units))
                writer.add(section.variable, section.level, section.name, units)
            return writer.commit({k: v for k, v in self.header.items() if k != "sections"})

    @abstractmethod
    def close(self) -> None:
        """Drop what is cached; files are open only during reads."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> tuple[Any, int]:
        return self._container.source, self.cache_bytes

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(state[0], cache_bytes=state[1])  # type: ignore[misc]

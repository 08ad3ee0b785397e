"""FileDataset: an open `.vcore` file, and the files of other Gaussians that are made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vcore import methods
from vcore.container import Container, Writer
from vcore.container.carried import StoredArray, parse_carried
from vcore.container.header import VariableHeader, parse_header
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.engine.decoder import VariableDecoder
from vcore.errors import FormatError, InputError
from vcore.methods.mixins import MadeOfPrimitives
from vcore.model.attributes import from_json
from vcore.model.volume import CarriedArray

if TYPE_CHECKING:
    from vcore.container.layout import Section
    from vcore.model.primitives import Primitives


class FileDataset(Dataset):
    """An open `.vcore` file.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, or anything with ``size``, ``name`` and
        ``read(offset, length)``.
    cache_bytes
        Maximum number of bytes of decoded chunks that are kept.

    Raises
    ------
    FormatError
        Not a `.vcore` file, damaged, or of an unknown version.
    """

    variables: Mapping[str, VariableDecoder]

    def __init__(self, source: Any, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._container = Container(source)
        self.cache_bytes = cache_bytes
        self.grid, headers = parse_header(self._container.header)
        carried = parse_carried(self.header.get("carried", []))
        if any(s.variable >= len(headers) + len(carried) for s in self._container.sections):
            raise FormatError("The section table is damaged: a section of no variable.")
        self.variables = {
            h.name: VariableDecoder(h, self.grid, self._container.sections_of(i))
            for i, h in enumerate(headers)
        }
        stored = [
            StoredArray(h, self._container.sections_of(i))
            for i, h in enumerate(carried, start=len(headers))
        ]
        self._readers = [d.reader for d in self.variables.values()] + [s.reader for s in stored]
        self.carried = tuple(
            CarriedArray(h.name, data, h.dims, h.attributes)
            for h, data in zip(carried, stored, strict=True)
        )

    @property
    def attributes(self) -> Mapping[str, Any]:
        return from_json(self.header.get("attributes", {}))

    @property
    def identity(self) -> tuple[str, int]:
        """The file's name and its header's CRC32C, which covers the checksums of the sections."""
        return self._container.identity

    @property
    def stored_bytes(self) -> int:
        return self._container.complete_size

    def bytes_of(self, variable: str) -> int:
        return sum(self.variables[variable].reader.section_bytes().values())

    @property
    def provenance(self) -> dict[str, Any]:
        return {"encoder": self.header.get("encoder"), "source": self.header.get("source")}

    @property
    def truncated(self) -> bool:
        return self._container.truncated

    @property
    def threshold(self) -> float | None:
        value = self._source("threshold")
        return float(value) if isinstance(value, int | float) else None

    @property
    def checksums(self) -> list[str]:
        found = self._source("checksum")
        return [str(c) for c in found] if isinstance(found, list) else []

    def _source(self, name: str) -> Any:
        source = self.header.get("source")
        return source.get(name) if isinstance(source, dict) else None

    @property
    def header(self) -> dict[str, Any]:
        """The file's header, as JSON values."""
        return self._container.header

    @property
    def sections(self) -> "tuple[Section, ...]":
        """The file's section table."""
        return tuple(self._container.sections)

    def check(self) -> int:
        """Read every unit of the file against its checksum; return how many there are."""
        if self.truncated:
            raise FormatError(
                f"Expected {self.stored_bytes} bytes. {self._container.source.name} "
                f"has {self._container.source.size}: it is truncated or still being written."
            )
        return sum(reader.check() for reader in self._readers)

    def with_primitives(
        self, primitives: "Primitives", variable: str | None = None
    ) -> "FileDataset":
        """Return a new dataset, in memory, of other primitives: filtered, changed, or added to.

        It decodes and is saved like any other; figures and guarantees against the original no
        longer hold and are left out. Rows that were not changed keep their exact values, those of
        later frames of a group nearly so.

        Raises
        ------
        InputError
            The variable is not made of primitives, or they cannot be written.

        Examples
        --------
        >>> table = ds.primitives
        >>> ds.with_primitives(table[table.intensity[:, 0] > 100]).save("bright.vcore")
        """
        name = self.decoder(variable).header.name
        decoder, changed = self.variables[name], list(self.variables).index(name)
        if decoder.header.noise is not None or decoder.header.packing is not None:
            decoder.primitives()  # refuses: they are of the integers that stand for values
        method = methods.get_for_file(decoder.header.method)
        if not isinstance(method, MadeOfPrimitives):
            raise InputError(
                f"Expected a variable made of primitives{methods.able(MadeOfPrimitives)}. Got one "
                f"of {method.name}."
            )
        header, sections = method.with_primitives(
            decoder.header, decoder.grid, decoder.reader, primitives
        )
        headers = self._headers()
        headers[changed] = replace(header, achieved={}, bound=None)
        kept = [s for s in self.sections if (s.variable, s.name) != (changed, "residual")]
        with Writer(None) as writer:
            self._copy(kept, writer)
            for level, section, units in sections:
                writer.add(changed, level, section, units)
            writer.commit(self._header_of(headers))
            return FileDataset(writer.data)

    def save(self, path: Any, *, force: bool = False) -> int:
        """Write the file under another name; return its bytes.

        Raises
        ------
        OutputExistsError, OutputError
            ``path`` exists and ``force`` is not set, or cannot be written.
        """
        with Writer(path, force=force) as writer:
            self._copy(self.sections, writer)
            return writer.commit(self._header_of(self._headers()))

    def _copy(self, sections: "Iterable[Section]", writer: Writer) -> None:
        for section in sections:
            reader = self._readers[section.variable]
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)

    def _headers(self) -> list[VariableHeader]:
        return [d.header for d in self.variables.values()]

    def _header_of(self, headers: Sequence[VariableHeader]) -> dict[str, Any]:
        """Return the file's header with other headers of variables."""
        kept = {k: v for k, v in self.header.items() if k not in ("sections", "variables")}
        return {**kept, "variables": [h.to_json() for h in headers]}

    def _described(self, variable: str) -> dict[str, Any]:
        sections = self.variables[variable].reader.section_bytes()
        return {**super()._described(variable), "sections": sections}

    def __getstate__(self) -> tuple[Any, int]:
        return self._container.source, self.cache_bytes

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(state[0], cache_bytes=state[1])  # type: ignore[misc]

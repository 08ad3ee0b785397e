"""FileDataset: an open `.vcore` file, and new files with edited Gaussians."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vcore import methods
from vcore.container import Container, Writer
from vcore.container.carried import DeflatedArray, parse_carried
from vcore.container.header import VariableHeader, parse_header
from vcore.dataset import CACHE_BYTES, Dataset
from vcore.engine.channels import ChannelsDecoder
from vcore.engine.decoder import VariableDecoder
from vcore.engine.time_as_z import TimeAsZDecoder, open_variable
from vcore.errors import FormatError, InputError
from vcore.methods.mixins import MadeOfPrimitives
from vcore.model.attributes import from_json, to_json
from vcore.model.volume import GRID_KEYS, CarriedArray

if TYPE_CHECKING:
    from vcore.container.layout import Section
    from vcore.model.primitives import Primitives


class FileDataset(Dataset):
    """An open `.vcore` file.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, a container that is open, or anything with
        ``size``, ``name`` and ``read(offset, length)``.
    cache_bytes
        Maximum size of the cache of decoded chunks, in bytes.

    Raises
    ------
    FormatError
        Not a `.vcore` file, damaged, or of an unknown version.
    """

    variables: Mapping[str, VariableDecoder | ChannelsDecoder | TimeAsZDecoder]

    def __init__(self, source: Any, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._container = source if isinstance(source, Container) else Container(source)
        self.cache_bytes = cache_bytes
        self._described_grids, headers = parse_header(self._container.header)
        self.grid = self._described_grids[0].grid
        carried = parse_carried(self.header.get("carried", []))
        if any(s.variable >= len(headers) + len(carried) for s in self._container.sections):
            raise FormatError("The section table is damaged: a section of no variable.")
        self.variables = {
            h.name: open_variable(
                h, self._described_grids[h.grid_number].grid, self._container.sections_of(i)
            )
            for i, h in enumerate(headers)
        }
        stored = [
            DeflatedArray(h, self._container.sections_of(i))
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

    def grid_attributes(self, number: int) -> Mapping[str, Any]:
        if not number:
            return self.attributes
        own = {k: v for k, v in self.attributes.items() if k not in GRID_KEYS}
        return own | from_json(self._described_grids[number].attributes)

    @property
    def identity(self) -> tuple[str, int]:
        """File name and CRC32C of the header, which includes the checksums of the sections."""
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
        """File header, as JSON values."""
        return self._container.header

    @property
    def sections(self) -> "tuple[Section, ...]":
        """Section table."""
        return tuple(self._container.sections)

    def check(self) -> int:
        """Verify the checksum of every unit of the file; return their number."""
        self._container.refuse_truncated()
        return sum(reader.check() for reader in self._readers)

    def with_primitives(
        self, primitives: "Primitives", variable: str | None = None
    ) -> "FileDataset":
        """Return a new in-memory dataset with filtered, changed or added primitives.

        It decodes and is saved like any other; figures and guarantees against the original no
        longer hold and are dropped. Unchanged rows keep their exact values (approximately in later
        frames of a group).

        Raises
        ------
        InputError
            The variable has no primitives, or the table cannot be encoded.

        Examples
        --------
        >>> table = ds.primitives
        >>> ds.with_primitives(table[table.intensity[:, 0] > 100]).save("bright.vcore")
        """
        name = self.decoder(variable).header.name
        decoder, changed = self.variables[name], list(self.variables).index(name)
        header = decoder.header
        if header.noise is not None or header.packing is not None or header.channels:
            decoder.primitives()  # raises: they model transformed integers, not data values
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

    def save(
        self,
        path: Any,
        *,
        force: bool = False,
        attributes: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> int:
        """Save a copy of the file; return its size in bytes.

        Parameters
        ----------
        attributes
            Attributes to replace, such as display settings, by variable.

        Raises
        ------
        OutputExistsError
            ``path`` exists and ``force`` is not set.
        OutputError
            ``path`` cannot be written.
        """
        with Writer(path, force=force) as writer:
            self._copy(self.sections, writer)
            told = attributes or {}
            headers = [
                replace(h, attributes={**h.attributes, **to_json(told.get(h.name, {}))})
                for h in self._headers()
            ]
            return writer.commit(self._header_of(headers))

    def _copy(self, sections: "Iterable[Section]", writer: Writer) -> None:
        for section in sections:
            reader = self._readers[section.variable]
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)

    def _headers(self) -> list[VariableHeader]:
        return [d.header for d in self.variables.values()]

    def _header_of(self, headers: Sequence[VariableHeader]) -> dict[str, Any]:
        """Return the file header with the variable headers replaced."""
        kept = {k: v for k, v in self.header.items() if k not in ("sections", "variables")}
        return {**kept, "variables": [h.to_json() for h in headers]}

    def _described(self, variable: str) -> dict[str, Any]:
        sections = self.variables[variable].reader.section_bytes()
        return {**super()._described(variable), "sections": sections}

    def __getstate__(self) -> tuple[Any, int]:
        return self._container.source, self.cache_bytes

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(state[0], cache_bytes=state[1])  # type: ignore[misc]

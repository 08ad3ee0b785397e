"""Dataset: an open compressed file, decoded where it is looked at."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from vcore import methods
from vcore.array_like import ArrayLike
from vcore.container import Container, Writer
from vcore.container.carried import StoredArray, parse_carried
from vcore.container.header import VariableHeader, parse_header
from vcore.engine.decoder import VariableDecoder
from vcore.engine.views import decoded_volume
from vcore.errors import FormatError, InputError
from vcore.model.attributes import from_json
from vcore.model.grid import Grid
from vcore.model.indexing import indexed
from vcore.model.volume import CarriedArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import zarr

    from vcore.container.layout import Section
    from vcore.container.reader import SectionReader
    from vcore.model.primitives import Primitives
    from vcore.model.regions import Region
    from vcore.model.volume import Volume

CACHE_BYTES = 1 << 28
"""Decoded chunks that a dataset keeps by default."""


class Dataset(ArrayLike):
    """An open `.vcore` file.

    Opening reads the header only; arrays decode what is read from them, and keep the last chunks.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, or anything with ``size``, ``name`` and
        ``read(offset, length)``.
    cache_bytes
        Most bytes of decoded chunks that are kept.

    Raises
    ------
    FormatError
        Not a `.vcore` file, damaged, or of an unknown version.

    Examples
    --------
    >>> ds = vcore.open("bonsai.vcore")
    >>> ds.array[64:128, 64:128, 64:128]      # a zarr.Array: only these chunks are decoded
    >>> ds[::2, 100, [3, 7]]                  # as NumPy indexes, of the smallest box that is needed
    >>> ds.levels[2][...]                     # a quarter of the resolution
    """

    carried: tuple[CarriedArray, ...] = ()
    """Arrays of the source that are no volumes of this grid, stored without loss."""

    def __init__(self, source: Any, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._container = Container(source)
        self.cache_bytes = cache_bytes
        self.grid, headers = parse_header(self._container.header)
        carried = parse_carried(self._container.header.get("carried", []))
        if any(s.variable >= len(headers) + len(carried) for s in self._container.sections):
            raise FormatError("The section table is damaged: a section of no variable.")
        self.variables: Mapping[str, VariableDecoder] = {
            h.name: VariableDecoder(h, self.grid, self._container.sections_of(i))
            for i, h in enumerate(headers)
        }
        self.carried: tuple[CarriedArray, ...] = tuple(
            CarriedArray(
                h.name, StoredArray(h, self._container.sections_of(i)), h.dims, h.attributes
            )
            for i, h in enumerate(carried, start=len(headers))
        )

    @property
    def grid_levels(self) -> tuple[Grid, ...]:
        """The grid of each level of the first variable."""
        return self.decoder().grids

    def decoder(self, variable: str | None = None) -> VariableDecoder:
        """Return the decoder of ``variable`` (the first by default)."""
        if variable is None:
            return next(iter(self.variables.values()))
        try:
            return self.variables[variable]
        except KeyError:
            raise InputError(
                f"Expected one of the variables {', '.join(self.variables)}. "
                f"Got {variable!r} instead."
            ) from None

    def decode(self, region: Any = (), level: int = 0, variable: str | None = None) -> NDArray[Any]:
        """Return the values of a region as a NumPy array; see ``VariableDecoder.decode``."""
        return self.decoder(variable).decode(region, level)

    def __getitem__(self, key: Any) -> Any:
        """Return a variable by its name, as a lazy Zarr array, or a part of the first one as NumPy
        indexes it: the smallest box that has it is decoded.

        Raises
        ------
        RegionError
            An IndexError: there is no such part.
        """
        if isinstance(key, str):
            return self.levels_of(key)[0]
        return indexed(key, self.shape, self.dtype, self.decoder().decode)

    @cached_property
    def group(self) -> "zarr.Group":
        """The variables as a read-only Zarr group with OME-Zarr 0.5 metadata."""
        import zarr

        from vcore.zarr import DecodingStore

        return zarr.open_group(DecodingStore(self), mode="r")

    def resize_cache(self, cache_bytes: int) -> None:
        """Keep at most so many bytes of decoded chunks from now on."""
        self.cache_bytes = cache_bytes
        self.group.store.cache.resize(cache_bytes)  # type: ignore[attr-defined]

    @cached_property
    def levels(self) -> "tuple[zarr.Array[Any], ...]":
        """The first variable's levels as lazy Zarr arrays."""
        return self.levels_of()

    def levels_of(self, variable: str | None = None) -> "tuple[zarr.Array[Any], ...]":
        """Return the levels of ``variable`` as lazy Zarr arrays."""
        from vcore.zarr import array_path

        decoder = self.decoder(variable)
        return tuple(
            self.group[array_path(self, decoder.header.name, k)]  # type: ignore[misc]
            for k in range(len(decoder.grids))
        )

    @property
    def array(self) -> "zarr.Array[Any]":
        """The first variable at full resolution, as a lazy Zarr array."""
        return self.levels[0]

    @property
    def attributes(self) -> "Mapping[str, Any]":
        """What else the source said of the volume; see ``Volume.attributes``."""
        return from_json(self._container.header.get("attributes", {}))

    @property
    def identity(self) -> tuple[str, int]:
        """The file's name and its header's CRC32C, which covers the checksums of the sections."""
        return self._container.identity

    @property
    def threshold(self) -> float | None:
        """The value below which the original was set to 0 before compression, if it was."""
        source = self._container.header.get("source")
        value = source.get("threshold") if isinstance(source, dict) else None
        return float(value) if isinstance(value, int | float) else None

    @property
    def checksums(self) -> list[str]:
        """The checksum of each variable's original (see ``vcore.engine.scan.scan``)."""
        source = self._container.header.get("source")
        found = source.get("checksum") if isinstance(source, dict) else None
        return [str(c) for c in found] if isinstance(found, list) else []

    @property
    def nbytes(self) -> int:
        """Bytes of the variables, uncompressed."""
        return sum(d.header.nbytes for d in self.variables.values())

    @property
    def info(self) -> dict[str, Any]:
        """What the file says of itself, as JSON values."""
        header = self._container.header
        size = self._container.complete_size
        voxels = sum(d.header.size for d in self.variables.values())
        return {
            "file": self._container.source.name,
            "bytes": size,
            "ratio": (self.nbytes + sum(a.size * a.dtype.itemsize for a in self.carried)) / size,
            "bpv": 8 * size / voxels,
            "truncated": self._container.truncated,
            "encoder": header.get("encoder"),
            "source": header.get("source"),
            "grid": self.grid.to_json(),
            "attributes": header.get("attributes", {}),
            "variables": [self._describe(d) for d in self.variables.values()],
            "carried": [
                {"name": a.name, "dtype": str(a.dtype), "dims": a.dims, "shape": a.shape}
                for a in self.carried
            ],
        }

    def _describe(self, decoder: VariableDecoder) -> dict[str, Any]:
        header = decoder.header
        return {
            "name": header.name,
            "dtype": header.dtype,
            "axes": "".join(header.axes),
            "shape": list(header.shape),
            "unit": header.unit,
            "range": list(header.range),
            "method": header.method,
            "settings": dict(header.settings),
            "exact": decoder.exact,
            "guarantee": dict(header.bound) if header.bound else None,
            "noise": dict(header.noise) if header.noise else None,
            "missing": header.missing,
            "packing": dict(header.packing) if header.packing else None,
            "attributes": dict(header.attributes),
            "achieved": dict(header.achieved),
            "levels": [list(decoder.shape(k)) for k in range(len(decoder.grids))],
            "available_levels": list(decoder.available_levels),
            "sections": decoder.reader.section_bytes(),
        }

    def volume(
        self,
        variable: str | None = None,
        *,
        level: int = 0,
        region: "Region" = (),
        frame: int | None = None,
    ) -> "Volume":
        """Return the decoded file, or a part of it, as a volume that decodes when read.

        Parameters
        ----------
        variable
            Only this one; all by default.
        level
            0 is full resolution.
        region
            Slices along z, y, x in the level's voxels; whole by default.
        frame
            Only this one, from 0 (``ds.grid.frame_at(time)``); the volume then has no time axis.

        Raises
        ------
        InputError
            The variable, level, region or frame does not exist.
        """
        decoders = [self.decoder(variable)] if variable else list(self.variables.values())
        whole = variable is None and level == 0 and not region and frame is None
        carried = self.carried if whole else ()
        return decoded_volume(
            decoders, self.identity[0], level, region, frame, self.attributes, carried
        )

    def resample(self, spacing: "float | Sequence[float]", variable: str | None = None) -> "Volume":
        """Return a variable decoded on voxels of any size, finer than the original's too.

        Parameters
        ----------
        spacing
            Of the new voxels along z y x (or one number), in the grid's unit of length. They cover
            the same box, from its first corner on.

        Raises
        ------
        InputError
            The variable's method decodes its levels only, or the spacing is not positive.
        MemoryLimitError
            The result would not fit into memory.
        """
        from vcore.engine.resample import resampled

        return resampled(self.decoder(variable), spacing, self.identity[0])

    @property
    def primitives(self) -> "Primitives":
        """The Gaussians of the first variable, as a table in physical units.

        Raises
        ------
        InputError
            Its method is not made of primitives.
        """
        return self.primitives_of()

    def primitives_of(self, variable: str | None = None) -> "Primitives":
        """Return the Gaussians of ``variable``; see ``primitives``."""
        return self.decoder(variable).primitives()

    def with_primitives(self, primitives: "Primitives", variable: str | None = None) -> "Dataset":
        """Return a new dataset, in memory, of other primitives: filtered, changed, or added to.

        It decodes and is saved like any other; figures and guarantees against the original no
        longer hold and are left out. Rows that were not changed keep their exact values, those of
        later frames of a group nearly so.

        Examples
        --------
        >>> table = ds.primitives
        >>> ds.with_primitives(table[table.intensity[:, 0] > 100]).save("bright.vcore")
        """
        return Dataset(_with_primitives(self, primitives, variable))

    def save(self, path: Any, *, force: bool = False) -> int:
        """Write the file under another name; return its bytes.

        Raises
        ------
        OutputExistsError, OutputError
            ``path`` exists and ``force`` is not set, or cannot be written.
        """
        return _saved(self, path, force=force)

    @property
    def header(self) -> dict[str, Any]:
        """The file's header, as JSON values."""
        return self._container.header

    @property
    def sections(self) -> "tuple[Section, ...]":
        """The file's section table."""
        return tuple(self._container.sections)

    def check(self) -> int:
        """Read every unit of the file against its checksum; return how many there are.

        Raises
        ------
        FormatError
            One does not match, or is missing.
        """
        if self._container.truncated:
            raise FormatError(
                f"Expected {self._container.complete_size} bytes. {self._container.source.name} "
                f"has {self._container.source.size}: it is truncated or still being written."
            )
        return sum(reader.check() for reader in self.readers())

    def readers(self) -> "list[SectionReader]":
        """Return the readers of the sections of each variable and each carried array."""
        stored = [a.data.reader for a in self.carried if isinstance(a.data, StoredArray)]
        return [*(d.reader for d in self.variables.values()), *stored]

    def __getstate__(self) -> tuple[Any, int]:
        return self._container.source, self.cache_bytes

    def __setstate__(self, state: tuple[Any, int]) -> None:
        self.__init__(state[0], cache_bytes=state[1])  # type: ignore[misc]


def _with_primitives(dataset: Dataset, primitives: "Primitives", variable: str | None) -> bytes:
    """Return the file of ``dataset`` with other primitives in ``variable``.

    Figures and guarantees against the original no longer hold: they are left out.
    """
    decoder = dataset.decoder(variable)
    if decoder.header.noise is not None or decoder.header.packing is not None:
        decoder.primitives()  # refuses: they are of the integers that stand for values
    changed = list(dataset.variables).index(decoder.header.name)
    method = methods.get_for_file(decoder.header.method)
    header, sections = method.with_primitives(
        decoder.header, decoder.grid, decoder.reader, primitives
    )
    headers = [d.header for d in dataset.variables.values()]
    headers[changed] = replace(header, achieved={}, bound=None)
    with Writer(None) as writer:
        for section in dataset.sections:
            if section.variable == changed and section.name == "residual":
                continue
            reader = dataset.readers()[section.variable]
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)
        for level, name, units in sections:
            writer.add(changed, level, name, units)
        writer.commit(_file_header(dataset, headers))
        return writer.data


def _saved(dataset: Dataset, path: Any, *, force: bool) -> int:
    """Write the file of ``dataset`` under another name; return its bytes."""
    with Writer(path, force=force) as writer:
        for section in dataset.sections:
            reader = dataset.readers()[section.variable]
            units = reader.read_units(section.level, section.name, range(section.units))
            writer.add(section.variable, section.level, section.name, units)
        return writer.commit(_file_header(dataset, [d.header for d in dataset.variables.values()]))


def _file_header(dataset: Dataset, headers: list[VariableHeader]) -> dict[str, Any]:
    kept = {k: v for k, v in dataset.header.items() if k not in ("sections", "variables")}
    return {**kept, "variables": [h.to_json() for h in headers]}

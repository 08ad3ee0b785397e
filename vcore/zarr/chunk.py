"""Byte layout of a chunk: a head with all that is not in the array's metadata, then units
(docs/codec.md)."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from vcore import methods
from vcore.container import ByteSource, Section, SectionReader
from vcore.container.header import VariableHeader
from vcore.container.layout import crc32c, pack_index, pack_json, read_index, unpack_json
from vcore.container.varint import pack_number
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.layers.bound import SECTION as RESIDUAL
from vcore.engine.layers.bound import quantiser_step
from vcore.engine.layers.missing import SECTION as MISSING
from vcore.engine.layers.missing import masked_grids
from vcore.engine.layers.tiles import tile_regions
from vcore.errors import FormatError
from vcore.methods.base import Form
from vcore.model.budget import Budget
from vcore.model.grid import Grid
from vcore.zarr import form_packing as numbers

IS_CONSTANT, IS_SPELT, HAS_MISSING, HAS_RESIDUAL, HAS_RANGE, IS_CUT, IS_EXACT = (
    1 << k for k in range(7)
)
"""Flags in the first byte."""
BOUND_METHOD = "bounded"
"""Method of lossless chunks."""
FIRST_READ = 4096
"""Bytes fetched first for a partial read of a chunk: most heads fit."""
LARGEST_HEAD = 1 << 26
"""Maximum size of a head in bytes."""

Rows = tuple[tuple[int, str, int], ...]
"""Level, name and number of units of each section."""


@dataclass(frozen=True)
class ChunkContext:
    """Parameters common to all chunks of an array.

    Parameters
    ----------
    shape, axes, dtype
        Shape, axes and dtype of a block; its axes are a subsequence of ``t c z y x`` that ends with
        ``z y x``.
    method, settings, budget
        As in ``vcore.compress``, with sizes relative to the chunk; an empty budget means the
        method's default.
    range
        Smallest and largest finite value of the whole array; None if each chunk stores its own.
    exact
        Whether this chunk is lossless, regardless of the others.
    missing
        Marker of missing values in addition to NaN and the infinities, or None.
    """

    shape: tuple[int, ...]
    axes: tuple[str, ...]
    dtype: np.dtype[Any]
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    range: tuple[float, float] | None = None
    exact: bool = False
    missing: float | int | None = None

    def exactly(self) -> Self:
        """Return the parameters of a lossless chunk."""
        return replace(
            self, method=BOUND_METHOD, settings={}, budget=Budget(max_error=0), exact=True
        )

    def form(self, shape: tuple[int, ...]) -> Form | None:
        """Return the method's fixed form of a block of ``shape``, without the settings common to
        all chunks."""
        method = methods.get_for_file(self.method)
        form = method.fixed_form(shape, self.axes, method.Settings.from_json(self.settings))
        if form is None:
            return None
        free = {name: v for name, v in form.settings.items() if name not in self.settings}
        return Form(free, form.state, form.sections)


@dataclass(frozen=True)
class ChunkHead:
    """Parsed head of a chunk.

    Parameters
    ----------
    header
        Header of the chunk as a variable.
    units
        Level, name, lengths and checksums of the units of each section.
    length
        Bytes before the first unit.
    """

    header: VariableHeader
    units: tuple[tuple[int, str, tuple[int, ...], tuple[int, ...]], ...]
    length: int

    @property
    def size(self) -> int:
        """Bytes of the whole chunk."""
        return self.length + sum(sum(lengths) for _, _, lengths, _ in self.units)


class ChunkSections(SectionReader):
    """Reader of a chunk's sections, with the indices from its head."""

    def __init__(self, source: ByteSource, head: ChunkHead) -> None:
        offset, sections, self._heads = head.length, [], {}
        for level, name, lengths, crcs in head.units:
            total = sum(lengths)
            sections.append(Section(0, level, name, len(lengths), 0, total, 0, offset))
            offsets = [0, *np.cumsum(lengths, dtype=object)]
            self._heads[level, name] = offsets, list(crcs)
            offset += total
        super().__init__(source, sections)

    def _index(self, section: Section) -> tuple[list[int], list[int]]:
        return self._heads[section.level, section.name]


def pack(
    header: VariableHeader, sections: Mapping[tuple[int, str], list[bytes]], shared: ChunkContext
) -> bytes:
    """Return the chunk of an encoded block.

    Parameters
    ----------
    header
        Header of the block; its shape may be smaller than ``shared.shape`` at the array's end.
    sections
        Units by level and name, coarse to fine; masks and residual last.
    """
    flags, out = IS_EXACT if shared.exact else 0, bytearray(1)
    if header.shape != shared.shape:
        flags |= IS_CUT
        for whole, there in zip(shared.shape, header.shape, strict=True):
            out += pack_number(whole - there)
    stored = np.dtype(header.dtype).newbyteorder("<")
    if header.method == CONSTANT:
        flags |= IS_CONSTANT
        out += np.array(header.range[0], stored).tobytes()
    elif shared.range is None:
        flags |= HAS_RANGE
        out += np.array(header.range, stored).tobytes()
    own = [key for key in sections if key[1] not in (MISSING, RESIDUAL)]
    layers = [key for key in sections if key[1] == MISSING]
    layers += [key for key in sections if key[1] == RESIDUAL]
    rows = tuple((level, name, len(sections[level, name])) for level, name in (*own, *layers))
    flags |= HAS_MISSING if header.missing else 0
    flags |= HAS_RESIDUAL if (0, RESIDUAL) in sections else 0
    if header.method != CONSTANT:
        told, form = _beside(header.settings, shared), shared.form(header.shape)
        if form is not None and _fits(form, told, header.state, rows[: len(own)]):
            out += numbers.pack(form.settings, told) + numbers.pack(form.state, header.state)
        else:
            flags |= IS_SPELT
            text = pack_json([told, dict(header.state), rows])
            out += pack_number(len(text)) + text
    out[0] = flags
    for key in (*own, *layers):
        out += pack_index(sections[key])
    out += struct.pack("<I", crc32c(bytes(out)))
    return bytes(out) + b"".join(unit for key in (*own, *layers) for unit in sections[key])


def unpack(data: bytes, shared: ChunkContext) -> ChunkHead:
    """Parse the head of a chunk that starts with ``data``.

    Raises
    ------
    TruncatedError
        The head is longer than ``data``.
    FormatError
        The head is damaged.
    """
    reader = numbers.HeadReader(data)
    flags = reader.take(1)[0]
    if flags >= 1 << 7:
        raise FormatError(
            "Expected a chunk of format version 1. Got a later one: install a newer vcore-volumes."
        )
    if flags & IS_EXACT:
        shared = shared.exactly()
    shape = shared.shape
    if flags & IS_CUT:
        shape = tuple(n - reader.number() for n in shape)
        if min(shape) < 1:
            raise FormatError("A chunk is damaged: it is cut to nothing.")
    form, limits = Form({}, {}, ()), shared.range
    if flags & (IS_CONSTANT | HAS_RANGE):
        limits = _limits(reader, shared.dtype, constant=bool(flags & IS_CONSTANT))
    if limits is None:
        raise FormatError("A chunk is damaged: it has no range.")
    if not flags & IS_CONSTANT:
        form = _form(reader, shape, shared, spelt=bool(flags & IS_SPELT))
    method = CONSTANT if flags & IS_CONSTANT else shared.method
    units = []
    layers = () if flags & IS_SPELT else _layers(flags, shape, form)
    for level, name, count in (*form.sections, *layers):
        lengths, crcs = read_index(reader, count)
        units.append((level, name, tuple(lengths), tuple(crcs)))
    crc = crc32c(data[: reader.position])
    if struct.unpack("<I", reader.take(4))[0] != crc:
        raise FormatError("A chunk is damaged: the checksum of its head does not match.")
    header = VariableHeader.from_json(
        {
            "name": "chunk",
            "dtype": shared.dtype.str[1:],
            "axes": "".join(shared.axes),
            "lead": list(shape[:-3]),
            "range": list(limits),
            "method": method,
            "settings": {**shared.settings, **form.settings},
            "state": dict(form.state),
            "missing": bool(flags & HAS_MISSING),
            "fill_value": shared.missing if flags & HAS_MISSING else None,
            "bound": _bound(shared, limits, method, residual=bool(flags & HAS_RESIDUAL)),
        },
        Grid(shape[-3:]),  # type: ignore[arg-type]
    )
    return ChunkHead(header, tuple(units), reader.position)


def open_chunk(source: ByteSource, head: ChunkHead) -> VariableDecoder:
    """Return the decoder of a chunk, over its stored shape."""
    grid = Grid(head.header.shape[-3:])  # type: ignore[arg-type]
    return VariableDecoder(head.header, grid, ChunkSections(source, head))


def _limits(
    reader: numbers.HeadReader, dtype: np.dtype[Any], *, constant: bool
) -> tuple[float, float]:
    count = 1 if constant else 2
    found = np.frombuffer(reader.take(count * dtype.itemsize), dtype.newbyteorder("<"))
    return found[0].item(), found[-1].item()


def _form(
    reader: numbers.HeadReader, shape: tuple[int, ...], shared: ChunkContext, *, spelt: bool
) -> Form:
    if not spelt:
        form = shared.form(shape)
        if form is None:
            raise FormatError(f"A chunk is damaged: method {shared.method} has no form.")
        return Form(reader.values(form.settings), reader.values(form.state), form.sections)
    told = unpack_json(reader.take(reader.number()), "a chunk")
    try:
        settings, state, rows = told
        sections = tuple((int(level), str(name), int(count)) for level, name, count in rows)
    except (TypeError, ValueError) as error:
        raise FormatError("A chunk is damaged: its head is invalid.") from error
    if not all(0 <= k < 64 and 0 < n < LARGEST_HEAD for k, _, n in sections):
        raise FormatError("A chunk is damaged: its sections are invalid.")
    return Form(settings, state, sections)


def _layers(flags: int, shape: tuple[int, ...], form: Form) -> Rows:
    """Return the sections of masks and residual, coarse to fine."""
    rows = []
    if flags & HAS_MISSING:
        grids = masked_grids(Grid(shape[-3:]), form)  # type: ignore[arg-type]
        for level in range(len(grids) - 1, -1, -1):
            tiles = len(list(tile_regions((*shape[:-3], *grids[level].shape))))
            rows.append((level, MISSING, tiles))
    if flags & HAS_RESIDUAL:
        rows.append((0, RESIDUAL, len(list(tile_regions(shape)))))
    return tuple(rows)


def _bound(
    shared: ChunkContext, limits: tuple[float, float], method: str, *, residual: bool
) -> dict[str, float] | None:
    limit = shared.budget.bound(float(limits[1]) - float(limits[0]))
    if limit is None or method == CONSTANT:
        return None
    if not residual:
        return {"max_error": limit}
    exact = methods.get_for_file(method).exact
    return {"max_error": limit, "step": quantiser_step(limit, limits, shared.dtype, exact=exact)}


def _beside(settings: Mapping[str, Any], shared: ChunkContext) -> dict[str, Any]:
    """Return the settings that differ from those common to all chunks."""
    given = shared.settings
    return {n: v for n, v in settings.items() if n not in given or given[n] != v}


def _fits(form: Form, settings: Mapping[str, Any], state: Mapping[str, Any], rows: Rows) -> bool:
    same = numbers.fits(dict(form.settings), dict(settings))
    return same and numbers.fits(dict(form.state), dict(state)) and form.sections == rows

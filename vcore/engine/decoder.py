"""Decoder of a variable with its layers: method, averaged levels, residual, missing values,
dtype."""

from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore import methods
from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.engine.layers.averaged import decode_level, native_level
from vcore.engine.layers.bound import SECTION as RESIDUAL
from vcore.engine.layers.bound import Residual
from vcore.engine.layers.integers import DestabilisedDecoder, IntegerCode
from vcore.engine.layers.missing import SECTION as MISSING
from vcore.engine.layers.missing import MissingValues
from vcore.engine.layers.packed import PackedIntegers
from vcore.engine.layers.stabilised import NoiseQuantiser
from vcore.engine.layers.wide import coded_dtype
from vcore.engine.levels import LevelsDecoder
from vcore.engine.plain import PLAIN, PlainDecoder
from vcore.errors import FormatError, InputError, MemoryLimitError, TruncatedError
from vcore.methods.base import Decoder
from vcore.methods.mixins import Continuous, Pointwise, PrimitiveDecoder
from vcore.model.fill import beside
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.primitives import Primitives
from vcore.model.pyramid import CHUNK, box_mode, chunk_shape, finer, level_grids
from vcore.model.regions import Region, blocks, normalise, shape_of
from vcore.runtime.executor import run_all, threads

CONSTANT = "constant"
"""Method name in the header of a variable with a single finite value."""
PARTS = 4
"""Least number of parts for each thread where chunks are decoded together."""


class ConstantDecoder(Decoder):
    """Decoder of a variable whose finite values are all equal."""

    exact = True

    def __init__(self, header: VariableHeader, grid: Grid) -> None:
        self.grids = level_grids(grid)
        self.levels = tuple(range(len(self.grids)))
        self.chunks = tuple(chunk_shape(g, 0, 0) for g in self.grids)
        self._value = header.range[0]

    def decode(self, region: Region, level: int = 0) -> NDArray[Any]:
        return np.full(shape_of(region), self._value, np.float64)


class VariableDecoder(LevelsDecoder):
    """Decoder of a variable stored in the sections of a file or a chunk."""

    def __init__(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> None:
        self.header = header
        self.reader = reader
        self.grid = grid
        self._restored: DestabilisedDecoder | None = None
        self._inner = self._open()
        self.grids = self._inner.grids
        lead = header.shape[:-3]
        available = (0,) if header.is_label else self._inner.levels
        native = [native_level(self._inner, k, available) for k in range(len(self.grids))]
        self.chunks = tuple(
            (1,) * len(lead) + chunk_shape(g, k, k if n is None else n)
            for k, (g, n) in enumerate(zip(self.grids, native, strict=True))
        )
        self._beside_fill = beside(header.fill_value, header.range, self.dtype, self.packing)
        self._missing = self._residual = None
        if header.missing:
            self._missing = MissingValues(reader, header.shape, self.grids, header.fill_value)
        step = self._residual_step
        if step is not None:
            self._residual = Residual(reader, header.shape, step)

    def _open(self) -> Decoder:
        """Return the decoder of the values, or of the integers they are coded as."""
        header = self.header
        code: IntegerCode
        if header.noise is not None:
            code = NoiseQuantiser.from_json(header.noise, header.range)
        elif header.packing is not None:
            code = PackedIntegers.from_json(header.packing, header.dtype, header.range)
        else:
            return self._open_method(header)
        inner = self._open_method(code.header(header))
        self._restored = DestabilisedDecoder(inner, code, header.range)
        return inner

    def _open_method(self, header: VariableHeader) -> Decoder:
        if header.method == CONSTANT:
            return ConstantDecoder(header, self.grid)
        if header.method == PLAIN:
            return PlainDecoder(header, self.grid, self.reader)
        dtype = coded_dtype(header.dtype, header.range)
        if dtype is None:
            raise FormatError(
                f"The header is damaged: integers beyond 32 bits of method {header.method!r:.40}."
            )
        if dtype != header.dtype:
            header = replace(header, dtype=dtype, fill_value=None)
        return methods.get_for_file(header.method).open(header, self.grid, self.reader)

    @property
    def _residual_step(self) -> float | None:
        return (self.header.noise or self.header.bound or {}).get("step")

    @property
    def exact(self) -> bool:
        return self._inner.exact

    @property
    def packing(self) -> Packing | None:
        header = self.header
        if header.packing is None:
            return None
        return PackedIntegers.from_json(header.packing, header.dtype, header.range).packing

    @property
    def available_levels(self) -> tuple[int, ...]:
        return tuple(k for k in range(len(self.grids)) if self._source_level(k) is not None)

    @property
    def stored_levels(self) -> tuple[int, ...]:
        return tuple(k for k in range(len(self.grids)) if self._source_level(k) == k)

    def decode(self, region: Any = (), level: int = 0) -> NDArray[Any]:
        selected = self.check_region(region, level)
        out = np.empty(shape_of(selected), self.dtype)
        if self._source_level(level) == level:
            self._inner.prepare(selected, level)
        try:
            run_all(
                lambda part: self._decode_part(out, selected, part, level),
                self._parts(selected, level),
            )
        except MemoryError as error:  # a method may need many times the memory of its values
            raise MemoryLimitError(
                f"Expected a region that fits into memory. Decoding {out.shape} of "
                f"{self.header.name!r} needs more: decode a smaller region or a coarser level."
            ) from error
        return out

    def decode_chunk(self, region: Region, level: int) -> NDArray[Any]:
        if level and self.header.is_label:
            fine = finer(region, 2, self.grids[level - 1].shape)
            return box_mode(self.decode_chunk(fine, level - 1), (2, 2, 2))
        if self._missing is not None and self._missing.hides_all(region, level):
            values = np.zeros(shape_of(region), self.dtype)  # nothing of the method is needed
            self._missing.apply(values, region, level)
            return values
        if level == 0 and self.dtype.kind in "iu" and isinstance(self._inner, PlainDecoder):
            values = self._inner.decode(region)  # not all of them are double precision numbers
            if self._missing is not None:
                self._missing.apply(values, region, level)
            return values
        return self._finish(self.raw(region, level), region, level)

    def filled(
        self, values: NDArray[Any], region: Region, level: int = 0
    ) -> NDArray[np.bool_] | None:
        # from the mask: present values may equal the fill value by chance
        if self._missing is None or self.header.fill_value is None:
            return None
        return self._missing.filled(normalise(region, self.shape(level)), level)

    def resampled(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[Any] | None:
        decoder, restored = self._inner, self._restored
        if not isinstance(decoder, Continuous) or self._missing is not None:
            return None
        if not self.available_levels:
            raise TruncatedError("Expected the bytes of the variable. The file ends before them.")
        shape = shape_of(region)
        out = np.empty(shape, self.dtype)
        side = (1,) * (len(shape) - 3) + (CHUNK,) * 3

        def part(inside: Region) -> None:
            place = tuple(
                slice(r.start + i.start, r.start + i.stop)
                for r, i in zip(region, inside, strict=True)
            )
            values = decoder.sample(place, spacing).astype(np.float64, copy=False)
            out[inside] = self._cast(values if restored is None else restored.restored(values))

        run_all(part, blocks(shape, side))
        return out

    @property
    def pointwise(self) -> Pointwise | None:
        decoder = self._inner
        layers = (self._restored, self._residual, self._missing)
        if any(layer is not None for layer in layers) or not self.available_levels:
            return None
        return decoder if isinstance(decoder, Pointwise) else None

    @property
    def has_primitives(self) -> bool:
        """Whether the variable is made of primitives in data units."""
        return self._restored is None and isinstance(self._inner, PrimitiveDecoder)

    def primitives(self) -> Primitives:
        if not self.available_levels:
            raise TruncatedError("Expected the bytes of the variable. The file ends before them.")
        if self._restored is not None:
            raise InputError(
                "Expected a variable coded in data units. This one is coded as integers (multiples "
                "of a share of the noise, or packed by its source), and its primitives refer to "
                "those."
            )
        if not isinstance(self._inner, PrimitiveDecoder):
            raise InputError(
                f"Expected a variable made of primitives{methods.able(PrimitiveDecoder)}. This one "
                f"is not."
            )
        return self._inner.primitives()

    def raw(self, region: Region, level: int = 0, *, residual: bool = True) -> NDArray[np.float64]:
        """Return the values of ``region`` before clipping, rounding and casting, float64."""
        native = self._source_level(level)
        if native is None:
            raise TruncatedError(
                f"Expected the bytes of level {level}. The file ends before them: "
                f"the available levels are {list(self.available_levels)}."
            )
        residual = residual and level == 0 and self._residual is not None
        decoder = self._restored if self._restored is not None and not residual else self._inner
        values = decode_level(decoder, region, level, native).astype(np.float64, copy=False)
        if residual and self._residual is not None:
            self._residual.apply(values, region)
            if self._restored is not None:
                return self._restored.restored(values)
        return values

    def _finish(self, values: NDArray[np.float64], region: Region, level: int) -> NDArray[Any]:
        result = self._cast(values)
        if self._beside_fill is not None:
            result[result == self.header.fill_value] = self._beside_fill
        if self._missing is not None:
            self._missing.apply(result, region, level)
        return result

    def _cast(self, values: NDArray[np.float64]) -> NDArray[Any]:
        low, high = map(float, self.header.range)
        if self.dtype.kind in "iu" and self.dtype.itemsize == 8:
            high = min(high, float(np.nextafter(float(np.iinfo(self.dtype).max), 0)))
        np.fmax(values, low, out=values)  # also maps NaN from damaged weights to low
        np.fmin(values, high, out=values)
        if self.dtype.kind != "f":
            np.rint(values, out=values)
        return values.astype(self.dtype)

    def _decode_part(self, out: NDArray[Any], whole: Region, part: Region, level: int) -> None:
        target = tuple(
            slice(p.start - w.start, p.stop - w.start) for p, w in zip(part, whole, strict=True)
        )
        out[target] = self.decode_chunk(part, level)

    def _parts(self, region: Region, level: int) -> list[Region]:
        """Split ``region`` along the level's chunks, with several frames or chunks per part if the
        method decodes them together."""
        chunk = tuple(
            self._inner.frames if axis == "t" else n
            for axis, n in zip(self.header.axes, self.chunks[level], strict=True)
        )
        if self._source_level(level) == level:
            lead = (1,) * (len(chunk) - 3)
            larger = tuple(
                a * b for a, b in zip(chunk, (*lead, *self._inner.together), strict=True)
            )
            if prod(-(-n // c) for n, c in zip(shape_of(region), larger, strict=True)) >= (
                PARTS * threads()
            ):
                chunk = larger
        spans = [
            [slice(max(s.start, i), min(s.stop, i + c)) for i in range(s.start // c * c, s.stop, c)]
            for s, c in zip(region, chunk, strict=True)
        ]
        counts = [len(s) for s in spans]
        return [
            tuple(span[i] for span, i in zip(spans, index, strict=True))
            for index in np.ndindex(*counts)
        ]

    def _source_level(self, level: int) -> int | None:
        """Return the method's level from which ``level`` is computed; None if bytes are missing."""
        if level and self.header.is_label:
            return self._source_level(0)
        residual = self._residual_step is not None
        if level == 0 and residual and not self.reader.is_available(0, RESIDUAL):
            return None
        if self.header.missing and not self.reader.is_available(level, MISSING):
            return None
        return native_level(self._inner, level, self._inner.levels)

    def __getstate__(self) -> tuple[Any, ...]:
        return self.header, self.grid, self.reader

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__(*state)  # type: ignore[misc]

"""Lossless storage as deflated tiles of what no method codes losslessly: float64, and integers
beyond 32 bits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.carried import SECTION, CarriedHeader, DeflatedArray
from vcore.container.header import VariableHeader
from vcore.methods.base import Decoder, Sink
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import CHUNK, chunk_shape, level_grids
from vcore.model.regions import Region

PLAIN = "plain"
"""Method name in the header."""


def is_needed(source: VariableSource, max_error: float | None) -> bool:
    """Return whether no method can keep the bound: 0 with float64."""
    return max_error == 0 and source.variable.dtype == np.float64


def encode(source: VariableSource, sink: Sink, context: Context) -> None:
    """Store the values of ``source``, with missing values filled in."""
    header = _stored(source.variable.name, source.variable.dtype.str, source.shape)
    units = []
    for number, region in enumerate(header.chunks()):
        context.report("storing", number / header.units)
        units.append(header.pack(_filled(source, region)))
    sink.add(0, SECTION, units)


def _filled(source: VariableSource, region: Region) -> NDArray[Any]:
    """Return the values of ``region`` in their dtype, with missing ones filled in."""
    variable = source.variable
    if variable.dtype.kind == "f":
        return source.read(region)
    values = variable.read(region)  # not all of them are double precision numbers
    missing = variable.missing(values)
    if missing is not None:
        low, high = map(float, source.range)
        high = min(high, float(np.nextafter(float(np.iinfo(values.dtype).max), 0)))
        values = values.copy()
        values[missing] = np.rint(source.read(region)[missing].clip(low, high))
    return values


class PlainDecoder(Decoder):
    """Decoder of stored values; coarser levels are averaged."""

    exact = True
    levels = (0,)

    def __init__(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> None:
        self.grids = level_grids(grid)
        self.chunks = tuple(chunk_shape(g, k, 0) for k, g in enumerate(self.grids))
        self._values = DeflatedArray(_stored(header.name, f"<{header.dtype}", header.shape), reader)

    def decode(self, region: Region, level: int = 0) -> NDArray[Any]:
        values: NDArray[Any] = self._values[region]
        return values


def _stored(name: str, dtype: str, shape: tuple[int, ...]) -> CarriedHeader:
    """Return the storage layout of a variable."""
    tile = (1,) * len(shape[:-3]) + (CHUNK,) * 3
    chunk = tuple(min(n, t) for n, t in zip(shape, tile, strict=True))
    return CarriedHeader(name, ("",) * len(shape), dtype, shape, chunk)

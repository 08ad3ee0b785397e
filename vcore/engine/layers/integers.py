"""Variables coded as integers.

A method codes the integers like any other variable of dtype i4; decoding rounds them and maps them
to values. Subclasses define the mapping: variance-stabilised values (``stabilised``), or the
integers of the source's packing (``packed``).
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.methods.base import Decoder
from vcore.methods.source import VariableSource
from vcore.model.regions import Region

MISSING = -(1 << 31)
"""Integer at missing voxels, which are also masked."""
DTYPE = np.dtype("i4")


class IntegerCode(ABC):
    """Mapping between values and integers."""

    @abstractmethod
    def integers(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the integers of finite ``values``, float64."""

    @abstractmethod
    def values(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of ``integers``, not yet rounded for integer dtypes."""

    def range(self, limits: tuple[float, float]) -> tuple[int, int]:
        """Return the smallest and largest integer for values within ``limits``."""
        ends = sorted(self.integers(np.array(limits, np.float64)))
        return int(ends[0]), int(ends[1])

    def coded(self, source: VariableSource) -> VariableSource:
        """Return the integers of ``source`` as a new source."""
        data = _Integers(self, source)
        fill = MISSING if source.has_missing else None
        variable = replace(source.variable, data=data, fill_value=fill, packing=None)
        return VariableSource(variable, source.grid, self.range(source.range), source.has_missing)

    def header(self, header: VariableHeader) -> VariableHeader:
        """Return the header of the integers, given that of the values."""
        return replace(
            header,
            dtype=DTYPE.str[1:],
            range=self.range(header.range),
            fill_value=MISSING if header.missing else None,
            noise=None,
            packing=None,
        )


class _Integers:
    """Lazy array of a variable's integers; MISSING at missing voxels."""

    def __init__(self, code: IntegerCode, source: VariableSource) -> None:
        self._code, self._variable, self._present = code, source.variable, source.range[0]
        self.shape, self.dtype = source.variable.shape, DTYPE

    def __getitem__(self, region: Any) -> NDArray[np.int32]:
        values = self._variable.read(region)
        missing = self._variable.missing(values)
        if missing is None:
            return self._code.integers(values).astype(DTYPE)
        present = np.where(missing, values.dtype.type(self._present), values)
        integers = self._code.integers(present).astype(DTYPE)
        integers[missing] = MISSING
        return integers


class DestabilisedDecoder(Decoder):
    """Decoder of values from a decoder of their integers.

    Parameters
    ----------
    inner
        Decoder of the integers, not yet clipped and rounded.
    code
        Mapping between values and integers.
    limits
        Smallest and largest value.
    """

    def __init__(self, inner: Decoder, code: IntegerCode, limits: tuple[float, float]) -> None:
        self.grids, self.levels, self.chunks = inner.grids, inner.levels, inner.chunks
        self.exact = inner.exact
        self._inner, self._code, self._range = inner, code, code.range(limits)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        return self.restored(self._inner.decode(region, level).astype(np.float64, copy=False))

    def prepare(self, region: Region, level: int = 0) -> None:
        self._inner.prepare(region, level)

    def restored(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of decoded integers."""
        low, high = self._range
        whole = np.rint(np.fmin(np.fmax(integers, low), high)) + 0.0  # integers have no -0.0
        return self._code.values(whole)

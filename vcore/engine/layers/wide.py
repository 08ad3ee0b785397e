"""64-bit integers and truth values, coded as integers of at most 32 bits (docs/format.md, section
4)."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.io.lazy import Converted
from vcore.methods.source import VariableSource
from vcore.model.volume import WIDE_DTYPES


def coded_dtype(dtype: str, limits: tuple[float, float]) -> str | None:
    """Return the dtype in which values of a header's dtype within ``limits`` are coded.

    Their own one if a method codes it; None if they are beyond 32 bits.
    """
    if dtype not in WIDE_DTYPES:
        return dtype
    if dtype == "b1":
        return "u1"
    narrow = "u4" if limits[0] >= 0 else "i4"
    ends = np.iinfo(narrow)
    return narrow if ends.min <= limits[0] and limits[1] <= ends.max else None


def coded(source: VariableSource) -> VariableSource | None:
    """Return ``source`` in the dtype in which methods code it, None if no method can.

    A fill value that the dtype has not becomes one that no value is.
    """
    variable = source.variable
    narrow = coded_dtype(variable.dtype.str[1:], source.range)
    if narrow == variable.dtype.str[1:]:
        return source
    if narrow is None:
        return None
    dtype, fill = np.dtype(narrow), variable.usable_fill
    own = None if fill is None else _unused(int(fill), source.range, dtype)
    if source.has_missing and own is None:
        return None

    def converted(values: NDArray[Any]) -> NDArray[Any]:
        known = values if own is None else np.where(values == fill, own, values)
        return known.astype(dtype)

    data = Converted(variable.data, dtype, converted)
    return replace(source, variable=replace(variable, data=data, fill_value=own))


def restored(header: VariableHeader, source: VariableSource) -> VariableHeader:
    """Return the header of the coded values as that of the values of ``source``."""
    variable = source.variable
    return replace(header, dtype=variable.dtype.str[1:], fill_value=variable.usable_fill)


def _unused(fill: int, limits: tuple[float, float], dtype: np.dtype[Any]) -> int | None:
    ends = np.iinfo(dtype)
    if ends.min <= fill <= ends.max:
        return fill
    if limits[0] > ends.min:
        return int(ends.min)
    return int(ends.max) if limits[1] < ends.max else None

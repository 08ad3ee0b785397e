"""Sections 20 and 21 of docs/format.md for ``reference_reader``: values represented by integers."""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Noise:
    """Representation of values within ``limits`` by integers from ``low`` to ``high``."""

    def __init__(self, fields: dict[str, Any], limits: tuple[float, float]) -> None:
        self.gain, self.offset, self.unit = fields["gain"], fields["offset"], fields["unit"]
        read = fields["read_noise"]
        self.floor = sqrt(0.375 * self.gain * self.gain + read * read)
        self.low, self.high = (self.integer(v) for v in limits)

    def integer(self, value: float) -> int:
        above = value - self.offset
        root = sqrt(self.gain * max(above, 0.0) + self.floor * self.floor)
        return round(2.0 * above / (root + self.floor) / self.unit)

    def values(self, integers: NDArray[Any]) -> NDArray[Any]:
        """Return the values of integers before clipping and rounding."""
        integers = np.where(np.isnan(integers), self.low, integers)
        y = np.rint(np.clip(integers, self.low, self.high)) * self.unit
        return self.offset + y * (self.floor + self.gain * np.maximum(y, 0.0) / 4.0)


class Packing:
    """The same for the packed integers of an original of ``dtype``."""

    def __init__(
        self, fields: dict[str, Any], dtype: np.dtype[Any], limits: tuple[float, float]
    ) -> None:
        self.dtype, self.scale, self.offset = dtype, fields["scale"], fields["offset"]
        self.low, self.high = sorted(round((v - self.offset) / self.scale) for v in limits)

    def values(self, integers: NDArray[Any]) -> NDArray[Any]:
        """Return the values of integers before clipping and rounding."""
        integers = np.where(np.isnan(integers), self.low, integers)
        whole = np.rint(np.clip(integers, self.low, self.high)).astype("i8").astype(self.dtype)
        scale, offset = self.dtype.type(self.scale), self.dtype.type(self.offset)
        product = whole * scale
        return (product + offset if self.offset else product).astype("f8")

    def beside(self, fill: float, way: int) -> float | None:
        """Return the value of the integer next to a fill value, None if that is the fill value."""
        integer = np.rint((fill - self.offset) / self.scale) + way * np.sign(self.scale)
        product = self.dtype.type(integer) * self.dtype.type(self.scale)
        value = product + self.dtype.type(self.offset) if self.offset else product
        return None if value == self.dtype.type(fill) else value

"""Mapping of values to integers within an error bound, and back (docs/format.md, section 19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.layers.bound import quantiser_step, spacing
from vcore.errors import BudgetError, FormatError

Integers = NDArray[np.int64]
FINENESS = 15
"""Quantiser step for floating point values, in integer units: predictions resolve fractions of the
step, and an odd step is symmetric."""
MAX_STEP = 1 << 40
ROUNDINGS = 4 * 2.0**-52
"""Bound on the float64 rounding error of a decoded value, relative to the largest value."""


@dataclass(frozen=True)
class Scale:
    """Mapping of values to integers, and the quantiser step.

    Parameters
    ----------
    low
        Smallest value, which maps to 0.
    unit
        Difference of consecutive integers in data units; 0 if the integers are the ordered bit
        patterns of float16 or float32.
    step
        Quantiser step, odd: integers are coded to within ``step // 2``.
    dtype
        Dtype of the values.
    """

    low: float
    unit: float
    step: int
    dtype: np.dtype[Any]

    def integers(self, values: NDArray[np.float64]) -> Integers:
        if self.unit == 0:
            found: Integers = patterns(values, self.dtype) - self._lowest
        else:
            found = np.rint((values - self.low) / self.unit).astype(np.int64)
        return found

    def values(self, integers: Integers) -> NDArray[np.float64]:
        """Return the values of ``integers`` in data units, float64."""
        if self.unit == 0:
            return of_patterns(integers + self._lowest, self.dtype)
        found: NDArray[Any] = integers * self.unit + self.low
        return found

    @property
    def _lowest(self) -> int:
        return int(patterns(np.array(self.low), self.dtype))

    def to_json(self) -> dict[str, Any]:
        """Return the part stored in the header."""
        return {"unit": self.unit, "step": self.step}

    @classmethod
    def from_json(cls, state: Mapping[str, Any], low: float, dtype: np.dtype[Any]) -> "Scale":
        """Return the scale stored in a header.

        Raises
        ------
        FormatError
            Unit or step is invalid.
        """
        unit, step = state.get("unit"), state.get("step")
        real = isinstance(unit, int | float) and np.isfinite(unit) and unit >= 0
        odd = isinstance(step, int) and 0 < step < MAX_STEP and step % 2 == 1
        if not real or not odd or (unit == 0 and (dtype.kind, dtype.itemsize > 4) != ("f", False)):
            raise FormatError("The header is damaged: the quantiser's step is impossible.")
        return cls(low, float(unit or 0), int(step or 0), dtype)


def scale_of(bound: float, limits: tuple[float, float], dtype: np.dtype[Any]) -> Scale:
    """Return the coarsest scale that satisfies ``bound`` for values within ``limits``.

    Raises
    ------
    BudgetError
        The bound is below the resolution of float64 at these values.
    """
    low, high = (float(v) for v in limits)
    if dtype.kind != "f":
        step = 2 * int(min(bound, high - low)) + 1
        return Scale(low, 1.0, step, dtype)
    width = _width(bound, limits, dtype)
    if width > spacing(limits, dtype):
        return Scale(low, width / FINENESS, FINENESS, dtype)
    if dtype.itemsize <= 4:
        return Scale(low, 0.0, 1, dtype)
    raise BudgetError(
        f"Expected an error bound above what float64 can resolve at these values. Got {bound:.6g} "
        f"instead: choose a larger bound, or store them as float32, which is coded without loss."
    )


def _width(bound: float, limits: tuple[float, float], dtype: np.dtype[Any]) -> float:
    """Return the quantiser step for floating point values, minus rounding errors; 0 if none is
    left."""
    try:
        width = quantiser_step(bound, limits, dtype, exact=True)
    except BudgetError:
        return 0.0
    return width - 2 * ROUNDINGS * max(abs(float(v)) for v in limits)


def patterns(values: NDArray[Any], dtype: np.dtype[Any]) -> Integers:
    """Return the bit patterns of float16 or float32 values as integers that sort like the values,
    int64."""
    unsigned = np.dtype(f"u{dtype.itemsize}")
    sign = 1 << (8 * dtype.itemsize - 1)
    bits = np.ascontiguousarray(values, dtype.newbyteorder("=")).view(unsigned).astype(np.int64)
    return np.where(bits >= sign, sign - bits, bits).reshape(np.shape(values))


def of_patterns(integers: Integers, dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Invert ``patterns``; return float64, with out-of-range patterns as infinities."""
    sign = 1 << (8 * dtype.itemsize - 1)
    inside = np.clip(integers, 1 - sign, sign - 1)
    bits = np.where(inside < 0, sign - inside, inside).astype(f"u{dtype.itemsize}")
    return bits.view(dtype.newbyteorder("=")).astype(np.float64)

"""Values as integers within an error bound, and back (docs/format.md, section 19)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.layers.bound import quantiser_step, spacing
from vcore.errors import BudgetError, FormatError

Integers = NDArray[np.int64]
FINENESS = 15
"""The quantiser's step for floating point values, in units of their integers: predictions are
fractions of the step, and an odd step loses nothing."""
MAX_STEP = 1 << 40
ROUNDINGS = 4 * 2.0**-52
"""Float64 rounding of a decoded value, as a share of the largest."""


@dataclass(frozen=True)
class Scale:
    """How values become integers, and the quantiser's step.

    Parameters
    ----------
    low
        The smallest value, which becomes 0.
    unit
        The difference that an integer of 1 stands for, in data units; 0 if integers are the
        ordered bit patterns of float16 or float32.
    step
        The quantiser's step, odd: integers are coded to within ``step // 2``.
    dtype
        Of the values.
    """

    low: float
    unit: float
    step: int
    dtype: np.dtype[Any]

    def integers(self, values: NDArray[np.float64]) -> Integers:
        """Return the integers of ``values``."""
        if self.unit == 0:
            found: Integers = patterns(values, self.dtype) - self._lowest
        else:
            found = np.rint((values - self.low) / self.unit).astype(np.int64)
        return found

    def values(self, integers: Integers) -> NDArray[np.float64]:
        """Return the values of ``integers``, in data units."""
        if self.unit == 0:
            return of_patterns(integers + self._lowest, self.dtype)
        found: NDArray[Any] = integers * self.unit + self.low
        return found

    @property
    def _lowest(self) -> int:
        return int(patterns(np.array(self.low), self.dtype))

    def to_json(self) -> dict[str, Any]:
        """Return what a header keeps of it."""
        return {"unit": self.unit, "step": self.step}

    @classmethod
    def from_json(cls, state: Mapping[str, Any], low: float, dtype: np.dtype[Any]) -> "Scale":
        """Return the scale that a header holds.

        Raises
        ------
        FormatError
            It is none.
        """
        unit, step = state.get("unit"), state.get("step")
        real = isinstance(unit, int | float) and np.isfinite(unit) and unit >= 0
        odd = isinstance(step, int) and 0 < step < MAX_STEP and step % 2 == 1
        if not real or not odd or (unit == 0 and (dtype.kind, dtype.itemsize > 4) != ("f", False)):
            raise FormatError("The header is damaged: the quantiser's step is impossible.")
        return cls(low, float(unit or 0), int(step or 0), dtype)


def scale_of(bound: float, limits: tuple[float, float], dtype: np.dtype[Any]) -> Scale:
    """Return the coarsest scale that keeps ``bound`` for values within ``limits``.

    Raises
    ------
    BudgetError
        It is finer than float64 values are.
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
    """Return the quantiser's step for floating point values, less rounding; 0 if none is left."""
    try:
        width = quantiser_step(bound, limits, dtype, exact=True)
    except BudgetError:
        return 0.0
    return width - 2 * ROUNDINGS * max(abs(float(v)) for v in limits)


def patterns(values: NDArray[Any], dtype: np.dtype[Any]) -> Integers:
    """Return the bit patterns of float16 or float32 values as integers in the order of the
    values."""
    unsigned = np.dtype(f"u{dtype.itemsize}")
    sign = 1 << (8 * dtype.itemsize - 1)
    bits = np.ascontiguousarray(values, dtype.newbyteorder("=")).view(unsigned).astype(np.int64)
    return np.where(bits >= sign, sign - bits, bits).reshape(np.shape(values))


def of_patterns(integers: Integers, dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Return the values of ordered bit patterns, float64; impossible ones become infinite."""
    sign = 1 << (8 * dtype.itemsize - 1)
    inside = np.clip(integers, 1 - sign, sign - 1)
    bits = np.where(inside < 0, sign - inside, inside).astype(f"u{dtype.itemsize}")
    return bits.view(dtype.newbyteorder("=")).astype(np.float64)

"""Stored numbers as values by the CF conventions: what is missing, and how they are packed.

Sections 2.5.1 and 8.1 of the conventions, and NetCDF's ``_Unsigned``
(https://docs.unidata.ucar.edu/nug/current/best_practices.html). Values are those of
``xarray.decode_cf``, which knows all but the valid range.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.cf_attributes import text
from vcore.io.lazy import Converted
from vcore.model.packing import Packing
from vcore.model.volume import LazyArray

logger = logging.getLogger(__name__)

FILLS = ("_FillValue", "missing_value")
DOUBLE: np.dtype[Any] = np.dtype("f8")
CODING = (*FILLS, "_Unsigned", "scale_factor", "add_offset")
"""Attributes that ``coding_of`` uses up; those of the valid range stay."""
RANGES = ("valid_range", "valid_min", "valid_max")
ROUNDED = 1e-3
"""How far from an integer a packed limit may be that stands for it."""
DEFAULT_FILLS = {1: (255, -127), 2: (65535, -32767), 4: (4294967295, -2147483647)}
"""NetCDF's own fill values, unsigned and signed, by the bytes of an integer."""


@dataclass(frozen=True)
class Coding:
    """How the stored numbers of a variable become values.

    Parameters
    ----------
    stored
        Dtype of the numbers, signed or unsigned as ``_Unsigned`` says.
    codes
        Numbers that mean "missing".
    valid
        Smallest and largest number that means something, None where all do.
    code
        The number that all missing ones become: declared, or outside of the valid range. None
        where there are none, NaN for floating-point numbers without a declared one.
    scale, offset
        None where values are stored as they are.
    dtype
        Of the values.
    where
        Names them in a warning, once, where values lie outside of the valid range; "" for none.
    """

    stored: np.dtype[Any]
    codes: tuple[Any, ...] = ()
    valid: tuple[Any, Any] | None = None
    code: Any = None
    scale: Any = None
    offset: Any = None
    dtype: np.dtype[Any] = DOUBLE
    where: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether values are computed from the numbers."""
        return self.scale is not None or self.offset is not None

    @property
    def is_tidy(self) -> bool:
        """Whether the missing values are stored as one number."""
        return len(self.codes) < 2 and self.valid is None

    @property
    def fill_value(self) -> float | int | None:
        """The value that means "missing"; None where it is NaN or nothing is."""
        if self.is_packed or self.code is None or self.code != self.code:
            return None
        value: float | int = self.code.item()
        return value

    @property
    def packing(self) -> Packing | None:
        """How integers are packed, None for other values."""
        if not self.is_packed or self.stored.str[1:] not in ("u1", "i1", "u2", "i2", "u4", "i4"):
            return None
        scale = 1.0 if self.scale is None else float(self.scale)
        offset = 0.0 if self.offset is None else float(self.offset)
        return Packing(self.stored.str[1:], self.dtype.str[1:], scale, offset)

    def missing(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which ``numbers`` of dtype ``stored`` mean that there is no value."""
        mask = np.zeros(numbers.shape, bool)
        for code in self.codes:
            mask |= numbers == code
        if self.valid is not None:
            outside = (numbers < self.valid[0]) | (numbers > self.valid[1])
            if self.where and (outside & ~mask).any():
                _tell_once(self.where, *self.valid)
            mask |= outside
        return mask

    def absent(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which stored numbers, in their own dtype, are missing, NaN and infinite."""
        native = numbers.astype(numbers.dtype.newbyteorder("="), copy=False).view(self.stored)
        mask = self.missing(native)
        return mask | ~np.isfinite(native) if native.dtype.kind == "f" else mask

    def stored_code(self, dtype: np.dtype[Any]) -> float | int | None:
        """Return the number of ``dtype`` that missing values are stored as, None where it is NaN or
        there is none."""
        if self.code is None or not np.isfinite(self.code):
            return None
        stored = np.array(self.code, self.stored).view(dtype.newbyteorder("="))
        number: float | int = stored.item()
        return number

    def tidy(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return stored numbers, all missing ones as the same, in their own dtype."""
        if self.is_tidy:
            return numbers
        signed = numbers.astype(numbers.dtype.newbyteorder("="))
        view = signed.view(self.stored)
        view[self.missing(view)] = self.code
        return signed

    def values(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the values, NaN where there is none if they are packed."""
        numbers = self.tidy(numbers)
        native = numbers.astype(numbers.dtype.newbyteorder("="), copy=False).view(self.stored)
        if not self.is_packed:
            return native
        values = native.astype(self.dtype)
        # in place, as xarray does: of float32 values and a scale in float64, rounded once
        if self.scale is not None:
            values *= self.scale
        if self.offset is not None:
            values += self.offset
        values[self.missing(native)] = np.nan
        return values

    def floats(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """Return the values in double precision, NaN where there is none."""
        values = self.values(numbers)
        found = np.asarray(values, np.float64).copy()
        if self.fill_value is not None:
            found[values == self.code] = np.nan
        return found

    def decoded(self, data: LazyArray) -> LazyArray:
        """Return stored ``data`` as values; as it is where these are the same."""
        same = not self.is_packed and np.dtype(data.dtype).newbyteorder("=") == self.stored
        return data if same and self.is_tidy else Converted(data, self.dtype, self.values)


def coding_of(where: str, dtype: Any, attributes: Mapping[str, Any]) -> Coding:
    """Return how numbers of ``dtype`` become values; ``where`` names them in warnings.

    Without it there are none.
    What makes no sense (text, numbers that the dtype cannot hold) is left out with a warning.
    """
    native = np.dtype(dtype).newbyteorder("=")
    if native.kind not in "iuf":
        return Coding(native, dtype=native)
    stored = _signedness(where, native, attributes)
    scale = _factor(where, "scale_factor", attributes)
    offset = _factor(where, "add_offset", attributes)
    codes = {
        name: _codes(where, name, attributes[name], native, stored)
        for name in FILLS
        if attributes.get(name) is not None
    }
    found = tuple(dict.fromkeys(code for part in codes.values() for code in part))
    valid = _valid(where, attributes, stored, scale, offset)
    code = _common(stored, codes, found, valid)
    packed = scale is not None or offset is not None
    if packed:
        lost = stored.kind == "f" and bool(codes) and not found
        values = stored if lost else _unpacked(stored, scale, offset)
    else:
        values = stored
    return Coding(stored, found, valid, code, scale, offset, values, where)


def _signedness(where: str, native: np.dtype[Any], attributes: Mapping[str, Any]) -> np.dtype[Any]:
    if "_Unsigned" not in attributes:
        return native
    wanted = text(attributes, "_Unsigned").lower()
    if native.kind == "f" or wanted not in ("true", "false"):
        _warn("%s: _Unsigned of %s means nothing for %s", where, wanted, native)
        return native
    return np.dtype(f"{'u' if wanted == 'true' else 'i'}{native.itemsize}")


def _factor(where: str, name: str, attributes: Mapping[str, Any]) -> Any:
    """Return ``scale_factor`` or ``add_offset`` in its own precision, None where it is none."""
    if attributes.get(name) is None:
        return None
    numbers = _numbers(attributes[name]) or []
    good = len(numbers) == 1 and np.isfinite(numbers[0])
    if not good or (name == "scale_factor" and numbers[0] == 0):
        _warn("%s: %s is %r, which is left out", where, name, attributes[name])
        return None
    (value,) = numbers
    # integers as factors make no integers of packed values that may be missing
    return value if isinstance(value, np.floating) else float(value)


def _codes(
    where: str, name: str, given: Any, native: np.dtype[Any], stored: np.dtype[Any]
) -> tuple[Any, ...]:
    """Return the numbers of dtype ``stored`` that ``given`` declares as missing."""
    numbers = _numbers(given)
    if numbers is None:
        _warn("%s: %s is %r, which is no number: left out", where, name, given)
        return ()
    if native.kind == "f":  # NaN is missing anyway
        numbers = [n for n in numbers if n == n]
    found = [code for n in numbers if (code := _fitted(n, native, stored)) is not None]
    if len(found) < len(numbers):
        _warn("%s: %s is %r, which no %s can be: left out", where, name, given, stored)
    return tuple(found)


def _fitted(number: Any, native: np.dtype[Any], stored: np.dtype[Any]) -> Any:
    """Return a number in dtype ``stored``, None if none of its values equals it."""
    if number != number:
        return None
    if stored.kind == "f":
        with np.errstate(over="ignore"):
            value = stored.type(number)
        return None if np.isinf(value) and not np.isinf(number) else value
    if not np.isfinite(number) or int(number) != number:
        return None
    whole, bits = int(number), 8 * stored.itemsize
    if native != stored:  # declared with the sign of the stored numbers
        limits = np.iinfo(native)
        if not np.iinfo(stored).min <= whole <= np.iinfo(stored).max:
            if not limits.min <= whole <= limits.max:
                return None
            whole += (1 << bits) * (1 if stored.kind == "u" else -1)
    limits = np.iinfo(stored)
    return stored.type(whole) if limits.min <= whole <= limits.max else None


def _valid(
    where: str, attributes: Mapping[str, Any], stored: np.dtype[Any], scale: Any, offset: Any
) -> tuple[Any, Any] | None:
    """Return the smallest and largest number that means something, in dtype ``stored``."""
    given: dict[str, list[Any]] = {}
    for name, count in (("valid_range", 2), ("valid_min", 1), ("valid_max", 1)):
        if attributes.get(name) is not None:
            numbers = _numbers(attributes[name])
            if numbers is None or len(numbers) != count:
                _warn("%s: %s is %r, left out", where, name, attributes[name])
            else:
                given[name] = numbers
    low, high = given.get("valid_range", (None, None))
    low = given.get("valid_min", [None])[0] if low is None else low
    high = given.get("valid_max", [None])[0] if high is None else high
    low, high = (None if n is None or n != n else n for n in (low, high))
    if low is None and high is None:
        return None
    if stored.kind == "u":  # declared with the sign of the stored numbers
        low, high = (_wrapped(n, stored) for n in (low, high))
    if (scale is not None or offset is not None) and stored.kind in "iu":
        low, high = _packed_limits(low, high, scale, offset)
    limits = np.finfo(stored) if stored.kind == "f" else np.iinfo(stored)
    ends = (limits.min if low is None else low, limits.max if high is None else high)
    if stored.kind in "iu" and np.isfinite(ends).all():
        ends = (math.ceil(ends[0]), math.floor(ends[1]))
    if ends[0] > ends[1]:
        _warn("%s: the valid range %s to %s is empty: left out", where, *ends)
        return None
    if ends[0] <= limits.min and ends[1] >= limits.max:
        return None
    if stored.kind == "f":
        with np.errstate(over="ignore"):
            return stored.type(ends[0]), stored.type(ends[1])
    return int(max(ends[0], limits.min)), int(min(ends[1], limits.max))


def _wrapped(number: Any, stored: np.dtype[Any]) -> Any:
    negative = number is not None and number < 0 and not isinstance(number, float | np.floating)
    return int(number) + (1 << 8 * stored.itemsize) if negative else number


def _packed_limits(low: Any, high: Any, scale: Any, offset: Any) -> tuple[Any, Any]:
    """Return limits as packed numbers: limits of floating point are of the unpacked values."""
    factor, start = float(1.0 if scale is None else scale), float(offset or 0.0)

    def packed(limit: float) -> float:
        number = (limit - start) / factor
        near = round(number)
        return near if abs(number - near) < ROUNDED else number

    floats = [isinstance(n, float | np.floating) for n in (low, high) if n is not None]
    if not all(floats):
        return low, high
    ends = [None if n is None else packed(float(n)) for n in (low, high)]
    return (ends[1], ends[0]) if factor < 0 else (ends[0], ends[1])


def _common(
    stored: np.dtype[Any],
    codes: Mapping[str, tuple[Any, ...]],
    found: tuple[Any, ...],
    valid: tuple[Any, Any] | None,
) -> Any:
    """Return the number that all missing ones become."""
    several = len(found) > 1 or valid is not None
    if stored.kind == "f":
        if several and not codes.get("_FillValue"):
            return stored.type(np.nan)
        return found[0] if found else None
    if found or valid is None:
        return found[0] if found else None
    limits = np.iinfo(stored)
    wanted = DEFAULT_FILLS.get(stored.itemsize, (limits.max, limits.min))[stored.kind == "i"]
    outside = (n for n in (wanted, limits.min, limits.max) if not valid[0] <= n <= valid[1])
    return stored.type(next(outside))


def _unpacked(stored: np.dtype[Any], scale: Any, offset: Any) -> np.dtype[Any]:
    """Return the dtype of unpacked values, as ``xarray.coding.variables`` chooses it; but integers
    that single precision does not hold are unpacked in double precision, whatever the scale."""
    if stored.kind in "iu" and stored.itemsize >= 4:
        return np.dtype("f8")
    single = [isinstance(v, np.float32) for v in (scale, offset) if v is not None]
    if offset is None:
        return np.dtype("f4" if single[0] else "f8")
    return np.dtype("f4" if scale is not None and all(single) else "f8")


def _numbers(value: Any) -> list[Any] | None:
    """Return the numbers in an attribute, those in text too; None where there is something else."""
    found: list[Any] = []
    for item in np.ravel(np.asarray(value)):
        if isinstance(item, np.integer | np.floating | int):
            found.append(item)
            continue
        try:
            found.append(float(_text(item)))
        except ValueError:
            return None
    return found


def _warn(text: str, where: str, *values: Any) -> None:
    if where:
        logger.warning(text, where, *values)


@lru_cache(maxsize=1024)
def _tell_once(where: str, low: Any, high: Any) -> None:
    logger.warning(
        "%s: values outside of the valid range %s to %s (valid_range, valid_min, valid_max) are "
        "taken as missing",
        *(where, low, high),
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

"""Decode stored numbers by the CF conventions: missing values and packing.

Sections 2.5.1 and 8.1 of the conventions, and NetCDF's ``_Unsigned``
(https://docs.unidata.ucar.edu/nug/current/best_practices.html). Values equal those of
``xarray.decode_cf``, which ignores only the valid range.
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
"""Attributes that declare single missing values."""
DOUBLE: np.dtype[Any] = np.dtype("f8")
CODING = (*FILLS, "_Unsigned", "scale_factor", "add_offset")
"""Attributes consumed by ``coding_of``; those of the valid range are kept."""
RANGES = ("valid_range", "valid_min", "valid_max")
"""Attributes that declare the valid range."""
LIMIT_TOLERANCE = 1e-3
"""Maximum distance of a packed limit from the integer it is rounded to."""
DEFAULT_FILLS = {1: (255, -127), 2: (65535, -32767), 4: (4294967295, -2147483647)}
"""NetCDF's default fill values, unsigned and signed, by integer size in bytes."""


@dataclass(frozen=True)
class Coding:
    """Decoding of a variable's stored numbers.

    Parameters
    ----------
    stored
        Dtype of the numbers, with the signedness declared by ``_Unsigned``.
    codes
        Numbers declared as missing.
    valid
        Smallest and largest valid number, None if unlimited.
    code
        Number that replaces all missing ones: a declared one, or one outside the valid range.
        None if nothing can be missing, NaN for floating-point data without a declared number.
    scale, offset
        Packing parameters, None if values are stored unpacked.
    dtype
        Dtype of the values.
    where
        Name used in the warning, logged once, about values outside the valid range; "" for no
        warning.
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
        """Whether stored numbers have to be unpacked."""
        return self.scale is not None or self.offset is not None

    @property
    def is_tidy(self) -> bool:
        """Whether all missing values are stored as the same number."""
        return len(self.codes) < 2 and self.valid is None

    @property
    def fill_value(self) -> float | int | None:
        """Value that marks missing data; None if that is NaN or nothing can be missing."""
        if self.is_packed or self.code is None or self.code != self.code:
            return None
        value: float | int = self.code.item()
        return value

    @property
    def packing(self) -> Packing | None:
        """Packing of integers, None for other values."""
        if not self.is_packed or self.stored.str[1:] not in ("u1", "i1", "u2", "i2", "u4", "i4"):
            return None
        scale = 1.0 if self.scale is None else float(self.scale)
        offset = 0.0 if self.offset is None else float(self.offset)
        return Packing(self.stored.str[1:], self.dtype.str[1:], scale, offset)

    def missing(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Return a mask of missing ``numbers``, given in dtype ``stored``."""
        mask = np.zeros(numbers.shape, bool)
        for code in self.codes:
            mask |= numbers == code
        if self.valid is not None:
            outside = (numbers < self.valid[0]) | (numbers > self.valid[1])
            if self.where and (outside & ~mask).any():
                _warn_once(self.where, *self.valid)
            mask |= outside
        return mask

    def absent(self, numbers: NDArray[Any]) -> NDArray[np.bool_]:
        """Return a mask of missing, NaN and infinite stored numbers, in their own dtype."""
        native = numbers.astype(numbers.dtype.newbyteorder("="), copy=False).view(self.stored)
        mask = self.missing(native)
        return mask | ~np.isfinite(native) if native.dtype.kind == "f" else mask

    def stored_code(self, dtype: np.dtype[Any]) -> float | int | None:
        """Return the number in ``dtype`` that marks missing values, None if NaN or absent."""
        if self.code is None or not np.isfinite(self.code):
            return None
        stored = np.array(self.code, self.stored).view(dtype.newbyteorder("="))
        number: float | int = stored.item()
        return number

    def tidy(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return stored numbers with all missing ones replaced by ``code``, in their own dtype."""
        if self.is_tidy:
            return numbers
        signed = numbers.astype(numbers.dtype.newbyteorder("="))
        view = signed.view(self.stored)
        view[self.missing(view)] = self.code
        return signed

    def values(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return decoded values; missing ones are NaN if packed."""
        numbers = self.tidy(numbers)
        native = numbers.astype(numbers.dtype.newbyteorder("="), copy=False).view(self.stored)
        if not self.is_packed:
            return native
        values = native.astype(self.dtype)
        # in place, as in xarray: a float64 scale on float32 values rounds once
        if self.scale is not None:
            values *= self.scale
        if self.offset is not None:
            values += self.offset
        values[self.missing(native)] = np.nan
        return values

    def floats(self, numbers: NDArray[Any]) -> NDArray[np.float64]:
        """Return decoded values as float64, with NaN for missing ones."""
        values = self.values(numbers)
        found = np.asarray(values, np.float64).copy()
        if self.fill_value is not None:
            found[values == self.code] = np.nan
        return found

    def decoded(self, data: LazyArray) -> LazyArray:
        """Return ``data`` decoded lazily, or unchanged if no decoding is needed."""
        same = not self.is_packed and np.dtype(data.dtype).newbyteorder("=") == self.stored
        return data if same and self.is_tidy else Converted(data, self.dtype, self.values)


def coding_of(where: str, dtype: Any, attributes: Mapping[str, Any]) -> Coding:
    """Return the decoding of numbers of ``dtype``; ``where`` names the variable in warnings.

    Warnings are off without ``where``. Invalid attributes (text, numbers outside the dtype) are
    ignored with a warning.
    """
    native = np.dtype(dtype)
    if native.kind not in "iuf":  # texts of variable length have no byte order
        return Coding(native, dtype=native)
    native = native.newbyteorder("=")
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
    code = _common_code(stored, codes, found, valid)
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
        _warn("%s: ignored _Unsigned = %s, which has no meaning for %s", where, wanted, native)
        return native
    return np.dtype(f"{'u' if wanted == 'true' else 'i'}{native.itemsize}")


def _factor(where: str, name: str, attributes: Mapping[str, Any]) -> Any:
    """Return ``scale_factor`` or ``add_offset`` in its own precision, None if not a number."""
    if attributes.get(name) is None:
        return None
    numbers = _numbers(attributes[name]) or []
    good = len(numbers) == 1 and np.isfinite(numbers[0])
    if not good or (name == "scale_factor" and numbers[0] == 0):
        _warn("%s: ignored %s = %r", where, name, attributes[name])
        return None
    (value,) = numbers
    # an integer factor would give integers, which cannot be NaN where missing
    return value if isinstance(value, np.floating) else float(value)


def _codes(
    where: str, name: str, given: Any, native: np.dtype[Any], stored: np.dtype[Any]
) -> tuple[Any, ...]:
    """Return the numbers of dtype ``stored`` declared missing by the attribute ``given``."""
    numbers = _numbers(given)
    if numbers is None:
        _warn("%s: ignored %s = %r, which is not a number", where, name, given)
        return ()
    if native.kind == "f":  # NaN always counts as missing
        numbers = [n for n in numbers if n == n]
    found = [code for n in numbers if (code := _cast(n, native, stored)) is not None]
    if len(found) < len(numbers):
        _warn("%s: ignored %s = %r, which %s cannot represent", where, name, given, stored)
    return tuple(found)


def _cast(number: Any, native: np.dtype[Any], stored: np.dtype[Any]) -> Any:
    """Return a number converted to dtype ``stored``, None if not exactly representable."""
    if number != number:
        return None
    if stored.kind == "f":
        with np.errstate(over="ignore"):
            value = stored.type(number)
        return None if np.isinf(value) and not np.isinf(number) else value
    if not np.isfinite(number) or int(number) != number:
        return None
    whole, bits = int(number), 8 * stored.itemsize
    if native != stored:  # declared with the signedness of the stored numbers
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
    """Return the smallest and largest valid number, in dtype ``stored``."""
    given: dict[str, list[Any]] = {}
    for name, count in (("valid_range", 2), ("valid_min", 1), ("valid_max", 1)):
        if attributes.get(name) is not None:
            numbers = _numbers(attributes[name])
            if numbers is None or len(numbers) != count:
                _warn("%s: ignored %s = %r", where, name, attributes[name])
            else:
                given[name] = numbers
    low, high = given.get("valid_range", (None, None))
    low = given.get("valid_min", [None])[0] if low is None else low
    high = given.get("valid_max", [None])[0] if high is None else high
    low, high = (None if n is None or n != n else n for n in (low, high))
    if low is None and high is None:
        return None
    if stored.kind == "u":  # declared with the signedness of the stored numbers
        low, high = (_wrapped(n, stored) for n in (low, high))
    if (scale is not None or offset is not None) and stored.kind in "iu":
        low, high = _packed_limits(low, high, scale, offset)
    limits = np.finfo(stored) if stored.kind == "f" else np.iinfo(stored)
    ends = (limits.min if low is None else low, limits.max if high is None else high)
    if stored.kind in "iu" and np.isfinite(ends).all():
        ends = (math.ceil(ends[0]), math.floor(ends[1]))
    if ends[0] > ends[1]:
        _warn("%s: ignored the empty valid range %s to %s", where, *ends)
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
    """Return limits as packed numbers; floating-point limits refer to unpacked values."""
    factor, start = float(1.0 if scale is None else scale), float(offset or 0.0)

    def packed(limit: float) -> float:
        number = (limit - start) / factor
        near = round(number)
        return near if abs(number - near) < LIMIT_TOLERANCE else number

    floats = [isinstance(n, float | np.floating) for n in (low, high) if n is not None]
    if not all(floats):
        return low, high
    ends = [None if n is None else packed(float(n)) for n in (low, high)]
    return (ends[1], ends[0]) if factor < 0 else (ends[0], ends[1])


def _common_code(
    stored: np.dtype[Any],
    codes: Mapping[str, tuple[Any, ...]],
    found: tuple[Any, ...],
    valid: tuple[Any, Any] | None,
) -> Any:
    """Return the number that replaces all missing ones."""
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
    """Return the dtype of unpacked values, chosen as in ``xarray.coding.variables``.

    Unlike xarray, integers that float32 cannot hold are unpacked to float64, whatever the scale.
    """
    if stored.kind in "iu" and stored.itemsize >= 4:
        return np.dtype("f8")
    single = [isinstance(v, np.float32) for v in (scale, offset) if v is not None]
    if offset is None:
        return np.dtype("f4" if single[0] else "f8")
    return np.dtype("f4" if scale is not None and all(single) else "f8")


def _numbers(value: Any) -> list[Any] | None:
    """Return the numbers in an attribute, parsing text; None if any element is not a number."""
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
def _warn_once(where: str, low: Any, high: Any) -> None:
    logger.warning(
        "%s: values outside the valid range %s to %s (valid_range, valid_min, valid_max) are "
        "treated as missing",
        *(where, low, high),
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

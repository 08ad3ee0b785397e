"""Detection of undeclared markers of missing values, such as 1e20, -9999 or -32768."""

import math
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

SHRINKS = 9.0
"""Factor by which the range must shrink without the value; 10 for -9999 in addition to -999."""
MIN_SHARE = 1e-6
"""Minimum share of voxels with the value; at least two voxels."""
DISTINCT = 16
"""Minimum number of other distinct values if the value is a whole number: label images have few."""
SAMPLE = 4096
"""Sampled values per block in which distinct values are counted."""


@dataclass
class Ends:
    """Smallest and largest value so far, and their numbers of occurrences.

    Parameters
    ----------
    low, high
        Smallest and largest value.
    counts
        Number of values equal to each.
    inner
        Smallest and largest value strictly between them.
    count
        Number of values so far.
    others
        Some distinct values strictly between them.
    """

    low: float = math.inf
    high: float = -math.inf
    counts: tuple[int, int] = (0, 0)
    inner: tuple[float, float] = (math.inf, -math.inf)
    count: int = 0
    others: set[float] = field(default_factory=set)

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """Return the extremes of an array without missing values."""
        if not values.size:
            return cls()
        values = values.ravel()
        low, high = values.min(), values.max()
        ends = cls(low.item(), high.item(), (1, 1), count=values.size)
        some = values[:: -(-values.size // SAMPLE)]
        some = some[(some > low) & (some < high)]
        if some.size:
            ends.inner = some.min().item(), some.max().item()
            ends.others = {float(v) for v in np.unique(some)[:DISTINCT]}
        plain = is_plain(low.item(), values.dtype) and is_plain(high.item(), values.dtype)
        if plain or SHRINKS * (float(ends.inner[1]) - ends.inner[0]) > float(high) - float(low):
            return ends  # cannot become a suspect: skip the full pass
        is_low, is_high = values == low, values == high
        ends.counts = int(is_low.sum()), int(is_high.sum())
        between = values[~(is_low | is_high)]
        if between.size:
            ends.inner = between.min().item(), between.max().item()
            some = between[:: -(-between.size // SAMPLE)]
            ends.others = {float(v) for v in np.unique(some)[:DISTINCT]}
        return ends

    def __or__(self, other: "Ends") -> "Ends":
        if not self.count or not other.count:
            return other if other.count else self
        low, high = min(self.low, other.low), max(self.high, other.high)
        inside = [
            v
            for part in (self, other)
            for v in (part.low, part.high, *part.inner)
            if math.isfinite(v) and low < v < high
        ]
        counts = (
            sum(part.counts[0] for part in (self, other) if part.low == low),
            sum(part.counts[1] for part in (self, other) if part.high == high),
        )
        others = {v for v in (*self.others, *other.others) if low < v < high}
        inner = (min(inside, default=math.inf), max(inside, default=-math.inf))
        total = self.count + other.count
        return Ends(low, high, counts, inner, total, set(sorted(others)[:DISTINCT]))

    def suspect(self, dtype: np.dtype[Any]) -> tuple[float, ...]:
        """Return the repeated extremes without which the range is much smaller."""
        if dtype.itemsize < 2 or self.low >= self.high or self.inner[0] >= self.inner[1]:
            return ()
        span = float(self.high) - float(self.low)
        low, high = self._may_be(0, dtype), self._may_be(1, dtype)
        found = {
            (self.low,): float(self.high) - float(self.inner[0]) if low else math.inf,
            (self.high,): float(self.inner[1]) - float(self.low) if high else math.inf,
            (self.low, self.high): float(self.inner[1]) - float(self.inner[0])
            if low and high
            else math.inf,
        }
        for ends, rest in found.items():
            if SHRINKS * rest <= span:
                return ends
        return ()

    def _may_be(self, end: int, dtype: np.dtype[Any]) -> bool:
        value = (self.low, self.high)[end]
        often = self.counts[end] >= max(2, MIN_SHARE * self.count)
        # labels are non-negative integers; images have many values and saturate at 2^n - 1
        varied = len(self.others) >= DISTINCT or (value < 0 and dtype.kind in "if")
        return often and varied and not is_plain(value, dtype)


def is_plain(value: float, dtype: np.dtype[Any]) -> bool:
    """Return whether an extreme value is common in valid data: a background of 0, saturation."""
    if dtype.kind == "i" and value == np.iinfo(dtype).max:
        return False
    whole = value >= 0 and float(value).is_integer()
    return bool(whole and (int(value) + 1).bit_count() == 1)


def sentence(name: str, ends: Ends, dtype: np.dtype[Any]) -> str:
    """Return a note on possible markers of missing values, "" if there are none."""
    suspects = ends.suspect(dtype)
    if not suspects:
        return ""
    told = " and ".join(
        f"{value:g} ({ends.counts[value == ends.high]:,} voxels)" for value in suspects
    )
    low = ends.inner[0] if ends.low in suspects else ends.low
    high = ends.inner[1] if ends.high in suspects else ends.high
    return (
        f"{name}: {told} make up most of the range, {low:g} to {high:g} without. If that means "
        f"missing, declare it: --fill-value {dtype.type(suspects[0])!s} (fill_value=); otherwise "
        f"bounds and PSNR refer to the full range."
    )

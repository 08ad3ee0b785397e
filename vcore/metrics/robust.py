"""Robust range: what the values span without background and outliers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd, inf, isfinite, log10, prod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.model.volume import Variable

TAIL = 0.001
"""Share of the foreground voxels cut off at each end."""
MIN_BACKGROUND = 0.25
"""Minimum share of the voxels that hold the background value: values that noise spreads or that
occur by chance have less."""
SAMPLE = 1 << 16
"""Voxels sampled, evenly spaced, to find the background value and the middle of the others."""
EXACT_BINS = 1 << 16
"""Maximum span of integer values with one histogram bin per value."""
SHIFT = 12
"""Bits dropped from float32 distances to the middle: bins of 1/2048 of the distance."""
ENDS = (0x3F800000 >> SHIFT) + 1
"""Bins on each side of the middle, for distances of 0 to 1."""
MISLEADING = 12.0
"""Difference in dB from which a PSNR misleads beside the robust one: two of the bits of precision
that it seems to promise."""


@dataclass(frozen=True)
class Foreground:
    """Voxels that carry the structure, and the range of their values without outliers.

    Parameters
    ----------
    low, high
        The 0.1 and the 99.9 percentile of the foreground voxels, in data units; where these are
        equal, the background value and theirs, as in a mask; the whole range if there is no
        foreground.
    background
        Value that at least a quarter of the voxels hold, which are then no foreground; None if
        there is no such value.
    share
        Share of the present voxels in the foreground, 1 without background.
    """

    low: float
    high: float
    background: float | None = None
    share: float = 1.0

    @property
    def span(self) -> float:
        """Robust range, in data units."""
        return self.high - self.low

    def advantage(self, span: float) -> float:
        """Return how many dB higher than the robust PSNR a PSNR may be, if ``span`` is the data
        range and all errors lie in the foreground."""
        if not span or not self.span:
            return 0.0
        return 20 * log10(span / self.span) - 10 * log10(self.share)

    @classmethod
    def of(cls, variable: Variable) -> Self:
        """Return the foreground of a variable, over all its frames; reads it twice by slab.

        The memory does not grow with the variable. Percentiles of integers that span fewer than
        65,536 values are exact; of others, within 1/2048 of their distance from the median.
        """
        low, high, sample = _looked_at(variable)
        if low >= high:
            return cls(low, low) if low == high else cls(0.0, 0.0)
        background, middle = _background(sample)
        total, count, ends = _percentiles(variable, background, middle, (low, high))
        if count and ends[0] == ends[1] and background is not None:  # as in a mask
            ends = min(background, ends[0]), max(background, ends[0])
        if not count or ends[0] >= ends[1]:
            return cls(low, high)
        return cls(*ends, background, count / total)


def _looked_at(variable: Variable) -> tuple[float, float, NDArray[np.float64]]:
    """Return smallest and largest value, and evenly spaced present values."""
    step = max(variable.size // SAMPLE, 1)
    while gcd(step, prod(variable.shape[-3:])) > 1:  # else the same columns would be hit again
        step += 1
    low, high, found, passed = inf, -inf, [], 0
    for region in variable.slabs():
        values = variable.read(region)
        missing = variable.missing(values)
        present = values if missing is None else values[~missing]
        if present.size:
            low, high = min(low, float(present.min())), max(high, float(present.max()))
        start = -passed % step
        some = values.reshape(-1)[start::step]
        kept = some if missing is None else some[~missing.reshape(-1)[start::step]]
        found.append(kept.astype(np.float64))
        passed += values.size
    return low, high, np.concatenate(found)


def _background(sample: NDArray[np.float64]) -> tuple[float | None, float]:
    """Return the background value, and the median of the other values."""
    if not sample.size:
        return None, 0.0
    values, counts = np.unique(sample, return_counts=True)
    often = int(counts.argmax())
    if counts[often] < max(MIN_BACKGROUND * sample.size, 2):
        return None, float(np.median(sample))
    rest = sample[sample != values[often]]
    return float(values[often]), float(np.median(rest if rest.size else sample))


def _percentiles(
    variable: Variable,
    background: float | None,
    middle: float,
    limits: tuple[float, float],
) -> tuple[int, int, tuple[float, float]]:
    """Return the numbers of present and of foreground voxels, and the percentiles of these."""
    low, high = limits
    exact = variable.dtype.kind != "f" and high - low < EXACT_BINS
    counts = np.zeros(int(high - low) + 1 if exact else 2 * ENDS, np.int64)
    total = 0
    for present in _present(variable):
        total += present.size
        some = present if background is None else present[present != background]
        if exact:
            bins = some.astype(np.int64) - int(low)
        else:
            bins = _bins(some.astype(np.float64), middle, high - low)
        counts += np.bincount(bins, minlength=counts.size)
    count = int(counts.sum())
    if not count:
        return total, 0, limits
    ranks = [max(int(np.ceil(TAIL * count)), 1), max(int(np.ceil((1 - TAIL) * count)), 1)]
    first, last = (int(i) for i in np.searchsorted(np.cumsum(counts), ranks))
    if exact:
        return total, count, (low + first, low + last)
    ends = [float(np.clip(_value(i, middle, high - low), low, high)) for i in (first, last)]
    if variable.dtype.kind != "f":
        ends = [round(v) for v in ends]
    return total, count, (ends[0], ends[1])


def _present(variable: Variable) -> Iterator[NDArray[Any]]:
    for region in variable.slabs():
        values = variable.read(region)
        missing = variable.missing(values)
        yield values.reshape(-1) if missing is None else values[~missing]


def _bins(values: NDArray[np.float64], middle: float, span: float) -> NDArray[np.int64]:
    """Return the bin of each value: ENDS and above from the ``middle`` on, below it before."""
    away = np.clip((values - middle) / span, -1, 1).astype(np.float32)
    bits = away.view(np.int32)
    distance = ((bits & 0x7FFFFFFF) >> SHIFT).astype(np.int64)
    return np.where(bits < 0, ENDS - 1 - distance, ENDS + distance)


def _value(number: int, middle: float, span: float) -> float:
    """Return the value in the centre of a bin."""
    above = number >= ENDS
    distance = number - ENDS if above else ENDS - 1 - number
    if distance == 0:
        return middle
    bits = np.array((distance << SHIFT) + (1 << (SHIFT - 1)), np.int32)
    away = float(bits.view(np.float32))
    return middle + (away if above else -away) * span


def warning(name: str, reached: Mapping[str, Any], foreground: Foreground) -> str:
    """Return a note if the PSNR with the whole range as its peak says little of the structure, else
    "".

    Parameters
    ----------
    reached
        ``psnr`` and ``robust_psnr`` in dB.
    """
    peak, robust = reached["psnr"], reached["robust_psnr"]
    if not isfinite(peak - robust) or peak - robust < MISLEADING:
        return ""
    few = f", {100 * foreground.share:.2g} % of the voxels" if foreground.share < 1 else ""
    return (
        f"{name}: {peak:.1f} dB of the whole range, but {robust:.1f} dB of the robust range, "
        f"{foreground.low:g} to {foreground.high:g}{few}, which holds the structure: ask for "
        f"`Budget.robust_psnr` or `Budget.quality` instead."
    )

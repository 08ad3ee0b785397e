"""Qualities in terms of the range of a whole array, as chunks know no other."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError
from vcore.hierarchy.chunk_job import codec_of
from vcore.hierarchy.plan import Part
from vcore.hierarchy.records import Record
from vcore.io.cf_values import Coding
from vcore.io.lazy import CallbackArray
from vcore.metrics.robust import Foreground
from vcore.model.axes import AXES
from vcore.model.budget import BELOW_NOISE, Budget
from vcore.model.context import Context
from vcore.model.regions import Region
from vcore.model.volume import Variable

CHANNEL_NAMES = ("c", "channel")
MAX_MEASURED = 1 << 26
"""Maximum number of values of arrays whose robust range is measured, as all are decoded for it."""


@dataclass(frozen=True, eq=False)
class StoredNumbers(Variable):
    """Numbers of an array of a hierarchy, as they are stored.

    Parameters
    ----------
    coding
        Their markers of missing values.
    """

    coding: Coding | None = None

    def missing(self, values: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return a mask of missing ``values``, None if there are none."""
        if self.coding is None:
            return super().missing(values)
        mask = self.coding.absent(values)
        return mask if mask.any() else None


def in_whole_range(
    budget: Budget, part: Part, limits: tuple[float, float], context: Context
) -> Budget:
    """Return the budget of an array whose PSNR has the range of the whole array as its peak.

    Every channel is at least as good as asked by its own range: the dimmest one decides.

    Parameters
    ----------
    limits
        Smallest and largest value of the array.

    Raises
    ------
    BudgetError
        The quality is below-noise, which chunks do not keep.
    """
    if budget.quality == BELOW_NOISE:
        raise BudgetError(
            "Expected quality good or preview for a hierarchy. Got below-noise, which its chunks "
            "do not keep: give `Budget.max_error`, or write a .vcore file."
        )
    span = float(limits[1]) - float(limits[0])
    if not budget.has_psnr or not span:
        return budget.plain(0.0)
    channels = _channels(part)
    behind = []
    for number, channel in enumerate(channels):
        context.report("foreground", number / len(channels))
        if budget.psnr is None:
            behind.append(Foreground.of(channel).advantage(span))
        elif len(channels) > 1 and (own := _span(channel)):
            behind.append(20 * log10(span / own))
    worst = max(behind, default=0.0)
    if budget.psnr is None:
        return budget.plain(worst)
    return replace(budget, psnr=budget.psnr + worst)


def robust_figures(part: Part, known: Collection[Record]) -> dict[str, Any]:
    """Return ``robust_psnr`` and ``robust_range`` of a compressed array, of its worst channel.

    The range is that of the decoded values, the errors are those in the records. Nothing is
    returned for lossless arrays, for those of more than ``MAX_MEASURED`` values, and where chunks
    hold several channels.
    """
    array, at = part.array, _channel_axis(part)
    together = at is not None and array.chunks[at] > 1 and array.shape[at] > 1
    if codec_of(array) is None or together or math.prod(array.shape) > MAX_MEASURED:
        return {}
    found = []
    packing = part.coding
    scale = 1.0 if packing.scale is None else float(packing.scale)
    offset = 0.0 if packing.offset is None else float(packing.offset)
    for number, channel in enumerate(_channels(part)):
        own = [r for r in known if at is None or r.chunk[at] == number]
        squares, count = sum(r.squared_error for r in own), sum(r.voxels for r in own)
        span = Foreground.of(channel) if squares else None
        if span is not None and span.span:
            decibels = 10 * log10(span.span**2 * count / squares)
            found.append((decibels, [scale * v + offset for v in (span.low, span.high)]))
    if not found:
        return {}
    decibels, limits = min(found)
    return {"robust_psnr": decibels, "robust_range": limits}


def _channel_axis(part: Part) -> int | None:
    names = [str(name).lower() for name in part.names or ()]
    return next((names.index(n) for n in CHANNEL_NAMES if n in names[: part.array.ndim - 2]), None)


def _channels(part: Part) -> list[StoredNumbers]:
    """Return the channels of an array, or all of it if its axes name none."""
    array, at = part.array, _channel_axis(part)
    if at is None:
        return [_numbers(part, array.shape, lambda region: array[region])]
    shape = array.shape[:at] + array.shape[at + 1 :]

    def one(number: int) -> StoredNumbers:
        place = slice(number, number + 1)
        return _numbers(part, shape, lambda region: array[(*region[:at], place, *region[at:])])

    return [one(number) for number in range(array.shape[at])]


def _numbers(part: Part, shape: tuple[int, ...], read: Any) -> StoredNumbers:
    room = max(3 - len(shape), 0)

    def fetch(region: Region) -> NDArray[Any]:
        return np.asarray(read(region[room:]))

    full = (1,) * room + tuple(shape)
    data = CallbackArray(full, np.dtype(part.array.dtype).newbyteorder("="), fetch)
    axes = {3: "zyx", 4: "tzyx"}.get(len(full), AXES)
    return StoredNumbers("array", data, tuple(axes), coding=part.coding)


def _span(variable: Variable) -> float:
    low, high = np.inf, -np.inf
    for region in variable.slabs():
        values = variable.read(region)
        missing = variable.missing(values)
        present = values if missing is None else values[~missing]
        if present.size:
            low, high = min(low, float(present.min())), max(high, float(present.max()))
    return max(high - low, 0.0)

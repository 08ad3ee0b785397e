"""Qualities in terms of the range of a whole array, as chunks know no other."""

import logging
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.undeclared import Ends
from vcore.errors import InputError
from vcore.hierarchy.chunk_job import codec_of
from vcore.hierarchy.plan import Part
from vcore.hierarchy.records import Record
from vcore.io.cf_values import Coding
from vcore.io.lazy import CallbackArray, Converted, Lazy
from vcore.methods.source import VariableSource
from vcore.metrics.robust import Foreground
from vcore.model.axes import AXES
from vcore.model.budget import BELOW_NOISE, Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import BLOCK_VOXELS, Variable
from vcore.noise import detector_of, unmeasured

logger = logging.getLogger(__name__)

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
    side
        Largest side of the chunks in voxels.
    """

    coding: Coding | None = None
    side: int = 1

    def slabs(self, multiple: int = 1, voxels: int = BLOCK_VOXELS) -> Iterator[Region]:
        """Yield regions that partition the array, of whole chunks, so that each is read once."""
        return super().slabs(max(multiple, self.side), voxels)

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
    """
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


def below_noise(budget: Budget, part: Part, ends: Sequence[Ends], context: Context) -> Budget:
    """Return the error bound of an image for a budget in standard deviations of its noise.

    Chunks know one bound for a whole array: that of its least noise, which is the noise at the
    smallest value of the channel where it is least.

    Parameters
    ----------
    part
        Finest level of the image.
    ends
        Smallest and largest stored number of each channel: ``channel_axis``.

    Raises
    ------
    BudgetError, InputError
        The noise of a channel cannot be estimated; BudgetError for the quality below-noise.
    """
    found = []
    for number, (channel, limits) in enumerate(zip(_channels(part, True), ends, strict=True)):
        low, high = sorted(_unpacked(part, v) for v in (limits.low, limits.high))
        if not limits.count or low == high:
            continue
        source = VariableSource(channel, Grid(channel.shape[-3:]), (low, high), has_missing=True)  # type: ignore[arg-type]
        label = part.image or "the array"
        label += f", channel {number}" if len(ends) > 1 else ""
        try:
            detector = detector_of(source, context, **budget.detector())
        except InputError as error:
            if budget.quality != BELOW_NOISE:
                raise
            raise unmeasured(label, error) from error
        found.append(float(detector.deviation(np.array(low))))
        logger.info("%s: the noise has %s", label, detector)
    sigmas = budget.plain(0.0).noise_sigma or 0.0
    return Budget(max_error=sigmas * min(found, default=0.0))


def robust_figures(part: Part, known: Collection[Record]) -> dict[str, Any]:
    """Return ``robust_psnr`` and ``robust_range`` of a compressed array, of its worst channel.

    The range is that of the decoded values, the errors are those in the records. Nothing is
    returned for lossless arrays, for those of more than ``MAX_MEASURED`` values, and where chunks
    hold several channels.
    """
    array, at = part.array, channel_axis(part)
    together = at is not None and array.chunks[at] > 1 and array.shape[at] > 1
    if codec_of(array) is None or together or math.prod(array.shape) > MAX_MEASURED:
        return {}
    found = []
    for number, channel in enumerate(_channels(part)):
        own = [r for r in known if at is None or r.chunk[at] == number]
        squares, count = sum(r.squared_error for r in own), sum(r.voxels for r in own)
        span = Foreground.of(channel) if squares else None
        if span is not None and span.span:
            decibels = 10 * log10(span.span**2 * count / squares)
            found.append((decibels, [_unpacked(part, v) for v in (span.low, span.high)]))
    if not found:
        return {}
    decibels, limits = min(found)
    return {"robust_psnr": decibels, "robust_range": limits}


def channel_axis(part: Part) -> int | None:
    """Return the axis of the channels of an array, None if its axes name none."""
    names = [str(name).lower() for name in part.names or ()]
    return next((names.index(n) for n in CHANNEL_NAMES if n in names[: part.array.ndim - 2]), None)


def _unpacked(part: Part, number: float) -> float:
    """Return the value of a stored number."""
    scale, offset = part.coding.scale, part.coding.offset
    return (1.0 if scale is None else float(scale)) * number + (
        0.0 if offset is None else float(offset)
    )


def _channels(part: Part, unpacked: bool = False) -> list[StoredNumbers]:
    """Return the channels of an array, or all of it if its axes name none; as stored, or
    ``unpacked``."""
    array, at = part.array, channel_axis(part)
    if at is None:
        return [_numbers(part, array.shape, lambda region: array[region], unpacked)]
    shape = array.shape[:at] + array.shape[at + 1 :]

    def one(number: int) -> StoredNumbers:
        place = slice(number, number + 1)
        return _numbers(
            part, shape, lambda region: array[(*region[:at], place, *region[at:])], unpacked
        )

    return [one(number) for number in range(array.shape[at])]


def _numbers(part: Part, shape: tuple[int, ...], read: Any, unpacked: bool) -> StoredNumbers:
    room = max(3 - len(shape), 0)

    def fetch(region: Region) -> NDArray[Any]:
        return np.asarray(read(region[room:]))

    full = (1,) * room + tuple(shape)
    axes = tuple({3: "zyx", 4: "tzyx"}.get(len(full), AXES))
    data: Lazy = CallbackArray(full, np.dtype(part.array.dtype).newbyteorder("="), fetch)
    coding: Coding | None = part.coding
    if unpacked and part.coding.is_packed:
        data, coding = Converted(data, part.coding.dtype, part.coding.values), None
    side = max(getattr(part.array, "chunks", (1,))[-3:])  # levels that are built have none
    return StoredNumbers("array", data, axes, coding=coding, side=side)


def _span(variable: Variable) -> float:
    low, high = np.inf, -np.inf
    for region in variable.slabs():
        values = variable.read(region)
        missing = variable.missing(values)
        present = values if missing is None else values[~missing]
        if present.size:
            low, high = min(low, float(present.min())), max(high, float(present.max()))
    return max(high - low, 0.0)

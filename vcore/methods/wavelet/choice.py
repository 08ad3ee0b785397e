"""Choice of a background, the value and the voxels for which a mask saves more than it costs, and
of the transform, by the model of the search in the middle frame."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.methods.wavelet.analysis import transformed
from vcore.methods.wavelet.background import Background, Mask, fits
from vcore.methods.wavelet.cosine import MAX_LENGTH
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.search import cost_of, magnitudes_of
from vcore.methods.wavelet.stream import group_of
from vcore.model.context import Context
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all
from vcore.runtime.memory import available_bytes

WORK_BYTES = 64
"""Bytes per voxel of a frame while a background is tried."""
MIN_SHARE = 1 / 2048
"""Minimum share of plates that have the background's value."""
SMALL, EXCESS, MIN_EXCESS = 1 << 21, 4, 0.03
"""Voxels up to which any background is tried; how many times the mean squared difference a step at
a border has to be, and the share of the energy that all have (0.06 to 2.5 where a mask paid off).
"""
PLATE = 8
"""Side of a plate of background voxels, of which larger regions consist."""
SPENT, SAVED = 1.6, 1.0
"""Bytes per byte of the model of the search: typical, and at least (measured: 1.1 to 2.2)."""
MIN_SAVED = 0.003
"""Minimum share of the bytes that a background saves."""
COSINE_BYTES = 150
"""Bytes that the setting may cost, in a chunk, which then has a head of names and values."""
COSINE_SHARE = 0.93
"""Maximum share of the wavelet's bytes, by the model, with which the cosine transform is taken:
below that of white noise. The model is pessimistic: 0.56 to 1.03 were 0.48 to 0.88 in files."""
MAX_RATIO, DEAD = 1.5, 0.6
"""Maximum logarithm of the ratio of the steps of both transforms at the same error, and the share
of the step below which a coefficient becomes 0."""
HEADER_BYTES = 48
"""Bytes of the background's value in the header of a file or, more of them, of a chunk."""


Floats = NDArray[np.float64]
StepOf = Callable[[Floats, Floats], float]
"""Returns a step, given the histogram of a frame's magnitudes (see ``search.magnitudes_of``)."""


def choose_background(
    source: VariableSource, context: Context, step_of: StepOf
) -> Background | None:
    """Return the background that saves most bytes; None if none is worth its mask.

    Parameters
    ----------
    step_of
        Estimate of the step.
    """
    found = list(candidates(source, context))
    if not found:
        return None
    # frames may share a part of what they cost: between a single one and all of them
    count = math.sqrt(math.prod(source.frames))
    plain = magnitudes(source)
    step = step_of(*plain)
    before = SAVED * count * cost_of(step, *plain)
    best, most = None, MIN_SAVED * before
    for number, background in enumerate(found):
        context.report("masking", number / len(found))
        mask = len(background.pack())
        if mask + HEADER_BYTES >= before - most:
            continue
        after = SAVED * count * cost_of(step, *magnitudes(source, background))
        saved = before - after - mask - HEADER_BYTES
        if saved > most:
            best, most = background, saved
    return best


def choose_cosine(
    source: VariableSource, background: Background | None, step_of: StepOf, group: int
) -> bool:
    """Return whether the cosine transform saves bytes for sure at the same squared error, in the
    middle group of ``group`` frames."""
    if max(source.shape[-3:]) > MAX_LENGTH or source.is_empty:
        return False
    plain = magnitudes(source, background, group)
    step = step_of(*plain)
    other = magnitudes(source, background, group, cosine=True)
    error = _error(step, *plain)
    low, high = (math.log(step) + side * MAX_RATIO for side in (-1, 1))
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if _error(math.exp(middle), *other) < error else (low, middle)
    frames = math.prod(source.frames)
    spent = frames * cost_of(math.exp(low), *other) + COSINE_BYTES
    return spent < COSINE_SHARE * frames * cost_of(step, *plain)


def _error(step: float, magnitudes: Floats, counts: Floats) -> float:
    """Return the modelled squared error at ``step``, relative to the data range."""
    squares = np.square(magnitudes)
    return float((counts * np.where(magnitudes < DEAD * step, squares, step**2 / 12)).sum())


def magnitudes(
    source: VariableSource,
    background: Background | None = None,
    group: int = 1,
    *,
    cosine: bool = False,
) -> tuple[Floats, Floats]:
    """Return the histogram of the magnitudes of the middle group of frames, a frame of them."""
    indices = list(np.ndindex(*source.frames))
    middle = (
        int(np.ravel_multi_index([n // 2 for n in source.frames], source.frames))
        if indices[0]
        else 0
    )
    units = group_of(middle, source.frames, group, timed="t" in source.variable.axes)
    leads = [tuple(slice(i, i + 1) for i in indices[unit]) for unit in units]
    scratch = Scratch(5 * math.prod(source.shape[-3:]) * len(units))
    found, counts = magnitudes_of(transformed(source, leads, scratch, background, cosine=cosine))
    return found, counts / len(units)


def _middle(source: VariableSource) -> Region:
    return tuple(slice(n // 2, n // 2 + 1) for n in source.frames)


def candidates(source: VariableSource, context: Context) -> Iterator[Background]:
    """Yield the backgrounds worth a try: of all voxels that have the background's value in every
    frame, those in blank slices along an axis, those that form plates, and all."""
    shape = source.shape[-3:]
    need = WORK_BYTES * math.prod(shape)
    if source.is_empty or not fits(shape) or need > available_bytes() // 2:
        return
    value = plate_value(source)
    if value is None:
        return
    mask = np.ones(shape, np.bool_)
    for region in source.slabs():
        context.report("masking", 0.0)
        mask[region[-3:]] &= (source.variable.read(region) == value).all(
            tuple(range(len(region) - 3))
        )
    frame = source.variable.read((*_middle(source), *(slice(0, n) for n in shape)))
    values = frame.reshape(shape).astype(np.float32)
    seen, small = 0, values.size < SMALL  # small volumes are tried anyway
    energy = 0.0 if small else _energy(values)
    for some in (_slices(mask), _plates(mask), mask):
        voxels = int(np.count_nonzero(some))
        if voxels > seen and (small or _is_sharp(values, some, energy)):
            yield Background.of(float(value), some)
        seen = voxels


def _slices(mask: Mask) -> Mask:
    """Return the voxels of slices along z, y or x that are wholly in ``mask``."""
    z, y, x = (np.asarray(mask.all(tuple({0, 1, 2} - {axis}))) for axis in range(3))
    return (z[:, None, None] | y[:, None]) | x


def _pairs(shape: Sequence[int]) -> list[tuple[int, Region]]:
    """Return an axis and a slab each, in which every pair of neighbours lies once."""
    slabs = [slice(z, min(z + PLATE, shape[0])) for z in range(0, shape[0], PLATE)]
    parts: list[tuple[int, Region]] = [(axis, (slab,)) for slab in slabs for axis in (1, 2)]
    return parts + [(0, (slice(slab.start, slab.stop + 1),)) for slab in slabs]


def _energy(values: NDArray[np.float32]) -> float:
    """Return the sum of the squared differences of all neighbours."""

    def squares(part: tuple[int, Region]) -> float:
        steps = np.diff(values[part[1]], axis=part[0])
        return float(np.square(steps, out=steps).sum(dtype=np.float64))

    return sum(run_all(squares, _pairs(values.shape)))


def _is_sharp(values: NDArray[np.float32], mask: Mask, energy: float) -> bool:
    """Return whether steps at the border of ``mask`` are a notable share of the energy of all
    differences of neighbours."""

    def at_border(part: tuple[int, Region]) -> tuple[int, NDArray[np.float32]]:
        """Return how many pairs of neighbours along an axis lie outside the mask, and the squared
        differences at its border."""
        axis, slab = part
        some, inside = values[slab], mask[slab]
        n = max(some.shape[axis] - 1, 0)
        one, two = _part(inside, axis, 0, n), _part(inside, axis, 1, n + 1)
        border = one != two
        steps = _part(some, axis, 1, n + 1)[border] - _part(some, axis, 0, n)[border]
        return int(one.size - np.count_nonzero(one | two)), np.square(steps)

    found = run_all(at_border, _pairs(values.shape))
    # within the mask all differences are 0, as voxels there have one value
    inside = energy - sum(float(part.sum(dtype=np.float64)) for _, part in found)
    floor = EXCESS * inside / max(sum(count for count, _ in found), 1)
    over = sum(float(np.maximum(part - floor, 0).sum(dtype=np.float64)) for _, part in found)
    return over > MIN_EXCESS * inside


def plate_value(source: VariableSource) -> Any:
    """Return the value of most of the plates that have a single one, out of a partition of the
    middle frame along each axis; None if they are few."""
    shape = source.shape[-3:]
    found: Counter[Any] = Counter()

    def plates(slab: Region) -> tuple[int, list[dict[Any, int]]]:
        """Return the number of plates in a slab, and how many have each value, per direction."""
        total, of_values = 0, []
        values = source.variable.read((*_middle(source), *slab)).reshape(shape_of(slab))
        for thin in range(3):
            low = high = values
            for axis in range(3):
                if axis != thin:
                    low, high = _reduced(np.minimum, low, axis), _reduced(np.maximum, high, axis)
            same = low[low == high]
            missing = source.variable.missing(same) if source.has_missing else None
            same = same if missing is None else same[~missing]
            numbers, counts = np.unique(same, return_counts=True)
            of_values.append(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
            total += low.size
        return total, of_values

    total = 0
    for size, of_values in run_all(plates, blocks(shape, (PLATE, *shape[1:]))):
        total += size
        for some in of_values:
            found.update(some)
    if not found:
        return None
    value = max(found, key=lambda v: (found[v], -v))
    return value if found[value] >= MIN_SHARE * total else None


def _reduced(function: np.ufunc, values: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return the minimum or maximum of each PLATE values along an axis, fewer at its end."""
    n = values.shape[axis]
    if n % PLATE:
        margin = [(0, -n % PLATE if a == axis else 0) for a in range(3)]
        values = np.pad(values, margin, "edge")
    size = PLATE
    while size > 1:  # in halves, which make long vectors
        ends = [(slice(None),) * axis + (slice(start, None, 2),) for start in range(2)]
        values = function(values[ends[0]], values[ends[1]])
        size //= 2
    return values


def _plates(mask: Mask) -> Mask:
    """Return the voxels in plates, one voxel thick and PLATE a side, that lie in ``mask``."""

    def plates(thin: int) -> Mask:
        sides = [1 if axis == thin else min(PLATE, n) for axis, n in enumerate(mask.shape)]
        return _dilated(_eroded(mask, sides), sides)

    one, two, three = run_all(plates, range(3))
    return one | two | three


def _eroded(mask: Mask, sides: Sequence[int]) -> Mask:
    """Return at the first voxel of every box of ``sides`` whether all of it is in ``mask``."""
    for axis, side in enumerate(sides):
        for k in _shifts(side):
            n = mask.shape[axis] - k
            mask = _part(mask, axis, 0, n) & _part(mask, axis, k, k + n)
    return mask


def _dilated(mask: Mask, sides: Sequence[int]) -> Mask:
    """Return the voxels in boxes of ``sides`` whose first ones are given."""
    for axis, side in enumerate(sides):
        for k in _shifts(side):
            n = mask.shape[axis]
            out = np.zeros([m + k * (a == axis) for a, m in enumerate(mask.shape)], np.bool_)
            _part(out, axis, 0, n)[...] = mask
            _part(out, axis, k, k + n)[...] |= mask
            mask = out
    return mask


def _part(values: NDArray[Any], axis: int, start: int, stop: int) -> NDArray[Any]:
    return values[(slice(None),) * axis + (slice(start, stop),)]


def _shifts(side: int) -> list[int]:
    """Return the shifts by which one voxel after the other grows to ``side``, doubling."""
    found, reach = [], 1
    while reach < side:
        found.append(min(reach, side - reach))
        reach += found[-1]
    return found

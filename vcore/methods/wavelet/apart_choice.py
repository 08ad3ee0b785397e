"""Choice of slices to code apart: those that differ from both neighbours by more than these do from
each other, where that saves bytes by the model of the search."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.apart_encoder import continued, slices_of
from vcore.methods.wavelet.choice import WORK_BYTES, StepOf, magnitudes, plate_value
from vcore.methods.wavelet.search import cost_of
from vcore.model.context import Context
from vcore.runtime.memory import available_bytes

SIDE = 64
"""Maximum number of voxels looked at along each axis of a slice."""
LEAST, LONGEST = 8, 3
"""Minimum number of slices along an axis, and maximum number of slices apart in a run."""
EXCESS = 2.0
"""Squared difference of a slice apart and its neighbours, at least, in units of theirs."""
MIN_ENERGY = 0.004
"""Energy of a run, at least, as a share of that of all differences of neighbours (0.005
to 0.3 where it paid off)."""
MAX_SHARE = 1 / 8
"""Maximum share of slices apart."""
SMEARED = 1.25
"""Bytes per byte of the model by which smeared slices cost more than those of their own (measured:
0.9 to 2.3)."""
MIN_SAVED = 0.004
"""Minimum share of the bytes that slices apart save."""
APART_BYTES = 120
"""Bytes of the description in the header, and of what a second coder has to learn."""


def choose_apart(source: VariableSource, context: Context, step_of: StepOf) -> Apart | None:
    """Return the slices that save most bytes if they are coded apart; None if none are worth it.

    Slices of series and of variables with missing values are never coded apart.

    Parameters
    ----------
    step_of
        Estimate of the step; see ``choice.choose_background``.
    """
    need = WORK_BYTES * math.prod(source.shape[-3:])
    if math.prod(source.frames) > 1 or source.has_missing or source.is_empty:
        return None
    if max(source.shape[-3:]) < LEAST or source.span == 0 or need > available_bytes() // 2:
        return None
    context.report("masking", 0.0)
    samples = sampled(source)
    numbers = outliers(samples)
    if not any(numbers):
        return None
    value = plate_value(source)
    blank = math.nan if value is None else (value - source.range[0]) / source.span
    found = []
    for axis, sample in enumerate(samples):  # what is blank is for the background
        slices = tuple(k for k in numbers[axis] if (sample[k] != np.float32(blank)).any())
        if slices:
            found.append(Apart(axis, slices))
    if not found:
        return None
    plain = magnitudes(source)
    step = step_of(*plain)
    before = cost_of(step, *plain)
    best, most = None, MIN_SAVED * before
    for apart in found:
        count = len(apart.slices)
        smeared = before - cost_of(step, *magnitudes(continued(source, apart)))
        alone = count * cost_of(step, *magnitudes(slices_of(source, apart), group=count))
        saved = SMEARED * smeared - alone - APART_BYTES
        if saved > most:
            best, most = apart, saved
    return best


def sampled(source: VariableSource) -> list[NDArray[np.float32]]:
    """Return a sample of the voxels of every slice along z, y and x, (slices, voxels), as shares of
    the data range."""
    shape = source.shape[-3:]
    strides = [-(-n // SIDE) for n in shape]
    chosen = [np.arange(step // 2, n, step) for step, n in zip(strides, shape, strict=True)]
    found = [
        np.empty([n if k == axis else len(chosen[k]) for k, n in enumerate(shape)], np.float32)
        for axis in range(3)
    ]
    for region in source.slabs():
        space = region[-3:]
        values = source.variable.read(region).reshape([s.stop - s.start for s in space])
        for axis, out in enumerate(found):
            at, inside = [], []
            for k, span in enumerate(space):
                if k == axis:
                    at.append(span)
                    inside.append(slice(None))
                    continue
                first, last = np.searchsorted(chosen[k], (span.start, span.stop))
                at.append(slice(int(first), int(last)))
                begin = strides[k] // 2 + int(first) * strides[k] - span.start
                inside.append(slice(begin, None, strides[k]))
            some = values[tuple(inside)].astype(np.float64)  # half precision has no room
            out[tuple(at)] = (some - source.range[0]) / source.span
    return [np.moveaxis(out, axis, 0).reshape(shape[axis], -1) for axis, out in enumerate(found)]


def outliers(samples: Sequence[NDArray[np.float32]]) -> list[tuple[int, ...]]:
    """Return for each axis the numbers of the slices in short runs that differ from both slices
    around by more than these do from each other; none if they are many.

    Parameters
    ----------
    samples
        For each axis the voxels of every slice, (slices, voxels).
    """
    found = [_differences(slices) for slices in samples]
    energy = sum(float(lags[1].mean()) for lags in found if len(lags[1]))
    return [_outliers(lags, energy) for lags in found]


def _differences(slices: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Return the mean squared differences of slices so many slices apart, 0 to LONGEST + 1."""
    n, voxels = slices.shape
    found = [np.zeros(n)]
    for lag in range(1, LONGEST + 2):
        steps = slices[lag:] - slices[:-lag]
        found.append(np.einsum("ij,ij->i", steps, steps, dtype=np.float64) / voxels)
    return found


def _outliers(lags: Sequence[NDArray[np.float64]], energy: float) -> tuple[int, ...]:
    """Return the numbers of the slices of an axis, by their differences; see ``outliers``."""
    n = len(lags[0])
    if n < LEAST:
        return ()
    scores = {}
    for length in range(1, LONGEST + 1):
        for first in range(n - length + 1):
            run = range(first, first + length)
            inside, around = _steps(run, lags)
            if inside > EXCESS * around and length * inside > MIN_ENERGY * energy * n:
                scores[run] = inside / max(around, 1e-12)
    found: set[int] = set()
    for run in sorted(scores, key=lambda run: -scores[run]):
        if found.isdisjoint(range(run.start - 1, run.stop + 1)):
            found.update(run)
    return tuple(sorted(found)) if len(found) <= MAX_SHARE * n else ()


def _steps(run: range, lags: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the least difference of the slices of a run and the two around it, or behind it at an
    end of the axis, and that of these two."""

    def apart(a: int, b: int) -> float:
        return float(lags[abs(b - a)][min(a, b)])

    a, b = run.start - 1, run.stop
    if a < 0:
        a = b + 1
    elif b == len(lags[0]):
        b = a - 1
    return min(apart(k, end) for k in run for end in (a, b)), apart(a, b)

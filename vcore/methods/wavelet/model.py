"""Model of bytes and error by quantiser step, from a sample of the coefficients: what the search
for a step asks before it quantises, codes and checks everything."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.settings import MAX_STEP, MIN_STEP
from vcore.runtime.executor import run_all

SLAB, EVERY = 4, 32
"""Planes in a slab of the sample, and from one slab to the next; coarser levels are taken whole."""
ENOUGH = 1 << 18
"""Coefficients of a level, in all frames, up to which it is taken whole."""
PART = 1 << 20
"""Coefficients looked at together."""
LARGER_BITS = 2.0
"""Bits by which a magnitude beyond those counted grows each time it doubles."""
SOLVING, NEAR = 20, 5e-4
"""Steps tried for a target at most, and relative accuracy of what is reached."""
START_SLOPE = -1.1
"""Slope of logarithms with which a solution begins: bytes fall a little faster than steps rise."""

Planes = tuple[int, int]
Modelled = Callable[[float], float]


class Model(Protocol):
    """Model of bytes and error by step, both up to a factor; see ``SampleModel``."""

    def bytes_of(self, step: float) -> float: ...

    def power_of(self, step: float) -> float: ...


class SampleModel:
    """Bytes and error by step, both up to a factor that changes little with the step.

    Parameters
    ----------
    frames
        Per frame, the coefficients of the levels, finest first.
    rough
        Work arrays of the levels' shapes.
    voxels
        Number of all voxels.
    """

    def __init__(
        self,
        frames: Sequence[Sequence[NDArray[np.float32]]],
        rough: Sequence[NDArray[np.uint8]],
        voxels: int,
    ) -> None:
        self._frames, self._rough, self._voxels = frames, rough, voxels
        self._slabs = [
            list(_sampled(values.shape, whole=level > 0 or values.size * len(frames) <= ENOUGH))
            for level, values in enumerate(rough)
        ]
        self._weights = [
            len(values) / max(sum(b - a for a, b in slabs), 1)
            for values, slabs in zip(rough, self._slabs, strict=True)
        ]
        self._known: dict[tuple[str, float], float] = {}

    def bytes_of(self, step: float) -> float:
        """Return the modelled bytes at ``step``."""
        return self._once(self._bytes_of, step)

    def power_of(self, step: float) -> float:
        """Return the modelled mean squared error at ``step``, relative to the data range."""
        return self._once(self._power_of, step)

    def _once(self, function: Modelled, step: float) -> float:
        key = function.__name__, step
        if key not in self._known:
            self._known[key] = function(step)
        return self._known[key]

    def _bytes_of(self, step: float) -> float:
        from vcore.methods.wavelet import quantiser

        scale = np.float32(1 / step)
        nothing = np.zeros((1, 1, 1), np.uint8)
        bits = 0.0
        for levels in self._frames:

            def quantised(job: tuple[int, Planes], levels: Any = levels) -> None:
                level, (a, b) = job
                quantiser.quantise_dead_zone(levels[level], scale, self._rough[level], a, b)

            run_all(quantised, self._touched())
            for level, (rough, weight) in enumerate(zip(self._rough, self._weights, strict=True)):
                above = self._rough[level + 1] if level + 1 < len(self._rough) else nothing

                def counted(part: Planes, rough: Any = rough, above: Any = above) -> Any:
                    return quantiser.count_magnitudes(rough, above, *part)

                counts = sum(run_all(counted, self._slabs[level]), np.zeros(quantiser.COUNTS))
                bits += weight * _entropy(counts)
                if counts[:, -1].any():
                    bits += weight * sum(_excess(rough[a:b]) for a, b in self._slabs[level])
        return max(bits / 8, 1e-9)

    def _touched(self) -> list[tuple[int, Planes]]:
        """Return the planes of each level that the sample's contexts need, in parts."""
        found = []
        for level, slabs in enumerate(self._slabs):
            depth = len(self._rough[level])
            reach = 2 if self._weights[level] > 1 else 0
            found += [(level, (max(a - reach, 0), min(b + reach, depth))) for a, b in slabs]
        return found

    def _power_of(self, step: float) -> float:
        from vcore.methods.wavelet.quantiser import DEAD_ZONE, ROUNDING

        scale = np.float32(1 / step)

        def error(job: tuple[NDArray[np.float32], float]) -> float:
            values, weight = job
            steps = np.abs(values * scale)
            rounded = np.floor(steps + np.float32(1 - ROUNDING))
            rounded[steps < DEAD_ZONE] = 0
            steps -= rounded
            return weight * float(np.einsum("zyx,zyx->", steps, steps, dtype=np.float64))

        jobs = [
            (levels[level][a:b], weight)
            for levels in self._frames
            for level, weight in enumerate(self._weights)
            for a, b in self._slabs[level]
        ]
        return max(sum(run_all(error, jobs)) * step**2 / self._voxels, 1e-300)


class JointModel:
    """Model of parts that are coded with one step.

    Parameters
    ----------
    parts
        Model of each part, and the number of its voxels as a share of all.
    """

    def __init__(self, parts: Sequence[tuple[Model, float]]) -> None:
        self._parts = parts

    def bytes_of(self, step: float) -> float:
        """Return the modelled bytes at ``step``."""
        return sum(model.bytes_of(step) for model, _ in self._parts)

    def power_of(self, step: float) -> float:
        """Return the modelled mean squared error at ``step``, relative to the data range."""
        return sum(share * model.power_of(step) for model, share in self._parts)


def _sampled(shape: Sequence[int], *, whole: bool) -> Iterator[Planes]:
    """Yield the slabs of the sample of a level, or all of it in parts."""
    depth, ny, nx = shape
    if whole or depth <= EVERY // 2:
        planes = max(PART // (ny * nx), 1)
        for first in range(0, depth, planes):
            yield first, min(first + planes, depth)
        return
    for start in range(0, depth, EVERY):
        inside = min(EVERY, depth - start)
        first = start + max((inside - SLAB) // 2, 0) // 2 * 2
        yield first, min(first + SLAB, depth)


def _entropy(counts: NDArray[np.float64]) -> float:
    """Return the bits of magnitudes, of which there are so many per class, and of their signs."""
    totals = counts.sum(1, keepdims=True)
    shares = np.where(counts > 0, counts / np.maximum(totals, 1), 1.0)
    return float(-(counts * np.log2(shares)).sum() + counts[:, 1:].sum())


def _excess(rough: NDArray[np.uint8]) -> float:
    """Return the bits that magnitudes take beyond those that are counted."""
    from vcore.methods.wavelet.quantiser import KINDS

    counts = np.bincount(rough.reshape(-1), minlength=256)
    return LARGER_BITS * float(
        counts[KINDS - 1 :] @ np.log2(np.arange(KINDS - 1, 256) / (KINDS - 1))
    )


def solved(function: Modelled, target: float, step: float, slope: float = START_SLOPE) -> float:
    """Return the step at which a positive, monotonic function has the value ``target``, by secants
    of the logarithms, and by halves where these leave what is known to enclose the solution.

    Parameters
    ----------
    step, slope
        Step to begin with, and the slope there; its sign is that of the whole function.
    """
    first, last = math.log(MIN_STEP), math.log(MAX_STEP)
    low, high = -math.inf, math.inf
    at, before = min(max(math.log(step), first), last), (math.nan, math.nan)
    for _ in range(SOLVING):
        found = math.log(function(math.exp(at)) / target)
        if abs(found) < NEAR:
            break
        low, high = (low, at) if found * slope > 0 else (at, high)
        trend = (found - before[1]) / (at - before[0])
        if trend * slope > 0:  # not so at first
            slope = math.copysign(min(max(abs(trend), 0.2), 40.0), slope)
        before = at, found
        at = min(max(at - found / slope, first), last)
        if not low < at < high:
            at = before[0] if math.isinf(low) or math.isinf(high) else (low + high) / 2
        if at == before[0]:  # the smallest or the largest step
            break
    return min(max(math.exp(at), MIN_STEP), MAX_STEP)  # rounded, it may be outside

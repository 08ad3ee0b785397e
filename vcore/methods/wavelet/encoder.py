"""Encoding: transform once, quantise and code until the budget is met."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.context import Context
from vcore.errors import Cancelled
from vcore.executor import run_all
from vcore.methods.base import Sink
from vcore.methods.source import Source
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    NO_PARENT,
    NOTHING_BEFORE,
    TILE,
    Before,
    Head,
    Integers,
    Learned,
    coarse_levels,
    encoded,
    group_of,
    parent_of,
)
from vcore.methods.wavelet.temporal import Pyramid, put_in_components
from vcore.methods.wavelet.transform import (
    CENTROIDS,
    UNIT_TAPS,
    Shape,
    analyse,
    gain,
    join,
    pyramid_shapes,
    reconstruction,
)
from vcore.regions import Region, blocks, shape_of, whole

TAP_BITS = 8
"""What a tap takes in the header."""
PLANES = 1 << 20
"""Coefficients that are quantised at once."""
TREND = 0.5
"""A linear trend is taken away where it explains this share of the variance: mirrored at the
ends it would cost bits and shift coarse levels; elsewhere it would fill what is empty."""


@dataclass
class Quantised:
    """A component's integers, and the sums of which the reconstruction points are the means."""

    levels: list[Integers]
    sums: NDArray[np.float64]


class Encoder:
    """The pyramids of one variable, coded at any step.

    Parameters
    ----------
    group
        Frames along ``t`` that may have a basis in common.
    """

    def __init__(self, source: Source, context: Context, group: int = 1) -> None:
        self.source, self.context = source, context
        self.shapes = pyramid_shapes(source.shape[-3:])
        self.first = coarse_levels(self.shapes)
        self.indices = list(np.ndindex(*source.frames))
        timed = "t" in source.variable.axes
        self.group_of = [
            group_of(unit, source.frames, group, timed=timed) for unit in range(len(self.indices))
        ]
        self.groups = list(dict.fromkeys(self.group_of))
        found: dict[int, Pyramid] = {}
        for number, units in enumerate(self.groups):
            context.report("transforming", number / len(self.groups))
            found.update(zip(units, self._transformed(units), strict=True))
        self.frames = [found[unit] for unit in range(len(self.indices))]
        context.report("transforming", 1.0)

    def _read(self, unit: int) -> NDArray[np.float64]:
        values = self.source.read(self._place(unit)).reshape(self.source.shape[-3:])
        values -= self.source.range[0]
        values /= self.source.span
        return values

    def _place(self, unit: int) -> Region:
        lead = tuple(slice(i, i + 1) for i in self.indices[unit])
        return (*lead, *whole(self.source.shape[-3:]))

    def _transformed(self, units: Sequence[int]) -> list[Pyramid]:
        frames = []
        steep = has_trend([trend_of(self._read(unit)) for unit in units])
        for unit in units:
            values = self._read(unit)
            slopes = trend_of(values).slopes if steep else np.zeros(3)
            frames.append(analysed(values, slopes, self.shapes))
        integer = self.source.variable.dtype.kind != "f"
        noise = (1 / self.source.span) ** 2 / 12 if integer else 0.0
        put_in_components(frames, noise)
        return frames

    def quantise(self, step: float) -> tuple[list[Quantised], list[list[int]]]:
        """Return every frame's integers and the reconstruction points of all."""
        found = [self._quantised(frame, step) for frame in self.frames]
        total = sum((q.sums for q in found), np.zeros((self.first + 1, 3, 2)))
        mean = total[..., 0] / np.maximum(total[..., 1], 1)
        shifts = np.clip(np.rint(mean * CENTROIDS), -CENTROIDS // 2, CENTROIDS // 2)
        points = [[int(v) for v in row] for row in shifts]
        return found, [a + b for a, b in zip(points, self._taps(found, points, step), strict=True)]

    def _planes(self, frame: Pyramid) -> list[tuple[int, int, int]]:
        """Return level, first and last plane of parts of a frame, each some work for a thread."""
        jobs = []
        for number, level in enumerate(frame.levels):
            rows = max(PLANES // max(level[0].size, 1), 1)
            jobs += [(number, a, min(a + rows, len(level))) for a in range(0, len(level), rows)]
        return jobs

    def _quantised(self, frame: Pyramid, step: float) -> Quantised:
        """Quantise with a dead zone, count what that costs where, and quantise anew by it."""
        from vcore.methods.wavelet import quantiser

        scale = np.float32(1 / step)
        q = [np.empty(level.shape, np.int32) for level in frame.levels]
        best = [np.empty(level.shape, np.int32) for level in frame.levels]
        above = [*q[1:], NO_PARENT]

        def first_pass(job: tuple[int, int, int]) -> None:
            level, a, b = job
            quantiser.rounded(frame.levels[level], scale, q[level], a, b)

        def counts(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            return quantiser.counted(q[level], above[level], a, b)

        def second_pass(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            values = frame.levels[level]
            return quantiser.chosen(values, scale, q[level], above[level], costs, best[level], a, b)

        jobs = self._planes(frame)
        run_all(first_pass, jobs)
        costs = quantiser.costs_of(sum(run_all(counts, jobs), np.zeros(quantiser.COUNTS)))
        sums = np.zeros((self.first + 1, 3, 2))
        for (level, _, _), part in zip(jobs, run_all(second_pass, jobs), strict=True):
            sums[max(self.first - level, 0)] += part
        return Quantised(best, sums)

    def _taps(
        self, found: list[Quantised], points: list[list[int]], step: float
    ) -> list[list[int]]:
        """Return the taps of each group that lessen the squared error most; none where that is not
        worth their bits."""
        from vcore.methods.wavelet import quantiser

        rows, scale = reconstruction(points), np.float32(1 / step)
        sums = np.zeros((self.first + 1, *quantiser.MOMENTS))
        for frame, q in zip(self.frames, found, strict=True):

            def part(job: tuple[int, int, int], frame: Pyramid = frame, q: Quantised = q) -> Any:
                level, a, b = job
                row = rows[max(self.first - level, 0)]
                return quantiser.moments(frame.levels[level], scale, q.levels[level], row, a, b)

            jobs = self._planes(frame)
            for (level, _, _), found_sums in zip(jobs, run_all(part, jobs), strict=True):
                sums[max(self.first - level, 0)] += found_sums
        return [quantiser.taps_of(group, UNIT_TAPS, TAP_BITS) for group in sums]

    def code(self, quantised: list[Quantised], sink: Sink) -> int:
        """Put the sections into ``sink``, coarse to fine; return the bytes of all."""
        coarse: list[bytes] = [b""] * len(quantised)
        states: dict[int, Learned] = {}

        def one(units: Sequence[int]) -> None:
            for unit, data, state in self._coarse(units, quantised):
                coarse[unit] = data
                states[unit] = state

        run_all(one, self.groups)
        sink.add(self.first, BASE, coarse)
        for level in range(self.first - 1, -1, -1):
            sink.add(level, DETAILS, self._details(quantised, level, states))
        return sink.bytes

    def _coarse(
        self, units: Sequence[int], quantised: list[Quantised]
    ) -> Iterator[tuple[int, bytes, Learned]]:
        """Yield the units of a group's coarse levels and what they taught the coder."""
        before = Before(self.shapes[self.first : -1][::-1])
        chained = self.frames[units[0]].weights is not None
        state = first = Learned.nothing()
        for number, unit in enumerate(units):
            if number:
                state = (state if chained else first).again()
            levels = quantised[unit].levels[self.first :][::-1]
            context = before.context() if chained else NOTHING_BEFORE
            data = encoded(levels, NO_PARENT, state, context)
            frame = self.frames[unit]
            counts = number == 0 or any(level.any() for level in quantised[unit].levels)
            head = Head(frame.low, frame.slopes, frame.weights if counts else None)
            yield unit, head.pack() + data, state
            before.add(levels)

    def _details(
        self, quantised: list[Quantised], level: int, states: dict[int, Learned]
    ) -> list[bytes]:
        """Return the tiles of a level, unit by unit."""
        tiles = list(blocks(self.shapes[level], (TILE,) * 3))
        out = [b""] * (len(tiles) * len(quantised))

        def one(job: tuple[Sequence[int], int]) -> None:
            units, number = job
            if self.context.cancelled.is_set():
                raise Cancelled("Cancelled: nothing was written.")
            tile = tiles[number]
            shape: Any = shape_of(tile)
            chained = self.frames[units[0]].weights is not None
            before = Before([shape])
            for unit in units:
                levels = quantised[unit].levels
                values = levels[level][tile]
                if values.any():
                    context = before.context() if chained else NOTHING_BEFORE
                    parent = parent_of(levels[level + 1], tile)
                    data = encoded([values], parent, states[unit].again(), context)
                    out[unit * len(tiles) + number] = data
                before.add([values])

        run_all(one, [(units, number) for units in self.groups for number in range(len(tiles))])
        return out

    def psnr(self, quantised: list[Quantised], points: list[list[int]], step: float) -> float:
        """Return the PSNR in dB of the file, over the present voxels."""
        rows = reconstruction(points)
        variable, (lowest, highest) = self.source.variable, self.source.range
        error, count = 0.0, 0
        for unit in range(len(self.indices)):
            low = self._decoded(unit, quantised, step, rows)
            low *= self.source.span
            low += self.source.range[0]
            np.clip(low, lowest, highest, out=low)
            if variable.dtype.kind != "f":
                np.rint(low, out=low)
            original = variable.read(self._place(unit)).reshape(low.shape)
            missing = variable.missing(original) if self.source.has_missing else None
            low -= original if missing is None else np.where(missing, low, original)
            low /= self.source.span
            error += float(np.square(low, out=low).sum())
            count += low.size if missing is None else int((~missing).sum())
        return -10 * math.log10(max(error / max(count, 1), 1e-300))

    def _decoded(
        self,
        unit: int,
        quantised: list[Quantised],
        step: float,
        rows: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return a frame's values in shares of the range, as a decoder finds them."""
        units = self.group_of[unit]
        parts = []
        for other in units:
            weights = self.frames[other].weights
            weight = float(other == unit) if weights is None else weights[units.index(unit)]
            if weight:
                parts.append((weight, other))
        low = np.full((1, 1, 1), float(np.float32(self.frames[unit].low)))
        for level in range(len(self.shapes) - 2, -1, -1):
            sums = [(weight, quantised[other].levels[level]) for weight, other in parts]
            row = rows[max(self.first - level, 0)]
            low = join(sums, low, self.shapes[level], step, row, parallel=True)
        return low + plane(self.frames[unit].slopes, low.shape)

    def cost_model(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return magnitudes and how many coefficients have them, from a histogram."""
        edges = np.linspace(-26, 16, 1009)
        counts = np.zeros(len(edges) - 1)
        for frame in self.frames:
            for level in frame.levels:
                flat = np.abs(level[level != 0])
                counts += np.histogram(np.clip(np.log2(flat), -26, 16), edges)[0]
        return 2.0 ** ((edges[1:] + edges[:-1]) / 2), counts


@dataclass
class Trend:
    """A plane: its slopes along z, y, x, the variance that it explains, and that of the values."""

    slopes: NDArray[np.float64]
    explained: float
    variance: float


def trend_of(values: NDArray[np.float64]) -> Trend:
    """Return the plane through ``values``; slopes are rounded to float32."""
    slopes, explained = np.zeros(3), 0.0
    for axis, n in enumerate(values.shape):
        if n > 1:
            place = np.arange(n) - (n - 1) / 2
            others = tuple(k for k in range(3) if k != axis)
            slopes[axis] = (values.mean(axis=others) * place).mean() / np.square(place).mean()
            explained += slopes[axis] ** 2 * np.square(place).mean()
    return Trend(slopes.astype(np.float32).astype(np.float64), explained, float(values.var()))


def has_trend(trends: Sequence[Trend]) -> bool:
    """Return whether planes explain the share TREND of a group's variance."""
    explained = sum(t.explained for t in trends)
    return explained > 0 and explained >= TREND * sum(t.variance for t in trends)


def plane(slopes: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the plane of ``slopes`` that is 0 at index 0."""
    if not slopes.any():
        return np.zeros((1, 1, 1))
    z, y, x = (s * np.arange(n) for s, n in zip(slopes, shape, strict=True))
    result: NDArray[np.float64] = (z[:, None, None] + y[:, None]) + x
    return result


def analysed(
    values: NDArray[np.float64], slopes: NDArray[np.float64], shapes: Sequence[Shape]
) -> Pyramid:
    """Return the pyramid of ``values``, which are used up."""
    values -= plane(slopes, values.shape)
    # of the mean only the last low value is left; taken away first, it costs no precision
    mean = float(values.mean())
    values -= mean
    levels, low = analyse(values)
    return Pyramid(levels, low + mean * gain(shapes, len(shapes) - 1), slopes)

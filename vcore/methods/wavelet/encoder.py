"""Encoding: transform once, quantise and code until the budget is met."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.context import Context
from vcore.errors import Cancelled
from vcore.executor import run_all
from vcore.methods.base import Sink
from vcore.methods.source import Source
from vcore.methods.wavelet.decoder import CENTROIDS
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    HEAD,
    NO_PARENT,
    TILE,
    Integers,
    Learned,
    coarse_levels,
    encoded,
    parent_of,
)
from vcore.methods.wavelet.transform import analyse, join, pyramid_shapes
from vcore.regions import blocks, whole

DEAD_ZONE = 0.62
"""A magnitude below this share of a step becomes 0: what a 1 costs is worth that error."""
ROUNDING = 0.6
"""Above, magnitudes are rounded up from this share on: smaller ones are cheaper."""
TREND = 0.5
"""A linear trend is taken away where it explains this share of the variance: mirrored at the
ends it would cost bits and shift coarse levels; elsewhere it would fill what is empty."""
SLAB = 1 << 22
"""Values that are compared at once."""


@dataclass
class Frame:
    """A frame's pyramid: coefficients of each level, the last low value, the trend."""

    levels: list[NDArray[np.float32]]
    low: float
    trend: NDArray[np.float64]


@dataclass
class Quantised:
    """A frame's integers, and the reconstruction points of each group of levels."""

    levels: list[Integers]
    sums: NDArray[np.float64]


class Encoder:
    """The pyramid of one variable, coded at any step."""

    def __init__(self, source: Source, context: Context) -> None:
        self.source, self.context = source, context
        self.shapes = pyramid_shapes(source.shape[-3:])
        self.first = coarse_levels(self.shapes)
        self.indices = list(np.ndindex(*source.frames))
        self.frames = []
        for number, index in enumerate(self.indices):
            context.report("transforming", number / len(self.indices))
            self.frames.append(self._transformed(index))
        context.report("transforming", 1.0)

    def _read(self, index: tuple[int, ...]) -> NDArray[np.float64]:
        lead = tuple(slice(i, i + 1) for i in index)
        values = self.source.read((*lead, *whole(self.source.shape[-3:])))
        return values.reshape(self.source.shape[-3:])

    def _transformed(self, index: tuple[int, ...]) -> Frame:
        values = self._read(index)
        values -= self.source.range[0]
        values /= self.source.span
        trend = linear_trend(values)
        values -= plane(trend, values.shape)
        levels, low = analyse(values)
        return Frame(levels, low, trend)

    def quantise(self, step: float) -> tuple[list[Quantised], list[list[int]]]:
        """Return every frame's integers and the reconstruction points of all."""
        found = [self._quantised(frame, step) for frame in self.frames]
        total = sum((q.sums for q in found), np.zeros((self.first + 1, 3, 2)))
        mean = total[..., 0] / np.maximum(total[..., 1], 1)
        points = np.clip(np.rint(mean * CENTROIDS), -CENTROIDS // 2, CENTROIDS // 2)
        return found, [[int(v) for v in row] for row in points]

    def _quantised(self, frame: Frame, step: float) -> Quantised:
        sums = np.zeros((self.first + 1, 3, 2))
        out = [np.empty(level.shape, np.int32) for level in frame.levels]

        def part(job: tuple[int, slice]) -> tuple[int, NDArray[np.float64]]:
            level, rows = job
            scaled = np.abs(frame.levels[level][rows]) / np.float32(step)
            q = (scaled + np.float32(1 - ROUNDING)).astype(np.int32)
            q[scaled < DEAD_ZONE] = 0
            part_sums = np.zeros((3, 2))
            for m in range(3):
                chosen = q == m + 1 if m < 2 else q > m
                part_sums[m] = (
                    float((q[chosen] - scaled[chosen]).sum(dtype=np.float64)),
                    np.count_nonzero(chosen),
                )
            out[level][rows] = np.where(frame.levels[level][rows] < 0, -q, q)
            return max(self.first - level, 0), part_sums

        jobs = []
        for number, level in enumerate(frame.levels):
            rows = max((1 << 20) // max(level[0].size, 1), 1)
            jobs += [(number, slice(a, a + rows)) for a in range(0, len(level), rows)]
        for group, part_sums in run_all(part, jobs):
            sums[group] += part_sums
        return Quantised(out, sums)

    def code(self, quantised: list[Quantised], sink: Sink) -> int:
        """Put the sections into ``sink``, coarse to fine; return the bytes of all."""
        heads, details = [], []
        for frame, q in zip(self.frames, quantised, strict=True):
            head = np.zeros(1, HEAD)
            head["low"], head["trend"] = frame.low, frame.trend
            state = Learned.nothing()
            data = encoded(q.levels[self.first :][::-1], NO_PARENT, state)
            heads.append(head.tobytes() + data)
            details.append([self._tiles(q.levels, level, state) for level in range(self.first)])
        sink.add(self.first, BASE, heads)
        for level in range(self.first - 1, -1, -1):
            sink.add(level, DETAILS, [unit for frame in details for unit in frame[level]])
        return sink.bytes

    def _tiles(self, levels: list[Integers], level: int, state: Learned) -> list[bytes]:
        def one(tile: tuple[slice, ...]) -> bytes:
            if self.context.cancelled.is_set():
                raise Cancelled("Cancelled: nothing was written.")
            values = levels[level][tile]
            if not values.any():
                return b""
            return encoded([values], parent_of(levels[level + 1], tile), state.again())

        return run_all(one, blocks(levels[level].shape, (TILE,) * 3))

    def psnr(self, quantised: list[Quantised], points: list[list[int]], step: float) -> float:
        """Return the PSNR in dB of the file, over the present voxels."""
        centroids = np.array(points, np.float64) / CENTROIDS
        variable, (lowest, highest) = self.source.variable, self.source.range
        error, count = 0.0, 0
        for index, frame, q in zip(self.indices, self.frames, quantised, strict=True):
            low = np.full((1, 1, 1), float(np.float32(frame.low)))
            for level in range(len(q.levels) - 1, -1, -1):
                group = max(self.first - level, 0)
                low = join(q.levels[level], low, step, centroids[group], parallel=True)
            low += plane(frame.trend, low.shape)
            low *= self.source.span
            low += self.source.range[0]
            np.clip(low, lowest, highest, out=low)
            if variable.dtype.kind != "f":
                np.rint(low, out=low)
            lead = tuple(slice(i, i + 1) for i in index)
            original = variable.read((*lead, *whole(low.shape))).reshape(low.shape)
            missing = variable.missing(original) if self.source.has_missing else None
            low -= original if missing is None else np.where(missing, low, original)
            low /= self.source.span
            error += float(np.square(low, out=low).sum())
            count += low.size if missing is None else int((~missing).sum())
        return -10 * math.log10(max(error / max(count, 1), 1e-300))

    def cost_model(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return magnitudes and how many coefficients have them, from a histogram."""
        edges = np.linspace(-26, 16, 1009)
        counts = np.zeros(len(edges) - 1)
        for frame in self.frames:
            for level in frame.levels:
                flat = np.abs(level[level != 0])
                counts += np.histogram(np.clip(np.log2(flat), -26, 16), edges)[0]
        return 2.0 ** ((edges[1:] + edges[:-1]) / 2), counts


def linear_trend(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return value at index 0 and slopes along z, y, x of the plane through ``values``; only the
    mean where a plane explains little. Rounded to float32."""
    mean = float(values.mean())
    slopes, explained = np.zeros(3), 0.0
    for axis, n in enumerate(values.shape):
        if n > 1:
            place = np.arange(n) - (n - 1) / 2
            others = tuple(k for k in range(3) if k != axis)
            slopes[axis] = (values.mean(axis=others) * place).mean() / np.square(place).mean()
            explained += slopes[axis] ** 2 * np.square(place).mean()
    if explained < TREND * float(values.var()):
        slopes[:] = 0
    slopes = slopes.astype(np.float32).astype(np.float64)
    start = mean - sum(s * (n - 1) / 2 for s, n in zip(slopes, values.shape, strict=True))
    return np.array([np.float32(start), *slopes], np.float64)


def plane(trend: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the plane of a trend."""
    z, y, x = (s * np.arange(n) for s, n in zip(trend[1:], shape, strict=True))
    if not trend[1:].any():
        return np.full((1, 1, 1), trend[0])
    result: NDArray[np.float64] = (z[:, None, None] + y[:, None]) + (x + trend[0])
    return result

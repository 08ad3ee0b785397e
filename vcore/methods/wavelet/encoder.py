"""Encoding: transform once, quantise and code until the budget is met."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import Cancelled
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.analysis import pyramids, read_frame
from vcore.methods.wavelet.rdo import USUAL
from vcore.methods.wavelet.reconstruct import Trial
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    NO_PARENT,
    NOTHING_BEFORE,
    Integers,
    Learned,
    PreviousFrame,
    StreamHead,
    coarse_levels,
    encoded,
    group_of,
    parent_of,
    small_level,
    tile_side,
)
from vcore.methods.wavelet.tables import CENTROIDS, UNIT_TAPS, Tables
from vcore.methods.wavelet.temporal import Pyramid, put_in_components
from vcore.methods.wavelet.transform import pyramid_shapes, reconstruction
from vcore.model.context import Context
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all, threads

TAP_BITS = 8
"""What a tap takes in the header."""
PLANES = 1 << 20
"""Coefficients that are quantised at once."""
COEFFICIENT_BYTES, ROUGH_BYTES = 8, 1
"""Of a coefficient and its integer; of a frame's, while they are quantised."""

States = list[Learned]
"""What the streams of a group's units have taught."""
Primed = dict[int, tuple[int, States]]
"""For each finer level the number of its primer, and what that leaves behind."""


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
    fast
        Whether few contexts are mixed.
    """

    def __init__(
        self, source: VariableSource, context: Context, group: int = 1, *, fast: bool = False
    ) -> None:
        self.source, self.context, self.fast = source, context, fast
        self.care = USUAL
        self.shapes = pyramid_shapes(source.shape[-3:])
        self.first, self.small = coarse_levels(self.shapes), small_level(self.shapes)
        self.scratch = Scratch(work_bytes(source))
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
        self._integers: list[list[Integers]] = [
            [self.scratch.array(level.shape, np.int32) for level in frame.levels]
            for frame in self.frames
        ]
        self._rough = [self.scratch.array(shape, np.uint8) for shape in self.shapes[:-1]]
        context.report("transforming", 1.0)

    def _transformed(self, units: Sequence[int]) -> list[Pyramid]:
        frames = [read_frame(self.source, self._lead(unit), self.scratch) for unit in units]
        found = pyramids(frames, self.shapes, self.scratch)
        integer = self.source.variable.dtype.kind != "f"
        noise = (1 / self.source.span) ** 2 / 12 if integer else 0.0
        put_in_components(found, noise)
        return found

    def _lead(self, unit: int) -> Region:
        return tuple(slice(i, i + 1) for i in self.indices[unit])

    def quantise(self, step: float) -> tuple[list[Quantised], Tables]:
        """Return every component's integers, until the next call, and the tables of all."""
        found = [
            self._quantised(frame, out, step)
            for frame, out in zip(self.frames, self._integers, strict=True)
        ]
        total = sum((q.sums for q in found), np.zeros((self.small + 1, 3, 2)))
        mean = total[..., 0] / np.maximum(total[..., 1], 1)
        shifts = np.clip(np.rint(mean * CENTROIDS), -CENTROIDS // 2, CENTROIDS // 2)
        points = [[int(v) for v in row] for row in shifts]
        taps = self._taps(found, points, step)
        tables = Tables([a + b for a, b in zip(points, taps, strict=True)])
        return found, replace(tables, filter=self.trial(found, tables, step).filter())

    def _planes(self) -> list[tuple[int, int, int]]:
        """Return level, first and last plane of parts of a frame, each some work for a thread."""
        jobs = []
        for number, (nz, ny, nx) in enumerate(self.shapes[:-1]):
            rows = max(PLANES // (ny * nx), 1)
            jobs += [(number, a, min(a + rows, nz)) for a in range(0, nz, rows)]
        return jobs

    def _quantised(self, frame: Pyramid, out: list[Integers], step: float) -> Quantised:
        """Quantise with a dead zone, count what that costs where, and quantise anew by it."""
        from vcore.methods.wavelet import quantiser

        scale, rough = np.float32(1 / step), self._rough
        above = [*rough[1:], np.zeros((1, 1, 1), np.uint8)]

        def first_pass(job: tuple[int, int, int]) -> None:
            level, a, b = job
            quantiser.rounded(frame.levels[level], scale, rough[level], a, b)

        def counts(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            return quantiser.counted(rough[level], above[level], a, b)

        def second_pass(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            values, q = frame.levels[level], rough[level]
            return quantiser.chosen(values, scale, q, above[level], costs, out[level], a, b)

        def taken(job: tuple[int, int, int]) -> None:
            level, a, b = job
            quantiser.taken(out[level], rough[level], a, b)

        jobs, care = self._planes(), self.care
        run_all(first_pass, jobs)
        for number in range(1 + care.again):
            if number:
                run_all(taken, jobs)
            found = sum(run_all(counts, jobs), np.zeros(quantiser.COUNTS))
            costs = quantiser.costs_of(found, care)
            sums = np.zeros((self.small + 1, 3, 2))
            for (level, _, _), part in zip(jobs, run_all(second_pass, jobs), strict=True):
                sums[max(self.small - level, 0)] += part
        return Quantised(out, sums)

    def _taps(
        self, found: list[Quantised], points: list[list[int]], step: float
    ) -> list[list[int]]:
        """Return the taps of each group that lessen the squared error most; none where that is not
        worth their bits."""
        from vcore.methods.wavelet import quantiser

        rows, scale = reconstruction(points), np.float32(1 / step)
        sums, jobs = np.zeros((self.small + 1, *quantiser.MOMENTS)), self._planes()
        for frame, q in zip(self.frames, found, strict=True):

            def part(job: tuple[int, int, int], frame: Pyramid = frame, q: Quantised = q) -> Any:
                level, a, b = job
                row = rows[max(self.small - level, 0)]
                return quantiser.moments(frame.levels[level], scale, q.levels[level], row, a, b)

            for (level, _, _), found_sums in zip(jobs, run_all(part, jobs), strict=True):
                sums[max(self.small - level, 0)] += found_sums
        return [quantiser.taps_of(group, UNIT_TAPS, TAP_BITS) for group in sums]

    def code(self, quantised: list[Quantised], sink: Sink) -> int:
        """Put the sections into ``sink``, coarse to fine; return the bytes of all."""
        count = len(quantised)
        coarse = [b""] * count
        finer = self.shapes[: self.first]
        tiles = [list(blocks(shape, (tile_side(shape),) * 3)) for shape in finer]
        details = [[b""] * (len(of_level) * count) for of_level in tiles]
        some = 1 if self.first else len(self.groups)  # what a stream has taught takes memory

        def group(units: Sequence[int]) -> Primed:
            """Code the coarse levels and the primers of a group."""
            primers = self._primers(units, quantised, tiles)
            found = list(self._coarse(units, quantised, primers))
            for unit, (data, _) in zip(units, found, strict=True):
                coarse[unit] = data
            states = [state for _, state in found]
            primed = {}
            for level, place in zip(range(self.first - 1, -1, -1), primers, strict=False):
                states = keep(units, level, place, states)
                primed[level] = place, states
            return primed

        def keep(units: Sequence[int], level: int, place: int, states: States) -> States:
            """Code a tile of a group; return what it leaves behind."""
            found = list(self._tiles(units, quantised, level, tiles[level][place], states))
            for unit, (data, _) in zip(units, found, strict=True):
                details[level][unit * len(tiles[level]) + place] = data
            return [state for _, state in found]

        for start in range(0, len(self.groups), some * threads()):
            batch = self.groups[start : start + some * threads()]
            primed = run_all(group, batch)

            def tile(
                job: tuple[int, int, int],
                batch: Sequence[Sequence[int]] = batch,
                primed: list[Primed] = primed,
            ) -> None:
                number, level, place = job
                primer, states = primed[number][level]
                if place != primer:
                    keep(batch[number], level, place, states)

            run_all(
                tile,
                [
                    (number, level, place)
                    for number in range(len(batch))
                    for level in sorted(primed[number])
                    for place in range(len(tiles[level]))
                ],
            )
        sink.add(self.first, BASE, coarse)
        for level in range(self.first - 1, -1, -1):
            sink.add(level, DETAILS, details[level])
        return sink.bytes

    def _primers(
        self, units: Sequence[int], quantised: list[Quantised], tiles: list[list[Region]]
    ) -> tuple[int, ...]:
        """Return for each finer level, coarse to fine, a tile: of the finest that has anything the
        one with most that is not 0, of coarser ones that over it, which decoding it takes anyway;
        nothing where no tile of any level has anything."""

        def filled(job: tuple[int, Region]) -> int:
            level, tile = job
            return sum(int(np.count_nonzero(quantised[u].levels[level][tile])) for u in units)

        found: list[int] = []
        some = False
        for level in range(self.first):
            if some:
                shape, side = self.shapes[level], tile_side(self.shapes[level])
                over = [s.start // 2 // side for s in tiles[level - 1][found[-1]]]
                found.append(int(np.ravel_multi_index(over, [-(-n // side) for n in shape])))
            else:
                counts = run_all(filled, [(level, tile) for tile in tiles[level]])
                found.append(int(np.argmax(counts)))
                some = max(counts) > 0
        return tuple(reversed(found)) if some else ()

    def _coarse(
        self, units: Sequence[int], quantised: list[Quantised], primers: tuple[int, ...]
    ) -> Iterator[tuple[bytes, Learned]]:
        """Yield the units of a group's coarse levels and what they taught the coder."""
        before = PreviousFrame(self.shapes[self.first : -1][::-1])
        chained = self.frames[units[0]].weights is not None
        state = first = Learned.nothing(fast=self.fast)
        for number, unit in enumerate(units):
            self._stop_if_cancelled()
            if number:
                state = (state if chained else first).again()
            levels = quantised[unit].levels[self.first :][::-1]
            context = before.context() if chained else NOTHING_BEFORE
            data = encoded(levels, NO_PARENT, state, context)
            frame = self.frames[unit]
            counts = number == 0 or any(level.any() for level in quantised[unit].levels)
            weights = frame.weights if counts else None
            head = StreamHead(
                frame.low, frame.slopes, weights, () if number and chained else primers
            )
            yield head.pack() + data, state
            if chained:
                before.add(levels)

    def _tiles(
        self,
        units: Sequence[int],
        quantised: list[Quantised],
        level: int,
        tile: Region,
        states: Sequence[Learned],
    ) -> Iterator[tuple[bytes, Learned]]:
        """Yield a tile of each unit of a group and what it leaves behind; ``states`` are what the
        tiles go on from."""
        self._stop_if_cancelled()
        nz, ny, nx = shape_of(tile)
        before = PreviousFrame([(nz, ny, nx)])
        chained = self.frames[units[0]].weights is not None
        for unit, state in zip(units, states, strict=True):
            levels = quantised[unit].levels
            values = levels[level][tile]
            data = b""
            if values.any():
                context = before.context() if chained else NOTHING_BEFORE
                parent = parent_of(levels[level + 1], tile)
                state = state.again()
                data = encoded([values], parent, state, context)
            yield data, state
            if chained:
                before.add([values])

    def _stop_if_cancelled(self) -> None:
        if self.context.cancelled.is_set():
            raise Cancelled("Cancelled: nothing was written.")

    def trial(self, quantised: list[Quantised], tables: Tables, step: float) -> Trial:
        """Return what a decoder makes of integers."""
        integers = [q.levels for q in quantised]
        return Trial(self.source, self.frames, self.group_of, integers, tables, step)

    def measured(
        self, quantised: list[Quantised], tables: Tables, step: float
    ) -> tuple[float, Tables]:
        """Return the PSNR in dB of the file, over the present voxels, and the tables that give it:
        those without what of the filter does harm."""
        psnr, kept = self.trial(quantised, tables, step).measured()
        return psnr, replace(tables, filter=kept)


def work_bytes(source: VariableSource) -> int:
    """Return the bytes of the coefficients of all frames and of their integers."""
    coefficients = sum(math.prod(shape) for shape in pyramid_shapes(source.shape[-3:]))
    return (math.prod(source.frames) * COEFFICIENT_BYTES + ROUGH_BYTES) * coefficients

"""Encoder: one transform, then quantisation and coding repeated until the budget is met."""

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
from vcore.methods.wavelet.rdo import DEFAULT_PRESET
from vcore.methods.wavelet.reconstruct import Trial
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.stream import (
    BASE,
    DETAILS,
    NO_PARENT,
    NO_PREVIOUS,
    CoderState,
    Integers,
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
from vcore.methods.wavelet.temporal import Pyramid, to_components
from vcore.methods.wavelet.transform import pyramid_shapes, reconstruction
from vcore.model.context import Context
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all, threads

TAP_BITS = 8
"""Bits of a tap in the header."""
PLANES = 1 << 20
"""Coefficients quantised per job."""
COEFFICIENT_BYTES, ROUGH_BYTES = 8, 1
"""Bytes per coefficient: its float32 and int32 values, and the temporary magnitudes of a frame."""

States = list[CoderState]
"""Coder states at the end of the streams of a group's units."""
Primer = dict[int, tuple[int, States]]
"""For each finer level, the index of its primer and the coder states at its end."""


@dataclass
class Quantised:
    """Integers of a component, and the sums that determine the reconstruction points."""

    levels: list[Integers]
    sums: NDArray[np.float64]


class Encoder:
    """Wavelet pyramids of one variable, codable at any quantiser step.

    Parameters
    ----------
    group
        Maximum number of frames along ``t`` with a common temporal basis.
    """

    def __init__(self, source: VariableSource, context: Context, group: int = 1) -> None:
        self.source, self.context = source, context
        self.preset = DEFAULT_PRESET
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
        to_components(found, noise)
        return found

    def _lead(self, unit: int) -> Region:
        return tuple(slice(i, i + 1) for i in self.indices[unit])

    def quantise(self, step: float) -> tuple[list[Quantised], Tables]:
        """Return the integers of all components, valid until the next call, and the tables."""
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
        """Return jobs for the threads: level, first and last plane of parts of a frame."""
        jobs = []
        for number, (nz, ny, nx) in enumerate(self.shapes[:-1]):
            rows = max(PLANES // (ny * nx), 1)
            jobs += [(number, a, min(a + rows, nz)) for a in range(0, nz, rows)]
        return jobs

    def _quantised(self, frame: Pyramid, out: list[Integers], step: float) -> Quantised:
        """Quantise with a dead zone, estimate rates from the result, and quantise again with
        rate-distortion optimisation."""
        from vcore.methods.wavelet import quantiser

        scale, rough = np.float32(1 / step), self._rough
        above = [*rough[1:], np.zeros((1, 1, 1), np.uint8)]

        def first_pass(job: tuple[int, int, int]) -> None:
            level, a, b = job
            quantiser.quantise_dead_zone(frame.levels[level], scale, rough[level], a, b)

        def counts(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            return quantiser.count_magnitudes(rough[level], above[level], a, b)

        def second_pass(job: tuple[int, int, int]) -> Any:
            level, a, b = job
            values, q = frame.levels[level], rough[level]
            return quantiser.choose_integers(
                values, scale, q, above[level], costs, out[level], a, b
            )

        def copy_back(job: tuple[int, int, int]) -> None:
            level, a, b = job
            quantiser.copy_magnitudes(out[level], rough[level], a, b)

        jobs, preset = self._planes(), self.preset
        run_all(first_pass, jobs)
        for number in range(1 + preset.two_pass):
            if number:
                run_all(copy_back, jobs)
            found = sum(run_all(counts, jobs), np.zeros(quantiser.COUNTS))
            costs = quantiser.costs_of(found, preset)
            sums = np.zeros((self.small + 1, 3, 2))
            for (level, _, _), part in zip(jobs, run_all(second_pass, jobs), strict=True):
                sums[max(self.small - level, 0)] += part
        return Quantised(out, sums)

    def _taps(
        self, found: list[Quantised], points: list[list[int]], step: float
    ) -> list[list[int]]:
        """Return, per group of levels, the taps that minimise the squared error; empty if they are
        not worth their bits."""
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
        """Write the sections to ``sink``, coarse to fine; return their total bytes."""
        count = len(quantised)
        coarse = [b""] * count
        finer = self.shapes[: self.first]
        tiles = [list(blocks(shape, (tile_side(shape),) * 3)) for shape in finer]
        details = [[b""] * (len(of_level) * count) for of_level in tiles]
        batch_groups = 1 if self.first else len(self.groups)  # coder states of tiles take memory

        def group(units: Sequence[int]) -> Primer:
            """Code the coarse levels and the primers of a group."""
            primers = self._primers(units, quantised, tiles)
            found = list(self._coarse(units, quantised, primers))
            for unit, (data, _) in zip(units, found, strict=True):
                coarse[unit] = data
            states = [state for _, state in found]
            primed = {}
            for level, tile_index in zip(range(self.first - 1, -1, -1), primers, strict=False):
                states = keep(units, level, tile_index, states)
                primed[level] = tile_index, states
            return primed

        def keep(units: Sequence[int], level: int, tile_index: int, states: States) -> States:
            """Code one tile for all units of a group; return the final coder states."""
            found = list(self._tiles(units, quantised, level, tiles[level][tile_index], states))
            for unit, (data, _) in zip(units, found, strict=True):
                details[level][unit * len(tiles[level]) + tile_index] = data
            return [state for _, state in found]

        for start in range(0, len(self.groups), batch_groups * threads()):
            batch = self.groups[start : start + batch_groups * threads()]
            primed = run_all(group, batch)

            def tile(
                job: tuple[int, int, int],
                batch: Sequence[Sequence[int]] = batch,
                primed: list[Primer] = primed,
            ) -> None:
                number, level, tile_index = job
                primer, states = primed[number][level]
                if tile_index != primer:
                    keep(batch[number], level, tile_index, states)

            run_all(
                tile,
                [
                    (number, level, tile_index)
                    for number in range(len(batch))
                    for level in sorted(primed[number])
                    for tile_index in range(len(tiles[level]))
                ],
            )
        sink.add(self.first, BASE, coarse)
        for level in range(self.first - 1, -1, -1):
            sink.add(level, DETAILS, details[level])
        return sink.bytes

    def _primers(
        self, units: Sequence[int], quantised: list[Quantised], tiles: list[list[Region]]
    ) -> tuple[int, ...]:
        """Return the primer tile of each finer level, coarse to fine.

        On the finest level with nonzero coefficients it is the tile with most of them; on coarser
        levels the tile above it, which has to be decoded for it anyway. Empty if all are zero.
        """

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
    ) -> Iterator[tuple[bytes, CoderState]]:
        """Yield the coded coarse levels of a group's units, and the final coder states."""
        before = PreviousFrame(self.shapes[self.first : -1][::-1])
        chained = self.frames[units[0]].weights is not None
        state = first = CoderState.initial()
        for number, unit in enumerate(units):
            self._stop_if_cancelled()
            if number:
                state = (state if chained else first).for_next_stream()
            levels = quantised[unit].levels[self.first :][::-1]
            context = before.context() if chained else NO_PREVIOUS
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
        states: Sequence[CoderState],
    ) -> Iterator[tuple[bytes, CoderState]]:
        """Yield one coded tile per unit of a group and its final coder state, starting from
        ``states``."""
        self._stop_if_cancelled()
        nz, ny, nx = shape_of(tile)
        before = PreviousFrame([(nz, ny, nx)])
        chained = self.frames[units[0]].weights is not None
        for unit, state in zip(units, states, strict=True):
            levels = quantised[unit].levels
            values = levels[level][tile]
            data = b""
            if values.any():
                context = before.context() if chained else NO_PREVIOUS
                parent = parent_of(levels[level + 1], tile)
                state = state.for_next_stream()
                data = encoded([values], parent, state, context)
            yield data, state
            if chained:
                before.add([values])

    def _stop_if_cancelled(self) -> None:
        if self.context.cancelled.is_set():
            raise Cancelled("Cancelled: nothing was written.")

    def trial(self, quantised: list[Quantised], tables: Tables, step: float) -> Trial:
        """Return the reconstruction of quantised integers."""
        integers = [q.levels for q in quantised]
        return Trial(self.source, self.frames, self.group_of, integers, tables, step)

    def measured(
        self, quantised: list[Quantised], tables: Tables, step: float
    ) -> tuple[float, Tables]:
        """Return the PSNR in dB of the file over the present voxels, and the tables that give it,
        with harmful filter classes removed."""
        psnr, taps = self.trial(quantised, tables, step).measured()
        return psnr, replace(tables, filter=taps)


def work_bytes(source: VariableSource) -> int:
    """Return the bytes of the coefficients and integers of all frames."""
    coefficients = sum(math.prod(shape) for shape in pyramid_shapes(source.shape[-3:]))
    return (math.prod(source.frames) * COEFFICIENT_BYTES + ROUGH_BYTES) * coefficients

"""Encoder: one transform, then quantisation and coding repeated until the budget is met."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vcore.errors import Cancelled
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.analysis import transformed
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.background import Background
from vcore.methods.wavelet.model import SampleModel
from vcore.methods.wavelet.prediction import NEWEST, prediction_of
from vcore.methods.wavelet.quantising import cost_of, quantise_levels
from vcore.methods.wavelet.rdo import DEFAULT_PRESET
from vcore.methods.wavelet.reconstruct import Trial
from vcore.methods.wavelet.restoration import ANY, WHOLE
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
    tile_side,
)
from vcore.methods.wavelet.tables import LEVELS, SHARES, SHIFTS, Tables, own_rows
from vcore.methods.wavelet.temporal import Pyramid
from vcore.methods.wavelet.transform import pyramid_shapes
from vcore.model.context import Context
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all, threads

COEFFICIENT_BYTES, REST_BYTES, ROUGH_BYTES = 8, 4, 1
"""Bytes per coefficient: its float32 and int32 values, what its prediction leaves, and the
temporary magnitudes of a frame."""
MAX_REST = 0.995
"""Share of the cost of a level from which on its prediction is not worth the time."""

States = list[CoderState]
"""Coder states at the end of the streams of a group's units."""
Primer = dict[int, tuple[int, States]]
"""For each finer level, the index of its primer and the coder states at its end."""


class Encoder:
    """Wavelet pyramids of one variable, codable at any quantiser step.

    Parameters
    ----------
    group
        Maximum number of frames along ``t`` with a common temporal basis.
    prediction
        Whether to predict details of frames without such a basis.
    background
        Voxels that a mask describes instead.
    cosine
        Whether to take the cosine transform in place of the wavelet.
    apart
        Slices whose error does not count, as they are coded apart.
    restoration
        Whether to restore level 0.
    """

    def __init__(
        self,
        source: VariableSource,
        context: Context,
        group: int = 1,
        *,
        prediction: bool = False,
        background: Background | None = None,
        cosine: bool = False,
        apart: Apart | None = None,
        restoration: bool = False,
    ) -> None:
        self.source, self.context, self.prediction = source, context, prediction
        self.restoration, self._suited = restoration, ANY
        self.background, self.cosine, self.apart = background, cosine, apart
        self._mask = b"" if background is None else background.pack()
        self.preset = DEFAULT_PRESET
        self.shapes = pyramid_shapes(source.shape[-3:])
        self.first = coarse_levels(self.shapes)
        self.scratch = Scratch(work_bytes(source, prediction=prediction))
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
        predicted = self.shapes[: min(LEVELS, len(self.shapes) - 1)] if prediction else []
        self._rests = [
            [self.scratch.array(shape, np.float32) for shape in predicted]
            if frame.weights is None
            else []
            for frame in self.frames
        ]
        self._rough = [self.scratch.array(shape, np.uint8) for shape in self.shapes[:-1]]
        context.report("transforming", 1.0)

    def _transformed(self, units: Sequence[int]) -> list[Pyramid]:
        leads = [self._lead(unit) for unit in units]
        return transformed(self.source, leads, self.scratch, self.background, cosine=self.cosine)

    def _lead(self, unit: int) -> Region:
        return tuple(slice(i, i + 1) for i in self.indices[unit])

    def model(self) -> SampleModel:
        """Return a model of bytes and error by step."""
        voxels = math.prod(self.source.shape)
        return SampleModel([frame.levels for frame in self.frames], self._rough, voxels)

    def quantise(self, step: float, *, draft: bool = False) -> tuple[list[list[Integers]], Tables]:
        """Return the integers of the levels of all components, valid until the next call, and the
        tables, which lack the filter of a draft.

        Levels are quantised from coarse to fine, as the coarser ones predict the finer ones.
        """
        own = own_rows(self.shapes, predicted=self.prediction)
        tables = Tables(
            [[]] * (own + 1),
            prediction=(NEWEST << LEVELS, 0) if self.prediction else (),
            background=None if self.background is None else self.background.value,
        )
        groups = [range(len(self.shapes) - 2, own - 1, -1), *([k] for k in range(own - 1, -1, -1))]
        for number, levels in enumerate(groups):
            frames: list[Sequence[NDArray[np.float32]]] = [frame.levels for frame in self.frames]
            if self.prediction and levels and levels[0] < min(LEVELS, own):
                frames, tables = self._less_predicted(levels[0], tables, step)
            row = [0] * SHIFTS
            if levels:
                out, rough = self._integers, self._rough
                row = quantise_levels(levels, frames, out, rough, self.preset, step)
            rows = [*tables.points[:number], row, *tables.points[number + 1 :]]
            tables = replace(tables, points=rows)
        return self._integers, tables if draft else self.filtered(tables, step)

    def filtered(self, tables: Tables, step: float) -> Tables:
        """Return the tables of the last quantisation with a filter, where that pays off, and with
        a restoration, which ``measured`` chooses."""
        taps = self.trial(self._integers, tables, step).filter()
        whole = (self._suited, *WHOLE) if self.restoration else ()
        return replace(tables, filter=taps, restoration=whole)

    def _less_predicted(
        self, level: int, tables: Tables, step: float
    ) -> tuple[list[Sequence[NDArray[np.float32]]], Tables]:
        """Return the frames with the details of a level less their predictions, and the tables that
        say so, if that pays off; else as they are."""
        frames: list[Sequence[NDArray[np.float32]]] = [frame.levels for frame in self.frames]
        trial = self.trial(self._integers, tables, step)
        plain = rest = 0.0
        for unit, rests in enumerate(self._rests):
            if rests:
                trial.put_rests(unit, level, prediction_of(NEWEST), rests[level])
                plain += cost_of(frames[unit][level], step)
                rest += cost_of(rests[level], step)
                frames[unit] = [*rests[: level + 1], *frames[unit][level + 1 :]]
        if rest >= MAX_REST * plain:
            return [frame.levels for frame in self.frames], tables
        predicted = (tables.prediction[0] | 1 << level, 0)
        return frames, replace(tables, prediction=predicted)

    def with_share(self, tables: Tables) -> Tables:
        """Return the tables of the last quantisation with the share that is prediction alone."""
        if not any(map(tables.predicts, range(LEVELS))):
            return tables
        alone = total = 0.0
        for frame, rests, out in zip(self.frames, self._rests, self._integers, strict=True):
            for number, rest in enumerate(rests):
                if not tables.predicts(number):
                    continue
                for values, left, integers in zip(
                    frame.levels[number], rest, out[number], strict=True
                ):
                    total += float(np.square(values, dtype=np.float64).sum())
                    prediction = np.where(integers == 0, values - left, 0)
                    alone += float(np.square(prediction, dtype=np.float64).sum())
        share = min(round(SHARES * alone / max(total, 1e-300)), SHARES)
        return replace(tables, prediction=(tables.prediction[0], share))

    def code(self, quantised: list[list[Integers]], sink: Sink) -> int:
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
        self, units: Sequence[int], quantised: list[list[Integers]], tiles: list[list[Region]]
    ) -> tuple[int, ...]:
        """Return the primer tile of each finer level, coarse to fine.

        On the finest level with nonzero coefficients it is the tile with most of them; on coarser
        levels the tile above it, which has to be decoded for it anyway. Empty if all are zero.
        """

        def filled(job: tuple[int, Region]) -> int:
            level, tile = job
            return sum(int(np.count_nonzero(quantised[u][level][tile])) for u in units)

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
        self, units: Sequence[int], quantised: list[list[Integers]], primers: tuple[int, ...]
    ) -> Iterator[tuple[bytes, CoderState]]:
        """Yield the coded coarse levels of a group's units, and the final coder states."""
        before = PreviousFrame(self.shapes[self.first : -1][::-1])
        chained = self.frames[units[0]].weights is not None
        state = first = CoderState.initial()
        for number, unit in enumerate(units):
            self._stop_if_cancelled()
            if number:
                state = (state if chained else first).for_next_stream()
            levels = quantised[unit][self.first :][::-1]
            context = before.context() if chained else NO_PREVIOUS
            data = encoded(levels, NO_PARENT, state, context)
            frame = self.frames[unit]
            counts = number == 0 or any(level.any() for level in quantised[unit])
            weights = frame.weights if counts else None
            head = StreamHead(
                frame.low,
                frame.slopes,
                weights,
                () if number and chained else primers,
                b"" if unit else self._mask,
            )
            yield head.pack() + data, state
            if chained:
                before.add(levels)

    def _tiles(
        self,
        units: Sequence[int],
        quantised: list[list[Integers]],
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
            levels = quantised[unit]
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

    def trial(self, quantised: list[list[Integers]], tables: Tables, step: float) -> Trial:
        """Return the reconstruction of quantised integers."""
        return Trial(
            self.source,
            self.frames,
            self.group_of,
            quantised,
            tables,
            step,
            self.background,
            cosine=self.cosine,
            apart=self.apart,
        )

    def measured(
        self, quantised: list[list[Integers]], tables: Tables, step: float
    ) -> tuple[float, Tables]:
        """Return the PSNR in dB of the file over the present voxels, and the tables that give it,
        with harmful filter classes removed and the best restoration: of all taps at first, of the
        same ones later."""
        psnr, taps, restoration = self.trial(quantised, tables, step).measured()
        if restoration:
            self._suited = restoration[0]
        return psnr, replace(tables, filter=taps, restoration=restoration)


def work_bytes(source: VariableSource, *, prediction: bool = False) -> int:
    """Return the bytes of the coefficients and integers of all frames, and of the coefficients less
    their predictions."""
    coefficients = sum(math.prod(shape) for shape in pyramid_shapes(source.shape[-3:]))
    each = COEFFICIENT_BYTES + (REST_BYTES if prediction else 0)
    return (math.prod(source.frames) * each + ROUGH_BYTES) * coefficients

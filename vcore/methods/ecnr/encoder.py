"""Encoding a variable scale by scale, coarse to fine."""

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vcore.context import Context
from vcore.methods.ecnr import cnn, planning
from vcore.methods.ecnr.assignment import assign, features
from vcore.methods.ecnr.blockmap import renumbered
from vcore.methods.ecnr.decoder import Blocks, Pyramid, scales_of, section_of
from vcore.methods.ecnr.geometry import Array, Scale, downsampled, full_shape, halvings
from vcore.methods.ecnr.network import Shape
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.ecnr.stored import Head, Sizes, pack
from vcore.methods.ecnr.training import VARIABLE_CODES, Data, Trainer
from vcore.methods.source import Source
from vcore.regions import Region

Section = tuple[int, str, list[bytes]]
log = logging.getLogger(__name__)
FITTED = "scale %d: %d of %d blocks, %d networks of %d units, %d bytes, rms %.3g of %.3g, codes %s"
LEAST_RESIDUAL = 1e-4
"""Section 4.1."""
LEFT_OUT = 0.01
"""Share of a scale's energy that the blocks left out may hold together."""
FITTING_TIME = 0.7
"""Share of a time limit for the blocks where the network against boundaries follows."""
SAFETY = 0.97
"""Share of the bytes that is planned with."""


@dataclass(frozen=True)
class Encoded:
    """A scale as sections.

    Parameters
    ----------
    scale
        With its blocks.
    units
        Its bytes.
    sizes
        What takes them.
    effective, blocks
        Blocks that are stored, of how many.
    """

    scale: Scale
    units: list[bytes]
    sizes: Sizes
    effective: int
    blocks: int

    @property
    def bytes(self) -> int:
        """Of all units."""
        return sum(map(len, self.units))


@dataclass(frozen=True)
class Result:
    """An encoded variable.

    Parameters
    ----------
    scales
        The coarsest first.
    sections
        Level, name and units of each section.
    state
        Of the header.
    """

    scales: list[Encoded]
    sections: list[Section]
    state: dict[str, int]


class Encoder:
    """Encodes one variable.

    Parameters
    ----------
    source
        The variable.
    settings
        As asked for.
    limit
        Bytes for all scales, None if free.
    context
        As everywhere.
    """

    def __init__(
        self, source: Source, settings: EcnrSettings, limit: float | None, context: Context
    ) -> None:
        shape = full_shape(source.shape, source.variable.axes)
        self.source, self.context = source, context
        self.settings = settings.resolved(shape[0])
        if limit is not None:
            limit -= cnn.bytes_of(settings.cnn) if settings.cnn else 0
        self.limit = None if limit is None else SAFETY * limit
        steps = halvings(shape[0], shape[2:], settings.scales, settings.scales_time)
        self.bare = scales_of(source.shape, source.variable.axes, steps)
        self.scales = planning.with_blocks(self.bare, self.settings, self.limit)
        self.sharing_components = self.settings.components == "shared" and shape[1] > 1
        self.decoders: list[Blocks | None] = [None] * len(self.scales)
        self.pyramid = Pyramid(self.bare, self.decoders)
        self.kept = 0.0
        """Share of its energy that the scale before has kept as error."""
        self.parents: dict[int, tuple[Head, dict[str, Array]]] = {}

    def run(self) -> "Result":
        """Return all scales, and the network against boundaries where it is asked for and pays."""
        found = self._scales()
        extra: list[Section] = []
        smooth = self._smooth() if self.settings.cnn else b""
        if smooth:
            extra.append((0, cnn.SECTION, [smooth]))
        sections = [(e.scale.space, section_of(e.scale), e.units) for e in found]
        state = {"space": self.bare[-1].space + 1, "time": self.bare[-1].time + 1}
        return Result(found, sections + extra, state)

    def _smooth(self) -> bytes:
        from vcore.methods.ecnr import cnn_training

        def read(region: Region) -> Array:
            return self.pyramid.decode(0, region)

        fitted = cnn_training.fit(self.source, self.bare[0], read, self.settings, self.context, 1.0)
        data, layers = cnn.pack(fitted)
        if cnn_training.pays(self.source, self.bare[0], read, layers, self.context.seed):
            return data
        log.info("the network against block boundaries does not pay: left out")
        return b""

    def _scales(self) -> list[Encoded]:
        found: list[Encoded] = []
        left = self.limit
        for scale in reversed(self.scales):
            number = scale.number
            share = None
            if left is not None:
                parts = planning.shares(self.scales[: number + 1])
                share = left * parts[number]
            context = self._part(number)
            encoded = self._encode(scale, share, context)
            if left is not None:
                left -= encoded.bytes
            found.append(encoded)
            units = encoded.units
            self.decoders[number] = Blocks(
                self.bare[number].with_block, units.__getitem__, self.settings.omega
            )
            self.pyramid = Pyramid(self.bare, self.decoders)
        return found

    def _part(self, number: int) -> Context:
        """Return the context of a scale: its progress is a part of the whole."""
        weights = planning.shares(self.scales)
        before, own = sum(weights[number + 1 :]), weights[number]
        limit = self.context.time_limit
        whole = FITTING_TIME if self.settings.cnn else 1.0
        return replace(
            self.context.part(before, own),
            time_limit=None if limit is None else whole * limit * (before + own),
        )

    def _encode(self, scale: Scale, limit: float | None, context: Context) -> Encoded:
        offset, energies = self._energies(scale, context)
        chosen = self._effective(energies)
        entries = self._entries(chosen)
        codes = self.settings.codes or planning.CODES
        if self.sharing_components:
            codes += VARIABLE_CODES
        plan = planning.plan(
            self.settings, scale, len(self.scales) - 1, int(chosen.sum()), limit, codes
        )
        total = int(chosen.size)
        if not plan.shape.networks:
            units, sizes = pack(_empty(offset), {}, np.zeros((0, 0)))
            return Encoded(scale, units, sizes, 0, total)
        values = self._gather(scale, chosen, entries, offset, context)
        unit = float(np.float32(math.sqrt(float(np.mean(np.square(values, dtype=np.float64))))))
        values /= np.float32(unit or 1.0)
        data, blocks = self._assigned(scale, values, chosen, entries, plan.shape)
        del values
        from vcore.methods.ecnr.fitting import fit_scale

        head = Head(
            replace(plan.shape, networks=len(data.slots)), scale.block, 0, unit or 1.0, offset,
            1.0, (), np.zeros((0, 0), np.float32), blocks,
        )  # fmt: skip
        seed = self.context.seed + 7919 * (scale.number + 1)
        trainer = Trainer(data, head.shape, self.settings, context, seed)
        components = scale.shape[1] if self.sharing_components else 0
        first = self._warm(scale, blocks, head.shape)
        fitted = fit_scale(trainer, head, components, first, plan.bits, limit)
        self.parents[scale.number] = fitted.head, fitted.parameters
        self.kept = fitted.error
        log.info(
            FITTED, scale.number, int(chosen.sum()), total, head.shape.networks, head.shape.width,
            sum(map(len, fitted.units)), unit * math.sqrt(fitted.error), unit, fitted.sizes,
        )  # fmt: skip
        return Encoded(scale, fitted.units, fitted.sizes, int(chosen.sum()), total)

    def _energies(self, scale: Scale, context: Context) -> tuple[float, NDArray[np.float64]]:
        """Return the offset, and each block's mean square residual, (t, c, z, y, x)."""
        coarsest = scale.number == len(self.scales) - 1
        sums, squares = np.zeros(scale.counts), np.zeros(scale.counts)
        for where, blocks in self._walk(scale, "selecting", context):
            sums[where] = blocks.mean(axis=-1, dtype=np.float64)
            squares[where] = np.mean(np.square(blocks, dtype=np.float64), axis=-1)
        offset = float(np.float32(sums.mean())) if coarsest else 0.0
        return offset, np.maximum(squares - 2 * offset * sums + offset**2, 0)

    def _walk(
        self, scale: Scale, stage: str, context: Context
    ) -> Iterator[tuple[tuple[slice, ...], Array]]:
        """Yield rows of blocks: their place in the lattice, and their voxels (..., voxels)."""
        frames, components, rows, *_ = scale.counts
        last = scale.number == len(self.scales) - 1
        total, done = frames * components * rows, 0
        for t in range(frames):
            for c in range(components):
                for z in range(rows):
                    context.report(stage, done / total)
                    done += 1
                    region: Region = (
                        slice(t, t + 1), slice(c, c + 1),
                        slice(z * scale.block[0], min((z + 1) * scale.block[0], scale.shape[2])),
                        *(slice(0, n) for n in scale.shape[3:]),
                    )  # fmt: skip
                    values = downsampled(self.source, scale, region)
                    if not last:
                        values = values - self.pyramid.prediction(scale.number, region)
                    where = (slice(t, t + 1), slice(c, c + 1), slice(z, z + 1))
                    yield where, _cut(values, scale)

    def _effective(self, energies: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return the blocks that are fitted: (t, c, z, y, x), c of length 1 where shared."""
        if self.sharing_components:
            energies = energies.mean(axis=1, keepdims=True)
        threshold = self.settings.threshold
        least = LEAST_RESIDUAL if threshold is None else threshold
        chosen: NDArray[np.bool_] = energies > least**2
        if threshold is None and chosen.any():
            order = np.sort(energies.ravel())
            small = order[np.cumsum(order) <= LEFT_OUT * order.sum()]
            # reverse water-filling: what is below the error that the others will keep gets no bits
            water = self.kept * float(order.mean())
            chosen &= energies > max(small.max(initial=0.0), water)
        return chosen

    def _entries(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return what is fitted, (n, 5) indices of blocks; every component of shared ones."""
        where = np.argwhere(chosen)
        if not self.sharing_components:
            return where
        components = self.scales[0].shape[1]
        every = np.repeat(where, components, axis=0)
        every[:, 1] = np.tile(np.arange(components), len(where))
        return every

    def _gather(
        self,
        scale: Scale,
        chosen: NDArray[np.bool_],
        entries: NDArray[np.int64],
        offset: float,
        context: Context,
    ) -> Array:
        """Return the residuals of the entries, (n, voxels)."""
        number = np.full(scale.counts, -1, np.int64)
        number[tuple(entries.T)] = np.arange(len(entries))
        out = np.empty((len(entries), scale.voxels), np.float32)
        for where, blocks in self._walk(scale, "gathering", context):
            here = number[where]
            out[here[here >= 0]] = blocks[here >= 0] - np.float32(offset)
        return out

    def _assigned(
        self,
        scale: Scale,
        values: Array,
        chosen: NDArray[np.bool_],
        entries: NDArray[np.int64],
        shape: Shape,
    ) -> tuple[Data, NDArray[np.int32]]:
        """Return the blocks ordered by network, and the map."""
        components = scale.shape[1] if self.sharing_components else 1
        together = values.reshape(len(values) // components, -1)
        points = features(together, self.settings.similarity, self.context.seed)
        labels = assign(points, shape.networks, self.context.seed)
        blocks = np.zeros(chosen.shape, np.int32)
        blocks[chosen] = labels + 1
        blocks, _ = renumbered(blocks)
        of_block = blocks[chosen].astype(np.int64) - 1
        count = int(of_block.max()) + 1
        # stored code by code, network by network: in the order in which a reader finds the blocks
        order = np.argsort(of_block, kind="stable")
        code = np.empty(len(order), np.int64)
        code[order] = np.arange(len(order))
        of_entry = np.repeat(of_block, components)
        entry_order = np.argsort(of_entry, kind="stable")
        sizes = np.bincount(of_entry, minlength=count)
        slots = np.full((count, int(sizes.max())), -1, np.int64)
        rank = np.arange(len(entry_order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        slots[of_entry[entry_order], rank] = entry_order
        data = Data(values, slots, np.repeat(code, components), entries[:, 1], scale.block)
        return data, blocks

    def _warm(
        self, scale: Scale, blocks: NDArray[np.int32], shape: Shape
    ) -> dict[str, Array] | None:
        """Return the networks of the next coarser scale under those of this one, if any fit."""
        parent = self.parents.get(scale.number + 1)
        if not self.settings.warm_start or parent is None:
            return None
        head, parameters = parent
        if replace(head.shape, networks=0) != replace(shape, networks=0):
            return None
        where = np.argwhere(blocks)
        ratio = np.array(blocks.shape) / np.array(head.blocks.shape)
        below = head.blocks[tuple(np.minimum(where / ratio, np.array(head.blocks.shape) - 1)
                                  .astype(int).T)]  # fmt: skip
        own = blocks[blocks > 0] - 1
        votes = np.zeros((shape.networks, head.shape.networks + 1), np.int64)
        np.add.at(votes, (own, below), 1)
        chosen = votes[:, 1:].argmax(axis=1)
        return {n: v[chosen].copy() for n, v in parameters.items()}


def _cut(values: Array, scale: Scale) -> Array:
    """Return a row of blocks (1, 1, 1, y, x, voxels); what is beyond the end repeats the edge."""
    *_, ny, nx = scale.counts
    bz, by, bx = scale.block
    pad = [(0, n - have) for n, have in zip((bz, ny * by, nx * bx), values.shape[2:], strict=True)]
    row = np.pad(values[0, 0], pad, mode="edge")
    cut = row.reshape(bz, ny, by, nx, bx).transpose(1, 3, 0, 2, 4)
    return np.ascontiguousarray(cut).reshape(1, 1, 1, ny, nx, -1)


def _empty(offset: float) -> Head:
    none = np.zeros((0, 0), np.float32)
    blocks = np.zeros((0,) * 5, np.int32)
    return Head(Shape(0, 1, 1, 0), (1, 1, 1), 0, 1.0, offset, 1.0, (), none, blocks)

"""Encoding a variable scale by scale, coarse to fine."""

import logging
import math
import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from vcore.context import Context
from vcore.methods.ecnr import cnn, planning
from vcore.methods.ecnr.decoder import Blocks, Pyramid, scales_of, section_of
from vcore.methods.ecnr.geometry import Array, Scale, full_shape, halvings
from vcore.methods.ecnr.network import Shape
from vcore.methods.ecnr.selection import Residuals, assigned, warm_start
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.ecnr.stored import Head, Sizes, pack
from vcore.methods.ecnr.training import VARIABLE_CODES, Trainer
from vcore.methods.source import Source
from vcore.regions import Region

Section = tuple[int, str, list[bytes]]
log = logging.getLogger(__name__)
FITTED = "scale %d: %d of %d blocks of %s, %d networks of %d units, %d bytes, rms %.3g of %.3g"
PILOT, PILOT_TIME = 0.1, 0.1
"""Steps of a short fit over those of the whole, and its share of the time that is left."""
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


@dataclass(frozen=True)
class Prepared:
    """Blocks of a scale, assigned to networks that are not fitted yet.

    Parameters
    ----------
    head
        What is known of the scale.
    trainer
        Fits it; None where there is nothing to fit, or bytes for no network.
    bits
        Of an index of shared values, None for lines.
    left_out
        Mean square, over the whole scale, of the residual of blocks that are left out.
    share
        Of the blocks that are not.
    """

    head: Head
    trainer: Trainer | None
    bits: int | None
    left_out: float
    share: float


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
        self.scales = self.bare
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
        """Return a scale, cut into the blocks with which a short fit got furthest."""
        cuts = planning.candidates(scale, self.settings, limit)
        share = 1 / (len(cuts) + 1)
        best, least = cuts[0], math.inf
        for number, cut in enumerate(cuts if len(cuts) > 1 else ()):
            part = context.part(number * share, share)
            if context.time_limit is not None:
                now = time.monotonic() - context.started
                end = now + PILOT_TIME * max(context.time_limit - now, 0.0)
                part = replace(part, time_limit=end)
            error = self._tried(cut, limit, part)
            if error < least:
                best, least = cut, error
        prepared = self._prepared(best, limit, context.part(1 - share, share), context)
        total = math.prod(best.counts) // (best.shape[1] if self.sharing_components else 1)
        if prepared.trainer is None:
            units, sizes = pack(_empty(prepared.head.offset), {}, np.zeros((0, 0)))
            return Encoded(best, units, sizes, 0, total)
        from vcore.methods.ecnr.fitting import fit_scale

        head = prepared.head
        components = best.shape[1] if self.sharing_components else 0
        parent = self.parents.get(best.number + 1) if self.settings.warm_start else None
        first = warm_start(parent, head.blocks, head.shape) if parent else None
        fitted = fit_scale(prepared.trainer, head, components, first, prepared.bits, limit)
        self.parents[best.number] = fitted.head, fitted.parameters
        self.kept = fitted.error
        count = int((head.blocks > 0).sum())
        log.info(
            FITTED, best.number, count, total, best.block, head.shape.networks, head.shape.width,
            sum(map(len, fitted.units)), head.unit * math.sqrt(fitted.error), head.unit,
        )  # fmt: skip
        return Encoded(best, fitted.units, fitted.sizes, count, total)

    def _tried(self, scale: Scale, limit: float | None, context: Context) -> float:
        """Return the mean squared error that a short fit leaves, blocks left out included."""
        short = max(round(PILOT * self.settings.steps), 1)
        settings = replace(self.settings, steps=short, epochs=None)
        prepared = self._prepared(scale, limit, context, context, settings)
        if prepared.trainer is None:
            return prepared.left_out
        trainer, head = prepared.trainer, prepared.head
        components = scale.shape[1] if self.sharing_components else 0
        first = trainer.start(int((head.blocks > 0).sum()), components, None)
        fitted = trainer.fit(first, 1.0, "planning")
        error = trainer.error(fitted.parameters, fitted.codes, fitted.variables)
        log.info("block %s: %.3g after %d steps", scale.block, math.sqrt(error) * head.unit, short)
        return prepared.left_out + error * prepared.share * head.unit**2

    def _prepared(
        self,
        scale: Scale,
        limit: float | None,
        reading: Context,
        fitting: Context,
        settings: EcnrSettings | None = None,
    ) -> Prepared:
        """Return the assigned blocks of a scale, ready to be fitted."""
        coarsest = scale.number == len(self.scales) - 1
        residuals = Residuals(
            self.source,
            scale,
            None if coarsest else partial(self.pyramid.prediction, scale.number),
            self.sharing_components,
        )
        offset, energies = residuals.energies(reading)
        chosen = residuals.effective(energies, self.settings.threshold, self.kept)
        entries = residuals.entries(chosen)
        codes = self.settings.codes or planning.CODES
        if self.sharing_components:
            codes += VARIABLE_CODES
        plan = planning.plan(
            self.settings, scale, len(self.scales) - 1, int(chosen.sum()), limit, codes
        )
        left_out = float(np.where(np.broadcast_to(chosen, energies.shape), 0, energies).mean())
        if not plan.shape.networks:
            return Prepared(_empty(offset), None, None, float(energies.mean()), 0.0)
        values = residuals.gather(entries, offset, reading)
        unit = float(np.float32(math.sqrt(float(np.mean(np.square(values, dtype=np.float64))))))
        values /= np.float32(unit or 1.0)
        data, blocks = assigned(
            scale, values, chosen, entries, plan.shape.networks,
            scale.shape[1] if self.sharing_components else 1, self.settings.similarity,
            self.context.seed,
        )  # fmt: skip
        head = Head(
            replace(plan.shape, networks=len(data.slots)), scale.block, 0, unit or 1.0, offset,
            1.0, (), np.zeros((0, 0), np.float32), blocks,
        )  # fmt: skip
        seed = self.context.seed + 7919 * (scale.number + 1)
        trainer = Trainer(data, head.shape, settings or self.settings, fitting, seed)
        return Prepared(head, trainer, plan.bits, left_out, float(chosen.mean()))


def _empty(offset: float) -> Head:
    none = np.zeros((0, 0), np.float32)
    blocks = np.zeros((0,) * 5, np.int32)
    return Head(Shape(0, 1, 1, 0), (1, 1, 1), 0, 1.0, offset, 1.0, (), none, blocks)

"""Encoding a variable scale by scale, coarse to fine."""

import logging
import math
import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.fitting.device import import_torch, tf32
from vcore.methods.ecnr import cnn, planning
from vcore.methods.ecnr.decoder import Pyramid, ScaleBlocks, scales_of, section_of
from vcore.methods.ecnr.geometry import Array, Scale, full_shape, halvings
from vcore.methods.ecnr.head import EcnrHead, Sizes, empty_head
from vcore.methods.ecnr.interpolation import Taps, details, fitted_taps, unexplained
from vcore.methods.ecnr.selection import Residuals, assigned, warm_start
from vcore.methods.ecnr.settings import CODES, EcnrSettings
from vcore.methods.ecnr.stored import pack
from vcore.methods.ecnr.training import VARIABLE_CODES, Trainer
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region

Section = tuple[int, str, list[bytes]]
log = logging.getLogger(__name__)
FITTED = "scale %d: %d of %d blocks of %s, %d networks of %d units, %d bytes, rms %.3g of %.3g"
FITTING_TIME = 0.7
"""Share of a time limit for the blocks where the network against boundaries follows."""
MIN_TIME, SHORTEST = 0.1, 1e-3
"""What each scale has of the time beside its share of the bytes; seconds."""
FEW_MORE = 1.5
"""So often as many blocks as networks are cut to one a network: with two for some, each step takes
twice as long for the sake of those with the least energy."""
MIN_GAIN = 0.5
"""Share of its energy that a scale may leave: above, its bytes do more at the finer ones, which fit
what it leaves."""
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
    scale
        With its blocks.
    head
        What is known of it.
    trainer
        Fits it; None where there is nothing to fit, or bytes for no network.
    bits
        Of an index of shared values, None for lines.
    """

    scale: Scale
    head: EcnrHead
    trainer: Trainer | None
    bits: int | None


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
        self, source: VariableSource, settings: EcnrSettings, limit: float | None, context: Context
    ) -> None:
        shape = full_shape(source.shape, source.variable.axes)
        self.source, self.context = source, context
        self.settings = settings.resolved(shape[0])
        if limit is not None:
            limit -= cnn.bytes_of(settings.cnn) if settings.cnn else 0
        self.limit = None if limit is None else SAFETY * limit
        steps = halvings(shape[0], shape[2:], settings.scales, self.settings.scales_time)
        self.bare = scales_of(source.shape, source.variable.axes, steps)
        self.shares = [1 / len(steps)] * len(steps)
        if self.limit is not None:
            self._share_bytes(max(self.limit, 1.0))
        self.scales = self.bare
        self.sharing_components = self.settings.components == "shared" and shape[1] > 1
        self.decoders: list[ScaleBlocks | None] = [None] * len(self.scales)
        self.pyramid = Pyramid(self.bare, self.decoders)
        self.kept = 0.0
        """Share of its energy that the scale before has kept as error."""
        self.parents: dict[int, tuple[EcnrHead, dict[str, Array]]] = {}

    def _has_to_pay(self, scale: Scale) -> bool:
        """Return whether the finer scales might do more with a scale's bytes.

        On the coarsest all rests; and with ``sharing``, bytes do not say how many networks there
        are.
        """
        between = 0 < scale.number < len(self.scales) - 1
        return between and self.limit is not None and self.settings.sharing is None

    def _share_bytes(self, limit: float) -> None:
        """Set the scales that are fitted, and their shares of the bytes."""
        energies = details(self.source, self.bare, self.context)
        if self.settings.scales is None:
            first = planning.first_scale(self.settings, self.bare, energies, limit)
            if first < len(self.bare) - 1:  # the finer ones would fit nothing
                self.bare, self.shares = self.bare[: first + 1], [0.0] * first + [1.0]
                return
        least = planning.least_bytes(self.settings)
        self.shares = planning.shares(self.bare, energies, limit, least)

    def run(self) -> "Result":
        """Return all scales, and the network against boundaries where it is asked for and pays."""
        import_torch()  # takes seconds, which are not the first scale's
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
            if left is not None and self.shares[number]:
                share = left * self.shares[number] / sum(self.shares[: number + 1])
            context = self._part(number)
            if self.shares[number]:
                encoded = self._encode(scale, share, context)
            else:
                encoded = _nothing(scale, 0.0, 1)
            if left is not None:
                left -= encoded.bytes
            found.append(encoded)
            self._decodes(encoded)
        return found if self.settings.preset == "paper" else self._interpolated(found)

    def _decodes(self, encoded: Encoded) -> None:
        """Make the pyramid decode a scale."""
        number, units = encoded.scale.number, encoded.units
        self.decoders[number] = ScaleBlocks(
            self.bare[number].with_block, units.__getitem__, self.settings.omega
        )
        self.pyramid = Pyramid(self.bare, self.decoders)

    def _interpolated(self, found: list[Encoded]) -> list[Encoded]:
        """Return the scales, the finest with taps in place of networks that are no better.

        Only where no networks follow: they fit what linear interpolation blurs better than the
        little that taps leave (docs/methods.md).
        """
        context = self.context.part(1.0, 0.0)

        def error(number: int) -> float:
            read = partial(self.pyramid.decode, number)
            return unexplained(self.source, self.bare[number], read, context)

        finest = next((e.scale.number for e in reversed(found) if e.effective), len(found))
        for number in range(min(finest, len(found) - 2), -1, -1):
            fine, coarse = self.bare[number : number + 2]
            read = partial(self.pyramid.decode, number + 1)
            taps = fitted_taps(self.source, coarse, fine, read, context)
            place = -1 - number
            before, fitted = error(number), found[place]
            found[place] = _nothing(fine, 0.0, fitted.blocks, taps)
            self._decodes(found[place])
            if error(number) >= before:
                found[place] = fitted
                self._decodes(fitted)
        return found

    def _part(self, number: int) -> Context:
        """Return the context of a scale: its progress is a part of the whole."""
        return self.context.part(sum(self.shares[number + 1 :]), self.shares[number])

    def _timed(self, number: int, context: Context) -> Context:
        """Return ``context`` with what fitting a scale, from now on, may take of the time left."""
        limit = self.context.time_limit
        if limit is None:
            return context
        now = time.monotonic()
        whole = FITTING_TIME if self.settings.cnn else 1.0
        left = max(self.context.started + whole * limit - now, SHORTEST)
        # of few bytes a coarse scale makes one wide network, which costs as much as many small
        weights = [MIN_TIME + share for share in self.shares[: number + 1] if share]
        return replace(context, started=now, time_limit=left * weights[-1] / sum(weights))

    def _encode(self, scale: Scale, limit: float | None, context: Context) -> Encoded:
        """Return a scale, cut into as many blocks as its networks can fit."""
        prepared = self._prepared(scale, limit, context)
        cut, head = prepared.scale, prepared.head
        total = math.prod(cut.counts) // (cut.shape[1] if self.sharing_components else 1)
        if prepared.trainer is None:
            return _nothing(cut, head.offset, total)
        from vcore.methods.ecnr.fitting import fit_scale

        components = cut.shape[1] if self.sharing_components else 0
        parent = self.parents.get(cut.number + 1) if self.settings.warm_start else None
        first = warm_start(parent, head.blocks, head.shape) if parent else None
        prepared.trainer.context = self._timed(cut.number, context)
        with tf32(prepared.trainer.device):
            fitted = fit_scale(prepared.trainer, head, components, first, prepared.bits, limit)
        if fitted.error >= (MIN_GAIN if self._has_to_pay(cut) else 1.0):
            return _nothing(cut, head.offset, total)
        self.parents[cut.number] = fitted.head, fitted.parameters
        self.kept = fitted.error
        count = int((head.blocks > 0).sum())
        log.info(
            FITTED, cut.number, count, total, cut.block, head.shape.networks, head.shape.width,
            sum(map(len, fitted.units)), head.unit * math.sqrt(fitted.error), head.unit,
        )  # fmt: skip
        return Encoded(cut, fitted.units, fitted.sizes, count, total)

    def _prepared(self, scale: Scale, limit: float | None, context: Context) -> Prepared:
        """Return the assigned blocks of a scale, ready to be fitted."""
        residuals, offset, chosen = self._chosen(scale, limit, context)
        cut = residuals.scale
        if limit is not None and self._has_to_pay(cut) and not planning.pays(cut, limit):
            return Prepared(cut, empty_head(offset), None, None)
        least = VARIABLE_CODES if self.sharing_components else 0
        codes = least + (self.settings.codes or CODES)
        plan = planning.plan(
            self.settings, cut, len(self.scales) - 1, int(chosen.sum()), limit, codes, least
        )
        if not plan.shape.networks:
            return Prepared(cut, empty_head(offset), None, None)
        entries = residuals.entries(chosen)
        values = residuals.gather(entries, offset, context)
        unit = float(np.float32(math.sqrt(float(np.mean(np.square(values, dtype=np.float64))))))
        values /= np.float32(unit or 1.0)
        data, blocks = assigned(
            cut, values, chosen, entries, plan.shape.networks,
            cut.shape[1] if self.sharing_components else 1, self.settings.similarity,
            self.context.seed,
        )  # fmt: skip
        head = EcnrHead(
            replace(plan.shape, networks=len(data.slots)), cut.block, 0, unit or 1.0, offset,
            1.0, (), np.zeros((0, 0), np.float32), blocks,
        )  # fmt: skip
        seed = self.context.seed + 7919 * (cut.number + 1)
        begins = cut.number == len(self.scales) - 1
        trainer = Trainer(data, head.shape, self.settings, context, seed, begins=begins)
        return Prepared(cut, head, trainer, plan.bits)

    def _chosen(
        self, scale: Scale, limit: float | None, context: Context
    ) -> tuple[Residuals, float, NDArray[np.bool_]]:
        """Return the residuals of a scale, cut into blocks, their offset, and those to be fitted.

        Of the cuts it is the one with about as many effective blocks as the bytes carry networks
        for: how many are effective is known only when they are cut.
        """
        coarsest = scale.number == len(self.scales) - 1
        predict = None if coarsest else partial(self.pyramid.prediction, scale.number)
        cuts = planning.cuts(scale, self.settings, limit)
        # a scale before that is badly fitted, as in little time, says nothing about this one
        kept = min(self.kept, 1.0 if limit is None else planning.left_of(limit, scale))
        best, nearest = None, math.inf
        for number, (cut, smaller) in enumerate(zip(cuts, [*cuts[1:], None], strict=True)):
            wanted = None
            if limit is not None:
                wanted = planning.carried(self.settings, cut, len(self.scales) - 1, limit)
                if smaller is not None and math.prod(smaller.counts) <= wanted:
                    continue
            residuals = Residuals(self.source, cut, predict, self.sharing_components)
            part = context.part(number / len(cuts), 1 / len(cuts))
            offset, energies = residuals.energies(part)
            # the number of networks follows the bytes, or with ``sharing`` that of the blocks
            few = 0.0 if coarsest else FEW_MORE
            within = few if self.settings.sharing is None else math.inf
            chosen = residuals.effective(energies, self.settings.threshold, kept, wanted, within)
            off = abs(math.log(max(int(chosen.sum()), 1) / wanted)) if wanted else 0.0
            if off >= nearest:
                break
            best, nearest = (residuals, offset, chosen), off
        assert best is not None
        return best


def _nothing(cut: Scale, offset: float, total: int, taps: Taps = ()) -> Encoded:
    """Return a scale of ``total`` blocks none of which is fitted."""
    units, sizes = pack(empty_head(offset, taps), {}, np.zeros((0, 0)))
    return Encoded(cut, units, sizes, 0, total)

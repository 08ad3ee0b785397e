"""Encoder of a variable, scale by scale from coarse to fine."""

import logging
import math
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
from vcore.methods.ecnr.settings import EcnrSettings, codes_of
from vcore.methods.ecnr.stored import pack
from vcore.methods.ecnr.training import VARIABLE_CODES, Trainer
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region

Section = tuple[int, str, list[bytes]]
log = logging.getLogger(__name__)
FITTED = "scale %d: %d of %d blocks of %s, %d networks of %d units, %d bytes, rms %.3g of %.3g"
FITTING_TIME = 0.7
"""Share of a time limit for the blocks if the deblocking network follows."""
MIN_TIME, MIN_SECONDS = 0.1, 1e-3
"""Base weight of each scale's time in addition to its share of the bytes, and minimum seconds."""
MAX_BLOCKS_RATIO = 1.5
"""Ratio of blocks to networks up to which the weakest blocks are dropped to leave one block per
network: with two for some networks, every step takes twice as long for the blocks of least
energy."""
MAX_LEFT = 0.5
"""Maximum share of its energy that a scale may leave: above it, the bytes do more at the finer
scales, which fit the remainder."""
SAFETY = 0.97
"""Share of the byte limit used for planning."""


@dataclass(frozen=True)
class Encoded:
    """Encoded scale as sections.

    Parameters
    ----------
    scale
        Scale with its blocks.
    units
        Coded units.
    sizes
        Breakdown of the bytes.
    effective, blocks
        Number of stored blocks, and of all blocks.
    """

    scale: Scale
    units: list[bytes]
    sizes: Sizes
    effective: int
    blocks: int

    @property
    def bytes(self) -> int:
        """Total bytes of the units."""
        return sum(map(len, self.units))


@dataclass(frozen=True)
class Result:
    """Encoded variable.

    Parameters
    ----------
    scales
        Encoded scales, coarsest first.
    sections
        Level, name and units of each section.
    state
        State in the header.
    """

    scales: list[Encoded]
    sections: list[Section]
    state: dict[str, int]


@dataclass(frozen=True)
class Prepared:
    """Blocks of a scale, assigned to networks that are still to be fitted.

    Parameters
    ----------
    scale
        Scale with its blocks.
    head
        Head of the scale.
    trainer
        Trainer of its networks; None if there are no blocks, or no bytes for a network.
    bits
        Bits of an index of shared values, None for uniform quantisation.
    """

    scale: Scale
    head: EcnrHead
    trainer: Trainer | None
    bits: int | None


class Encoder:
    """Encoder of one variable.

    Parameters
    ----------
    source
        Variable to encode.
    settings
        Settings as given.
    limit
        Bytes for all scales, None if unlimited.
    context
        Progress, device and time limit.
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
        if self.settings.preset == "miner" and self.limit is not None:
            self.settings = planning.narrowed(self.settings, self.limit)
        steps = halvings(shape[0], shape[2:], settings.scales, self.settings.scales_time)
        self.bare = scales_of(source.shape, source.variable.axes, steps)
        self.shares = [1 / len(steps)] * len(steps)
        if self.limit is not None:
            self._share_bytes(max(self.limit, 1.0))
        self.scales = self.bare
        self.sharing_components = self.settings.components == "shared" and shape[1] > 1
        self.decoders: list[ScaleBlocks | None] = [None] * len(self.scales)
        self.pyramid = Pyramid(self.bare, self.decoders)
        self.remaining_error = 0.0
        """Remaining error of the previous scale, as a share of its energy."""
        self.parents: dict[int, tuple[EcnrHead, dict[str, Array]]] = {}

    def _may_be_skipped(self, scale: Scale) -> bool:
        """Return whether a scale may be skipped in favour of the finer ones.

        The coarsest scale is the base of all others; and with ``sharing``, the number of networks
        does not follow the bytes.
        """
        between = 0 < scale.number < len(self.scales) - 1
        return between and self.limit is not None and self.settings.sharing is None

    def _share_bytes(self, limit: float) -> None:
        """Choose the scales to fit, and their shares of the bytes."""
        energies = details(self.source, self.bare, self.context)
        if self.settings.scales is None:
            first = planning.first_scale(self.settings, self.bare, energies, limit)
            if first < len(self.bare) - 1:  # networks at finer scales would fit nothing
                self.bare, self.shares = self.bare[: first + 1], [0.0] * first + [1.0]
                return
        min_bytes = planning.min_scale_bytes(self.settings)
        self.shares = planning.shares(self.bare, energies, limit, min_bytes)

    def run(self) -> "Result":
        """Return all scales, and the deblocking network if requested and worth its bytes."""
        import_torch()  # takes seconds, which should not count for the first scale
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
        log.info("the deblocking network does not reduce the error: left out")
        return b""

    def _scales(self) -> list[Encoded]:
        found: list[Encoded] = []
        left = self.limit
        for scale in reversed(self.scales):
            number = scale.number
            share = None
            if left is not None and self.shares[number]:
                share = left * self.shares[number] / sum(self.shares[: number + 1])
                if self.settings.preset == "miner":  # whose networks have one size
                    share = min(max(share, planning.min_scale_bytes(self.settings)), left)
            context = self._part(number)
            if self.shares[number]:
                encoded = self._encode(scale, share, context)
            else:
                encoded = _without_networks(scale, 0.0, 1)
            if left is not None:
                left = max(left - encoded.bytes, 0.0)
            found.append(encoded)
            self._add_decoder(encoded)
        return found if self.settings.preset == "paper" else self._interpolated(found)

    def _add_decoder(self, encoded: Encoded) -> None:
        """Make a scale available in the pyramid."""
        number, units = encoded.scale.number, encoded.units
        self.decoders[number] = ScaleBlocks(
            self.bare[number].with_block, units.__getitem__, self.settings.omega
        )
        self.pyramid = Pyramid(self.bare, self.decoders)

    def _interpolated(self, found: list[Encoded]) -> list[Encoded]:
        """Return the scales, with fitted interpolation taps at the finest ones unless their
        networks are better.

        Only scales without networks below qualify: networks fit the blur of linear interpolation
        better than the small remainder of fitted taps (docs/methods.md).
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
            index = -1 - number
            before, fitted = error(number), found[index]
            found[index] = _without_networks(fine, 0.0, fitted.blocks, taps)
            self._add_decoder(found[index])
            if error(number) >= before:
                found[index] = fitted
                self._add_decoder(fitted)
        return found

    def _part(self, number: int) -> Context:
        """Return the context of a scale, whose progress is part of the whole."""
        return self.context.part(sum(self.shares[number + 1 :]), self.shares[number])

    def _timed(self, number: int, context: Context) -> Context:
        """Return ``context`` with the share of the remaining time for fitting a scale, starting
        now."""
        if self.context.time_limit is None:
            return context
        now = context.clock()
        whole = FITTING_TIME if self.settings.cnn else 1.0
        left = max(self.context.until(whole) - now, MIN_SECONDS)
        # a coarse scale turns few bytes into one wide network, as slow as many small ones
        weights = [MIN_TIME + share for share in self.shares[: number + 1] if share]
        return replace(context, started=now, time_limit=left * weights[-1] / sum(weights))

    def _encode(self, scale: Scale, limit: float | None, context: Context) -> Encoded:
        """Return the encoded scale, cut into as many blocks as its networks can fit."""
        prepared = self._prepared(scale, limit, context)
        cut, head = prepared.scale, prepared.head
        total = math.prod(cut.counts) // (cut.shape[1] if self.sharing_components else 1)
        if prepared.trainer is None:
            return _without_networks(cut, head.offset, total)
        from vcore.methods.ecnr.fitting import fit_scale

        components = cut.shape[1] if self.sharing_components else 0
        parent = self.parents.get(cut.number + 1) if self.settings.warm_start else None
        first = warm_start(parent, head.blocks, head.shape) if parent else None
        prepared.trainer.context = self._timed(cut.number, context)
        with tf32(prepared.trainer.device):
            fitted = fit_scale(prepared.trainer, head, components, first, prepared.bits, limit)
        if fitted.error >= (MAX_LEFT if self._may_be_skipped(cut) else 1.0):
            return _without_networks(cut, head.offset, total)
        self.parents[cut.number] = fitted.head, fitted.parameters
        self.remaining_error = fitted.error
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
        if limit is not None and self._may_be_skipped(cut) and not planning.pays(cut, limit):
            return Prepared(cut, empty_head(offset), None, None)
        variable_codes = VARIABLE_CODES if self.sharing_components else 0
        codes = variable_codes + codes_of(self.settings)
        plan = planning.plan(
            self.settings,
            cut,
            len(self.scales) - 1,
            int(chosen.sum()),
            limit,
            codes,
            variable_codes,
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
        """Return the residuals of a scale cut into blocks, their offset, and the mask of blocks to
        fit.

        Chooses the block size with about as many effective blocks as the bytes allow networks; the
        number of effective blocks is only known after cutting.
        """
        coarsest = scale.number == len(self.scales) - 1
        predict = None if coarsest else partial(self.pyramid.prediction, scale.number)
        cuts = planning.cuts(scale, self.settings, limit)
        # a badly fitted previous scale, as with little time, carries no information on this one
        remaining_error = min(
            self.remaining_error, 1.0 if limit is None else planning.left_of(limit, scale)
        )
        best, nearest = None, math.inf
        for number, (cut, smaller) in enumerate(zip(cuts, [*cuts[1:], None], strict=True)):
            wanted = None
            if limit is not None:
                wanted = planning.block_capacity(self.settings, cut, len(self.scales) - 1, limit)
                if smaller is not None and math.prod(smaller.counts) <= wanted:
                    continue
            residuals = Residuals(self.source, cut, predict, self.sharing_components)
            part = context.part(number / len(cuts), 1 / len(cuts))
            offset, energies = residuals.energies(part)
            # the number of networks follows from the bytes, or with ``sharing`` from the blocks
            ratio = 0.0 if coarsest else MAX_BLOCKS_RATIO
            within = ratio if self.settings.sharing is None else math.inf
            if self.settings.threshold is not None and self.settings.preset != "miner":
                within = 0.0  # all blocks above it, whatever they take
            chosen = residuals.effective(
                energies, self.settings.threshold, remaining_error, wanted, within
            )
            off = abs(math.log(max(int(chosen.sum()), 1) / wanted)) if wanted else 0.0
            if off >= nearest:
                break
            best, nearest = (residuals, offset, chosen), off
        assert best is not None
        return best


def _without_networks(cut: Scale, offset: float, total: int, taps: Taps = ()) -> Encoded:
    """Return a scale of ``total`` blocks without networks."""
    units, sizes = pack(empty_head(offset, taps), {}, np.zeros((0, 0)))
    return Encoded(cut, units, sizes, 0, total)

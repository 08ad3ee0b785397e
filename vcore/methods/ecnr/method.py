"""The ``ecnr`` method: budgets, sections, levels."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vcore.container import SectionReader, Writer
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Achieved, Decoder, Method, Sink
from vcore.methods.ecnr import cnn
from vcore.methods.ecnr.decoder import EcnrDecoder, Pyramid, ScaleBlocks, scales_of, section_of
from vcore.methods.ecnr.geometry import Scale, full_shape, halvings
from vcore.methods.ecnr.settings import EcnrSettings
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid

LIBRARIES_BYTES = 1 << 29
"""Memory of torch and its buffers in bytes; measured 0.4 GB."""
DEFAULT_RATIO = 100
"""Compression ratio if neither a size nor a PSNR is given but an error bound; the residual does the
rest."""
MAX_FITS, TIME_SHARE = 4, 0.9
PSNR_TOLERANCE, DB_PER_DOUBLING = 0.5, 4.0
"""For a PSNR: accepted excess, and expected gain per doubling of the bytes; both in dB."""
ESTIMATE_DIVISOR = 50


class Ecnr(Method):
    """Many small sine networks over the blocks of a space-time Laplacian pyramid.

    Tang and Wang, "ECNR: Efficient Compressive Neural Representation of Time-Varying Volumetric
    Datasets", IEEE PacificVis 2024 (arXiv:2311.12831).
    """

    name = "ecnr"
    summary = "small sine networks over space-time blocks (ECNR): long series, high ratios"
    needs_torch = True
    Settings = EcnrSettings

    def encode(
        self,
        source: VariableSource,
        budget: Budget,
        settings: EcnrSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        from vcore.methods.ecnr.encoder import Encoder

        settings.check()
        if settings.preset == "paper":  # readers need the preset's frequency
            settings = replace(settings, omega=settings.resolved(1).omega)
        if settings.preset == "miner" and settings.threshold is None and budget.psnr is not None:
            settings = replace(settings, threshold=10 ** (-budget.psnr / 20))
        if budget.psnr is not None:
            found = self._for_psnr(source, budget.psnr, settings, context)
        else:
            limit: float | None = budget.bytes
            if limit is None and settings.preset == "compact" and settings.sharing is None:
                limit = source.variable.nbytes / DEFAULT_RATIO
            found = Encoder(source, settings, limit, context).run()
        for section in found.sections:
            sink.add(*section)
        if budget.bytes is not None and sink.bytes > budget.bytes:
            raise BudgetError(
                f"Expected at least {sink.bytes} bytes for ecnr with these settings. Got a budget "
                f"of {budget.bytes}: allow more, or choose larger blocks or smaller networks.",
                sink.bytes,
            )
        return Achieved(settings, found.state)

    def _for_psnr(
        self, source: VariableSource, wanted: float, settings: EcnrSettings, context: Context
    ) -> Any:
        """Return the smallest of a few encodings that reaches a PSNR.

        Raises
        ------
        BudgetError
            None reaches it.
        """
        from vcore.methods.ecnr.encoder import Encoder
        from vcore.methods.psnr import psnr_of

        nbytes = source.variable.nbytes
        limit, best, highest = nbytes / DEFAULT_RATIO, None, -math.inf
        short, ample = 0.0, float(nbytes)
        for number in range(MAX_FITS):
            share = TIME_SHARE * (number + 1) / MAX_FITS
            part = replace(
                context.part(number / MAX_FITS, 1 / MAX_FITS),
                time_limit=None if context.time_limit is None else share * context.time_limit,
            )
            found = Encoder(source, settings, limit, part).run()
            header = self._header(source, settings, found.state)
            with Writer(None) as writer:
                for section in found.sections:
                    writer.add(0, *section)
                reached = psnr_of(source, self.open(header, source.grid, writer.reader(0)))
            highest = max(highest, reached)
            if reached >= wanted:
                best, ample = found, limit
            else:
                short = max(short, limit)
            fixed = settings.preset == "paper" or settings.sharing is not None
            if (
                0 <= reached - wanted < PSNR_TOLERANCE or fixed
            ):  # fixed: settings determine the size
                break
            step = 2 ** min(max((wanted + PSNR_TOLERANCE / 2 - reached) / DB_PER_DOUBLING, -3), 3)
            # the last fit rather takes twice the bytes than misses once more by a little
            least = short * (2.0 if best is None and number == MAX_FITS - 2 else 1.1)
            limit = min(max(limit * step, least), ample * 0.9 if best else ample)
        if best is None:
            raise BudgetError(
                f"Expected a PSNR that ecnr can reach on this volume. {wanted:g} dB is more than "
                f"the {highest:.2f} dB of {number + 1} encodings: ask for less, set more steps, or "
                f"choose another method."
            )
        return best

    def _header(
        self, source: VariableSource, settings: EcnrSettings, state: dict[str, Any]
    ) -> VariableHeader:
        variable = source.variable
        return VariableHeader(
            variable.name, variable.dtype.str[1:], variable.axes, variable.shape, source.range,
            self.name, settings.to_json(), state,
        )  # fmt: skip

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings: EcnrSettings = self.settings_of(header)
        in_space, in_time = (_count(header.state.get(n)) for n in ("space", "time"))
        frames, _, *space = full_shape(header.shape, header.axes)
        steps = halvings(frames, space, in_space, in_time)
        scales = scales_of(header.shape, header.axes, steps)
        blocks = [_blocks(s, reader, settings.omega) for s in scales]
        present = [reader.is_available(s.space, section_of(s)) for s in scales]
        available = [
            s.space for s in scales if all(present[s.number :]) and section_is_level(s, scales)
        ]
        refine = None
        if settings.cnn and reader.has(0, cnn.SECTION):
            refine = cnn.Refiner(lambda: reader.read(0, cnn.SECTION), scales[0].shape)
            if not reader.is_available(0, cnn.SECTION):
                available = [level for level in available if level]
        return EcnrDecoder(
            header.axes, header.range, grid, Pyramid(scales, blocks), available, refine
        )

    def trial_settings(self, settings: EcnrSettings, ratio: float) -> tuple[EcnrSettings, float]:
        short, times = settings.shortened(ESTIMATE_DIVISOR)
        return replace(short, epochs=None), times * ratio

    def default_budget(self, settings: EcnrSettings) -> Budget:
        fixed = settings.preset != "compact" or settings.sharing is not None
        return Budget() if fixed else Budget(ratio=DEFAULT_RATIO)

    def peak_memory(self, source: VariableSource, settings: EcnrSettings) -> int:
        # worst case: all blocks of the finest scale in memory, once as read, once by network
        return 2 * 4 * math.prod(source.shape) + LIBRARIES_BYTES


def _blocks(scale: Scale, reader: SectionReader, omega: float) -> ScaleBlocks:
    def unit(number: int) -> bytes:
        return reader.read_units(scale.space, section_of(scale), [number])[0]

    return ScaleBlocks(scale.with_block, unit, omega)


def section_is_level(scale: Scale, scales: Sequence[Scale]) -> bool:
    """Return whether a scale has all frames of its level; others are coarser in time."""
    return bool(scale.number == next(s.number for s in scales if s.space == scale.space))


def _count(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 12:
        raise FormatError("The header is damaged: the method's state.")
    return value

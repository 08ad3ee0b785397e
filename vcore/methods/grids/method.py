"""The ``grids`` method: presets, budgets, decoding."""

import math
from dataclasses import replace
from typing import Any

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import FormatError
from vcore.methods.base import Achieved, Decoder, Method, Sink
from vcore.methods.grids.decoder import PyramidDecoder
from vcore.methods.grids.network_decoder import NetworkDecoder
from vcore.methods.grids.pyramid import MAX_STEP, MIN_STEP, Pyramid
from vcore.methods.grids.settings import ADAPTIVE, GridsSettings
from vcore.methods.grids.shapes import MAX_LATENTS, MAX_SIZE, Shape
from vcore.methods.grids.spacing import spacing_for, spacing_within
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import level_grids

DEFAULT_RATIO = 20
"""Ratio of uncompressed bytes to those of the grids if neither a size nor a PSNR is given but an
error bound; the residual does the rest."""
LEAST_BYTES = 2048
"""Fewest bytes of this default, which every preset can meet."""
ESTIMATE_DIVISOR = 100
"""Divisor of the number of a network's steps for an estimate."""
WORK_BYTES = 48
"""Bytes a voxel: values, grids, and what the refinement keeps of each; measured 46."""


class Grids(Method):
    """Features on grids of several resolutions, read out by a small function."""

    name = "grids"
    summary = "grids of several resolutions, summed or read by a small network"
    exact = True
    channels_apart = True
    Settings = GridsSettings

    def encode(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        settings.check()
        fit = self._adaptive if settings.preset == ADAPTIVE else self._network
        return fit(source, budget, settings, context, sink)

    def _adaptive(
        self,
        source: VariableSource,
        budget: Budget,
        settings: GridsSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        from vcore.methods.grids import search
        from vcore.methods.grids.fit import Fit, read_values

        values = read_values(source, context)
        limit = _limit(source, budget)

        def prepared(spacing: int) -> search.Search:
            chosen = replace(settings, spacing=spacing)
            pyramid = pyramid_of(source.variable.axes, source.shape, source.grid, chosen)
            fit = Fit(values, pyramid, context)
            return search.Search(fit, pyramid, sink, context, chosen, source)

        found = prepared(settings.spacing or 1)
        if settings.spacing is None and len(values) > 2:
            error = 10 ** (-(budget.psnr or 0.0) / 10)
            if limit is not None:
                error = found.within(limit, search.FIRST_STEP).error
            spacing = spacing_for(values, error)
            found = prepared(spacing) if spacing > 1 else found
        if limit is not None:
            trial = search.for_bytes(found, limit, context)
        else:
            trial = search.for_psnr(found, budget.psnr or 0.0, context)
        context.report("coding", 1.0)
        return Achieved(found.settings, found.state_of(trial.step))

    def _network(
        self,
        source: VariableSource,
        budget: Budget,
        settings: GridsSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        from vcore.methods.grids import network_search as search
        from vcore.methods.grids.fit import read_values

        axes, limit = source.variable.axes, _limit(source, budget)
        values = read_values(source, context)
        if settings.spacing is None:
            spacing = spacing_within(len(values), limit or source.variable.nbytes // DEFAULT_RATIO)
            settings = replace(settings, spacing=spacing)
        pyramid = pyramid_of(axes, source.shape, source.grid, settings)
        networks = search.Networks(values, pyramid, settings, context, sink)

        def decoder_of(coded: search.Coded) -> NetworkDecoder:
            return NetworkDecoder.of_sections(
                axes, coded.shape, pyramid, source.range, source.grid, coded.step, sink.reader()
            )

        if limit is not None:
            coded = networks.within(limit, context)
        else:
            wanted = budget.psnr or 0.0
            coded = search.reaching(networks, wanted, source, decoder_of, context)
        networks.store(coded)
        return Achieved(coded.used(settings), coded.state)

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings: GridsSettings = self.settings_of(header)
        pyramid = pyramid_of(header.axes, header.shape, grid, settings)
        step: Any = header.state.get("step")
        if type(step) not in (int, float) or not MIN_STEP <= step <= MAX_STEP:
            raise FormatError(f"The header is damaged: its grids have the step {step!r:.40}.")
        if settings.preset != ADAPTIVE:
            size: Any = header.state.get("size")
            preset, width, boxes = settings.preset, settings.width, settings.boxes
            known = width is not None and (boxes is not None or preset != "apmgsrn")
            if type(size) is not int or not 1 <= size <= MAX_SIZE or not known:
                raise FormatError(f"The header is damaged: grids of {size!r:.40} nodes.")
            shape = Shape(
                preset, pyramid.shape, pyramid.components, pyramid.key_count, size,
                width or 1, settings.layers, boxes or 1,
            )  # fmt: skip
            if shape.latents > MAX_LATENTS:
                raise FormatError(f"The header is damaged: grids of {size} nodes.")
            return NetworkDecoder.of_sections(
                header.axes, shape, pyramid, header.range, grid, step, reader
            )
        return PyramidDecoder(header.axes, pyramid, header.range, grid, step, reader)

    def trial_settings(self, settings: GridsSettings, ratio: float) -> tuple[GridsSettings, float]:
        if settings.preset == ADAPTIVE:
            return settings, ratio
        return settings.shortened(ESTIMATE_DIVISOR)

    def peak_memory(self, source: VariableSource, settings: GridsSettings) -> int:
        libraries = 64 << 20 if settings.preset == ADAPTIVE else 1 << 29
        return WORK_BYTES * math.prod(source.shape) + libraries


def _limit(source: VariableSource, budget: Budget) -> int | None:
    """Return the bytes that the grids may take, None for a PSNR."""
    if budget.bytes is not None:
        return budget.bytes
    if budget.psnr is not None:
        return None
    return max(source.variable.nbytes // DEFAULT_RATIO, LEAST_BYTES)


def pyramid_of(
    axes: tuple[str, ...], shape: tuple[int, ...], grid: Grid, settings: GridsSettings
) -> Pyramid:
    """Return the sizes of the grids of a variable."""
    lengths = dict(zip(axes, shape, strict=True))
    spatial = (lengths["z"], lengths["y"], lengths["x"])
    frames, components = lengths.get("t", 1), lengths.get("c", 1)
    return Pyramid(spatial, frames, components, settings.spacing or 1, len(level_grids(grid)))

"""The ``wavelet`` method: budgets, file format, memory."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import FormatError, InputError
from vcore.methods.base import Achieved, Decoder, Form, Method, Sink
from vcore.methods.source import VariableSource
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.apart_decoder import open_apart
from vcore.methods.wavelet.background import Background
from vcore.methods.wavelet.beside import start_compiling
from vcore.methods.wavelet.cosine import MAX_LENGTH
from vcore.methods.wavelet.decoder import WaveletDecoder
from vcore.methods.wavelet.fast.decoder import FastDecoder
from vcore.methods.wavelet.fast.streams import TILE as FAST_TILE
from vcore.methods.wavelet.fast.tables import FastTables, check_version
from vcore.methods.wavelet.settings import (
    AUTO,
    COSINE,
    FAST,
    MAX_FRAMES,
    MAX_STEP,
    MIN_STEP,
    WaveletSettings,
)
from vcore.methods.wavelet.stream import BASE, DETAILS, coarse_levels, tile_side
from vcore.methods.wavelet.tables import SHARES, SHIFTS, Tables, own_rows
from vcore.methods.wavelet.transform import pyramid_shapes
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.runtime.compile_events import on_compiling
from vcore.runtime.executor import threads

if TYPE_CHECKING:
    from vcore.methods.wavelet import search

MIN_MEMORY, SLAB_BYTES, PLANE_BYTES = 12 << 20, 80, 108
"""Bytes an encoding takes in addition to its work arrays: in total, per voxel of each thread's
slab, and per voxel of a plane of it that is restored."""
BOUND_STEP = 1.5
"""Quantiser step in units of an error bound; a larger one costs more residual than it saves."""
INFILL_BYTES = 48
"""Bytes per voxel of a frame with missing values, for filling them in."""
DEFAULT_RATIO = 20
"""Compression ratio if neither size, quality nor bound is given."""


GROUP, GROUP_VALUES = 16, 1 << 28
"""Maximum frames and values per group; a decoder caches all its components, a byte per value."""
SMALL_GROUP_VALUES = 1 << 23
"""Maximum values of a group of more frames, up to MAX_FRAMES, which decodes in about a second: 3 to
4 % fewer bytes on shared series, and frames are found again further away."""


Floats = NDArray[np.float64]


class Wavelet(Method):
    """CDF 9/7 wavelet pyramid, quantised and coded by logistic mixing of contexts.

    The transform is the lossy path of JPEG 2000 (ISO/IEC 15444-1, annex F) in three dimensions; the
    entropy coder follows the PAQ family (Mahoney, Adaptive Weighing of Context Models for Lossless
    Data Compression, 2005): an online-trained logistic mixture of adaptive predictions.
    """

    name = "wavelet"
    summary = "wavelet pyramid coded by mixed contexts: the best file in seconds"
    recommended = True
    exact = True
    any_quality = True
    channels_apart = True
    codes_integers = True
    Settings = WaveletSettings

    def encode(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        settings.check()
        if settings.transform == COSINE and max(source.shape[-3:]) > MAX_LENGTH:
            raise InputError(
                f"Expected axes of at most {MAX_LENGTH} voxels for the cosine transform. Got "
                f"{source.shape[-3:]}: leave the transform to vcore, or cut the volume."
            )
        with on_compiling(lambda: _compile_decoder(settings)):
            return self._encoded(source, budget, settings, context, sink)

    def _encoded(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        from vcore.methods.wavelet import apart_choice, apart_encoder, choice, search
        from vcore.methods.wavelet.fast import search as fast_search
        from vcore.methods.wavelet.fast.encoder import FastEncoder

        grouped = "t" in source.variable.axes and settings.effort != FAST
        if grouped and settings.group is None:
            settings = replace(settings, group=group_size(math.prod(source.shape[-3:])))
        step, bound, limit = settings.step, budget.bound(source.span), budget.bytes
        if budget.psnr is None and bound is None and limit is None:
            limit = source.variable.nbytes // DEFAULT_RATIO
        if step is None and limit is None and budget.psnr is None:
            assert bound is not None
            half = math.floor(bound) + 0.5 if source.variable.dtype.kind != "f" else bound
            step = min(max(BOUND_STEP * half / source.span, MIN_STEP), MAX_STEP)

        def step_of(magnitudes: Floats, counts: Floats) -> float:
            """Estimate the step from those of a frame."""
            if step is not None:
                return float(step)
            if limit is None:
                return search.first_step(budget.psnr or 0.0)
            share = limit / math.prod(source.frames) / choice.SPENT
            return search.bisected(
                lambda step: search.cost_of(step, magnitudes, counts), share, MIN_STEP, MAX_STEP
            )

        apart = background = None
        if settings.effort != FAST:
            apart = apart_choice.choose_apart(source, context, step_of)
            content = apart_encoder.continued(source, apart) if apart else source
            background = choice.choose_background(content, context, step_of)
            if settings.transform == AUTO:
                group = settings.group or 1
                if choice.choose_cosine(content, background, step_of, group):
                    settings = replace(settings, transform=COSINE)
        encoder = _encoder_of(source, settings, apart, background, context)
        if step is None and limit is not None:
            step, tables = search.for_bytes(encoder, limit, settings, context, sink)
            context.report("coding", 1.0)
            return Achieved(replace(settings, step=step), encoder.with_share(tables).state())
        if step is None and budget.psnr is not None:
            found = None
            if isinstance(encoder, FastEncoder):
                found = fast_search.for_psnr(encoder, budget.psnr, context)
            step, quantised, tables = found or search.for_psnr(
                encoder, budget.psnr, settings, context, sink
            )
        else:
            assert step is not None
            quantised, tables = encoder.quantise(step)
            if settings.effort != FAST:  # which has no filter to check
                tables = encoder.measured(quantised, tables, step)[1]
        context.report("coding", 0.99)
        encoder.code(quantised, sink)
        return Achieved(replace(settings, step=step), encoder.with_share(tables).state())

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings: WaveletSettings = self.settings_of(header)
        try:
            settings.check()
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        tables = Tables.from_state(header.state, pyramid_shapes(grid.shape))
        if settings.step is None:
            raise FormatError("Expected a step. The header is damaged: it lacks it.")
        if settings.effort == FAST:
            check_version(header.state)
            if tables.apart is not None:
                raise FormatError(
                    "Expected no slices apart with effort fast. The header is damaged."
                )
            step = settings.step
            return FastDecoder(header.shape[:-3], header.range, grid, step, tables, reader)
        if settings.transform == COSINE and max(grid.shape) > MAX_LENGTH:
            raise FormatError(
                f"Expected axes of at most {MAX_LENGTH} voxels for the cosine transform. The "
                f"header is damaged."
            )
        if settings.transform == COSINE and tables.prediction:
            raise FormatError(
                "Expected no predicted details with the cosine transform. The header is damaged."
            )
        decoder = WaveletDecoder(
            header.axes[:-3],
            header.shape[:-3],
            settings.group or 1,
            header.range,
            grid,
            settings.step,
            tables,
            reader,
            cosine=settings.transform == COSINE,
        )
        if tables.apart is None:
            return decoder
        return open_apart(
            decoder, tables.apart, header.shape[:-3], header.range, grid, settings.step, reader
        )

    def about(self, header: VariableHeader) -> dict[str, Any]:
        prediction = header.state.get("prediction")
        return {"predicted": prediction[1] / SHARES} if prediction else {}

    def fixed_form(self, shape: tuple[int, ...], axes: tuple[str, ...], settings: Any) -> Form:
        shapes, frames = pyramid_shapes(shape[-3:]), math.prod(shape[:-3])
        first, fast = coarse_levels(shapes), settings.effort == FAST
        sides = [FAST_TILE if fast else tile_side(level) for level in shapes[:first]]
        tiles = [
            math.prod(-(-n // side) for n in level)
            for level, side in zip(shapes, sides, strict=False)
        ]
        grouped = {"group": 0} if "t" in axes and not fast else {}
        predicted = settings.predicts
        points = [[0] * SHIFTS] * (own_rows(shapes, predicted=predicted) + 1)
        tables = FastTables(points) if fast else Tables(points, prediction=(0,) * 2 * predicted)
        return Form(
            {"step": 0.0, **grouped},
            tables.state(),  # taps and a filter are optional
            (
                (first, BASE, frames),
                *((k, DETAILS, frames * tiles[k]) for k in range(first - 1, -1, -1)),
            ),
        )

    def peak_memory(self, source: VariableSource, settings: Any) -> int:
        from vcore.methods.wavelet.encoder import work_bytes
        from vcore.methods.wavelet.reconstruct import LEAST, WORK_VOXELS
        from vcore.methods.wavelet.scratch import fits

        work = work_bytes(source, prediction=settings.predicts)
        voxels = math.prod(source.shape[-3:])
        infill = INFILL_BYTES * voxels if source.has_missing else 0
        slab = min(voxels, WORK_VOXELS)
        slabs = threads() * SLAB_BYTES * slab
        if settings.restores:
            slabs += threads() * PLANE_BYTES * (slab // min(source.shape[-3], LEAST))
        if not fits(work):
            return MIN_MEMORY + max(slabs, infill)
        # infill memory is released before the integers, half of the work arrays, are allocated
        return MIN_MEMORY + max(slabs + work, infill + work // 2)


def _encoder_of(
    source: VariableSource,
    settings: Any,
    apart: Apart | None,
    background: Background | None,
    context: Context,
) -> "search.Encoder":
    from vcore.methods.wavelet.apart_encoder import ApartEncoder, continued
    from vcore.methods.wavelet.encoder import Encoder
    from vcore.methods.wavelet.fast.encoder import FastEncoder

    if settings.effort == FAST:
        return FastEncoder(source, context)
    cosine = settings.transform == COSINE
    encoder = Encoder(
        source if apart is None else continued(source, apart),
        context,
        settings.group or 1,
        prediction=settings.predicts and not cosine,
        background=background,
        cosine=cosine,
        apart=apart,
        restoration=settings.restores,
    )
    return encoder if apart is None else ApartEncoder(source, encoder, apart, context)


def _compile_decoder(settings: WaveletSettings) -> None:
    """Precompile, in a second process, the decoder used for verification and the PSNR search."""
    names = ["join_values", "filter_values", "decode_integers"]
    if settings.predicts:
        names.append("predict_values")
    if settings.restores:
        names.append("restore_values")
    if settings.effort == FAST:
        names = ["synthesise_fast", "decode_fast"]
    start_compiling(*names)


def group_size(voxels: int) -> int:
    """Return the group size for frames of ``voxels`` each."""
    return max(
        min(max(GROUP_VALUES // voxels, 1), GROUP), min(SMALL_GROUP_VALUES // voxels, MAX_FRAMES)
    )

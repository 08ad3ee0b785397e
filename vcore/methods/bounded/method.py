"""The ``bounded`` method: every voxel within an error bound, 0 for lossless."""

import dataclasses
import math

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError
from vcore.methods.base import Achieved, Form, Method, Settings, Sink
from vcore.methods.bounded.decoder import BoundedDecoder
from vcore.methods.bounded.encoder import SHARED, Encoder, Units, size_of, store
from vcore.methods.bounded.layout import SECTION, SIDE, coarsest_level, level_shape, tile_shape
from vcore.methods.bounded.scale import Scale, scale_of
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.runtime.executor import threads

TILE_BYTES, COARSE_BYTES = 64, 40
"""Bytes an encoding takes per voxel of each thread's tile, and of the levels coded ahead of level
0."""
OCTAVES = 32
"""Search range for budgets of bytes or PSNR: bounds from span / 2 to span / 2**OCTAVES."""
SEARCHES = 9


@dataclasses.dataclass(frozen=True)
class BoundedSettings(Settings):
    """Settings of method bounded."""

    group: int = dataclasses.field(
        default=8,
        metadata={
            "help": "Frames coded together, 1 to 64: more take fewer bytes, and more time to show "
            "one of them."
        },
    )


class Bounded(Method):
    """Interpolation and adaptive prediction, with the errors coded by context mixing."""

    name = "bounded"
    summary = "Keeps an error bound at every voxel, 0 for no loss, in few bytes; slow (1 MVox/s)"
    recommended = True
    exact = True
    any_quality = True
    channels_apart = True
    keeps_bounds = True
    codes_integers = True
    Settings = BoundedSettings

    def encode(
        self,
        source: VariableSource,
        budget: Budget,
        settings: BoundedSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        encoder = Encoder(source, settings.group, context)
        bound = budget.bound(source.span)
        if bound is not None:
            scale = scale_of(bound, source.range, source.variable.dtype)
            units, error = encoder.encoded(scale)
        else:
            scale, units, error = _searched(source, budget, encoder)
        if budget.psnr is not None and _psnr(error) < budget.psnr:
            bound = source.span * 10 ** (-budget.psnr / 20)
            scale = scale_of(bound, source.range, source.variable.dtype)
            units, _ = encoder.encoded(scale)
        store(units, sink)
        return Achieved(settings, scale.to_json())

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> BoundedDecoder:
        settings = self.settings_of(header)
        return BoundedDecoder(header, grid, reader, settings.group)

    def fixed_form(
        self, shape: tuple[int, ...], axes: tuple[str, ...], settings: BoundedSettings
    ) -> Form:
        rows = []
        for level in range(coarsest_level(shape), -1, -1):
            lengths = level_shape(shape, level), tile_shape(axes, settings.group, level)
            units = math.prod(-(-n // t) for n, t in zip(*lengths, strict=True))
            rows.append((level, SECTION, units))
        return Form({}, {"unit": 0.0, "step": 0}, tuple(rows))

    def peak_memory(self, source: VariableSource, settings: BoundedSettings) -> int:
        voxels = math.prod(source.shape)
        tile = min(SIDE**3 * settings.group, voxels)
        coarse = COARSE_BYTES * (voxels >> 6) if coarsest_level(source.shape) >= SHARED else 0
        return (64 << 20) + threads() * tile * TILE_BYTES + coarse + source.variable.nbytes


def _psnr(error: float) -> float:
    return -10 * math.log10(max(error, 1e-300))


def _searched(
    source: VariableSource, budget: Budget, encoder: Encoder
) -> tuple[Scale, Units, float]:
    """Return scale, units and mean squared error of the best file within a budget of bytes, or of
    the smallest one at a PSNR.

    Raises
    ------
    BudgetError
        No error bound meets the budget.
    """
    low, high = 0.0, float(OCTAVES)
    best, smallest = None, 0
    for _ in range(SEARCHES):
        middle = (low + high) / 2
        try:
            scale = scale_of(source.span * 2**-middle, source.range, source.variable.dtype)
            units, error = encoder.encoded(scale)
        except BudgetError:
            high = middle
            continue
        size = size_of(units)
        if budget.bytes is None:
            met = _psnr(error) >= (budget.psnr or 0)
            low, high = (low, middle) if met else (middle, high)
        else:
            met = size <= budget.bytes
            low, high = (middle, high) if met else (low, middle)
            smallest = size if smallest == 0 else min(smallest, size)
        if met:
            best = scale, units, error
    if best is None:
        requested = f"{budget.bytes} bytes" if budget.bytes is not None else f"{budget.psnr:g} dB"
        raise BudgetError(
            f"Expected a budget that bounded can meet. Got {requested}: allow more bytes.",
            smallest or None,
        )
    return best

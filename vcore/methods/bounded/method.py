"""The ``bounded`` method: every voxel within an error bound, 0 for lossless."""

import dataclasses
import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Achieved, Decoder, Form, Method, Settings, Sink
from vcore.methods.bounded.coding import Integers, decode_tile, encode_tile
from vcore.methods.bounded.scale import Scale, scale_of
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import Region, blocks, meeting, shape_of, tiles_of
from vcore.runtime.executor import run_all, threads
from vcore.runtime.single_flight import once_cache

SECTION = "voxels"
SIDE = 64
"""Tile side in voxels: smaller tiles adapt less, larger ones make access to a region slower."""
CACHED_TILES = 24
OCTAVES = 32
"""Search range for budgets of bytes or PSNR: bounds from span / 2 to span / 2**OCTAVES."""
SEARCHES = 9
UNIT_BYTES = 7
"""Maximum bytes of a unit in the index."""


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
        tiles = list(blocks(source.shape, tile_shape(source.variable.axes, settings.group)))
        bound = budget.bound(source.span)
        if bound is not None:
            scale = scale_of(bound, source.range, source.variable.dtype)
            units, error = _encoded(source, scale, tiles, context)
        else:
            scale, units, error = _searched(source, budget, tiles, context)
        if budget.psnr is not None and _psnr(error) < budget.psnr:
            bound = source.span * 10 ** (-budget.psnr / 20)
            scale = scale_of(bound, source.range, source.variable.dtype)
            units, _ = _encoded(source, scale, tiles, context)
        sink.add(0, SECTION, units)
        return Achieved(settings, scale.to_json())

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings = self.settings_of(header)
        return BoundedDecoder(header, grid, reader, settings.group)

    def fixed_form(
        self, shape: tuple[int, ...], axes: tuple[str, ...], settings: BoundedSettings
    ) -> Form:
        tile = tile_shape(axes, settings.group)
        units = math.prod(-(-n // t) for n, t in zip(shape, tile, strict=True))
        return Form({}, {"unit": 0.0, "step": 0}, ((0, SECTION, units),))

    def peak_memory(self, source: VariableSource, settings: BoundedSettings) -> int:
        tile = min(SIDE**3 * settings.group, int(np.prod(source.shape, dtype=object)))
        return (64 << 20) + threads() * tile * 60 + source.variable.nbytes


def tile_shape(axes: tuple[str, ...], group: int) -> tuple[int, ...]:
    """Return the tile shape of a variable: ``group`` frames of one component, SIDE voxels a side.

    Raises
    ------
    BudgetError
        The group size is out of range.
    """
    if not 1 <= group <= 64:
        raise BudgetError(f"Expected groups of 1 to 64 frames. Got {group} instead.")
    return tuple(group if axis == "t" else SIDE if axis in "zyx" else 1 for axis in axes)


def _encoded(
    source: VariableSource, scale: Scale, tiles: list[Region], context: Context
) -> tuple[list[bytes], float]:
    """Return the units at ``scale``, and the mean squared error of the present voxels relative to
    the squared data range."""

    def one(number: int) -> tuple[bytes, float, int]:
        context.report("coding", number / len(tiles))
        values = source.read(tiles[number])
        if source.variable.dtype.kind != "f":
            values = np.rint(values)
        integers = scale.integers(values)
        unit, found = encode_tile(integers.reshape(-1, *values.shape[-3:]), scale.step)
        error = (scale.values(found).reshape(values.shape) - values) / source.span
        if source.has_missing:
            holes = source.variable.missing(source.variable.read(tiles[number]))
            if holes is not None:
                error = error[~holes]
        return unit, float(np.square(error).sum()), error.size

    units, squares, present = zip(*run_all(one, range(len(tiles))), strict=True)
    return list(units), sum(squares) / max(sum(present), 1)


def _psnr(error: float) -> float:
    return -10 * math.log10(max(error, 1e-300))


def _searched(
    source: VariableSource, budget: Budget, tiles: list[Region], context: Context
) -> tuple[Scale, list[bytes], float]:
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
            units, error = _encoded(source, scale, tiles, context)
        except BudgetError:
            high = middle
            continue
        size = sum(map(len, units)) + UNIT_BYTES * len(units)
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


class BoundedDecoder(Decoder):
    """Decoder that decodes the tiles a region needs, with an LRU cache."""

    exact = True

    def __init__(
        self, header: VariableHeader, grid: Grid, reader: SectionReader, group: int
    ) -> None:
        self.grids = level_grids(grid)
        self.chunks = tuple(chunk_shape(g, k, 0) for k, g in enumerate(self.grids))
        self._reader = reader
        self._scale = Scale.from_json(header.state, header.range[0], np.dtype(header.dtype))
        self._shape = header.shape
        try:
            self._tile = tile_shape(header.axes, group)
        except BudgetError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        counts = [-(-n // t) for n, t in zip(self._shape, self._tile, strict=True)]
        self._counts = tuple(counts)
        units = math.prod(counts)
        available = reader.is_available(0, SECTION)
        self.levels: tuple[int, ...] = (0,) if available else ()
        if available and reader.units(0, SECTION) != units:
            raise FormatError(
                f"Expected {units} units in section {SECTION!r}. "
                f"Got {reader.units(0, SECTION)} instead: the file is damaged."
            )
        self._decode = once_cache(CACHED_TILES)(self._decode_tile)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        out = np.empty(shape_of(region), np.float64)
        for where in product(*tiles_of(region, self._tile)):
            first = [i * t for i, t in zip(where, self._tile, strict=True)]
            integers = self._decode(where)
            target, inside = meeting(region, first, integers.shape)
            out[target] = self._scale.values(integers[inside])
        return out

    def _decode_tile(self, where: tuple[int, ...]) -> Integers:
        shape = tuple(
            min(t, n - i * t) for i, t, n in zip(where, self._tile, self._shape, strict=True)
        )
        unit = int(np.ravel_multi_index(where, self._counts))
        (data,) = self._reader.read_units(0, SECTION, [unit])
        z, y, x = shape[-3:]
        frames = math.prod(shape[:-3])
        return decode_tile(data, (frames, z, y, x), self._scale.step).reshape(shape)

"""The five block autoencoder methods: presets, validation, levels."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import FormatError, InputError
from vcore.methods.base import Achieved, Decoder, Method, Sink
from vcore.methods.blocks import features, paper
from vcore.methods.blocks.architecture import Architecture
from vcore.methods.blocks.compact import Compact, CompactDecoder
from vcore.methods.blocks.layout import BlockLattice
from vcore.methods.blocks.settings import BLOCK_SIDES, BlockSettings
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import Region, shape_of

PAPER_K = 4
LIBRARIES_BYTES = 1 << 29
"""Memory of torch, numba and their buffers in bytes; measured 0.4 GB."""
ESTIMATE_DIVISOR = 50
"""Divisor of the number of steps for an estimate."""


class BlockMethod(Method, Architecture):
    """Autoencoder over k x k x k blocks."""

    needs_torch = True
    Settings = BlockSettings

    def encode(
        self, source: VariableSource, budget: Budget, settings: Any, context: Context, sink: Sink
    ) -> Achieved:
        from vcore.methods.blocks import fit_compact

        self.check(settings)
        if settings.preset == "paper":
            settings = settings.filled(k=PAPER_K, s=self.code_size(settings.s))
            paper.check_budget(self, source, settings, budget)
            paper.encode(self, source, settings, context, sink)
            return Achieved(settings)
        settings, compact = fit_compact.encode(self, source, budget, settings, context, sink)
        return Achieved(settings, compact.to_json())

    def open(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> Decoder:
        settings: BlockSettings = self.settings_of(header)
        try:
            self.check(settings)
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        if settings.k is None:
            raise FormatError("The header is damaged: it lacks the block side.")
        lattice = BlockLattice(header.shape[:-3], grid.shape, settings.k)
        inner: paper.PaperDecoder | CompactDecoder
        if settings.preset == "paper":
            inner = paper.PaperDecoder(self, settings, lattice, reader)
        else:
            compact = Compact.from_json(header.state, settings.k)
            inner = CompactDecoder.of_sections(
                lattice,
                compact,
                reader,
                hidden=self.hidden(settings.k, compact.values),
                positional=self.positional,
            )
        return BlockDecoder(inner, header, grid, settings)

    def check(self, settings: BlockSettings) -> None:
        """Validate the settings.

        Raises
        ------
        InputError
            A setting is out of range, or not supported by the method.
        """
        if settings.k is not None and settings.k not in BLOCK_SIDES:
            raise InputError(f"Expected k to be one of {BLOCK_SIDES}. Got {settings.k} instead.")
        k = settings.k or max(BLOCK_SIDES)
        if settings.s is not None and not 1 <= settings.s <= k**3:
            raise InputError(f"Expected s in 1..{k**3} for k={k}. Got {settings.s} instead.")
        if self.handcrafted and settings.s not in (None, self.code_size(None)):
            raise InputError(
                f"Expected no s, as {self.name} has {self.code_size(None)} values per block. "
                f"Got {settings.s} instead."
            )
        if settings.overlap is not None and not 0 <= settings.overlap <= (settings.k or 4) // 2:
            raise InputError(
                f"Expected an overlap in 0..{(settings.k or 4) // 2} (half a block). "
                f"Got {settings.overlap} instead."
            )
        for name in ("epochs", "steps", "batch", "learning_rate"):
            value = getattr(settings, name)
            if value is not None and value <= 0:
                raise InputError(f"Expected a positive {name}. Got {value} instead.")

    def default_budget(self, settings: BlockSettings) -> Budget:
        return Budget() if settings.preset == "paper" else super().default_budget(settings)

    def trial_settings(self, settings: BlockSettings, ratio: float) -> tuple[BlockSettings, float]:
        if settings.preset == "paper":
            return replace(settings, epochs=1), settings.epochs * ratio
        return settings.shortened(ESTIMATE_DIVISOR)

    def peak_memory(self, source: VariableSource, settings: BlockSettings) -> int:
        k = settings.k or PAPER_K
        voxels = math.prod(source.shape)
        if settings.preset == "paper":
            training = min(voxels, paper.TRAINING_VALUES)
            return int(3 * 4 * training + 2 * voxels / k**3 * self.code_size(settings.s)) + (
                1 << 28
            )
        from vcore.methods.blocks.plan import MAX_VALUES
        from vcore.methods.blocks.training import TRAINING_BYTES

        values = settings.s or MAX_VALUES
        training = min(TRAINING_BYTES, 8 * voxels)
        return int(2 * training + voxels / k**3 * (24 + 12 * values)) + LIBRARIES_BYTES


class Linear1(BlockMethod):
    name = "linear1"
    summary = "block autoencoder, four layers per side, each half the size of the previous"
    architecture = 1


class Linear2(BlockMethod):
    name = "linear2"
    summary = "block autoencoder, four narrow layers per side: a small decoder"
    architecture = 2


class Svd1(BlockMethod):
    name = "svd1"
    summary = "three singular values per block, decoder of linear1"
    architecture = 1
    handcrafted = True


class Svd2(Svd1):
    name = "svd2"
    summary = "three singular values per block, decoder of linear2"
    architecture = 2


class CoordVarSvd(BlockMethod):
    name = "coordvarsvd"
    summary = "coordinates, mean variances and singular values of a block, decoder of linear1"
    architecture = 1
    handcrafted = True
    positional = True

    def stored_features(self, blocks: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate(
            [features.mean_variances(blocks), features.singular_values(blocks)], axis=1
        )

    def code_size(self, s: int | None) -> int:
        return 9


class BlockDecoder(Decoder):
    """Decoder of a variable, frame by frame, scaled to data units."""

    def __init__(
        self,
        inner: paper.PaperDecoder | CompactDecoder,
        header: VariableHeader,
        grid: Grid,
        settings: BlockSettings,
    ) -> None:
        self._inner, self._header = inner, header
        k = settings.k or PAPER_K
        at_least = 1 if settings.preset == "paper" else int(math.log2(k)) + 1
        self.grids = level_grids(grid, at_least)
        self.levels = inner.levels
        self.chunks = tuple(
            chunk_shape(g, level, max((n for n in inner.levels if n <= level), default=level))
            for level, g in enumerate(self.grids)
        )

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        out = np.empty(shape_of(region), np.float64)
        lead = region[:-3]
        for index in np.ndindex(*shape_of(lead)):
            frame = tuple(s.start + i for s, i in zip(lead, index, strict=True))
            out[index] = self._inner.decode(frame, region[-3:], level)
        return out * self._header.span + self._header.range[0]

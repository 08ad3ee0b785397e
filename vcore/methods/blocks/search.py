"""Preset `compact`, encoder: codes of all blocks, and the quantiser step that meets the budget."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy import encode_lattice
from vcore.errors import BudgetError
from vcore.methods._networks.weights import Parameters
from vcore.methods.base import Sink
from vcore.methods.blocks.compact import CODES, Compact, CompactDecoder, Tile, six_digits
from vcore.methods.blocks.training import Fit, TrainingBlocks
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.executor import run_all

if TYPE_CHECKING:
    from vcore.methods.blocks.architecture import Architecture

ROUNDING = 0.42
"""Codes are rounded up from this fraction on: smaller values are the more frequent ones."""
SEARCH_STEPS = 9
SMALLEST, LARGEST = 1 / 64, 4096.0
"""Multiples of the step that was fitted for, between which the search looks."""

Key = tuple[tuple[int, ...], tuple[int, ...]]
Codes = dict[Key, tuple[NDArray[np.bool_], NDArray[np.float32]]]
"""For each frame and tile: which blocks are coded, and their unquantised codes (n, values)."""


def all_codes(fit: Fit, blocks: TrainingBlocks, context: Context) -> Codes:
    """Return the codes of all tiles."""
    tiles = list(blocks.lattice.all_tiles())

    def one(number: int) -> tuple[Key, tuple[NDArray[np.bool_], NDArray[np.float32]]]:
        context.report("coding", number / len(tiles))
        frame, tile = tiles[number][:-3], tiles[number][-3:]
        box = blocks.lattice.tile_box(tile)
        values, residual, _ = blocks.windows(frame, box)
        active = fit.active(residual, box)
        if not active.any():
            return (frame, tile), (active, np.zeros((0, fit.compact.values), np.float32))
        return (frame, tile), (active, fit.codes_of(values, residual, active, box))

    return dict(run_all(one, range(len(tiles))))


def quantised(entry: tuple[NDArray[np.bool_], NDArray[np.float32]], step: float) -> Tile | None:
    """Return a tile's integers, None where no block is coded."""
    active, codes = entry
    if not active.any():
        return None
    tile = np.zeros((1 + codes.shape[1], *active.shape), np.int32)
    tile[0] = active
    tile[1:, active] = (np.sign(codes) * np.floor(np.abs(codes) / step + ROUNDING)).T
    return tile


def code_units(codes: Codes, step: float) -> list[bytes]:
    """Return the units of the section, one a tile."""

    def unit(entry: tuple[NDArray[np.bool_], NDArray[np.float32]]) -> bytes:
        tile = quantised(entry, step)
        return b"" if tile is None else encode_lattice(tile, gated=True)

    return run_all(unit, codes.values())


class Search:
    """Looks for the code step that meets a budget.

    Parameters
    ----------
    method, blocks, codes
        What is coded.
    network
        The decoder as it will be read back.
    """

    def __init__(
        self,
        method: "Architecture",
        blocks: TrainingBlocks,
        codes: Codes,
        network: Parameters,
        compact: Compact,
        sink: Sink,
        context: Context,
    ) -> None:
        self._method, self._blocks, self._codes = method, blocks, codes
        self._network, self._compact = network, compact
        self._sink, self._context = sink, context

    def _at(self, multiple: float) -> Compact:
        return replace(self._compact, code_step=six_digits(self._compact.code_step * multiple))

    def meet(self, budget: Budget) -> Compact:
        """Return the state that meets ``budget``, its codes stored: the finest step that fits in
        bytes, the coarsest that reaches a PSNR.

        Raises
        ------
        BudgetError
            There is none; the message names what can be had.
        """
        compact = self._compact
        if budget.bytes is not None:
            compact = self._meet_bytes(budget.bytes)
        elif budget.psnr is not None:
            compact = self._meet_psnr(budget.psnr)
        self._store(compact)
        return compact

    def _store(self, compact: Compact) -> int:
        self._sink.add(0, CODES, code_units(self._codes, compact.code_step))
        return self._sink.bytes

    def _meet_bytes(self, limit: int) -> Compact:
        needed = self._store(self._at(LARGEST))
        if needed > limit:
            raise BudgetError(
                f"Expected a budget that {self._method.name} can meet. {limit} bytes are too few, "
                f"it needs {needed}: allow more, or choose a method with a smaller decoder.",
                needed,
            )
        low, high = math.log2(SMALLEST), math.log2(LARGEST)
        for number in range(SEARCH_STEPS):
            self._context.report("searching", number / SEARCH_STEPS)
            middle = (low + high) / 2 if number else 0.0
            fits = self._store(self._at(2**middle)) <= limit
            low, high = (low, middle) if fits else (middle, high)
        return self._at(2**high)

    def _meet_psnr(self, psnr: float) -> Compact:
        mse = 10 ** (-psnr / 10)
        best = self._error(self._at(SMALLEST))
        if best > mse:
            reached = -10 * math.log10(max(best, 1e-300))
            raise BudgetError(
                f"Expected a PSNR that {self._method.name} can reach on this volume. {psnr:g} dB "
                f"is more than its {reached:.2f} dB: ask for less, choose "
                f"a larger s, or another method."
            )
        low, high = math.log2(SMALLEST), math.log2(LARGEST)
        for number in range(SEARCH_STEPS):
            self._context.report("searching", number / SEARCH_STEPS)
            middle = (low + high) / 2 if number else 0.0
            good = self._error(self._at(2**middle)) <= mse
            low, high = (middle, high) if good else (low, middle)
        return self._at(2**low)

    def _error(self, compact: Compact) -> float:
        """Return the mean squared error of the whole variable, normalised."""
        blocks = self._blocks
        decoder = CompactDecoder(
            blocks.lattice,
            compact,
            positional=self._method.positional,
            means=blocks.means,
            network=lambda: self._network,
            tile_of=lambda frame, tile: quantised(self._codes[frame, tile], compact.code_step),
        )
        source, side = blocks.source, blocks.lattice.side * blocks.lattice.k

        def one(region: Any) -> tuple[float, int]:
            frame = tuple(s.start for s in region[:-3])
            decoded = np.clip(decoder.decode(frame, region[-3:], 0), 0, 1)
            error = decoded - source.read_normalised(region).reshape(decoded.shape)
            if source.has_missing:
                missing = source.variable.missing(source.variable.read(region))
                error = error if missing is None else error[~missing.reshape(error.shape)]
            return float(np.square(error, dtype=np.float64).sum()), error.size

        parts = run_all(one, list(source.slabs(side, side**3)))
        return sum(e for e, _ in parts) / max(sum(n for _, n in parts), 1)

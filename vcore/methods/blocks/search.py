"""Encoder of preset `compact`: codes of all blocks, and the quantiser step that meets the
budget."""

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
"""Rounding offset of the code quantiser, below 1/2 because smaller values are more frequent."""
SEARCH_STEPS = 9
MIN_MULTIPLE, MAX_MULTIPLE = 1 / 64, 4096.0
"""Search range of the code step, in multiples of the step used in the fit."""

Key = tuple[tuple[int, ...], tuple[int, ...]]
Codes = dict[Key, tuple[NDArray[np.bool_], NDArray[np.float32]]]
"""For each frame and tile: the mask of coded blocks, and their unquantised codes (n, values)."""


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
    """Return the integers of a tile, None if no block is coded."""
    active, codes = entry
    if not active.any():
        return None
    tile = np.zeros((1 + codes.shape[1], *active.shape), np.int32)
    tile[0] = active
    tile[1:, active] = (np.sign(codes) * np.floor(np.abs(codes) / step + ROUNDING)).T
    return tile


def code_units(codes: Codes, step: float) -> list[bytes]:
    """Return the units of the section, one per tile."""

    def unit(entry: tuple[NDArray[np.bool_], NDArray[np.float32]]) -> bytes:
        tile = quantised(entry, step)
        return b"" if tile is None else encode_lattice(tile, gated=True)

    return run_all(unit, codes.values())


class Search:
    """Search for the code step that meets a budget.

    Parameters
    ----------
    method, blocks, codes
        Method, and the blocks and codes to store.
    network
        Decoder as it will be read back.
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
        """Find the finest step within a byte budget, or the coarsest that reaches a PSNR; store the
        codes and return the state.

        Raises
        ------
        BudgetError
            No step meets the budget; the message tells what is possible.
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
        needed = self._store(self._at(MAX_MULTIPLE))
        if needed > limit:
            raise BudgetError(
                f"Expected a budget that {self._method.name} can meet. {limit} bytes are too few, "
                f"it needs {needed}: allow more, or choose a method with a smaller decoder.",
                needed,
            )
        low, high = math.log2(MIN_MULTIPLE), math.log2(MAX_MULTIPLE)
        for number in range(SEARCH_STEPS):
            self._context.report("searching", number / SEARCH_STEPS)
            middle = (low + high) / 2 if number else 0.0
            fits = self._store(self._at(2**middle)) <= limit
            low, high = (low, middle) if fits else (middle, high)
        return self._at(2**high)

    def _meet_psnr(self, psnr: float) -> Compact:
        mse = 10 ** (-psnr / 10)
        best = self._error(self._at(MIN_MULTIPLE))
        if best > mse:
            reached = -10 * math.log10(max(best, 1e-300))
            raise BudgetError(
                f"Expected a PSNR that {self._method.name} can reach on this volume. {psnr:g} dB "
                f"is more than its {reached:.2f} dB: ask for less, choose "
                f"a larger s, or another method."
            )
        low, high = math.log2(MIN_MULTIPLE), math.log2(MAX_MULTIPLE)
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

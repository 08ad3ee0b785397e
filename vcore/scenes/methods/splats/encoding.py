"""Encoding of splats within a budget: levels once, then a search for the step."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, InputError
from vcore.methods.gaussian.quantise import morton
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.scenes.measure import measured_cameras, rendered, view_errors
from vcore.scenes.methods.splats import coding
from vcore.scenes.methods.splats.field import REACH, SplatField
from vcore.scenes.methods.splats.importance import levels_of
from vcore.scenes.methods.splats.model import MIN_ALPHA, Splats
from vcore.scenes.methods.splats.quantise import CELL_BITS, Lattice, dequantised, quantised

DEFAULT_PSNR = 42.0
"""PSNR in dB that hides the loss: without a budget."""
FINE_STEP, COARSE_STEP, FIRST_STEP = 1e-4, 64.0, 0.1
FOOTPRINT = 0.27
"""Standard deviation, in pixels, below which a scale is hardly seen: half that of the low-pass
filter."""
MIN_FOOTPRINT = 1e-12
FULL_CELLS = 0.7
"""Largest share of the splats that have a cell of their own; finer cells take more bytes."""
TOLERANCE = 0.1
"""PSNR in dB above the one asked for that ends the search."""
FILLED = 0.985
"""Share of the bytes asked for that ends the search."""
TRIES = 12
MIN_BLOCK = 64


@dataclass(frozen=True)
class Encoded:
    """Coded splats.

    Parameters
    ----------
    lattice
        Their quantisers.
    blocks
        Bytes of each block.
    boxes
        Lowest and highest corner of each block's splats with their reach, float32 of (blocks, 2,
        3).
    """

    lattice: Lattice
    blocks: list[bytes]
    boxes: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Bytes of the sections, with their index."""
        return sum(map(len, self.blocks)) + self.boxes.nbytes + 8 * len(self.blocks)


class Encoding:
    """Encoder of one field."""

    def __init__(self, source: SplatField, block: int, context: Context) -> None:
        if not MIN_BLOCK <= block <= coding.MAX_BLOCK:
            raise InputError(
                f"Expected blocks of {MIN_BLOCK} to {coding.MAX_BLOCK} splats. Got {block} instead."
            )
        self.source, self.block, self.context = source, block, context
        visible = source.splats.alphas >= MIN_ALPHA  # no renderer of splats draws the others
        self.splats = source.splats[visible]
        self.dropped = int(len(visible) - visible.sum())
        self.levels, pixel = levels_of(self.splats, source.bounds, source.cameras, context)
        footprint = min(max(FOOTPRINT * pixel, MIN_FOOTPRINT), 1 / MIN_FOOTPRINT)
        self.footprint = _short(footprint)
        self.cell, self.first = _cells(self.splats)
        self._cameras = measured_cameras(source)
        self._views = rendered(source, self._cameras, context.part(0, 0), "searching")
        self._tried = 0

    def within(self, budget: Budget) -> Encoded:
        """Return the coded splats within a budget of bytes or PSNR.

        Raises
        ------
        BudgetError
            It cannot be met.
        """
        if budget.bytes is not None:
            return self._of_bytes(int(budget.bytes))
        return self.coded(self._step_of_psnr(budget.psnr or DEFAULT_PSNR))

    def coded(self, step: float) -> Encoded:
        """Return the splats coded with a step."""
        lattice = self.lattice(step)
        self._tick()
        integers = quantised(self.splats, self.levels, lattice)
        order = np.argsort(morton(integers.cells.astype(np.int32)), kind="stable")
        starts = range(0, len(order), self.block)

        def code(start: int) -> tuple[bytes, NDArray[np.float32]]:
            part = integers[order[start : start + self.block]]
            return coding.pack(part, lattice), _box(dequantised(part, lattice))

        blocks, boxes = zip(*run_all(code, starts), strict=True)
        return Encoded(lattice, list(blocks), np.stack(boxes))

    def lattice(self, step: float) -> Lattice:
        """Return the quantisers of a step."""
        return Lattice(_short(step), self.footprint, self.first, self.cell)

    def psnr(self, step: float) -> float:
        """Return the PSNR of the views of splats quantised with a step, in dB."""
        self._tick()
        lattice = self.lattice(step)
        integers = quantised(self.splats, self.levels, lattice)
        order = np.argsort(morton(integers.cells.astype(np.int32)), kind="stable")
        decoded = SplatField(
            dequantised(integers[order], lattice),
            background=self.source.background,
            bounds=self.source.bounds,
        )
        views = rendered(decoded, self._cameras, self.context.part(0, 0), "searching")
        return view_errors(self._views, views)[0]

    def _step_of_psnr(self, wanted: float) -> float:
        low, high = math.log(FINE_STEP), math.log(COARSE_STEP)
        if self.psnr(FINE_STEP) < wanted:
            raise BudgetError(
                f"Expected a PSNR that splats can keep. {wanted:g} dB is beyond the "
                f"{self.psnr(FINE_STEP):.1f} dB of the finest steps: ask for less."
            )
        tried = math.log(FIRST_STEP)
        for _ in range(TRIES):
            found = self.psnr(math.exp(tried))
            if found >= wanted:
                low = tried
                if found <= wanted + TOLERANCE:
                    break
            else:
                high = tried
            # 6 dB an octave
            guess = tried + (found - wanted - TOLERANCE / 2) / 20 * math.log(10)
            tried = guess if low < guess < high else (low + high) / 2
        return math.exp(low)

    def _of_bytes(self, limit: int) -> Encoded:
        low, high = math.log(FINE_STEP), math.log(COARSE_STEP)
        best: Encoded | None = None
        tried = math.log(FIRST_STEP)
        for _ in range(TRIES):
            found = self.coded(math.exp(tried))
            if found.size <= limit:
                best, high = found, tried
                if found.size >= FILLED * limit or tried - low < 1e-3:
                    break
            else:
                low = tried
            rate = math.log2(found.size / limit) * math.log(2) * 4
            guess = tried + rate
            tried = guess if low < guess < high else (low + high) / 2
        if best is None:
            found = self.coded(COARSE_STEP)
            if found.size > limit:
                raise BudgetError(
                    f"Expected a budget that splats can meet. {len(self.splats)} of them take "
                    f"{found.size} bytes with the coarsest steps, more than {limit}.",
                    found.size,
                )
            best = found
        return best

    def _tick(self) -> None:
        self._tried += 1
        self.context.report("searching", min(self._tried / TRIES, 1))


def _cells(splats: Splats) -> tuple[int, tuple[int, int, int]]:
    """Return the binary logarithm of the side of cells, and the first of them."""
    positions = splats.positions.astype(np.float64)
    low, high = positions.min(0), positions.max(0)
    extent = float(max((high - low).max(), np.abs(positions).max() * 1e-6, 1e-30))
    least = math.frexp(extent)[1] - CELL_BITS + 1
    cell = least
    for tried in range(least + CELL_BITS, least - 1, -1):
        cell = tried
        inside = np.floor((positions - low) / 2.0**tried).astype(np.int64)
        code = (inside[:, 0] << 40) + (inside[:, 1] << 20) + inside[:, 2]
        if len(np.unique(code)) > FULL_CELLS * len(splats):
            break
    x, y, z = (int(v) for v in np.floor(low / 2.0**cell))
    return cell, (x, y, z)


def _box(splats: Splats) -> NDArray[np.float32]:
    reach = splats.reaches(REACH)
    low, high = (splats.positions - reach).min(0), (splats.positions + reach).max(0)
    # rounding of float32 must not cut anything off
    return np.stack([np.nextafter(low, -np.inf), np.nextafter(high, np.inf)]).astype(np.float32)


def _short(value: float) -> float:
    return float(f"{value:.4g}")

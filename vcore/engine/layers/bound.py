"""The error bound: the quantised residual of the method, tile by tile (docs/format.md, section 8).

The residual x - y of level 0 is rounded to q = round((x - y) / step) and coded losslessly; the
decoder adds q * step. With step = 2 h the error is at most h. An inexact method decodes a little
differently elsewhere, so h is the bound less MARGIN of the data range; integer data are rounded
after decoding, which leaves half a unit more.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.engine.layers.tiles import TiledLattice, tile_regions
from vcore.entropy import encode_lattice
from vcore.errors import BudgetError
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region
from vcore.runtime.executor import run_all

SECTION = "residual"
MARGIN = 2e-5
"""Share of the data range by which an inexact method may decode differently on another machine."""
SMALLEST_INEXACT = 1e-4
"""Share of the data range below which an inexact method cannot keep a bound."""
MAX_STEPS = 1 << 30


def spacing(limits: tuple[float, float], dtype: np.dtype[Any]) -> float:
    """Return the largest distance between neighbouring floating point values within ``limits``.

    Of float64 none below its smallest normal number: what is finer, decoders cannot compute.
    """
    info = np.finfo(dtype)
    least = info.smallest_subnormal if dtype.itemsize < 8 else info.smallest_normal
    return max(max(abs(float(v)) for v in limits) * float(info.eps), float(least))


def quantiser_step(
    bound: float, limits: tuple[float, float], dtype: np.dtype[Any], *, exact: bool
) -> float:
    """Return the residual's quantiser step that keeps ``bound``, for values within ``limits``.

    Raises
    ------
    BudgetError
        An inexact method cannot keep it.
    """
    span = float(limits[1]) - float(limits[0])
    integer = dtype.kind != "f"
    if not exact and bound < SMALLEST_INEXACT * span:
        raise BudgetError(
            f"Expected an error bound of at least {SMALLEST_INEXACT * span:.6g} "
            f"({SMALLEST_INEXACT:g} of the data range) for this method, whose decoder is not exact "
            f"to the last bit. Got {bound:.6g} instead: choose a larger bound or an exact method."
        )
    # rounding to integers leaves half a unit more, which outweighs the margin
    half = math.floor(bound) + 0.5 if integer else bound
    if not exact:
        half -= MARGIN * span
    if not integer:
        half -= spacing(limits, dtype)  # casting rounds
    if half <= 0:
        other = ", or the method bounded" if dtype.itemsize < 8 else ""
        raise BudgetError(
            f"Expected an error bound above what {dtype.name} can resolve at these values. "
            f"Got {bound:.6g} instead: choose a larger bound{other}."
        )
    return 2 * half * (1 - 1e-9)


def encode_residual(
    source: VariableSource,
    decode: Callable[[Region], NDArray[np.float64]],
    step: float,
    context: Context,
) -> list[bytes]:
    """Return the units of the residual: an empty one where the method alone keeps the bound.

    Parameters
    ----------
    decode
        Returns the method's values of a region, before rounding and casting, float64.
    """

    tiles = list(tile_regions(source.shape))

    def unit(number: int) -> bytes:
        context.report("bounding", number / len(tiles))
        region = tiles[number]
        values = source.variable.read(region)
        missing = source.variable.missing(values) if source.has_missing else None
        residual = values.astype(np.float64) - decode(region)
        if missing is not None:
            residual[missing] = 0
        quantised = np.rint(residual / step)
        if np.abs(quantised).max() > MAX_STEPS:
            raise BudgetError(
                "Expected an error bound nearer to what the method reaches. It would take more "
                f"than {MAX_STEPS} steps: choose a larger bound or another method."
            )
        lattice = quantised.astype(np.int32).reshape(1, *quantised.shape[-3:])
        return encode_lattice(lattice) if lattice.any() else b""

    return run_all(unit, range(len(tiles)))


class Residual:
    """Adds the coded residual to a method's values."""

    def __init__(self, reader: SectionReader, shape: tuple[int, ...], step: float) -> None:
        self._lattice = TiledLattice(reader, 0, SECTION, shape)
        self._step = step

    def apply(self, values: NDArray[np.float64], region: Region) -> None:
        """Add the residual of ``region`` to ``values`` of level 0."""
        values += self._lattice.read(region) * self._step

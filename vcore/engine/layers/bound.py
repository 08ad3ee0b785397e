"""Error bound by the method's quantised residual, tile by tile (docs/format.md, section 8).

The residual x - y of level 0 is rounded to q = round((x - y) / step) and coded losslessly; the
decoder adds q * step. With step = 2 h the error is at most h. An inexact method decodes slightly
differently on other machines, so h is the bound minus MARGIN of the data range; integer data are
rounded after decoding, which adds half a unit to h.
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
MIN_INEXACT = 1e-4
"""Minimum error bound of an inexact method, as a share of the data range."""
MAX_STEPS = 1 << 30
"""Maximum magnitude of a quantised residual, well within int32."""


def spacing(limits: tuple[float, float], dtype: np.dtype[Any]) -> float:
    """Return the largest distance between adjacent floating-point values within ``limits``.

    For float64, at least its smallest normal number: decoders cannot compute finer differences.
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
        The bound is too small for an inexact method or for the dtype.
    """
    span = float(limits[1]) - float(limits[0])
    integer = dtype.kind != "f"
    if not exact and bound < MIN_INEXACT * span:
        raise BudgetError(
            f"Expected an error bound of at least {MIN_INEXACT * span:.6g} "
            f"({MIN_INEXACT:g} of the data range) for this method, whose decoder is not exact "
            f"to the last bit. Got {bound:.6g} instead: choose a larger bound or an exact method."
        )
    # rounding to integers adds half a unit, which exceeds the margin
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
    """Return the units of the residual, empty for tiles where the method alone keeps the bound.

    Parameters
    ----------
    decode
        Decoder of a region by the method, before rounding and casting, float64.
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
                "Expected an error bound closer to the method's own error. It would take more "
                f"than {MAX_STEPS} steps: choose a larger bound or another method."
            )
        lattice = quantised.astype(np.int32).reshape(1, *quantised.shape[-3:])
        return encode_lattice(lattice) if lattice.any() else b""

    return run_all(unit, range(len(tiles)))


class Residual:
    """Decoder of the residual, added to a method's values."""

    def __init__(self, reader: SectionReader, shape: tuple[int, ...], step: float) -> None:
        self._lattice = TiledLattice(reader, 0, SECTION, shape)
        self._step = step

    def apply(self, values: NDArray[np.float64], region: Region) -> None:
        """Add the residual of ``region`` to ``values`` of level 0."""
        values += self._lattice.read(region) * self._step

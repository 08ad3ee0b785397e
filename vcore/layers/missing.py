"""Missing values kept exactly: one coded mask a level (docs/format.md, section 7)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.entropy import encode_lattice
from vcore.errors import FormatError
from vcore.grid import Grid
from vcore.layers.tiles import TiledLattice, tile_regions
from vcore.pyramid import factor_of, finer
from vcore.regions import Region
from vcore.volume import Variable

SECTION = "missing"
FINITE, NAN, PLUS_INF, MINUS_INF, FILL = range(5)
KINDS = (np.nan, np.inf, -np.inf)


def kinds_of(variable: Variable, values: NDArray[Any]) -> NDArray[np.int32]:
    """Return 0 where a value is present, else which kind of missing it is."""
    kinds = np.zeros(values.shape, np.int32)
    if values.dtype.kind == "f":
        kinds[np.isnan(values)] = NAN
        kinds[np.isposinf(values)] = PLUS_INF
        kinds[np.isneginf(values)] = MINUS_INF
    if variable.fill_value is not None and np.isfinite(variable.fill_value):
        kinds[values == variable.fill_value] = FILL
    return kinds


def encode_masks(variable: Variable, grids: tuple[Grid, ...]) -> list[list[bytes]]:
    """Return the units of each level's mask; a coarse voxel is missing where all of its box is."""
    levels = []
    for level, grid in enumerate(grids):
        units = []
        for region in tile_regions((*variable.shape[:-3], *grid.shape)):
            fine = finer(region, 1 << level, variable.shape[-3:])
            kinds = kinds_of(variable, variable.read(fine))
            kinds = _coarse_kinds(kinds, factor_of(level))
            units.append(
                encode_lattice(kinds.reshape(1, *kinds.shape[-3:])) if kinds.any() else b""
            )
        levels.append(units)
    return levels


def _coarse_kinds(kinds: NDArray[np.int32], factor: tuple[int, int, int]) -> NDArray[np.int32]:
    """Return the smallest kind in each box: 0 as soon as one voxel is present."""
    for axis, f in zip((-3, -2, -1), factor, strict=True):
        if f > 1:
            starts = np.arange(0, kinds.shape[axis], f)
            kinds = np.minimum.reduceat(kinds, starts, axis=axis)
    return kinds


class MissingValues:
    """Puts missing values back where they were."""

    def __init__(
        self,
        reader: SectionReader,
        shape: tuple[int, ...],
        grids: tuple[Grid, ...],
        fill_value: float | int | None,
    ) -> None:
        self._masks = {
            level: TiledLattice(reader, level, SECTION, (*shape[:-3], *grid.shape))
            for level, grid in enumerate(grids)
        }
        self._fill_value = fill_value

    def _known(self, dtype: np.dtype[Any]) -> list[int]:
        floats = [NAN, PLUS_INF, MINUS_INF] if dtype.kind == "f" else []
        return [FINITE, *floats, *([FILL] if self._fill_value is not None else [])]

    def filled(self, region: Region, level: int) -> NDArray[np.bool_] | None:
        """Return where the fill value is in ``region``, None if nowhere."""
        filled = self._masks[level].read(region) == FILL
        return filled if filled.any() else None

    def apply(self, values: NDArray[Any], region: Region, level: int) -> None:
        """Write the missing values of ``region`` into ``values``."""
        kinds = self._masks[level].read(region)
        if not kinds.any():
            return
        known = self._known(values.dtype)
        if not np.isin(kinds, known).all():
            raise FormatError(
                f"Expected missing values of the kinds {known} only. The mask has others: "
                f"the file is damaged."
            )
        if values.dtype.kind == "f":
            for kind, value in zip((NAN, PLUS_INF, MINUS_INF), KINDS, strict=True):
                values[kinds == kind] = value
        if self._fill_value is not None:
            values[kinds == FILL] = self._fill_value

"""Lossless missing values: one coded mask per level (docs/format.md, section 7)."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.engine.layers.tiles import TiledLattice, tile_regions
from vcore.entropy import encode_lattice
from vcore.errors import FormatError
from vcore.model.grid import Grid
from vcore.model.pyramid import factor_of, finer, level_grids
from vcore.model.regions import Region
from vcore.model.volume import Variable

if TYPE_CHECKING:
    from vcore.methods.base import Form

SECTION = "missing"
FINITE, NAN, PLUS_INF, MINUS_INF, FILL, MINUS_ZERO = range(6)
BEFORE_MISSING = 1
"""Rank of -0.0 among the doubled kinds, between present and missing."""
KINDS = {NAN: np.nan, PLUS_INF: np.inf, MINUS_INF: -np.inf, MINUS_ZERO: -0.0}


def kinds_of(variable: Variable, values: NDArray[Any], *, signs: bool = False) -> NDArray[np.int32]:
    """Return the kind of every value: 0 if present, else its kind of missing value; with ``signs``,
    -0.0 is a separate kind."""
    kinds = np.zeros(values.shape, np.int32)
    if values.dtype.kind == "f":
        kinds[np.isnan(values)] = NAN
        kinds[np.isposinf(values)] = PLUS_INF
        kinds[np.isneginf(values)] = MINUS_INF
    fill = variable.usable_fill
    if fill is not None:
        kinds[values == fill] = FILL
    if signs:
        kinds[_minus_zero(values)] = MINUS_ZERO
    return kinds


def _minus_zero(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray((values == 0) & np.signbit(values))


def has_minus_zero(variable: Variable) -> bool:
    """Return whether any value is -0.0."""
    if variable.dtype.kind != "f":
        return False
    return any(bool(_minus_zero(variable.read(region)).any()) for region in variable.slabs())


def masked_grids(grid: Grid, form: "Form | None") -> tuple[Grid, ...]:
    """Return the grids of all levels with masks, including levels that only the method has.

    Parameters
    ----------
    form
        The method's fixed form for such a variable; with None, all possible levels.
    """
    if form is None:
        return level_grids(grid, max(grid.shape).bit_length())
    return level_grids(grid, 1 + max((level for level, _, _ in form.sections), default=0))


def encode_masks(
    variable: Variable, grids: tuple[Grid, ...], *, signs: bool = False
) -> list[list[bytes]]:
    """Return the units of each level's mask; a coarse voxel is missing if its whole box is.

    With ``signs``, -0.0 is coded as a kind of missing value, as methods do not distinguish equal
    values.
    """
    levels = []
    for level, grid in enumerate(grids):
        units = []
        for region in tile_regions((*variable.shape[:-3], *grid.shape)):
            fine = finer(region, 1 << level, variable.shape[-3:])
            kinds = kinds_of(variable, variable.read(fine), signs=signs)
            kinds = _coarse_kinds(kinds, factor_of(level))
            units.append(
                encode_lattice(kinds.reshape(1, *kinds.shape[-3:])) if kinds.any() else b""
            )
        levels.append(units)
    return levels


def _coarse_kinds(kinds: NDArray[np.int32], factor: tuple[int, int, int]) -> NDArray[np.int32]:
    """Return the smallest kind in each box, with -0.0 ranked before missing values: 0 or -0.0 if
    any voxel is present."""
    kinds = np.where(kinds == MINUS_ZERO, BEFORE_MISSING, 2 * kinds)
    for axis, f in zip((-3, -2, -1), factor, strict=True):
        if f > 1:
            starts = np.arange(0, kinds.shape[axis], f)
            kinds = np.minimum.reduceat(kinds, starts, axis=axis)
    return np.where(kinds == BEFORE_MISSING, MINUS_ZERO, kinds // 2).astype(np.int32)


class MissingValues:
    """Decoder of the masks; restores missing values."""

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
        floats = [NAN, PLUS_INF, MINUS_INF, MINUS_ZERO] if dtype.kind == "f" else []
        return [FINITE, *floats, *([FILL] if self._fill_value is not None else [])]

    def filled(self, region: Region, level: int) -> NDArray[np.bool_] | None:
        """Return the mask of voxels in ``region`` with the fill value, None if there are none."""
        filled = self._masks[level].read(region) == FILL
        return filled if filled.any() else None

    def hides_all(self, region: Region, level: int) -> bool:
        """Return whether no value of ``region`` is present."""
        return bool(self._masks[level].read(region).all())

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
            for kind, value in KINDS.items():
                values[kinds == kind] = value
        if self._fill_value is not None:
            values[kinds == FILL] = self._fill_value

"""Levels and tiles of method bounded (docs/format.md, section 19)."""

from collections.abc import Sequence

from vcore.errors import BudgetError
from vcore.model.grid import Grid
from vcore.model.pyramid import level_grids
from vcore.model.regions import Region

SECTION = "voxels"
SIDE, COARSE_SIDE = 64, 32
"""Tile side in voxels, at level 0 and at coarser levels. Smaller tiles adapt less, larger ones make
access to a region slower: a tile needs a tile of every coarser level."""


def tile_shape(axes: Sequence[str], group: int, level: int = 0) -> tuple[int, ...]:
    """Return the tile shape of a level: ``group`` frames of one component, a cube along z, y, x.

    Raises
    ------
    BudgetError
        The group size is out of range.
    """
    if not 1 <= group <= 64:
        raise BudgetError(f"Expected groups of 1 to 64 frames. Got {group} instead.")
    side = COARSE_SIDE if level else SIDE
    return tuple(group if axis == "t" else side if axis in "zyx" else 1 for axis in axes)


def coarsest_level(shape: Sequence[int]) -> int:
    """Return the coarsest level of a variable of ``shape``."""
    z, y, x = shape[-3:]
    return len(level_grids(Grid((z, y, x)))) - 1


def level_shape(shape: Sequence[int], level: int) -> tuple[int, ...]:
    """Return the shape of a level of a variable of ``shape``."""
    return (*shape[:-3], *(-(-n // (1 << level)) for n in shape[-3:]))


def coarser(region: Region) -> Region:
    """Return the voxels of the next coarser level in ``region``, which starts at even indices."""
    return tuple(slice(s.start // 2, -(-s.stop // 2)) for s in region)

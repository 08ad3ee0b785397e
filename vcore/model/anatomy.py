"""Anatomical directions of a grid: which side of the body its axes run to."""

from itertools import permutations

import numpy as np

from vcore.model.grid import Grid

SIDES = ("left", "right", "posterior", "anterior", "inferior", "superior")
"""Names of the sides of a body as spelled in NRRD, opposite ones in pairs."""
UPPER, LOWER = "AS", "PI"
"""Letters of the sides drawn at the top and at the bottom of a picture."""


def ends(grid: Grid, space: object) -> tuple[str, str, str]:
    """Return the sides of the body at both ends of each axis of a grid.

    Parameters
    ----------
    space
        Coordinate space of the grid as spelled in NRRD, the sides that x, y and z run to
        ("right-anterior-superior"): ``Volume.attributes["space"]``.

    Returns
    -------
    tuple of str
        For z, y, x the letters at the first and the last voxel ("IS", "PA", "LR"), of oblique axes
        the nearest; "" for each if the space is not anatomical.
    """
    sides = space.lower().split("-") if isinstance(space, str) else []
    if sorted(SIDES.index(s) // 2 if s in SIDES else -1 for s in sides) != [0, 1, 2]:
        return "", "", ""
    found = [SIDES.index(side) for side in reversed(sides)]  # by z, y, x of the world
    matrix = np.asarray(grid.direction, float)
    if grid.coordinates is not None:
        matrix = np.diag([-1.0 if axis[0] > axis[-1] else 1.0 for axis in grid.coordinates])
    worlds = max(
        permutations(range(3)), key=lambda p: sum(abs(matrix[w, a]) for a, w in enumerate(p))
    )
    z, y, x = (_letters(found[w], matrix[w, a]) for a, w in enumerate(worlds))
    return z, y, x


def runs_up(letters: str) -> bool | None:
    """Return whether an axis with these letters of ``ends`` is drawn upward; None if it runs across
    the body, or is unknown."""
    last = letters[-1:]
    return last in UPPER if last and last in UPPER + LOWER else None


def _letters(side: int, along: float) -> str:
    """Return the letters at the start and end of an axis that runs to a side if ``along`` > 0."""
    last = side if along >= 0 else side ^ 1
    return "".join(SIDES[s][0].upper() for s in (last ^ 1, last))

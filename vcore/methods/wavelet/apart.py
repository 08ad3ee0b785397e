"""Slices coded apart: those along one axis that are unlike their neighbours (dead, noisy, foreign),
which the transform would smear into the slices around.

The coefficients describe a continuation of the content there; the slices themselves are frames of
one voxel along z, in a section of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from vcore.errors import FormatError
from vcore.model.pyramid import COARSEST
from vcore.model.regions import Region

SECTION = "apart"
"""Section of the slices, at level 0: they are not part of coarser levels."""

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Apart:
    """Slices of a frame that are coded apart.

    Parameters
    ----------
    axis
        Axis along which they lie: 0, 1 or 2 for z, y or x.
    slices
        Their indices, ascending; one slice of the frame at least is none of them.
    points
        Reconstruction points of their pyramids; see ``Tables``.
    """

    axis: int
    slices: tuple[int, ...]
    points: Sequence[Sequence[int]] = ()

    def state(self) -> dict[str, Any]:
        """Return the description as stored in the header."""
        return {"axis": self.axis, "slices": list(self.slices), "centroids": self.points}

    @classmethod
    def from_state(cls, state: Any, shape: Shape) -> Self:
        """Parse the description in a header, for a frame of ``shape``; ``points`` are not checked.

        Raises
        ------
        FormatError
            It is damaged.
        """
        found = state if isinstance(state, dict) else {}
        axis, slices, points = (found.get(key) for key in ("axis", "slices", "centroids"))
        if type(axis) is not int or not 0 <= axis <= 2:
            raise FormatError("Expected slices apart along an axis. The header is damaged.")
        if not (
            isinstance(slices, list | tuple)
            and 0 < len(slices) < shape[axis]
            and all(type(k) is int for k in slices)
            and all(a < b for a, b in zip((-1, *slices), (*slices, shape[axis]), strict=True))
        ):
            raise FormatError(
                f"Expected ascending numbers of slices apart, fewer than {shape[axis]}. The header "
                f"is damaged."
            )
        return cls(axis, tuple(slices), points if isinstance(points, list | tuple) else ())

    def frame(self, shape: Sequence[int]) -> Shape:
        """Return the shape of a slice as a frame, out of one of ``shape``."""
        rows, columns = (n for axis, n in enumerate(shape) if axis != self.axis)
        return 1, rows, columns

    def rows(self, shape: Sequence[int]) -> int:
        """Return the number of rows of ``points``: one for each level of more than one tile, and
        one for all others."""
        count, longest = 1, max(self.frame(shape))
        while longest > COARSEST:
            count, longest = count + 1, -(-longest // 2)
        return count

    def within(self, region: Region) -> list[tuple[int, int]]:
        """Return number and position of each slice within a region of level 0."""
        span = region[self.axis]
        return [
            (j, k - span.start) for j, k in enumerate(self.slices) if span.start <= k < span.stop
        ]

    def places(self, region: Region) -> tuple[Any, ...]:
        """Return the index of their voxels within an array of ``region``."""
        inside = np.array([at for _, at in self.within(region)], np.intp)
        return (slice(None),) * self.axis + (inside,)

"""What undoes the quantisation, beside the step: small tables that a file's header holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

SHIFTS, ROW = 3, 31
"""Integers of a group of levels: shifts of reconstruction points, and all with the taps."""
CENTROIDS, UNIT_TAPS = 64, 32
"""What they are parts of."""
CLASSES = 13
"""Of the activity around a voxel, an octave each; what lies below them is not filtered."""
FEATURES = 8
"""Of a voxel: differences from its neighbours, a tap of the filter each."""
REACH = 2
"""Voxels to either side that a filtered one depends on."""
FILTER_UNIT, LARGEST_TAP = 4096, 1 << 15
"""What the filter's taps are parts of, and what none of them exceeds."""


@dataclass(frozen=True)
class Tables:
    """Reconstruction points and filter.

    Parameters
    ----------
    points
        For the small levels together and then each finer one, what ``reconstruction`` takes.
    filter
        For each class of activity the taps of its filter in 1/FILTER_UNIT, or nothing for a class
        that has none; nothing at all where no class has.
    """

    points: Sequence[Sequence[int]]
    filter: Sequence[Sequence[int]] = ()

    def state(self) -> dict[str, Any]:
        """Return what the header holds."""
        return {"centroids": self.points, **({"filter": self.filter} if self.filter else {})}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], groups: int) -> Self:
        """Return the tables of a header; ``groups`` of levels have points.

        Raises
        ------
        FormatError
            The header is damaged.
        """
        points, taps = state.get("centroids"), state.get("filter")
        if points is None or not _is_table(points, groups, (SHIFTS, ROW), CENTROIDS):
            raise FormatError(
                "Expected a step and reconstruction points. The header is damaged: it lacks them."
            )
        if taps is not None and not _is_table(taps, CLASSES, (0, FEATURES), LARGEST_TAP):
            raise FormatError("Expected the taps of a filter. The header is damaged.")
        return cls(points, taps or ())

    def taps(self) -> NDArray[np.float64] | None:
        """Return the filter's taps of each class, of that below all first (which has none), as
        ``adaptive.filtered`` takes them; None where there is no filter."""
        if not self.filter:
            return None
        taps = np.zeros((CLASSES + 1, FEATURES))
        for row, values in zip(taps[1:], self.filter, strict=True):
            row[: len(values)] = values
        return taps / FILTER_UNIT


def limits_of(step: float) -> NDArray[np.float64]:
    """Return where the classes of activity begin: 1/64 of a step, each time twice as much."""
    limits: NDArray[np.float64] = step * np.exp2(np.arange(-6.0, CLASSES - 6))
    return limits


def _is_table(rows: Any, count: int, lengths: tuple[int, int], largest: int) -> bool:
    """Return whether ``rows`` are as many of integers of at most ``largest``."""
    return (
        isinstance(rows, list | tuple)
        and len(rows) == count
        and all(
            isinstance(row, list | tuple)
            and len(row) in lengths
            and all(type(v) is int and abs(v) <= largest for v in row)
            for row in rows
        )
    )

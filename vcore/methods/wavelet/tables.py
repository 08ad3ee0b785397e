"""Reconstruction tables stored in a file's header, which complement the quantiser step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

LIFT = (-1.586134342, -0.05298011854, 0.8829110762, 0.4435068522)
SCALE = 1.149604398
"""CDF 9/7 as lifting steps (Daubechies and Sweldens, Factoring Wavelet Transforms into Lifting
Steps, 1998, section 7.7), scaled so that a quantiser step contributes the same error in all
bands."""
SHIFTS, ROW = 3, 31
"""Length of a table row per group of levels: reconstruction point shifts only, or with the taps."""
CENTROIDS, UNIT_TAPS = 64, 32
"""Denominators of the shifts (in steps) and of the taps."""
CLASSES = 13
"""Activity classes of the level 0 filter, one per octave; voxels below all are not filtered."""
FEATURES = 8
"""Features per voxel, each with one filter tap: differences to its neighbours."""
REACH = 2
"""Reach of the filter in voxels to either side."""
FILTER_UNIT, MAX_TAP = 4096, 1 << 15
"""Denominator of the filter's taps, and their largest magnitude."""


@dataclass(frozen=True)
class Tables:
    """Reconstruction points and filter.

    Parameters
    ----------
    points
        One row for all small levels, then one per finer level; see ``reconstruction``.
    filter
        Filter taps per activity class in 1/FILTER_UNIT, empty for classes without filter; empty
        altogether if no class has one.
    """

    points: Sequence[Sequence[int]]
    filter: Sequence[Sequence[int]] = ()

    def state(self) -> dict[str, Any]:
        """Return the tables as stored in the header."""
        return {"centroids": self.points, **({"filter": self.filter} if self.filter else {})}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], groups: int) -> Self:
        """Parse the tables of a header with ``groups`` groups of levels.

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
        if taps is not None and not _is_table(taps, CLASSES, (0, FEATURES), MAX_TAP):
            raise FormatError("Expected the taps of a filter. The header is damaged.")
        return cls(points, taps or ())

    def taps(self) -> NDArray[np.float64] | None:
        """Return the filter taps, (CLASSES + 1, FEATURES), as ``adaptive.filtered`` takes them
        (zeros for class 0, below all limits); None without a filter."""
        if not self.filter:
            return None
        taps = np.zeros((CLASSES + 1, FEATURES))
        for row, values in zip(taps[1:], self.filter, strict=True):
            row[: len(values)] = values
        return taps / FILTER_UNIT


def limits_of(step: float) -> NDArray[np.float64]:
    """Return the lower limits of the activity classes: step / 64, doubling for each class."""
    limits: NDArray[np.float64] = step * np.exp2(np.arange(-6.0, CLASSES - 6))
    return limits


def _is_table(rows: Any, count: int, lengths: tuple[int, int], largest: int) -> bool:
    """Return whether ``rows`` has ``count`` rows of integers of at most ``largest``."""
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

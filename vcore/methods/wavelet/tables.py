"""Reconstruction tables stored in a file's header, which complement the quantiser step."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.prediction import prediction_of
from vcore.methods.wavelet.restoration import ACTIVITIES, HALVES, taps_of
from vcore.methods.wavelet.stream import small_level

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
LEVELS, LEAST_OWN = 3, 2
"""Number of levels whose details may be predicted, the finest ones, if they have a row of their
own; and of those that then have one at least."""
SHARES, MAX_PREDICTION = 50, 1 << 20
"""Unit of the share that is prediction alone: one byte of a chunk. Limit of what is stored."""
REACH = 2
"""Reach of the filter in voxels to either side."""
FILTER_UNIT, MAX_TAP = 4096, 1 << 15
"""Denominator of the filter's taps, and their largest magnitude."""


@dataclass(frozen=True)
class Tables:
    """Reconstruction points, filter, prediction, restoration, background and slices apart.

    Parameters
    ----------
    points
        One row for all coarse levels, then one per finer level; see ``reconstruction``.
    filter
        Filter taps per activity class in 1/FILTER_UNIT, empty for classes without filter; empty
        altogether if no class has one.
    prediction
        Number of the weights that predict details times 2**LEVELS plus the levels for which they
        do, as bits; and the share in 1/SHARES of these levels' energy that is prediction alone (of
        coefficients whose integer is 0); empty if details are not predicted.
    background
        Value of the background, in data units; None without one.
    apart
        Slices coded apart; None without any.
    restoration
        Number of the taps that restore level 0, and the halves of their change that are applied, by
        class of activity; empty if nothing is restored. See ``restoration``.
    """

    points: Sequence[Sequence[int]]
    filter: Sequence[Sequence[int]] = ()
    prediction: Sequence[int] = ()
    background: float | None = None
    apart: Apart | None = None
    restoration: Sequence[int] = ()

    def state(self) -> dict[str, Any]:
        """Return the tables as stored in the header."""
        state: dict[str, Any] = {"centroids": self.points}
        if self.filter:
            state["filter"] = self.filter
        if self.prediction:
            state["prediction"] = self.prediction
        if self.background is not None:
            state["background"] = self.background
        if self.apart is not None:
            state["apart"] = self.apart.state()
        if any(self.restoration[1:]):
            state["restoration"] = self.restoration
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any], shapes: Sequence[tuple[int, int, int]]) -> Self:
        """Parse the tables of a header for levels of ``shapes``, down to one voxel.

        Raises
        ------
        FormatError
            The header is damaged.
        """
        points, taps = state.get("centroids"), state.get("filter")
        prediction = state.get("prediction", ())
        if "prediction" in state and not (
            _is_table([prediction], 1, (2, 2), MAX_PREDICTION)
            and 0 <= prediction[0] % (1 << LEVELS) < 1 << own_rows(shapes, predicted=True)
            and prediction[0] >= 0
        ):
            raise FormatError("Expected a prediction of details. The header is damaged.")
        if prediction and prediction[0] % (1 << LEVELS):
            prediction_of(prediction[0] >> LEVELS)
        groups = own_rows(shapes, predicted=bool(prediction)) + 1
        if points is None or not _is_table(points, groups, (SHIFTS, ROW), CENTROIDS):
            raise FormatError(
                "Expected a step and reconstruction points. The header is damaged: it lacks them."
            )
        if taps is not None and not _is_table(taps, CLASSES, (0, FEATURES), MAX_TAP):
            raise FormatError("Expected the taps of a filter. The header is damaged.")
        restoration = state.get("restoration", ())
        if "restoration" in state:
            count = 1 + len(ACTIVITIES)
            good = _is_table([restoration], 1, (count, count), MAX_PREDICTION)
            if not good or not all(0 <= v < HALVES for v in restoration[1:]):
                raise FormatError("Expected a restoration. The header is damaged.")
            taps_of(restoration[0])
        background = state.get("background")
        if not (background is None or _is_finite(background)):
            raise FormatError("Expected a finite background. The header is damaged.")
        apart = None
        if "apart" in state:
            apart = Apart.from_state(state["apart"], shapes[0])
            rows = apart.rows(shapes[0])
            if not _is_table(apart.points, rows, (SHIFTS, ROW), CENTROIDS):
                raise FormatError(
                    f"Expected {rows} rows of reconstruction points of slices apart. The header is "
                    f"damaged."
                )
        return cls(points, taps or (), prediction, background, apart, restoration)

    def row(self, level: int) -> int:
        """Return the index of a level's row in ``points``."""
        return max(len(self.points) - 1 - level, 0)

    @property
    def weights(self) -> int:
        """Number of the weights that predict details."""
        return self.prediction[0] >> LEVELS

    def predicts(self, level: int) -> bool:
        """Return whether details of a level are predicted."""
        return level < LEVELS and bool(self.prediction) and bool(self.prediction[0] >> level & 1)

    def taps(self) -> NDArray[np.float64] | None:
        """Return the filter taps, (CLASSES + 1, FEATURES), as ``adaptive.filtered`` takes them
        (zeros for class 0, below all limits); None without a filter."""
        if not self.filter:
            return None
        taps = np.zeros((CLASSES + 1, FEATURES))
        for row, values in zip(taps[1:], self.filter, strict=True):
            row[: len(values)] = values
        return taps / FILTER_UNIT


def own_rows(shapes: Sequence[tuple[int, int, int]], *, predicted: bool) -> int:
    """Return how many of the finest levels have a row of their own: those of more than one tile,
    and LEAST_OWN if details are predicted, for which the coarser levels must be known."""
    count = small_level(shapes)
    return min(max(count, LEAST_OWN), len(shapes) - 1) if predicted else count


def limits_of(step: float) -> NDArray[np.float64]:
    """Return the lower limits of the activity classes: step / 64, doubling for each class."""
    limits: NDArray[np.float64] = step * np.exp2(np.arange(-6.0, CLASSES - 6))
    return limits


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


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

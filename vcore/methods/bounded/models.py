"""Models of a stream of method bounded in their initial state (docs/format.md, section 19).

Imports numba at module level: import it only inside the functions that code a stream.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.mixing import new_singles
from vcore.methods.bounded.decisions import BINS, CLASSES, CONTEXTS, NODES, SINGLES
from vcore.methods.bounded.mixture import new_counters, new_weights
from vcore.methods.bounded.prediction import FEATURES, FRAME_FEATURES, NEAR_FEATURES

Models = tuple[NDArray[Any], ...]
"""Counters, weights, single counters; then of each predictor: matrix, right side and taps of all
features, the same of the near ones, squared errors, and number of voxels."""


def new_models() -> Models:
    """Return models in their initial state."""
    # three predictors per class: inner voxels, and those at the low and at the high end of the axis
    fits, near = 3 * CLASSES, NEAR_FEATURES + 2 * FRAME_FEATURES
    return (
        new_counters(CONTEXTS * NODES),
        new_weights(NODES * (BINS + CLASSES)),
        new_singles(SINGLES),
        np.zeros((fits, FEATURES, FEATURES)),
        np.zeros((fits, FEATURES)),
        np.zeros((fits, FEATURES)),
        np.zeros((fits, near, near)),
        np.zeros((fits, near)),
        np.zeros((fits, near)),
        np.full((fits, 2), 1e-3),
        np.zeros(fits, np.int64),
    )

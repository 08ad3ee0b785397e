"""Choice of the frames between key frames of a series."""

import math

import numpy as np
from numpy.typing import NDArray

from vcore.methods.grids.pyramid import Pyramid

SHARE = 0.1
"""Share of the file's error that interpolated frames may have."""
LONGEST = 64
KEY_BYTES = 4096
"""Fewest bytes of a key frame of the presets with a network."""


def spacing_for(values: NDArray[np.float32], error: float) -> int:
    """Return the frames from one key frame to the next, a power of two.

    Parameters
    ----------
    values
        (frame, component, z, y, x)
    error
        Mean square error expected of the file.
    """
    spacing = 1
    while 2 * spacing <= min(len(values) - 1, LONGEST):
        if interpolation_error(values, 2 * spacing) > SHARE * error:
            break
        spacing *= 2
    return spacing


def interpolation_error(values: NDArray[np.float32], spacing: int) -> float:
    """Return the mean square error of frames interpolated between key frames."""
    pyramid = Pyramid((1, 1, 1), len(values), 1, spacing, 1)
    total = 0.0
    for frame, wanted in enumerate(values):
        pairs = pyramid.pair(frame)
        if len(pairs) > 1:
            found = sum(values[pyramid.key(k)] * weight for k, weight in pairs)
            total += float(np.square(found - wanted, dtype=np.float64).sum())
    return total / values.size


def spacing_within(frames: int, limit: int) -> int:
    """Return the frames between key frames that each get KEY_BYTES of ``limit``."""
    keys = min(max(limit // KEY_BYTES, 2), frames)
    return max(math.ceil((frames - 1) / (keys - 1)), 1) if frames > 1 else 1

"""Statistics of a quantity, for transfer functions by default."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.render.frames import Frames

FRAMES = 5
"""Maximum number of frames looked at."""
VALUES = 1 << 20
"""Approximate maximum number of values per frame that percentiles are taken of."""
TOP = 99.9
"""Percentile that ends the default ranges."""
BINS = 256


@dataclass(frozen=True)
class Statistics:
    """Statistics of the finite values of some frames.

    Parameters
    ----------
    low, high
        Smallest and largest value.
    bottom, top
        Percentiles 100 - ``TOP`` and ``TOP``.
    threshold
        Value that best separates background and foreground (Otsu 1979).
    """

    low: float
    high: float
    bottom: float
    top: float
    threshold: float


def statistics(frames: Frames, indices: Sequence[int]) -> Statistics:
    """Return the statistics of up to ``FRAMES`` of the frames.

    Raises
    ------
    InputError
        There is no finite value.
    """
    chosen = np.unique(np.linspace(0, len(indices) - 1, FRAMES).round().astype(int))
    lows, highs, samples = [], [], []
    for i in chosen:
        values = frames.read(indices[i]).ravel()
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        if values.size:
            lows.append(float(values.min()))
            highs.append(float(values.max()))
            samples.append(values[:: max(values.size // VALUES, 1)].astype(np.float64))
    if not samples:
        raise InputError(
            f"Expected finite values of {frames.quantity.name!r}. Got none in frames "
            f"{', '.join(str(indices[i]) for i in chosen)} instead."
        )
    sample = np.concatenate(samples)
    bottom, top = (float(v) for v in np.percentile(sample, [100 - TOP, TOP]))
    threshold = otsu(sample.clip(bottom, top))
    less = (min(lows), max(highs), bottom, top, threshold)
    return Statistics(*(value + frames.offset for value in less))


def otsu(sample: NDArray[np.float64]) -> float:
    """Return the threshold with the largest variance between the classes it separates."""
    counts, edges = np.histogram(sample, BINS)
    centres = (edges[:-1] + edges[1:]) / 2
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * centres).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return float(edges[1:][np.nan_to_num(between).argmax()])

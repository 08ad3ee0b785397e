"""Measures of the contract suites: errors, tolerances, regions, and what progress tells."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.model.context import Context

SAME = 1e-5
"""Share of the data range by which an inexact decoder may differ from itself."""


def tolerance(decoder: LevelsDecoder) -> float:
    """Return how far two decodings of the same voxel may lie apart, in data units."""
    low, high = map(float, decoder.header.range)
    if decoder.exact:
        return 0.0
    if decoder.dtype.kind != "f":
        return 1.0
    rounding = 2 * max(abs(low), abs(high)) * float(np.finfo(decoder.dtype).eps)
    return SAME * (high - low) + rounding


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Return the largest difference; missing values must be missing in both."""
    a, b = a.astype("f8"), b.astype("f8")
    assert a.shape == b.shape
    here = np.isfinite(a)
    assert np.array_equal(a[~here], b[~here], equal_nan=True)
    return float(np.abs(a[here] - b[here]).max(initial=0))


def random_regions(shape: tuple[int, ...], count: int, seed: int = 0) -> list[tuple[slice, ...]]:
    """Return regions of an array of ``shape``, single voxels and the whole among them."""
    rng = np.random.default_rng(seed)
    found = [tuple(slice(0, n) for n in shape), tuple(slice(n - 1, n) for n in shape)]
    while len(found) < count:
        ends = [np.sort(rng.choice(n + 1, 2, replace=False)) for n in shape]
        found.append(tuple(slice(int(a), int(b)) for a, b in ends))
    return found


def figures(original: NDArray[Any], decoded: NDArray[Any]) -> tuple[float, float]:
    """Return the root mean square error and the largest error over the finite voxels."""
    here = np.isfinite(original.astype("f8"))
    error = decoded.astype("f8")[here] - original.astype("f8")[here]
    scale = np.abs(error).max(initial=0)  # squares of large errors overflow
    return float(scale * np.sqrt(np.mean((error / (scale or 1)) ** 2))), float(scale)


def fine_of(region: tuple[slice, ...], level: int) -> tuple[slice, ...]:
    """Return the voxels of level 0 whose boxes are ``region`` of ``level``."""
    return tuple(slice(s.start << level, s.stop << level) for s in region)


class Recorder:
    """A progress callback that remembers, and can cancel when a stage begins."""

    def __init__(self, cancel_at: str | None = None) -> None:
        self.calls: list[tuple[str, float]] = []
        self.cancel_at = cancel_at
        self.context = Context(progress=self, cancelled=threading.Event())

    def __call__(self, stage: str, share: float) -> None:
        self.calls.append((stage, share))
        if stage == self.cancel_at:
            self.context.cancelled.set()

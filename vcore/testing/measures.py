"""Measures for the contract suites: errors, tolerances, regions, recorded progress."""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.model.context import Context

SAME = 1e-5
"""Allowed difference between two decodings by an inexact decoder, as a fraction of the range."""


def tolerance(decoder: LevelsDecoder) -> float:
    """Return the allowed difference between two decodings of a voxel, in data units."""
    low, high = map(float, decoder.header.range)
    if decoder.exact:
        return 0.0
    if decoder.dtype.kind != "f":
        return 1.0
    rounding = 2 * max(abs(low), abs(high)) * float(np.finfo(decoder.dtype).eps)
    return SAME * (high - low) + rounding


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Return the maximum difference; missing values must be missing in both arrays."""
    a, b = a.astype("f8"), b.astype("f8")
    assert a.shape == b.shape
    here = np.isfinite(a)
    assert np.array_equal(a[~here], b[~here], equal_nan=True)
    return float(np.abs(a[here] - b[here]).max(initial=0))


def random_regions(shape: tuple[int, ...], count: int, seed: int = 0) -> list[tuple[slice, ...]]:
    """Return random regions of an array of ``shape``, including single voxels and the whole."""
    rng = np.random.default_rng(seed)
    found = [tuple(slice(0, n) for n in shape), tuple(slice(n - 1, n) for n in shape)]
    while len(found) < count:
        ends = [np.sort(rng.choice(n + 1, 2, replace=False)) for n in shape]
        found.append(tuple(slice(int(a), int(b)) for a, b in ends))
    return found


def figures(original: NDArray[Any], decoded: NDArray[Any]) -> tuple[float, float]:
    """Return the root mean square error and the maximum error over the finite voxels."""
    here = np.isfinite(original.astype("f8"))
    error = decoded.astype("f8")[here] - original.astype("f8")[here]
    scale = np.abs(error).max(initial=0)  # avoids overflow in the squares
    return float(scale * np.sqrt(np.mean((error / (scale or 1)) ** 2))), float(scale)


def fine_of(region: tuple[slice, ...], level: int) -> tuple[slice, ...]:
    """Return the level 0 voxels covered by ``region`` of ``level``."""
    return tuple(slice(s.start << level, s.stop << level) for s in region)


class Recorder:
    """Progress callback that records its calls and can cancel at the start of a stage."""

    def __init__(self, cancel_at: str | None = None) -> None:
        self.calls: list[tuple[str, float]] = []
        self.cancel_at = cancel_at
        self.context = Context(progress=self, cancelled=threading.Event())

    def __call__(self, stage: str, share: float) -> None:
        self.calls.append((stage, share))
        if stage == self.cancel_at:
            self.context.cancelled.set()

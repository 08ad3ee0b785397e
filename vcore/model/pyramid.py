"""Levels of detail: halving grids, and coarse levels for decoders that have none of their own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.grid import Grid
from vcore.model.regions import Region

COARSEST = 64
"""Levels halve the grid until no axis is longer than this."""
CHUNK = 64
"""Side in voxels of the chunks in which level 0 is decoded."""


def level_grids(grid: Grid, at_least: int = 1) -> tuple[Grid, ...]:
    """Return the grids of all levels: each halves every axis (rounded up) of the one before."""
    grids = [grid]
    while max(grids[-1].shape) > COARSEST or len(grids) < at_least:
        grids.append(grid.coarsened(factor_of(len(grids))))
    return tuple(grids)


def factor_of(level: int) -> tuple[int, int, int]:
    """Return how many voxels of level 0 lie along each axis of one of ``level``."""
    return (1 << level,) * 3


def box_mean(values: NDArray[Any], factor: Sequence[int]) -> NDArray[Any]:
    """Return the means over boxes of ``factor`` voxels along the last three axes; edge boxes
    are cut."""
    for axis, f in zip((-3, -2, -1), factor, strict=True):
        if f == 1:
            continue
        n = values.shape[axis]
        whole, rest = divmod(n, f)
        lead, tail = values.shape[: axis % values.ndim], values.shape[axis % values.ndim + 1 :]
        full = values[(..., slice(0, whole * f)) + (slice(None),) * len(tail)]
        means = full.reshape(*lead, whole, f, *tail).mean(axis=len(lead) + 1)
        if rest:
            edge = values[(..., slice(whole * f, n)) + (slice(None),) * len(tail)]
            means = np.concatenate([means, edge.mean(axis=len(lead), keepdims=True)], len(lead))
        values = means
    return values


def finer(region: Region, factor: int, shape: Sequence[int]) -> Region:
    """Return the voxels of a finer level of ``shape`` that the coarse ``region`` is the mean of."""
    lead = len(region) - 3
    return region[:lead] + tuple(
        slice(min(s.start * factor, n), min(s.stop * factor, n))
        for s, n in zip(region[lead:], shape, strict=True)
    )


def chunk_shape(grid: Grid, level: int, native: int) -> tuple[int, int, int]:
    """Return the chunk in which ``level`` is decoded when it is averaged from level ``native``.

    A chunk covers the same CHUNK**3 voxels of the native level, so that it costs the same.
    """
    side = max(CHUNK >> (level - native), 8)
    return tuple(min(side, n) for n in grid.shape)  # type: ignore[return-value]

"""Levels of detail: halved grids, and coarse levels for decoders without native ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.grid import Grid
from vcore.model.regions import Region

COARSEST = 64
"""Maximum axis length of the coarsest level; grids are halved until all axes fit."""
CHUNK = 64
"""Side in voxels of the chunks in which level 0 is decoded."""


def level_grids(grid: Grid, at_least: int = 1) -> tuple[Grid, ...]:
    """Return the grids of all levels; each halves every axis of the previous one, rounding up."""
    grids = [grid]
    while max(grids[-1].shape) > COARSEST or len(grids) < at_least:
        grids.append(grid.coarsened(factor_of(len(grids))))
    return tuple(grids)


def factor_of(level: int) -> tuple[int, int, int]:
    """Return the downsampling factor of ``level`` along each axis, relative to level 0."""
    return (1 << level,) * 3


def box_mean(values: NDArray[Any], factor: Sequence[int]) -> NDArray[Any]:
    """Return means over boxes of ``factor`` voxels along the last three axes, smaller at edges."""
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


def box_centres(count: int, factor: int, start: int, stop: int) -> NDArray[np.float64]:
    """Return the mean voxel index of boxes ``start:stop`` along an axis of ``count`` voxels."""
    first = np.arange(start, stop) * factor
    centres: NDArray[np.float64] = (first + np.minimum(first + factor, count) - 1) / 2.0
    return centres


def box_mode(values: NDArray[Any], factor: Sequence[int]) -> NDArray[Any]:
    """Return the most frequent value of each box of ``factor`` (1 or 2) voxels along the last three
    axes, the smallest of several; boxes at edges may be smaller."""
    # a voxel repeated beyond the edge counts twice in a box where all others do, too
    lead = [(0, 0)] * (values.ndim - 3)
    rest = [(0, -n % f) for n, f in zip(values.shape[-3:], factor, strict=True)]
    padded = np.pad(values, lead + rest, mode="edge")
    steps = [slice(None)] * (values.ndim - 3)
    shifts = (
        tuple(slice(i, None, f) for i, f in zip(at, factor, strict=True))
        for at in np.ndindex(*factor)
    )
    boxes = np.sort(np.stack([padded[(*steps, *shift)] for shift in shifts]), axis=0)
    counts = np.zeros(boxes.shape, np.uint8)
    for value in boxes:
        counts += boxes == value
    most = counts.argmax(axis=0)[np.newaxis]
    return np.asarray(np.take_along_axis(boxes, most, axis=0)[0])


def finer(region: Region, factor: int, shape: Sequence[int]) -> Region:
    """Return the region of a finer level of ``shape`` that the coarse ``region`` averages."""
    lead = len(region) - 3
    return region[:lead] + tuple(
        slice(min(s.start * factor, n), min(s.stop * factor, n))
        for s, n in zip(region[lead:], shape, strict=True)
    )


def chunk_shape(grid: Grid, level: int, native: int) -> tuple[int, int, int]:
    """Return the chunk shape in which ``level`` is decoded when averaged from level ``native``.

    A chunk covers CHUNK**3 voxels of the native level at any level, for constant cost.
    """
    side = max(CHUNK >> (level - native), 8)
    return tuple(min(side, n) for n in grid.shape)  # type: ignore[return-value]

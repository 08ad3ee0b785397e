"""Bounding boxes of Zarr's selections within a chunk."""

from typing import Any

import numpy as np

from vcore.model.regions import Region, whole


def box_of(selection: Any, shape: tuple[int, ...]) -> tuple[Region, Any]:
    """Return the bounding box of a selection, and the selection relative to this box.

    Parameters
    ----------
    selection
        Slices, integers and arrays of integers or booleans, one per axis, as in NumPy indexing.
    """
    parts = selection if isinstance(selection, tuple) else (selection,)
    if len(parts) != len(shape):
        return whole(shape), selection
    box: list[slice] = []
    inside: list[Any] = []
    for part, n in zip(parts, shape, strict=True):
        if isinstance(part, slice):
            places = range(*part.indices(n))
            if not places or places.step < 0:
                return whole(shape), selection
            first, last = places[0], places[-1]
            inside.append(slice(0, last - first + 1, places.step))
        elif isinstance(part, int | np.integer):
            first = last = int(part)
            inside.append(0)
        else:
            array = np.asarray(part)
            if array.dtype == bool or array.size == 0 or array.min() < 0:
                return whole(shape), selection
            first, last = int(array.min()), int(array.max())
            inside.append(array - first)
        box.append(slice(first, last + 1))
    return tuple(box), tuple(inside)


def extent_of(selection: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape of a selection that is a box at the chunk's origin, None for others."""
    parts = selection if isinstance(selection, tuple) else (selection,)
    if len(parts) != len(shape) or not all(isinstance(p, slice) for p in parts):
        return None
    spans = [p.indices(n) for p, n in zip(parts, shape, strict=True)]
    if any(start != 0 or step != 1 or stop < 1 for start, stop, step in spans):
        return None
    return tuple(stop for _, stop, _ in spans)

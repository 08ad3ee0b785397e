"""Arrays beside the volumes of a series: joined along time, or the same in every file."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.lazy import CallbackArray
from vcore.model.regions import Region
from vcore.model.volume import CarriedArray, Volume

logger = logging.getLogger(__name__)

COMPARED_VALUES = 1 << 16
"""Maximum size of an array without time axis that is compared between files, in values."""


def joined(paths: Sequence[str], frames: Sequence[Volume], time: str) -> tuple[CarriedArray, ...]:
    """Return the carried arrays of all frames.

    Arrays along ``time`` are concatenated, one step per file; so are others that differ between
    files, as in ``xarray.concat``. Times themselves belong to the grid.

    Parameters
    ----------
    paths
        The files.
    frames
        Their volumes, of one time step each.
    time
        Name of the dimension of time.
    """
    names = {a.name for a in frames[0].carried}
    for path, frame in zip(paths, frames, strict=True):
        if others := sorted({a.name for a in frame.carried} - names):
            logger.warning("%s: only here, dropped from the series: %s", path, ", ".join(others))
    found = []
    for array in frames[0].carried:
        same = [_named(frame, array) for frame in frames]
        if array.name == time:
            continue
        if None in same:
            logger.warning("%s is not in every file of the series; dropped it", array.name)
            continue
        arrays = [a for a in same if a is not None]
        if array.dims[:1] == (time,):
            found.append(replace(array, data=_concatenated(arrays, drop=True)))
        elif _differ(paths[0], arrays):
            dims = (time, *array.dims)
            found.append(replace(array, data=_concatenated(arrays, drop=False), dims=dims))
        else:
            found.append(array)
    return tuple(found)


def _named(frame: Volume, array: CarriedArray) -> CarriedArray | None:
    """Return a frame's array of the same name, dimensions and type."""
    alike = (a for a in frame.carried if a.name == array.name and a.dims == array.dims)
    return next((a for a in alike if (a.shape, a.dtype) == (array.shape, array.dtype)), None)


def _differ(path: str, arrays: Sequence[CarriedArray]) -> bool:
    first = arrays[0]
    if first.size > COMPARED_VALUES:
        logger.warning("%s: %s is assumed to be the same in every file", path, first.name)
        return False
    values = first.read()
    exact = values.dtype.kind in "fc"
    return any(not np.array_equal(values, other.read(), equal_nan=exact) for other in arrays[1:])


def _concatenated(arrays: Sequence[CarriedArray], *, drop: bool) -> CallbackArray:
    """Concatenate arrays along their first axis, or stack them along a new one without ``drop``."""

    def fetch(region: Region) -> NDArray[Any]:
        steps = range(region[0].start, region[0].stop)
        inside = (slice(0, 1), *region[1:]) if drop else region[1:]
        read = [np.asarray(arrays[k].data[inside]) for k in steps]
        return np.concatenate(read) if drop else np.stack(read)

    shape = arrays[0].shape[1:] if drop else arrays[0].shape
    return CallbackArray((len(arrays), *shape), arrays[0].dtype, fetch)

"""Arrays beside the volumes of a series: joined along time, or the same in every file."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vcore.errors import InputError
from vcore.io.lazy import Concatenated, Stacked
from vcore.model.volume import CarriedArray, Variable, Volume

logger = logging.getLogger(__name__)

COMPARED_VALUES = 1 << 16
"""Maximum size of an array without time axis that is compared between files, in values."""


def joined(
    paths: Sequence[str], frames: Sequence[Volume], steps: Sequence[int], time: str
) -> tuple[CarriedArray, ...]:
    """Return the carried arrays of all files.

    Arrays along ``time`` are concatenated; in files of one step each, so are others that differ
    between files, as in ``xarray.concat``. Times themselves belong to the grid.

    Parameters
    ----------
    paths
        The files.
    frames
        Their volumes.
    steps
        Number of time steps in each.
    time
        Name of the dimension of time.
    """
    names = {a.name for a in frames[0].carried}
    for path, frame in zip(paths, frames, strict=True):
        if others := sorted({a.name for a in frame.carried} - names):
            logger.warning("%s: only here, dropped from the series: %s", path, ", ".join(others))
    found = []
    for array in frames[0].carried:
        same = [_named(frame, array, time) for frame in frames]
        if array.name == time:
            continue
        if None in same:
            logger.warning("%s is not in every file of the series; dropped it", array.name)
            continue
        arrays = [a for a in same if a is not None]
        if array.dims[:1] == (time,):
            if [a.shape[0] for a in arrays] == list(steps):
                found.append(replace(array, data=Concatenated([a.data for a in arrays])))
            else:
                logger.warning("%s has not every time step; dropped it", array.name)
        elif not _differ(paths[0], arrays):
            found.append(array)
        elif max(steps) > 1:
            logger.warning("%s differs between the files of the series; dropped it", array.name)
        else:
            dims = (time, *array.dims)
            found.append(replace(array, data=Stacked([a.data for a in arrays]), dims=dims))
    return tuple(found)


def check_same(paths: Sequence[str], variables: Sequence[Variable]) -> None:
    """Refuse variables without time that differ between files; warn if too large to be compared.

    Raises
    ------
    InputError
        The values differ.
    """
    if _differ(paths[0], variables):
        raise InputError(
            f"Expected the values of {variables[0].name!r}, which has no time, to be the same in "
            f"every file of a series. Got others in a file after {paths[0]} instead: leave it out "
            f"with `exclude`."
        )


def _named(frame: Volume, array: CarriedArray, time: str) -> CarriedArray | None:
    """Return a file's array of the same name, dimensions and type, of any length along time."""

    def described(one: CarriedArray) -> tuple[object, ...]:
        first = 1 if one.dims[:1] == (time,) else 0
        return one.name, one.dims, one.shape[first:], one.dtype

    return next((a for a in frame.carried if described(a) == described(array)), None)


def _differ(path: str, arrays: Sequence[CarriedArray] | Sequence[Variable]) -> bool:
    first = arrays[0]
    if first.size > COMPARED_VALUES:
        logger.warning("%s: %s is assumed to be the same in every file", path, first.name)
        return False
    values = first.read()
    exact = values.dtype.kind in "fc"
    return any(not np.array_equal(values, other.read(), equal_nan=exact) for other in arrays[1:])

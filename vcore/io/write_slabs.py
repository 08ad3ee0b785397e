"""Writing a variable's values to a stream, slab by slab."""

import sys
from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.axes import SourceArray
from vcore.model.regions import slabs
from vcore.model.volume import Variable, Volume

Tick = Callable[[int], None]
"""Callback with the number of values just written; may raise to cancel."""

SLAB_VOXELS = 1 << 24
"""Maximum number of values read at a time: thick slabs, as each slab decodes its chunks anew."""


def only_variable(volume: Volume, kind: str) -> Variable:
    """Return the only variable of ``volume``; raise InputError if it has several."""
    if len(volume.variables) > 1:
        raise InputError(
            f"Expected one variable for {kind}. Got {', '.join(v.name for v in volume.variables)} "
            f"instead: choose one with `variable`, or volume.select([name])."
        )
    return volume.variables[0]


def write_values(file: BinaryIO, variable: Variable, tick: Tick) -> None:
    """Write the values of ``variable`` in C order, little-endian."""
    _write(file, (variable.read(r) for r in variable.slabs(voxels=SLAB_VOXELS)), tick)


def write_source_values(file: BinaryIO, variable: Variable, tick: Tick) -> None:
    """Write the values of ``variable`` along the axes of its source in C order, little-endian."""
    if variable.axis_map.is_ordered:
        write_values(file, variable, tick)
        return
    array = SourceArray(variable.data, variable.axis_map)
    shape = (1,) * (3 - array.ndim) + array.shape
    regions = (region[-array.ndim :] for region in slabs(shape, 1, SLAB_VOXELS))
    parts = (np.ascontiguousarray(array[region], dtype=variable.dtype) for region in regions)
    _write(file, parts, tick)


def _write(file: BinaryIO, parts: Iterable[NDArray[Any]], tick: Tick) -> None:
    for values in parts:
        if sys.byteorder == "big":
            values = values.byteswap()
        file.write(values.data)
        tick(values.size)


def planes(variable: Variable, tick: Tick) -> Iterator[NDArray[Any]]:
    """Yield the y x planes of ``variable`` in C order."""
    voxels = max(SLAB_VOXELS, prod(variable.shape[-2:]))
    for region in variable.slabs(voxels=voxels):
        values = variable.read(region)
        for plane in values.reshape(-1, *variable.shape[-2:]):
            yield plane
            tick(plane.size)

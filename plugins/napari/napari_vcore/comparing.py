"""Comparison of a compressed layer with its original: where the error is largest. No Qt."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.model.context import Context
from vcore.model.regions import Region, blocks

BLOCK = 64
"""Side in voxels of the blocks that are read: chunks of compressed layers."""


@dataclass(frozen=True)
class Worst:
    """The voxel with the largest error.

    Parameters
    ----------
    index
        Along the axes of the layers.
    original, decoded
        Its values.
    """

    index: tuple[int, ...]
    original: float
    decoded: float

    def text(self, axes: tuple[str, ...]) -> str:
        """Return one line with place and values."""
        place = ", ".join(f"{a} {i}" for a, i in zip(axes, self.index, strict=True))
        return (
            f"largest error {self.decoded - self.original:+.4g} at {place}: {self.original:.6g} "
            f"became {self.decoded:.6g}"
        )


def blocks_of(original: Any, decoded: Any) -> list[Region]:
    """Return the blocks in which two arrays are compared.

    Raises
    ------
    InputError
        The shapes differ.
    """
    shape = tuple(decoded.shape)
    if tuple(original.shape) != shape:
        raise InputError(
            f"Expected layers of one shape to compare. Got {tuple(original.shape)} and {shape} "
            f"instead: choose the original of the compressed layer."
        )
    sides = [BLOCK if axis >= len(shape) - 3 else 1 for axis in range(len(shape))]
    return list(blocks(shape, sides))


def worst_voxel(original: Any, decoded: Any, context: Context) -> Worst:
    """Return the voxel with the largest error, by block; missing values of the original are left
    out.

    Raises
    ------
    InputError
        The shapes differ, or no voxel has a value.
    """
    regions, shape = blocks_of(original, decoded), tuple(decoded.shape)
    worst, largest, done = None, -1.0, 0
    for region in regions:
        context.report("comparing", done / prod(shape))
        x, y = (np.asarray(a[region]).astype(np.float64) for a in (original, decoded))
        errors = np.where(np.isfinite(x), np.abs(y - x), -1.0)
        errors[np.isnan(errors)] = np.inf  # a value that became none
        done += x.size
        at = np.unravel_index(int(errors.argmax()), errors.shape)
        if errors[at] > largest:
            largest = float(errors[at])
            index = tuple(int(s.start + i) for s, i in zip(region, at, strict=True))
            worst = Worst(index, float(x[at]), float(y[at]))
    if worst is None:
        raise InputError("Expected values to compare. The original has none, only missing ones.")
    return worst

"""Regions: one ``slice`` per axis, with explicit non-negative bounds and step 1."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from operator import index
from typing import Any

from vcore.errors import RegionError

Region = tuple[slice, ...]
"""One slice per axis, in array order, ``0 <= start <= stop <= length``, step 1."""


def whole(shape: Sequence[int]) -> Region:
    """Return the region that covers an array of ``shape``."""
    return tuple(slice(0, n) for n in shape)


def shape_of(region: Region) -> tuple[int, ...]:
    """Return the shape of the array selected by ``region``."""
    return tuple(s.stop - s.start for s in region)


def normalise(region: Sequence[Any], shape: Sequence[int]) -> Region:
    """Return ``region`` with explicit bounds inside ``shape``.

    Missing leading axes, and those that ``...`` stands for, are selected whole. Negative bounds
    count from the end as in NumPy. An integer selects one plane and keeps the axis.

    Raises
    ------
    RegionError
        More axes than the array has, a step other than 1, bounds outside the array, or an element
        that is not a slice, an integer or None.
    """
    parts = list(region)
    dots = [place for place, part in enumerate(parts) if part is Ellipsis]
    if len(parts) - len(dots) > len(shape) or len(dots) > 1:
        raise RegionError(
            f"Expected a region of at most {len(shape)} axes for an array of shape "
            f"{tuple(shape)}. Got {len(parts)} axes instead."
        )
    at = dots[0] if dots else 0
    rest = [slice(None)] * (len(shape) - len(parts) + len(dots))
    full = [*parts[:at], *rest, *parts[at + len(dots) :]]
    return tuple(_bounds(s, n, axis) for axis, (s, n) in enumerate(zip(full, shape, strict=True)))


def _bounds(s: Any, n: int, axis: int) -> slice:
    if s is None:
        return slice(0, n)
    try:
        if not isinstance(s, slice):
            s = index(s)
            if not -n <= s < n:
                raise RegionError(
                    f"Expected an index in 0..{n - 1} on axis {axis}. Got {s} instead."
                )
            return slice(s % n, s % n + 1)
        step = 1 if s.step is None else index(s.step)
        start = 0 if s.start is None else index(s.start)
        stop = n if s.stop is None else index(s.stop)
    except TypeError:
        raise RegionError(
            f"Expected a slice or an integer for axis {axis} of a region. Got {s!r:.80} instead: "
            f"index the dataset itself with what NumPy takes."
        ) from None
    if step != 1:
        raise RegionError(
            f"Expected a region of step 1. Got step {step} on axis {axis} instead: index the "
            f"dataset itself, as in ds[::2]."
        )
    start, stop = (start + n if start < 0 else start), (stop + n if stop < 0 else stop)
    if not 0 <= start <= stop <= n:
        raise RegionError(
            f"Expected bounds within 0:{n} on axis {axis}. Got {s.start}:{s.stop} instead."
        )
    return slice(start, stop)


def blocks(shape: Sequence[int], block: Sequence[int]) -> Iterator[Region]:
    """Yield the regions of a regular tiling of ``shape`` in C order; edge blocks may be smaller."""
    starts = (range(0, n, b) for n, b in zip(shape, block, strict=True))
    for corner in product(*starts):
        yield tuple(slice(c, min(c + b, n)) for c, b, n in zip(corner, block, shape, strict=True))


def tiles_of(region: Region, tile: Sequence[int]) -> tuple[range, ...]:
    """Return the tile indices that ``region`` overlaps, for each axis."""
    return tuple(
        range(s.start // t, -(-s.stop // t)) if s.stop > s.start else range(0)
        for s, t in zip(region, tile, strict=True)
    )


def meeting(region: Region, corner: Sequence[int], shape: Sequence[int]) -> tuple[Region, Region]:
    """Return where a block of ``shape`` at ``corner`` meets ``region``: in an array of the region,
    and in one of the block; of length 0 along axes where they do not meet."""
    ends = [
        (max(s.start, o), max(min(s.stop, o + n), s.start, o))
        for s, o, n in zip(region, corner, shape, strict=True)
    ]
    here = tuple(slice(*pair) for pair in ends)
    return shifted(here, [s.start for s in region]), shifted(here, corner)


def shifted(region: Region, offset: Sequence[int]) -> Region:
    """Return ``region`` moved by ``-offset``: the same voxels in an array that starts there."""
    return tuple(slice(s.start - o, s.stop - o) for s, o in zip(region, offset, strict=True))


def slabs(shape: Sequence[int], multiple: int, voxels: int) -> Iterator[Region]:
    """Yield regions that partition an array of at least three axes; see ``Variable.slabs``."""
    *lead, nz, ny, nx = shape
    block = [-(-n // multiple) * multiple for n in (nz, ny, nx)]
    for axis in range(3):
        rest = prod([*block[:axis], *block[axis + 1 :]])
        if prod(block) > voxels:
            block[axis] = max(voxels // rest // multiple, 1) * multiple
    yield from blocks(shape, [1] * len(lead) + block)

"""Streams of the fast coder: one for the coarse levels of a frame, and one per finer tile, each
with contexts of its own."""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.wavelet.transform import Shape
from vcore.model.regions import Region, shape_of
from vcore.runtime import precompile as ahead

TILE = 64
"""Side of a tile in voxels of its level. A chunk of 64 voxels and the reach of the transform touch
at most three per axis; each costs some bytes until its contexts are adapted."""
HEAD = struct.Struct("<f")
"""Last low value of a frame, in front of the stream of its coarse levels."""

Integers = NDArray[Any]
"""Integers of a tile by band and position, (7, z, y, x)."""


def halved(shape: Sequence[int]) -> Shape:
    """Return the number of positions along z, y, x of the bands of a tile of ``shape``."""
    z, y, x = ((n + 1) // 2 for n in shape)
    return z, y, x


def parent_tile(where: Sequence[int], tile: Region, parent_side: int) -> tuple[Shape, Region]:
    """Return the tile of the next coarser level over ``tile``, by index, and the part of its
    positions over it.

    Parameters
    ----------
    where
        Index of the tile along z, y, x.
    parent_side
        Side of the tiles of the coarser level.
    """
    parents, part = [], []
    for s in tile:
        first, count = s.start // 4, -(-(s.stop - s.start) // 4)
        parents.append(2 * first // parent_side)
        inside = first - parents[-1] * parent_side // 2
        part.append(slice(inside, inside + count))
    z, y, x = parents
    return (z, y, x), tuple(part)


def magnitudes(parent: Integers | None, part: Region) -> NDArray[np.int32]:
    """Return the magnitudes of a part of a parent tile, clipped as contexts are; of zeros for
    None."""
    from vcore.methods.wavelet.contexts import MAX_MAGNITUDE

    if parent is None:
        return np.zeros((7, *shape_of(part)), np.int32)
    some = parent[(slice(None), *part)].astype(np.int32)
    found: NDArray[np.int32] = np.minimum(np.abs(some), MAX_MAGNITUDE)
    return found


def encoded(
    levels: Sequence[Integers], shapes: Sequence[Shape], parent: NDArray[np.int32] | None = None
) -> bytes:
    """Return the stream of a tile, or of the coarse levels from coarse to fine; empty if all are
    zero.

    Parameters
    ----------
    levels
        Integers of each level, int32.
    shapes
        Shapes of the levels.
    parent
        ``magnitudes`` of the level above the first; None for zeros.
    """
    from vcore.entropy import rangecoder
    from vcore.methods.wavelet.fast import loops

    if not any(level.any() for level in levels):
        return b""
    size = sum(level.size for level in levels) // 4 + 4 * loops.ROW_BYTES
    found = rangecoder.encoded(
        _levels, size, lambda: (levels, shapes, parent, rangecoder.new_contexts(loops.CONTEXTS))
    )
    return found or b"\0"


def decoded(
    data: bytes, shapes: Sequence[Shape], parent: NDArray[np.int32] | None = None
) -> list[Integers]:
    """Decode the levels of a stream, int32.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    from vcore.entropy import rangecoder
    from vcore.methods.wavelet.fast import loops

    ahead.wait("decode_fast")
    found: list[Integers] = [np.zeros((7, *halved(shape)), np.int32) for shape in shapes]
    source = np.frombuffer(bytearray(data), np.uint8)
    contexts = rangecoder.new_contexts(loops.CONTEXTS)
    if data and rangecoder.stream(
        _levels, rangecoder.DECODE, source, found, shapes, parent, contexts
    ):
        raise FormatError("Expected a stream of wavelet coefficients. The file is damaged.")
    return found


def _levels(
    encoding: Any,
    coder: NDArray[np.int64],
    data: NDArray[np.uint8],
    levels: Sequence[Integers],
    shapes: Sequence[Shape],
    parent: NDArray[np.int32] | None,
    contexts: NDArray[np.int32],
) -> bool:
    """Code the levels of a stream, each the parent of the next; see ``rangecoder.stream``."""
    from vcore.methods.wavelet.fast import loops

    for number, (values, shape) in enumerate(zip(levels, shapes, strict=True)):
        over = tuple(slice(0, (n + 1) // 2) for n in values.shape[1:])
        if number:
            parent = magnitudes(levels[number - 1], over)
        elif parent is None:
            parent = magnitudes(None, over)
        work = loops.work_of(values.shape)
        if not loops.code_tile(encoding, coder, data, shape, values, parent, contexts, work):
            return False
    return True


def compact(values: NDArray[np.int32]) -> Integers | None:
    """Return integers in 16 bits where these hold them; None if all are zero."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if not low and not high:
        return None
    return values.astype(np.int16) if low > -32768 and high < 32768 else values

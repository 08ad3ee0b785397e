"""Streams of quantised coefficients: one for the coarse levels of a component, and one per finer
tile, which starts from the coder state at the end of its level's primer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import pack_number
from vcore.entropy.rows import Bytes
from vcore.errors import FormatError
from vcore.model.pyramid import COARSEST
from vcore.model.regions import Region
from vcore.runtime import precompile as ahead

TILE = 44
"""Side of a tile in voxels of its level; a multiple of 4, so that its parents are whole blocks.
Smaller tiles cost bytes (40: 0.7 %, 32: 1.5 %, on shared volumes), larger ones more decoding per
region: a chunk of 64 voxels, 76 with the reach of the filters, touches at most three per axis."""
BASE, DETAILS = "coarse", "details"
"""Section names."""
SLOPES, WEIGHTS, PRIMERS, BACKGROUND = 1, 2, 4, 8
"""Flags of a stream head: the optional fields present in addition to the last low value."""
UNITY = 32768
"""Denominator of the integer component weights."""
MAX_COEFFICIENT_BYTES = 8
"""Upper bound on the coded bytes per coefficient."""

Integers = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StreamHead:
    """Header of the coarse levels of a frame or component.

    Parameters
    ----------
    low
        Last low value of the frame, relative to the data range, times the pyramid's gain.
    slopes
        Linear trend of the frame along z, y, x, in shares of the data range per voxel.
    weights
        Weight of the component in each frame of its group; None if no component follows, or the
        frame itself.
    primers
        Index of the primer of each finer level, coarse to fine: the tile whose final coder state
        initialises all other tiles of the level. Empty if all tiles are zero; a group with a basis
        uses those of its first unit.
    background
        Coded mask of the background of all frames; only in the first unit of all.
    """

    low: float
    slopes: Floats
    weights: Floats | None = None
    primers: tuple[int, ...] = ()
    background: bytes = b""

    def pack(self) -> bytes:
        """Return the head as bytes."""
        flags, parts = 0, [np.array(self.low, "<f4").tobytes()]
        if self.slopes.any():
            flags |= SLOPES
            parts.append(self.slopes.astype("<f4").tobytes())
        if self.weights is not None:
            flags |= WEIGHTS
            parts.append(np.rint(self.weights * UNITY).astype("<i2").tobytes())
        if self.primers:
            flags |= PRIMERS
            parts += map(pack_number, self.primers)
        if self.background:
            flags |= BACKGROUND
            parts += pack_number(len(self.background)), self.background
        return bytes([flags]) + b"".join(parts)

    @classmethod
    def unpack(cls, data: bytes, frames: int, tiles: Sequence[int]) -> tuple[Self, bytes]:
        """Parse the head of a unit in a group of ``frames``; return it and the stream behind it.

        ``tiles`` are the tile counts of the finer levels, coarse to fine.

        Raises
        ------
        FormatError
            The bytes are damaged.
        """
        known = SLOPES | WEIGHTS | BACKGROUND | (PRIMERS if tiles else 0)
        flags = data[0] if data else ~known
        kind = [("low", "<f4"), ("slopes", "<f4", 3 if flags & SLOPES else 0)]
        kind.append(("weights", "<i2", frames if flags & WEIGHTS else 0))
        layout = np.dtype(kind)
        if flags & ~known or len(data) <= layout.itemsize:
            raise FormatError("Expected the head of the coarse levels. The file is damaged.")
        row = np.frombuffer(data, layout, 1, 1)[0]
        low, slopes, weights = float(row["low"]), np.zeros(3), None
        if flags & SLOPES:
            slopes = row["slopes"].astype(np.float64)
        if flags & WEIGHTS:
            weights = row["weights"].astype(np.float64) / UNITY
        if not (np.isfinite(low) and np.isfinite(slopes).all()):
            raise FormatError("Expected a finite trend. The file is damaged.")
        rest = Bytes(data[1 + layout.itemsize :])
        primers = tuple(rest.number() for _ in tiles) if flags & PRIMERS else ()
        if any(position >= count for position, count in zip(primers, tiles, strict=False)):
            raise FormatError("Expected primers among the tiles. The file is damaged.")
        background = rest.take(rest.number()) if flags & BACKGROUND else b""
        return cls(low, slopes, weights, primers, background), rest.take(rest.left)


@dataclass(frozen=True)
class CoderState:
    """Adaptive state of the coder: counters, mixing weights, single counters."""

    counters: NDArray[np.uint32]
    weights: NDArray[np.int32]
    singles: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return self.counters.nbytes + self.weights.nbytes + self.singles.nbytes

    @classmethod
    def initial(cls) -> Self:
        """Return the initial state."""
        from vcore.entropy import mixing
        from vcore.methods.wavelet import loops

        return cls(
            mixing.new_counters(loops.CONTEXTS),
            mixing.new_weights(loops.SETS),
            mixing.new_singles(loops.SINGLES),
        )

    def copy(self) -> "CoderState":
        """Return an independent copy."""
        return CoderState(self.counters.copy(), self.weights.copy(), self.singles.copy())

    def for_next_stream(self) -> "CoderState":
        """Return a copy for another stream, in which counters adapt quickly again."""
        from vcore.entropy import mixing

        return CoderState(
            mixing.restarted_counters(self.counters), self.weights.copy(), self.singles.copy()
        )


class PreviousFrame:
    """Running magnitudes of a group's coded components, halved for each step back: context for the
    next component."""

    MAX_CONTEXT = 65535

    def __init__(self, shapes: Sequence[tuple[int, int, int]]) -> None:
        self._levels = [np.zeros(shape, np.int32) for shape in shapes]

    def add(self, levels: Sequence[Integers] | None) -> None:
        """Add the integers of the next component; None for zeros."""
        for k, seen in enumerate(self._levels):
            seen >>= 1
            if levels is not None:
                # 64 bits, as the magnitudes alone may take 31
                total = np.abs(levels[k].astype(np.int64)) + seen
                seen[...] = np.minimum(total, self.MAX_CONTEXT)

    def context(self) -> Integers:
        """Return the magnitude at each coefficient and the sum over its six neighbours in the band,
        (2, coefficients) over all levels."""
        return np.stack(
            [
                np.concatenate([seen.ravel() for seen in self._levels]),
                np.concatenate([_beside(seen).ravel() for seen in self._levels]),
            ]
        )


def _beside(seen: Integers) -> Integers:
    """Return the sum of the six neighbours in the same band, at a distance of two."""
    out = np.zeros_like(seen)
    for axis in range(3):
        front, back = [slice(None)] * 3, [slice(None)] * 3
        front[axis], back[axis] = slice(2, None), slice(None, -2)
        out[tuple(front)] += seen[tuple(back)]
        out[tuple(back)] += seen[tuple(front)]
    return out


NO_PREVIOUS = np.zeros((2, 0), np.int32)


def group_of(unit: int, frames: Sequence[int], group: int, *, timed: bool) -> tuple[int, ...]:
    """Return the units (indices over ``frames``, in C order) of a unit's group: up to ``group``
    successive ones along the first axis if that is time, otherwise the unit alone."""
    if not timed:
        return (unit,)
    step = math.prod(frames[1:])
    first = unit // step // group * group
    return tuple(t * step + unit % step for t in range(first, min(first + group, frames[0])))


def coarse_levels(shapes: Sequence[tuple[int, int, int]]) -> int:
    """Return the finest level in the common stream of a frame's coarse levels; it gives a preview
    with a single read, except for small volumes, which are one stream altogether."""
    if max(shapes[0]) <= COARSEST:
        return 0
    return next(k for k, shape in enumerate(shapes) if max(shape) <= COARSEST // 2)


def small_level(shapes: Sequence[tuple[int, int, int]]) -> int:
    """Return the finest level that is at most one tile; it shares its reconstruction points with
    all coarser levels."""
    return next(k for k, shape in enumerate(shapes) if max(shape) <= COARSEST)


def tile_side(shape: Sequence[int]) -> int:
    """Return the tile side of a level; a small level is a single tile."""
    return TILE if max(shape) > COARSEST else COARSEST


def encoded(
    levels: Sequence[Integers],
    parent: Integers,
    state: CoderState,
    before: Integers = NO_PREVIOUS,
) -> bytes:
    """Return the stream of ``levels``, coarse to fine, updating ``state``; empty if all are 0."""
    from vcore.entropy import rangecoder
    from vcore.methods.wavelet import loops

    if not any(level.any() for level in levels):
        return b""
    size = MAX_COEFFICIENT_BYTES * sum(level.size for level in levels) + 4 * loops.ROOM
    out = np.empty(size, np.uint8)
    found = [np.ascontiguousarray(level) for level in levels]
    length = rangecoder.stream(_levels, rangecoder.ENCODE, out, found, parent, state, before)
    return out[1:length].tobytes().rstrip(b"\0") or b"\0"


def decoded(
    data: bytes,
    shapes: Sequence[tuple[int, int, int]],
    parent: Integers,
    state: CoderState,
    before: Integers = NO_PREVIOUS,
) -> list[Integers]:
    """Decode the levels of a stream, updating ``state``.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    from vcore.entropy import rangecoder

    ahead.wait("decode_integers")
    found = [np.zeros(shape, np.int32) for shape in shapes]
    out = np.frombuffer(bytearray(data), np.uint8)
    if data and rangecoder.stream(_levels, rangecoder.DECODE, out, found, parent, state, before):
        raise FormatError("Expected a stream of wavelet coefficients. The file is damaged.")
    return found


def _levels(
    encoding: Any,
    coder: NDArray[np.int64],
    data: NDArray[np.uint8],
    levels: Sequence[Integers],
    parent: Integers,
    state: CoderState,
    before: Integers,
) -> bool:
    """Code the levels of a stream, each the parent of the next; see ``rangecoder.stream``."""
    from vcore.methods.wavelet.bands import code_level

    first, learned = 0, (state.counters, state.weights, state.singles)
    for values in levels:
        context = before[:, first : first + values.size] if before.size else before
        if not code_level(encoding, coder, data, values, parent, context, learned):
            return False
        parent, first = values, first + values.size
    return True


def coarser(region: Region) -> Region:
    """Return the region of the next coarser level that covers ``region``."""
    return tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in region)


def parent_of(values: Integers, tile: Region) -> Integers:
    """Return the coarser level's integers over ``tile``."""
    return np.ascontiguousarray(values[coarser(tile)])


NO_PARENT = np.zeros((1, 1, 1), np.int32)

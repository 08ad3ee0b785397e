"""Streams of quantised coefficients: the coarse levels of a frame in one, each finer tile in
its own, which goes on from what the coarse levels taught the coder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.pyramid import COARSEST
from vcore.regions import Region

TILE = 64
"""Voxels of its level along a side of a tile: even, and twice what its parents span."""
BASE, DETAILS = "coarse", "details"
"""Names of the sections."""
HEAD = np.dtype([("low", "<f4"), ("trend", "<f4", 4)])
"""What stands in front of a frame's coarse levels."""
LARGEST_UNIT = 8
"""Bytes a coefficient that no stream exceeds."""

Integers = NDArray[np.int32]


@dataclass(frozen=True)
class Learned:
    """What a coder has learnt: counters, mixing weights, single counters."""

    counters: NDArray[np.uint32]
    weights: NDArray[np.int32]
    singles: NDArray[np.int32]

    @classmethod
    def nothing(cls) -> Self:
        """Return the first state."""
        from vcore.entropy import mixing
        from vcore.methods.wavelet import loops

        return cls(
            mixing.new_counters(loops.STEPS * loops.SLOTS),
            mixing.new_weights(loops.SETS),
            mixing.new_singles(loops.SINGLES),
        )

    def again(self) -> "Learned":
        """Return a copy for another stream."""
        from vcore.entropy import mixing

        return Learned(mixing.restarted(self.counters), self.weights.copy(), self.singles.copy())


def coarse_levels(shapes: Sequence[tuple[int, int, int]]) -> int:
    """Return the first level of which, and of all coarser ones, a frame has one stream."""
    return next(k for k, shape in enumerate(shapes) if max(shape) <= COARSEST)


def encoded(levels: Sequence[Integers], parent: Integers, state: Learned) -> bytes:
    """Return the stream of ``levels``, coarse to fine; ``state`` learns. Empty where all are 0."""
    from vcore.methods.wavelet import loops

    if not any(level.any() for level in levels):
        return b""
    q, starts, shapes = _flat([level.shape for level in levels])
    np.concatenate([level.ravel() for level in levels], out=q)
    out = np.empty(LARGEST_UNIT * q.size + 4 * loops.ROOM, np.uint8)
    length = loops.code_levels(
        True, out, q, starts, shapes, parent, state.counters, state.weights, state.singles
    )
    return out[1:length].tobytes().rstrip(b"\0") or b"\0"


def decoded(
    data: bytes, shapes: Sequence[tuple[int, int, int]], parent: Integers, state: Learned
) -> list[Integers]:
    """Return the levels of a stream; ``state`` learns.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    from vcore.methods.wavelet import loops

    q, starts, sizes = _flat(shapes)
    if data and loops.code_levels(
        False,
        np.frombuffer(bytearray(data), np.uint8),
        q,
        starts,
        sizes,
        parent,
        state.counters,
        state.weights,
        state.singles,
    ):
        raise FormatError("Expected a stream of wavelet coefficients. The file is damaged.")
    return [
        q[start : start + int(np.prod(shape))].reshape(shape)
        for start, shape in zip(starts, shapes, strict=True)
    ]


def _flat(shapes: Sequence[Sequence[int]]) -> tuple[Integers, NDArray[Any], NDArray[Any]]:
    sizes = np.array(shapes, np.int64).reshape(-1, 3)
    ends = np.cumsum(sizes.prod(1))
    total = int(ends[-1]) if len(ends) else 0
    return np.zeros(total, np.int32), ends - sizes.prod(1), sizes


def parent_of(values: Integers, tile: Region) -> Integers:
    """Return the part of the coarser level's integers that lies over ``tile``."""
    return np.ascontiguousarray(values[tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in tile)])


NO_PARENT = np.zeros((1, 1, 1), np.int32)

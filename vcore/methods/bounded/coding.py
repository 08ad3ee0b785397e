"""A tile of a group of frames as bytes, and back."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, FormatError

Integers = NDArray[np.int64]
LIMIT = 1 << 48
"""Largest magnitude of an integer that is coded."""


def frame_order(frames: int) -> Integers:
    """Return, in coding order, each frame and the coded frames nearest before and behind it.

    The first, then the last, then always the middle of what lies between; -1 stands for none.
    """
    rows = [(0, -1, -1)]
    if frames > 1:
        rows.append((frames - 1, 0, -1))
    gaps = [(0, frames - 1)]
    while gaps:
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            rows.append((middle, low, high))
            gaps += [(low, middle), (middle, high)]
    return np.array(rows, np.int64)


def encode_tile(values: Integers, step: int) -> tuple[bytes, Integers]:
    """Return the bytes of ``values`` (frames, z, y, x), and what they decode to.

    Every voxel decodes to within ``step // 2``, with an odd ``step``.

    Raises
    ------
    BudgetError
        The values are too large.
    """
    if np.abs(values).max() >= LIMIT:
        raise BudgetError(
            "Expected an error bound nearer to the data range: it would take more than 2**48 "
            "steps. Choose a larger bound."
        )
    if not values.any():
        return b"", values
    from vcore.entropy import rangecoder
    from vcore.methods.bounded import loops

    capacity = 4096 + values.size
    while True:
        found = np.ascontiguousarray(values, np.int64).copy()
        out = np.zeros(capacity, np.uint8)
        fresh = _fresh()
        order = frame_order(len(values))
        length = rangecoder.stream(loops.code, rangecoder.ENCODE, out, found, order, step, *fresh)
        if length >= 0:
            return out[1:length].tobytes().rstrip(b"\0") or b"\0", found
        capacity = capacity * 2 + loops.ROOM * values.shape[-1]


def decode_tile(data: bytes, shape: tuple[int, int, int, int], step: int) -> Integers:
    """Return the integers, int64 of ``shape``, that ``encode_tile`` coded with ``step``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    found = np.zeros(shape, np.int64)
    if not data:
        return found
    from vcore.entropy import rangecoder
    from vcore.methods.bounded import loops

    fresh = _fresh()
    stream = np.frombuffer(data, np.uint8).copy()
    order = frame_order(shape[0])
    if rangecoder.stream(loops.code, rangecoder.DECODE, stream, found, order, step, *fresh):
        raise FormatError(
            "A coded stream is damaged: it ends too early or holds an impossible value."
        )
    return found


def _fresh() -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return what a stream begins with: counters, weights, single counters."""
    from vcore.entropy.mixing import new_singles
    from vcore.methods.bounded import decisions, mixture

    sets = decisions.NODES * (decisions.BINS + decisions.CLASSES)
    counters = mixture.new_counters(decisions.CONTEXTS * decisions.NODES)
    return counters, mixture.new_weights(sets), new_singles(decisions.SINGLES)

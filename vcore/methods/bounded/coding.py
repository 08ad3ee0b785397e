"""Coding of a tile of a group of frames to bytes, and back."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, FormatError

Integers = NDArray[np.int64]
MAX_INTEGER = 1 << 48
"""Upper limit on the magnitude of coded integers."""


def frame_order(frames: int) -> Integers:
    """Return the coding order: rows of a frame and its nearest coded frames before and after it.

    The first frame, then the last, then repeatedly the middle frame of each gap (hierarchical
    bidirectional prediction); -1 stands for no frame.
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
    """Encode ``values`` (frames, z, y, x); return the bytes and the decoded values.

    Every voxel is decoded to within ``step // 2``; ``step`` must be odd.

    Raises
    ------
    BudgetError
        A value reaches 2**48.
    """
    if np.abs(values).max() >= MAX_INTEGER:
        raise BudgetError(
            "Expected an error bound closer to the data range: this one needs more than 2**48 "
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
        state = _initial_state()
        order = frame_order(len(values))
        length = rangecoder.stream(loops.code, rangecoder.ENCODE, out, found, order, step, *state)
        if length >= 0:
            return out[1:length].tobytes().rstrip(b"\0") or b"\0", found
        capacity = capacity * 2 + loops.ROOM * values.shape[-1]


def decode_tile(data: bytes, shape: tuple[int, int, int, int], step: int) -> Integers:
    """Decode the output of ``encode_tile`` to int64 of ``shape``, with the same ``step``.

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

    state = _initial_state()
    stream = np.frombuffer(data, np.uint8).copy()
    order = frame_order(shape[0])
    if rangecoder.stream(loops.code, rangecoder.DECODE, stream, found, order, step, *state):
        raise FormatError(
            "A coded stream is damaged: it ends too early or holds an impossible value."
        )
    return found


def _initial_state() -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the initial state of a stream: counters, weights, single counters."""
    from vcore.entropy.mixing import new_singles
    from vcore.methods.bounded import decisions, mixture

    sets = decisions.NODES * (decisions.BINS + decisions.CLASSES)
    counters = mixture.new_counters(decisions.CONTEXTS * decisions.NODES)
    return counters, mixture.new_weights(sets), new_singles(decisions.SINGLES)

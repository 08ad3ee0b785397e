"""Coding of the integers of a tile as one stream (docs/format.md, section 29)."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.grids.pyramid import Integers

State = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]
"""Adaptive state of the coder: counters, weights, single counters."""


def first_state() -> State:
    """Return the state that the first stream starts from."""
    from vcore.entropy.magnitudes import SETS, SINGLES, SLOTS
    from vcore.entropy.mixing import new_counters, new_singles, new_weights
    from vcore.methods.grids.lattice_loops import ALL_KINDS

    return new_counters(ALL_KINDS * SLOTS), new_weights(ALL_KINDS * SETS), new_singles(SINGLES)


def next_state(state: State) -> State:
    """Return the state for a stream that follows on one that ended in ``state``."""
    from vcore.entropy.mixing import restarted_counters

    return restarted_counters(state[0]), state[1].copy(), state[2].copy()


def encode_tile(
    values: Integers, beside: Integers, coarse: Integers, plane: int, state: State
) -> tuple[bytes, State]:
    """Return the stream of a tile (z, y, x), without trailing zero bytes, and the state after it.

    Parameters
    ----------
    beside, coarse
        See ``code_tile``.
    plane
        Class of the grid.
    """
    from vcore.entropy import rangecoder
    from vcore.methods.grids.lattice_loops import code_tile

    states: list[State] = []

    def arguments() -> tuple[object, ...]:
        states.append((state[0].copy(), state[1].copy(), state[2].copy()))
        return values, np.zeros(values.shape, np.int32), beside, coarse, plane, *states[-1]

    values = np.ascontiguousarray(values)
    data = rangecoder.encoded(code_tile, 16384 + values.size // 16, arguments)
    return data, states[-1]


def decode_tile(
    data: bytes,
    shape: tuple[int, ...],
    beside: Integers,
    coarse: Integers,
    plane: int,
    state: State,
) -> tuple[Integers, State]:
    """Invert ``encode_tile``; ``state`` is that of the encoder.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    from vcore.entropy import rangecoder
    from vcore.methods.grids.lattice_loops import code_tile

    done = np.zeros(shape, np.int32)
    after = state[0].copy(), state[1].copy(), state[2].copy()
    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(
        code_tile, rangecoder.DECODE, coded, done, done, beside, coarse, plane, *after
    ):
        raise FormatError("A stream of a grid is damaged: it holds an impossible value.")
    return done, after

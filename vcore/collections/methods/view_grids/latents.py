"""Coding of the latents of some nodes as one stream (docs/format.md, section 26)."""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

Latents = NDArray[np.int32]
"""Latents of nodes, (nodes, latents of a node): all scales of a node after one another, each
(channel, y, x), coarse to fine."""
State = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]
"""Adaptive state of the coder: counters, weights, single counters."""
Scales = tuple[tuple[int, int, int], ...]
"""Channels, rows and columns of each scale of a node, coarse to fine."""


def first_state() -> State:
    """Return the state that the first stream starts from."""
    from vcore.entropy.magnitudes import KINDS, SETS, SINGLES, SLOTS
    from vcore.entropy.mixing import new_counters, new_singles, new_weights

    return new_counters(KINDS * SLOTS), new_weights(KINDS * SETS), new_singles(SINGLES)


def next_state(state: State) -> State:
    """Return the state for a stream that follows on one that ended in ``state``."""
    from vcore.entropy.mixing import restarted_counters

    return restarted_counters(state[0]), state[1].copy(), state[2].copy()


def latents_of(scales: Scales) -> int:
    """Return the number of latents of a node."""
    return sum(c * h * w for c, h, w in scales)


def encode_latents(nodes: Latents, scales: Scales, state: State) -> tuple[bytes, State]:
    """Return the stream of ``nodes``, without trailing zero bytes, and the state after it."""
    from vcore.collections.methods.view_grids.latent_loops import code_nodes
    from vcore.entropy import rangecoder

    states: list[State] = []

    def arguments() -> tuple[object, ...]:
        states.append((state[0].copy(), state[1].copy(), state[2].copy()))
        return nodes, _table(scales), *states[-1]

    nodes = np.require(nodes, np.int32, ("C", "W"))
    data = rangecoder.encoded(code_nodes, 1024 + nodes.size // 4, arguments)
    return data, states[-1]


def decode_latents(data: bytes, count: int, scales: Scales, state: State) -> tuple[Latents, State]:
    """Invert ``encode_latents`` for ``count`` nodes; ``state`` is that of the encoder.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    from vcore.collections.methods.view_grids.latent_loops import code_nodes
    from vcore.entropy import rangecoder

    nodes = np.zeros((count, latents_of(scales)), np.int32)
    after = state[0].copy(), state[1].copy(), state[2].copy()
    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(code_nodes, rangecoder.DECODE, coded, nodes, _table(scales), *after):
        raise FormatError("A stream of latents is damaged: it holds an impossible value.")
    return nodes, after


def _table(scales: Scales) -> NDArray[np.int64]:
    rows, start = [], 0
    for channels, height, width in scales:
        rows.append([channels, height, width, start])
        start += channels * height * width
    return np.array(rows, np.int64).reshape(-1, 4)

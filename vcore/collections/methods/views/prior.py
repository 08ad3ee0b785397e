"""Initial state of the coder, learned from renderings of other volumes (docs/format.md, section
24), so that streams of some hundred bytes need not learn it: 5 % fewer bytes at a ratio of 700.
Written by `python -m benchmarks.views_prior`."""

import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.shipped import read_shipped

State = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]
"""Adaptive state of the coder: counters, weights, single counters."""
FILE, CHECKSUM = Path(__file__).with_name("prior.bin"), 0x3AF1A4F0


@cache
def _learned() -> State:
    from vcore.collections.methods.views.contexts import KINDS, SETS, SINGLES, SLOTS
    from vcore.entropy.mixing import INPUTS

    data = zlib.decompress(read_shipped(FILE, CHECKSUM))
    at = 0

    def take(count: int, size: int, dtype: str) -> NDArray[Any]:
        """Return the next integers, stored byte by byte: first all lowest ones."""
        nonlocal at
        planes = np.frombuffer(data, np.uint8, count * size, at).reshape(size, count)
        at += count * size
        return np.ascontiguousarray(planes.T).view(dtype).ravel()

    mixed, weights = INPUTS * KINDS * SLOTS, KINDS * SETS * INPUTS
    chances, seen = take(mixed, 2, "<u2").astype(np.uint32), take(mixed, 1, "u1")
    counters = ((chances << 16) | seen).reshape(INPUTS, -1)
    mixing = take(weights, 2, "<i2").astype(np.int32).reshape(-1, INPUTS) << 4
    singles = np.stack([take(SINGLES, 2, "<u2").astype(np.int32) << 6, take(SINGLES, 1, "u1")], -1)
    return counters, mixing, singles.astype(np.int32)


def initial_state() -> State:
    """Return the coder state of the first independent image."""
    counters, weights, singles = _learned()
    return counters.copy(), weights.copy(), singles.copy()


def next_state(state: State) -> State:
    """Return a copy of a coder state for another image, which adapts quickly again."""
    from vcore.entropy.mixing import restarted_counters

    return restarted_counters(state[0]), state[1].copy(), state[2].copy()

"""Rates that the encoder decides by: those of the coder's counters before an image."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.contexts import MORE, SLOTS, SOME, STEPS, ZERO
from vcore.collections.methods.views.prior import State
from vcore.collections.methods.views.rate_loops import LARGE, last_position_bits
from vcore.collections.methods.views.transform import LARGEST


class Rates(NamedTuple):
    """Bits of what is coded, float64.

    Parameters
    ----------
    magnitudes
        (first component or another, slot, magnitude below LARGE), with the sign, and behind them
        what tells it from 0; by the first of the contexts of a coefficient.
    some
        (slot, without or with coefficients), by the first of the contexts of a block.
    last
        (size, component, own or from others, position + 1).
    singles
        (single counter, bit).
    """

    magnitudes: NDArray[np.float64]
    some: NDArray[np.float64]
    last: NDArray[np.float64]
    singles: NDArray[np.float64]


def rates_of(state: State) -> Rates:
    """Return the rates of a coder's state."""
    counters, _, single = state
    chances = (counters[0] >> 10).astype(np.float64) / (1 << 22)
    bits = _bits(chances).reshape(-1, SLOTS, 2)
    slots = SLOTS
    magnitudes = np.zeros((2, slots, LARGE + 1))
    for high in range(2):
        reached = bits[ZERO + high, :slots, 1].copy()
        magnitudes[high, :, 0] = bits[ZERO + high, :slots, 0]
        magnitudes[high, :, LARGE] = reached
        for m in range(1, LARGE):
            kind = MORE + min(m, STEPS) - 1
            magnitudes[high, :, m] = reached + 1 + bits[kind, :slots, 0]
            reached += bits[kind, :slots, 1]
    singles = _bits(single[:, 0].astype(np.float64) / (1 << 22))
    last = np.zeros((4, 3, 2, LARGEST * LARGEST + 1))
    last_position_bits(singles, last)
    return Rates(magnitudes, bits[SOME], last, singles)


def _bits(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bits of a 0 and of a 1, given the chance of a 1."""
    chances = np.clip(chances, 1e-4, 1 - 1e-4)
    return -np.log2(np.stack([1 - chances, chances], axis=-1))

"""Integer tables of the logistic function and its inverse, for mixing in the logistic domain
(docs/format.md, section 17)."""

import numpy as np
from numpy.typing import NDArray

REACH = 2047
"""Largest absolute logit, in units of 1/256."""


def _squash_table() -> NDArray[np.int32]:
    """Return 65536 / (1 + exp(-i / 256)) for i in -REACH..REACH, in exact integer arithmetic."""
    one = 1 << 128
    factor, term = one, one
    for k in range(1, 30):  # Taylor series of exp(1 / 256)
        term //= 256 * k
        factor += term
    power, upper = one, []
    for _ in range(REACH + 1):
        upper.append(((power << 17) // (one + power) + 1) >> 1)
        power = power * factor >> 128
    lower = [65536 - value for value in upper[:0:-1]]
    return np.array(lower + upper, np.int32)


def _stretch_table(squash: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return, for each j in 0..4095, the smallest logit with probability >= (j + 1/2) / 4096."""
    found = np.searchsorted(squash, np.arange(4096) * 16 + 8)
    return np.minimum(found - REACH, REACH).astype(np.int32)


SQUASH = _squash_table()
STRETCH = _stretch_table(SQUASH)

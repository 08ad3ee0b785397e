"""Choice of the encoder between the pairs of images that an image may be predicted from."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.compensation import KINDS

FOREIGN_BITS = 2.0
"""Bits of taking a pair other than the first."""
IMAGE_SHARE, PAIR_BITS = 0.01, 30.0
"""Cost of each further image that has to be decoded first, as a share of the image's, and of each
further pair in bits."""
MAX_OTHERS = 4
"""Most pairs beside the first."""


class Choice(NamedTuple):
    """Neighbours that are worth it, by number, and the costs, modes and offsets of all groups of
    blocks."""

    numbers: list[int]
    costs: NDArray[np.float64]
    modes: NDArray[np.int32]
    offsets: NDArray[np.int32]


def chosen(
    searched: Sequence[Any],
    pairs: Sequence[int],
    touched: Sequence[frozenset[int]],
    rate: float,
) -> Choice:
    """Return the best choice of neighbours, given the output of ``search_motion`` for each, the
    number of its pair and the images decoded for that; the first pair is always taken."""
    costs = np.stack([found[0] for found in searched])
    least, best = math.inf, np.zeros(0, np.int64)
    others = sorted(set(pairs) - {pairs[0]})
    for count in range(min(len(others), MAX_OTHERS) + 1):
        for some in combinations(others, count):
            numbers = np.array([k for k, p in enumerate(pairs) if p in some or p == pairs[0]])
            foreign = np.where(numbers > 0, rate * FOREIGN_BITS, 0.0)[:, None, None]
            cost = (costs[numbers] + foreign).min(axis=0).sum()
            decoded = frozenset().union(*(touched[k] for k in numbers.tolist()))
            cost *= 1 + IMAGE_SHARE * len(decoded - touched[0])
            cost += rate * PAIR_BITS * count
            if cost < least:
                least, best = cost, numbers
    foreign = np.where(best > 0, rate * FOREIGN_BITS, 0.0)[:, None, None]
    totals = costs[best] + foreign
    which = totals.argmin(axis=0)
    y, x = np.indices(which.shape)
    kinds, offsets = (
        np.stack([searched[k][n] for k in best.tolist()])[which, y, x] for n in (1, 2)
    )
    modes = (KINDS * which + kinds).astype(np.int32)
    return Choice(best.tolist(), totals.min(axis=0), modes, offsets)

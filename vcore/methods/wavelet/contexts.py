"""Neighbourhood sums of a coefficient or block, from which its coding contexts are built."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inner

MAX_MAGNITUDE = 16383
"""Cap on magnitudes in neighbourhood sums."""
PAIR = 21
"""Largest class of each part of a two-part context."""
CLASSES = 32
THRESHOLDS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
"""Lower limits of the classes 1 to 14 of a neighbour sum, in sixteenths: two classes per octave."""
CLASS = np.searchsorted(np.array(THRESHOLDS), np.arange(1024), side="right").astype(np.int64)


@inner
def magnitude_class(v):
    """Return the class, 0 to 31, of a neighbour sum in sixteenths: two classes per octave."""
    if v < 1024:
        return CLASS[v]
    if v < 16384:
        return CLASS[v >> 4] + 8
    return min(CLASS[min(v >> 8, 1023)] + 16, CLASSES - 1)


@inner
def sum_of(a, p, offsets, first, last):
    """Return the sum of the elements of ``a`` at entries ``first`` to ``last`` of a table of
    offsets from ``p``."""
    total, place = np.int64(0), np.uint64(p)
    for k in range(first, last):
        total += a[place + offsets[k]]
    return total


@inner
def fill_slots(slots, sums):
    """Fill slots 1, 2, 3, 5, 6 and 7 with contexts formed by the classes of two sums each."""
    for k in range(6):
        one = min(magnitude_class(sums[2 * k]), PAIR)
        slots[k + 1 + (k > 2)] = one * 22 + min(magnitude_class(sums[2 * k + 1]), PAIR)


CELL, UP, FAR, AROUND, BEFORE_BLOCK, AROUND_BLOCK, SIGNS = np.cumsum([0, 8, 12, 9, 6, 9, 6])
"""First entries of a table of offsets: the places of a block; the magnitudes to its left, in front
and above, four each; six diagonal and three more distant coded neighbours of a coefficient, and
those around it; the coded neighbours of a block, and those around it; the signs around a
coefficient. In numpy's type, as each Python integer would make numba compile the callee again."""
ACROSS = {
    2: (1, 1, 2, 1),
    4: (1, 2, 4, 4),
    3: (1, 2, 2, 1),
    5: (1, 4, 4, 1),
    6: (2, 4, 4, 2),
    7: (3, 6, 4, 1),
}
"""For each band but 1, two bands that are low along one of its high axes, and these axes, as bits z
y x."""
FACES = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
DIAGONAL = [(0, -1, -1), (0, -1, 1), (-1, 0, -1), (-1, 0, 1), (-1, -1, 0), (-1, 1, 0)]


@lru_cache(1024)
def offsets_of(
    b: int, plane: int, strides: tuple[int, ...], over: tuple[int, ...]
) -> NDArray[np.uint64]:
    """Return the offsets of neighbours in band ``b``, one after the other.

    They are unsigned, negative ones in two's complement: numba checks signed indices for being
    negative.

    Parameters
    ----------
    plane
        Elements from one band to the next.
    strides, over
        Strides along z and y of arrays of coefficients and of blocks.
    """

    def flat(places: Sequence[Sequence[int]], strides: tuple[int, ...]) -> list[int]:
        return [z * strides[0] + y * strides[1] + x for z, y, x in places]

    two = (0, 1)
    cell = list(product(two, two, two))
    left = [(z, y, -1) for z in two for y in two]
    front = [(z, -1, x) for z in two for x in two]
    above = [(-1, y, x) for y in two for x in two]
    axes = [(0, 0, -1), (0, -1, 0), (-1, 0, 0)]
    twice = [(2 * z, 2 * y, 2 * x) for z, y, x in axes]
    signs = flat([*axes, *twice, *DIAGONAL[:2], *DIAGONAL[4:], *DIAGONAL[2:4]], strides)
    if b == 1:
        signs += flat(DIAGONAL, strides)
    else:
        for band, bits in zip(ACROSS[b][:2], ACROSS[b][2:], strict=True):
            step = (bits >> 2) * strides[0] + (bits >> 1 & 1) * strides[1] + (bits & 1)
            signs += [(band - b) * plane + k for k in (0, -step, step)]
    found = flat([*cell, *left, *front, *above, *DIAGONAL, *twice, *FACES], strides)
    found += flat([*axes, *DIAGONAL, *FACES], over)
    return np.array(found + signs, np.int64).view(np.uint64)

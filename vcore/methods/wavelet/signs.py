"""Contexts of a coefficient's sign from the signs around it, one per input of the mixture.

At edges in the volume, neighbours within a band have equal signs along the edge and opposite signs
across it. Contexts that differ only by inverting all signs share a counter.
"""

import numpy as np

from vcore.methods.wavelet.contexts import SIGNS
from vcore.runtime.jit import inner, sign

MARK = 2
"""Cap on the magnitude of integers in sign contexts."""


@inner
def sign_contexts(marks, p, offsets, b, parent, place, m, ways, signs):
    """Put eight contexts into ``ways``; negative ones stand for the inverted sign pattern.

    Parameters
    ----------
    place
        Place of the coefficient in its block, 0 to 7.
    signs
        Work array for 18 numbers.
    """
    for k in range(18):
        signs[k] = np.int64(marks[np.uint64(p) + offsets[SIGNS + k]])
    five = 25 * signs[0] + 5 * signs[1] + signs[2]
    for k in range(18):
        signs[k] = sign(signs[k])
    w, n, u = signs[0], signs[1], signs[2]
    three = 243 * w + 81 * n + 27 * u
    ways[0] = _turned(five, 3, min(m, 3) - 1)
    for k in range(3):  # along x, y and z: two diagonal neighbours, and the second one
        ways[k + 1] = three + 9 * signs[6 + 2 * k] + 3 * signs[7 + 2 * k] + signs[3 + k]
    ways[4] = three + 9 * signs[3] + 3 * signs[4] + signs[5]
    ways[5] = _turned(27 * sign(np.int64(parent)) + 9 * w + 3 * n + u, 8, place)
    # bands that are low along one of this band's high axes, and their neighbours along that axis
    six = np.int64(0)
    for k in range(12, 18):
        six = 3 * six + signs[k]
    ways[6] = six
    ways[7] = three + 9 * signs[12] + 3 * signs[14] + signs[15] if b > 1 else np.int64(0)


@inner
def _turned(v, factor, more):
    """Return the context of |v| and ``more``, with the sign of v."""
    if v == 0:
        return np.int64(0)
    return v * factor + more if v > 0 else v * factor - more

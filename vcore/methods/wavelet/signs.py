"""Contexts of a coefficient's sign from the signs around it, one per input of the mixture.

At edges in the volume, neighbours within a band have equal signs along the edge and opposite signs
across it. Contexts that differ only by inverting all signs share a counter.
"""

import numpy as np

from vcore.runtime.jit import inner, sign

MARK = 2
"""Cap on the magnitude of integers in sign contexts."""


@inner
def sign_contexts(marks, b, z, y, x, parent, m, ways):
    """Put eight contexts into ``ways``; negative ones stand for the inverted sign pattern."""
    s = marks[b]
    w, n, u = np.int64(s[z, y, x - 1]), np.int64(s[z, y - 1, x]), np.int64(s[z - 1, y, x])
    five = 25 * w + 5 * n + u
    w, n, u = sign(w), sign(n), sign(u)
    ww, nn, uu = sign(s[z, y, x - 2]), sign(s[z, y - 2, x]), sign(s[z - 2, y, x])
    a, c = sign(s[z, y - 1, x - 1]), sign(s[z, y - 1, x + 1])
    d, e = sign(s[z - 1, y, x - 1]), sign(s[z - 1, y, x + 1])
    f, g = sign(s[z - 1, y - 1, x]), sign(s[z - 1, y + 1, x])
    three = 81 * w + 27 * n + 9 * u
    three *= 3
    ways[0] = _turned(five, 3, min(m, 3) - 1)
    ways[1] = three + 9 * a + 3 * c + ww
    ways[2] = three + 9 * f + 3 * g + nn
    ways[3] = three + 9 * d + 3 * e + uu
    ways[4] = three + 9 * ww + 3 * nn + uu
    ways[5] = _turned(
        27 * sign(parent) + 9 * w + 3 * n + u, 8, ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
    )
    if b == 1:
        ways[6] = 243 * a + 81 * c + 27 * d + 9 * e + 3 * f + g
        ways[7] = 0
        return
    # bands that are low along one of this band's high axes, and their neighbours along that axis
    if b == 2:
        one, two, p, q = 1, 1, 2, 1
    elif b == 4:
        one, two, p, q = 1, 2, 4, 4
    elif b == 3:
        one, two, p, q = 1, 2, 2, 1
    elif b == 5:
        one, two, p, q = 1, 4, 4, 1
    elif b == 6:
        one, two, p, q = 2, 4, 4, 2
    else:
        one, two, p, q = 3, 6, 4, 1
    pz, py, px = p >> 2, (p >> 1) & 1, p & 1
    qz, qy, qx = q >> 2, (q >> 1) & 1, q & 1
    i, j = sign(marks[one, z, y, x]), sign(marks[one, z - pz, y - py, x - px])
    k = sign(marks[one, z + pz, y + py, x + px])
    h, o = sign(marks[two, z, y, x]), sign(marks[two, z - qz, y - qy, x - qx])
    r = sign(marks[two, z + qz, y + qy, x + qx])
    ways[6] = 243 * i + 81 * j + 27 * k + 9 * h + 3 * o + r
    ways[7] = three + 9 * i + 3 * k + h


@inner
def _turned(v, factor, more):
    """Return the context of |v| and ``more``, with the sign of v."""
    if v == 0:
        return np.int64(0)
    return v * factor + more if v > 0 else v * factor - more

"""Compiled rates of a block's symbols, and the choice of its coefficients by them."""

import numpy as np

from vcore.collections.methods.views.contexts import INTER, INTER_MODE, LAST, SAME, TRANSFORM, TREE
from vcore.collections.methods.views.transform import IDENTITY
from vcore.entropy.magnitudes import fine
from vcore.runtime.jit import inner, jit

LARGE = 16
"""Magnitude from which each doubling takes another two bits."""
FINE = np.array([fine.py_func(np.int64(v)) for v in range(512)], np.int64)
LOG = np.log2(np.maximum(np.arange(4096), 1))


@jit
def last_position_bits(singles, out):
    """Put the bits of ``symbols.code_last`` into ``out``."""
    for k in range(4):
        for c in range(3):
            for inter in range(2):
                base = LAST + ((k * 3 + c) * 2 + inter) * 72
                for number in range(1, out.shape[3]):
                    bits, total = 0, 0.0
                    while number >> (bits + 1) > 0:
                        total += singles[base + bits, 1]
                        bits += 1
                    total += singles[base + bits, 0]
                    found = 1
                    for i in range(bits - 1, -1, -1):
                        bit = (number >> i) & 1
                        if bits - 1 - i < 2:
                            context = base + 22 + bits * 4 + (bits - 1 - i) * 2 + (found & 1)
                            total += singles[context, bit]
                        else:
                            total += 1.0
                        found = 2 * found + bit
                    out[k, c, inter, number] = total


@inner
def mode_bits(singles, mode, left, above, between, k):
    """Return the bits of a block's mode, as ``symbols.code_mode`` codes it."""
    total = 0.0
    if between:
        others = np.int64(left >= 0 and left != INTER_MODE)
        others += np.int64(above >= 0 and above != INTER_MODE)
        if mode == INTER_MODE:
            return singles[INTER + k * 3 + others, 0]
        total += singles[INTER + k * 3 + others, 1]
    if left >= 0 and left != INTER_MODE:
        if mode == left:
            return total + singles[SAME + k, 1]
        total += singles[SAME + k, 0]
    if above >= 0 and above != INTER_MODE and above != left:
        if mode == above:
            return total + singles[SAME + 4 + k, 1]
        total += singles[SAME + 4 + k, 0]
    node = np.int64(1)
    for i in range(5, -1, -1):
        bit = (mode >> i) & 1
        total += singles[TREE + k * 64 + node, bit]
        node = 2 * node + bit
    return total


@inner
def transform_bits(singles, transform, k, inter):
    """Return the bits of a block's transform, as ``symbols.code_transform`` codes it."""
    base = TRANSFORM + (k * 2 + inter) * 8
    if transform == 0:
        return singles[base, 0]
    total = singles[base, 1]
    if transform == IDENTITY:
        return total + singles[base + 1, 1]
    total += singles[base + 1, 0]
    if transform == 3:
        return total + singles[base + 2, 1]
    return total + singles[base + 2, 0] + singles[base + 3, np.int64(transform == 2)]


@inner
def quantise(
    coefficients, n, k, step, scan, magnitudes, last_bits, some, weight, q, m, spent, plain
):
    """Put the integers of least cost into ``q``; return the cost, in squared steps, and whether one
    is not 0.

    Coefficients are taken in the order of coding, from the last one, as those of higher frequencies
    tell the rates of those below; then the position of the last one is chosen.

    Parameters
    ----------
    magnitudes, last_bits, some
        Parts of ``Rates``: of the component, of the block's transform, of its context.
    weight
        Squared steps that a bit is worth.
    m
        (n + 2, n + 2): work space.
    spent
        (3, n * n): work space.
    plain
        Whether there is no transform.
    """
    inverse = 1.0 / step
    total, start = 0.0, -1
    for at in range(n * n):
        i, j = scan[at] // n, scan[at] % n
        a = abs(coefficients[i, j]) * inverse
        total += a * a
        q[i, j] = 0
        if a >= 0.5:
            start = at
    none = total + weight * some[0]
    if start < 0:
        return none, False
    for i in range(n + 2):
        for j in range(n + 2):
            m[i, j] = 0
    for at in range(start, -1, -1):
        i, j = scan[at] // n, scan[at] % n
        near = m[i, j + 1] + m[i + 1, j]
        sums = FINE[min(3 * near + 2 * (m[i, j + 2] + m[i + 2, j] + m[i + 1, j + 1]), 511)]
        slot = ((plain * 16 + sums) * 8 + min(i + j, 7)) * 4 + k
        a = abs(coefficients[i, j]) * inverse
        rounded = np.int64(a + 0.5)
        take, cost = np.int64(0), a * a + weight * magnitudes[slot, 0]
        for t in range(max(rounded - 1, 1), rounded + 1):
            bits = magnitudes[slot, min(t, LARGE - 1)]
            if t >= LARGE:
                bits += 2.0 * (LOG[min(t, 4095)] - 4.0)
            tried = (a - t) * (a - t) + weight * bits
            if tried < cost:
                take, cost = np.int64(t), tried
        m[i, j] = min(take, np.int64(255))
        q[i, j] = take if coefficients[i, j] > 0 else -take
        spent[0, at], spent[1, at] = cost, a * a
        # the last one is known not to be 0
        spent[2, at] = weight * magnitudes[slot, LARGE]
    best, best_last, below, above = none, -1, 0.0, total
    for at in range(start + 1):
        i, j = scan[at] // n, scan[at] % n
        above -= spent[1, at]
        if q[i, j] != 0:
            cost = below + spent[0, at] + above + weight * (some[1] + last_bits[at + 1])
            cost -= spent[2, at]
            if cost < best:
                best, best_last = cost, at
        below += spent[0, at]
    for at in range(best_last + 1, start + 1):
        q[scan[at] // n, scan[at] % n] = 0
    return best, best_last >= 0

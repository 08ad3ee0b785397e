"""Compiled coding of integers by their magnitude, most of them 0 or small, with mixed contexts.

Imports numba at module level: import it only inside the functions that code a stream. Integer
arithmetic only (docs/format.md, section 26).
"""

import numpy as np

from vcore.entropy.mixing import code_equiprobable, code_mixed, code_single, code_symmetric
from vcore.runtime.jit import inner

SLOTS, SETS = 1024, 80
"""Contexts per input and sets of weights per kind of decision."""
ZERO, MORE, SIGN, KINDS = 0, 1, 4, 5
"""Kinds: whether an integer is not 0, whether it is larger than 1, 2, more, and its sign."""
STEPS = SIGN - MORE
UNARY = 14
"""Magnitude from which the rest is coded as one number."""
SINGLES = 64
MAX_BITS = 20
"""Most bits of a number."""
MAX_VALUE_BYTES = 96
"""Upper bound on the bytes of an integer: 38 adaptive and 20 other bits of 12 bits at most each."""
IMPOSSIBLE = np.int64(1) << 40
OCTAVE = np.array([v.bit_length() for v in range(128)], np.int64)


@inner
def octave(v):
    """Return the class of a sum, 0 to 7: one per octave."""
    return OCTAVE[min(v, 127)]


@inner
def fine(v):
    """Return the class of a sum, 0 to 15: two per octave."""
    if v < 4:
        return v
    k, low = np.int64(4), np.int64(4)
    while v >= 2 * low and k < 14:
        low *= 2
        k += 2
    return k + 1 if 2 * v >= 3 * low else k


@inner
def code_length(encoding, coder, data, singles, base, value):
    """Code the position of the highest bit of ``value`` >= 1, in unary."""
    bits, top = np.int64(0), np.int64(0)
    if encoding is not None:
        while (value >> (top + 1)) > 0:
            top += 1
    while bits <= MAX_BITS:
        if code_single(encoding, coder, data, singles, base + bits, np.int64(top > bits)) == 0:
            break
        bits += 1
    return bits


@inner
def code_integer(
    encoding, coder, data, value, slots, ways, first, second, counters, weights, singles, logits
):
    """Code an integer; magnitudes of more than MAX_BITS bits are damaged: IMPOSSIBLE.

    Parameters
    ----------
    slots, ways
        Contexts of the magnitude and of the sign (see ``code_mixed``, ``code_symmetric``).
    first, second
        Numbers, below 64 and 16, that choose the sets of weights.
    """
    m = np.int64(0)
    while m < UNARY:
        kind = MORE + (m if m < STEPS else STEPS) - 1 if m > 0 else ZERO
        more = code_mixed(
            encoding, coder, data, counters, slots, kind * SLOTS, weights,
            kind * SETS + first, kind * SETS + 64 + second, logits, np.int64(abs(value) > m),
        )  # fmt: skip
        if more == 0:
            break
        m += 1
    if m == 0:
        return m
    if m == UNARY:
        rest = abs(value) - UNARY + 1
        bits = code_length(encoding, coder, data, singles, 0, rest)
        if bits > MAX_BITS:
            return IMPOSSIBLE
        found = np.int64(1)
        for i in range(bits - 1, -1, -1):
            bit = code_equiprobable(encoding, coder, data, (rest >> i) & 1)
            found = 2 * found + bit
        m = found - 1 + UNARY
    negative = code_symmetric(
        encoding, coder, data, counters, ways, SIGN * SLOTS, weights, SIGN * SETS + first,
        SIGN * SETS + 64 + second, logits, np.int64(value < 0),
    )  # fmt: skip
    return -m if negative else m

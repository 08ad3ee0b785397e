"""Compiled loops of the lattice coder. One traversal and one set of contexts serve encoding and
decoding."""

import numpy as np

from vcore.entropy.rangecoder import (
    PENDING,
    POSITION,
    code_bit,
    code_raw,
)
from vcore.runtime.jit import inline, jit, sign

MAGNITUDE_BINS = 14
"""Number of context classes of the neighbours' magnitude."""
UNARY = 14
"""Maximum length of the unary code of a magnitude; larger ones are escaped (Elias gamma)."""
SIGN_CLASSES = 3
ESCAPE_BITS = 32
MAX_VALUE_BYTES = 160
"""Upper bound on the bytes of a value: 80 adaptive bits of at most 12 bits each, plus raw bits."""

ZERO = 0
SIGN = ZERO + MAGNITUDE_BINS
MORE = SIGN + SIGN_CLASSES
ESCAPE = MORE + MAGNITUDE_BINS * UNARY
CONTEXTS = ESCAPE + ESCAPE_BITS


@inline
def magnitude_bin(total):
    """Return the class of a sum of neighbour magnitudes: linear up to 5, then logarithmic."""
    if total < 6:
        return total
    b, t = 6, total >> 3
    while t > 0 and b < MAGNITUDE_BINS - 1:
        b += 1
        t >>= 1
    return b


@inline
def neighbourhood(values, z, y, x):
    """Return the context classes of the coded neighbours' magnitudes and signs."""
    _, _, nx = values.shape
    total, signs = np.int64(0), np.int64(0)
    if x > 0:
        v = np.int64(values[z, y, x - 1])
        total += 2 * abs(v)
        signs += sign(v)
        if x > 1:
            total += abs(np.int64(values[z, y, x - 2]))
    if y > 0:
        v = np.int64(values[z, y - 1, x])
        total += 2 * abs(v)
        signs += sign(v)
        if x > 0:
            total += abs(np.int64(values[z, y - 1, x - 1]))
        if x + 1 < nx:
            total += abs(np.int64(values[z, y - 1, x + 1]))
    if z > 0:
        v = np.int64(values[z - 1, y, x])
        total += 2 * abs(v)
        signs += sign(v)
        if x > 0:
            total += abs(np.int64(values[z - 1, y, x - 1]))
        if y > 0:
            total += abs(np.int64(values[z - 1, y - 1, x]))
    sign_class = 0 if signs == 0 else (1 if signs > 0 else 2)
    return magnitude_bin((total + 1) >> 1), sign_class


@jit
def code(encoding, coder, data, values, gated, contexts):
    """Encode ``values`` (channels, z, y, x) into ``data``, or decode them from it.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    channels, nz, ny, nx = values.shape
    for channel in range(channels):
        base = channel * CONTEXTS
        lattice = values[channel]
        for z in range(nz):
            for y in range(ny):
                for x in range(nx):
                    if gated and channel > 0 and values[0, z, y, x] == 0:
                        continue
                    if (
                        encoding is not None
                        and coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
                    ):
                        return False
                    m, s = neighbourhood(lattice, z, y, x)
                    value = np.int64(lattice[z, y, x])
                    if not code_bit(encoding, coder, data, contexts, base + ZERO + m, value != 0):
                        continue
                    negative = code_bit(encoding, coder, data, contexts, base + SIGN + s, value < 0)
                    wanted = abs(value) - 1
                    row = base + MORE + m * UNARY
                    rest = np.int64(0)
                    while rest < UNARY and code_bit(
                        encoding, coder, data, contexts, row + rest, wanted > rest
                    ):
                        rest += 1
                    if rest == UNARY:  # Elias-gamma code of the excess, at least 1
                        wanted -= UNARY - 1
                        bits = np.int64(0)
                        while bits < ESCAPE_BITS - 1 and code_bit(
                            encoding, coder, data, contexts, base + ESCAPE + bits,
                            (wanted >> (bits + 1)) > 0,
                        ):  # fmt: skip
                            bits += 1
                        rest = (np.int64(1) << bits) | code_raw(encoding, coder, data, wanted, bits)
                        rest += UNARY - 1
                    if encoding is None and rest + 1 > 0x7FFFFFFF:
                        return False
                    lattice[z, y, x] = -(rest + 1) if negative else rest + 1
    return True

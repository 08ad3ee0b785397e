"""The compiled loops of the lattice coder: one order of voxels, one set of contexts, coded or
decoded."""

import numpy as np

from vcore.entropy.rangecoder import (
    PENDING,
    POSITION,
    code_bit,
    code_raw,
)
from vcore.runtime.jit import inline, jit, sign

MAGNITUDE_BINS = 14
"""Classes of the neighbours' magnitude."""
UNARY = 14
"""Magnitudes above this are escaped with an Elias-gamma code."""
SIGN_CLASSES = 3
ESCAPE_BITS = 32
WORST_BYTES = 160
"""No value takes more bytes than this: 80 adaptive bits of at most 12 bits each, and raw ones."""

ZERO = 0
SIGN = ZERO + MAGNITUDE_BINS
MORE = SIGN + SIGN_CLASSES
ESCAPE = MORE + MAGNITUDE_BINS * UNARY
CONTEXTS = ESCAPE + ESCAPE_BITS


@inline
def magnitude_bin(total):
    """Class of a sum of neighbour magnitudes: fine where small, logarithmic where large."""
    if total < 6:
        return total
    b, t = 6, total >> 3
    while t > 0 and b < MAGNITUDE_BINS - 1:
        b += 1
        t >>= 1
    return b


@inline
def neighbourhood(values, z, y, x):
    """Return the class of the coded neighbours' magnitudes and of their signs."""
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
    Whether ``data`` is long enough and possible.
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
                        and coder[POSITION] + coder[PENDING] + WORST_BYTES > data.size
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
                    if rest == UNARY:  # Elias-gamma of what is more, at least 1
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

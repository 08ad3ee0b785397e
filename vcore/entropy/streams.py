"""The compiled loops of the lattice coder: one order of voxels, one set of contexts, coded or
decoded."""

import numpy as np

from vcore.compiled import inline, jit
from vcore.entropy.rangecoder import (
    CODE,
    POSITION,
    RANGE,
    decode_bit,
    decode_raw,
    encode_bit,
    encode_raw,
    finish_encoder,
    start_decoder,
    start_encoder,
)

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
    total, sign = np.int64(0), np.int64(0)
    if x > 0:
        v = np.int64(values[z, y, x - 1])
        total += 2 * abs(v)
        sign += np.sign(v)
        if x > 1:
            total += abs(np.int64(values[z, y, x - 2]))
    if y > 0:
        v = np.int64(values[z, y - 1, x])
        total += 2 * abs(v)
        sign += np.sign(v)
        if x > 0:
            total += abs(np.int64(values[z, y - 1, x - 1]))
        if x + 1 < nx:
            total += abs(np.int64(values[z, y - 1, x + 1]))
    if z > 0:
        v = np.int64(values[z - 1, y, x])
        total += 2 * abs(v)
        sign += np.sign(v)
        if x > 0:
            total += abs(np.int64(values[z - 1, y, x - 1]))
        if y > 0:
            total += abs(np.int64(values[z - 1, y - 1, x]))
    sign_class = 0 if sign == 0 else (1 if sign > 0 else 2)
    return magnitude_bin((total + 1) >> 1), sign_class


@jit
def encode(values, gated, contexts, out):
    """Code ``values`` (channels, z, y, x) into ``out``; return the length, -1 where it is too
    short."""
    state = np.zeros(5, np.int64)
    start_encoder(state)
    channels, nz, ny, nx = values.shape
    for channel in range(channels):
        base = channel * CONTEXTS
        lattice = values[channel]
        for z in range(nz):
            for y in range(ny):
                for x in range(nx):
                    if gated and channel > 0 and values[0, z, y, x] == 0:
                        continue
                    if state[POSITION] + state[3] + WORST_BYTES > out.size:
                        return -1
                    m, s = neighbourhood(lattice, z, y, x)
                    value = np.int64(lattice[z, y, x])
                    encode_bit(state, out, contexts, base + ZERO + m, value != 0)
                    if value == 0:
                        continue
                    encode_bit(state, out, contexts, base + SIGN + s, value < 0)
                    rest = abs(value) - 1
                    row = base + MORE + m * UNARY
                    for k in range(UNARY):
                        encode_bit(state, out, contexts, row + k, rest > k)
                        if rest <= k:
                            break
                    if rest >= UNARY:
                        rest -= UNARY - 1  # at least 1
                        bits = 0
                        while (rest >> (bits + 1)) > 0:
                            bits += 1
                        for k in range(bits):
                            encode_bit(state, out, contexts, base + ESCAPE + k, 1)
                        if bits < ESCAPE_BITS - 1:
                            encode_bit(state, out, contexts, base + ESCAPE + bits, 0)
                        encode_raw(state, out, rest & ((np.int64(1) << bits) - 1), bits)
    finish_encoder(state, out)
    return state[POSITION]


@jit
def decode(data, values, gated, contexts):
    """Fill ``values`` from ``data``; return False where the stream is impossible."""
    state = np.zeros(5, np.int64)
    start_decoder(state, data)
    if state[CODE] >= state[RANGE]:
        return False
    channels, nz, ny, nx = values.shape
    for channel in range(channels):
        base = channel * CONTEXTS
        lattice = values[channel]
        for z in range(nz):
            for y in range(ny):
                for x in range(nx):
                    if gated and channel > 0 and values[0, z, y, x] == 0:
                        continue
                    m, s = neighbourhood(lattice, z, y, x)
                    if not decode_bit(state, data, contexts, base + ZERO + m):
                        continue
                    negative = decode_bit(state, data, contexts, base + SIGN + s)
                    rest = np.int64(0)
                    row = base + MORE + m * UNARY
                    while rest < UNARY and decode_bit(state, data, contexts, row + rest):
                        rest += 1
                    if rest == UNARY:
                        bits = 0
                        while bits < ESCAPE_BITS - 1 and decode_bit(
                            state, data, contexts, base + ESCAPE + bits
                        ):
                            bits += 1
                        rest = (np.int64(1) << bits) | decode_raw(state, data, bits)
                        rest += UNARY - 1
                    if rest + 1 > 0x7FFFFFFF:
                        return False
                    lattice[z, y, x] = -(rest + 1) if negative else rest + 1
    return True

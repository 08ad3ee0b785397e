"""The compiled loops of the index coder: masks and indices of pruned, shared parameters.

Imports numba: import it only where a stream is coded. Integer arithmetic only (docs/format.md,
section 16).
"""

import numpy as np

from vcore.compiled import inline, jit
from vcore.entropy.rangecoder import (
    CODE,
    POSITION,
    RANGE,
    decode_bit,
    encode_bit,
    finish_encoder,
    start_decoder,
    start_encoder,
)

START, COUNT, ROWS, COLUMNS, BITS, MASKED, KINDS = range(7)
"""Columns of the table of arrays: first symbol, networks, rows, columns, bits of an index, whether
there is a mask, number of shared values."""
MASK_CONTEXTS = 6
WORST_BYTES = 48
"""No symbol takes more: 17 adaptive bits of at most 12 bits each, and what is pending."""


@inline
def neighbours_alive(symbols, start, network, row, column, rows, columns):
    """Return how many of five coded neighbours are not pruned."""
    here = start + (network * rows + row) * columns + column
    found = 0
    if column > 0:
        found += symbols[here - 1] >= 0
    if column > 1:
        found += symbols[here - 2] >= 0
    if row > 0:
        found += symbols[here - columns] >= 0
    if row > 1:
        found += symbols[here - 2 * columns] >= 0
    if network > 0:
        found += symbols[here - rows * columns] >= 0
    return found


@jit
def encode(symbols, table, contexts, out):
    """Code ``symbols`` (-1: pruned) into ``out``; return the length, -1 where it is too short."""
    state = np.zeros(5, np.int64)
    start_encoder(state)
    base = 0
    for a in range(table.shape[0]):
        start, rows, columns, bits = (
            table[a, START],
            table[a, ROWS],
            table[a, COLUMNS],
            table[a, BITS],
        )
        tree = base + MASK_CONTEXTS
        for network in range(table[a, COUNT]):
            for row in range(rows):
                for column in range(columns):
                    if state[POSITION] + state[3] + WORST_BYTES > out.size:
                        return -1
                    symbol = symbols[start + (network * rows + row) * columns + column]
                    if table[a, MASKED]:
                        c = neighbours_alive(symbols, start, network, row, column, rows, columns)
                        encode_bit(state, out, contexts, base + c, symbol >= 0)
                        if symbol < 0:
                            continue
                    node = 1
                    for k in range(bits - 1, -1, -1):
                        bit = (symbol >> k) & 1
                        encode_bit(state, out, contexts, tree + node, bit)
                        node = 2 * node + bit
        base = tree + (1 << bits)
    finish_encoder(state, out)
    return state[POSITION]


@jit
def decode(data, table, contexts, symbols):
    """Fill ``symbols`` from ``data``; return False where the stream is impossible."""
    state = np.zeros(5, np.int64)
    start_decoder(state, data)
    if state[CODE] >= state[RANGE]:
        return False
    base = 0
    for a in range(table.shape[0]):
        start, rows, columns, bits = (
            table[a, START],
            table[a, ROWS],
            table[a, COLUMNS],
            table[a, BITS],
        )
        tree = base + MASK_CONTEXTS
        for network in range(table[a, COUNT]):
            for row in range(rows):
                for column in range(columns):
                    here = start + (network * rows + row) * columns + column
                    if table[a, MASKED]:
                        c = neighbours_alive(symbols, start, network, row, column, rows, columns)
                        if not decode_bit(state, data, contexts, base + c):
                            symbols[here] = -1
                            continue
                    node = 1
                    for _ in range(bits):
                        node = 2 * node + decode_bit(state, data, contexts, tree + node)
                    symbol = node - (1 << bits)
                    if symbol >= table[a, KINDS]:
                        return False
                    symbols[here] = symbol
        base = tree + (1 << bits)
    return True

"""Compiled loops of the index coder: masks and indices of pruned, shared parameters.

Imports numba: import it only inside the functions that code a stream. Integer arithmetic only
(docs/format.md, section 16).
"""

import numpy as np

from vcore.entropy.rangecoder import (
    PENDING,
    POSITION,
    code_bit,
)
from vcore.runtime.jit import inline, jit

START, COUNT, ROWS, COLUMNS, BITS, MASKED, KINDS = range(7)
"""Columns of the table of arrays: first symbol, networks, rows, columns, bits of an index, whether
there is a mask, number of shared values."""
MASK_CONTEXTS = 6
MAX_VALUE_BYTES = 48
"""Upper bound on the bytes of a symbol: 17 adaptive bits of at most 12 bits each, plus pending
bytes."""


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
def code(encoding, coder, data, symbols, table, contexts):
    """Encode ``symbols`` (-1: pruned) into ``data``, or decode them from it.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible index (decoding).
    """
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
                    if (
                        encoding is not None
                        and coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
                    ):
                        return False
                    here = start + (network * rows + row) * columns + column
                    symbol = np.int64(symbols[here])
                    if table[a, MASKED]:
                        c = neighbours_alive(symbols, start, network, row, column, rows, columns)
                        if not code_bit(encoding, coder, data, contexts, base + c, symbol >= 0):
                            symbols[here] = -1
                            continue
                    node = np.int64(1)
                    for k in range(bits - 1, -1, -1):
                        bit = (symbol >> k) & 1
                        bit = code_bit(encoding, coder, data, contexts, tree + node, bit)
                        node = 2 * node + bit
                    symbol = node - (1 << bits)
                    if encoding is None and symbol >= table[a, KINDS]:
                        return False
                    symbols[here] = symbol
        base = tree + (1 << bits)
    return True

"""Compiled loop of the inverse cosine transform."""

from vcore.runtime.jit import jit

COLUMNS = 256
"""Columns added together: a whole axis of them fits into the cache."""


@jit
def add_rows(values, matrix, out):
    """Add to ``out`` (outer, n, inner) the rows of ``matrix`` times ``values`` (outer, n, inner).

    Sums are in the order of the rows; zeros are skipped, as adding them changes nothing.
    """
    outer, n, inner = values.shape
    for o in range(outer):
        for first in range(0, inner, COLUMNS):
            last = min(first + COLUMNS, inner)
            for j in range(n):
                if inner == 1:
                    v = values[o, j, 0]
                    if v != 0:
                        for i in range(n):
                            out[o, i, 0] += matrix[j, i] * v
                    continue
                some = False
                for x in range(first, last):
                    some |= values[o, j, x] != 0
                if some:
                    for i in range(n):
                        m = matrix[j, i]
                        for x in range(first, last):
                            out[o, i, x] += m * values[o, j, x]

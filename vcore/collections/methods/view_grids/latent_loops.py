"""Compiled loop of the streams of latents: nodes of a grid, each with all its scales.

One loop serves encoder and decoder, so they cannot diverge. Integer arithmetic only
(docs/format.md, section 26).
"""

import numpy as np

from vcore.entropy.magnitudes import MAX_VALUE_BYTES, code_integer, fine, octave
from vcore.entropy.mixing import INPUTS
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit, sign

CHANNELS, ROWS, COLUMNS, START = range(4)
"""Columns of the table of scales: channels, rows, columns, first latent within a node."""


@inner
def size_at(values, at, y, x, rows, columns):
    """Return the magnitude at (y, x) of the plane that starts at ``at``, 0 beyond its edges."""
    if y < 0 or x < 0 or y >= rows or x >= columns:
        return np.int64(0)
    return abs(np.int64(values[at + y * columns + x]))


@inner
def sign_at(values, at, y, x, columns):
    """Return the sign at (y, x) of the plane that starts at ``at``, 0 above and left of it."""
    if y < 0 or x < 0:
        return np.int64(0)
    return sign(values[at + y * columns + x])


@inner
def around(values, at, y, x, rows, columns):
    """Return twice the magnitude at (y, x) of a coded plane plus those beside it; 0 if at < 0."""
    if at < 0:
        return np.int64(0)
    found = 2 * size_at(values, at, y, x, rows, columns)
    found += size_at(values, at, y - 1, x, rows, columns)
    found += size_at(values, at, y + 1, x, rows, columns)
    found += size_at(values, at, y, x - 1, rows, columns)
    return found + size_at(values, at, y, x + 1, rows, columns)


@jit
def code_nodes(encoding, coder, data, nodes, scales, counters, weights, singles):
    """Encode the latents of some nodes into ``data``, or decode them from it.

    Parameters
    ----------
    nodes
        (nodes, latents of a node) int32.
    scales
        (scales, 4) int64: CHANNELS, ROWS, COLUMNS, START of each scale of a node, coarse to fine.
    counters, weights, singles
        State of the coder.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    slots, ways = np.zeros(INPUTS, np.int64), np.zeros(INPUTS, np.int64)
    logits = np.zeros(INPUTS, np.int64)
    for node in range(nodes.shape[0]):
        values, before = nodes[node], nodes[max(node - 1, 0)]
        for s in range(scales.shape[0]):
            rows, columns = scales[s, ROWS], scales[s, COLUMNS]
            finest = min(s, 3)
            for c in range(scales[s, CHANNELS]):
                at = scales[s, START] + c * rows * columns
                same = at if node > 0 else np.int64(-1)
                other = at - rows * columns if c > 0 else np.int64(-1)
                plane = finest * 16 + min(c, 15)
                for y in range(rows):
                    for x in range(columns):
                        if (
                            encoding is not None
                            and coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
                        ):
                            return False
                        left = size_at(values, at, y, x - 1, rows, columns)
                        above = size_at(values, at, y - 1, x, rows, columns)
                        near = 2 * (left + above)
                        near += size_at(values, at, y - 1, x - 1, rows, columns)
                        near += size_at(values, at, y - 1, x + 1, rows, columns)
                        old = around(before, same, y, x, rows, columns)
                        beside = around(values, other, y, x, rows, columns)
                        coarse = np.int64(0)
                        if s > 0:
                            r, q = scales[s - 1, ROWS], scales[s - 1, COLUMNS]
                            i = y * r // rows * q + x * q // columns
                            for k in range(scales[s - 1, CHANNELS]):
                                coarse += abs(values[scales[s - 1, START] + k * r * q + i])
                        sums = fine(near + old)
                        slots[0] = fine(near) * 64 + plane
                        slots[1] = fine(old) * 64 + plane
                        slots[2] = fine(beside) * 64 + plane
                        slots[3] = (octave(coarse) * 8 + octave(near)) * 16 + finest * 4 + min(c, 3)
                        slots[4] = (octave(old) * 8 + octave(near)) * 8 + octave(beside)
                        slots[5] = (
                            (min(left, 7) * 8 + min(above, 7)) * 16 + min(old, 3) * 4 + finest
                        )
                        slots[6] = (
                            (y * 8 // rows * 8 + x * 8 // columns) * 16 + finest * 4 + min(c, 3)
                        )
                        slots[7] = fine(near + old + beside + coarse) * 4 + finest
                        for i in range(INPUTS):
                            ways[i] = 0
                        ways[0] = sign_at(values, at, y, x - 1, columns) * (1 + plane)
                        ways[1] = sign_at(values, at, y - 1, x, columns) * (1 + plane)
                        if same >= 0:
                            ways[2] = sign_at(before, at, y, x, columns) * (1 + plane)
                        if other >= 0:
                            ways[3] = sign_at(values, other, y, x, columns) * (1 + plane)
                        ways[4] = 1 + plane
                        value = code_integer(
                            encoding, coder, data, np.int64(values[at + y * columns + x]), slots,
                            ways, plane, sums, counters, weights, singles, logits,
                        )  # fmt: skip
                        if abs(value) > 1 << 30:
                            return False
                        if encoding is None:
                            values[at + y * columns + x] = value
    return True

"""Compiled loops of the map of blocks. Integer arithmetic only."""

import numpy as np

from vcore.entropy.rangecoder import (
    PENDING,
    POSITION,
    code_bit,
    code_raw,
)
from vcore.runtime.jit import inline, jit

NEIGHBOURS = 5
"""Number of predictor blocks: the previous one along t, z, y, x, c, in this order."""
USED = 0
SAME = NEIGHBOURS + 1
NEW = SAME + NEIGHBOURS * 3
CONTEXTS = NEW + 3
MAX_VALUE_BYTES = 64


@inline
def candidates(blocks, t, c, z, y, x, found):
    """Fill ``found`` with the networks of the neighbours, 0 where there are none."""
    found[0] = blocks[t - 1, c, z, y, x] if t > 0 else 0
    found[1] = blocks[t, c, z - 1, y, x] if z > 0 else 0
    found[2] = blocks[t, c, z, y - 1, x] if y > 0 else 0
    found[3] = blocks[t, c, z, y, x - 1] if x > 0 else 0
    found[4] = blocks[t, c - 1, z, y, x] if c > 0 else 0


@inline
def deduplicate(found):
    """Set repeated candidates to 0; return the number of neighbours."""
    used = 0
    for k in range(NEIGHBOURS):
        used += found[k] > 0
        for j in range(k):
            if found[j] == found[k]:
                found[k] = 0
    return used


@inline
def width_of(count):
    """Return the bits of a number below ``count``."""
    bits = 0
    while (np.int64(1) << bits) < count:
        bits += 1
    return bits


@jit
def code(encoding, coder, data, blocks, networks, contexts):
    """Encode the map ``blocks`` into ``data``, or decode it from there.

    Parameters
    ----------
    networks
        Expected number of networks when decoding.

    Returns
    -------
    False if ``data`` is too short (encoding) or damaged (decoding).
    """
    found = np.zeros(NEIGHBOURS, np.int64)
    seen, last = np.int64(0), np.int64(0)
    nt, nc, nz, ny, nx = blocks.shape
    for t in range(nt):
        for c in range(nc):
            for z in range(nz):
                for y in range(ny):
                    for x in range(nx):
                        if (
                            encoding is not None
                            and coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
                        ):
                            return False
                        candidates(blocks, t, c, z, y, x, found)
                        used = deduplicate(found)
                        wanted = np.int64(blocks[t, c, z, y, x])
                        if not code_bit(encoding, coder, data, contexts, USED + used, wanted > 0):
                            continue
                        value = np.int64(0)
                        for k in range(NEIGHBOURS):
                            if found[k] > 0 and code_bit(
                                encoding, coder, data, contexts, SAME + 3 * k + last,
                                found[k] == wanted,
                            ):  # fmt: skip
                                value = found[k]
                                break
                        if value > 0:
                            last = np.int64(0)
                        elif code_bit(encoding, coder, data, contexts, NEW + last, wanted > seen):
                            seen += 1
                            value, last = seen, np.int64(1)
                        else:
                            value = 1 + code_raw(encoding, coder, data, wanted - 1, width_of(seen))
                            last = np.int64(2)
                        if encoding is None and value > min(seen, networks):
                            return False
                        blocks[t, c, z, y, x] = value
    return encoding is not None or seen == networks

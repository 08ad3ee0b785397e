"""Binarisation of the prediction error of method bounded: bins, decisions, contexts
(docs/format.md, section 19).

Imports numba at module level: import it only inside the functions that code a stream.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rangecoder import code_chance
from vcore.methods.bounded.mixture import INPUTS, learn, mixed
from vcore.runtime.jit import inner

CLASSES = 27
"""Number of predictor classes: axis of the pass, scale (1, 2, coarser), number of coded frames
(0, 1, 2)."""
SINGLES = 4
"""Counters for flat voxels: scale (1, coarser), and whether the far features are flat too."""
NODES = 64
CONTEXTS = 256
BINS = 16
MAX_BITS = 50
"""Maximum bits of a coded error."""


def _bins(each: int, most: int) -> NDArray[np.int64]:
    """Return the bin of every magnitude up to 4095: ``each`` bins per octave, at most ``most``."""
    found = []
    for v in range(1 << 12):
        octave = max(v.bit_length() - each.bit_length(), 0)
        found.append(min(each * octave + (v >> octave), most))
    return np.array(found, np.int64)


COARSE = _bins(2, BINS + 5)
COARSE = np.where(COARSE < 10, COARSE, np.minimum((COARSE - 10) // 2 + 10, BINS - 1))
"""Coarse bins: half octaves up to 31, then octaves."""
FINE = _bins(4, 47)


@inner
def coarse_bin(v):
    return COARSE[min(v, 4095)]


@inner
def fine_bin(v):
    return FINE[min(v, 4095)]


@inner
def decide(encoding, coder, data, counters, base, slots, weights, node, first, second, logits, bit):
    for i in range(INPUTS):
        slots[i] = base[i] * NODES + node
    one_set, two_set = node * BINS + first, node * CLASSES + second
    a, b, chance = mixed(counters, slots, weights, one_set, NODES * BINS + two_set, logits)
    bit = code_chance(encoding, coder, data, chance, bit)
    learn(counters, slots, weights, one_set, NODES * BINS + two_set, logits, a, b, bit)
    return bit


@inner
def code_error(
    encoding, coder, data, counters, base, slots, weights, first, second, logits, error, differs
):
    """Encode ``error``, or decode and return one; an error of MAX_BITS + 1 bits signals damage.

    ``differs`` is 1 if the error is known to be nonzero.
    """
    size = abs(error)
    # all arguments are int64, as numba would compile ``decide`` again for literals and booleans
    node = np.int64(0)
    if not differs:
        bit = decide(
            encoding, coder, data, counters, base, slots, weights, node, first, second, logits,
            np.int64(size > 0),
        )  # fmt: skip
        if not bit:
            return np.int64(0)
    negative = decide(
        encoding, coder, data, counters, base, slots, weights, node + 1, first, second, logits,
        np.int64(error < 0),
    )  # fmt: skip
    bits = np.int64(1)
    while bits <= MAX_BITS:
        node = min(bits + 1, 23)
        more = decide(
            encoding, coder, data, counters, base, slots, weights, node, first, second, logits,
            np.int64(size >> bits > 0),
        )  # fmt: skip
        if not more:
            break
        bits += 1
    found = size * 0 + 1
    for k in range(bits - 2, -1, -1):
        bit = (size >> k) & 1
        depth = bits - 2 - k
        if depth < 2:
            node = 24 + min(bits, 15) if depth == 0 else 40 + 2 * min(bits, 11) + (found & 1)
            bit = decide(
                encoding, coder, data, counters, base, slots, weights, node, first, second, logits,
                bit,
            )  # fmt: skip
        else:
            bit = code_chance(encoding, coder, data, 32768, bit)
        found = found << 1 | np.int64(bit)
    return -found if negative else found

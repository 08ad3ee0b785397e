"""Coding of binary decisions by logistic mixing of adaptive counters, in integers (docs/format.md,
section 17).

Each decision has INPUTS contexts, and each context an adaptive counter that estimates the
probability of a 1. The estimates are mixed in the logistic domain with weights trained online on
every coded decision (Mahoney, Adaptive Weighing of Context Models for Lossless Data Compression,
2005, CS-2005-16). The range coder gets the mean of two such mixtures, whose weight sets are chosen
by different selectors.

Imports numba at module level: import it only inside the functions that code a stream.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.logistic import REACH, SQUASH, STRETCH
from vcore.entropy.rangecoder import code_chance
from vcore.runtime.jit import inner, sign

INPUTS = 8
"""Number of contexts per decision."""
MAX_COUNT = 127
"""Maximum count of a counter: from there on its adaptation rate is constant."""
RESTART_COUNT = 24
"""Maximum count of a counter whose state is carried over to another stream; keeps it adaptive."""
MIN_PROBABILITY = 22
"""Smallest probability of a mixture's output, in 1/65536."""
START_WEIGHT = 19661
"""Initial mixing weight in 1/65536: 0.3, so eight agreeing inputs quickly reach high confidence."""
ONE_HALF = np.int64(32768)
"""Probability 1/2 in 1/65536; int64, because a Python integer would make numba compile the coder a
second time."""
SINGLE_RATE, SINGLE_SEEN = 7, 400
"""Adaptation of a single counter: step 1/2**7 of the error, 1/2**8 after 400 updates."""


CONFIDENCE = np.array([256 * (2 * n + 1) // (2 * n + 4) for n in range(MAX_COUNT + 1)], np.int32)
"""Confidence in a counter's logit after n updates, in 1/256; low while few updates were seen."""
RECIPROCAL = np.array([65536 * 2 // (2 * n + 3) for n in range(MAX_COUNT + 1)], np.int32)


def new_counters(contexts: int) -> NDArray[np.uint32]:
    """Return counters in their initial state, (INPUTS, contexts) uint32: upper 22 bits probability,
    lower 10 bits number of updates."""
    return np.full((INPUTS, contexts), 5 << 28, np.uint32)  # 5/16


def new_singles(contexts: int) -> NDArray[np.int32]:
    """Return single counters in their initial state, (contexts, 2) int32: probability of a 1 in
    1/2**22, number of updates."""
    singles = np.zeros((contexts, 2), np.int32)
    singles[:, 0] = 1 << 21
    return singles


def new_weights(sets: int) -> NDArray[np.int32]:
    """Return mixing weights in their initial state, (sets, INPUTS) int32, in 1/65536."""
    return np.full((sets, INPUTS), START_WEIGHT, np.int32)


def restarted_counters(counters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return a copy of ``counters`` for another stream, with counts limited to RESTART_COUNT."""
    seen = np.minimum(counters & np.uint32(1023), np.uint32(RESTART_COUNT))
    fresh: NDArray[np.uint32] = (counters & ~np.uint32(1023)) | seen
    return fresh


@inner
def code_single(encoding, coder, data, singles, c, bit):
    """Code ``bit`` with one adaptive counter; for decisions that are nearly certain or rare."""
    chance = np.int64(singles[c, 0]) >> 6
    bit = code_chance(encoding, coder, data, min(max(chance, 2), 65534), bit)
    seen = singles[c, 1]
    rate = min((seen >> 1) + 1, SINGLE_RATE) + (seen >= SINGLE_SEEN)
    singles[c, 0] += ((bit << 22) - np.int64(singles[c, 0])) >> rate
    if seen < SINGLE_SEEN:
        singles[c, 1] = seen + 1
    return bit


@inner
def code_equiprobable(encoding, coder, data, bit):
    """Code ``bit`` with probability 1/2."""
    return code_chance(encoding, coder, data, ONE_HALF, bit)


@inner
def logit_of(counters, i, slot):
    """Return the logit of a counter, weighted by its confidence."""
    state = np.int64(counters[i, slot])
    return (np.int64(STRETCH[state >> 20]) * CONFIDENCE[state & 1023]) >> 8


@inner
def adapt_counter(counters, i, slot, bit):
    """Update a counter with the coded ``bit``."""
    state = np.int64(counters[i, slot])
    seen = state & 1023
    chance = state >> 10
    chance += (((bit << 22) - chance) * RECIPROCAL[seen]) >> 16
    chance = min(max(chance, 64), (1 << 22) - 64)
    counters[i, slot] = np.uint32((chance << 10) | min(seen + 1, MAX_COUNT))


@inner
def code_logits(encoding, coder, data, weights, first, second, logits, bit):
    """Code ``bit`` with the mean of two mixtures of ``logits``, and update their weights."""
    one, two = np.int64(0), np.int64(0)
    for i in range(INPUTS):
        one += logits[i] * weights[first, i]
        two += logits[i] * weights[second, i]
    one = min(max(one >> 16, -REACH), REACH)
    two = min(max(two >> 16, -REACH), REACH)
    chance = np.int64(SQUASH[((one + two) >> 1) + REACH])
    bit = code_chance(
        encoding, coder, data, min(max(chance, MIN_PROBABILITY), 65536 - MIN_PROBABILITY), bit
    )
    target = bit << 16
    error = target - SQUASH[one + REACH]
    other_error = target - SQUASH[two + REACH]
    for i in range(INPUTS):
        weights[first, i] += (logits[i] * error + (1 << 13)) >> 14
        weights[second, i] += (logits[i] * other_error + (1 << 13)) >> 14
    return bit


@inner
def code_mixed(encoding, coder, data, counters, slots, offset, weights, first, second, logits, bit):
    """Code ``bit`` with the mixture of counters ``offset + slots[i]``, and update all of them."""
    for i in range(INPUTS):
        logits[i] = logit_of(counters, i, offset + slots[i])
    bit = code_logits(encoding, coder, data, weights, first, second, logits, bit)
    for i in range(INPUTS):
        adapt_counter(counters, i, offset + slots[i], bit)
    return bit


@inner
def code_symmetric(
    encoding, coder, data, counters, ways, offset, weights, first, second, logits, bit
):
    """Code ``bit`` with the mixture of counters ``offset + |ways[i]|``, and update all of them.

    A negative ``ways[i]`` means that the counter models the inverted bit, 0 that this input is
    unused.
    """
    for i in range(INPUTS):
        logits[i] = logit_of(counters, i, offset + abs(ways[i])) * sign(ways[i])
    bit = code_logits(encoding, coder, data, weights, first, second, logits, bit)
    for i in range(INPUTS):
        if ways[i]:
            inverted = bit if ways[i] > 0 else 1 - bit
            adapt_counter(counters, i, offset + abs(ways[i]), inverted)
    return bit

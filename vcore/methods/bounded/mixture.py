"""Probability model of method bounded: logistic mixing of adaptive counters, in integers
(docs/format.md, section 19).

Like ``vcore.entropy.mixing``, with more contexts and slower counters, as its streams are longer.

Imports numba at module level: import it only inside the functions that code a stream.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.logistic import REACH, SQUASH, STRETCH
from vcore.runtime.jit import inner

INPUTS = 11
"""Number of contexts per decision."""
COUNT_BITS = 10
MAX_COUNT = 255
"""Maximum count of a counter: from there on its adaptation rate is constant."""
MIN_PROBABILITY = 24
"""Smallest coded probability, in 1/65536."""
START_WEIGHT = 14000
"""Initial mixing weight, in 1/65536."""
RATES = np.array([5 + 2560 // (n + 16) for n in range(2546)], np.int64)
"""Learning rate of a weight set after n decisions, falling so that short streams adapt too."""
RECIPROCAL = np.array([65536 // (n + 2) for n in range(MAX_COUNT + 1)], np.int32)


def new_counters(contexts: int) -> NDArray[np.int32]:
    """Return counters in their initial state, (INPUTS, contexts) int32: probability in the upper
    22 bits, number of updates in the lower 10."""
    return np.full((INPUTS, contexts), 1 << 31, np.uint32).view(np.int32)


def new_weights(sets: int) -> NDArray[np.int32]:
    """Return mixing weights in their initial state, (sets, INPUTS + 1) int32, in 1/65536; the last
    column counts the updates of the set."""
    weights = np.full((sets, INPUTS + 1), START_WEIGHT, np.int32)
    weights[:, INPUTS] = 0
    return weights


@inner
def clamp(v, low, high):
    return min(max(v, low), high)


@inner
def rate_of(weights, row):
    """Return the learning rate of a weight set for the next decision, and count the decision."""
    seen = np.int64(weights[row, INPUTS])
    if seen < RATES.size - 1:
        weights[row, INPUTS] = seen + 1
    return RATES[seen]


@inner
def mixed(counters, slots, weights, first, second, logits):
    """Return the logit of each mixture, and the probability of a 1 in 1/65536."""
    one, two = np.int64(0), np.int64(0)
    for i in range(INPUTS):
        chance = (np.int64(counters[i, slots[i]]) >> 20) & 4095
        logit = np.int64(STRETCH[chance])
        logits[i] = logit
        one += logit * weights[first, i]
        two += logit * weights[second, i]
    one = clamp(one >> 16, -REACH, REACH)
    two = clamp(two >> 16, -REACH, REACH)
    chance = np.int64(SQUASH[((one + two) >> 1) + REACH])
    return one, two, clamp(chance, MIN_PROBABILITY, 65536 - MIN_PROBABILITY)


@inner
def learn(counters, slots, weights, first, second, logits, one, two, bit):
    """Update weights and counters with the coded ``bit``."""
    target = np.int64(bit) << 16
    error = (target - SQUASH[one + REACH]) * rate_of(weights, first)
    other_error = (target - SQUASH[two + REACH]) * rate_of(weights, second)
    for i in range(INPUTS):
        weights[first, i] += (logits[i] * error + (1 << 17)) >> 18
        weights[second, i] += (logits[i] * other_error + (1 << 17)) >> 18
        state = np.int64(counters[i, slots[i]]) & 0xFFFFFFFF
        seen = state & 1023
        chance = state >> COUNT_BITS
        chance += ((((np.int64(bit) << 22) - chance) >> 3) * RECIPROCAL[seen]) >> 13
        chance = clamp(chance, 64, (1 << 22) - 64)
        if seen < MAX_COUNT:
            seen += 1
        counters[i, slots[i]] = np.int32(np.uint32((chance << COUNT_BITS) | seen))

"""How method bounded predicts a decision: logistic mixing of adaptive counters, in integers
(docs/format.md, section 19).

As in ``vcore.entropy.mixing``, with more contexts and counters that go on longer, as its streams
are longer.

Compiled by numba, which is imported with this module: import it only where a stream is coded.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.logistic import REACH, SQUASH, STRETCH
from vcore.runtime.jit import inner

INPUTS = 11
"""Contexts of a decision."""
COUNT_BITS = 10
LIMIT = 255
"""Decisions after which a counter stops slowing down."""
LEAST = 24
"""Smallest probability that is coded, in 1/65536."""
START_WEIGHT = 14000
"""In 1/65536."""
RATES = np.array([5 + 2560 // (n + 16) for n in range(2546)], np.int64)
"""How fast a set of weights learns after n decisions: a short stream has little to learn from."""
RECIPROCAL = np.array([65536 // (n + 2) for n in range(LIMIT + 1)], np.int32)


def new_counters(contexts: int) -> NDArray[np.int32]:
    """Return counters in their first state: 22 bits of probability, 10 of decisions seen."""
    return np.full((INPUTS, contexts), 1 << 31, np.uint32).view(np.int32)


def new_weights(sets: int) -> NDArray[np.int32]:
    """Return mixing weights in their first state, in 1/65536, each set with decisions seen."""
    weights = np.full((sets, INPUTS + 1), START_WEIGHT, np.int32)
    weights[:, INPUTS] = 0
    return weights


@inner
def between(v, least, most):
    return min(max(v, least), most)


@inner
def rate_of(weights, row):
    """Return how fast a set of weights learns from its next decision, which is counted."""
    seen = np.int64(weights[row, INPUTS])
    if seen < RATES.size - 1:
        weights[row, INPUTS] = seen + 1
    return RATES[seen]


@inner
def mixed(counters, slots, weights, first, second, logits):
    """Return the logit that each set of weights gives, and the probability of a 1."""
    one, two = np.int64(0), np.int64(0)
    for i in range(INPUTS):
        chance = (np.int64(counters[i, slots[i]]) >> 20) & 4095
        logit = np.int64(STRETCH[chance])
        logits[i] = logit
        one += logit * weights[first, i]
        two += logit * weights[second, i]
    one = between(one >> 16, -REACH, REACH)
    two = between(two >> 16, -REACH, REACH)
    chance = np.int64(SQUASH[((one + two) >> 1) + REACH])
    return one, two, between(chance, LEAST, 65536 - LEAST)


@inner
def learn(counters, slots, weights, first, second, logits, one, two, bit):
    """Move weights and counters towards ``bit``."""
    target = np.int64(bit) << 16
    missed = (target - SQUASH[one + REACH]) * rate_of(weights, first)
    other = (target - SQUASH[two + REACH]) * rate_of(weights, second)
    for i in range(INPUTS):
        weights[first, i] += (logits[i] * missed + (1 << 17)) >> 18
        weights[second, i] += (logits[i] * other + (1 << 17)) >> 18
        state = np.int64(counters[i, slots[i]]) & 0xFFFFFFFF
        seen = state & 1023
        chance = state >> COUNT_BITS
        chance += ((((np.int64(bit) << 22) - chance) >> 3) * RECIPROCAL[seen]) >> 13
        chance = between(chance, 64, (1 << 22) - 64)
        if seen < LIMIT:
            seen += 1
        counters[i, slots[i]] = np.int32(np.uint32((chance << COUNT_BITS) | seen))

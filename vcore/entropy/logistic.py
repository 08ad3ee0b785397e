"""Binary decisions coded by logistic mixing of adaptive counters, in integers.

Each decision has several contexts, each context an adaptive counter of how often a 1 followed. The
counters' probabilities are mixed in the logistic domain by weights that learn from every coded
decision (Mahoney 2005, "Adaptive weighing of context models for lossless data compression"), and
the range coder (``vcore.entropy.rangecoder``) takes the mean of two such mixtures, whose weights
are chosen by different selectors.

Compiled by numba, which is imported with this module: import it only where a stream is coded.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rangecoder import (
    CODE,
    LOW,
    RANGE,
    TOP,
    inline,
    next_byte,
    shift_low,
)

INPUTS = 11
"""Contexts of a decision."""
REACH = 2047
"""Largest logit, in 1/256."""
COUNT_BITS = 10
LIMIT = 255
"""Decisions after which a counter stops slowing down."""
LEARNING = 8
LEAST = 24
"""Smallest probability that is coded, in 1/65536."""
START_WEIGHT = 18000
"""In 1/65536."""


def _squash_table() -> NDArray[np.int32]:
    """Return 65536 / (1 + exp(-i / 256)) for i in -REACH..REACH, by exact integer arithmetic."""
    one = 1 << 128
    factor, term = one, one
    for k in range(1, 30):  # the series of exp(1 / 256)
        term //= 256 * k
        factor += term
    power, upper = one, []
    for _ in range(REACH + 1):
        upper.append(((power << 17) // (one + power) + 1) >> 1)
        power = power * factor >> 128
    lower = [65536 - value for value in upper[:0:-1]]
    return np.array(lower + upper, np.int32)


def _stretch_table(squash: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the smallest logit whose probability is at least (j + 1/2) / 4096, for each j."""
    found = np.searchsorted(squash, np.arange(4096) * 16 + 8)
    return np.minimum(found - REACH, REACH).astype(np.int32)


SQUASH = _squash_table()
STRETCH = _stretch_table(SQUASH)
RECIPROCAL = np.array([65536 // (n + 2) for n in range(LIMIT + 1)], np.int32)


def new_counters(contexts: int) -> NDArray[np.int32]:
    """Return counters in their first state: 22 bits of probability, 10 of decisions seen."""
    return np.full((INPUTS, contexts), 1 << 31, np.uint32).view(np.int32)


def new_weights(sets: int) -> NDArray[np.int32]:
    """Return mixing weights in their first state, in 1/65536."""
    return np.full((sets, INPUTS), START_WEIGHT, np.int32)


@inline
def between(v, least, most):
    return min(max(v, least), most)


@inline
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


@inline
def learn(counters, slots, weights, first, second, logits, one, two, bit):
    """Move weights and counters towards ``bit``."""
    target = np.int64(bit) << 16
    missed = (target - SQUASH[one + REACH]) * LEARNING
    other = (target - SQUASH[two + REACH]) * LEARNING
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


@inline
def code_bit(encoding, coder, data, chance, bit):
    """Encode ``bit``, or decode and return one, of which a 1 has probability ``chance`` / 65536."""
    bound = (coder[RANGE] >> 16) * chance
    if encoding:
        if bit:
            coder[RANGE] = bound
        else:
            coder[LOW] += bound
            coder[RANGE] -= bound
        while coder[RANGE] < TOP:
            coder[RANGE] <<= 8
            shift_low(coder, data)
    else:
        if coder[CODE] < bound:
            coder[RANGE] = bound
            bit = 1
        else:
            coder[CODE] -= bound
            coder[RANGE] -= bound
            bit = 0
        while coder[RANGE] < TOP:
            coder[RANGE] <<= 8
            coder[CODE] = (coder[CODE] << 8) | next_byte(coder, data)
    return bit

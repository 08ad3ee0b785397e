"""Binary decisions coded by logistic mixing of adaptive counters, in integers (docs/format.md,
section 17).

Each decision has INPUTS contexts, each an adaptive counter of how often a 1 followed. The counters'
probabilities are mixed in the logistic domain by weights that learn from every coded decision
(Mahoney, Adaptive Weighing of Context Models for Lossless Data Compression, 2005, CS-2005-16); the
mean of two such mixtures, whose weights are chosen by different selectors, goes to the range coder.

Compiled by numba, which is imported with this module: import it only where a stream is coded.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.logistic import REACH, SQUASH, STRETCH
from vcore.entropy.rangecoder import code_chance
from vcore.runtime.jit import inner, sign

INPUTS = 8
"""Contexts of a decision."""
LIMIT = 127
"""Decisions after which a counter stops slowing down."""
FEW, START_FEW = 3, 32768
"""Contexts of a decision of few, and the weight of each at first."""
RESTART = 24
"""Decisions that a counter counts as seen where another stream goes on from its state."""
LEAST = 22
"""Smallest probability that a mixture gives, in 1/65536."""
START_WEIGHT = 19661
"""In 1/65536: 0.3, from which eight inputs that mostly agree are soon told apart."""
EVEN = np.int64(32768)
"""Probability of a bit of which nothing is known; not a Python integer, for which numba would
compile the coder once more."""
SINGLE_RATE, SINGLE_SEEN = 7, 400
"""A single counter moves by 1/2**7 of what is missing, by 1/2**8 once it has seen so many."""


TRUST = np.array([256 * (2 * n + 1) // (2 * n + 4) for n in range(LIMIT + 1)], np.int32)
"""What a counter's logit counts, in 1/256, after n decisions: little where it has seen little."""
RECIPROCAL = np.array([65536 * 2 // (2 * n + 3) for n in range(LIMIT + 1)], np.int32)


def new_counters(contexts: int, inputs: int = INPUTS) -> NDArray[np.uint32]:
    """Return counters in their first state: 22 bits of probability, 10 of decisions seen."""
    return np.full((inputs, contexts), 5 << 28, np.uint32)  # 5/16


def new_singles(contexts: int) -> NDArray[np.int32]:
    """Return single counters in their first state: probability of a 1 in 1/2**22, updates seen."""
    singles = np.zeros((contexts, 2), np.int32)
    singles[:, 0] = 1 << 21
    return singles


def new_weights(sets: int, inputs: int = INPUTS) -> NDArray[np.int32]:
    """Return mixing weights in their first state, in 1/65536."""
    return np.full((sets, inputs), START_WEIGHT if inputs == INPUTS else START_FEW, np.int32)


def restarted(counters: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return a copy of counters for another stream, which adapt quickly again."""
    seen = np.minimum(counters & np.uint32(1023), np.uint32(RESTART))
    fresh: NDArray[np.uint32] = (counters & ~np.uint32(1023)) | seen
    return fresh


@inner
def code_single(encoding, coder, data, singles, c, bit):
    """Code ``bit`` by one counter: for decisions that are nearly certain, or rare."""
    chance = np.int64(singles[c, 0]) >> 6
    bit = code_chance(encoding, coder, data, min(max(chance, 2), 65534), bit)
    seen = singles[c, 1]
    rate = min((seen >> 1) + 1, SINGLE_RATE) + (seen >= SINGLE_SEEN)
    singles[c, 0] += ((bit << 22) - np.int64(singles[c, 0])) >> rate
    if seen < SINGLE_SEEN:
        singles[c, 1] = seen + 1
    return bit


@inner
def code_even(encoding, coder, data, bit):
    """Code a ``bit`` of which nothing is known."""
    return code_chance(encoding, coder, data, EVEN, bit)


@inner
def logit_of(counters, i, slot):
    """Return the logit of a counter, trusted by what it has seen."""
    state = np.int64(counters[i, slot])
    return (np.int64(STRETCH[state >> 20]) * TRUST[state & 1023]) >> 8


@inner
def adapt_counter(counters, i, slot, bit):
    """Move a counter towards ``bit``."""
    state = np.int64(counters[i, slot])
    seen = state & 1023
    chance = state >> 10
    chance += (((bit << 22) - chance) * RECIPROCAL[seen]) >> 16
    chance = min(max(chance, 64), (1 << 22) - 64)
    counters[i, slot] = np.uint32((chance << 10) | min(seen + 1, LIMIT))


@inner
def code_logits(encoding, coder, data, weights, first, second, logits, bit):
    """Code ``bit`` by the mean of two mixtures of ``logits``, whose weights learn from it."""
    one, two = np.int64(0), np.int64(0)
    for i in range(INPUTS):
        one += logits[i] * weights[first, i]
        two += logits[i] * weights[second, i]
    one = min(max(one >> 16, -REACH), REACH)
    two = min(max(two >> 16, -REACH), REACH)
    chance = np.int64(SQUASH[((one + two) >> 1) + REACH])
    bit = code_chance(encoding, coder, data, min(max(chance, LEAST), 65536 - LEAST), bit)
    target = bit << 16
    missed = target - SQUASH[one + REACH]
    other = target - SQUASH[two + REACH]
    for i in range(INPUTS):
        weights[first, i] += (logits[i] * missed + (1 << 13)) >> 14
        weights[second, i] += (logits[i] * other + (1 << 13)) >> 14
    return bit


@inner
def code_mixed(encoding, coder, data, counters, slots, offset, weights, first, second, logits, bit):
    """Code ``bit`` by the mixture of counters ``offset + slots[i]``; they learn from it."""
    for i in range(INPUTS):
        logits[i] = logit_of(counters, i, offset + slots[i])
    bit = code_logits(encoding, coder, data, weights, first, second, logits, bit)
    for i in range(INPUTS):
        adapt_counter(counters, i, offset + slots[i], bit)
    return bit


@inner
def code_turned(encoding, coder, data, counters, ways, offset, weights, first, second, logits, bit):
    """Code ``bit`` by the mixture of counters ``offset + |ways[i]|``: where ``ways[i]`` is negative
    the counter stands for the other bit, where it is 0 for none."""
    for i in range(INPUTS):
        logits[i] = logit_of(counters, i, offset + abs(ways[i])) * sign(ways[i])
    bit = code_logits(encoding, coder, data, weights, first, second, logits, bit)
    for i in range(INPUTS):
        if ways[i]:
            turned = bit if ways[i] > 0 else 1 - bit
            adapt_counter(counters, i, offset + abs(ways[i]), turned)
    return bit


@inner
def code_few(encoding, coder, data, counters, one, two, three, weights, row, bit):
    """Code ``bit`` by one mixture of three counters; they and its weights learn from it."""
    a, b, c = (
        logit_of(counters, 0, one),
        logit_of(counters, 1, two),
        logit_of(counters, 2, three),
    )
    mixed = a * weights[row, 0] + b * weights[row, 1] + c * weights[row, 2]
    chance = np.int64(SQUASH[min(max(mixed >> 16, -REACH), REACH) + REACH])
    bit = code_chance(encoding, coder, data, min(max(chance, LEAST), 65536 - LEAST), bit)
    missed = (bit << 16) - chance
    weights[row, 0] += (a * missed + (1 << 13)) >> 14
    weights[row, 1] += (b * missed + (1 << 13)) >> 14
    weights[row, 2] += (c * missed + (1 << 13)) >> 14
    adapt_counter(counters, 0, one, bit)
    adapt_counter(counters, 1, two, bit)
    adapt_counter(counters, 2, three, bit)
    return bit


@inner
def code_one(encoding, coder, data, counters, offset, way, bit):
    """Code ``bit`` by the first counter of ``offset + |way|``: where ``way`` is negative it stands
    for the other bit, where it is 0 nothing is known."""
    if way == 0:
        return code_even(encoding, coder, data, bit)
    slot, turned = offset + abs(way), np.int64(way < 0)
    chance = np.int64(counters[0, slot]) >> 16
    bit = code_chance(encoding, coder, data, min(max(chance, LEAST), 65536 - LEAST), bit ^ turned)
    adapt_counter(counters, 0, slot, bit)
    return bit ^ turned

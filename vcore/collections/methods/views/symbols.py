"""Compiled coding of modes of blocks and positions of last coefficients."""

import numpy as np

from vcore.collections.methods.views.contexts import INTER, INTER_MODE, LAST, SAME, TRANSFORM, TREE
from vcore.collections.methods.views.intra import MODES
from vcore.collections.methods.views.transform import IDENTITY
from vcore.entropy.magnitudes import code_length
from vcore.entropy.mixing import code_equiprobable, code_single
from vcore.runtime.jit import inner


@inner
def code_mode(encoding, coder, data, singles, mode, left, above, between, k):
    """Code the mode of a block; -1 if it is impossible."""
    if between:
        others = np.int64(left >= 0 and left != INTER_MODE)
        others += np.int64(above >= 0 and above != INTER_MODE)
        c = INTER + k * 3 + others
        if code_single(encoding, coder, data, singles, c, np.int64(mode != INTER_MODE)) == 0:
            return np.int64(INTER_MODE)
    known = left >= 0 and left != INTER_MODE
    if known and code_single(encoding, coder, data, singles, SAME + k, np.int64(mode == left)):
        return left
    known = above >= 0 and above != INTER_MODE and above != left
    if known and code_single(encoding, coder, data, singles, SAME + 4 + k, np.int64(mode == above)):
        return above
    node = np.int64(1)
    for i in range(5, -1, -1):
        bit = code_single(encoding, coder, data, singles, TREE + k * 64 + node, (mode >> i) & 1)
        node = 2 * node + bit
    return node - 64 if node - 64 < MODES else np.int64(-1)


@inner
def code_transform(encoding, coder, data, singles, transform, k, inter):
    """Code the transform of a block."""
    base = TRANSFORM + (k * 2 + inter) * 8
    if code_single(encoding, coder, data, singles, base, np.int64(transform != 0)) == 0:
        return np.int64(0)
    if code_single(encoding, coder, data, singles, base + 1, np.int64(transform == IDENTITY)):
        return np.int64(IDENTITY)
    if code_single(encoding, coder, data, singles, base + 2, np.int64(transform == 3)):
        return np.int64(3)
    return 1 + code_single(encoding, coder, data, singles, base + 3, np.int64(transform == 2))


@inner
def code_last(encoding, coder, data, singles, last, k, c, inter):
    """Code the position of the last coefficient in the scan; may exceed the block if damaged."""
    base = LAST + ((k * 3 + c) * 2 + inter) * 72
    bits = code_length(encoding, coder, data, singles, base, last + 1)
    found = np.int64(1)
    for i in range(min(bits, 12) - 1, -1, -1):
        bit = ((last + 1) >> i) & 1
        if bits - 1 - i < 2:
            context = base + 22 + bits * 4 + (bits - 1 - i) * 2 + (found & 1)
            bit = code_single(encoding, coder, data, singles, context, bit)
        else:
            bit = code_equiprobable(encoding, coder, data, bit)
        found = 2 * found + bit
    return found - 1

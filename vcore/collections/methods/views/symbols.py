"""Compiled coding of everything but coefficients: motion, modes, positions of last coefficients."""

import numpy as np

from vcore.collections.methods.views.contexts import INTER, INTER_MODE, LAST, OFFSET, SAME, TREE
from vcore.collections.methods.views.intra import MODES
from vcore.entropy.mixing import code_equiprobable, code_single
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit

MAX_OFFSET = 1 << 11
"""Limit of a block's offset in units."""
MAX_BITS = 20
"""Most bits of a number."""
TOO_LONG = np.int64(1) << 40


@inner
def code_length(encoding, coder, data, singles, base, value):
    """Code the position of the highest bit of ``value`` >= 1, in unary."""
    bits, top = np.int64(0), np.int64(0)
    if encoding is not None:
        while (value >> (top + 1)) > 0:
            top += 1
    while bits <= MAX_BITS:
        if code_single(encoding, coder, data, singles, base + bits, np.int64(top > bits)) == 0:
            break
        bits += 1
    return bits


@inner
def code_signed(encoding, coder, data, singles, base, value):
    """Code an integer; TOO_LONG if it has more than MAX_BITS bits."""
    if code_single(encoding, coder, data, singles, base, np.int64(value != 0)) == 0:
        return np.int64(0)
    negative = code_single(encoding, coder, data, singles, base + 1, np.int64(value < 0))
    bits = code_length(encoding, coder, data, singles, base + 2, abs(value))
    if bits > MAX_BITS:
        return TOO_LONG
    found = np.int64(1)
    for i in range(bits - 1, -1, -1):
        c = base + 24 + min(bits, 12) * 2 + (i == bits - 1)
        found = 2 * found + code_single(encoding, coder, data, singles, c, (abs(value) >> i) & 1)
    return -found if negative else found


@jit
def code_motion(encoding, coder, data, modes, offsets, mismatch, kinds, singles):
    """Code the modes and offsets of all groups of blocks; return False if they are impossible."""
    ny, nx = modes.shape
    explicit = np.zeros((ny + 1, nx + 1), np.int64)
    for y in range(ny):
        for x in range(nx):
            if encoding is not None and coder[POSITION] + coder[PENDING] + 64 > data.size:
                return False
            around = explicit[y, x + 1] + explicit[y + 1, x]
            some = np.int64(modes[y, x] != 0 or offsets[y, x, 0] != 0 or offsets[y, x, 1] != 0)
            c = OFFSET + mismatch[y, x] * 3 + around
            if code_single(encoding, coder, data, singles, c, some) == 0:
                continue
            explicit[y + 1, x + 1] = 1
            before = np.int64(0)  # mode of an explicit neighbour
            py, px, known = np.int64(0), np.int64(0), np.int64(0)
            for k in range(2):
                p, q = y - (k == 1), x - (k == 0)
                if p >= 0 and q >= 0 and known == 0 and explicit[p + 1, q + 1]:
                    known, before = np.int64(1), np.int64(modes[p, q])
                    py, px = np.int64(offsets[p, q, 0]), np.int64(offsets[p, q, 1])
            mode = np.int64(0)
            while mode < kinds - 1:
                c = OFFSET + 32 + (min(before, 5) * 2 + known) * 6 + min(mode, 5)
                more = np.int64(modes[y, x] > mode)
                if code_single(encoding, coder, data, singles, c, more) == 0:
                    break
                mode += 1
            modes[y, x] = mode
            if before != mode:
                py, px, known = np.int64(0), np.int64(0), np.int64(0)
            c = OFFSET + 128 + ((mode % 3 > 0) * 2 + known) * 128
            dy = code_signed(encoding, coder, data, singles, c, offsets[y, x, 0] - py)
            dx = code_signed(encoding, coder, data, singles, c + 64, offsets[y, x, 1] - px)
            if abs(py + dy) > MAX_OFFSET or abs(px + dx) > MAX_OFFSET:
                return False
            offsets[y, x, 0], offsets[y, x, 1] = py + dy, px + dx
    return True


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

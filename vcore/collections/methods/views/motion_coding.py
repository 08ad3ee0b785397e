"""Compiled coding of the motion: modes and offsets of groups of blocks, with mixed contexts."""

import numpy as np

from vcore.collections.methods.views.compensation import BOTH, derived_vector
from vcore.collections.methods.views.compensation import KINDS as PER_PAIR
from vcore.collections.methods.views.contexts import (
    EXPLICIT,
    MERGE,
    MODE,
    OFFSET,
    SETS,
    SLOTS,
    VECTOR,
)
from vcore.entropy.magnitudes import octave
from vcore.entropy.mixing import INPUTS, code_mixed, code_single
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit

MAX_OFFSET = 1 << 11
"""Limit of a block's offset in units."""
MAX_LENGTH = 12
"""Most bits of the magnitude of a difference of offsets."""
CANDIDATES = 3
"""Groups whose motion may be taken over: to the left, above, above to the right."""
TOO_LONG = np.int64(1) << 40


@inner
def candidate(explicit, modes, offsets, y, x, k):
    """Return whether candidate ``k`` of a group has a motion that no earlier one has, and where it
    is."""
    p, q = y - (k > 0), x - (k == 0) + (k == 2)
    if p < 0 or q < 0 or q >= modes.shape[1] or explicit[p + 1, q + 1] == 0:
        return False, p, q
    for other in range(k):
        r, s = y - (other > 0), x - (other == 0)
        if r < 0 or s < 0 or explicit[r + 1, s + 1] == 0 or modes[r, s] != modes[p, q]:
            continue
        if offsets[r, s, 0] == offsets[p, q, 0] and offsets[r, s, 1] == offsets[p, q, 1]:
            return False, p, q
    return True, p, q


@inner
def code_difference(
    encoding,
    coder,
    data,
    counters,
    weights,
    singles,
    slots,
    logits,
    value,
    axis,
    known,
    kind,
    pair,
    guess,
    other,
    before,
    agreement,
    reach,
):
    """Code the difference of an offset's component to its prediction; TOO_LONG if it is
    impossible.

    Parameters
    ----------
    value, axis
        The difference, and 0 for y or 1 for x.
    known, kind, pair
        Whether the prediction is a neighbour's, kind of the mode, and its pair.
    guess, other, before
        The prediction; class of the difference in y, 8 for y itself; class of the difference that
        was coded last.
    agreement, reach
        Class of the mismatch, and of the distance between the images of the first pair.
    """
    top = np.int64(0)
    if encoding is not None:
        while (abs(value) >> top) > 0:
            top += 1
    length = np.int64(0)
    while length <= MAX_LENGTH:
        t = axis * 14 + length
        slots[0] = t * 2 + known
        slots[1] = (t * 3 + kind) * 2 + known
        slots[2] = t * 8 + min(octave(abs(guess)), 7)
        slots[3] = (t * 9 + other) * 2 + known
        slots[4] = (t * 8 + min(before, 7)) * 2 + known
        slots[5] = t * 8 + agreement
        slots[6] = (t * 8 + min(reach, 7)) * 2 + (kind > 0)
        slots[7] = t * 4 + min(pair, 3)
        if (
            code_mixed(
                encoding,
                coder,
                data,
                counters,
                slots,
                VECTOR * SLOTS,
                weights,
                VECTOR * SETS + min(length, 7) * 2 + axis,
                VECTOR * SETS + 16 + min(length, 7) * 8 + agreement,
                logits,
                np.int64(top > length),
            )
            == 0
        ):
            break
        length += 1
    if length > MAX_LENGTH:
        return TOO_LONG
    if length == 0:
        return np.int64(0)
    c = OFFSET + axis * 3 + (guess > 0) - (guess < 0) + 1
    negative = code_single(encoding, coder, data, singles, c, np.int64(value < 0))
    found = np.int64(1)
    for i in range(length - 2, -1, -1):
        c = OFFSET + 8 + (axis * 13 + min(length, 12)) * 2 + (i == length - 2)
        found = 2 * found + code_single(encoding, coder, data, singles, c, (abs(value) >> i) & 1)
    return -found if negative else found


@jit
def code_motion(encoding, coder, data, modes, offsets, mismatch, far, fields, state):
    """Code the modes and offsets of all groups of blocks; return False if they are impossible.

    Parameters
    ----------
    modes, offsets
        As in ``compensation.vectors``, the latter in 1/UNIT of a pixel.
    mismatch
        Output of ``motion.mismatch``.
    far, fields
        As in ``compensation.vectors``.
    state
        Counters, weights, single counters.
    """
    counters, weights, singles = state
    ny, nx = modes.shape
    pairs = far.shape[0]
    last_mode = PER_PAIR * pairs - 1
    explicit = np.zeros((ny + 1, nx + 2), np.int64)
    slots, logits = np.zeros(INPUTS, np.int64), np.zeros(INPUTS, np.int64)
    reach = octave(far[0, 0] + far[0, 1])
    recent, recent_y, recent_x = np.int64(0), np.int64(0), np.int64(0)
    many = np.int64(0)
    for y in range(ny):
        for x in range(nx):
            if encoding is not None and coder[POSITION] + coder[PENDING] + 256 > data.size:
                return False
            own = mismatch[y, x]
            left, above = explicit[y + 1, x], explicit[y, x + 1]
            corner, right = explicit[y, x], explicit[y, x + 2]
            around = left + above
            beside = mismatch[y, min(x + 1, nx - 1)]
            below = mismatch[min(y + 1, ny - 1), x]
            mode_left = np.int64(modes[y, x - 1]) + 1 if left else np.int64(0)
            mode_above = np.int64(modes[y - 1, x]) + 1 if above else np.int64(0)
            share = octave(many * 64 // (y * nx + x + 1))
            slots[0] = own * 3 + around
            slots[1] = (beside * 8 + below) * 3 + around
            slots[2] = ((left * 2 + above) * 2 + corner) * 2 + right
            slots[3] = ((own * 4 + min(pairs, 4) - 1) * 3 + around) * 2 + (far[0, 0] > 1)
            slots[4] = (min(own + beside + below, 23) * 5 + around + corner + right) * 2 + left
            slots[5] = (share * 8 + own) * 3 + around
            slots[6] = min(mode_left, 12) * 13 + min(mode_above, 12)
            slots[7] = around * 8 + min(reach, 7)
            some = np.int64(modes[y, x] != 0 or offsets[y, x, 0] != 0 or offsets[y, x, 1] != 0)
            some = code_mixed(
                encoding,
                coder,
                data,
                counters,
                slots,
                EXPLICIT * SLOTS,
                weights,
                EXPLICIT * SETS + around * 4 + corner * 2 + right,
                EXPLICIT * SETS + 16 + own * 3 + around,
                logits,
                some,
            )
            if some == 0:
                continue
            explicit[y + 1, x + 1] = 1
            many += 1
            taken, choices = False, np.int64(0)
            py, px, known = np.int64(0), np.int64(0), np.int64(0)
            for k in range(CANDIDATES):
                good, p, q = candidate(explicit, modes, offsets, y, x, k)
                if not good:
                    continue
                same = np.int64(
                    modes[y, x] == modes[p, q]
                    and offsets[y, x, 0] == offsets[p, q, 0]
                    and offsets[y, x, 1] == offsets[p, q, 1]
                )
                size = octave(abs(np.int64(offsets[p, q, 0])) + abs(np.int64(offsets[p, q, 1])))
                other = min(np.int64(modes[p, q]), 11)
                slots[0] = (k * 3 + choices) * 3 + around
                slots[1] = (other * 3 + k) * 3 + choices
                slots[2] = (own * 3 + k) * 3 + choices
                slots[3] = (size * 3 + k) * 3 + choices
                slots[4] = ((left * 2 + above) * 2 + right) * 3 + k
                slots[5] = (share * 3 + k) * 3 + choices
                slots[6] = (size * 3 + min(other % PER_PAIR, 2)) * 3 + k
                slots[7] = k * 3 + choices
                same = code_mixed(
                    encoding,
                    coder,
                    data,
                    counters,
                    slots,
                    MERGE * SLOTS,
                    weights,
                    MERGE * SETS + k * 3 + choices,
                    MERGE * SETS + 16 + own,
                    logits,
                    same,
                )
                choices += 1
                if same:
                    modes[y, x] = modes[p, q]
                    offsets[y, x, 0], offsets[y, x, 1] = offsets[p, q, 0], offsets[p, q, 1]
                    taken = True
                    break
            if taken:
                continue
            mode = np.int64(0)
            while mode < last_mode:
                u = min(mode, 11)
                slots[0] = u * 13 + min(mode_left, 12)
                slots[1] = u * 13 + min(mode_above, 12)
                slots[2] = (u * 8 + own) * 2 + (around > 0)
                slots[3] = u * 13 + min(recent, 12)
                slots[4] = (u * 4 + min(pairs, 4) - 1) * 3 + choices
                slots[5] = (u * 3 + around) * 8 + min(reach, 7)
                slots[6] = (u * 4 + min(mode_left, 3)) * 4 + min(mode_above, 3)
                slots[7] = u
                more = np.int64(modes[y, x] > mode)
                if (
                    code_mixed(
                        encoding,
                        coder,
                        data,
                        counters,
                        slots,
                        MODE * SLOTS,
                        weights,
                        MODE * SETS + u,
                        MODE * SETS + 16 + u * 4 + min(pairs, 4) - 1,
                        logits,
                        more,
                    )
                    == 0
                ):
                    break
                mode += 1
            modes[y, x] = mode
            recent = mode + 1
            for k in range(CANDIDATES):
                p, q = y - (k > 0), x - (k == 0) + (k == 2)
                if known or p < 0 or q < 0 or q >= nx or explicit[p + 1, q + 1] == 0:
                    continue
                if modes[p, q] == mode:
                    known = np.int64(1)
                    py, px = np.int64(offsets[p, q, 0]), np.int64(offsets[p, q, 1])
            pair, kind = mode // PER_PAIR, mode % PER_PAIR
            if known == 0 and kind != BOTH:
                field, before, both = fields[pair], far[pair, 0], far[pair, 0] + far[pair, 1]
                py = derived_vector(field, before, both, y, x, 0, kind)
                px = derived_vector(field, before, both, y, x, 1, kind)
            dy = code_difference(
                encoding,
                coder,
                data,
                counters,
                weights,
                singles,
                slots,
                logits,
                np.int64(offsets[y, x, 0]) - py,
                np.int64(0),
                known,
                kind,
                pair,
                py,
                np.int64(8),
                recent_y,
                own,
                reach,
            )
            if abs(py + dy) > MAX_OFFSET:
                return False
            dx = code_difference(
                encoding,
                coder,
                data,
                counters,
                weights,
                singles,
                slots,
                logits,
                np.int64(offsets[y, x, 1]) - px,
                np.int64(1),
                known,
                kind,
                pair,
                px,
                min(octave(abs(dy)), 7),
                recent_x,
                own,
                reach,
            )
            if abs(px + dx) > MAX_OFFSET:
                return False
            recent_y, recent_x = octave(abs(dy)), octave(abs(dx))
            offsets[y, x, 0], offsets[y, x, 1] = py + dy, px + dx
    return True

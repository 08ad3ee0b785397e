"""Contexts of the decisions of a block, and the number of each kind."""

import numpy as np

from vcore.entropy.magnitudes import fine, octave
from vcore.entropy.mixing import INPUTS
from vcore.runtime.jit import inner

SLOTS, SETS = 1024, 96
"""Contexts per input and weight sets per kind of decision."""
SOME, ZERO, MORE, SIGN, EXPLICIT, MERGE, MODE, VECTOR, KINDS = 0, 1, 3, 8, 9, 10, 11, 12, 13
"""Kinds: whether a block of a component has coefficients, whether one is not 0 (of the first
component, of others), whether it is larger than 1, 2, …, and its sign."""
STEPS = SIGN - MORE
SPLIT, INTER, SAME, TREE, LONG, OFFSET, LAST, TRANSFORM, SINGLES = (
    *(0, 64, 96, 128, 512, 576, 1280, 3008, 3072),
)
"""First single counter of: a split, prediction from other images, the mode of a neighbour, any
mode, the length of a large number, an offset of a block's motion, the last coefficient."""
UNARY = 14
"""Magnitude from which the rest is coded as one number."""
INTER_MODE = 63
"""Mode of blocks predicted from other images."""


@inner
def mode_class(mode):
    """Return 0 for prediction from other images, 1 for none, then 2 to 4 by direction."""
    if mode == INTER_MODE:
        return 0
    if mode < 2:
        return 1
    if 7 <= mode <= 14:
        return 2
    return 3 if 22 <= mode <= 29 else 4


@inner
def block_slots(slots, left, above, corner, mismatch, first, second, k, c, way):
    """Put the contexts of whether a block has coefficients into ``slots``.

    Parameters
    ----------
    left, above, corner
        Activity of the neighbouring blocks.
    mismatch
        Class of the difference of the predicting images, 0 to 15.
    first, second
        Classes of the magnitudes of the previous components of the block, 0 if there is none.
    k, c, way
        Number of the size, of the component up to 2, class of the mode.
    """
    around = fine(left + above)
    slots[0] = ((around * 4 + k) * 3 + c) * 5 + way
    slots[1] = (mismatch * 4 + k) * 3 + c
    slots[2] = ((first * 4 + second) * 4 + k) * 5 + way
    slots[3] = (min(octave(left), 5) * 6 + min(octave(above), 5)) * 12 + k * 3 + c
    slots[4] = (mismatch * 16 + around) * 4 + first
    slots[5] = (octave(corner) * 4 + k) * 5 + way
    slots[6] = (first * 16 + around) * 4 + k
    slots[7] = c


@inner
def neighbours(magnitudes, fy, fx):
    """Return the sums of the two nearest and of five coded magnitudes of higher frequencies."""
    near = magnitudes[fy, fx + 1] + magnitudes[fy + 1, fx]
    far = magnitudes[fy, fx + 2] + magnitudes[fy + 2, fx] + magnitudes[fy + 1, fx + 1]
    return np.int64(near), np.int64(near + far)


@inner
def component_sums(magnitudes, c, fy, fx):
    """Return the magnitude in the first component, around it, and that in the second."""
    own, around, second = np.int64(0), np.int64(0), np.int64(0)
    if c > 0:
        m = magnitudes[0]
        own, around = (
            np.int64(m[fy, fx]),
            np.int64(m[fy, fx + 1] + m[fy + 1, fx] + m[fy + 1, fx + 1]),
        )
        if fx > 0:
            around += m[fy, fx - 1]
        if fy > 0:
            around += m[fy - 1, fx]
    if c > 1:
        second = np.int64(magnitudes[1, fy, fx])
    return own, around, second


@inner
def coefficient_slots(
    slots,
    near,
    total,
    own,
    around,
    second,
    fy,
    fx,
    at,
    last,
    count,
    active,
    spread,
    k,
    c,
    way,
    plain,
    rough,
):
    """Put the contexts of a coefficient into ``slots`` and return the class of its neighbours.

    Parameters
    ----------
    near, total, own, around, second
        Output of ``neighbours`` and ``component_sums``.
    fy, fx, at, last
        Its frequencies, position in the scan, and that of the last one.
    count
        Number of coefficients so far that are not 0.
    active
        Class of the activity of the neighbouring blocks.
    spread
        Class of the coefficient of the difference of the predicting images.
    """
    sums, line = fine(2 * total + near), min(fx + fy, 7)
    high = min(c, 1)
    slots[0] = ((plain * 16 + sums) * 8 + line) * 4 + k
    one, two = (rough, spread) if plain else (min(fx, 7), min(fy, 7))
    slots[1] = (((plain * 8 + one) * 8 + two) * 4 + k) * 2 + high
    slots[2] = ((min(own, 3) * 8 + octave(around)) * 4 + min(second, 3)) * 8 + min(total, 7)
    slots[3] = (octave(at) * 8 + octave(last - at)) * 12 + k * 3 + c
    slots[4] = ((way * 4 + min(fx, 3)) * 4 + min(fy, 3)) * 12 + min(sums, 11)
    slots[5] = (octave(count) * 8 + octave(at)) * 16 + sums
    slots[6] = ((active * 8 + line) * 4 + k) * 2 + min(total, 1)
    slots[7] = (((plain * 8 + spread) * 8 + min(total, 7)) * 4 + min(line, 3)) * 4 + k
    return sums


@inner
def sign_ways(ways, difference, spread, first, second, fy, fx, k, c, mode, plain, right, below):
    """Put the contexts of a sign into ``ways``; see ``mixing.code_symmetric``.

    Parameters
    ----------
    difference
        Sign of the coefficient of the difference of the predicting images.
    first, second
        Signs of the coefficient in the previous components.
    """
    way, line = mode_class(mode), min(fx + fy, 7)
    for i in range(INPUTS):
        ways[i] = 0
    ways[0] = difference * (1 + spread * 3 + c)
    ways[1] = difference * (100 + (line * 8 + spread) * 4 + k)
    if c > 0:
        ways[2] = first * (1 + c)
        ways[3] = first * (20 + (c * 8 + line) * 5 + way)
    if c > 1:
        ways[4] = second
    if plain:
        ways[5] = (right + below) // 2 * (300 + k * 3 + c) if right == below else 0
        ways[6] = right * (1 + c)
        ways[7] = below * (1 + c)
        return
    if mode != INTER_MODE and fx + fy == 0:
        ways[5] = 1 + k * 3 + c
    if mode != INTER_MODE and fx + fy == 1:
        ways[5] = 20 + (way * 2 + fx) * 4 + k


@inner
def split_context(sizes, activity, y, x, n, k):
    """Return the counter of whether a block of ``n`` pixels, size number ``k``, is split."""
    i4, j4 = y >> 2, x >> 2
    smaller, active = np.int64(0), np.int64(0)
    if j4 > 0:
        smaller += sizes[i4, j4 - 1] < n
        active += activity[0, i4 + 1, j4] > 0
    if i4 > 0:
        smaller += sizes[i4 - 1, j4] < n
        active += activity[0, i4, j4 + 1] > 0
    return SPLIT + (k * 3 + smaller) * 3 + active

"""Compiled coding of quantised splats by logistic mixing (docs/format.md, section 28).

Imports numba: import it only inside the functions that code a stream. Integer arithmetic only.
"""

import numpy as np

from vcore.entropy.mixing import code_equiprobable, code_mixed
from vcore.entropy.rangecoder import PENDING, POSITION
from vcore.runtime.jit import inner, jit

NEAR = 3
"""Neighbours that a value is predicted from."""
WINDOW = 48
"""Splats before a splat among which its neighbours are looked for."""
UNARY = 12
"""Longest unary code of a magnitude; larger ones are escaped (Elias gamma)."""
BINS = 64
"""Decisions of a value: zero, sign, UNARY of its magnitude, length of the rest, its first bits."""
SIGN, MORE, LENGTH, FIRST = 1, 2, 16, 40
MAX_BITS = 30
"""Most bits of an escaped magnitude."""
MAX_GUESS = np.int64(1) << 27
MAGNITUDES = 12
"""Classes of magnitudes."""
LEVELS = 32
"""Classes of importance, at most."""
FAMILIES, MAX_COLUMNS = 8, 52
MAX_VALUE_BYTES = 128
"""Upper bound on the bytes of a value: 63 decisions of at most 12 bits, plus pending bytes."""
FAMILY, COMPANION, PREDICTED, WEIGHED = range(4)
"""Columns of a layout: family of columns that share contexts; column with which this one goes, or
-1; whether it is predicted from neighbours; whether its step goes with the importance."""
PLANES = 6
"""Modelled bits of a direction, from the highest on."""


@jit
def neighbours(cells, near):
    """Fill ``near`` (n, NEAR) with the closest of the WINDOW splats before each, -1 for none."""
    best = np.empty(NEAR, np.int64)
    for i in range(cells.shape[0]):
        for k in range(NEAR):
            best[k], near[i, k] = np.int64(1) << 62, -1
        for j in range(i - 1, max(i - 1 - WINDOW, -1), -1):
            away = np.int64(0)
            for axis in range(3):
                d = np.int64(cells[i, axis]) - np.int64(cells[j, axis])
                away += d * d
            if away >= best[NEAR - 1]:
                continue
            k = NEAR - 1
            while k > 0 and away < best[k - 1]:
                best[k], near[i, k] = best[k - 1], near[i, k - 1]
                k -= 1
            best[k], near[i, k] = away, j


@inner
def magnitude_class(value):
    """Return the class of a magnitude: exact up to 4, then logarithmic."""
    found = min(value, np.int64(4))
    rest = value >> 2
    while rest > 1 and found < MAGNITUDES - 1:
        found += 1
        rest >>= 1
    return found


@inner
def scaled(value, shift):
    """Return ``value`` times 2**shift, rounded towards 0."""
    shift = min(max(shift, -30), 30)
    if shift >= 0:
        return value << min(shift, 20)
    return value >> -shift if value >= 0 else -((-value) >> -shift)


@inner
def code_rest(encoding, coder, data, counters, slots, weights, first, second, logits, rest):
    """Code an escaped magnitude >= 1; -1 if it has more than MAX_BITS bits."""
    bits = np.int64(0)
    while bits <= MAX_BITS:
        more = np.int64((rest >> (bits + 1)) > 0)
        offset = LENGTH + min(bits, FIRST - LENGTH - 1)
        if not code_mixed(
            encoding, coder, data, counters, slots, offset, weights, first, second, logits, more
        ):
            break
        bits += 1
    if bits > MAX_BITS:
        return np.int64(-1)
    found = np.int64(1)
    for b in range(bits - 1, -1, -1):
        bit = (rest >> b) & 1
        if b == bits - 1:
            offset = FIRST + min(bits, BINS - FIRST - 1)
            bit = code_mixed(
                encoding, coder, data, counters, slots, offset, weights, first, second, logits, bit
            )
        else:
            bit = code_equiprobable(encoding, coder, data, bit)
        found = 2 * found + bit
    return found


@inner
def code_value(encoding, coder, data, counters, slots, weights, first, second, logits, value):
    """Code an integer; 2**40 if it is impossible."""
    if not code_mixed(
        encoding, coder, data, counters, slots, 0, weights, first, second, logits,
        np.int64(value != 0),
    ):  # fmt: skip
        return np.int64(0)
    negative = code_mixed(
        encoding, coder, data, counters, slots, SIGN, weights, first, second, logits,
        np.int64(value < 0),
    )  # fmt: skip
    wanted, found = abs(value) - 1, np.int64(0)
    while found < UNARY and code_mixed(
        encoding, coder, data, counters, slots, MORE + found, weights, first, second, logits,
        np.int64(wanted > found),
    ):  # fmt: skip
        found += 1
    if found == UNARY:
        rest = code_rest(
            encoding, coder, data, counters, slots, weights, first, second, logits,
            wanted - UNARY + 1,
        )  # fmt: skip
        if rest < 0:
            return np.int64(1) << 40
        found = rest + UNARY - 1
    return -(found + 1) if negative else found + 1


@jit
def code_columns(encoding, coder, data, values, levels, near, layout, counters, weights):
    """Code ``values`` (n, columns) row by row.

    Parameters
    ----------
    levels
        Level of each row, from 0 on, (n,): a step is halved from one to the next.
    near
        Of ``neighbours``.
    layout
        (columns, 4); see FAMILY.
    counters, weights
        In their first state.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    rows, columns = values.shape
    slots, logits = np.zeros(8, np.int64), np.zeros(8, np.int64)
    residuals = np.zeros((rows, columns), np.int32)
    for i in range(rows):
        level = min(levels[i], LEVELS - 1)
        busy = np.int64(0)
        for c in range(columns):
            if encoding is not None and (
                coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
            ):
                return False
            family, companion = layout[c, FAMILY], layout[c, COMPANION]
            guess, spread, count, last = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
            low, high = np.int64(1) << 40, -(np.int64(1) << 40)
            for k in range(NEAR):
                j = near[i, k]
                if j < 0:
                    continue
                shift = np.int64(0)
                if layout[c, WEIGHED]:
                    shift = np.int64(levels[i]) - np.int64(levels[j])
                other = scaled(np.int64(values[j, c]), shift)
                weight = 2 if k == 0 else 1
                guess += weight * other
                count += weight
                low, high = min(low, other), max(high, other)
                spread += scaled(abs(np.int64(residuals[j, c])), shift)
                if k == 0:
                    last = other
            if count > 0:
                guess = (2 * guess + count) // (2 * count)
            if not layout[c, PREDICTED]:
                guess = np.int64(0)
            guess = min(max(guess, -MAX_GUESS), MAX_GUESS)
            gap = magnitude_class(max(high - low, np.int64(0)))
            around = magnitude_class(spread)
            close = magnitude_class(abs(last)) * 2 + (last < 0)
            mate, mate_sign = np.int64(0), np.int64(0)
            if companion >= 0:
                mate = magnitude_class(abs(np.int64(residuals[i, companion])))
                mate_sign = np.int64(residuals[i, companion] < 0)
            before = np.int64(0)
            if c > 0:
                before = magnitude_class(abs(np.int64(residuals[i, c - 1])))
            full = magnitude_class(busy)
            own, kin = c * 32, family * 32
            slots[0] = own * BINS
            slots[1] = (own + level) * BINS
            slots[2] = (own + around) * BINS
            slots[3] = (own + min(close, 31)) * BINS
            slots[4] = (own + mate * 2 + mate_sign) * BINS
            slots[5] = ((kin + min(gap, 7)) * 16 + around) * BINS
            slots[6] = ((kin + min(full, 15)) * 16 + before) * BINS
            slots[7] = ((kin + level) * 16 + min(full, 15)) * BINS
            first = family * LEVELS + level
            second = FAMILIES * LEVELS + c
            value = np.int64(values[i, c]) - guess
            value = code_value(
                encoding, coder, data, counters, slots, weights, first, second, logits, value
            )
            if encoding is None:
                if abs(value + guess) > 0x3FFFFFFF:
                    return False
                values[i, c] = value + guess
            residuals[i, c] = min(max(value, -0x3FFFFFFF), 0x3FFFFFFF)
            if family > 1:
                busy += abs(value)
    return True


@jit
def code_places(encoding, coder, data, values, bits, near, modelled, counters, weights):
    """Code unsigned ``values`` (n, columns) of ``bits`` each, the highest first.

    Parameters
    ----------
    modelled
        Number of columns, from the first on, whose PLANES highest bits have contexts from those of
        neighbours; all other bits are equiprobable.

    Returns
    -------
    False if ``data`` is too short (encoding).
    """
    rows, columns = values.shape
    slots, logits = np.zeros(8, np.int64), np.zeros(8, np.int64)
    for i in range(rows):
        for c in range(columns):
            if encoding is not None and (
                coder[POSITION] + coder[PENDING] + MAX_VALUE_BYTES > data.size
            ):
                return False
            wide = np.int64(bits[i, c])
            value, found = np.int64(values[i, c]), np.int64(0)
            for b in range(wide - 1, -1, -1):
                plane = wide - 1 - b
                bit = (value >> b) & 1
                if c >= modelled or plane >= PLANES:
                    bit = code_equiprobable(encoding, coder, data, bit)
                    found = 2 * found + bit
                    continue
                node = (np.int64(1) << plane) | found  # below 2**PLANES
                for k in range(NEAR):
                    j = near[i, k]
                    told = np.int64(0)
                    if j >= 0 and bits[j, c] > 0:
                        told = _leading(values[j, c], bits[j, c], min(plane + 1, 5)) + 1
                    slots[k] = (((c * NEAR + k) * 40 + min(told, 39)) << PLANES) | node
                slots[3] = ((c * 16 + min(wide, 15)) << PLANES) | node
                slots[4] = (c << PLANES) | node
                other = np.int64(0)
                if c > 0 and bits[i, c - 1] > 0:
                    other = _leading(values[i, c - 1], bits[i, c - 1], 4) + 1
                slots[5] = ((c * 20 + other) << PLANES) | node
                slots[6] = (c * PLANES + plane) << PLANES
                slots[7] = plane << PLANES
                first, second = c * PLANES + plane, 64 + min(wide, 15)
                bit = code_mixed(
                    encoding, coder, data, counters, slots, 0, weights, first, second, logits, bit
                )
                found = 2 * found + bit
            values[i, c] = found
    return True


@inner
def _leading(value, bits, wanted):
    """Return the ``wanted`` highest bits of a value."""
    shift = np.int64(bits) - wanted
    return np.int64(value) >> shift if shift >= 0 else np.int64(value) << -shift

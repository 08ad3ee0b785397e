"""Adaptive binary range coder in integer arithmetic (docs/format.md, section 5).

A carry-propagating range coder (Martin 1979, in the form used by LZMA) with 32-bit range and 16-bit
probabilities. The probability of a context is the mean of a fast and a slow running estimate, as in
the arithmetic coder of VVC (ITU-T H.266, 9.3.4.3); both start with larger steps, so short streams
adapt quickly too.

Imports numba at module level: import it only inside the functions that code a stream.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inline, inner

ENCODE, DECODE = True, None
"""Coding direction. The types differ, so numba compiles one function for each and prunes branches
on ``None`` before type inference."""
Direction = bool | None
HALF = 1 << 15
TOP = 1 << 24
FAST, SLOW = 4, 7
FIELDS = 3
"""Fields of a context: fast and slow estimate of the probability of a 0 in 1/65536, and the number
of updates up to SLOW."""

# Coder state, an int64 array. Encoder: low, range, cache, pending, position; decoder: code, range,
# position at index 4.
LOW, RANGE, CACHE, PENDING, POSITION = range(5)
CODE = 0


def new_contexts(count: int) -> NDArray[np.int32]:
    """Return ``count`` contexts in their initial state, int32 of shape (count, 3)."""
    contexts = np.full((count, FIELDS), HALF, np.int32)
    contexts[:, 2] = 0
    return contexts


@inline
def adapt(contexts, c, bit):
    seen = contexts[c, 2]
    fast, slow = min(seen + 1, FAST), min(seen + 1, SLOW)
    if bit:
        contexts[c, 0] -= contexts[c, 0] >> fast
        contexts[c, 1] -= contexts[c, 1] >> slow
    else:
        contexts[c, 0] += (65536 - contexts[c, 0]) >> fast
        contexts[c, 1] += (65536 - contexts[c, 1]) >> slow
    if seen < SLOW:
        contexts[c, 2] = seen + 1


@inline
def probability(contexts, c):
    return (contexts[c, 0] + contexts[c, 1]) >> 1  # the shifts keep it in 71..65465


def _shift_low(state, out):
    low = state[LOW]
    if low < 0xFF000000 or low > 0xFFFFFFFF:
        carry = low >> 32
        out[state[POSITION]] = (state[CACHE] + carry) & 0xFF
        state[POSITION] += 1
        for _ in range(state[PENDING] - 1):
            out[state[POSITION]] = (0xFF + carry) & 0xFF
            state[POSITION] += 1
        state[PENDING] = 0
        state[CACHE] = (low >> 24) & 0xFF
    state[PENDING] += 1
    state[LOW] = (low & 0x00FFFFFF) << 8


shift_low = inner(_shift_low)


@inner
def next_byte(state, data):
    position = state[POSITION]
    state[POSITION] = position + 1
    return np.int64(data[position]) if position < data.size else np.int64(0)


@inner
def code_chance(encoding, coder, data, chance, bit):
    """Encode ``bit``, or decode and return one, with probability ``chance`` / 65536 of a 1."""
    bound = (coder[RANGE] >> 16) * chance
    if encoding is not None:
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
            bit = np.int64(1)
        else:
            coder[CODE] -= bound
            coder[RANGE] -= bound
            bit = np.int64(0)
        while coder[RANGE] < TOP:
            coder[RANGE] <<= 8
            coder[CODE] = (coder[CODE] << 8) | next_byte(coder, data)
    return bit


@inline
def code_bit(encoding, coder, data, contexts, c, bit):
    """Encode ``bit``, or decode and return one, with context ``c``, and update the context."""
    bit = 1 - code_chance(encoding, coder, data, probability(contexts, c), 1 - np.int64(bit))
    adapt(contexts, c, bit)
    return bit


@inner
def code_raw(encoding, coder, data, value, bits):
    """Encode the lowest ``bits`` bits of ``value``, or decode and return them; all equiprobable."""
    found = np.int64(0)
    for k in range(bits - 1, -1, -1):
        coder[RANGE] >>= 1
        if encoding is not None:
            bit = (np.int64(value) >> k) & 1
            coder[LOW] += bit * coder[RANGE]
        else:
            bit = np.int64(coder[CODE] >= coder[RANGE])
            coder[CODE] -= bit * coder[RANGE]
        found = (found << 1) | bit
        while coder[RANGE] < TOP:
            coder[RANGE] <<= 8
            if encoding is not None:
                shift_low(coder, data)
            else:
                coder[CODE] = (coder[CODE] << 8) | next_byte(coder, data)
    return found


# Start and end of a stream take microseconds, so they are not compiled.


def begun(encoding: Direction, data: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Return the initial coder state, int64 of shape (5,); None if ``data`` cannot be the output of
    an encoder."""
    coder = np.zeros(5, np.int64)
    coder[RANGE] = 0xFFFFFFFF
    if encoding is not None:
        coder[PENDING] = 1  # the first byte is always 0, reserved for a carry; the caller drops it
        return coder
    coder[CODE] = int.from_bytes(data[:4].tobytes().ljust(4, b"\0"), "big")
    coder[POSITION] = 4
    return coder if coder[CODE] < coder[RANGE] else None


def finished(encoding: Direction, coder: NDArray[np.int64], data: NDArray[np.uint8]) -> int:
    """Flush the encoder and return the stream's length; return 0 for a decoder.

    The decoder reads zeros past the end, and any bytes appended there decode to the same values.
    """
    if encoding is None:
        return 0
    # round low up to the shortest number within the range; the decoder reads zeros behind it
    low, end = int(coder[LOW]), int(coder[LOW] + coder[RANGE])
    for bits in range(0, 33, 8):
        mask = (1 << (32 - bits)) - 1
        value = (low + mask) & ~mask
        if value < end:
            coder[LOW] = value
            break
    for _ in range(5):
        _shift_low(coder, data)
    return int(coder[POSITION])


def stream(
    code: Callable[..., bool], encoding: Direction, data: NDArray[np.uint8], *arguments: Any
) -> int:
    """Encode a stream into ``data``, or decode it from there.

    Parameters
    ----------
    code
        Called with the direction, the coder state, ``data`` and ``arguments``; returns whether it
        succeeded.

    Returns
    -------
    Length of the stream in bytes, 0 when decoding, -1 if ``data`` is too short or damaged.
    """
    coder = begun(encoding, data)
    if coder is None or not code(encoding, coder, data, *arguments):
        return -1
    return finished(encoding, coder, data)


def encoded(
    code: Callable[..., bool], capacity: int, arguments: Callable[[], Iterable[Any]]
) -> bytes:
    """Return the stream that ``code`` writes, trailing zero bytes cut off.

    Parameters
    ----------
    code
        As in ``stream``.
    capacity
        Bytes tried first; twice as many wherever they are too few.
    arguments
        Returns the further arguments of each try, whose contexts are in their first state.
    """
    while True:
        out = np.empty(capacity, np.uint8)
        length = stream(code, ENCODE, out, *arguments())
        if length >= 0:
            return out[1:length].tobytes().rstrip(b"\0")
        capacity *= 2

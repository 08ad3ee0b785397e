"""Lists and ranges of numbers: ``1,2,5``, ``0:180:9``."""

import math
from collections.abc import Sequence
from decimal import Decimal

from vcore.errors import InputError

MAX_NUMBERS = 100_000
"""Maximum number of values of a parameter."""
ROUNDING = 1e-9
"""Tolerance, as a fraction of a step, within which a range reaches its stop."""


def parse_numbers(option: str, text: str) -> tuple[float, ...]:
    """Parse numbers and ranges ``START:STOP:STEP``, separated by commas, in rising order.

    STOP belongs to the range if a step reaches it. Duplicates count once.

    Raises
    ------
    InputError
        The text is not such a list, or has more than ``MAX_NUMBERS`` values.
    """
    found: set[float] = set()
    for part in text.split(","):
        try:
            found.update(_range(*(float(n) for n in part.split(":"))))
        except (ValueError, TypeError, OverflowError):
            raise InputError(
                f"Expected `{option}` as numbers or ranges START:STOP:STEP with commas in between, "
                f"for example 0:180:9 or 0.2,0.5. Got {text!r} instead."
            ) from None
        if len(found) > MAX_NUMBERS:
            break
    if len(found) > MAX_NUMBERS:
        raise InputError(
            f"Expected at most {MAX_NUMBERS} values of `{option}`. Got more in {text!r}: take a "
            f"larger step."
        )
    return tuple(sorted(found))


def parse_size(text: str) -> tuple[int, int]:
    """Parse an image size ``N`` or ``WIDTHxHEIGHT``; return height and width.

    Raises
    ------
    InputError
        The text is not a size of 1 to 16384 pixels a side.
    """
    try:
        numbers = [int(n) for n in text.lower().split("x")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(1 <= n <= 1 << 14 for n in numbers):
        raise InputError(
            f"Expected `size` as N or WIDTHxHEIGHT, of 1 to {1 << 14} pixels. Got {text!r} instead."
        )
    return numbers[-1], numbers[0]


def _range(start: float, stop: float | None = None, step: float = 1.0) -> Sequence[float]:
    """Return the numbers from ``start`` to ``stop``, inclusive; ``start`` alone without."""
    if stop is None:
        stop = start
    if not all(map(math.isfinite, (start, stop, step))) or step <= 0 or stop < start:
        raise ValueError
    first, last, each = (Decimal(repr(n)) for n in (start, stop, step))  # 3 * 0.1 is 0.3
    count = math.floor((last - first) / each + Decimal(ROUNDING)) + 1
    return [float(first + each * i) for i in range(min(count, MAX_NUMBERS + 1))]

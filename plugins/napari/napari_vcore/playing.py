"""Positions along a parameter: their values, and the way that playing takes. No Qt.

A position is an index that may have a fraction: 2.5 is half way between the third and fourth value.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from vcore.collections.parameters import Parameter

ONCE, LOOP, BOUNCE = "once", "loop", "bounce"
MODES = (LOOP, BOUNCE, ONCE)
UNITS = {"degree": "°", "degrees": "°", "deg": "°"}


def last_position(parameter: Parameter, *, blend: bool) -> float:
    """Return the largest position: of a parameter that goes around and is blended, the one at which
    it begins again."""
    return len(parameter) if blend and parameter.goes_around else len(parameter) - 1


def value_at(parameter: Parameter, position: float) -> Any:
    """Return the value at a position; between two of them for a fraction."""
    low = min(int(position), len(parameter) - 1)
    share = position - low
    values: tuple[Any, ...] = parameter.values
    if parameter.is_label or share <= 0:
        return values[low]
    if low + 1 < len(values):
        return values[low] + share * (values[low + 1] - values[low])
    return values[low] + share * (values[0] + parameter.period - values[low])


def position_of(parameter: Parameter, value: Any, *, blend: bool) -> float:
    """Return the position of a value, the nearest whole one unless ``blend``.

    Raises
    ------
    InputError
        ``value`` is no label of the parameter, or no number; a warning tells if it is outside.
    """
    low, high, weight = parameter.neighbours(value)
    return low + weight if blend else float(high if weight > 0.5 else low)


def turned(parameter: Parameter, position: float, by: float, *, blend: bool) -> float:
    """Return the position of the value at ``position`` plus ``by``, at most at an end."""
    value = value_at(parameter, position) + by
    if not parameter.goes_around:
        value = min(max(value, parameter.values[0]), parameter.values[-1])
    return position_of(parameter, value, blend=blend)


def told(parameter: Parameter, value: Any) -> str:
    """Return a value with its unit."""
    if isinstance(value, str):
        return value
    unit = UNITS.get(parameter.unit, parameter.unit)
    return f"{value:g}{unit}" if unit == "°" else f"{value:g} {unit}".rstrip()


def advanced(
    position: float, way: int, step: float, last: float, mode: str, *, wraps: bool = False
) -> tuple[float, int] | None:
    """Return the next position and direction of playing, None at the end.

    Parameters
    ----------
    position, way
        Present position, and 1 or -1 for the direction.
    step
        Distance of two positions.
    last
        Largest position.
    mode
        ``LOOP`` begins again, ``BOUNCE`` turns round, ``ONCE`` ends.
    wraps
        Whether ``last`` shows the same as 0, so that a loop passes over it.
    """
    way = way if mode == BOUNCE else 1
    found = position + way * step
    if 0 <= found <= last and not (wraps and mode == LOOP and found == last):
        return found, way
    if mode == ONCE or last <= 0:
        return (last, way) if position < last else None
    if mode == LOOP:
        return (found % last if wraps else 0.0), 1
    if way > 0:
        return max(last - (step if position >= last else 0.0), 0.0), -1
    return min(step if position <= 0 else 0.0, last), 1


def upcoming(
    position: float, way: int, last: float, mode: str, count: int, *, wraps: bool = False
) -> list[int]:
    """Return the whole positions that playing passes next."""

    def ahead() -> Iterator[int]:
        place: tuple[float, int] | None = (float(int(position)), way)
        while place is not None:
            place = advanced(*place, 1.0, last, mode, wraps=wraps)
            if place is not None:
                yield int(place[0])

    return list(islice(ahead(), count))

"""Parameter: one axis of a collection of images, of numbers or labels."""

import math
import warnings
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from vcore.errors import InputError

GAP = 2.0 + 1e-9
"""Widest gap between the last value and the first one a period later, in steps, over which the
values go around: one view of a turn may be missing there."""


@dataclass(frozen=True)
class Parameter:
    """Axis of a collection: a parameter and its values.

    Parameters
    ----------
    name
        Name, unique among the parameters and channels.
    values
        Finite numbers, strictly increasing; or labels, in any order, each once.
    unit
        Unit of the numbers, empty if unknown.
    period
        Length after which the numbers repeat, such as 360 for an azimuth in degrees; 0 for none.

    Raises
    ------
    InputError
        The values are empty, unordered, repeated or not finite.
    """

    name: str
    values: tuple[float, ...] | tuple[str, ...]
    unit: str = ""
    period: float = 0.0

    def __post_init__(self) -> None:
        values = self.values
        if not self.name or not values:
            raise InputError(f"Expected a name and values of a parameter. Got {self.name!r:.40}.")
        if self.is_label:
            good = all(isinstance(v, str) for v in values) and len(set(values)) == len(values)
        else:
            good = all(isinstance(v, int | float) and math.isfinite(v) for v in values)
            numbers = [float(v) for v in values] if good else []
            good = good and all(a < b for a, b in pairwise(numbers))
            good = good and not 0 < self.period <= numbers[-1] - numbers[0]
        good = good and 0 <= self.period < math.inf and not (self.is_label and self.period)
        if not good:
            raise InputError(
                f"Expected increasing numbers within a period, or different labels without one, as "
                f"values of the parameter {self.name!r:.40}. Got {values!r:.80} and the period "
                f"{self.period!r:.20} instead."
            )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_label(self) -> bool:
        """Whether the values are texts."""
        return isinstance(self.values[0], str)

    @property
    def goes_around(self) -> bool:
        """Whether the values are spread over their whole period, so that the first one follows the
        last one."""
        if not self.period or len(self) < 2:
            return False
        numbers = [float(v) for v in self.values]
        widest = max(b - a for a, b in pairwise(numbers))
        return numbers[0] + self.period - numbers[-1] <= GAP * widest

    def neighbours(self, value: Any) -> tuple[int, int, float]:
        """Return the indices of the values around ``value``, and the weight of the second, 0 to 1.

        A number outside of the values is taken as the first or last one, with a warning if by more
        than half of the step there; in a period that the values do not go around, as the nearer.

        Raises
        ------
        InputError
            ``value`` is no label of this parameter, or no finite number.
        """
        if self.is_label:
            if value not in self.values:
                raise InputError(
                    f"Expected {self.name} to be one of {', '.join(map(str, self.values))}. "
                    f"Got {value!r:.40} instead."
                )
            index = self.values.index(value)
            return index, index, 0.0
        low, high, weight, wanted = self._placed(value)
        if wanted is not None:
            numbers = [float(v) for v in self.values]
            inner = 1 if low == 0 else low - 1
            alone = len(self) == 1
            tolerance = abs(numbers[0]) * 1e-6 if alone else abs(numbers[inner] - numbers[low]) / 2
            if abs(wanted - numbers[low]) > tolerance:
                warnings.warn(
                    f"{self.name} = {wanted:g} is outside of {numbers[0]:g} to {numbers[-1]:g}: "
                    f"the image at {numbers[low]:g} is shown.",
                    stacklevel=3,
                )
        return low, high, weight

    def within(self, value: Any) -> float:
        """Return a number, or the end that it lies beyond; any number if the values go around."""
        low, high, weight, _ = self._placed(value)
        if self.goes_around:
            return float(value)
        first, second = float(self.values[low]), float(self.values[high])
        return first + weight * (second - first)

    def _placed(self, value: Any) -> tuple[int, int, float, float | None]:
        """Return the neighbours of a number and the weight of the second, and the number itself, in
        the turn of the values, if it is outside of them."""
        numbers = [float(v) for v in self.values]
        try:
            wanted = float(value)
        except (TypeError, ValueError):
            wanted = math.nan
        if not math.isfinite(wanted):
            raise InputError(f"Expected a number for {self.name}. Got {value!r:.40} instead.")
        if self.period:
            wanted = numbers[0] + (wanted - numbers[0]) % self.period
            behind = numbers[0] + self.period - wanted
            if self.goes_around:
                numbers.append(numbers[0] + self.period)
            elif behind < wanted - numbers[-1]:
                wanted = numbers[0] - behind
        last = len(numbers) - 1
        if last and numbers[0] <= wanted <= numbers[-1]:
            low = min(bisect_right(numbers, wanted), last) - 1
            weight = (wanted - numbers[low]) / (numbers[low + 1] - numbers[low])
            return low, (low + 1) % len(self), weight, None
        end = 0 if wanted < numbers[0] else last
        return end, end, 0.0, wanted

    def nearest(self, value: Any) -> int:
        """Return the index of the value nearest to ``value``; as ``neighbours``."""
        low, high, weight = self.neighbours(value)
        return high if weight > 0.5 else low

    def text(self, number: int, digits: int = 6) -> str:
        """Return a value as text: a label, or a number of ``digits`` digits, or of as many as tell
        it from the next."""
        value = self.values[number]
        if isinstance(value, str):
            return value
        others = [v for v in self.values[max(number - 1, 0) : number + 2] if v != value]
        enough = (
            n
            for n in range(digits, 17)
            if all(f"{value:.{n}g}" != f"{other:.{n}g}" for other in others)
        )
        return f"{value:.{next(enough, 17)}g}"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object in a file's header."""
        members: dict[str, Any] = {"name": self.name, "values": list(self.values)}
        if self.unit:
            members["unit"] = self.unit
        if self.period:
            members["period"] = self.period
        return members

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        """Return the parameter of a JSON object."""
        values = tuple(v if isinstance(v, str) else float(v) for v in members["values"])
        unit, period = members.get("unit", ""), float(members.get("period", 0.0))
        if not isinstance(members["name"], str) or not isinstance(unit, str):
            raise TypeError(f"{members['name']!r:.40} is no name")
        return cls(members["name"], values, unit, period)  # type: ignore[arg-type]

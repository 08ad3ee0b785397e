"""Values of a file's header, checked: each function raises ValueError or TypeError if its value is
no valid one."""

import math
from collections.abc import Mapping
from typing import Any

from vcore.model.axes import SourceAxis, flat_axes


def count_of(value: Any) -> int:
    """Return a length of an axis."""
    if type(value) is not int or not 1 <= value < 1 << 40:
        raise ValueError(f"{value!r:.40} is no length")
    return value


def number_of(value: Any) -> float | int:
    """Return a finite number."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.40} is no finite number")
    return value  # type: ignore[no-any-return]


def text_of(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def mapping_of(value: Any) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no object")
    return value


def optional_of(value: Any) -> float | int | None:
    """Return a finite number or None."""
    return None if value is None else number_of(value)


def source_axes_of(values: Mapping[str, Any]) -> tuple[SourceAxis, ...]:
    """Return the axes of the source from the members of a variable."""
    if values.get("flat", False):
        return flat_axes(text_of(values["axes"]))
    found = []
    for name, inside, *length in values.get("source_axes", ()):
        found.append(SourceAxis(text_of(name), text_of(inside), *(count_of(n) for n in length)))
    return tuple(found)


def bound_of(value: Any) -> dict[str, float] | None:
    """Return the error bound, None if there is none."""
    if value is None:
        return None
    names = ("max_error", "step") if "step" in value else ("max_error",)
    bound = {name: float(number_of(value[name])) for name in names}
    if bound["max_error"] < 0 or bound.get("step", 1) <= 0:
        raise ValueError("a bound must not be negative")
    return bound


def noise_of(value: Any) -> dict[str, float] | None:
    """Return the noise bound, None if there is none."""
    if value is None:
        return None
    names = [
        "sigmas",
        "unit",
        "gain",
        "offset",
        "read_noise",
        *(["step"] if "step" in value else []),
    ]
    noise = {name: float(number_of(value[name])) for name in names}
    if noise.get("step", 1) <= 0:
        raise ValueError("a step must be positive")
    return noise


def packing_of(value: Any) -> dict[str, Any] | None:
    """Return how values are packed, None if they are not."""
    if value is None:
        return None
    numbers = {name: float(number_of(value[name])) for name in ("scale", "offset")}
    return {"dtype": text_of(value["dtype"]), **numbers}

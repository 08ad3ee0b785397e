"""Parameters of a collection in ParaView: one is the time, others are in the panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vcore.collections.parameters import Parameter
from vcore.io.units import TIMES, time_unit

SLOTS = 8
"""Parameters that the panel has widgets for; ParaView fixes the properties of a source."""
NOTHING, NUMBERS, LABELS = range(3)
"""Kinds of a slot: without a parameter, with a slider, with a list."""
TIME_NAMES = ("time", "t", "timestep", "time_step")
"""Names of the parameter that follows ParaView's clock, in lower case."""


@dataclass(frozen=True)
class Axes:
    """Parameters by their place in ParaView.

    Parameters
    ----------
    time
        Parameter that follows ParaView's clock, if there is one.
    slots
        Parameters with a widget in the panel.
    constant
        Value of each parameter without a widget: its first one.
    """

    time: Parameter | None
    slots: tuple[Parameter, ...]
    constant: Mapping[str, float | str]

    @property
    def kinds(self) -> list[int]:
        """Kind of each slot of the panel."""
        kinds = [LABELS if p.is_label else NUMBERS for p in self.slots]
        return kinds + [NOTHING] * (SLOTS - len(kinds))


def axes_of(parameters: Sequence[Parameter]) -> Axes:
    """Return the places of a collection's parameters."""
    numbers = [p for p in parameters if not p.is_label]
    named = [p for p in numbers if p.name.lower() in TIME_NAMES]
    timed = [p for p in numbers if time_unit(p.unit) in TIMES and time_unit(p.unit)]
    time = next(iter(named + timed), None)
    others = [p for p in parameters if p is not time]
    slots = tuple(p for p in others if len(p) > 1)[:SLOTS]
    return Axes(time, slots, {p.name: p.values[0] for p in others if p not in slots})


def described(parameter: Parameter) -> str:
    """Return the name of a parameter and its unit: "theta, degree"."""
    return f"{parameter.name}, {parameter.unit}" if parameter.unit else parameter.name


def assigned(values: Mapping[str, float | str]) -> str:
    """Return values of parameters as text: "time = 3, theta = 45"."""
    return ", ".join(
        f"{name} = {value if isinstance(value, str) else f'{value:g}'}"
        for name, value in values.items()
    )

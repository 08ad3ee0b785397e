"""What the Compress dock offers: methods, budgets, settings."""

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Union, get_args, get_origin, get_type_hints

from vcore import methods
from vcore.engine.choose import AUTO, DEFAULT_METHOD
from vcore.errors import BudgetError
from vcore.methods.mixins import Gated
from vcore.model.budget import Budget
from vcore.model.budgets import Budgets

TORCH = "pip install torch==2.13.0 'vcore-volumes[train]'"


@dataclass(frozen=True)
class MethodChoice:
    """A method as the dock lists it.

    Parameters
    ----------
    usable
        Whether what encoding needs is installed.
    """

    name: str
    summary: str
    recommended: bool
    usable: bool

    @property
    def label(self) -> str:
        """The line of the list."""
        return self.name if self.recommended else f"{self.name} (research)"

    @property
    def tooltip(self) -> str:
        """What it is, and how to get what is missing."""
        missing = "" if self.usable else f"\nNeeds torch, which is not installed: {TORCH}"
        return f"{self.summary}{missing}"


def method_choices(*, research: bool = True) -> list[MethodChoice]:
    """Return the methods: the default one, other recommended ones, trials of these, research."""
    torch = find_spec("torch") is not None
    found = methods.usable().values()
    choices = [
        MethodChoice(m.name, m.summary, m.recommended, torch or not m.needs_torch)
        for m in sorted(found, key=lambda m: (m.name != DEFAULT_METHOD, not m.recommended, m.name))
    ]
    trials = MethodChoice(
        AUTO, "tries the recommended methods on samples, and says why it took one", True, True
    )
    choices.insert(sum(c.recommended for c in choices), trials)
    return [c for c in choices if research or c.recommended]


def has_gate(name: str) -> bool:
    """Return whether the method called ``name`` has an occupancy gate."""
    return name != AUTO and isinstance(methods.get(name), Gated)


@dataclass(frozen=True)
class BudgetKind:
    """A way to say how small, or how good.

    Parameters
    ----------
    field
        Of ``Budget``.
    value
        To begin with.
    """

    label: str
    field: str
    value: float
    tooltip: str

    def budget(self, text: str) -> Budget:
        """Return the budget of a value as it was typed; raises BudgetError."""
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise BudgetError(
                f"Expected a number for the budget ({self.label}). Got {text!r} instead."
            ) from None
        return Budget.from_json({self.field: value})


BUDGETS = (
    BudgetKind("ratio", "ratio", 50, "uncompressed bytes over file bytes, at least"),
    BudgetKind("bits per voxel", "bpv", 0.1, "bits of the file a voxel, at most"),
    BudgetKind("PSNR (dB)", "psnr", 40, "in dB, at least; the peak is the data range"),
    BudgetKind(
        "largest error",
        "max_error",
        1,
        "of any voxel, in data units; guaranteed. 0 loses nothing",
    ),
    BudgetKind(
        "largest error / range",
        "range_error",
        0.01,
        "of any voxel, as a share of the data range; guaranteed",
    ),
    BudgetKind(
        "largest error / noise",
        "noise_sigma",
        1,
        "of any voxel, in standard deviations of a counting detector's noise; guaranteed.\n"
        "Gain, offset and read noise are estimated from the data and told",
    ),
)


LOSSLESS = "lossless"
"""Kind of budget of a variable that has none."""


def budgets_of(rows: Mapping[str, tuple[str, str]]) -> Budgets:
    """Return the budgets of kind (its label, or LOSSLESS) and value as typed, by variable.

    Raises
    ------
    BudgetError
        A value is none; the message names its variable.
    """
    kinds = {kind.label: kind for kind in BUDGETS}
    found = {}
    for name, (label, text) in rows.items():
        if label == LOSSLESS:
            continue
        try:
            found[name] = kinds[label].budget(text)
        except BudgetError as error:
            raise BudgetError(f"{name}: {error}") from error
    return Budgets(found)


@dataclass(frozen=True)
class SettingChoice:
    """A setting of a method as a form shows it.

    Parameters
    ----------
    kind
        bool, int, float or str.
    automatic
        Whether None, "auto", is possible.
    """

    name: str
    kind: type
    default: Any
    automatic: bool
    choices: tuple[Any, ...]
    help: str


def setting_choices(method: str) -> list[SettingChoice]:
    """Return the settings of ``method`` in their order; none where it is still to be chosen."""
    if method == AUTO:
        return []
    settings = methods.get(method).Settings
    hints = get_type_hints(settings)
    found = []
    for field in dataclasses.fields(settings):
        hint = hints[field.name]
        options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        kind = next(k for k in options if k is not type(None))
        found.append(
            SettingChoice(
                name=field.name,
                kind=kind,
                default=field.default,
                automatic=type(None) in options,
                choices=tuple(field.metadata.get("choices", ())),
                help=str(field.metadata.get("help", "")),
            )
        )
    return found


def parsed_settings(method: str, texts: dict[str, str]) -> dict[str, Any]:
    """Return the settings that differ from the defaults; raises InputError with what is wrong."""
    return {} if method == AUTO else methods.get(method).Settings.from_json(texts).to_json()

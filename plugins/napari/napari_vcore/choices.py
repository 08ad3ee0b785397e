"""Choices of the Compress dock: methods, budgets, settings."""

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Union, get_args, get_origin, get_type_hints

from vcore import methods
from vcore.engine.choose import AUTO, BOUND_METHOD, DEFAULT_METHOD, default_method
from vcore.errors import BudgetError
from vcore.methods.mixins import Gated
from vcore.model.budget import BELOW_NOISE, GOOD, QUALITIES, Budget
from vcore.model.budgets import Budgets

TORCH = "pip install torch==2.13.0 'vcore-volumes[train]'"


@dataclass(frozen=True)
class MethodChoice:
    """Method entry of the dock.

    Parameters
    ----------
    usable
        Whether the dependencies for encoding are installed.
    """

    name: str
    summary: str
    recommended: bool
    usable: bool

    @property
    def label(self) -> str:
        """Text of the list entry."""
        return self.name if self.recommended else f"{self.name} (research)"

    @property
    def tooltip(self) -> str:
        """Description, with installation instructions for missing dependencies."""
        missing = "" if self.usable else f"\nNeeds torch, which is not installed: {TORCH}"
        return f"{self.summary}{missing}"


def method_choices(*, research: bool = True) -> list[MethodChoice]:
    """Return the methods: default, other recommended ones, automatic choice, research methods."""
    torch = find_spec("torch") is not None
    found = methods.usable().values()
    choices = [
        MethodChoice(m.name, m.summary, m.recommended, torch or not m.needs_torch)
        for m in sorted(found, key=lambda m: (m.name != DEFAULT_METHOD, not m.recommended, m.name))
    ]
    trials = MethodChoice(
        AUTO, "tries the recommended methods on samples and reports the choice", True, True
    )
    choices.insert(sum(c.recommended for c in choices), trials)
    return [c for c in choices if research or c.recommended]


def has_gate(name: str) -> bool:
    """Return whether the method called ``name`` has an occupancy gate."""
    return name != AUTO and isinstance(methods.get(name), Gated)


@dataclass(frozen=True)
class BudgetKind:
    """Kind of budget.

    Parameters
    ----------
    field
        Field of ``Budget``.
    value
        Initial value.
    words
        Its possible values, if these are words.
    """

    label: str
    field: str
    value: float | str
    tooltip: str
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Initial value as text."""
        return self.value if isinstance(self.value, str) else f"{self.value:g}"

    def budget(self, text: str, detector: Mapping[str, float] | None = None) -> Budget:
        """Parse a typed value; ``detector`` are the known parameters for a budget of the noise.

        Raises
        ------
        BudgetError
            The value is invalid.
        """
        known = detector if is_of_noise(self.field, text) else None
        if self.words:
            return Budget.from_json({self.field: text.strip().lower(), **(known or {})})
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise BudgetError(
                f"Expected a number for the budget ({self.label}). Got {text!r} instead."
            ) from None
        return Budget.from_json({self.field: value, **(known or {})})


def is_of_noise(field: str, text: str) -> bool:
    """Return whether a budget is in standard deviations of the noise."""
    return field == "noise_sigma" or (field == "quality" and text.strip().lower() == BELOW_NOISE)


def parsed_detector(texts: Mapping[str, str]) -> dict[str, float]:
    """Return the given detector parameters; empty texts are left out, to be estimated.

    Raises
    ------
    BudgetError
        A text is no number.
    """
    found = {}
    for name, text in texts.items():
        if not text.strip():
            continue
        try:
            found[name] = float(text.replace(",", "."))
        except ValueError:
            raise BudgetError(
                f"Expected a number for the detector's {name.replace('_', ' ')}, or nothing to "
                f"estimate it. Got {text!r} instead."
            ) from None
    return found


BUDGETS = (
    BudgetKind(
        "quality",
        "quality",
        GOOD,
        "below-noise: errors within one standard deviation of the detector's noise\n"
        "good: robust PSNR of 42 dB\npreview: robust PSNR of 34 dB, to look at only",
        QUALITIES,
    ),
    BudgetKind(
        "robust PSNR (dB)",
        "robust_psnr",
        42,
        "minimum PSNR in dB of the foreground; the peak is its range without outliers",
    ),
    BudgetKind("ratio", "ratio", 50, "minimum ratio of uncompressed size to file size"),
    BudgetKind("bits per voxel", "bpv", 0.1, "maximum file bits per voxel"),
    BudgetKind("PSNR (dB)", "psnr", 40, "minimum PSNR in dB; the peak is the whole range"),
    BudgetKind(
        "largest error",
        "max_error",
        1,
        "guaranteed maximum error of any voxel, in data units; 0 is lossless",
    ),
    BudgetKind(
        "largest error / range",
        "range_error",
        0.01,
        "guaranteed maximum error of any voxel, as a fraction of the data range",
    ),
    BudgetKind(
        "largest error / noise",
        "noise_sigma",
        1,
        "guaranteed maximum error of any voxel, in standard deviations of a counting detector's\n"
        "noise; gain, offset and read noise are estimated from the data and reported",
    ),
)


def reaches_quality(method: str) -> bool:
    """Return whether the method called ``method`` reaches any quality."""
    return method in ("", AUTO) or methods.get(method).any_quality


def method_for(method: str, field: str, text: str) -> str:
    """Return the method for a kind of budget: one of the two defaults, in place of the other."""
    if method not in (DEFAULT_METHOD, BOUND_METHOD):
        return method
    try:
        kind = next(kind for kind in BUDGETS if kind.field == field)
        return default_method(kind.budget(text))
    except BudgetError:  # while it is typed
        return method


def method_of(method: str, *, several: bool, settings: Mapping[str, Any]) -> str:
    """Return the chosen method; "" to let each of ``several`` budgets have its default one."""
    return "" if several and not settings and method in (DEFAULT_METHOD, BOUND_METHOD) else method


LOSSLESS = "lossless"
"""Kind of budget for variables without a budget."""


def budgets_of(
    rows: Mapping[str, tuple[str, str]], detector: Mapping[str, float] | None = None
) -> Budgets:
    """Parse kind (its label, or LOSSLESS) and typed value of each variable; ``detector`` as in
    ``BudgetKind.budget``.

    Raises
    ------
    BudgetError
        A value is invalid; the message names its variable.
    """
    kinds = {kind.label: kind for kind in BUDGETS}
    found = {}
    for name, (label, text) in rows.items():
        if label == LOSSLESS:
            continue
        try:
            found[name] = kinds[label].budget(text, detector)
        except BudgetError as error:
            raise BudgetError(f"{name}: {error}") from error
    return Budgets(found)


@dataclass(frozen=True)
class SettingChoice:
    """Setting of a method, as shown in a form.

    Parameters
    ----------
    kind
        bool, int, float or str.
    automatic
        Whether None ("auto") is allowed.
    """

    name: str
    kind: type
    default: Any
    automatic: bool
    choices: tuple[Any, ...]
    help: str


def setting_choices(method: str) -> list[SettingChoice]:
    """Return the settings of ``method`` in order; empty for automatic choice."""
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
    """Return the settings that differ from the defaults; raises InputError for invalid ones."""
    return {} if method == AUTO else methods.get(method).Settings.from_json(texts).to_json()

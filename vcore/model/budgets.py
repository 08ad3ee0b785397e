"""Budgets per variable: some by name, one for the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vcore.errors import BudgetError, InputError
from vcore.model.budget import BELOW_NOISE, DETECTOR_FIELDS, LOSSLESS, Budget


@dataclass(frozen=True)
class Budgets:
    """Budgets of individual variables, and one for all others.

    Parameters
    ----------
    by_name
        Budgets by variable name. Sizes refer to this variable alone, uncompressed and in the file.
    rest
        Common budget of all other variables. Default: lossless; empty for the method's default.
        Sizes refer to these variables together.
    """

    by_name: Mapping[str, Budget]
    rest: Budget = LOSSLESS

    def of(self, name: str) -> Budget:
        """Return the budget of a variable."""
        return self.by_name.get(name, self.rest)

    def check(self, names: Iterable[str]) -> None:
        """Check the budgets against the variable ``names`` of a volume.

        Raises
        ------
        InputError
            A budget names a variable that does not exist.
        BudgetError
            ``rest`` is given, but no variable is left for it.
        """
        known = list(names)
        strange = [name for name in self.by_name if name not in known]
        if strange:
            raise InputError(
                f"Expected budgets of the variables {', '.join(map(repr, known)):.400}. Got one of "
                f"{', '.join(map(repr, strange)):.200}: correct the name."
            )
        if self.rest != LOSSLESS and all(name in self.by_name for name in known):
            raise BudgetError(
                "Expected variables left for the budget without a name. Got one by name for each "
                "of them, which then holds alone: leave one of the two out."
            )


Asked = Budget | Budgets
Given = Budget | Budgets | Mapping[str, Any]


def parse_budget(given: Given | None, fields: Mapping[str, Any]) -> Asked | None:
    """Parse a budget given as an object, as a mapping, or by its fields.

    Parameters
    ----------
    given
        Budget, mapping of numbers by field, or mapping of budgets (or such mappings) by variable.
    fields
        Alternative: per field, a number for all variables or a mapping of numbers by variable.

    Raises
    ------
    BudgetError
        The budget is invalid, or both are given.
    """
    if fields and given is not None:
        raise BudgetError(
            f"Expected a budget or its fields. Got both, budget and {', '.join(fields)}: leave one "
            f"out."
        )
    if fields:
        return _of_fields(fields)
    if not isinstance(given, Mapping):
        return given
    nested = [name for name, value in given.items() if isinstance(value, Budget | Mapping)]
    if not nested:
        return Budget.from_json(dict(given))
    if len(nested) < len(given):
        plain = next(name for name in given if name not in nested)
        raise BudgetError(
            f"Expected either numbers by field, as in {{'psnr': 45}}, or budgets by variable, as "
            f"in {{'T': {{'psnr': 45}}}}. Got both, {plain!r} and {nested[0]!r}: write "
            f"`Budgets(by_name, rest)` for some variables and the rest."
        )
    return Budgets({name: _named(name, value) for name, value in given.items()})


def combined(named: Mapping[str, Mapping[str, Any]], plain: Mapping[str, Any]) -> Budgets:
    """Return budgets by name, and one for the rest, from their fields.

    Unnamed detector parameters apply to every budget of the noise.

    Raises
    ------
    BudgetError
        A budget is invalid; the message names its variable.
    """
    detector = {k: v for k, v in plain.items() if k in DETECTOR_FIELDS}
    noisy = [name for name, values in named.items() if _is_of_noise(values)]
    if noisy and not _is_of_noise(plain):
        plain = {k: v for k, v in plain.items() if k not in detector}
    full = {name: {**detector, **v} if name in noisy else v for name, v in named.items()}
    rest = Budget.from_json(dict(plain)) if plain else LOSSLESS
    return Budgets({name: _named(name, values) for name, values in full.items()}, rest)


def _is_of_noise(values: Mapping[str, Any]) -> bool:
    return "noise_sigma" in values or values.get("quality") == BELOW_NOISE


def _of_fields(fields: Mapping[str, Any]) -> Asked:
    plain = {k: v for k, v in fields.items() if not isinstance(v, Mapping)}
    if len(plain) == len(fields):
        return Budget.from_json(plain)
    named: dict[str, dict[str, Any]] = {}
    for field, values in fields.items():
        if field not in plain:
            for name, value in values.items():
                named.setdefault(name, {})[field] = value
    return combined(named, plain)


def _named(name: str, value: Budget | Mapping[str, Any]) -> Budget:
    if isinstance(value, Budget):
        return value
    try:
        return Budget.from_json(dict(value))
    except BudgetError as error:
        raise BudgetError(f"Variable {name!r}: {error}") from error

"""Assignment of methods and budgets to the variables of a volume."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcore import methods
from vcore.engine.choose import AUTO, BOUND_METHOD, choose, default_method
from vcore.errors import InputError
from vcore.methods.base import Method
from vcore.model.budget import GOOD, LOSSLESS, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.report import Report
from vcore.model.volume import WIDE_DTYPES, Volume

DEFAULT = Budget(quality=GOOD)
"""Budget used if none is given, by methods that reach any quality."""
MIN_DEFAULT_BYTES = 1 << 14
"""Minimum of the other methods' default budgets in bytes: a small volume need not fit into less."""


@dataclass(frozen=True)
class Plan:
    """Variables that share a method and a budget.

    Parameters
    ----------
    names
        Names of the variables.
    nbytes, size
        Uncompressed bytes and number of values of all of them.
    method, settings
        Method and its settings.
    budget
        Requested budget, DEFAULT, or the method's default.
    promised
        Whether the budget is kept: not the method's default.
    named
        Whether the user named the method.
    whole
        Whether the plan covers all variables of the volume: a size is then that of the file, else
        that of the sections and their part of the header.
    """

    names: tuple[str, ...]
    nbytes: int
    size: int
    method: Method
    settings: Any
    budget: Budget
    promised: bool
    named: bool
    whole: bool

    @property
    def limit_bytes(self) -> int | None:
        """Maximum number of bytes of all its variables; None if unlimited."""
        limit = self.budget.limit_bytes(self.nbytes, self.size)
        return limit if limit is None or self.promised else max(limit, MIN_DEFAULT_BYTES)


def default_methods(asked: Asked | None) -> list[str]:
    """Return the default methods of all given budgets, without repetition."""
    if not isinstance(asked, Budgets):
        return [default_method(asked)]
    given = [*asked.by_name.values(), *([asked.rest] if asked.rest != LOSSLESS else [])]
    return list(dict.fromkeys(default_method(budget) for budget in given))


def plans_of(
    volume: Volume,
    method: str | None,
    asked: Asked | None,
    settings: Mapping[str, Any] | None,
    context: Context,
    compress: Callable[..., Report],
) -> tuple[list[Plan], str]:
    """Return the plans for the variables of ``volume``, and the reasons for automatically chosen
    methods.

    Parameters
    ----------
    compress
        ``vcore.compress``, for trials.

    Raises
    ------
    InputError, BudgetError
        A budget names no variable of the volume, or settings are given without a method.
    """
    if method == AUTO and settings:
        raise InputError(
            f"Expected a method by name beside its settings. Got auto and {', '.join(settings)}: "
            f"name the method, or leave the settings out."
        )
    if settings and not method and len(several := default_methods(asked)) > 1:
        raise InputError(
            f"Expected a method by name beside its settings. Got {', '.join(settings)}, and "
            f"budgets for which {' and '.join(several)} would be used: name the method, or leave "
            f"the settings out."
        )
    plans, reasons = [], []
    for part, budget, left_out in _groups(volume, asked):
        own: Mapping[str, Any] = {} if left_out else settings or {}
        name = BOUND_METHOD if left_out else method or default_method(budget)
        if name == AUTO:
            choice = choose(part, budget if budget else DEFAULT, context, compress)
            name, names = choice.method, ", ".join(v.name for v in part.every)
            whose = f"{names}: " if isinstance(asked, Budgets) else ""
            reasons.append(f"{whose}{choice.reason}")
        found = methods.get(name)
        parsed = found.Settings.from_json(own)
        if (budget is None or budget.is_empty) and takes_quality(found, parsed):
            budget = DEFAULT
        promised = budget is not None and not budget.is_empty
        plans.append(
            Plan(
                names=tuple(v.name for v in part.every),
                nbytes=part.nbytes,
                size=part.size,
                method=found,
                settings=parsed,
                budget=budget if budget and promised else found.default_budget(parsed),
                promised=promised,
                named=method not in (None, "", AUTO) and not left_out,
                whole=len(part.every) == len(volume.every),
            )
        )
    return plans, " ".join(reasons)


def _exact(volume: Volume, asked: Budget | None) -> list[str]:
    """Return the variables that are lossless unless a budget names them.

    Truth values beside other variables; without a budget, 64-bit integers and all truth values.
    """
    if asked is None or asked.is_empty:
        return [v.name for v in volume.every if v.dtype.str[1:] in WIDE_DTYPES]
    found = [v.name for v in volume.every if v.dtype == np.bool_]
    sized = asked.limit_bytes(volume.nbytes, volume.size) is not None
    return [] if sized or len(found) == len(volume.every) else found


def takes_quality(method: Method, settings: Any) -> bool:
    """Return whether a method without a budget keeps DEFAULT: if it reaches any quality, and its
    settings do not decide."""
    return method.any_quality and getattr(settings, "step", None) is None


def _groups(volume: Volume, asked: Asked | None) -> Iterator[tuple[Volume, Budget | None, bool]]:
    """Yield variables with their common budget, and whether they are lossless only for lack of a
    budget: labels, and those that budgets by name do not name."""
    named = asked.by_name if isinstance(asked, Budgets) else {}
    labels = [v.name for v in volume.variables if v.is_label and v.name not in named]
    if labels:
        yield volume.select(labels), LOSSLESS, True
        names = [v.name for v in volume.variables if v.name not in labels]
        if not names:
            return
        volume = volume.select(names)
    if not isinstance(asked, Budgets):
        exact = _exact(volume, asked)
        if rest := [v.name for v in volume.every if v.name not in exact]:
            yield volume.select(rest), asked, False
        if exact:
            yield volume.select(exact), LOSSLESS, True
        return
    names = [v.name for v in volume.every]
    asked.check(names)
    for name in names:
        if name in asked.by_name:
            yield volume.select([name]), asked.by_name[name], False
    if rest := [name for name in names if name not in asked.by_name]:
        yield volume.select(rest), asked.rest, asked.rest == LOSSLESS

"""Contract suite for methods: subclass ``MethodContract`` and name the method."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from vcore import methods
from vcore.model.budget import Budget
from vcore.testing.methods_budgets import BudgetContract
from vcore.testing.methods_case import AMPLE, FINE, LONG_NAMES, REACHED, Case
from vcore.testing.methods_decoding import DecodingContract
from vcore.testing.methods_encoding import EncodingContract

__all__ = ["AMPLE", "FINE", "LONG_NAMES", "REACHED", "Case", "MethodContract"]


class MethodContract(EncodingContract, DecodingContract, BudgetContract):
    """Contract of every method; set ``method`` or override the fixture ``case``.

    Attributes
    ----------
    method
        Registered name.
    settings
        Settings that encode a small volume in a fraction of a second; by default
        ``Settings.smallest()``.
    training, budget, flat, level_error, refuses
        Same as in ``Case``.

    Examples
    --------
    >>> class TestMine(MethodContract):
    ...     method = "mine"
    """

    method: ClassVar[str]
    settings: ClassVar[Mapping[str, Any] | None] = None
    training: ClassVar[Mapping[str, Any]] = {}
    budget: ClassVar[Budget] = AMPLE
    flat: ClassVar[bool] = True
    level_error: ClassVar[float] = 1.5
    refuses: ClassVar[Mapping[Budget, str]] = {}

    @pytest.fixture
    def case(self) -> Case:
        """Return the method under test."""
        settings = self.settings
        if settings is None:
            settings = methods.get(self.method).Settings.smallest().to_json()
        return Case(
            self.method,
            settings,
            self.training,
            self.budget,
            self.flat,
            self.level_error,
            self.refuses,
        )

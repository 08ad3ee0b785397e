"""Public names of `import vcore`."""

import inspect

import numpy as np
import pytest

import vcore
from vcore import errors

VALUES = np.arange(4 * 5 * 6, dtype="u1").reshape(4, 5, 6)


def test_functions_are_real_ones() -> None:
    for name in ("open", "compress", "compare", "verify", "estimate", "read", "write"):
        function = getattr(vcore, name)
        parameters = inspect.signature(function).parameters.values()
        assert all(p.annotation is not inspect.Parameter.empty for p in parameters), name
        assert function.__doc__
    assert set(vcore.__all__) == set(dir(vcore))


def test_errors_are_exported() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, vcore.VcoreError)
    }
    assert defined <= set(vcore.__all__)
    assert vcore.BudgetError is errors.BudgetError
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vcore.nothing


@pytest.mark.parametrize(
    "given", [{"budget": vcore.Budget(max_error=2)}, {"budget": {"max_error": 2}}, {"max_error": 2}]
)
def test_a_budget_is_given_in_three_ways(given: dict) -> None:
    dataset = vcore.open(vcore.compress(VALUES, None, **given).data)
    assert dataset.decoder().header.bound == {"max_error": 2.0}


def test_budgets_that_are_none() -> None:
    with pytest.raises(vcore.BudgetError, match="Got both"):
        vcore.compress(VALUES, None, budget=vcore.Budget(psnr=40), psnr=40)
    with pytest.raises(vcore.BudgetError, match="quality"):
        vcore.compress(VALUES, None, quality=3)

"""Contract suites for methods, readers and datasets of any package; subclass one in a test file.

Requires pytest (extra ``testing``). ``docs/extending.md`` has examples.
"""

from vcore.errors import MissingExtraError

try:
    import pytest
except ImportError as error:
    raise MissingExtraError(
        f"Expected the package pytest for the contract suites. Got '{error}' instead: install it "
        f"with pip install 'vcore-volumes[testing]'."
    ) from error

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("datasets", "measures", "methods", "readers")),
    *(f"{__name__}.methods_{part}" for part in ("budgets", "case", "decoding", "encoding")),
)

"""Fill value, reserved for missing voxels: present values never decode to it (docs/format.md,
section 10)."""

from dataclasses import replace

from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.fill import beside


def narrowed(budget: Budget, source: VariableSource) -> Budget:
    """Return a budget with a bound reduced by the distance to the fill value's substitute."""
    bound, variable = budget.bound(source.span), source.variable
    value = beside(variable.usable_fill, source.range, variable.dtype)
    if not bound or value is None:
        return budget
    if variable.dtype.kind != "f":
        bound = float(int(bound))  # errors of integers are integers
    room = bound - abs(float(value) - float(variable.usable_fill or 0))
    return replace(budget, max_error=max(room, 0.0), range_error=None)

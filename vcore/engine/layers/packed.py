"""Packed values coded as the source's integers (docs/format.md, section 21).

They take less than half the bytes of the unpacked floating-point values, which include the rounding
of the unpacking; lossless integers give lossless values.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.engine.layers.integers import MISSING, IntegerCode
from vcore.errors import FormatError, InputError
from vcore.methods.source import VariableSource
from vcore.model.budget import Budget
from vcore.model.fill import beside
from vcore.model.packing import Packing

TABLE = 1 << 22
"""Maximum range of integers whose unpacking is computed one by one."""
COARSE = 2 / 3
"""Maximum bound, in integers, for which integers take fewer bytes than floating-point values, whose
step is then 4/3 integers."""


@dataclass(frozen=True)
class PackedIntegers(IntegerCode):
    """Mapping between the values and integers of a packed variable."""

    packing: Packing

    def integers(self, values: NDArray[Any]) -> NDArray[np.float64]:
        return self.packing.pack(values)

    def values(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.packing.unpack(integers).astype(np.float64)

    def budget(self, budget: Budget, source: VariableSource) -> Budget | None:
        """Return the budget of the integers that corresponds to ``budget`` of the values.

        None where floating-point values take fewer bytes: the bound is smaller than one integer,
        but its quantiser step is larger.
        """
        bound = budget.bound(source.span)
        if bound is None:
            return budget
        reach = max(self._reach(bound, source) - self._aside(source), 0)
        if reach == 0 and bound > COARSE * abs(self.packing.scale):
            return None
        return replace(budget, max_error=reach, range_error=None)

    def _aside(self, source: VariableSource) -> int:
        """Return the distance in integers to the substitute for the fill value."""
        fill, dtype = source.variable.usable_fill, source.variable.dtype
        value = beside(fill, source.range, dtype, self.packing)
        if value is None:
            return 0
        # slightly more than a whole number is rounding of the unpacking
        return math.ceil(abs(float(value) - float(fill or 0)) / abs(self.packing.scale) - 0.25)

    def _reach(self, bound: float, source: VariableSource) -> int:
        """Return the maximum error of integers that keeps the values within ``bound``."""
        low, high = self.range(source.range)
        reach = min(round(bound / abs(self.packing.scale)), high - low)
        while reach > 0 and self._largest_error(low, high, reach) > bound:
            reach -= 1
        return reach

    def _largest_error(self, low: int, high: int, reach: int) -> float:
        """Return the maximum distance of the values of two integers ``reach`` apart."""
        if high - low <= TABLE:
            values = self.values(np.arange(low, high + 1, dtype=np.float64))
            return float(np.abs(values[reach:] - values[: values.size - reach]).max())
        # unpacking rounds product and sum, for each of the two values
        largest = max(abs(low), abs(high)) * abs(self.packing.scale) + abs(self.packing.offset)
        rounding = 2 * float(np.finfo(self.packing.values_dtype).eps) * largest
        return reach * abs(self.packing.scale) + rounding

    def restored(
        self, header: VariableHeader, source: VariableSource, budget: Budget
    ) -> VariableHeader:
        """Return the header of ``source``, given that of its coded integers."""
        bound = header.bound
        if bound is not None:
            asked = budget.bound(source.span) or 0.0
            bound = {**bound, "max_error": asked if bound["max_error"] else 0.0}
        variable = source.variable
        return replace(
            header,
            dtype=variable.dtype.str[1:],
            range=source.range,
            fill_value=variable.usable_fill,
            bound=bound,
            packing=self.to_json(),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what a header keeps of it."""
        packing = self.packing
        return {"dtype": packing.dtype, "scale": packing.scale, "offset": packing.offset}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], dtype: str, limits: tuple[float, float]) -> Self:
        """Parse a header's packing, for values of ``dtype`` within ``limits``.

        Raises
        ------
        FormatError
            The packing is invalid.
        """
        try:
            code = cls(Packing(values["dtype"], dtype, values["scale"], values["offset"]))
            with np.errstate(all="ignore"):
                good = bool((np.abs(code.integers(np.array(limits, np.float64))) < -MISSING).all())
        except InputError:
            good = False
        if not good:
            raise FormatError("The header is damaged: its packing is impossible.")
        return code


def packed_integers(source: VariableSource, budget: Budget) -> tuple[PackedIntegers, Budget] | None:
    """Return the mapping of ``source`` to the integers of its packing, and their budget.

    Reads the variable once by slab. None if its values are coded directly: without a packing, with
    a value that no integer unpacks to (changed after unpacking), or with a budget for which
    floating-point values take fewer bytes.
    """
    variable = source.variable
    packing = variable.packing
    if packing is None or packing.values_dtype != variable.dtype.str[1:]:
        return None
    code = PackedIntegers(packing)
    asked = code.budget(budget, source)
    if asked is None:
        return None
    for region in variable.slabs():
        values = variable.read(region)
        missing = variable.missing(values)
        present = values if missing is None else values[~missing]
        # MISSING is -2^31: integers beyond i4, such as some of u4, do not fit
        if not packing.holds(present) or (np.abs(packing.pack(present)) >= -MISSING).any():
            return None
    return code, asked

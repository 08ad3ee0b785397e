"""What stands for a present value that would decode to the fill value (docs/format.md, 10)."""

from typing import Any

import numpy as np

from vcore.model.packing import Packing


def beside(
    fill_value: float | int | None,
    limits: tuple[float, float],
    dtype: np.dtype[Any],
    packing: Packing | None = None,
) -> Any:
    """Return the substitute for a present value that would decode to the fill value.

    This is the next larger value of ``dtype``, or the next smaller one at the upper of the
    ``limits``; for packed values, that of the next integer if it differs from the fill value in
    ``dtype``. None if the fill value is outside the limits, or the only value within them.
    """
    low, high = limits
    if fill_value is None or not low <= fill_value <= high or low == high:
        return None
    if dtype.kind != "f":
        return dtype.type(fill_value + (1 if fill_value < high else -1))
    towards = np.inf if fill_value < high else -np.inf
    if packing is not None:
        integer = packing.pack(np.asarray(fill_value)) + np.sign(towards * packing.scale)
        value = packing.unpack(integer)[()]
        if value != dtype.type(fill_value):
            return value
    return np.nextafter(dtype.type(fill_value), dtype.type(towards))

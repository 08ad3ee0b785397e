"""Detection of fill values in chunks, which need not be stored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_fill(values: NDArray[Any], fill: Any) -> bool:
    """Return whether all values equal the fill value."""
    if values.dtype.kind == "f" and np.isnan(fill):
        return bool(np.isnan(values).all())
    same = bool((values == fill).all())
    if values.dtype.kind == "f" and fill == 0:
        return same and bool((np.signbit(values) == np.signbit(fill)).all())
    return same


def trimmed(values: NDArray[Any], fill: Any) -> NDArray[Any]:
    """Return a block without trailing planes of fill values along each axis."""
    for axis in range(values.ndim):
        planes = np.moveaxis(values, axis, 0)
        n = len(planes)
        while n > 1 and is_fill(planes[n - 1], fill):
            n -= 1
        values = np.moveaxis(planes[:n], 0, axis)
    return values

"""Packed values: integers that represent floating-point values (CF conventions, section 8.1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError


@dataclass(frozen=True)
class Packing:
    """Encoding of values as integers: ``value = integer * scale + offset``.

    Unpacking is computed in ``values_dtype``, product first, as ``xarray.decode_cf`` does.

    Parameters
    ----------
    dtype
        Dtype of the integers, two characters: "u1" to "i4".
    values_dtype
        Dtype of the values: "f4" or "f8".
    scale, offset
        In data units.
    """

    dtype: str
    values_dtype: str
    scale: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        good = self.dtype in ("u1", "i1", "u2", "i2", "u4", "i4")
        good = good and self.values_dtype in ("f4", "f8")
        if not good or not np.isfinite([self.scale, self.offset]).all() or self.scale == 0:
            raise InputError(
                f"Expected integers of at most 32 bits, a finite scale other than 0 and a finite "
                f"offset. Got {self.dtype} for {self.values_dtype}, {self.scale} and "
                f"{self.offset} instead."
            )

    def unpack(self, integers: NDArray[Any]) -> NDArray[Any]:
        """Return the values of ``integers``, in ``values_dtype``."""
        values = integers.astype(self.values_dtype)
        values *= values.dtype.type(self.scale)
        if self.offset:
            values += values.dtype.type(self.offset)
        return values

    def pack(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the integers nearest to finite ``values``, as float64, without range check."""
        return np.asarray(np.rint((values.astype(np.float64) - self.offset) / self.scale))

    def holds(self, values: NDArray[Any]) -> bool:
        """Return whether all of the finite ``values`` are exactly representable."""
        integers = self.pack(values)
        limits = np.iinfo(self.dtype)
        if ((integers < limits.min) | (integers > limits.max)).any():
            return False
        return bool((self.unpack(integers) == values).all())

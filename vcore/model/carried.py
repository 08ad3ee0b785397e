"""CarriedArray: what a file holds beside its volumes, kept as its source stores it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.volume import LazyArray


@dataclass(frozen=True, eq=False)
class CarriedArray:
    """An array of any shape and dtype with named dimensions, stored without loss.

    Parameters
    ----------
    name
        Name in its source.
    data
        Array of numbers, texts (``str`` in an object array), bytes, dates or records; anything with
        ``shape``, ``dtype`` and slicing.
    dims
        Name of each dimension.
    attributes
        Attributes in the source, as JSON values.
    """

    name: str
    data: LazyArray
    dims: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(n) for n in self.data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Value type."""
        return np.dtype(self.data.dtype)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=object))

    def read(self) -> NDArray[Any]:
        """Return all values."""
        values: NDArray[Any] = np.asarray(self.data[...])
        return values

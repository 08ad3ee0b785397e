"""Assignment of a variable's axes to inputs and outputs of the network."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from vcore.model.regions import Region, shape_of, whole


@dataclass(frozen=True)
class Layout:
    """Axes of a variable: ``c`` indexes the network's outputs, the others its inputs.

    Parameters
    ----------
    axes, shape
        Axis names and lengths of the variable.
    """

    axes: tuple[str, ...]
    shape: tuple[int, ...]

    @property
    def outputs(self) -> int:
        """Number of components."""
        return self.shape[self.axes.index("c")] if "c" in self.axes else 1

    @property
    def lengths(self) -> tuple[int, ...]:
        """Lengths of the axes among t z y x."""
        return shape_of(self.positions(whole(self.shape)))

    @property
    def count(self) -> int:
        """Number of sample positions, each with all its components."""
        return math.prod(self.lengths)

    def positions(self, region: Region) -> Region:
        """Return the part of ``region`` along t z y x."""
        return tuple(s for name, s in zip(self.axes, region, strict=True) if name != "c")

    def components(self, region: Region) -> slice:
        """Return the components in ``region``."""
        return region[self.axes.index("c")] if "c" in self.axes else slice(0, 1)

    def coordinates(self, region: Region) -> list[NDArray[np.float32]]:
        """Return the coordinates of a region's indices, one array per axis among t z y x.

        Indices map linearly to -1 for the first and 1 for the last voxel; 0 if there is only one.
        """
        found = []
        for n, s in zip(self.lengths, self.positions(region), strict=True):
            index = np.arange(s.start, s.stop)
            found.append((2 * index / max(n - 1, 1) - (n > 1)).astype(np.float32))
        return found

    def rows(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a region's values as an array of shape (positions, components)."""
        if "c" not in self.axes:
            return values.reshape(-1, 1)
        return np.moveaxis(values, self.axes.index("c"), -1).reshape(-1, self.outputs)

    def array(self, rows: NDArray[Any], region: Region) -> NDArray[Any]:
        """Invert ``rows``: return ``region`` as an array with the variable's axes."""
        values = rows.reshape(*shape_of(self.positions(region)), rows.shape[-1])
        return np.moveaxis(values, -1, self.axes.index("c") if "c" in self.axes else 0).reshape(
            shape_of(region)
        )


def inputs(coordinates: Sequence[Any], where: Any) -> Any:
    """Return the network's inputs (n, axes), x first, at the flat indices ``where`` (n,).

    Parameters
    ----------
    coordinates
        Coordinates along each axis, slowest first; arrays of the same namespace as ``where``.
    """
    columns = []
    for axis in reversed(coordinates):
        columns.append(axis[where % len(axis)])
        where = where // len(axis)
    return array_namespace(where).stack(columns, axis=-1)

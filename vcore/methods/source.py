"""VariableSource: region-wise access to the variable to encode, with missing values filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.regions import Region
from vcore.model.volume import Variable


@dataclass(frozen=True)
class VariableSource:
    """Variable to encode, its grid and its value range.

    Parameters
    ----------
    variable, grid
        Variable to encode and its grid.
    range
        Smallest and largest finite value.
    has_missing
        Whether any value is missing; missing values are filled in smoothly, so that they cost
        little.
    is_empty
        Whether every value is missing; the range is then (0, 0).
    """

    variable: Variable
    grid: Grid
    range: tuple[float, float]
    has_missing: bool = False
    is_empty: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of every axis."""
        return self.variable.shape

    @property
    def frames(self) -> tuple[int, ...]:
        """Lengths of the axes in front of z y x (time and components)."""
        return self.shape[:-3]

    @property
    def span(self) -> float:
        """Data range."""
        return float(self.range[1]) - float(self.range[0])

    def read(
        self, region: Region, hidden: NDArray[np.bool_] | None = None, sweeps: int = 0
    ) -> NDArray[Any]:
        """Return the values of ``region``, float64 in data units, missing ones infilled, and those
        that are ``hidden`` in all frames, (z, y, x); ``sweeps`` as in ``infill``."""
        values = self.variable.read(region)
        missing = self.variable.missing(values) if self.has_missing else None
        if hidden is not None:
            missing = np.broadcast_to(hidden, values.shape) | (
                False if missing is None else missing
            )
        values = values.astype(np.float64)
        if missing is None:
            return values
        flat, holes = (
            values.reshape(-1, *values.shape[-3:]),
            missing.reshape(-1, *values.shape[-3:]),
        )
        mean = (self.range[0] + self.range[1]) / 2
        for frame, hole in zip(flat, holes, strict=True):
            infill(frame, hole, mean, sweeps)
        return values

    def read_normalised(self, region: Region) -> NDArray[np.float32]:
        """Return the values of ``region`` mapped to 0..1, float32, missing ones infilled."""
        return ((self.read(region) - self.range[0]) / (self.span or 1.0)).astype(np.float32)

    def slabs(self, multiple: int = 1, voxels: int = 1 << 21) -> Iterator[Region]:
        """Yield regions that cover the variable (see ``Variable.slabs``)."""
        return self.variable.slabs(multiple, voxels)


def infill(values: NDArray[Any], holes: NDArray[np.bool_], default: float, sweeps: int = 0) -> None:
    """Replace holes by the mean of the present values in the smallest enclosing box with a side of
    2**k, and at each of these resolutions by the mean of their neighbours, ``sweeps`` times."""
    weight = (~holes).astype(np.float64)
    filled = np.where(holes, 0.0, values)
    sums, weights = [filled], [weight]
    while max(sums[-1].shape) > 1:
        sums.append(box_mean(sums[-1], (2, 2, 2)))
        weights.append(box_mean(weights[-1], (2, 2, 2)))
    coarse = np.where(weights[-1] > 0, sums[-1] / np.maximum(weights[-1], 1e-300), default)
    for total, share in zip(reversed(sums[:-1]), reversed(weights[:-1]), strict=True):
        for axis in range(3):
            coarse = coarse.repeat(2, axis)
        coarse = coarse[tuple(slice(0, n) for n in total.shape)]
        coarse = np.where(share > 0, total / np.maximum(share, 1e-300), coarse)
        if sweeps:
            from vcore.methods.infill_loops import relax

            relax(coarse, share == 0, sweeps)
    values[holes] = coarse[holes]

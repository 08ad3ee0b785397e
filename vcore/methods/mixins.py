"""Optional capabilities of methods: primitives, occupancy gates, values at any spacing or point."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.methods.source import VariableSource
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives
from vcore.model.regions import Region


class Continuous(ABC):
    """Mixin for decoders of spatially continuous functions."""

    @abstractmethod
    def sample(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[Any]:
        """Return the values on voxels of any size, in data units.

        Parameters
        ----------
        region
            Slices over all axes; z y x in voxels of ``spacing``, with the first voxel aligned to
            the start of the volume.
        spacing
            Voxel size along z y x, in voxels of level 0.
        """


class Pointwise(ABC):
    """Mixin for decoders that evaluate themselves at any point."""

    @abstractmethod
    def at(
        self, frame: int, points: NDArray[np.float64], *, gradient: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return the values of a frame, in data units, and their derivatives if asked for.

        Called on several threads at once, with some thousands of points each.

        Parameters
        ----------
        points
            z y x in voxels of level 0, from the centre of the first voxel to that of the last,
            shape (n, 3).

        Returns
        -------
        tuple
            Values, shape (n, channels), and derivatives along z y x per voxel, shape
            (n, channels, 3), or None.
        """


class Differenced(Pointwise):
    """Mixin for decoders that evaluate themselves in float64, whose derivatives are differences."""

    STEP: ClassVar[float] = 1e-3
    """Step in voxels of the differences: of smooth functions exact to seven digits."""

    @property
    @abstractmethod
    def last(self) -> NDArray[np.int64]:
        """Largest index along z y x."""

    @abstractmethod
    def values_at(self, frame: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of a frame, in data units, (n, channels); see ``at``."""

    def at(
        self, frame: int, points: NDArray[np.float64], *, gradient: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        values = self.values_at(frame, points)
        if not gradient:
            return values, None
        last = self.last
        slopes = np.zeros((*values.shape, 3))
        for axis in np.nonzero(last)[0]:
            below, above = points.copy(), points.copy()
            below[:, axis] = np.maximum(points[:, axis] - self.STEP, 0)
            above[:, axis] = np.minimum(points[:, axis] + self.STEP, last[axis])
            change = self.values_at(frame, above) - self.values_at(frame, below)
            slopes[..., axis] = change / (above - below)[:, axis, None]
        return values, slopes


class PrimitiveDecoder(ABC):
    """Mixin for decoders of variables made of primitives."""

    @abstractmethod
    def primitives(self) -> Primitives:
        """Return the primitives of the variable, in physical units."""


class MadeOfPrimitives(ABC):
    """Mixin for methods with editable primitives."""

    @abstractmethod
    def with_primitives(
        self, header: VariableHeader, grid: Grid, reader: SectionReader, primitives: Primitives
    ) -> tuple[VariableHeader, list[tuple[int, str, list[bytes]]]]:
        """Return header and sections (level, name, units) of the variable with new primitives.

        Raises
        ------
        InputError
            The primitives cannot be stored in this variable.
        """


@dataclass(frozen=True)
class Occupancy:
    """Result of an occupancy gate.

    Parameters
    ----------
    threshold
        Threshold used, in data units.
    mask
        Occupied voxels, boolean, shape (z, y, x).
    """

    threshold: float
    mask: NDArray[np.bool_]


class Gated(ABC):
    """Mixin for methods with an occupancy gate."""

    @abstractmethod
    def occupancy(self, source: VariableSource, settings: Any) -> Occupancy:
        """Return the voxels on which the method would spend its bytes.

        Parameters
        ----------
        source
            Region of one frame to evaluate.
        """

"""What some methods can do beside the contract: primitives, occupancy gates, any spacing."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.methods.source import VariableSource
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives
from vcore.model.regions import Region


class Continuous(ABC):
    """Mixin for decoders of functions that are continuous in space."""

    @abstractmethod
    def sample(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[Any]:
        """Return the values of voxels of any size, in data units.

        Parameters
        ----------
        region
            Over all axes; z y x in voxels of ``spacing``, the first of which begins where the
            volume begins.
        spacing
            Along z y x, in voxels of level 0.
        """


class PrimitiveDecoder(ABC):
    """Mixin for decoders of variables that are made of primitives."""

    @abstractmethod
    def primitives(self) -> Primitives:
        """Return the primitives that the variable is made of, in physical units."""


class MadeOfPrimitives(ABC):
    """Mixin for methods whose variables are made of primitives that can be edited."""

    @abstractmethod
    def with_primitives(
        self, header: VariableHeader, grid: Grid, reader: SectionReader, primitives: Primitives
    ) -> tuple[VariableHeader, list[tuple[int, str, list[bytes]]]]:
        """Return header and sections (level, name, units) of a variable of other primitives.

        Raises
        ------
        InputError
            Primitives that the variable cannot hold.
        """


@dataclass(frozen=True)
class Occupancy:
    """What an occupancy gate lets through.

    Parameters
    ----------
    threshold
        As used, in data units.
    mask
        Boolean, z y x.
    """

    threshold: float
    mask: NDArray[np.bool_]


class Gated(ABC):
    """Mixin for methods with an occupancy gate."""

    @abstractmethod
    def occupancy(self, source: VariableSource, settings: Any) -> Occupancy:
        """Return where the method would spend its bytes.

        Parameters
        ----------
        source
            A region to look at, of one frame.
        """

"""Protocol of the datasets that the Zarr store can serve."""

from collections.abc import Mapping
from typing import Any, Protocol

from vcore.engine.levels import LevelsDecoder


class Decoders(Protocol):
    """Variables of an open file, such as ``vcore.dataset.Dataset``."""

    cache_bytes: int

    @property
    def variables(self) -> Mapping[str, LevelsDecoder]:
        """Decoder of each variable."""
        ...

    @property
    def identity(self) -> tuple[str, int]:
        """Name of the file, and a number that identifies its content."""
        ...

    def grid_attributes(self, number: int) -> Mapping[str, Any]:
        """Return the attributes of the volume on the grid of a number."""
        ...

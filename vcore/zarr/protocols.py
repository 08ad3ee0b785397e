"""What the Zarr store needs of an open file."""

from collections.abc import Mapping
from typing import Protocol

from vcore.engine.levels import LevelsDecoder


class Decoders(Protocol):
    """The variables of an open file, such as ``vcore.dataset.Dataset``."""

    cache_bytes: int

    @property
    def variables(self) -> Mapping[str, LevelsDecoder]:
        """The decoder of each variable."""
        ...

    @property
    def identity(self) -> tuple[str, int]:
        """The file's name, and a number that differs where its content does."""
        ...

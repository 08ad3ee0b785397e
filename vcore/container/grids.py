"""Grids of a file, with the attributes that describe them (docs/format.md, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from vcore.model.grid import Grid
from vcore.model.volume import Volume


@dataclass(frozen=True)
class DescribedGrid:
    """A grid of a file, and the attributes of its axes; see ``Volume.attributes``."""

    grid: Grid
    attributes: Mapping[str, Any]

    @classmethod
    def of(cls, volume: Volume) -> Self:
        """Return the grid of a volume with its attributes."""
        return cls(volume.grid, volume.attributes)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the header."""
        attributes = {"attributes": dict(self.attributes)} if self.attributes else {}
        return {"grid": self.grid.to_json(), **attributes}

"""Units of the section of latents: which nodes each holds, and which state it starts from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.view_grids.latents import (
    State,
    encode_latents,
    first_state,
    next_state,
)
from vcore.collections.methods.view_grids.shapes import Shapes


@dataclass(frozen=True)
class Units:
    """Streams of all latents: units of the section, from the coarsest level on.

    Parameters
    ----------
    shapes
        Sizes.
    group
        Nodes of a unit.
    images
        Number of images, the nodes of the finest level.
    """

    shapes: Shapes
    group: int
    images: int

    def nodes(self, level: int) -> int:
        """Return the number of stored nodes of a level."""
        return self.shapes.nodes(level) if level else self.images

    def units(self, level: int) -> int:
        """Return the number of units of a level; 0 without latents."""
        return -(-self.nodes(level) // self.group) if self.shapes.scales(level) else 0

    def size(self, level: int, unit: int) -> int:
        """Return the number of nodes of a unit of a level."""
        return min(self.group, self.nodes(level) - unit * self.group)

    @property
    def levels(self) -> list[int]:
        """Levels with latents, in the order of their units."""
        every = range(len(self.shapes.levels) - 1, -1, -1)
        return [level for level in every if self.shapes.scales(level)]

    @property
    def count(self) -> int:
        """Number of units."""
        return sum(self.units(level) for level in self.levels)

    def first_unit(self, level: int) -> int:
        """Return the number of a level's first unit."""
        return sum(self.units(other) for other in self.levels if other > level)

    def encoded(self, latents: Sequence[NDArray[np.int32]]) -> Iterator[bytes]:
        """Yield the units of latents (nodes, latents of a node) per level.

        The first unit of a level starts from the coder's state at the end of that of the level
        before, the others of a level from that at the end of its first.
        """
        before: State | None = None
        for level in self.levels:
            scales, root = self.shapes.scales(level), None
            for number in range(self.units(level)):
                nodes = latents[level][number * self.group : (number + 1) * self.group]
                start = root if root is not None else before
                state = first_state() if start is None else next_state(start)
                data, after = encode_latents(nodes, scales, state)
                if root is None:
                    root = before = after
                yield data

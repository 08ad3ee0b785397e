"""Order of prediction: every image has a pair of neighbours along each parameter, halving the
distance from step to step (the hierarchical pictures of video coding, in several dimensions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import CodedImages


class Place(NamedTuple):
    """Position along one parameter: its depth, 0 for independent ones, and its two neighbours."""

    depth: int
    lower: int
    upper: int


class Pair(NamedTuple):
    """Two images between which one lies, by flat index, and its distance to each; of a pair with a
    hole, the other image stands for both."""

    before: int
    after: int
    to_before: int
    to_after: int


def places(count: int, group: int) -> list[Place]:
    """Return the place of each of ``count`` positions, independent ones at most ``group`` apart."""
    segments = max(-(-(count - 1) // group), 1)
    keys = sorted({k * (count - 1) // segments for k in range(segments + 1)})
    found = [Place(0, i, i) for i in range(count)]
    stack = [(a, b, 1) for a, b in zip(keys, keys[1:], strict=False)]
    while stack:
        a, b, depth = stack.pop()
        if b - a > 1:
            middle = (a + b) // 2
            found[middle] = Place(depth, a, b)
            stack += [(a, middle, depth + 1), (middle, b, depth + 1)]
    return found


@dataclass(frozen=True)
class Hierarchy:
    """Order of prediction of a collection.

    Parameters
    ----------
    coded
        The collection.
    group
        Largest distance of independent images along a parameter.
    """

    coded: CodedImages
    group: int

    @cached_property
    def axes(self) -> list[list[Place]]:
        """Places along each parameter; labels are no axis to predict along."""
        return [
            [Place(0, i, i) for i in range(len(p))] if p.is_label else places(len(p), self.group)
            for p in self.coded.parameters
        ]

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Whether there is an image, by flat index."""
        found = np.zeros(int(np.prod(self.coded.shape, dtype=np.int64)), bool)
        found[self.coded.order] = True
        return found

    @cached_property
    def root(self) -> int:
        """Flat index of the image from whose coder state the other independent ones start: the
        first of the least depth."""
        return min((int(f) for f in self.coded.order), key=lambda f: (self.depth(f), f))

    def depth(self, flat: int) -> int:
        """Return the depth of an image: the sum of those along the parameters."""
        return sum(axis[i].depth for axis, i in zip(self.axes, self.index(flat), strict=True))

    def index(self, flat: int) -> tuple[int, ...]:
        """Return the position along each parameter."""
        return self.coded.index_of(flat)

    def pairs(self, flat: int) -> list[Pair | None]:
        """Return the pair of an image along each parameter, None where it has none."""
        index = self.index(flat)
        found: list[Pair | None] = []
        for axis, (place, i) in enumerate(
            (places[i], i) for places, i in zip(self.axes, index, strict=True)
        ):
            if not place.depth:
                found.append(None)
                continue
            ends = [self._flat((*index[:axis], k, *index[axis + 1 :])) for k in place[1:]]
            there = [e for e in ends if self.present[e]]
            if not there:
                found.append(None)
                continue
            before, after = ends if len(there) == 2 else (there[0], there[0])
            found.append(Pair(before, after, i - place.lower, place.upper - i))
        return found

    def _flat(self, index: Sequence[int]) -> int:
        return int(np.ravel_multi_index(tuple(index), self.coded.shape))

    @cached_property
    def groups(self) -> list[list[int]]:
        """Flat indices of the images of each unit: those between the same independent ones, in the
        order of coding."""
        by_cell: dict[tuple[int, ...], list[int]] = {}
        keys = [[i for i, place in enumerate(axis) if not place.depth] for axis in self.axes]
        for flat in self.coded.order:
            cell = tuple(
                min(int(np.searchsorted(k, i, "right")) - 1, max(len(k) - 2, 0))
                for k, i in zip(keys, self.index(int(flat)), strict=True)
            )
            by_cell.setdefault(cell, []).append(int(flat))
        return [
            sorted(images, key=lambda f: (self.depth(f), f)) for _, images in sorted(by_cell.items())
        ]

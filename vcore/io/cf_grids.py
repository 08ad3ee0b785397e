"""Groups of arrays that share a grid, among those of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MIN_BYTES = 1 << 16
"""Minimum size in bytes of a variable beside the largest ones; smaller ones are carried, as a
method saves little there."""


@dataclass(frozen=True)
class Extent:
    """What an axis of an array lies along.

    Parameters
    ----------
    length
        Number of voxels.
    dim
        Name of the dimension, "" if unnamed.
    coordinates
        Coordinates or labels along it, None without.
    """

    length: int
    dim: str = ""
    coordinates: Any = None

    def is_alike(self, other: "Extent") -> bool:
        """Return whether both may be the same axis; unnamed ones are told by length only."""
        same = (self.dim, self.coordinates) == (other.dim, other.coordinates)
        return self.length == other.length and (same or not (self.dim and other.dim))


Place = Mapping[str, Extent]
"""Extents of an array, by axis letter."""


def grouped(places: Mapping[str, Place]) -> list[list[str]]:
    """Return the names of the arrays on each grid, in order of their first ones.

    Arrays of one grid agree along z, y and x; along t and c where they have these axes.
    """
    groups: list[tuple[dict[str, Extent], list[str]]] = []
    for name, place in places.items():
        for known, names in groups:
            if _fits(place, known):
                names.append(name)
                known.update({a: e for a, e in place.items() if a not in known or e.dim})
                break
        else:
            groups.append((dict(place), [name]))
    return [names for _, names in groups]


def _fits(place: Place, known: Place) -> bool:
    common = place.keys() & known.keys()
    return (place.keys() ^ known.keys()) <= {*"tc"} and all(
        place[a].is_alike(known[a]) for a in common
    )

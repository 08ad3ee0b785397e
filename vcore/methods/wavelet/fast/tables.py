"""Header entries of effort ``fast``: its version, and the reconstruction points of each level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vcore.errors import VersionError
from vcore.methods.wavelet.stream import small_level
from vcore.methods.wavelet.tables import SHIFTS, Tables
from vcore.methods.wavelet.transform import Shape

VERSION = 2
"""Version of the coder of effort ``fast``, in the state of a header."""


@dataclass(frozen=True)
class FastTables(Tables):
    """Reconstruction points, without taps or a filter."""

    def state(self) -> dict[str, Any]:
        return {"centroids": self.points, "version": VERSION}


def check_version(state: Mapping[str, Any]) -> None:
    """Check the version in a header's state.

    Raises
    ------
    VersionError
        It is another one.
    """
    found = state.get("version", 1)
    if found != VERSION:
        raise VersionError(
            f"Expected version {VERSION} of the effort 'fast' of method wavelet. Got version "
            f"{found!r:.20}: compress the volume again, or decode it with the vcore-volumes that "
            f"wrote it."
        )


def points_of(tables: Tables, shapes: Sequence[Shape]) -> list[Sequence[int]]:
    """Return the reconstruction points of each level, finest first."""
    small = small_level(shapes)
    return [tables.points[max(small - k, 0)][:SHIFTS] for k in range(len(shapes))]

"""Labelled arrays as stored, and the names by which they reference each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vcore.io.cf_attributes import text
from vcore.model.volume import LazyArray

RELATED = ("coordinates", "bounds", "climatology", "grid_mapping", "cell_measures", "formula_terms")
"""Attributes that reference other variables."""


@dataclass(frozen=True)
class Labelled:
    """A stored array with named dimensions.

    Parameters
    ----------
    data
        The array as stored, not decoded.
    dims
        Names of its dimensions, empty if unnamed.
    attributes
        Attributes of the array.
    letters
        One axis letter per dimension if the file specifies them, else "".
    coordinates
        Coordinate array of each dimension, where the file specifies it.
    """

    data: LazyArray
    dims: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    letters: str = ""
    coordinates: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.data.shape, dtype=object))


Arrays = Mapping[str, Labelled]
"""Labelled arrays by path."""


def words_of(attributes: Mapping[str, Any], name: str) -> list[str]:
    """Return the names in an attribute such as ``coordinates`` or ``cell_measures``."""
    return text(attributes, name).replace(":", " ").split()


def in_scope(name: str, word: str, arrays: Arrays) -> str:
    """Return the path of the array that ``name`` references as ``word``, "" if there is none."""
    groups = name.split("/")[:-1]
    paths = ("/".join([*groups[:depth], word]) for depth in range(len(groups), -1, -1))
    return next((path for path in paths if path in arrays), "")

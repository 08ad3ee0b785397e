"""Labelled arrays as files hold them, and the names by which they refer to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vcore.io.cf_attributes import text
from vcore.model.volume import LazyArray

RELATED = ("coordinates", "bounds", "climatology", "grid_mapping", "cell_measures", "formula_terms")
"""Attributes that name other variables."""


@dataclass(frozen=True)
class Labelled:
    """A stored array with names for its dimensions; ``data`` gives the numbers as stored.

    Parameters
    ----------
    data
        The array.
    dims
        Names of its dimensions, none where it has none.
    attributes
        Of the array.
    letters
        Its axes where the file says them by letter, "" where it does not.
    coordinates
        Names of the arrays with the coordinates of its dimensions, where the file says them.
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


def words_of(attributes: Mapping[str, Any], name: str) -> list[str]:
    """Return the names in an attribute such as ``coordinates`` or ``cell_measures``."""
    return text(attributes, name).replace(":", " ").split()


def in_scope(name: str, word: str, arrays: Arrays) -> str:
    """Return the path of what the array ``name`` calls ``word``, "" where there is none."""
    groups = name.split("/")[:-1]
    paths = ("/".join([*groups[:depth], word]) for depth in range(len(groups), -1, -1))
    return next((path for path in paths if path in arrays), "")

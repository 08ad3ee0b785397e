"""How carefully an encoder chooses the integers."""

from typing import NamedTuple


class Care(NamedTuple):
    """How integers are chosen.

    Parameters
    ----------
    weight
        What a bit is worth: 1 for as much as it is at high rates.
    of_zero
        What the bits that a 1 takes more than a 0 count beside others: a 1 among zeros makes its
        neighbours dearer too.
    again
        Whether they are chosen anew among those chosen.
    """

    weight: float = 1.0
    of_zero: float = 1.0
    again: bool = False


USUAL = Care()
CARES = (USUAL, Care(0.7, 1.0, True), Care(0.5, 1.0, True), Care(0.5, 1.4, True))
"""What effort ``max`` tries: which is best differs by a percent from volume to volume."""

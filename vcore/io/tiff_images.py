"""TIFF pictures as they are seen: upright, with straight alpha, of full depth.

Tags: TIFF 6.0, Orientation (274), ExtraSamples (338), BitsPerSample (258).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.colour_images import is_shown, spread
from vcore.io.request import need

Array = NDArray[Any]

DIRECT_COLOURS = ("MINISBLACK", "RGB", "YCBCR")
"""Photometric interpretations that decode to grey values, or red, green and blue."""
ASSOCIATED = 1
"""Number in ExtraSamples of an alpha by which the colours are multiplied."""
FIRST_TURNED = 5
"""First orientation in which rows are columns."""
UPRIGHT: dict[int, Callable[[Array], Array]] = {
    2: lambda v: v[:, ::-1],
    3: lambda v: v[::-1, ::-1],
    4: lambda v: v[::-1],
    5: lambda v: v.swapaxes(0, 1),
    6: lambda v: np.rot90(v, -1),
    7: lambda v: v[::-1, ::-1].swapaxes(0, 1),
    8: lambda v: np.rot90(v),
}
"""Functions that turn an image of y, x by its orientation."""


@dataclass(frozen=True)
class Picture:
    """What the first page of a file tells of its values.

    Parameters
    ----------
    orientation
        1 to 8; 1 is upright.
    associated
        Whether the colours are multiplied by alpha.
    bits
        Bits of a sample.
    """

    orientation: int
    associated: bool
    bits: int

    def size(self, plane: tuple[int, int]) -> tuple[int, int]:
        """Return the upright height and width of an image stored as ``plane``."""
        return plane[::-1] if self.orientation >= FIRST_TURNED else plane

    def seen(self, values: Array) -> Array:
        """Return the values (y, x[, component]) as they are seen."""
        if (turn := UPRIGHT.get(self.orientation)) is not None:
            values = turn(values)
        if values.dtype.kind != "u" or not is_shown(values):
            return values
        values = spread(values, self.bits)
        return _straight(values) if self.associated and values.shape[2:] in ((2,), (4,)) else values


def picture_of(path: str) -> Picture:
    """Return what a file tells of its first page.

    Raises
    ------
    InputError
        Its values are neither grey values nor red, green and blue.
    """
    with need("tifffile").TiffFile(path) as tif:
        page = tif.pages[0]
        if (kind := page.photometric.name) not in DIRECT_COLOURS:
            raise InputError(
                f"Expected grey values or red, green and blue in {path}. Got TIFF's colours "
                f"{kind} instead: save it as PNG."
            )
        orientation = page.tags.get("Orientation")
        return Picture(
            1 if orientation is None else int(orientation.value),
            ASSOCIATED in map(int, page.extrasamples),
            int(page.bitspersample),
        )


def _straight(values: Array) -> Array:
    """Return colours divided by their alpha; 0 where it is 0."""
    top = np.iinfo(values.dtype).max
    opacity = values[..., -1:].astype(np.float64)
    colour = values[..., :-1] * (top / np.maximum(opacity, 1))
    colour = np.where(opacity > 0, np.rint(colour).clip(0, top), 0)
    return np.concatenate([colour.astype(values.dtype), values[..., -1:]], -1)

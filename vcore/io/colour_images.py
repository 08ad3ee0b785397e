"""Colours of images: of 8 bits, with or without opacity, and the background's."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images
from vcore.errors import InputError

SAMPLED = 5
"""Number of images whose borders tell the background."""
OPAQUE = 255
DEEP = 257
"""Ratio of 16-bit values to 8-bit ones."""


def is_shown(values: NDArray[Any]) -> bool:
    """Return whether values are colours, or grey of 8 bits, rather than measured."""
    return values.ndim > 2 or values.dtype == np.uint8


def spread(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Return unsigned values of fewer bits than their type, such as 12, over all of its range."""
    top, most = int(np.iinfo(values.dtype).max), (1 << bits) - 1
    if not 0 < most < top:
        return values
    wide = values.astype(np.uint64).clip(0, most)
    return ((wide * top + most // 2) // most).astype(values.dtype)


def as_colour(values: NDArray[Any], components: int, path: str) -> NDArray[np.uint8]:
    """Return y, x, 3 (red, green, blue) or 4 (and opacity), uint8.

    Parameters
    ----------
    values
        Grey values (y, x), also with opacity (y, x, 2), or colours; 8 or 16 bits.
    components
        3 or 4; opacity is 255 where there is none.
    path
        Name of the image in messages.

    Raises
    ------
    InputError
        Other values, or some that are not opaque for 3 components.
    """
    if values.dtype == np.uint16:
        values = ((values.astype(np.uint32) + DEEP // 2) // DEEP).astype(np.uint8)
    if values.dtype != np.uint8 or values.ndim not in (2, 3) or values.shape[2:] > (4,):
        raise InputError(
            f"Expected colours of 8 bits in {path}, as in the first image. Got "
            f"{values.dtype.name} values of shape {values.shape} instead."
        )
    if values.ndim == 2:
        values = values[..., None]
    count = values.shape[2]
    opacity = values[..., -1:] if count in (2, 4) else None
    colour = np.repeat(values[..., :1], 3, -1) if count < 3 else values[..., :3]
    if components == 3:
        if opacity is not None and (opacity < OPAQUE).any():
            raise InputError(
                f"Expected an opaque image at {path}, as the first. Got opacities below 1 instead."
            )
        return np.ascontiguousarray(colour)
    if opacity is None:
        opacity = np.full((*values.shape[:2], 1), OPAQUE, np.uint8)
    return np.concatenate([colour, opacity], -1)


def guess_background(images: Images) -> Images:
    """Return the images with the background colour of their borders, if it is not known; a note
    says so.

    Only opaque images get one, and only if all border pixels of some of them have one colour.
    """
    channel = next((c for c in images.channels if c.is_colour), None)
    if channel is None or images.background is not None:
        return images
    every = list(images.indices())
    steps = np.unique(np.linspace(0, len(every) - 1, SAMPLED).round().astype(int))
    colours = set()
    for step in steps.tolist():
        values = images.read(every[step], channel.name)
        if channel.components == 4 and (values[..., 3] < OPAQUE).any():
            return images
        border = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
        colours |= set(map(tuple, np.unique(border[:, :3], axis=0).tolist()))
        if len(colours) > 1:
            return images
    (background,) = colours
    note = (
        f"the background is {background}, as the borders of {len(steps)} images are: give another "
        f"with `background`"
    )
    attributes = {**images.attributes, "background": "guessed"}
    return replace(
        images, background=background, attributes=attributes, notes=(*images.notes, note)
    )

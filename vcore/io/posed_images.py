"""Images and depths of cameras, as all files of poses tell them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.image_files import layers_of, read_layer

IMAGES = (".png", ".jpg", ".jpeg")
MAX_CAMERAS = 1 << 16


class Depths(NamedTuple):
    """Depths that are asked for, and those where a file tells none either."""

    near: float | None
    far: float | None
    untold: tuple[float, float]

    def among(self, told: Mapping[str, Any]) -> tuple[float, float]:
        """Return the depths of a camera of which ``told`` may tell near and far."""
        near, far = (told.get(k, v) for k, v in zip(("near", "far"), self.untold, strict=True))
        return (
            float(near if self.near is None else self.near),
            float(far if self.far is None else self.far),
        )


def size_of(path: str) -> tuple[int, int]:
    height, width = layers_of(path)[0].shape[:2]
    return height, width


def image_of(path: str) -> NDArray[Any]:
    found = read_layer(path, layers_of(path)[0].name)
    if found.ndim == 2:
        found = np.repeat(found[..., None], 3, -1)
    return found


def check_aspect(size: tuple[int, int], told: tuple[float, float], path: str) -> None:
    """Refuse images of ``size`` y x whose poses are those of another aspect, ``told`` y x."""
    height, width = size
    if min(told) <= 0 or not abs(told[0] * width / told[1] - height) <= 1 + 0.01 * height:
        raise InputError(
            f"Expected images of the width and height that {path} tells, {told[1]:g} x "
            f"{told[0]:g}, or smaller ones of that aspect. Got {width} x {height} pixels: take the "
            f"images as they were, or scale both sides alike."
        )

"""PosedImages: photographs or renderings of a scene, each with its camera."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.runtime.memory import available_bytes, human_bytes
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Triple


@dataclass(frozen=True)
class PosedImages:
    """Images with cameras.

    Parameters
    ----------
    cameras
        Camera of each image; all images have the same size.
    read
        Callback that returns the image of a number: (height, width, 3 or 4) uint8, with straight
        alpha.
    name
        Name of the source.
    notes
        What readers have to tell the user.
    """

    cameras: tuple[Camera, ...]
    read: Callable[[int], NDArray[Any]] = field(compare=False, repr=False)
    name: str = "scene"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sizes = {c.size for c in self.cameras}
        if len(sizes) != 1:
            told = ", ".join(f"{h} x {w}" for h, w in sorted(sizes)[:4]) or "no cameras"
            raise InputError(
                f"Expected posed images of one size. Got {told} instead: crop or scale them first."
            )

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images in pixels."""
        return self.cameras[0].size

    def load(self, background: Triple, factor: int = 1) -> NDArray[np.float32]:
        """Return all images in front of a background, averaged over ``factor`` pixels a side.

        Returns
        -------
        (n, height // factor, width // factor, 3) float32, 0 to 1.

        Raises
        ------
        InputError
            An image is damaged, or of another size.
        MemoryLimitError
            They do not fit into memory.
        """
        from vcore.errors import MemoryLimitError

        height, width = (n // factor for n in self.size)
        needed = 12 * len(self.cameras) * height * width
        if needed > available_bytes():
            raise MemoryLimitError(
                f"Expected images that fit into memory, {human_bytes(available_bytes())}. Got "
                f"{len(self.cameras)} of {height} x {width} pixels, {human_bytes(needed)}."
            )
        found = np.empty((len(self.cameras), height, width, 3), np.float32)
        for number in range(len(found)):
            found[number] = self.picture(number, background, factor)
        return found

    def picture(self, number: int, background: Triple, factor: int = 1) -> NDArray[np.float32]:
        """Return one image of ``load``."""
        image = self.read(number)
        if image.shape not in ((*self.size, 3), (*self.size, 4)) or image.dtype != np.uint8:
            raise InputError(
                f"Expected images of {self.size[0]} x {self.size[1]} pixels of 8-bit colours. "
                f"Got {' x '.join(map(str, image.shape))} of {image.dtype} for "
                f"{self.cameras[number].name or number}."
            )
        values = image.astype(np.float32) / 255
        if values.shape[2] == 4:
            alpha = values[..., 3:]
            values = values[..., :3] * alpha + (1 - alpha) * np.asarray(background, np.float32)
        height, width = (n // factor for n in self.size)
        cropped = values[: height * factor, : width * factor]
        found: NDArray[np.float32] = cropped.reshape(height, factor, width, factor, 3).mean((1, 3))
        return found

    def cameras_of(self, factor: int) -> tuple[Camera, ...]:
        """Return the cameras of ``load`` with the same factor."""
        return tuple(c.averaged(factor) for c in self.cameras)

"""A small made collection: a shaded ball that moves over time and is seen from around."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter

WHITE = (255, 255, 255)


def ball(
    *, size: tuple[int, int] = (40, 52), colour: str = "rgb", times: int = 3, holes: bool = True
) -> Images:
    """Return ``times`` x 4 images with a colour and a depth in mm, and holes in the grid."""
    y, x = np.mgrid[: size[0], : size[1]]

    def read(index: tuple[int, ...], channel: str) -> NDArray[Any]:
        time, phi = index
        radius = np.hypot(y - size[0] / 2 - 2 * time, x - size[1] / 2 + 2 * phi)
        inside = radius < 12
        if channel == "depth":
            return np.where(inside, 10 + radius / 5, np.nan).astype(np.float32)
        image = np.full((*size, 3), 255.0)
        shades = [radius * 10 + phi, 200 - radius * 5, 50 + time * 10 + 0 * radius]
        image[inside] = np.stack(shades, -1)[inside]
        if colour == "rgba":
            image = np.concatenate([image, np.where(inside, 255, 0)[..., None]], -1)
        return image.astype(np.uint8)

    present = np.ones((times, 4), bool)
    if holes and times > 1:
        present[1, 2] = False
    return Images(
        (
            Parameter("time", tuple(0.5 * k * k for k in range(times)), "s"),
            Parameter("phi", (0.0, 90.0, 180.0, 270.0), "degree", 360),
        ),
        size,
        (Channel(colour, np.dtype(np.uint8)), Channel("depth", np.dtype(np.float32), "mm")),
        read,
        present,
        WHITE,
        Turntable((0, 0, 0), 10, 30),
        {"title": "a ball"},
        "ball.cdb",
    )


def only(images: Images, *channels: str) -> Images:
    """Return ``images`` with these channels alone."""
    return replace(images, channels=tuple(c for c in images.channels if c.name in channels))

"""Images of other viewpoints seen from one: every pixel's depth tells where it lies in them."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.methods.base import CodedImages

DEPTH = "depth"
TOLERANCE = 0.01
"""Largest difference of depths at which a point counts as seen from both viewpoints, as a share of
the distance of the camera."""
BITS = 24
"""Bits of the fraction of a matrix's entries, so that the last bits of a sine do not matter."""

Image = NDArray[np.uint8]


class Viewpoints:
    """Geometry of a collection with depths and a camera.

    Parameters
    ----------
    coded
        The collection.
    camera
        Its camera.
    fill
        Colour of pixels without depth.
    """

    def __init__(self, coded: CodedImages, camera: Turntable, fill: tuple[int, ...]) -> None:
        self._coded, self._camera = coded, camera
        self._fill = np.array(fill, np.uint8)

    @classmethod
    def of(cls, coded: CodedImages, fill: tuple[int, ...]) -> "Viewpoints | None":
        """Return the geometry of a collection; None where depth or camera are unknown, or depths
        may differ between machines."""
        depths = coded.others.get(DEPTH)
        known = coded.camera is not None and depths is not None and depths.exact
        return cls(coded, coded.camera, fill) if known and coded.camera else None

    def differ(self, flat: int, other: int) -> bool:
        """Return whether two images are seen from different viewpoints."""
        return not np.array_equal(self._pose(flat), self._pose(other))

    def warped(self, flat: int, before: tuple[int, Image], after: tuple[int, Image]) -> list[Image]:
        """Return two images, given with their flat indices, as seen from the viewpoint of ``flat``;
        what is hidden in one is taken from the other."""
        from vcore.collections.methods.views.warp_loops import merge, warp

        depth = self._depth(flat)
        height, width = self._coded.size
        # rounded, so that the last bits of a tangent do not matter
        focal = float(np.float32(self._camera.focal_length(height)))
        images, seen = [], []
        for number, image in (before, after):
            out = np.empty_like(image)
            visible = np.zeros((height, width), np.uint8)
            warp(
                image,
                self._depth(number),
                depth,
                self._matrix(flat, number),
                focal,
                bool(self._camera.view_angle),
                TOLERANCE * self._camera.distance,
                self._fill[: image.shape[-1]],
                out,
                visible,
            )
            images.append(out)
            seen.append(visible)
        merge(images[0], images[1], seen[0], seen[1])
        return images

    def _depth(self, flat: int) -> NDArray[np.float64]:
        values: Any = self._coded.others[DEPTH].decode(flat)
        return np.ascontiguousarray(values, np.float64)

    def _pose(self, flat: int) -> NDArray[np.float64]:
        return self._camera.pose(self._coded.values_of(flat))

    def _matrix(self, flat: int, other: int) -> NDArray[np.float64]:
        """Return the matrix from eye coordinates of one image to those of another, (3, 4)."""
        with np.errstate(all="ignore"):  # cameras may be as far away as floats reach
            matrix = (self._pose(other) @ np.linalg.inv(self._pose(flat)))[:3]
            unit = np.ldexp(1.0, BITS - math.frexp(self._camera.distance)[1])
            scale = np.array([2.0**BITS] * 3 + [unit])
            rounded: NDArray[np.float64] = np.rint(matrix * scale) / scale
        return rounded

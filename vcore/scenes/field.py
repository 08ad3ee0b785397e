"""RadianceField: density and colour in space, rendered from any camera."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.model.context import Context
from vcore.scenes.cameras import Camera

Triple = tuple[float, float, float]
Floats = NDArray[np.float32]


class Bounds(NamedTuple):
    """Box around a scene, in world units."""

    low: Triple
    high: Triple

    @property
    def extent(self) -> NDArray[np.float64]:
        """Length along x, y and z."""
        return np.asarray(self.high, np.float64) - np.asarray(self.low, np.float64)


class View(NamedTuple):
    """Rendered image.

    Attributes
    ----------
    rgb
        (height, width, 3) float32, 0 to 1, in front of the background.
    depth
        (height, width) float32: depth along the direction of view in world units, NaN where
        nothing is seen.
    alpha
        (height, width) float32, 0 to 1.
    """

    rgb: Floats
    depth: Floats
    alpha: Floats

    def pixels(self) -> NDArray[np.uint8]:
        """Return the colours as (height, width, 3) uint8."""
        return to_pixels(self.rgb)


class Ellipsoids(NamedTuple):
    """What a field consists of, as ellipsoids to show one by one.

    Attributes
    ----------
    positions
        (n, 3), x y z in world units.
    sigmas
        (n, 3), standard deviations along the own axes, in world units.
    rotations
        (n, 4), unit quaternions w x y z from the own axes to the world's.
    axes
        (n, 3, 3), the same as matrices: columns are the own axes.
    opacities
        (n,), 0 to 1.
    rgb
        (n, 3), 0 to 1: the mean over directions.
    """

    positions: Floats
    sigmas: Floats
    rotations: Floats
    axes: Floats
    opacities: Floats
    rgb: Floats


class RadianceField(ABC):
    """Density and colour in space; thread-safe.

    Attributes
    ----------
    method
        Name of the method for scenes that codes it.
    measured
        Number of views that a PSNR is measured on, and their longest side in pixels.
    bounds
        Box outside of which it is empty.
    background
        Red, green and blue behind it, 0 to 1.
    cameras
        Cameras it was made from, or is known to be seen from; empty if unknown.
    nbytes
        Uncompressed size of its parameters as float32, in bytes.
    name
        Name of the source.
    attributes
        Further metadata, as JSON values.
    notes
        What readers have to tell the user.
    """

    method: ClassVar[str]
    measured: ClassVar[tuple[int, int]] = (4, 64)
    bounds: Bounds
    background: Triple
    cameras: tuple[Camera, ...] = ()
    nbytes: int
    name: str = "scene"
    attributes: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()

    @abstractmethod
    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        """Return what ``camera`` sees.

        Raises
        ------
        Cancelled
            The context was cancelled.
        """

    def picture(self, number: int, factor: int) -> Floats | None:
        """Return the picture of a camera that the scene was made from, averaged over ``factor``
        pixels a side: (height, width, 3) float32, 0 to 1; None if there is none."""
        return None

    @abstractmethod
    def sample(self, points: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return density and colour at points.

        Parameters
        ----------
        points
            (n, 3), x y z in world units.

        Returns
        -------
        density, rgb
            (n,) float32, per world unit, 0 outside of ``bounds``; (n, 3) float32, 0 to 1, the mean
            over directions where the colour depends on them.
        """

    def ellipsoids(self) -> Ellipsoids | None:
        """Return what the field consists of; None if it is no sum of ellipsoids."""
        return None


def to_pixels(rgb: NDArray[Any]) -> NDArray[np.uint8]:
    """Return colours of 0 to 1 as uint8, rounded."""
    found: NDArray[np.uint8] = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
    return found

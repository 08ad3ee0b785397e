"""Rays in the space that a network knows: the world, or normalised device coordinates."""

from collections.abc import Sequence
from typing import NamedTuple

from vcore.scenes.cameras import Camera
from vcore.scenes.field import Floats
from vcore.scenes.methods.nerf.ndc import Ndc


class Rays(NamedTuple):
    """Rays and the colours at their ends.

    Attributes
    ----------
    origins, directions
        (n, 3) float32 each, in the space that the network knows.
    views
        (n, 3) float32: the directions that the colour depends on.
    colours
        (n, 3) float32.
    """

    origins: Floats
    directions: Floats
    views: Floats
    colours: Floats


def rays_in(
    ndc: Ndc | None, origins: Floats, directions: Floats, colours: Floats | None = None
) -> Rays:
    """Return rays of the world in the space that the network knows."""
    rest = origins if colours is None else colours
    if ndc is None:
        return Rays(origins, directions, directions, rest)
    cast = ndc.rays(origins, directions)
    return Rays(cast.origins, cast.directions, cast.views, rest)


def is_endless(ndc: Ndc | None) -> bool:
    """Return whether rays end in an endless length of the density at their largest depth."""
    return ndc is not None and ndc.endless


def depths_of(cameras: Sequence[Camera], ndc: Ndc | None) -> tuple[float, float]:
    """Return the smallest and largest depth of rays."""
    if ndc is not None:
        return 0.0, 1.0
    return min(c.near for c in cameras), max(c.far for c in cameras)

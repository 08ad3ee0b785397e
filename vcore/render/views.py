"""From where a subject is rendered: a camera on a turntable, angles, image size."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import Turntable
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.render.ranges import ROUNDING

MARGIN = 1.02
"""Distance of the fitted camera, relative to one from which the corners touch the image's edge."""
VIEW_ANGLE = 30.0
"""Default vertical view angle in degrees, that of VTK and ParaView."""


@dataclass(frozen=True)
class View:
    """The cameras and the image size of a collection.

    Parameters
    ----------
    camera
        Geometry of the turntable.
    thetas, phis
        Polar and azimuthal angles in degrees.
    size
        Height and width of the images in pixels.
    supersample
        Side of the square of samples of which each pixel is the mean; colours only.
    """

    camera: Turntable
    thetas: tuple[float, ...]
    phis: tuple[float, ...]
    size: tuple[int, int]
    supersample: int = 1

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The angles that vary."""
        theta = Parameter(self.camera.theta, self.thetas, "degree")
        return tuple(p for p in (theta, self.azimuth) if len(p) > 1)

    @property
    def azimuth(self) -> Parameter:
        """The parameter phi."""
        return Parameter(self.camera.phi, self.phis, "degree", self._period)

    @property
    def _period(self) -> float:
        """360 if phi goes all the way round: its gap is no wider than its steps."""
        steps = np.diff([*self.phis, self.phis[0] + 360])
        closed = len(self.phis) > 2 and steps[-1] <= steps[:-1].max() * (1 + ROUNDING)
        return 360.0 if closed else 0.0

    @property
    def pixel(self) -> float:
        """Side of a pixel at the distance of the centre, in world units."""
        half = self.camera.parallel_scale
        if self.camera.view_angle:
            half = self.camera.distance * np.tan(np.radians(self.camera.view_angle) / 2)
        return float(2 * half / self.size[0])


def fitted(
    corners: NDArray[np.float64],
    thetas: Sequence[float],
    phis: Sequence[float],
    size: tuple[int, int],
    *,
    supersample: int = 1,
    view_angle: float = VIEW_ANGLE,
    zoom: float = 1.0,
) -> View:
    """Return the views in all of which the ``corners`` lie just within the image.

    Parameters
    ----------
    corners
        World coordinates x y z of what shall be seen, shape (n, 3).
    view_angle
        Vertical, in degrees; 0 for parallel projection.
    zoom
        Magnification of the fitted image.

    Raises
    ------
    InputError
        An angle, the magnification or the number of samples is out of range.
    """
    _check(thetas, phis, supersample, view_angle, zoom)
    phis = [phi for phi in phis if not (phi >= 360 and phi % 360 in phis)]
    centre = (corners.min(0) + corners.max(0)) / 2
    around = Turntable(tuple(centre.tolist()), 1.0, VIEW_ANGLE)
    rotations = np.stack(
        [around.pose({"theta": t, "phi": p})[:3, :3] for t, p in product(thetas, phis)]
    )
    x, y, z = np.moveaxis(rotations @ (corners - centre).T, 1, 0)
    height = np.maximum(np.abs(y), np.abs(x) * (size[0] / size[1]))
    radius = float(np.linalg.norm(corners - centre, axis=1).max()) or 1.0
    scale = 0.0
    if view_angle:
        tangent = np.tan(np.radians(view_angle) / 2)
        distance = float((height / tangent + z).max()) * MARGIN or radius
        view_angle = float(2 * np.degrees(np.arctan(tangent / zoom)))
    else:
        distance, scale = 2 * radius, (float(height.max()) or radius) * MARGIN / zoom
    camera = Turntable(
        tuple(centre.tolist()),
        distance,
        view_angle,
        scale,
        fixed_theta=thetas[0],
        fixed_phi=phis[0],
    )
    return View(camera, tuple(thetas), tuple(phis), size, supersample)


def _check(
    thetas: Sequence[float],
    phis: Sequence[float],
    supersample: int,
    view_angle: float,
    zoom: float,
) -> None:
    if not all(0 <= theta <= 180 for theta in thetas):
        raise InputError(
            f"Expected theta, the angle from +z, in 0..180 degrees. Got {min(thetas):g} to "
            f"{max(thetas):g} instead."
        )
    if not all(-360 <= phi <= 360 for phi in phis):
        raise InputError(
            f"Expected phi in -360..360 degrees. Got {min(phis):g} to {max(phis):g} instead."
        )
    if not 1 <= supersample <= 8:
        raise InputError(f"Expected 1 to 8 samples a side of a pixel. Got {supersample} instead.")
    if not 0 <= view_angle <= 120:
        raise InputError(
            f"Expected a view angle of up to 120 degrees, or 0 for parallel projection. Got "
            f"{view_angle:g} instead."
        )
    if not 0 < zoom < np.inf:
        raise InputError(f"Expected a positive magnification. Got {zoom:g} instead.")

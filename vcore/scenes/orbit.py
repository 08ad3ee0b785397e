"""Orbit: a view of a scene by angles about a point, as pages and pictures turn it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import acos, atan, atan2, cos, degrees, isfinite, radians, sin, tan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import MAX_LENGTH
from vcore.errors import InputError
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Triple

UPS = ("z", "-z", "y", "-y", "x", "-x")
"""Directions that may point up."""
ANGLES = (1.0, 160.0)
"""Smallest and largest angle of view in degrees."""
NEAREST = 1e-3
"""Smallest depth that is rendered, in radii of the scene."""


@dataclass(frozen=True)
class Orbit:
    """Camera on a sphere that looks at its centre.

    Parameters
    ----------
    theta, phi
        Polar angle from ``up`` and azimuth, in degrees; for "z", azimuth from +x as in
        ``Camera.turntable``.
    roll
        Rotation of the camera about the direction of view, in degrees.
    distance
        Distance of the eye from the target, in world units.
    target
        x, y, z of the point that is looked at.
    angle
        Angle of view along the shorter side of the image, in degrees.
    up
        Axis that points up, one of ``UPS``.

    Raises
    ------
    InputError
        A number is not finite, the camera sees nothing, or there is no such axis.
    """

    theta: float
    phi: float
    distance: float
    target: Triple
    roll: float = 0.0
    angle: float = 40.0
    up: str = "z"

    def __post_init__(self) -> None:
        numbers = (self.theta, self.phi, self.roll, *self.target)
        if not all(isfinite(v) and abs(v) <= MAX_LENGTH for v in numbers):
            raise InputError(f"Expected finite angles and lengths of a view. Got {self!r:.200}.")
        if not 1 / MAX_LENGTH <= self.distance <= MAX_LENGTH:
            raise InputError(f"Expected a positive distance. Got {self.distance:g} instead.")
        if not ANGLES[0] <= self.angle <= ANGLES[1]:
            raise InputError(
                f"Expected an angle of view of {ANGLES[0]:g} to {ANGLES[1]:g} degrees. Got "
                f"{self.angle:g} instead."
            )
        if self.up not in UPS:
            raise InputError(
                f"Expected up as one of {', '.join(UPS)}. Got {self.up!r:.20} instead."
            )

    @classmethod
    def of(cls, camera: Camera, bounds: Bounds, up: str) -> Self:
        """Return the orbit that a camera is on, about the point of its line of sight that is
        nearest to the scene's centre."""
        centre, radius = sphere(bounds)
        turned = _axes(up).T @ camera.pose[:3, :3]
        right, back = turned[:, 0], turned[:, 2]
        theta, phi = acos(min(max(float(back[2]), -1.0), 1.0)), atan2(back[1], back[0])
        level, upward, _ = _frame(theta, phi)
        roll = atan2(float(right @ upward), float(right @ level))
        ahead = -camera.pose[:3, 2]
        distance = max(float((centre - camera.eye) @ ahead), NEAREST * radius)
        x, y, z = (float(v) for v in camera.eye + distance * ahead)
        angle = degrees(2 * atan(min(camera.size) / 2 / camera.focal))
        return cls(
            degrees(theta),
            degrees(phi),
            distance,
            (x, y, z),
            degrees(roll),
            min(max(angle, ANGLES[0]), ANGLES[1]),
            up,
        )

    @classmethod
    def around(cls, bounds: Bounds, up: str = "z", angle: float = 40.0) -> Self:
        """Return an orbit from which all of a scene is seen."""
        (x, y, z), radius = sphere(bounds)
        distance = radius / sin(radians(angle) / 2)
        return cls(70.0, 30.0, distance, (float(x), float(y), float(z)), angle=angle, up=up)

    def camera(self, size: tuple[int, int], bounds: Bounds) -> Camera:
        """Return the camera, for an image of ``size`` y x, which sees what is within ``bounds``."""
        frame = _axes(self.up) @ np.stack(_frame(radians(self.theta), radians(self.phi)), 1)
        right, upward, back = frame.T
        turn = radians(self.roll)
        pose = np.eye(4)
        pose[:3, 0] = cos(turn) * right + sin(turn) * upward
        pose[:3, 1] = cos(turn) * upward - sin(turn) * right
        pose[:3, 2] = back
        pose[:3, 3] = np.asarray(self.target) + self.distance * back
        centre, radius = sphere(bounds)
        away = float(np.linalg.norm(pose[:3, 3] - centre))
        near = max(away - radius, NEAREST * radius)
        focal = min(size) / 2 / tan(radians(self.angle) / 2)
        return Camera(pose, size, focal, near, max(away + radius, 2 * near))

    def to_json(self) -> dict[str, Any]:
        """Return the members as JSON values."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return found | {"target": list(self.target)}

    def changed(self, **members: Any) -> Self:
        """Return the orbit with other members."""
        return replace(self, **members)


def sphere(bounds: Bounds) -> tuple[NDArray[np.float64], float]:
    """Return centre and radius of the sphere around a box."""
    low, high = np.asarray(bounds.low, np.float64), np.asarray(bounds.high, np.float64)
    return (low + high) / 2, float(np.linalg.norm(high - low)) / 2


def up_of(cameras: Sequence[Camera]) -> str:
    """Return the axis that is nearest to the mean upward direction of cameras; "z" for none."""
    if not cameras:
        return "z"
    mean = np.mean([c.pose[:3, 1] for c in cameras], axis=0)
    axis = int(np.argmax(np.abs(mean)))
    return ("" if mean[axis] >= 0 else "-") + "xyz"[axis]


def first_orbit(bounds: Bounds, cameras: Sequence[Camera]) -> Orbit:
    """Return the first view of a scene: that of its first camera, else from around."""
    up = up_of(cameras)
    return Orbit.of(cameras[0], bounds, up) if cameras else Orbit.around(bounds, up)


def _axes(up: str) -> NDArray[np.float64]:
    """Return the right-handed axes, as columns, whose third one is ``up``."""
    third = "xyz".index(up[-1])
    found = np.eye(3)[:, [(third + 1) % 3, (third + 2) % 3, third]]
    return found * [1, -1, -1] if up.startswith("-") else found


def _frame(theta: float, phi: float) -> tuple[NDArray[np.float64], ...]:
    """Return the directions right, up and back of a camera at angles in radians, with +z up."""
    st, ct, sp, cp = sin(theta), cos(theta), sin(phi), cos(phi)
    return (
        np.array([-sp, cp, 0]),
        np.array([-ct * cp, -ct * sp, st]),
        np.array([st * cp, st * sp, ct]),
    )

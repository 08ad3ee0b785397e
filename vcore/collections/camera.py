"""Turntable: camera that turns about a point, so that the geometry of every image is known."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import radians, tan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError

MAX_LENGTH = 1e100
"""Largest length, in world units, and the inverse of the smallest distance: products of lengths
stay finite."""


@dataclass(frozen=True)
class Turntable:
    """Camera on a sphere around ``centre`` that looks at it, with +z up.

    The eye is at ``centre + distance * (sin theta cos phi, sin theta sin phi, cos theta)``.

    Parameters
    ----------
    centre
        Focal point x, y, z, in world units.
    distance
        Distance of the eye from the centre, in world units.
    view_angle
        Vertical angle of view in degrees; 0 for a parallel projection.
    parallel_scale
        Half of the height of a parallel view, in world units.
    theta, phi
        Names of the parameters with the polar angle from +z and the azimuth from +x, in degrees.
    fixed_theta, fixed_phi
        Angles in degrees where the collection has no such parameter.

    Raises
    ------
    InputError
        A number is not finite or beyond MAX_LENGTH, or the camera sees nothing.
    """

    centre: tuple[float, float, float]
    distance: float
    view_angle: float
    parallel_scale: float = 0.0
    theta: str = "theta"
    phi: str = "phi"
    fixed_theta: float = 90.0
    fixed_phi: float = 0.0

    def __post_init__(self) -> None:
        numbers = (*self.centre, self.distance, self.view_angle, self.parallel_scale)
        good = all(abs(v) <= MAX_LENGTH for v in (*numbers, self.fixed_theta, self.fixed_phi))
        good = good and len(self.centre) == 3 and self.distance >= 1 / MAX_LENGTH
        parallel = self.view_angle == 0 and self.parallel_scale >= 1 / MAX_LENGTH
        sees = 1e-6 <= self.view_angle < 180 or parallel
        if not good or not sees:
            raise InputError(f"Expected a camera that sees something. Got {self!r:.200} instead.")

    def pose(self, values: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the 4x4 matrix from world to eye coordinates (x right, y up, looking along -z).

        Parameters
        ----------
        values
            Values of the parameters of one image.
        """
        theta = radians(float(values.get(self.theta, self.fixed_theta)))
        phi = radians(float(values.get(self.phi, self.fixed_phi)))
        st, ct, sp, cp = np.sin(theta), np.cos(theta), np.sin(phi), np.cos(phi)
        back = np.array([st * cp, st * sp, ct])
        up = np.array([-ct * cp, -ct * sp, st])
        right = np.array([-sp, cp, 0.0])
        rows = np.stack([right, up, back])
        eye = np.asarray(self.centre) + self.distance * back
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = rows, -rows @ eye
        return matrix

    def focal_length(self, height: int) -> float:
        """Return the focal length in pixels of an image of ``height`` pixels; in a parallel
        projection, pixels per world unit."""
        if self.view_angle:
            return height / 2 / tan(radians(self.view_angle) / 2)
        return height / 2 / self.parallel_scale

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object in a file's header."""
        return {"kind": "turntable", **asdict(self), "centre": list(self.centre)}

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> Self:
        """Return the camera of a JSON object.

        Raises
        ------
        InputError
            It is of another kind, or sees nothing.
        """
        values = {k: v for k, v in members.items() if k != "kind"}
        try:
            x, y, z = (float(v) for v in values.pop("centre"))
            texts = {k: str(values.pop(k, k)) for k in ("theta", "phi")}
            numbers = {k: float(v) for k, v in values.items()}
            found = cls(centre=(x, y, z), **texts, **numbers)  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"Expected a camera. Got {members!r:.120} ({error}).") from error
        if members.get("kind") != "turntable":
            raise InputError(f"Expected a camera of kind turntable. Got {members!r:.120}.")
        return found

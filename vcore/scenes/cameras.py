"""Camera: pinhole with a pose, from which a scene is rendered."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import radians, tan
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import MAX_LENGTH, Turntable
from vcore.container.header_values import count_of, number_of, text_of
from vcore.errors import InputError, MemoryLimitError
from vcore.runtime.memory import available_bytes

MAX_SIDE = 1 << 14
"""Maximum side of a rendered image in pixels."""
ANGLES = (0.01, 179.0)
"""Smallest and largest angle of view of a turntable in degrees."""
MAX_ZOOM = 1e4
PIXEL_BYTES = 100
"""Memory for a pixel while it is rendered: rays, sums, colour and depth."""
RIGID = 1e-3
"""Tolerance of a pose's rotation: largest difference of its rows' products from those of a
rotation."""


@dataclass(frozen=True, eq=False)
class Camera:
    """Pinhole camera.

    Parameters
    ----------
    pose
        (4, 4) float64 matrix from eye to world coordinates; the eye's axes are those of OpenGL and
        Blender: x right, y up, looking along -z.
    size
        Height and width of the image in pixels.
    focal
        Focal length in pixels.
    near, far
        Smallest and largest depth that is rendered, along the direction of view, in world units.
    name
        Name of the view, empty if it has none.
    centre
        Principal point x, y in pixels from the left upper corner; None for the image's centre.

    Raises
    ------
    InputError
        The pose is no rotation and translation, a number is not finite, or nothing is seen.
    """

    pose: NDArray[np.float64]
    size: tuple[int, int]
    focal: float
    near: float
    far: float
    name: str = ""
    centre: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        pose = np.asarray(self.pose, np.float64)
        if pose.shape not in ((3, 4), (4, 4)) or not np.abs(pose).max() <= MAX_LENGTH:
            raise InputError(
                f"Expected a pose of 4 x 4 finite numbers. Got {pose.shape} instead, or numbers "
                f"that are not finite{self._place}."
            )
        pose = np.vstack([pose[:3], [0.0, 0.0, 0.0, 1.0]])
        turned = pose[:3, :3]
        flipped = np.linalg.det(turned) < 0
        if np.abs(turned @ turned.T - np.eye(3)).max() > RIGID or flipped:
            raise InputError(
                f"Expected a pose that turns and moves. Got one that scales, shears or mirrors"
                f"{self._place}: divide its columns by their lengths."
            )
        height, width = self.size
        numbers = (self.focal, self.near, self.far, *(self.centre or ()))
        good = all(abs(v) <= MAX_LENGTH for v in numbers) and self.focal > 0
        if not (good and 0 <= self.near < self.far and min(self.size) > 0):
            raise InputError(
                f"Expected a camera with 0 <= near < far and a positive focal length. Got near "
                f"{self.near:g}, far {self.far:g}, focal {self.focal:g}, {height} x {width} pixels"
                f"{self._place}."
            )
        if max(self.size) > MAX_SIDE:
            raise InputError(
                f"Expected images of up to {MAX_SIDE} pixels a side. Got {height} x {width}."
            )
        object.__setattr__(self, "pose", pose)

    @property
    def _place(self) -> str:
        """Where an error is."""
        return f" in the view {self.name}" if self.name else ""

    @classmethod
    def turntable(
        cls,
        centre: Sequence[float],
        distance: float,
        *,
        theta: float = 90.0,
        phi: float = 0.0,
        size: tuple[int, int] = (256, 256),
        view_angle: float = 30.0,
        near: float,
        far: float,
        name: str = "",
    ) -> Self:
        """Return a camera on a sphere that looks at its centre, with +z up.

        Parameters
        ----------
        centre, distance
            Centre x, y, z and radius of the sphere, in world units.
        theta, phi
            Polar angle from +z and azimuth from +x, in degrees.
        view_angle
            Vertical angle of view in degrees.
        """
        x, y, z = (float(v) for v in centre)
        table = Turntable((x, y, z), distance, view_angle)
        world_to_eye = table.pose({"theta": theta, "phi": phi})
        focal = size[0] / 2 / tan(radians(view_angle) / 2)
        return cls(
            np.asarray(np.linalg.inv(world_to_eye), np.float64), size, focal, near, far, name
        )

    @property
    def eye(self) -> NDArray[np.float64]:
        """Position of the camera, x, y, z in world units."""
        return self.pose[:3, 3]

    def check_memory(self) -> None:
        """Raise MemoryLimitError if the memory cannot hold an image while it is rendered."""
        wanted, available = math.prod(self.size) * PIXEL_BYTES, available_bytes()
        if wanted > available:
            raise MemoryLimitError(
                f"Expected an image that takes at most {available} bytes to render, the memory "
                f"available. Got {self.size[0]} x {self.size[1]} pixels, which take {wanted}: "
                f"choose a smaller size."
            )

    @property
    def pixel_centre(self) -> tuple[float, float]:
        """Principal point x, y in pixels from the left upper corner."""
        return self.centre or (self.size[1] / 2, self.size[0] / 2)

    def rays(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the origins and directions of the rays through the pixels' centres.

        Returns
        -------
        origins, directions
            (height, width, 3) float32, in world coordinates. A direction's component along the
            direction of view is 1: ``origin + depth * direction`` has that depth.
        """
        height, width = self.size
        x, y = self.pixel_centre
        across = (np.arange(width) + 0.5 - x) / self.focal
        down = (np.arange(height) + 0.5 - y) / self.focal
        eye = np.empty((height, width, 3))
        eye[..., 0], eye[..., 1], eye[..., 2] = across[None, :], -down[:, None], -1.0
        directions = (eye @ self.pose[:3, :3].T).astype(np.float32)
        origins = np.broadcast_to(self.eye.astype(np.float32), directions.shape)
        return origins, directions

    def resized(self, size: tuple[int, int]) -> Self:
        """Return the camera with an image of ``size`` y x, of the same vertical angle of view."""
        factor = size[0] / self.size[0]
        x, y = self.pixel_centre
        shifted = (x - self.size[1] / 2, y - self.size[0] / 2)
        centre = None
        if any(shifted):
            centre = (size[1] / 2 + shifted[0] * factor, size[0] / 2 + shifted[1] * factor)
        return replace(self, size=size, focal=self.focal * factor, centre=centre)

    def shifted(self, shift: float) -> Self:
        """Return the camera with its principal point shifted right and down, in pixels."""
        x, y = self.pixel_centre
        return replace(self, centre=(x + shift, y + shift))

    def scaled(self, side: int) -> Self:
        """Return the camera with an image whose longer side has ``side`` pixels, of the same
        aspect."""
        height, width = (max(1, round(n * side / max(self.size))) for n in self.size)
        return self.resized((height, width))

    def averaged(self, factor: int) -> Self:
        """Return the camera of images averaged over ``factor`` pixels a side; pixels beyond a
        multiple of it are left out."""
        if factor == 1:
            return self
        x, y = self.pixel_centre
        height, width = (max(1, n // factor) for n in self.size)
        return replace(
            self,
            size=(height, width),
            focal=self.focal / factor,
            centre=(x / factor, y / factor),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the camera as JSON values."""
        values: dict[str, Any] = {
            "pose": self.pose[:3].tolist(),
            "size": list(self.size),
            "focal": self.focal,
            "near": self.near,
            "far": self.far,
        }
        if self.name:
            values["name"] = self.name
        if self.centre is not None:
            values["centre"] = list(self.centre)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the camera of a JSON object.

        Raises
        ------
        InputError
            It has other members, or sees nothing.
        """
        try:
            height, width = (count_of(n) for n in values["size"])
            rows = [[float(number_of(v)) for v in row] for row in values["pose"]]
            centre = values.get("centre")
            if centre is not None:
                x, y = (float(number_of(v)) for v in centre)
                centre = (x, y)
            focal, near, far = (float(number_of(values[k])) for k in ("focal", "near", "far"))
            pose = np.array(rows)
            name = text_of(values.get("name", ""))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"Expected a camera. Got {values!r:.120} ({error}).") from error
        return cls(pose, (height, width), focal, near, far, name, centre)


def turntable(
    bounds: tuple[Sequence[float], Sequence[float]],
    angles: Sequence[tuple[float, float]],
    *,
    size: tuple[int, int] = (256, 256),
    view_angle: float = 30.0,
    zoom: float = 1.0,
) -> tuple[Camera, ...]:
    """Return cameras around a box that see all of it.

    Parameters
    ----------
    bounds
        Lowest and highest corner x, y, z.
    angles
        Polar angle from +z and azimuth from +x of each camera, in degrees.

    Raises
    ------
    InputError
        The angle of view or the zoom is impossible.
    """
    if not (ANGLES[0] <= view_angle <= ANGLES[1] and 1 / MAX_ZOOM <= zoom <= MAX_ZOOM):
        raise InputError(
            f"Expected `view_angle` of {ANGLES[0]:g} to {ANGLES[1]:g} degrees and `zoom` of "
            f"{1 / MAX_ZOOM:g} to {MAX_ZOOM:g}. Got {view_angle:g} and {zoom:g} instead."
        )
    low, high = np.asarray(bounds[0], np.float64), np.asarray(bounds[1], np.float64)
    radius = float(np.linalg.norm(high - low)) / 2
    narrow = min(1.0, size[1] / size[0])
    half = np.arctan(np.tan(radians(view_angle) / 2) * narrow)
    distance = radius / float(np.sin(half)) / zoom
    near, far = max(distance - radius, 0.0), distance + radius
    return tuple(
        Camera.turntable(
            ((low + high) / 2).tolist(),
            distance,
            theta=theta,
            phi=phi,
            size=size,
            view_angle=view_angle,
            near=near,
            far=far,
        )
        for theta, phi in angles
    )

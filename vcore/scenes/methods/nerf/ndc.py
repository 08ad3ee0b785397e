"""Normalised device coordinates (NDC) of forward-facing scenes.

Mildenhall et al. 2020, "NeRF", appendix C: what a camera sees beyond its near plane, up to
infinity, is a box. The camera is the mean of all, as in the authors' code. Densities are per unit
of the box, directions those of the world in the camera's axes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import MAX_LENGTH
from vcore.container.header_values import mapping_of, number_of
from vcore.errors import InputError
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Floats
from vcore.scenes.header import cameras_from_json, cameras_to_json, stored

ALMOST = 1 - 1e-4
"""Place on a ray beyond which depths are not told apart: 10,000 near planes away."""
ALL = Bounds((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
"""Box of what the camera sees."""
AHEAD = 1e-3
"""Least cosine between a ray and the direction of view."""


class Cast(NamedTuple):
    """Rays in NDC: a place s of 0 to 1, from the near plane to infinity, is at
    ``origins + s * directions``, and at the depth ``start + scale * s / (1 - s)``.

    Attributes
    ----------
    origins, directions, views
        (n, 3) float32; views are directions in the axes that the network knows.
    start, scale
        (n,) float64.
    ahead
        (n,): whether a ray looks forward; nothing is seen on others.
    """

    origins: Floats
    directions: Floats
    views: Floats
    start: NDArray[np.float64]
    scale: NDArray[np.float64]
    ahead: NDArray[np.bool_]

    def depths(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """Return the depths (n,) of places (n,) on rays, in world units."""
        s = np.minimum(places.astype(np.float64), ALMOST)
        found: NDArray[np.float64] = self.start + self.scale * s / (1 - s)
        return found


@dataclass(frozen=True, eq=False)
class Ndc:
    """Coordinates of a camera.

    Parameters
    ----------
    camera
        The camera; its ``near`` is that of the near plane, ``far`` the farthest depth of ``world``.
    box
        Box that holds the scene, in NDC.
    endless
        Whether the light that is left at infinity meets an endless length of the density there, as
        in the authors' code. Otherwise it comes from the background.

    Raises
    ------
    InputError
        The near plane is not in front of the camera, or the box goes beyond infinity.
    """

    camera: Camera
    box: Bounds = ALL
    endless: bool = True

    def __post_init__(self) -> None:
        ends = np.array([self.box.low, self.box.high])
        good = np.isfinite(ends).all() and np.all(ends[0] < ends[1]) and ends[0, 2] >= -1
        if not (good and ends[1, 2] <= 1 and self.camera.near > 0):
            raise InputError(
                f"Expected normalised device coordinates of a near plane in front of the camera, "
                f"and a box of z from -1 to 1. Got near {self.camera.near:g} and {self.box}."
            )

    @classmethod
    def of(cls, cameras: Sequence[Camera]) -> Self:
        """Return the coordinates of the mean of cameras, with the box that they see.

        Raises
        ------
        InputError
            They do not all look forward, or do not tell the depth of the near plane.
        """
        near, far = min(c.near for c in cameras), max(c.far for c in cameras)
        pose = _mean([c.pose for c in cameras])
        first = cameras[0]
        if not (near > 0 and far < MAX_LENGTH):
            raise InputError(
                "Expected the depth of the near plane, and the largest depth, for normalised "
                "device coordinates. The poses do not tell: give them with `near` and `far`."
            )
        mean = replace(first, pose=pose, near=near, far=far, name="", centre=None)
        found = cls(stored([mean])[0])
        casts = [found.rays(*_corners(c)) for c in cameras]
        if not all(cast.ahead.all() for cast in casts):
            raise InputError(
                "Expected cameras that all look forward, for normalised device coordinates. Got "
                "some that look aside or back: leave out `ndc`."
            )
        ends = np.concatenate([p for c in casts for p in (c.origins, c.origins + c.directions)])
        x0, y0, _ = (float(v) for v in ends.min(0))
        x1, y1, _ = (float(v) for v in ends.max(0))
        return replace(found, box=Bounds((x0, y0, -1.0), (x1, y1, 1.0)))

    @property
    def slopes(self) -> NDArray[np.float64]:
        """Half the width and half the height of the image over its focal length."""
        height, width = self.camera.size
        return np.array([width, height]) / 2 / self.camera.focal

    def rays(self, origins: NDArray[Any], directions: NDArray[Any]) -> Cast:
        """Return rays of the world, (n, 3) each, in NDC (equations 25 and 26)."""
        turn, near = self.camera.pose[:3, :3], self.camera.near
        views = directions.astype(np.float64) @ turn
        o, d = (origins - self.camera.eye) @ turn / near, views / near
        ahead = -views[:, 2] > AHEAD * np.linalg.norm(views, axis=-1)
        d[~ahead] = 0, 0, -1
        start = np.maximum((-1 - o[:, 2]) / d[:, 2], 0)
        o += start[:, None] * d
        o[~ahead] = 0, 0, -1
        away, steep = o[:, :2] / o[:, 2:], d[:, :2] / d[:, 2:]
        begin = np.column_stack([-away / self.slopes, 1 + 2 / o[:, 2]])
        along = np.column_stack([(away - steep) / self.slopes, -2 / o[:, 2]])
        return Cast(
            begin.astype(np.float32),
            along.astype(np.float32),
            views.astype(np.float32),
            start,
            o[:, 2] / d[:, 2],
            ahead,
        )

    def points(self, points: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return points of the world (n, 3) in NDC, and how many units of it along z a world unit
        is there, (n,); both NaN in front of the near plane."""
        turn, near = self.camera.pose[:3, :3], self.camera.near
        p = (np.asarray(points, np.float64) - self.camera.eye) @ turn / near
        z = np.where(p[:, 2] <= -1, p[:, 2], np.nan)
        found = np.column_stack([-p[:, :2] / z[:, None] / self.slopes, 1 + 2 / z])
        return found, 2 / z**2 / near

    def world(self) -> Bounds:
        """Return the box of the world around ``box``, as far as the camera's ``far``."""
        (x0, y0, z0), (x1, y1, z1) = self.box
        end = min(z1, 1 - 2 * self.camera.near / self.camera.far)
        x, y, z = (a.ravel() for a in np.meshgrid((x0, x1), (y0, y1), (min(z0, end - 1e-6), end)))
        deep = 2 / (z - 1)
        eye = np.column_stack([-np.column_stack([x, y]) * self.slopes * deep[:, None], deep])
        corners = self.camera.eye + self.camera.near * eye @ self.camera.pose[:3, :3].T
        low, high = corners.min(0).tolist(), corners.max(0).tolist()
        return Bounds((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        (camera,) = cameras_to_json([self.camera])
        told = {"camera": camera, "box": [list(corner) for corner in self.box]}
        return told if self.endless else {**told, "endless": False}

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Return the coordinates of a JSON object; InputError, KeyError, TypeError or ValueError if
        it is none."""
        told: Mapping[str, Any] = mapping_of(values)
        (x0, y0, z0), (x1, y1, z1) = ([float(number_of(v)) for v in c] for c in told["box"])
        (camera,) = cameras_from_json([told["camera"]])
        endless = told.get("endless", True)
        if not isinstance(endless, bool):
            raise TypeError("endless is no boolean")
        return cls(camera, Bounds((x0, y0, z0), (x1, y1, z1)), endless)


def _mean(poses: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean pose, as the code of the NeRF paper does (``poses_avg``)."""
    back, up = (np.sum([p[:3, k] for p in poses], axis=0) for k in (2, 1))
    right = np.cross(up, back)
    if not min(np.linalg.norm(back), np.linalg.norm(right)) > AHEAD * len(poses):
        raise InputError(
            "Expected cameras that all look forward, for normalised device coordinates. Got some "
            "that look into opposite directions: leave out `ndc`."
        )
    found = np.eye(4)
    found[:3, 2] = back / np.linalg.norm(back)
    found[:3, 0] = right / np.linalg.norm(right)
    found[:3, 1] = np.cross(found[:3, 2], found[:3, 0])
    found[:3, 3] = np.mean([p[:3, 3] for p in poses], axis=0)
    return found


def _corners(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return origins and directions, (4, 3) each, of the rays through the corners of an image."""
    (height, width), (x, y) = camera.size, camera.pixel_centre
    ends = [(u - x, y - v, -camera.focal) for u in (0, width) for v in (0, height)]
    directions = np.array(ends) / camera.focal @ camera.pose[:3, :3].T
    return np.broadcast_to(camera.eye, (4, 3)), directions

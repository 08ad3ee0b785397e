"""Header of a file of kind ``scene`` (docs/format.md, section 27)."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.collections.camera import MAX_LENGTH
from vcore.container.header_values import count_of, mapping_of, number_of, text_of
from vcore.errors import FormatError, VcoreError
from vcore.model.attributes import from_json, to_json
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, RadianceField, Triple

KIND = "scene"
MAX_CAMERAS = 1 << 16
POSE = 6
"""Stored numbers of a pose: position, and axis of the rotation times its angle in radians."""


@dataclass(frozen=True)
class SceneHeader:
    """Description of a scene in the header.

    Parameters
    ----------
    method, settings, state
        Method for scenes, its settings and further decoder parameters, as JSON.
    bounds, background, cameras, attributes, nbytes
        As in ``RadianceField``.
    achieved
        Figures measured on the written bytes.
    """

    method: str
    bounds: Bounds
    background: Triple
    nbytes: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    cameras: tuple[Camera, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    achieved: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        source: RadianceField,
        method: str,
        settings: Mapping[str, Any],
        state: Mapping[str, Any],
        achieved: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the description of a coded field."""
        return cls(
            method,
            source.bounds,
            source.background,
            source.nbytes,
            settings,
            state,
            source.cameras,
            source.attributes,
            achieved or {},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the members of a file's header."""
        values: dict[str, Any] = {
            "kind": KIND,
            "method": self.method,
            "bounds": [list(self.bounds.low), list(self.bounds.high)],
            "background": list(self.background),
            "nbytes": self.nbytes,
        }
        further = {
            "settings": dict(self.settings),
            "state": dict(self.state),
            "cameras": cameras_to_json(self.cameras),
            "attributes": to_json(self.attributes),
            "achieved": dict(self.achieved),
        }
        return {**values, **{k: v for k, v in further.items() if v}}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Parse and validate a header.

        Raises
        ------
        FormatError
            A member is missing or invalid.
        """
        try:
            low, high = (_triple(corner) for corner in values["bounds"])
            if not all(a < b for a, b in zip(low, high, strict=True)):
                raise ValueError(f"bounds of {low} to {high}")
            background = _triple(values["background"])
            if not all(0 <= v <= 1 for v in background):
                raise ValueError(f"a background of {background}")
            return cls(
                text_of(values["method"]),
                Bounds(low, high),
                background,
                count_of(values["nbytes"]),
                mapping_of(values.get("settings", {})),
                mapping_of(values.get("state", {})),
                cameras_from_json(values.get("cameras", [])),
                from_json(mapping_of(values.get("attributes", {}))),
                mapping_of(values.get("achieved", {})),
            )
        except (
            *(VcoreError, KeyError, TypeError, ValueError, AttributeError, OverflowError),
            zlib.error,
        ) as error:
            raise FormatError(f"The header is damaged: its scene is {error!r:.160}.") from error


def cameras_to_json(cameras: Sequence[Camera]) -> list[dict[str, Any]]:
    """Return cameras in runs that differ in pose and name only."""
    found = []
    for members, run in groupby(cameras, key=_shared):
        group = list(run)
        size, focal, near, far, centre = members
        values: dict[str, Any] = {
            "poses": base64.b64encode(_packed([c.pose for c in group])).decode(),
            "size": list(size),
            "focal": focal,
            "near": near,
            "far": far,
        }
        if centre is not None:
            values["centre"] = list(centre)
        if any(c.name for c in group):
            values["names"] = [c.name for c in group]
        found.append(values)
    return found


def cameras_from_json(groups: Any) -> tuple[Camera, ...]:
    """Return the cameras of ``cameras_to_json``; ValueError, TypeError, KeyError or InputError if
    they are none."""
    found: list[Camera] = []
    for values in groups:
        poses = _unpacked(base64.b64decode(text_of(values["poses"]), validate=True))
        names = values.get("names", [""] * len(poses))
        if len(names) != len(poses) or len(found) + len(poses) > MAX_CAMERAS:
            raise ValueError(f"{len(poses)} cameras of {len(names)} names")
        height, width = (count_of(n) for n in values["size"])
        focal, near, far = (float(number_of(values[k])) for k in ("focal", "near", "far"))
        centre = None
        if "centre" in values:
            x, y = (float(number_of(v)) for v in values["centre"])
            centre = (x, y)
        found += [
            Camera(pose, (height, width), focal, near, far, text_of(name), centre)
            for pose, name in zip(poses, names, strict=True)
        ]
    return tuple(found)


def stored(cameras: Sequence[Camera]) -> tuple[Camera, ...]:
    """Return cameras as a file gives them back, with poses of float32."""
    return cameras_from_json(cameras_to_json(cameras))


def _shared(camera: Camera) -> tuple[Any, ...]:
    return camera.size, camera.focal, camera.near, camera.far, camera.centre


def _packed(poses: Sequence[NDArray[np.float64]]) -> bytes:
    """Return positions and rotation vectors as float32, little-endian, (pose, number)."""
    rows = [[*pose[:3, 3], *_rotation_vector(pose[:3, :3])] for pose in poses]
    return np.array(rows, "<f4").tobytes()


def _unpacked(data: bytes) -> list[NDArray[np.float64]]:
    if len(data) % (4 * POSE) or len(data) > 4 * POSE * MAX_CAMERAS:
        raise ValueError(f"poses of {len(data)} bytes")
    rows = np.frombuffer(data, "<f4").reshape(-1, POSE).astype(np.float64)
    if not np.all(np.abs(rows) <= MAX_LENGTH):
        raise ValueError("poses that are not finite")
    found = []
    for row in rows:
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = _rotation(row[3:]), row[:3]
        found.append(pose)
    return found


def _rotation_vector(turned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return axis times angle of a rotation, through its quaternion."""
    # the largest component of the quaternion by the diagonal (Shepperd 1978)
    diagonal = np.diag(turned)
    squares = np.array([1 + turned.trace(), *(1 + 2 * diagonal - turned.trace())])
    k = int(np.argmax(squares))
    a, b, c = turned[2, 1], turned[0, 2], turned[1, 0]
    d, e, f = turned[1, 2], turned[2, 0], turned[0, 1]
    rows = {
        0: [squares[0], a - d, b - e, c - f],
        1: [a - d, squares[1], c + f, b + e],
        2: [b - e, c + f, squares[2], a + d],
        3: [c - f, b + e, a + d, squares[3]],
    }
    quaternion = np.array(rows[k])
    quaternion /= np.linalg.norm(quaternion)
    if quaternion[0] < 0:
        quaternion = -quaternion
    sine = float(np.linalg.norm(quaternion[1:]))
    angle = 2 * np.arctan2(sine, quaternion[0])
    return quaternion[1:] * (angle / sine if sine > 1e-12 else 2.0)


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation of ``_rotation_vector`` (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turned: NDArray[np.float64] = (
        np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    )
    return turned


def _triple(values: Any) -> Triple:
    x, y, z = (float(number_of(v)) for v in values)
    if max(abs(x), abs(y), abs(z)) > MAX_LENGTH:
        raise ValueError(f"{values!r:.80} is beyond {MAX_LENGTH:g}")
    return x, y, z

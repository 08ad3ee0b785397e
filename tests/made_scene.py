"""A made scene of splats as a file, and a field without splats."""

from pathlib import Path
from typing import Any

import numpy as np
from made_splats import shell

from vcore.model.context import Context
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.compress import compress_scene
from vcore.scenes.field import Bounds, RadianceField, View
from vcore.scenes.methods.splats.field import SplatField

ANGLES = ((60.0, 0.0), (75.0, 90.0), (45.0, 210.0))
"""Theta and phi of the cameras."""


def splat_field(count: int = 300, *, cameras: bool = True) -> SplatField:
    """Return a bumpy sphere, with named cameras around it."""
    splats = shell(count, size=0.12 * (300 / count) ** 0.5)
    plain = SplatField(splats, background=(1.0, 1.0, 1.0), name="shell")
    if not cameras:
        return plain
    around = turntable(plain.bounds, ANGLES, size=(60, 80), view_angle=40)
    named = tuple(
        Camera(c.pose, c.size, c.focal, c.near, c.far, f"view {k}") for k, c in enumerate(around)
    )
    return SplatField(splats, background=(1.0, 1.0, 1.0), cameras=named, name="shell")


def scene_file(path: Path, count: int = 300, *, cameras: bool = True) -> Path:
    """Write the sphere to a file."""
    compress_scene(splat_field(count, cameras=cameras), path, progress=False)
    return path


class Ball(RadianceField):
    """A ball of constant density and one colour, that is no sum of splats."""

    method = "ball"
    bounds = Bounds((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    background = (0.0, 0.0, 0.0)
    nbytes = 4000

    def sample(self, points: Any) -> tuple[Any, Any]:
        inside = np.linalg.norm(points, axis=-1) < 0.8
        rgb = np.broadcast_to(np.float32([1.0, 0.5, 0.0]), (len(points), 3))
        return (10 * inside).astype(np.float32), rgb

    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        depth = np.full(camera.size, np.nan, np.float32)
        for row in range(camera.size[0]):
            if context is not None:
                context.report("rendering", row / camera.size[0])
        return View(np.zeros((*camera.size, 3), np.float32), depth, 0 * np.nan_to_num(depth))

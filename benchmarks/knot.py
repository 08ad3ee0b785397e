"""A scene made for pictures: splats on a torus knot, coloured along it, with light from above."""

from pathlib import Path

import numpy as np

from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.compress import compress_scene
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.harmonics import C0
from vcore.scenes.methods.splats.model import Splats, logit, quaternions_of

TURNS = (2, 3)
"""Turns about the axis and about the tube of the torus."""
TUBE = 0.32
"""Radius of the knot's tube; the torus has radii of 2 and 0.8."""


def knot(count: int = 20_000, seed: int = 0) -> SplatField:
    """Return the scene, with twelve cameras around it."""
    rng = np.random.default_rng(seed)
    along, around = rng.uniform(0, 2 * np.pi, (2, count))
    middle, ahead = _curve(along), _curve(along + 1e-4) - _curve(along - 1e-4)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    normal = np.cos(around)[:, None] * side + np.sin(around)[:, None] * np.cross(side, ahead)
    axes = np.stack([ahead, np.cross(normal, ahead), normal], -1)
    size = 1.5 * np.sqrt(25 * 2 * np.pi * TUBE / count)
    scales = np.log(size * np.array([0.8, 0.8, 0.1])) + rng.normal(0, 0.15, (count, 3))
    hue = 2 * along[:, None] + np.array([0.0, 2.1, 4.2])
    light = 0.55 + 0.45 * np.clip(normal @ [0.36, 0.48, 0.8], -0.4, 1)
    rgb = (0.55 + 0.42 * np.cos(hue)) * light[:, None]
    splats = Splats(
        (middle + TUBE * normal).astype("f4"),
        scales.astype("f4"),
        quaternions_of(axes),
        logit(rng.uniform(0.7, 0.98, count)),
        ((rgb - 0.5) / C0)[:, None].astype("f4"),
    )
    plain = SplatField(splats, name="knot")
    angles = [(55.0 + 15 * (k % 2), 30.0 * k) for k in range(12)]
    cameras = turntable(plain.bounds, angles, size=(480, 640), view_angle=35, zoom=1.25)
    named = tuple(
        Camera(c.pose, c.size, c.focal, c.near, c.far, f"camera {k}") for k, c in enumerate(cameras)
    )
    return SplatField(splats, background=(0.03, 0.04, 0.06), cameras=named, name="knot")


def write(path: Path) -> Path:
    """Write the scene to a file, unless it is there."""
    if not path.exists():
        compress_scene(knot(), path, progress=False)
    return path


def _curve(t: np.ndarray) -> np.ndarray:
    p, q = TURNS
    radius = 2 + 0.8 * np.cos(q * t)
    return np.stack([radius * np.cos(p * t), radius * np.sin(p * t), 0.8 * np.sin(q * t)], -1)

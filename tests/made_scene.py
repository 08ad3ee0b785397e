"""A made scene: a coloured ball with two lobes, known everywhere, and a method that stores it.

``registered`` writes the metadata of a package that brings the method, so that programs which tests
start find it, too.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import vcore
from vcore.methods.base import Achieved, Settings
from vcore.model.context import Context
from vcore.scenes import methods
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.compress import compress_scene
from vcore.scenes.field import Bounds, RadianceField, View
from vcore.scenes.methods.base import CodedScene, SceneMethod

BOUNDS = Bounds((-1.0, -1.5, -1.0), (1.0, 1.5, 1.0))
LOBES = np.array([[0.0, -0.6, 0.0, 0.7], [0.2, 0.7, 0.1, 0.5]])
"""Centre x y z and radius of each."""
DENSITY = 40.0
STEPS = 64


class Ball(RadianceField):
    """Two lobes of constant density, coloured by position."""

    method = "made"

    def __init__(self, coded: CodedScene) -> None:
        self.bounds, self.background = coded.bounds, coded.background
        self.cameras, self.name = coded.cameras, coded.name
        self.attributes, self.nbytes = coded.attributes, coded.nbytes

    def sample(self, points: Any) -> tuple[Any, Any]:
        places = np.asarray(points, np.float64)
        away = np.linalg.norm(places[:, None] - LOBES[:, :3], axis=-1) - LOBES[:, 3]
        inside = (away < 0).any(1)
        low, high = np.array(self.bounds.low), np.array(self.bounds.high)
        inside &= ((places >= low) & (places <= high)).all(1)
        rgb = np.clip((places - low) / (high - low), 0, 1)
        return (DENSITY * inside).astype(np.float32), rgb.astype(np.float32)

    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        origins, directions = camera.rays()
        edges = np.linspace(camera.near, camera.far, STEPS + 1)
        middles, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        rows = []
        for done, (origin, direction) in enumerate(zip(origins, directions, strict=True)):
            if context is not None:
                context.report("rendering", done / camera.size[0])
            points = origin[:, None] + direction[:, None] * middles[:, None]
            density, rgb = self.sample(points.reshape(-1, 3))
            lengths = step * np.linalg.norm(direction, axis=-1)[:, None]
            alpha = 1 - np.exp(-density.reshape(points.shape[:2]) * lengths)
            through = np.cumprod(np.concatenate([np.ones_like(alpha[:, :1]), 1 - alpha], 1), 1)
            weight = alpha * through[:, :-1]
            rest = through[:, -1:]
            colour = (weight[..., None] * rgb.reshape(points.shape)).sum(1)
            colour += rest * np.asarray(self.background)
            with np.errstate(invalid="ignore", divide="ignore"):
                depth = (weight * middles).sum(1) / (1 - rest[:, 0])
            rows.append((colour, np.where(rest[:, 0] < 0.5, depth, np.nan), 1 - rest[:, 0]))
        rgb, depth, opacity = (np.stack(v).astype(np.float32) for v in zip(*rows, strict=True))
        return View(rgb.clip(0, 1), depth, opacity)


class Made(SceneMethod):
    """Stores nothing but a name, as the scene is always the same."""

    name = "made"
    summary = "A ball for tests."
    field = Ball

    def encode(self, source: Any, budget: Any, settings: Any, context: Any, sink: Any) -> Achieved:
        sink.add(0, "nothing", [b"ball"])
        return Achieved(settings=settings, state={})

    def open(self, coded: Any, settings: Any, state: Mapping[str, Any], reader: Any) -> Ball:
        return Ball(coded)


Made.Settings = Settings


def ball(cameras: int = 5, name: str = "ball") -> Ball:
    """Return the ball, with cameras around it."""
    angles = [(60.0, 360.0 * k / cameras) for k in range(cameras)]
    found = turntable(BOUNDS, angles, size=(60, 80), view_angle=40)
    named = tuple(
        Camera(c.pose, c.size, c.focal, c.near, c.far, f"view {k}") for k, c in enumerate(found)
    )
    return Ball(CodedScene(BOUNDS, (1.0, 1.0, 1.0), named, 40_000, name))


@contextmanager
def registered(folder: Path) -> Iterator[dict[str, str]]:
    """Make the method known here; yield the variables that make it known to other programs."""
    note = folder / "made_scene-0.dist-info"
    note.mkdir()
    (note / "METADATA").write_text("Metadata-Version: 2.1\nName: made-scene\nVersion: 0\n")
    (note / "entry_points.txt").write_text("[vcore.scene_methods]\nmade = made_scene:Made\n")
    sys.path.insert(0, str(folder))
    methods.names.cache_clear()
    try:
        yield {"PYTHONPATH": f"{folder}:{Path(__file__).parent}"}
    finally:
        sys.path.remove(str(folder))
        methods.names.cache_clear()


def written(path: Path, **options: Any) -> Path:
    """Write the ball to a file."""
    compress_scene(ball(**options), path, progress=False)
    return path

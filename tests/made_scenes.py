"""Scenes for tests: an octahedron as the weights of a NeRF, and pictures of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import Bounds
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.layouts import network_of
from vcore.scenes.methods.nerf.ndc import Ndc

BOUNDS = Bounds((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
RADIUS = 0.8
"""Distance of the octahedron's corners from its centre: abs(x) + abs(y) + abs(z) <= RADIUS."""
STEEP = 60.0
"""Density per unit of depth below its surface."""
OCTAVES, TURNS = 2, 1
WIDTH, NARROW = 8, 4
FORWARD_SIZE = (24, 32)
NEAR, FAR = 2.0, 40.0
"""Depths of cameras that look forward."""
Arrays = dict[str, NDArray[np.float32]]


def octahedron(layout: str = "flexible") -> Arrays:
    """Return the weights of an octahedron, redder to +x, greener to +y, a little by direction."""
    inputs, turned = 3 * (2 * OCTAVES + 1), 3 * (2 * TURNS + 1)
    arms = np.zeros((WIDTH, inputs), np.float32)  # the positive and the negative part of x, y, z
    arms[:3, :3], arms[3:6, :3] = np.eye(3), -np.eye(3)
    density = np.zeros((1, WIDTH), np.float32)
    density[0, :6] = -STEEP
    seen = np.zeros((NARROW, WIDTH + turned), np.float32)
    seen[0, 0] = seen[1, 1] = seen[2, 2] = 3
    seen[3, WIDTH] = 0.5  # the direction's x
    rgb = np.zeros((3, NARROW), np.float32)
    rgb[0, 0] = rgb[1, 1] = 2
    rgb[2, 3] = 2
    one, none = np.eye(WIDTH, dtype=np.float32), np.zeros(WIDTH, np.float32)
    rest = {
        "density": (density, np.full(1, STEEP * RADIUS, np.float32)),
        "colour": (seen, np.zeros(NARROW, np.float32)),
        "rgb": (rgb, np.array([-1, -1, -0.5], np.float32)),
    }
    if layout == "flexible":
        layers = {
            "layer1": (arms, none),
            "layers_xyz.0": (one, none),
            "layers_xyz.1": (one, none),
            "fc_feat": (one, none),
            "fc_alpha": rest["density"],
            "layers_dir.0": rest["colour"],
            "fc_rgb": rest["rgb"],
        }
    else:
        skipping = np.concatenate([np.zeros((WIDTH, inputs), np.float32), one], 1)
        layers = {
            "pts_linears.0": (arms, none),
            "pts_linears.1": (one, none),
            "pts_linears.2": (skipping, none),
            "feature_linear": (one, none),
            "alpha_linear": rest["density"],
            "views_linears.0": rest["colour"],
            "rgb_linear": rest["rgb"],
        }
    return {
        f"{name}.{part}": values.copy()
        for name, pair in layers.items()
        for part, values in zip(("weight", "bias"), pair, strict=True)
    }


def cameras(count: int = 6, size: tuple[int, int] = (24, 32)) -> tuple[Camera, ...]:
    """Return cameras around the octahedron, named by number."""
    angles = [(60.0 + 20 * (k % 2), 360.0 * k / count) for k in range(count)]
    found = turntable(BOUNDS, angles, size=size, view_angle=40.0, zoom=1.8)
    return tuple(
        Camera(c.pose, c.size, c.focal, c.near, c.far, f"view {k}") for k, c in enumerate(found)
    )


def field(count: int = 6, noise: float = 0.0) -> NerfField:
    """Return the octahedron as a trained scene, with weights that are not round with ``noise``."""
    rng = np.random.default_rng(7)
    arrays = {k: v + (noise * rng.normal(size=v.shape)) for k, v in octahedron().items()}
    network = network_of({k: v.astype(np.float32) for k, v in arrays.items()})
    return NerfField(network, None, BOUNDS, (1.0, 1.0, 1.0), cameras(count), name="octahedron")


def transforms(folder: Path, count: int = 6) -> Path:
    """Write pictures of the octahedron and their `transforms.json`; return its path."""
    source = field(count)
    frames = []
    for k, camera in enumerate(source.cameras):
        Image.fromarray(source.render(camera).pixels()).save(folder / f"r_{k}.png")
        frames.append({"file_path": f"./r_{k}", "transform_matrix": camera.pose.tolist()})
    camera = source.cameras[0]
    angle = 2 * np.arctan(camera.size[1] / 2 / camera.focal)
    told = {"camera_angle_x": angle, "near": camera.near, "far": camera.far, "frames": frames}
    path = folder / "transforms.json"
    path.write_text(json.dumps(told))
    return path


def weights(path: Path, layout: str = "flexible", prefixes: tuple[str, ...] = ("fine/",)) -> Path:
    """Write the octahedron's weights as an `.npz`; return its path."""
    arrays = {p + n: v for p in prefixes for n, v in octahedron(layout).items()}
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def forward(count: int = 4) -> tuple[Camera, ...]:
    """Return cameras side by side that look along -x, the second axis being down."""
    turn = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]])  # right = y, up = z, back = x
    poses = [np.eye(4) for _ in range(count)]
    for k, pose in enumerate(poses):
        pose[:3, :3], pose[:3, 3] = turn, (5.0, 0.2 * (k - (count - 1) / 2), 0.1 * (k % 2))
    return tuple(Camera(p, FORWARD_SIZE, 30.0, NEAR, FAR, f"i{k}") for k, p in enumerate(poses))


def forward_field() -> NerfField:
    """Return the octahedron in NDC."""
    ndc = replace(Ndc.of(forward()), box=BOUNDS)
    return NerfField(
        network_of(octahedron()), None, ndc.world(), (0.0, 0.0, 0.0), forward(), ndc=ndc
    )


def forward_llff(folder: Path) -> Path:
    """Write the views of the octahedron as LLFF does."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for k, camera in enumerate(forward(6)):
        Image.fromarray(forward_field().render(camera).pixels()).save(
            folder / "images" / f"i{k}.png"
        )
        pose, told = camera.pose, np.array([*FORWARD_SIZE, camera.focal])
        columns = [-pose[:3, 1], pose[:3, 0], pose[:3, 2], pose[:3, 3], told]
        rows.append([*np.stack(columns, 1).ravel(), (NEAR + 0.1 * k) / 0.75, FAR / 1.1])
    np.save(folder / "poses_bounds.npy", np.array(rows))
    return folder

"""Scenes as napari layers: density and colour on a grid, cameras as arrows, splats as points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import dask.array as da
import numpy as np
from numpy.typing import NDArray

from napari_vcore.layers import LayerData, lazy, place
from vcore.model.grid import Grid
from vcore.scenes.field import Ellipsoids
from vcore.scenes.scene import Scene
from vcore.scenes.volume import MAX_RESOLUTION, grid_of

KEY = "vcore_scene"
"""Metadata key of a layer's ``SceneLink``."""
RESOLUTIONS = (32, 64, 128)
"""Resolutions of the coarsest level, which napari shows in 3D and computes whole."""
LEVELS = 3
"""Levels of density and colour, each twice as fine as the next."""
PATIENCE = 6.0
"""Time in seconds within which the coarsest level is to be computed."""
PROBE = 24
"""Resolution that is sampled to learn how fast the scene is, and how dense."""
BRIGHT = 0.98
"""Share of the densities within the limits of the colours."""
ARROW = 0.25
"""Length of the arrows of cameras, in radii of the scene."""
UNMIRRORED = ("away", "down", "right")
"""Orientation of the axes z y x in 3D. With napari's own, z comes towards the eye, and what has
right-handed x y z, as all scenes do, is seen in a mirror."""
MAX_POINTS = 200_000
"""Largest number of splats shown as points; of more, the largest and most opaque."""


@dataclass(frozen=True)
class SceneLink:
    """Source of a layer.

    Parameters
    ----------
    scene
        Open scene.
    part
        What the layer shows: density, colour, cameras or splats.
    """

    scene: Scene
    part: str


def show_in_space(viewer: Any) -> None:
    """Show a viewer of nothing but a scene in 3D, not mirrored, with the box of its first layer
    fitted into the window: not the cameras around it."""
    viewer.dims.ndisplay = 3
    camera = getattr(viewer, "scene", viewer).camera  # moved in napari 0.9
    if hasattr(camera, "orientation"):  # since napari 0.6, which mirrors
        camera.orientation = UNMIRRORED
    viewer.reset_view()
    (low, high), every = viewer.layers[0].extent.world, viewer.layers.extent.world
    camera.center = tuple((low + high) / 2)
    camera.zoom *= float(np.linalg.norm(every[1] - every[0]) / np.linalg.norm(high - low))


def scene_of(options: Sequence[Mapping[str, Any]]) -> Scene | None:
    """Return the scene that all layers with these options show, None if there is none."""
    links = [o.get("metadata", {}).get(KEY) for o in options]
    scenes = {link.scene if isinstance(link, SceneLink) else None for link in links}
    return scenes.pop() if len(scenes) == 1 else None


def scene_layers(scene: Scene, name: str = "") -> list[LayerData]:
    """Return the layers of a scene, in world coordinates z y x.

    Density and colour are computed chunk by chunk when they are looked at.

    Parameters
    ----------
    name
        Name of the layers; by default the name of the file.

    Raises
    ------
    VcoreError
        The scene cannot be decoded.
    """
    stem = name or Path(scene.identity[0]).stem
    found = scene.field.ellipsoids()
    coarsest, limit = _probed(scene)
    steps = [min(coarsest << k, MAX_RESOLUTION) for k in reversed(range(LEVELS))]
    volumes = [scene.volume(step) for step in steps]
    densities = [lazy(volume.density) for volume in volumes]
    colours = [
        shown_colour(density, lazy(volume.colour), volume.grid)
        for density, volume in zip(densities, volumes, strict=True)
    ]
    placed = place(volumes[0].grid, False) | {"multiscale": True, "cache": False}
    layers: list[LayerData] = [
        (
            colours,
            {
                "name": f"{stem} colour",
                "rgb": True,
                "rendering": "translucent",
                "visible": found is None,
                "metadata": {KEY: SceneLink(scene, "colour")},
                **placed,
            },
            "image",
        ),
        (
            densities,
            {
                "name": f"{stem} density",
                "rgb": False,
                "visible": False,
                "colormap": "magma",
                "contrast_limits": (0.0, limit),
                "rendering": "mip",
                "metadata": {KEY: SceneLink(scene, "density")},
                **placed,
            },
            "image",
        ),
    ]
    if found is not None:
        layers.append(splat_points(scene, found, stem))
    if scene.cameras:
        layers.append(camera_arrows(scene, stem))
    return layers


def shown_colour(density: da.Array, colour: da.Array, grid: Grid) -> da.Array:
    """Return red, green, blue and opacity, (z, y, x, 4) uint8, of voxels; the opacity is that of
    the density along a voxel."""
    step = float(np.mean(grid.spacing))

    def joined(rgb: NDArray[Any], dense: NDArray[Any]) -> NDArray[np.uint8]:
        alpha = np.rint(255 * -np.expm1(-dense * step)).astype(np.uint8)
        return np.concatenate([rgb, alpha[..., None]], -1)

    chunks = (*colour.chunks[:3], (4,))
    found: da.Array = da.blockwise(
        joined,
        "zyxa",
        colour,
        "zyxc",
        density,
        "zyx",
        dtype=np.uint8,
        new_axes={"a": 4},
        concatenate=True,
    )
    return found.rechunk(chunks)


def camera_arrows(scene: Scene, stem: str) -> LayerData:
    """Return the cameras as arrows from the eye along the direction of view."""
    length = ARROW * float(np.linalg.norm(scene.bounds.extent)) / 2
    poses = np.stack([camera.pose for camera in scene.cameras])
    arrows = np.stack([poses[:, :3, 3], -length * poses[:, :3, 2]], 1)[..., ::-1]
    options = {
        "name": f"{stem} cameras",
        "edge_color": "yellow",
        "edge_width": length / 12,
        "vector_style": "arrow",
        "features": {"name": [camera.name for camera in scene.cameras]},
        "metadata": {KEY: SceneLink(scene, "cameras")},
        "units": ("pixel",) * 3,
        "axis_labels": ("z", "y", "x"),
    }
    return arrows, options, "vectors"


def splat_points(scene: Scene, found: Ellipsoids, stem: str) -> LayerData:
    """Return the splats as points of their colour and opacity, of the area of their broad side."""
    broad = np.sort(found.sigmas.astype(np.float64), 1)[:, 1:]
    sizes = 2 * np.sqrt(np.prod(broad, 1))
    shown = np.arange(len(sizes))
    name = f"{stem} splats"
    if len(shown) > MAX_POINTS:
        weights = found.opacities * sizes**2
        shown = np.sort(np.argpartition(weights, -MAX_POINTS)[-MAX_POINTS:])
        name += f" ({MAX_POINTS} of {len(sizes)})"
    colours = np.concatenate([found.rgb, found.opacities[:, None]], 1)[shown]
    options = {
        "name": name,
        "size": sizes[shown],
        "face_color": colours,
        "border_width": 0,
        "border_color": colours,  # seen where points are small
        "antialiasing": 0,
        "shading": "none",
        "blending": "translucent",
        "features": {"opacity": found.opacities[shown]},
        "metadata": {KEY: SceneLink(scene, "splats")},
        "units": ("pixel",) * 3,
        "axis_labels": ("z", "y", "x"),
    }
    return found.positions[shown][:, ::-1], options, "points"


def _probed(scene: Scene) -> tuple[int, float]:
    """Return the resolution of the coarsest level, and the upper limit of the densities' colours:
    that of nearly all of those that are not faint."""
    grid = grid_of(scene, PROBE)
    axes = [
        o + s * np.arange(n) for o, s, n in zip(grid.origin, grid.spacing, grid.shape, strict=True)
    ]
    z, y, x = (a.ravel() for a in np.meshgrid(*axes, indexing="ij"))
    points = np.stack([x, y, z], -1)
    scene.field.sample(points[:1])  # compiles
    began = perf_counter()
    density = scene.field.sample(points)[0]
    pace = (perf_counter() - began) / len(points)
    share = len(points) / PROBE**3
    fitting = [r for r in RESOLUTIONS if pace * share * r**3 <= PATIENCE]
    faint = 0.01 * float(density.max())
    dense = density[density > faint]
    limit = float(np.quantile(dense, BRIGHT)) if len(dense) else 1.0
    return (max(fitting) if fitting else RESOLUTIONS[0]), limit or 1.0

"""The paper's figures 5 to 7 for the scene lego: views, depths and meshes after pruning.

They show a model that may not be used commercially: they are written to the output folder only.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.evaluate.plot import import_figure
from vcore.scenes.cameras import Camera
from vcore.scenes.field import RadianceField
from vcore.scenes.mesh import mesh_of

if TYPE_CHECKING:
    from benchmarks.radiance_scene import Lego, Pruned

RATES = (0.3, 0.5, 0.7, 0.9)
RESOLUTION = 128
DENSITY = 50.0
"""Density of the meshes."""


def draw(lego: "Lego", pruned: "Pruned", output: Path) -> None:
    """Write `radiance-views.png`, `radiance-depths.png` and `radiance-meshes.png`."""
    camera = lego.cameras[0]
    kinds = {"views": _view, "depths": _depth, "meshes": _mesh}
    figures = {name: import_figure()(figsize=(11, 6), layout="constrained") for name in kinds}
    panels = {name: figure.subplots(2, len(RATES)) for name, figure in figures.items()}
    for column, share in enumerate(RATES):
        for row, network in enumerate((pruned.network(share), pruned.retrained(share))):
            field = lego.skipping(network)
            for name, picture in kinds.items():
                panel = panels[name][row][column]
                panel.imshow(picture(field, camera), cmap="viridis_r")
                panel.set_title(f"{share:.0%} pruned" + " and retrained" * row, fontsize=9)
                panel.set_axis_off()
    output.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(output / f"radiance-{name}.png", dpi=110)
        print(output / f"radiance-{name}.png")


def _view(field: RadianceField, camera: Camera) -> NDArray[Any]:
    return field.render(camera).pixels()


def _depth(field: RadianceField, camera: Camera) -> NDArray[Any]:
    return field.render(camera).depth


def _mesh(field: RadianceField, camera: Camera) -> NDArray[Any]:
    """Return the mesh as a shaded picture: triangles from back to front, as points."""
    mesh = mesh_of(field, DENSITY, RESOLUTION)
    shown = np.ones((*camera.size, 3))
    if not len(mesh.triangles):
        return shown
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    weights = np.array([[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4]], np.float64)
    points = np.concatenate([np.einsum("k,nkx->nx", w / w.sum(), corners) for w in weights])
    normals = np.tile(normals, (len(weights), 1))
    eye = (points - camera.eye) @ camera.pose[:3, :3]
    depth = -eye[:, 2]
    x, y = camera.pixel_centre
    column = np.floor(x + camera.focal * eye[:, 0] / depth).astype(int)
    row = np.floor(y - camera.focal * eye[:, 1] / depth).astype(int)
    inside = (column >= 0) & (column < camera.size[1]) & (row >= 0) & (row < camera.size[0])
    towards = camera.eye - points
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    light = np.abs((normals * towards).sum(-1))
    order = np.argsort(-depth)
    order = order[inside[order]]
    shown[row[order], column[order]] = (0.25 + 0.75 * light[order])[:, None]
    return shown

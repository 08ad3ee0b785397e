"""Picture of a scene: colour, depth and normals of one view."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vcore.evaluate.picture import check_target, save
from vcore.evaluate.plot import import_figure
from vcore.scenes.cameras import turntable
from vcore.scenes.normals import normals_of

if TYPE_CHECKING:
    from vcore.scenes.scene import Scene

SIDE = 256
"""Longest side of a panel in pixels."""
HEIGHT = 3.2
"""Height of the picture in inches."""


def draw_scene(scene: "Scene", target: Path, *, force: bool = False) -> str:
    """Draw the scene's first camera, or one from the side, into the PNG file ``target``; return
    what is shown.

    Raises
    ------
    OutputExistsError, OutputError
        ``target`` exists, or cannot be written.
    MissingExtraError
        matplotlib is not installed.
    """
    check_target(target, force=force)
    make = import_figure()
    if scene.cameras:
        camera = scene.cameras[0]
        factor = min(1.0, SIDE / max(camera.size))
        height, width = (max(1, round(n * factor)) for n in camera.size)
        camera = camera.resized((height, width))
        told = camera.name or "first camera"
    else:
        (camera,) = turntable(scene.bounds, [(60.0, 30.0)], size=(SIDE, SIDE))
        told = "theta 60, phi 30 degrees"
    view = scene.view(camera)
    normals = normals_of(scene.field, camera, view)
    across = HEIGHT * camera.size[1] / camera.size[0]
    figure = make(figsize=(3.2 * across + 0.8, HEIGHT + 0.4), layout="constrained")
    panels = figure.subplots(1, 3)
    panels[0].imshow(view.pixels())
    shown = panels[1].imshow(view.depth, cmap="viridis_r")
    figure.colorbar(shown, ax=panels[1], shrink=0.8)
    panels[2].imshow(np.where(np.isfinite(normals), (normals + 1) / 2, 1))
    for panel, title in zip(panels, (f"colour, {told}", "depth", "normals"), strict=True):
        panel.set_title(title, fontsize=10)
        panel.set_axis_off()
    save(figure, target)
    return told

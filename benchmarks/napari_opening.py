"""What napari shows as it opens a stack: by this plugin, beside it by napari-ome-zarr."""

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
import vcore.hierarchy
from benchmarks import volumes
from benchmarks.napari_pictures import CELLS, SPACING, close, rest, viewer_of
from vcore import io
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

SIZE = (900, 700)
PLUGINS = {"vcore-volumes": "vcore", "napari-ome-zarr": "napari-ome-zarr"}
CELL = 700
"""Grey value above which a smoothed voxel belongs to a labelled cell."""


def opening(folder: Path) -> None:
    """Write napari-opening.png: slice and 3D of an OME-Zarr as they come up, a row for each plugin
    that is installed; nothing is changed but the view of 3D and the scale bar."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [p for p in PLUGINS if p == "vcore-volumes" or find_spec("napari_ome_zarr")]
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "cells.ome.zarr"
        io.write(_cells(), Path(temporary) / "original.zarr")
        command = [str(Path(temporary) / "original.zarr"), str(path)]
        vcore.hierarchy.compress(*command, budget=vcore.Budget(quality="good"))
        viewer, settle = viewer_of(SIZE)
        views = [_views(viewer, settle, path, plugin) for plugin in found]
        close(viewer, settle)
    height = min(len(view) for row in views for view in row)  # the slider of 2D takes some
    rows = [np.hstack([view[-height:] for view in row]) for row in views]
    _save(np.vstack(rows), [PLUGINS[p] for p in found], folder / "napari-opening.png")


def _cells() -> Volume:
    """Return the cells with their size, and labels of bright ones."""
    from scipy import ndimage

    values = volumes.load(CELLS).variables[0].read()
    smooth = ndimage.gaussian_filter(values.astype(np.float32), (1, 2, 2))
    labels = ndimage.label(smooth > CELL)[0].astype(np.uint16)
    variables = (
        Variable("signal", values),
        Variable("labels/cells", labels, attributes={"image-label": {}}),
    )
    return Volume(Grid(values.shape, SPACING, unit="micrometer"), variables)


def _views(
    viewer: Any, settle: Callable[[], None], path: Path, plugin: str
) -> list[NDArray[np.uint8]]:
    """Return the canvas in 2D and in 3D, after the stack was opened by a plugin."""
    viewer.layers.clear()
    viewer.dims.ndisplay = 2
    viewer.open(str(path), plugin=plugin)
    viewer.canvas.overlays.scale_bar.visible = True
    found = []
    for ndisplay, angles in ((2, (0, 0, 90)), (3, (0, 30, 60))):
        viewer.dims.ndisplay = ndisplay
        viewer.camera.angles = angles
        viewer.reset_view(reset_camera_angle=False)
        rest(settle)
        found.append(viewer.screenshot(canvas_only=True, flash=False)[..., :3])
    return found


def _save(pixels: NDArray[np.uint8], names: list[str], path: Path) -> None:
    """Write the picture, with a name at each row."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for row, name in enumerate(names):
        draw.text((16, 12 + row * pixels.shape[0] // len(names)), name, fill="white", font_size=22)
    picture.quantize(256).save(path, optimize=True)
    print(f"picture: {path}")

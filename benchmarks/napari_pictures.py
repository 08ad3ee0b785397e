"""Screenshots of the napari plugin for README, from a real viewer."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (1500, 950)
BPV = ("0.0005", "0.002")


def pictures(folder: Path) -> None:
    """Write napari-neuron.png, napari-compress.png, napari-error.png, napari-gaussians.png."""
    import napari
    from qtpy.QtWidgets import QApplication

    folder.mkdir(parents=True, exist_ok=True)
    settle: Callable[[], None] = QApplication.processEvents
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    (original,) = viewer.open_sample("vcore-volumes", "neuron")
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    dock.form.kind.value = "bpv"
    for bpv in BPV:
        dock.form.value.value = bpv
        dock.compress_button.click()
        _until(settle, lambda: not dock._watcher.busy)
    decoded = [x for x in viewer.layers if "bpv" in x.name][-1]
    error = [x for x in viewer.layers if x.name.endswith("error")][-1]
    viewer.dims.ndisplay = 3
    for layer in viewer.layers:
        layer.visible = layer is decoded
    for layer in (decoded, original):
        layer.colormap, layer.gamma = "inferno", 0.6
    decoded.locked_data_level = 0
    viewer.layers.selection.active = decoded
    viewer.reset_view()
    _shot(viewer, settle, folder / "napari-compress.png")
    _shot(viewer, settle, folder / "napari-neuron.png", canvas=True)
    decoded.visible, error.visible = False, True
    values = np.asarray(error.data)
    worst = np.unravel_index(np.abs(values).argmax(), values.shape)  # centre of the picture
    viewer.dims.ndisplay = 2
    viewer.dims.set_point(0, error.data_to_world(worst)[0])
    viewer.layers.selection.active = error
    camera = getattr(viewer, "scene", viewer).camera
    settle()
    camera.center, camera.zoom = error.data_to_world(worst), 4 * camera.zoom
    _shot(viewer, settle, folder / "napari-error.png")
    viewer.window.remove_dock_widget(dock)
    viewer.layers.selection.active = decoded
    _, explore = viewer.window.add_plugin_dock_widget("vcore-volumes", "Explore")
    explore.layer.value = decoded
    explore.mixture.points_button.click()
    _until(settle, lambda: not explore._watcher.busy)
    viewer.dims.ndisplay = 3
    error.visible, decoded.visible = False, True
    viewer.reset_view()
    _shot(viewer, settle, folder / "napari-gaussians.png")
    viewer.close()


def _until(settle: Callable[[], None], done: Callable[[], bool]) -> None:
    while not done():
        settle()
        time.sleep(0.02)


def _shot(viewer: Any, settle: Callable[[], None], path: Path, *, canvas: bool = False) -> None:
    end = time.monotonic() + 1.5  # let the canvas settle
    while time.monotonic() < end:
        settle()
        time.sleep(0.02)
    viewer.screenshot(str(path), canvas_only=canvas, flash=False)
    print(f"picture: {path}")

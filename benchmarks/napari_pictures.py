"""Screenshots of the napari plugin for README and docs, from a real viewer."""

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vcore
from benchmarks import knot, volumes

SIZE = (1280, 800)
BPV = ("0.0005", "0.002")
FIT_SECONDS = 30.0
CELLS, RATIO = "microscopy/cellfinder_signal_627x1116x26_uint16.tif", 30
SPACING = (5.0, 2.0, 2.0)
"""Voxels of ``CELLS`` in micrometres, which its file does not tell."""
ANGLES, FARTHER = (0.0, 30.0, -120.0), 0.7
"""Angles of the camera on a scene, in degrees, and its magnification, so that cameras are seen."""
CLOSE = 2.5
"""Magnification of the swipe."""


def pictures(folder: Path) -> None:
    """Write napari-neuron.png, napari-compress.png, napari-gaussians.png, napari-swipe.png,
    napari-errors.png and napari-scene.png."""
    folder.mkdir(parents=True, exist_ok=True)
    _neuron(folder)
    _cells(folder)
    scene(folder)


def viewer_of(size: tuple[int, int]) -> tuple[Any, Callable[[], None]]:
    """Return a viewer of a size in pixels, and a function that lets Qt handle events."""
    import napari
    from qtpy.QtWidgets import QApplication

    viewer = napari.Viewer()
    viewer.window.resize(*size)
    settle: Callable[[], None] = QApplication.processEvents
    return viewer, settle


def _neuron(folder: Path) -> None:
    viewer, settle = viewer_of(SIZE)
    (original,) = viewer.open_sample("vcore-volumes", "neuron")
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    dock.form.kind.value = "bpv"
    for bpv in BPV:
        dock.form.value.value = bpv
        dock.compress_button.click()
        _until(settle, lambda: not dock._watcher.busy)
    decoded = [x for x in viewer.layers if x.name.endswith("bpv")][-1]
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
    dock.form.method.value, dock.form.limit.value = "gaussian", FIT_SECONDS
    dock.compress_button.click()
    _until(settle, lambda: not dock._watcher.busy)
    fitted = [x for x in viewer.layers if x.name.endswith("bpv")][-1]
    viewer.window.remove_dock_widget(dock)
    _, explore = viewer.window.add_plugin_dock_widget("vcore-volumes", "Explore")
    rest(settle)
    explore.layer.value = fitted
    explore.comparison.open(False)
    explore.boxes.open(False)
    explore.mixture.open()
    explore.mixture.points_button.click()
    _until(settle, lambda: not explore.busy)
    for layer in viewer.layers:
        layer.visible = layer is fitted or "Gaussians" in layer.name
    _shot(viewer, settle, folder / "napari-gaussians.png")
    close(viewer, settle)


def _cells(folder: Path) -> None:
    viewer, settle = viewer_of(SIZE)
    values = volumes.load(CELLS).variables[0].read()
    place = {"scale": SPACING, "units": ("um",) * 3}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "cells.vcore"
        volume = vcore.Volume.from_array(values, spacing=SPACING, unit="micrometer")
        vcore.compress(volume, path, budget=vcore.Budget(ratio=RATIO))
        (compressed,) = viewer.open(str(path), plugin="vcore-volumes")
        limits = compressed.contrast_limits
        original = viewer.add_image(values, name="original", contrast_limits=limits, **place)
        _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Explore")
        rest(settle)
        dock.layer.value = compressed
        compare = dock.comparison
        compare.other.value = original
        viewer.dims.set_current_step(0, len(values) // 2)
        viewer.canvas.overlays.scale_bar.visible = True
        compare.swipe.click()
        compare.line.click()
        viewer.reset_view()
        viewer.scene.camera.zoom *= CLOSE
        dock.ensureWidgetVisible(compare.curve)
        _shot(viewer, settle, folder / "napari-swipe.png")
        viewer.layers.remove("profile")
        compare.errors.click()
        _until(settle, lambda: not dock.busy)
        viewer.reset_view()
        _shot(viewer, settle, folder / "napari-errors.png")
        close(viewer, settle)


def scene(folder: Path) -> None:
    """Write napari-scene.png."""
    viewer, settle = viewer_of(SIZE)
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "knot.vcore"
        knot.write(path)
        viewer.open(str(path), plugin="vcore-volumes")
        rest(settle)
        viewer.scene.camera.angles = ANGLES
        viewer.scene.camera.zoom *= FARTHER
        _shot(viewer, settle, folder / "napari-scene.png")
        close(viewer, settle)


def close(viewer: Any, settle: Callable[[], None]) -> None:
    """Close a window for good: napari 0.9 tells an uncollected activity dialog of new progress, and
    fails as its Qt part is gone."""
    viewer.close()
    settle()
    gc.collect()


def _until(settle: Callable[[], None], done: Callable[[], bool]) -> None:
    while not done():
        settle()
        time.sleep(0.02)


def rest(settle: Callable[[], None]) -> None:
    """Let canvas and docks settle."""
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        settle()
        time.sleep(0.02)


def _shot(viewer: Any, settle: Callable[[], None], path: Path, *, canvas: bool = False) -> None:
    rest(settle)
    viewer.screenshot(str(path), canvas_only=canvas, flash=False)
    print(f"picture: {path}")

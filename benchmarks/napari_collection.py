"""The Collection dock of the napari plugin: a picture for docs, and how fast it plays."""

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import vcore
from benchmarks.images import Set, rendered
from benchmarks.kristan import show

SIZE = (1280, 800)
RATIO, DEPTH_ERROR = 40, 1.0
SPEED = 30
"""Images a second that are asked for."""
AGAIN = 10
"""Passes through time after the first one."""
POINTER = (128.0, 128.0)
TURN = Set(
    "tornado-turn",
    "timeseries/tornado_speed_t16_64x64x64_float32.npy.gz",
    ("--isosurface", "0.12", "--time", "all", "--theta", "60", "--phi", "0:315:45"),
)


def collection(folder: Path) -> None:
    """Write napari-collection.png; show the images a second that are reached along time."""
    import napari
    from qtpy.QtWidgets import QApplication

    images = rendered(TURN, folder / "images")
    path = folder / "tornado.vcore"
    report = vcore.compress(images, path, ratio=RATIO, max_error={"depth": DEPTH_ERROR}, force=True)
    settle: Callable[[], None] = QApplication.processEvents
    viewer = napari.Viewer()
    viewer.window.resize(*SIZE)
    began = time.perf_counter()
    viewer.open(str(path), plugin="vcore-volumes")
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Collection")
    _until(settle, lambda: dock.shown is not None and not dock.player.is_loading)
    first = time.perf_counter() - began
    rows: list[list[Any]] = [["from opening to the first picture", f"{1000 * first:.0f} ms"]]
    time_axis, turn_axis = ([p.name for p in images.parameters].index(n) for n in ("time", "phi"))
    count = len(images.parameters[time_axis])
    shown: list[float] = []
    dock.player.made.connect(lambda *_: shown.append(time.perf_counter()))
    dock.speed.value = SPEED
    dock.rows[time_axis].play.click()
    _until(settle, lambda: len(shown) > (1 + AGAIN) * count)
    dock.player.stop()
    for title, times in (("first pass", shown[:count]), ("later passes", shown[count:])):
        rate = (len(times) - 1) / (times[-1] - times[0])
        rows.append([f"images/s along time at {SPEED}, {title}", f"{rate:.1f}"])
    rows.append(["cached images", f"{dock.shown.pictures.nbytes / 1e6:.0f} MB"])
    dock.difference.compare_with(folder / "images" / f"{TURN.name}.cdb" / "data.csv")
    _until(settle, lambda: dock.shown.original is not None)
    dock.rows[time_axis].slider.setValue(9)
    dock.rows[turn_axis].slider.setValue(3)
    end = time.monotonic() + 2  # let the canvas settle
    _until(settle, lambda: not dock.player.is_loading and time.monotonic() > end)
    for callback in viewer.mouse_move_callbacks:
        callback(viewer, SimpleNamespace(position=POINTER))
    settle()
    viewer.screenshot(str(folder / "napari-collection.png"), canvas_only=False, flash=False)
    print(f"picture: {folder / 'napari-collection.png'}")
    viewer.close()
    title = f"napari: {len(images)} images of 256 x 256, {report.method}, {RATIO} : 1"
    show(title, ["what", "figure"], rows)


def _until(settle: Callable[[], None], done: Callable[[], bool]) -> None:
    while not done():
        settle()
        time.sleep(0.001)

"""The Collection dock of the napari plugin: a picture for docs, and how fast it plays."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import vcore
from benchmarks.images import Set, rendered
from benchmarks.kristan import show

SIZE = (1280, 800)
RATIO, DEPTH_ERROR = 100, 1.0
SECONDS = 4.0
"""Time for which playing is measured."""
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
    axis = [p.name for p in images.parameters].index("time")
    dock.speed.value = 30
    for title in ("first", "later"):
        shown: list[float] = []

        def keep(*_: Any, times: list[float] = shown) -> None:
            times.append(time.perf_counter())

        dock.player.made.connect(keep)
        dock.rows[axis].play.click()
        _until(settle, partial(_lasted, shown))
        dock.player.stop()
        dock.player.made.disconnect(keep)
        rate = (len(shown) - 1) / (shown[-1] - shown[0])
        rows.append([f"images/s along time at 30, {title} {SECONDS:g} s", f"{rate:.1f}"])
    rows.append(["cached images", f"{dock.shown.pictures.nbytes / 1e6:.0f} MB"])
    dock.difference.compare_with(folder / "images" / f"{TURN.name}.cdb" / "data.csv")
    _until(settle, lambda: dock.shown.original is not None)
    dock.rows[axis].slider.setValue(9)
    dock.rows[axis + 1 if axis + 1 in dock.rows else max(dock.rows)].slider.setValue(3)
    end = time.monotonic() + 2  # let the canvas settle
    _until(settle, lambda: not dock.player.is_loading and time.monotonic() > end)

    class Move:
        position = (128.0, 128.0)

    dock._pointed(viewer, Move())
    settle()
    viewer.screenshot(str(folder / "napari-collection.png"), canvas_only=False, flash=False)
    print(f"picture: {folder / 'napari-collection.png'}")
    viewer.close()
    show(f"napari: {len(images)} images of 256 x 256, {report.method}, {RATIO} : 1", HEAD, rows)


HEAD = ["what", "figure"]


def _lasted(times: list[float]) -> bool:
    """Return whether the first and the last time are SECONDS apart."""
    return len(times) > 1 and times[-1] - times[0] > SECONDS


def _until(settle: Callable[[], None], done: Callable[[], bool]) -> None:
    while not done():
        settle()
        time.sleep(0.001)

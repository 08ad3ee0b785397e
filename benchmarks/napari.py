"""napari: time to first picture, scrolling speed, and responsiveness of the window.

Run it on a display, or under ``xvfb-run``.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import vcore
from benchmarks import volumes
from benchmarks.kristan import show
from benchmarks.napari_collection import collection
from benchmarks.napari_opening import opening
from benchmarks.napari_pictures import pictures

SLICES = 100
"""Number of slices per scrolling pass."""
HEARTBEAT = 0.005
"""Interval in seconds at which the event loop is probed."""


def main(
    part: Annotated[
        str, typer.Option(help="speed, pictures, opening, collection, or all.")
    ] = "all",
    method: Annotated[str, typer.Option(help="Method of the compressed bonsai.")] = "wavelet",
    bpv: Annotated[float, typer.Option(help="Bits per voxel of the compressed bonsai.")] = 0.25,
    effort: Annotated[str, typer.Option(help="fast, default or max, of wavelet.")] = "",
    output: Annotated[Path, typer.Option(help="Folder for pictures.")] = Path("bench-output"),
) -> None:
    """Measure the napari plugin on the bonsai in a real viewer, and take screenshots."""
    if part in ("speed", "all"):
        speed(method, bpv, {"effort": effort} if effort else {})
    if part in ("pictures", "all"):
        pictures(output)
    if part in ("opening", "all"):
        opening(output)
    if part in ("collection", "all"):
        collection(output)


def speed(method: str, bpv: float, settings: dict[str, str]) -> None:
    """Measure first picture, scrolling, memory, and the longest freeze of the window."""
    import napari
    from qtpy.QtWidgets import QApplication

    bonsai = volumes.load("scivis/bonsai_256x256x256_uint8.nrrd").variables[0].read()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bonsai.vcore"
        report = vcore.compress(bonsai, path, method=method, bpv=bpv, settings=settings)
        viewer = napari.Viewer()
        viewer.window.resize(1200, 900)
        settle = QApplication.processEvents
        settle()
        # warm-up on another file, so that imports are not timed
        warm = viewer.open(str(path), plugin="vcore-volumes")
        settle()
        viewer.layers.clear()
        del warm
        began = time.perf_counter()
        (layer,) = viewer.open(str(path), plugin="vcore-volumes")
        viewer.screenshot(canvas_only=True, flash=False)
        first = time.perf_counter() - began
        cache = layer.metadata["vcore"].dataset.group.store.cache
        opened = cache.computed
        chunks = int(np.prod([-(-n // c) for n, c in zip((256,) * 3, (64,) * 3, strict=True)]))
        passes = [_slices_a_second(viewer, settle) for _ in range(3)]
        reading = [_seconds(partial(np.asarray, layer.data[0][z + 50])) for z in range(SLICES)]
        kept = cache.weight
        scrolling = _longest(settle, _decode(viewer))
        dock = _started(viewer, bonsai, settle)
        job = dock.session.job
        blocked = {
            "scrolling": scrolling,
            "compressing": _longest(settle, _while(lambda: job.state == "running")),
            "showing result and error": _longest(settle, _while(lambda: dock._watcher.busy)),
            "napari itself, adding two arrays": _longest(settle, _add(viewer, bonsai)),
        }
        viewer.layers.clear()
        viewer.add_image(bonsai, contrast_limits=(0, 255))
        itself = [_slices_a_second(viewer, settle) for _ in range(3)]
        viewer.close()
    rows: list[list[Any]] = [
        ["first picture", f"{1000 * first:.0f} ms"],
        ["chunks decoded for it, of level 0's", f"{opened} of {chunks}"],
        ["slices/s, first pass (median)", f"{passes[0]:.0f}"],
        ["slices/s, later passes (median)", f"{statistics.median(passes[1:]):.0f}"],
        ["slices/s, napari itself, an array in memory", f"{statistics.median(itself[1:]):.0f}"],
        ["reading a decoded slice (median)", f"{1000 * statistics.median(reading):.1f} ms"],
        ["decoded chunks kept, of at most", f"{kept / 1e6:.0f} of {cache.max_weight / 1e6:.0f} MB"],
        *[[f"window frozen at most, {k}", f"{1000 * v:.0f} ms"] for k, v in blocked.items()],
    ]
    title = f"napari: bonsai 256^3, {method}, {report.bpv:.3g} bpv, {report.psnr:.1f} dB"
    show(title, ["what", "figure"], rows)


def _slices_a_second(viewer: Any, settle: Callable[[], None]) -> float:
    """Return the median over a pass through z."""

    def show(z: int) -> None:
        viewer.dims.set_point(0, z + 50)
        settle()

    return 1 / statistics.median(_seconds(partial(show, z)) for z in range(SLICES))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _decode(viewer: Any) -> Iterator[bool]:
    for z in range(256):
        viewer.dims.set_point(0, z)
        yield True


def _started(viewer: Any, values: Any, settle: Callable[[], None]) -> Any:
    """Return a dock that is compressing ``values``, after it was painted."""
    viewer.layers.clear()
    viewer.add_image(values, name="bonsai", contrast_limits=(0, 255))
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    dock.form.kind.value, dock.form.value.value = "bpv", "0.01"
    dock.form.limit.value = 10
    end = time.monotonic() + 2
    while time.monotonic() < end:
        settle()
    dock.compress_button.click()
    return dock


def _while(going: Callable[[], bool]) -> Iterator[bool]:
    while going():
        yield True


def _add(viewer: Any, values: Any) -> Iterator[bool]:
    """Let napari itself show two arrays of the same size, within Qt's event loop."""
    from qtpy.QtCore import QTimer

    def show() -> None:
        for name, visible in (("a", True), ("b", False)):
            viewer.add_image(values, name=name, visible=visible, contrast_limits=(0, 255))

    QTimer.singleShot(0, show)
    yield True


def _longest(settle: Callable[[], None], work: Iterator[bool]) -> float:
    """Return the longest interval between two iterations of Qt's event loop, minus ``work``."""
    longest = 0.0
    for _ in work:
        began = time.perf_counter()
        settle()
        longest = max(longest, time.perf_counter() - began)
        time.sleep(HEARTBEAT)
    return longest

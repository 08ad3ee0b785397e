"""File > Open: `.vcore` files of volumes, images or scenes, also by URL, and folders of them."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

import vcore
from napari_vcore.collections import collection_layers
from napari_vcore.jobs import COMPILING, Job
from napari_vcore.layers import LayerData, is_turned, layers_of
from napari_vcore.scenes import scene_layers, show_in_space
from vcore.collections.collection import Collection
from vcore.dataset import Dataset
from vcore.errors import VcoreError
from vcore.scenes.scene import Scene

QUICK, TICK = 0.2, 0.02
"""Time in seconds for which the window may wait, and between its events then."""
Opened = Dataset | Collection | Scene
Paths = str | Path | Sequence[str | Path]


def get_reader(path: Paths) -> Callable[[Paths], list[LayerData]] | None:
    """Return a reader for ``path``, or None if it is not a vcore file."""
    return read if _files(path) else None


def read(path: Paths) -> list[LayerData]:
    """Return the layers of one or more files, skipping those that cannot be read.

    Raises
    ------
    VcoreError
        No file can be read.
    """
    found: list[LayerData] = []
    errors: list[VcoreError] = []
    notes: list[str] = []
    for file in _files(path):
        try:
            dataset, layers = opened(file)
            found += layers
        except VcoreError as error:
            errors.append(error)
            continue
        if isinstance(dataset, Collection):
            _offer_dock()
        elif isinstance(dataset, Scene):
            _offer_space()
        elif any(is_turned(decoder.grid) for decoder in dataset.variables.values()):
            notes.append(f"{Path(file).name} has a rotated grid: it is shown along its own axes.")
    if not found and errors:
        raise errors[0]
    if errors or notes:
        from napari.utils.notifications import show_warning

        show_warning("\n".join([*map(str, errors), *notes]))
    return found


def _files(path: Paths) -> list[str | Path]:
    paths = [path] if isinstance(path, str | Path) else list(path)
    return [file for p in paths for file in files_of(p)]


def files_of(path: str | Path) -> Iterator[str | Path]:
    """Yield the compressed file ``path`` (or URL), the compressed files in the folder ``path``, or
    the folder itself if it is a compressed hierarchy."""
    if "://" in str(path):
        if urlsplit(str(path)).path.lower().endswith(".vcore"):
            yield str(path)
        return
    found = Path(path)
    if is_hierarchy(found):
        yield found
    elif found.is_dir():
        yield from sorted(
            p for p in found.iterdir() if p.suffix.lower() == ".vcore" and p.is_file()
        )
    elif found.suffix.lower() == ".vcore":
        yield found


def is_hierarchy(path: Path) -> bool:
    """Return whether ``path`` is the folder of an OME-Zarr compressed by vcore."""
    try:
        attributes = json.loads((path / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    from vcore.hierarchy.ome import NOTE  # slow import (the whole encoder), only if needed

    return NOTE in attributes


def opened(file: str | Path) -> tuple[Opened, list[LayerData]]:
    """Return what a file holds and its layers, whose first pictures are decoded.

    That runs on a thread while the window stays alive, as the first use on a machine compiles for
    some seconds, which is told.

    Raises
    ------
    VcoreError
        The file cannot be read.
    """
    job = Job(lambda _context: _opened(file))
    told, settle, seconds = False, _events(), QUICK
    while not job.wait(seconds):
        seconds = TICK
        if not told and job.status.stage == COMPILING:
            from napari.utils.notifications import show_info

            show_info("vcore compiles its decoder, once on this machine: this takes some seconds.")
            told = True
        settle()
    if job.error is not None:
        raise job.error
    found: tuple[Opened, list[LayerData]] = job.result
    return found


def _opened(file: str | Path) -> tuple[Opened, list[LayerData]]:
    dataset = vcore.open(file)
    if isinstance(dataset, Collection):
        return dataset, collection_layers(dataset, str(file))
    if isinstance(dataset, Scene):
        layers = scene_layers(dataset)
        for data, options, kind in layers:
            if kind == "image" and options["visible"]:  # the volume keeps what it computed
                data[-1].compute()
        return dataset, layers
    layers = layers_of(dataset)
    for data, _, _ in layers:
        coarsest = data[-1] if isinstance(data, list) else data
        lead = coarsest.shape[:-2]
        with suppress(VcoreError):  # cut or damaged: told when it is shown
            for at in ((0,) * len(lead), tuple((n - 1) // 2 for n in lead)):  # as napari does
                np.asarray(coarsest[at])
    return dataset, layers


def _offer_dock() -> None:
    """Open the Collection dock in the window, if there is one, once it has the layers."""
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        return
    from qtpy.QtCore import QTimer

    def show() -> None:
        dock, _ = viewer.window.add_plugin_dock_widget("vcore-volumes", "Collection")
        dock.raise_()

    QTimer.singleShot(0, show)


def _offer_space() -> None:
    """Show the window in 3D, if it shows nothing yet, once it has the layers."""
    import napari

    viewer = napari.current_viewer()
    if viewer is None or viewer.layers:
        return
    from qtpy.QtCore import QTimer

    def show() -> None:
        if len(viewer.layers):
            show_in_space(viewer)

    QTimer.singleShot(0, show)


def _events() -> Callable[[], None]:
    """Return what lets the window react, or nothing where there is none on this thread."""
    if (qtcore := sys.modules.get("qtpy.QtCore")) is None:
        return lambda: None
    app = qtcore.QCoreApplication.instance()
    if app is None or app.thread() != qtcore.QThread.currentThread():
        return lambda: None
    return lambda: qtcore.QCoreApplication.processEvents()

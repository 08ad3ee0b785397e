"""File > Open: one or more `.vcore` files, and folders of them."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import prod
from pathlib import Path

import vcore
from napari_vcore.jobs import COMPILING, Job
from napari_vcore.layers import LayerData, files_of, is_turned, layers_of
from vcore.dataset import Dataset
from vcore.engine.shown import CHEAP
from vcore.errors import VcoreError

QUICK, TICK = 0.2, 0.02
"""Time in seconds for which the window may wait, and between its events then."""
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
            dataset = vcore.open(file)
            warm_up(dataset)
            found += layers_of(dataset)
        except VcoreError as error:
            errors.append(error)
            continue
        if any(is_turned(decoder.grid) for decoder in dataset.variables.values()):
            notes.append(f"{file.name} has a rotated grid: it is shown along its own axes.")
    if not found and errors:
        raise errors[0]
    if errors or notes:
        from napari.utils.notifications import show_warning

        show_warning("\n".join([*map(str, errors), *notes]))
    return found


def _files(path: Paths) -> list[Path]:
    paths = [path] if isinstance(path, str | Path) else list(path)
    return [file for p in paths for file in files_of(p)]


def warm_up(dataset: Dataset) -> None:
    """Decode a chunk of each variable on a thread, while the window stays alive: the first use on
    a machine compiles for some seconds, which is told."""
    job = Job(lambda _context: _decode_first(dataset))
    if job.wait(QUICK):
        return
    told, settle = False, _events()
    while not job.wait(TICK):
        if not told and job.status.stage == COMPILING:
            from napari.utils.notifications import show_info

            show_info("vcore compiles its decoder, once on this machine: this takes some seconds.")
            told = True
        settle()


def _decode_first(dataset: Dataset) -> None:
    for decoder in dataset.variables.values():
        chunk = decoder.chunks[0]
        if prod(chunk) > CHEAP:
            continue
        with suppress(VcoreError):  # cut or damaged: told when it is shown
            level = min(decoder.available_levels, default=0)
            shape = decoder.shape(level)
            decoder.decode(
                tuple(slice(0, min(n, m)) for n, m in zip(shape, chunk, strict=True)), level
            )


def _events() -> Callable[[], None]:
    """Return what lets the window react, or nothing where there is none on this thread."""
    if (qtcore := sys.modules.get("qtpy.QtCore")) is None:
        return lambda: None
    app = qtcore.QCoreApplication.instance()
    if app is None or app.thread() != qtcore.QThread.currentThread():
        return lambda: None
    return lambda: qtcore.QCoreApplication.processEvents()

"""File > Open: one or more `.vcore` files, and folders of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import vcore
from napari_vcore.layers import LayerData, files_of, is_turned, layers_of
from vcore.errors import VcoreError

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

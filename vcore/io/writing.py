"""``write``: write a Volume to a file, completely or not at all."""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from vcore.errors import OutputError, OutputExistsError
from vcore.io.formats import is_zarr, suffix_of, writer_of
from vcore.io.reading import read
from vcore.io.vtk_write import output_names
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

MAX_REMOVAL_ATTEMPTS = 40
"""Maximum number of attempts, 50 ms apart, to remove the remains of a failed write."""

Progress = Callable[[int, int], None]
"""Callback with the number of values written and the total."""


def write(
    volume: Volume | Any,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a volume in the format given by the file name suffix.

    Values are read block by block, frame by frame for .vti and .vtr, where a volume with a time
    axis becomes one numbered file per frame and a ``.pvd`` index.

    Parameters
    ----------
    volume
        The volume, as ``read`` takes it.
    path
        Path of the output; see ``writable_suffixes``.
    force
        Whether to replace an existing file or Zarr folder.
    progress
        Callback with the number of values written and the total. If it raises, writing stops and
        nothing is left.

    Raises
    ------
    InputError
        Unknown suffix, or a volume that the format cannot represent.
    OutputExistsError
        The output exists and ``force`` is not set, or it is a folder that is not Zarr.
    OutputError
        The output cannot be written; nothing is left of it.
    """
    volume, target = read(volume), os.path.abspath(os.fspath(path))
    writer = writer_of(target)
    _warn_of_lost_geometry(volume, suffix_of(target))
    folder = os.path.dirname(target)
    outputs = [os.path.join(folder, n) for n in output_names(volume, os.path.basename(target))]
    for output in outputs:
        _check_free(output, force)
    done, total = 0, sum(v.size for v in volume.variables)

    def tick(values: int) -> None:
        nonlocal done
        done = min(done + values, total)
        if progress is not None:
            progress(done, total)

    with _temporary_folder(folder, os.path.basename(target)) as place:
        written = writer.write(volume, os.path.join(place, os.path.basename(target)), tick)
        _move(written, folder, place)


def _warn_of_lost_geometry(volume: Volume, suffix: str) -> None:
    """Log geometry that other programs will not read."""
    grid = volume.grid
    lost = []
    if grid.coordinates is not None and suffix in (".nrrd", ".zarr", ".tif", ".tiff"):
        lost.append("uneven coordinates")
    if suffix in (".zarr", ".tif", ".tiff") and not np.array_equal(grid.direction, np.eye(3)):
        lost.append("directions of axes")
    if lost:
        logger.warning(
            "%s files cannot hold %s: only vcore restores them, other programs show the voxels "
            "evenly spaced along rising axes",
            *(suffix, " or ".join(lost)),
        )


def _check_free(path: str, force: bool) -> None:
    if os.path.isdir(path) and not is_zarr(path):
        raise OutputExistsError(
            f"Expected a new name. Got the folder {path} instead, which is not a Zarr hierarchy "
            f"and therefore not replaced: choose another name."
        )
    if os.path.lexists(path) and not force:
        raise OutputExistsError(
            f"Expected a new name. Got {path} instead, which exists: choose another name, or "
            f"replace it with `force=True`."
        )


@contextmanager
def _temporary_folder(folder: str, name: str) -> Iterator[str]:
    """Yield a hidden temporary folder next to the output, on the same disk; always removed."""
    place = None
    try:
        place = tempfile.mkdtemp(prefix=f".{name[:60]}.", suffix=".partial", dir=folder)
        yield place
    except (OutputError, OutputExistsError):
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"Expected to write {os.path.join(folder, name)}. Got '{reason}' instead: nothing was "
            f"left; check the folder, its permissions and the free space."
        ) from error
    finally:
        if place is not None:
            _remove(place)


def _remove(place: str) -> None:
    """Remove a folder, retrying while Zarr's threads still write into it after an error."""
    for _ in range(MAX_REMOVAL_ATTEMPTS):
        shutil.rmtree(place, ignore_errors=True)
        if not os.path.lexists(place):
            return
        time.sleep(0.05)


def _move(written: Sequence[str], folder: str, place: str) -> None:
    """Move finished files and folders to their final names, an index last."""
    for path in written:
        if os.path.isfile(path):
            # fsync, so that a system crash leaves no empty file under the final name
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    for path in written:
        name = os.path.basename(path)
        target = os.path.join(folder, name)
        if not os.path.isdir(target):
            os.replace(path, target)
            continue
        old = os.path.join(place, f"{name}.old")
        os.rename(target, old)
        try:
            os.rename(path, target)
        except OSError:
            os.rename(old, target)
            raise

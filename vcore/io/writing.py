"""``write``: a Volume to a file, whole or not at all."""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from vcore.errors import OutputError, OutputExistsError
from vcore.io.formats import is_zarr, suffix_of, writer_of
from vcore.io.vtk_write import output_names
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

REMOVALS = 40
"""Tries, a twentieth of a second apart, to remove what a failed writing left."""

Progress = Callable[[int, int], None]


def write(
    volume: Volume,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write a volume in the format that the name's suffix tells.

    Values are read block by block, frame by frame for .vti and .vtr, where a volume with a time
    axis becomes a numbered file for each frame and a ``.pvd`` beside them.

    Parameters
    ----------
    volume
        The volume.
    path
        Its new name: see ``writable_suffixes``.
    force
        Whether an existing file, or an existing Zarr folder, is replaced.
    progress
        Called with the number of values written and the number in all; what it raises ends the
        writing and nothing is left.

    Raises
    ------
    InputError
        An unknown suffix, or a volume that the format cannot hold.
    OutputExistsError
        The output is there and ``force`` is not given, or it is a folder that is not Zarr.
    OutputError
        The output cannot be written; nothing is left of it.
    """
    target = os.path.abspath(os.fspath(path))
    writer = writer_of(target)
    _warn_of_places(volume, suffix_of(target))
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

    with _workplace(folder, os.path.basename(target)) as place:
        written = writer.write(volume, os.path.join(place, os.path.basename(target)), tick)
        _move(written, folder, place)


def _warn_of_places(volume: Volume, suffix: str) -> None:
    """Log what other programs will not read of where the voxels lie."""
    grid = volume.grid
    lost = []
    if grid.coordinates is not None and suffix in (".nrrd", ".zarr", ".tif", ".tiff"):
        lost.append("uneven coordinates")
    if suffix in (".zarr", ".tif", ".tiff") and not np.array_equal(grid.direction, np.eye(3)):
        lost.append("directions of axes")
    if lost:
        logger.warning(
            "%s files have no %s: they are kept for vcore alone, other programs show the voxels "
            "evenly spaced along rising axes",
            *(suffix, " or ".join(lost)),
        )


def _check_free(path: str, force: bool) -> None:
    if os.path.isdir(path) and not is_zarr(path):
        raise OutputExistsError(
            f"Expected a new name. Got the folder {path} instead, which is no Zarr hierarchy and "
            f"is not replaced: choose another name."
        )
    if os.path.lexists(path) and not force:
        raise OutputExistsError(
            f"Expected a new name. Got {path} instead, which exists: choose another name, or "
            f"replace it with `force=True`."
        )


@contextmanager
def _workplace(folder: str, name: str) -> Iterator[str]:
    """Yield a hidden folder beside the output, on the same disk; it goes whatever happens."""
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
    """Remove a folder; where Zarr's threads still write into it after an error, again until it
    is gone."""
    for _ in range(REMOVALS):
        shutil.rmtree(place, ignore_errors=True)
        if not os.path.lexists(place):
            return
        time.sleep(0.05)


def _move(written: Sequence[str], folder: str, place: str) -> None:
    """Move finished files and folders to their names, an index of the others last."""
    for path in written:
        if os.path.isfile(path):
            # so that a crash of the machine leaves no empty file under the real name
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

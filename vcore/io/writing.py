"""``write``: write a Volume to a file, completely or not at all."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vcore.errors import OutputExistsError
from vcore.io.formats import is_zarr, suffix_of, writer_of
from vcore.io.reading import read
from vcore.io.vtk_write import output_names
from vcore.model.volume import Volume
from vcore.runtime.atomic import hidden, publish

logger = logging.getLogger(__name__)

WITH_AXES = (
    *(".npy", ".npz", ".nc", ".nc4", ".h5", ".hdf5", ".zarr"),
    *(".nrrd", ".nhdr", ".tif", ".tiff", ".raw", ".bin", ".dat", ""),
)
"""Suffixes of the formats that give any axes back, if only to vcore."""
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
    _warn_of_lost_axes(volume, suffix_of(target))
    _warn_of_lost_marks(volume, suffix_of(target))
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

    with hidden(target) as place:
        place.mkdir()
        written = writer.write(volume, str(place / os.path.basename(target)), tick)
        for part in map(Path, written):  # an index of the others is the last of them
            publish(part, Path(folder, part.name), force=force)


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


def _warn_of_lost_axes(volume: Volume, suffix: str) -> None:
    """Log axes that a file has joined in one."""
    for variable in volume.variables:
        joined = [a.name for a in variable.outer if a.length]
        if joined and suffix not in WITH_AXES:
            logger.warning(
                "%s files have no axes of their own for %s of %s: they are one axis, in this order",
                *(suffix, ", ".join(joined), variable.name),
            )


def _warn_of_lost_marks(volume: Volume, suffix: str) -> None:
    """Log cells that files give back as points, and missing values that they do not mark."""
    cells = [v.name for v in volume.variables if v.association == "cell"]
    if cells and suffix in (
        ".nc",
        ".nc4",
        ".h5",
        ".hdf5",
        ".npz",
        ".nii",
        ".nii.gz",
        ".mrc",
        ".fits",
    ):
        logger.warning(
            "%s files do not tell cells from points: %s are read as values at the cells' centres",
            *(suffix, ", ".join(cells)),
        )
    marked = [v.name for v in volume.variables if v.dtype.kind in "iu" and v.fill_value is not None]
    if marked and suffix in (".nii", ".nii.gz", ".mrc", ".npz"):
        logger.warning(
            "%s files have no mark for missing integers: %s have their fill value as a value",
            *(suffix, ", ".join(marked)),
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

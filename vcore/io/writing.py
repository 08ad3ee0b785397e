"""``write``: write a Volume to a file, completely or not at all."""

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from vcore.errors import InputError, OutputExistsError
from vcore.io.formats import CARRYING, WRITERS, is_zarr, suffix_of, writer_of
from vcore.io.lazy import Converted
from vcore.io.ome_versions import check_version
from vcore.io.reading import read
from vcore.io.vtk_arrays import at_points_and_cells
from vcore.io.vtk_write import output_names
from vcore.model.volume import Variable, Volume
from vcore.runtime.atomic import hidden, publish

logger = logging.getLogger(__name__)

ZARR_SUFFIXES = (".zarr", ".zarr.zip", ".ozx")
WITH_AXES = (
    *(".npy", ".npz", ".nc", ".nc4", ".h5", ".hdf5", *ZARR_SUFFIXES),
    *(".nrrd", ".nhdr", ".tif", ".tiff", ".raw", ".bin", ".dat", ""),
)
"""Suffixes of the formats that give any axes back, if only to vcore."""
WITH_TIMES = (".tif", ".tiff", ".nrrd", ".nii", ".nii.gz")
"""Suffixes of the formats with an axis of time, and with names for no others."""
WITH_BOOL = (".npy", ".npz", ".nc", ".nc4", ".h5", ".hdf5", *ZARR_SUFFIXES)
"""Suffixes of formats that hold truth values."""
Progress = Callable[[int, int], None]
"""Callback with the number of values written and the total."""


def write(
    volume: Volume | Any,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Progress | None = None,
    slices: str | None = None,
    ome_zarr: str = "0.5",
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
    slices
        "png": ``path`` is a folder, with a file for each plane.
    ome_zarr
        Version of OME-Zarr for .zarr, .zarr.zip and .ozx: "0.4", "0.5" or "0.6".

    Raises
    ------
    InputError
        Unknown suffix, or a volume that the format cannot represent.
    OutputExistsError
        The output exists and ``force`` is not set, or it is a folder that is neither Zarr nor,
        for ``slices``, only PNG files.
    OutputError
        The output cannot be written; nothing is left of it.
    """
    volume, target = read(volume), os.path.abspath(os.fspath(path))
    suffix = suffix_of(target) if slices is None else f".{slices}"
    write_as = _writer(target, slices, ome_zarr)
    volume = _storable(volume, suffix)
    _warn_of_lost_geometry(volume, suffix, ome_zarr)
    _warn_of_lost_axes(volume, suffix)
    _warn_of_lost_marks(volume, suffix)
    folder = os.path.dirname(target)
    outputs = [os.path.join(folder, n) for n in output_names(volume, os.path.basename(target))]
    for output in outputs:
        _check_free(output, force, suffix if slices else "")
    done, total = 0, volume.size

    def tick(values: int) -> None:
        nonlocal done
        done = min(done + values, total)
        if progress is not None:
            progress(done, total)

    with hidden(target) as place:
        place.mkdir()
        written = write_as(volume, str(place / os.path.basename(target)), tick)
        if slices and os.path.isdir(target) and not os.listdir(target):
            os.rmdir(target)
        for part in map(Path, written):  # an index of the others is the last of them
            publish(part, Path(folder, part.name), force=force)


def _writer(path: str, slices: str | None, ome_zarr: str) -> Callable[..., list[str]]:
    """Return the function that writes a volume to ``path``."""
    if slices is not None:
        if slices != "png":
            raise InputError(f"Expected png as the format of `slices`. Got {slices!r} instead.")
        if suffix_of(path) in WRITERS:
            raise InputError(
                f"Expected a folder for `slices`. Got the file name {os.path.basename(path)} "
                f"instead: leave {suffix_of(path)} out."
            )
        return import_module("vcore.io.png_write").write_slices  # type: ignore[no-any-return]
    check_version(ome_zarr)
    write: Callable[..., list[str]] = writer_of(path).write
    if suffix_of(path) in ZARR_SUFFIXES:
        return partial(write, version=ome_zarr)
    if ome_zarr != "0.5":
        raise InputError(
            f"Expected an output that ends with one of {' '.join(ZARR_SUFFIXES)} for `ome_zarr`. "
            f"Got {os.path.basename(path)} instead."
        )
    return write


def _storable(volume: Volume, suffix: str) -> Volume:
    """Return the volume with only what a format holds: variables on one grid, maybe no array beside
    them. Log the names of the rest."""
    if suffix not in WITH_BOOL:
        volume = volume.changed(_without_bool)
    if suffix in CARRYING:
        return volume
    if volume.carried:
        logger.warning(
            "%s files hold volumes only: left out: %s (%s keep it)",
            *(suffix, ", ".join(a.name for a in volume.carried), " ".join(CARRYING)),
        )
        volume = replace(volume, carried=())
    if not volume.others or suffix in CARRYING:
        return volume
    if suffix == ".vti" and (both := at_points_and_cells(volume)) is not None:
        return both
    lost = ", ".join(v.name for other in volume.others for v in other.variables)
    logger.warning(
        "%s files hold variables on one grid: left out: %s (choose one with `variable`, or write "
        "one of %s)",
        *(suffix, lost, " ".join(CARRYING)),
    )
    return replace(volume, others=())


def _without_bool(variable: Variable) -> Variable:
    """Return a variable with truth values as integers."""
    if variable.dtype != np.bool_:
        return variable
    as_integers = partial(np.asarray, dtype=np.uint8)
    return replace(variable, data=Converted(variable.data, np.uint8, as_integers))


def _warn_of_lost_geometry(volume: Volume, suffix: str, ome_zarr: str) -> None:
    """Log geometry that other programs will not read."""
    grids = [part.grid for part in volume.parts]
    lost = []
    uneven = any(grid.coordinates is not None for grid in grids)
    if uneven and suffix in (".nrrd", *ZARR_SUFFIXES, ".tif", ".tiff"):
        lost.append("uneven coordinates")
    is_turned = any(not np.array_equal(grid.direction, np.eye(3)) for grid in grids)
    turned = (".tif", ".tiff", *(ZARR_SUFFIXES if ome_zarr != "0.6" else ()))
    if suffix in turned and is_turned:
        lost.append("directions of axes")
    if lost:
        logger.warning(
            "%s files cannot hold %s: only vcore restores them, other programs show the voxels "
            "evenly spaced along rising axes",
            *(suffix, " or ".join(lost)),
        )


def _warn_of_lost_axes(volume: Volume, suffix: str) -> None:
    """Log axes that a file has joined in one, or that other programs take for time."""
    for variable in volume.every:
        joined = [a.name for a in variable.outer if a.length]
        if joined and suffix not in WITH_AXES:
            logger.warning(
                "%s files have no axes of their own for %s of %s: they are one axis, in this order",
                *(suffix, ", ".join(joined), variable.name),
            )
        other = [a.name for a in variable.outer if a.inside == "t" and not a.length]
        timeless = volume.grid.times is None and suffix in WITH_TIMES
        if timeless and other and other[0].lower() not in ("t", "time"):
            logger.warning(
                "%s files have no axis for %s of %s: other programs take it for time",
                *(suffix, other[0], variable.name),
            )


def _warn_of_lost_marks(volume: Volume, suffix: str) -> None:
    """Log cells that files give back as points, and missing values that they do not mark."""
    cells = [v.name for v in volume.every if v.association == "cell"]
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
    marked = [v.name for v in volume.every if v.dtype.kind in "iu" and v.fill_value is not None]
    if marked and suffix in (".nii", ".nii.gz", ".mrc", ".npz", ".png"):
        logger.warning(
            "%s files have no mark for missing integers: %s have their fill value as a value",
            *(suffix, ", ".join(marked)),
        )


def _check_free(path: str, force: bool, only: str) -> None:
    """Refuse an existing output, but for what ``force`` may replace, and empty folders.

    ``only`` is the suffix of all files in a folder that may be replaced; "" for Zarr.
    """
    inside = os.listdir(path) if os.path.isdir(path) else []
    if os.path.isdir(path) and only and not inside:
        return
    known = all(n.lower().endswith(only) for n in inside) if only else is_zarr(path)
    if os.path.isdir(path) and not known:
        what = f"has other files than {only}" if only else "is not a Zarr hierarchy"
        raise OutputExistsError(
            f"Expected a new name. Got the folder {path} instead, which {what} "
            f"and is therefore not replaced: choose another name."
        )
    if os.path.lexists(path) and not force:
        raise OutputExistsError(
            f"Expected a new name. Got {path} instead, which exists: choose another name, or "
            f"replace it with `force=True`."
        )

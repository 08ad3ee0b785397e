"""Time series of several files, in natural order of their names."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from vcore.errors import InputError
from vcore.io.formats import (
    DATA_OF_HEADERS,
    READERS,
    SHARED,
    UNSTRUCTURED,
    format_of,
    is_image,
    readable_suffixes,
    stem_of,
    suffix_of,
)
from vcore.io.given import warn
from vcore.io.lazy import TransposedArray, release
from vcore.io.readers import DICOM, OwnReader, Reader, reader_of
from vcore.io.request import ReadRequest, naming
from vcore.io.series_carried import joined
from vcore.io.series_times import of_all_times, times_of, unit_of
from vcore.io.series_variables import check_agreement, stacked
from vcore.model.text import printable
from vcore.model.volume import LazyArray, Variable, Volume

logger = logging.getLogger(__name__)


PARALLEL = (".pvd", ".pvti", ".pvtr")
"""Suffixes of VTK files that name others, outermost first."""


def natural_key(path: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts ``f2`` before ``f10``."""
    pieces = re.split(r"(\d+)", path)
    return [(1, int(p), p) if p.isdecimal() else (0, 0, p.casefold()) for p in pieces if p]


def files_in(folder: str) -> list[str]:
    """Return the volume files in ``folder`` in natural order, all of one format.

    Raises
    ------
    InputError
        The folder holds no volume files, or files of several formats.
    """
    names = sorted((n for n in os.listdir(folder) if not n.startswith(".")), key=natural_key)
    known = (*readable_suffixes(), *UNSTRUCTURED)
    by_suffix: dict[str, list[str]] = {}
    for name in names:
        if (suffix := suffix_of(name)) in known:
            by_suffix.setdefault(suffix, []).append(name)
        elif DICOM.sniff(os.path.join(folder, name)):
            by_suffix.setdefault(".dcm", []).append(name)
    by_suffix.pop(".xml", None)  # companion of an HDF5 file, or of images of other programs
    if ".hdr" in by_suffix:
        by_suffix.pop(".img", None)
    others = set(by_suffix) - {*PARALLEL, ".vti", ".vtr", *UNSTRUCTURED}
    for suffix in PARALLEL:
        if suffix in by_suffix and not others:
            if suffix == ".pvd" and len(by_suffix[suffix]) > 1:
                break
            return [os.path.join(folder, name) for name in by_suffix[suffix]]
    if {".nhdr", ".mhd"} & set(by_suffix):
        for suffix in DATA_OF_HEADERS:
            by_suffix.pop(suffix, None)
    if {".xdmf", ".xmf"} & set(by_suffix):
        for suffix in (".h5", ".hdf5", *DATA_OF_HEADERS):
            by_suffix.pop(suffix, None)
    pictures = {s: names for s, names in by_suffix.items() if is_image(s)}
    if len(pictures) < len(by_suffix):
        by_suffix = {s: names for s, names in by_suffix.items() if s not in pictures}
    else:
        pictures = {}
    if not by_suffix:
        raise InputError(
            f"Expected a Zarr hierarchy or volumes in the folder {folder}. Got no file that ends "
            f"with {' '.join(known)} instead."
        )
    if len({format_of(s) for s in by_suffix}) > 1:
        pattern = os.path.join(folder, "*" + next(iter(by_suffix)))
        raise InputError(
            f"Expected files of one format in the folder {folder}. Got {', '.join(by_suffix)} "
            f"instead: choose with a pattern, such as '{pattern}'."
        )
    for suffix, names in pictures.items():
        logger.warning(
            "%s: left out %d pictures (%s) beside the volumes; name them by a pattern",
            *(folder, len(names), suffix),
        )
    found = sorted((n for group in by_suffix.values() for n in group), key=natural_key)
    return [os.path.join(folder, n) for n in found]


def stack(
    source: ReadRequest, paths: Sequence[str], times: Sequence[float] | None = None
) -> Volume:
    """Return the volumes at ``paths`` one after another along t, read one file at a time.

    Variables without time in files of several time steps are those of the first file.

    Parameters
    ----------
    source
        Options for each file, and the name of the series.
    paths
        Files in order of time.
    times
        Time of each file of one time step, or None to use those in the files.

    Raises
    ------
    InputError
        Files differ in grid or variables, or their times overlap.
    """
    frames = [_frame(replace(source, path=path, files=len(paths))) for path in paths]
    return of_frames(source, paths, frames, times)


def of_frames(
    source: ReadRequest,
    paths: Sequence[str],
    frames: Sequence[Volume],
    times: Sequence[float] | None = None,
) -> Volume:
    """Return volumes one after another along t, as ``stack`` does those of files.

    Parameters
    ----------
    source
        The name of the series, its times and its stacking.
    paths
        Names of the frames, for messages.
    frames
        Volumes of one time step without a time axis, or of several with one.
    times
        As in ``stack``.
    """
    first = frames[0]
    names = [v.name for v in first.variables]
    if len(names) == 1:
        # a single variable is often named after its file
        same = {f.variables[0].name for f in frames if len(f.variables) == 1}
        name = names[0] if len(same) == 1 else _common_name(paths)
        frames = [
            replace(f, variables=(replace(f.variables[0], name=name),))
            if len(f.variables) == 1
            else f
            for f in frames
        ]
        first = frames[0]
    steps = [_steps(frame) for frame in frames]
    if times is not None and max(steps) > 1:
        raise InputError(
            f"Expected one time step in each file of the collection {source.path}. Got "
            f"{max(steps)} in {paths[steps.index(max(steps))]} instead: give a list of the files."
        )
    if source.placed.times is not None:
        times = None  # replaced by the caller's
    elif times is None:
        times = times_of(paths, frames, steps)
    found = _stack(paths, frames, steps, times)
    time = str(found.attributes.get("axes", {}).get("t", {}).get("name") or "t")
    others, lost = _stack_others(paths, frames, steps, times, found)
    found = replace(
        found,
        source=source.path,
        carried=joined(paths, frames, steps, time),
        left_out=tuple(dict.fromkeys([t for frame in frames for t in frame.left_out] + lost)),
        others=tuple(others),
    )
    timed = times is not None or source.placed.times is not None
    if not _is_slices(source, found, single=max(steps) == 1, timed=timed):
        return found
    return replace(_along_z(source, found), others=tuple(_along_z(source, o) for o in others))


def _stack(
    paths: Sequence[str],
    frames: Sequence[Volume],
    steps: Sequence[int],
    times: Sequence[float] | None,
) -> Volume:
    """Return frames on one grid as one volume."""
    first = frames[0]
    for path, frame in zip(paths, frames, strict=True):
        check_agreement(paths[0], first, path, frame)
    variables = tuple(stacked([f[v.name] for f in frames], steps, paths) for v in first.variables)
    grid = replace(first.grid, times=None if times is None else tuple(times))
    if times is not None:
        grid = replace(grid, time_unit=unit_of(first))
    return Volume(grid, variables, attributes=of_all_times(frames))


def _stack_others(
    paths: Sequence[str],
    frames: Sequence[Volume],
    steps: Sequence[int],
    times: Sequence[float] | None,
    main: Volume,
) -> tuple[list[Volume], list[str]]:
    """Return the volumes on other grids, and the names of what is not in every frame.

    Those without a time of their own have that of the ``main`` volume.
    """
    found: list[Volume] = []
    for other in frames[0].others:
        names = [v.name for v in other.variables]
        same = [
            next((o for o in f.others if [v.name for v in o.variables] == names), None)
            for f in frames
        ]
        alike = [o for o in same if o is not None]
        if len(alike) < len(frames) or any(
            _steps(o) not in (1, n) for o, n in zip(alike, steps, strict=True)
        ):
            continue
        own = None if times is None else times_of(paths, alike, steps)
        stacked = _stack(paths, alike, steps, own or times)
        if own is None:
            kept = {k: v for k, v in main.attributes.items() if k in ("time_reference", "calendar")}
            axis = {k: v for k, v in main.attributes.get("axes", {}).items() if k == "t"}
            axes = {**axis, **stacked.attributes.get("axes", {})}
            grid = replace(stacked.grid, time_unit=main.grid.time_unit)
            attributes = {**stacked.attributes, **kept, **({"axes": axes} if axes else {})}
            stacked = replace(stacked, grid=grid, attributes=attributes)
        found.append(stacked)
    kept_names = {v.name for volume in found for v in volume.variables}
    there = dict.fromkeys(v.name for f in frames for o in f.others for v in o.variables)
    lost = [f"{n} (not on the same grid in every file)" for n in there if n not in kept_names]
    return found, lost


def _is_slices(source: ReadRequest, series: Volume, *, single: bool, timed: bool) -> bool:
    """Return whether the frames of a series are the slices of one volume.

    Raises
    ------
    InputError
        Slices are requested of files that are volumes themselves.
    """
    flat = single and all(v.flat for v in series.variables)
    if source.stack == "z" and not flat:
        what = "volumes" if single else "several time steps"
        raise InputError(
            f"Expected files of one image each for `stack='z'`. Got {what} in {source.path} "
            f"instead: they are frames along t."
        )
    return flat and (source.stack == "z" or (source.stack is None and not timed))


def _along_z(source: ReadRequest, series: Volume) -> Volume:
    """Return images along t as the slices of a volume."""
    variables = []
    for variable in series.variables:
        axes = "".join(variable.axes[1:])  # the z axis of an image, of length 1, is dropped
        data = TransposedArray(variable.data, "z" + axes.replace("z", "1"), axes)
        variables.append(replace(variable, data=data, axes=tuple(axes), outer=()))
    grid, count = series.grid, variables[0].shape[-3]
    coordinates = grid.coordinates
    if coordinates is not None:
        coordinates = (tuple(map(float, range(count))), *coordinates[1:])
    grid = replace(
        grid, shape=(count, *grid.shape[1:]), coordinates=coordinates, times=None, time_unit=""
    )
    warn(
        "spacing",
        "%s: %d images as slices along z; their distance is assumed to be %g",
        *(source.path, count, grid.spacing[0]),
    )
    return replace(series, grid=grid, variables=tuple(variables))


def is_layout_told(source: ReadRequest) -> bool:
    """Return whether the caller gave a complete layout, which replaces the file's header."""
    return source.shape is not None and source.dtype is not None and source.offset > 0


def is_headerless(source: ReadRequest) -> bool:
    """Return whether the caller gave the shape of a file without a known header."""
    suffix = suffix_of(source.path)
    if source.shape is None:
        return False
    if suffix in SHARED:
        return suffix == ".img" or not OwnReader(READERS[suffix]).sniff(source.path)
    return suffix not in readable_suffixes()


def reader_for(source: ReadRequest) -> Reader:
    """Return the reader of a file; the headerless one if the caller gave the layout."""
    if is_headerless(source) or is_layout_told(source):
        return OwnReader("raw")
    return reader_of(source.path)


def _frame(source: ReadRequest) -> Volume:
    with naming(source.path):
        volume = source.placed.of_frame.apply(reader_for(source).read(source))
    return volume.changed(_without_time if _steps(volume) == 1 else _released)


def _released(variable: Variable) -> Variable:
    release(variable.data)
    return variable


def _without_time(variable: Variable) -> Variable:
    """Return a variable of one time step without its time axis."""
    release(variable.data)
    if "t" not in variable.axes:
        return variable
    axes = "".join(variable.axes)
    data: LazyArray = TransposedArray(variable.data, axes, axes[1:])
    outer = tuple(a for a in variable.outer if a.inside != "t")
    return replace(variable, data=data, axes=variable.axes[1:], outer=outer)


def _steps(volume: Volume) -> int:
    return max(v.length("t") for v in volume.variables)


def _common_name(paths: Sequence[str]) -> str:
    stems = [re.sub(r"_\d+(x\d+)+(_[a-z]+\d*)?$", "", stem_of(p)) for p in paths]
    common = _common_start(stems).rstrip("_-. 0123456789")
    folder = printable(os.path.basename(os.path.dirname(os.path.abspath(paths[0]))))
    return common or folder or "values"


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    same = (a == b for a, b in zip(first, last, strict=False))
    return "".join(a for a, _ in zip(first, takewhile(bool, same), strict=False))

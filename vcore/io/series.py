"""Time series of one file per frame, in natural order of their names."""

import logging
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import shape_text
from vcore.io.formats import (
    DATA_OF_HEADERS,
    READERS,
    SHARED,
    UNSTRUCTURED,
    format_of,
    readable_suffixes,
    stem_of,
    suffix_of,
)
from vcore.io.given import warn
from vcore.io.lazy import Converted, Stacked, TransposedArray, release
from vcore.io.readers import DICOM, OwnReader, Reader, reader_of
from vcore.io.request import ReadRequest, naming
from vcore.io.series_carried import joined
from vcore.io.series_times import of_all_times, times_of, unit_of
from vcore.model.axes import SourceAxis
from vcore.model.grid import Grid
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
    found = sorted((n for group in by_suffix.values() for n in group), key=natural_key)
    return [os.path.join(folder, n) for n in found]


def stack(
    source: ReadRequest, paths: Sequence[str], times: Sequence[float] | None = None
) -> Volume:
    """Return the volumes at ``paths`` stacked along t, read one frame at a time.

    Parameters
    ----------
    source
        Options for each file, and the name of the series.
    paths
        Files in order of time.
    times
        Time of each frame, or None to use those in the files.

    Raises
    ------
    InputError
        Frames differ in grid or variables, or have several time steps each.
    """
    frames = [_frame(replace(source, path=path)) for path in paths]
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
    for path, frame in zip(paths, frames, strict=True):
        _check_agreement(paths[0], first, path, frame)
    variables = tuple(_stacked([f[v.name] for f in frames], paths) for v in first.variables)
    if source.placed.times is not None:
        times = None  # replaced by the caller's
    elif times is None:
        times = times_of(paths, frames)
    grid = replace(first.grid, times=None if times is None else tuple(times))
    if times is not None:
        grid = replace(grid, time_unit=unit_of(first))
    attributes = of_all_times(frames)
    time = str(attributes.get("axes", {}).get("t", {}).get("name") or "t")
    carried = joined(paths, frames, time)
    left_out = tuple(dict.fromkeys(text for frame in frames for text in frame.left_out))
    found = Volume(grid, variables, source.path, attributes, carried, left_out)
    timed = times is not None or source.placed.times is not None
    return _along_z(source, found) if _is_slices(source, found, timed) else found


def _is_slices(source: ReadRequest, series: Volume, timed: bool) -> bool:
    """Return whether the frames of a series are the slices of one volume.

    Raises
    ------
    InputError
        Slices are requested of files that are volumes themselves.
    """
    flat = all(v.flat for v in series.variables)
    if source.stack == "z" and not flat:
        raise InputError(
            f"Expected files of one image each for `stack='z'`. Got volumes in {source.path} "
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
    variables = []
    for v in volume.variables:
        release(v.data)
        if "t" in v.axes:
            if v.length("t") > 1:
                raise InputError(
                    f"Expected one time step in each file of a series. Got {v.length('t')} in "
                    f"{source.path} instead: read the files one by one."
                )
            axes = "".join(v.axes)
            data: LazyArray = TransposedArray(v.data, axes, axes[1:])
            outer = tuple(a for a in v.outer if a.inside != "t")
            v = replace(v, data=data, axes=v.axes[1:], outer=outer)
        variables.append(v)
    return replace(volume, variables=tuple(variables))


def _stacked(frames: Sequence[Variable], paths: Sequence[str]) -> Variable:
    """Return the frames of a variable as one, with a common missing value."""
    first = frames[0]
    data = [frame.data for frame in frames]
    fills = list(dict.fromkeys(frame.fill_value for frame in frames))
    fill = fills[0]
    if len(fills) > 1:
        declared = [f for f in fills if f is not None]
        fill = None if first.dtype.kind == "f" else declared[0]
        if fill is not None:
            logger.warning(
                "%s and %s declare different missing values of %s (%s): replaced all by %s",
                *(paths[0], paths[-1], first.name, ", ".join(map(str, fills)), fill),
            )
        data = [_with_fill(frame, fill) for frame in frames]
    same = all(frame.packing == first.packing for frame in frames)
    return replace(
        first,
        data=Stacked(data),
        axes=("t", *first.axes),
        outer=(SourceAxis("t", "t"), *first.outer) if first.outer else (),
        fill_value=fill,
        packing=first.packing if same else None,
    )


def _with_fill(frame: Variable, fill: float | int | None) -> LazyArray:
    """Return the data with the frame's fill value replaced by ``fill``, or NaN if None."""
    own = frame.fill_value
    if own is None or own == fill:
        return frame.data

    def converted(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(values == own, values.dtype.type(np.nan if fill is None else fill), values)

    return Converted(frame.data, frame.dtype, converted)


def _check_agreement(path: str, first: Volume, other_path: str, other: Volume) -> None:
    advice = "a time series needs one grid; choose the files that agree"
    if first.grid.shape != other.grid.shape:
        raise InputError(
            f"Expected the shape of {path} in every frame, {shape_text([first.grid.shape])}. Got "
            f"{shape_text([other.grid.shape])} in {other_path} instead: {advice}."
        )
    if _comparable(first.grid) != _comparable(other.grid):
        raise InputError(
            f"Expected the spacing, origin and direction of {path} in every frame. Got others in "
            f"{other_path} instead: {advice}."
        )
    described = [
        {v.name: (v.axes, v.shape, v.dtype, v.association) for v in volume.variables}
        for volume in (first, other)
    ]
    if described[0] != described[1]:
        texts = [
            ", ".join(f"{n} {d[2]} {shape_text([d[1]])}" for n, d in sorted(values.items()))
            for values in described
        ]
        raise InputError(
            f"Expected the variables of {path} in every frame ({texts[0]}). Got {texts[1]} in "
            f"{other_path} instead: {advice}."
        )


def _comparable(grid: Grid) -> Grid:
    """Return ``grid`` without time and rounded, so that float32 noise does not count."""

    def tidy(values: Sequence[float]) -> tuple[float, ...]:
        return tuple(float(f"{v:.6g}") for v in values)

    return replace(
        grid,
        spacing=tidy(grid.spacing),  # type: ignore[arg-type]
        origin=tidy(grid.origin),  # type: ignore[arg-type]
        direction=tuple(tidy([round(v, 6) for v in row]) for row in grid.direction),  # type: ignore[arg-type]
        coordinates=grid.coordinates and tuple(tidy(c) for c in grid.coordinates),  # type: ignore[arg-type]
        times=None,
        time_unit="",
    )


def _common_name(paths: Sequence[str]) -> str:
    stems = [re.sub(r"_\d+(x\d+)+(_[a-z]+\d*)?$", "", stem_of(p)) for p in paths]
    common = _common_start(stems).rstrip("_-. 0123456789")
    folder = printable(os.path.basename(os.path.dirname(os.path.abspath(paths[0]))))
    return common or folder or "values"


def _common_start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    same = (a == b for a, b in zip(first, last, strict=False))
    return "".join(a for a, _ in zip(first, takewhile(bool, same), strict=False))

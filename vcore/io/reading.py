"""``read``: paths, patterns, lists of paths, URLs and in-memory objects as a Volume."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, Literal

import numpy as np

from vcore.errors import InputError, SourceError
from vcore.io import given, objects, ome_datasets, series
from vcore.io.formats import (
    UNSTRUCTURED,
    WITH_LEVELS,
    is_zarr,
    readable_suffixes,
    suffix_of,
    told_compressed,
)
from vcore.io.image_reading import is_images
from vcore.io.lazy import load
from vcore.io.multilevel import MultiscaleImage
from vcore.io.outside import check_inside
from vcore.io.overrides import Overrides
from vcore.io.readers import DICOM, MultilevelReader, OwnReader, reader_of
from vcore.io.request import ReadRequest, axes_fields, naming, reading
from vcore.model.volume import Volume

URL_SCHEMES = ("http://", "https://")
HEADERLESS = ("", ".gz", ".bz2", ".raw", ".bin", ".dat")
"""Suffixes of files without a header, whose layout the caller gives."""


def read(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Any,
    *,
    shape: Sequence[int] | None = None,
    dtype: Any = None,
    axes: str | Sequence[str] | None = None,
    variables: Sequence[str] | None = None,
    exclude: Sequence[str] | None = None,
    byte_order: str = "little",
    offset: int = 0,
    spacing: Sequence[float] | float | None = None,
    origin: Sequence[float] | None = None,
    unit: str | None = None,
    times: Sequence[float] | None = None,
    time_unit: str | None = None,
    fill_value: float | None = None,
    stack: Literal["z", "t"] | None = None,
    patient: bool = False,
    allow_outside: bool = False,
) -> Volume:
    """Read a volume lazily: values are loaded from the file by region.

    Parameters
    ----------
    path
        A file; ``file.h5::dataset`` for one dataset in an HDF5, NetCDF, FITS or Zarr source; a Zarr
        folder or its http(s) URL; or a folder, a pattern or a list of files, which become the
        frames of a time series in natural order of their names (``f2`` before ``f10``). Or an
        object in memory: a NumPy (masked values are missing) or dask array, an xarray DataArray or
        Dataset, a Zarr array or group, an h5py dataset or group, vtkImageData or
        vtkRectilinearGrid, an open `.vcore` file, a Volume.
    shape, dtype, byte_order, offset
        Layout of a headerless file: shape in (t, c,) z, y, x order; "little" or "big"; bytes to
        skip. A name such as ``tooth_103x94x161_uint8.raw`` (x, y, z) implies shape and dtype.
    axes
        Axes of the stored array, if missing or wrong in the file: one letter of ``tczyx`` each, or
        names with commas in between, or a sequence: ``"member,t,z,y,x"``. Without z (images, maps,
        movies) the volume is a single slice; others than ``tczyx`` are held by c, or by t if there
        is none. Decoded, it has its own axes again.
    variables
        Names of the variables to read. By default all volumes, those on other grids than the one
        with the most values as ``others``; small ones of these, and the other arrays of the file,
        are carried losslessly.
    exclude
        Names of variables and of arrays beside them to leave out; ``left_out`` of the volume names
        them.
    spacing, origin
        In z, y, x order (spacing also one number); override the file.
    unit, time_unit
        Units of length and time, such as "um" or "second"; override the file. A time unit may be
        "days since 2000-01-01".
    times
        Time of each frame; overrides the file.
    fill_value
        Value that means "missing"; overrides the file. NaN: no other value does.
    stack
        Axis along which files of one image each are stacked: "z" for slices, "t" for frames. By
        default t if the images have times, otherwise z.
    patient
        Also keep what DICOM files tell of the patient and the study.
    allow_outside
        Also read files outside the folder of the header that names them, or of the link that
        leads to them. Only for files whose author you trust.

    Returns
    -------
    Volume
        Its arrays are in C order over (t, c,) z, y, x. Streams without random access (.gz, .bz2,
        compressed NRRD and MetaImage) are held in memory, one frame of a series at a time.

    Raises
    ------
    InputError
        A missing or damaged file, a mesh, an unsupported dtype or object, or options that do not
        fit the file.
    MemoryLimitError
        A compressed stream larger than the available memory.
    MissingExtraError
        The package for the format is not installed.
    """
    if stack not in (None, "z", "t"):
        raise InputError(f"Expected z or t for `stack`. Got {stack!r} instead.")
    source = ReadRequest(
        path="",
        shape=None if shape is None else tuple(int(n) for n in shape),
        dtype=None if dtype is None else _dtype_name(dtype),
        **axes_fields(axes),
        variables=None if variables is None else _names(variables),
        exclude=frozenset(() if exclude is None else _names(exclude)),
        byte_order=byte_order,
        offset=offset,
        stack=stack,
        patient=patient,
        placed=Overrides(
            spacing=_spacing(spacing),
            origin=_triple("origin", origin),
            unit=unit,
            times=None if times is None else tuple(float(t) for t in times),
            time_unit=time_unit,
            fill_value=fill_value,
        ),
        allow_outside=allow_outside,
    )
    told = frozenset(n for n, v in vars(source.placed).items() if v is not None)
    token = given.GIVEN.set(told)
    try:
        volume = _read(path, source)
    finally:
        given.GIVEN.reset(token)
    with naming(volume.source):
        return source.placed.apply(_without_excluded(volume, source))


def _without_excluded(volume: Volume, source: ReadRequest) -> Volume:
    """Return the volume without the excluded variables and carried arrays.

    Raises
    ------
    InputError
        An excluded name does not exist, or nothing is left.
    """
    if not source.exclude:
        return volume
    names = [v.name for v in volume.every]
    beside = [a.name for a in volume.carried]
    if absent := sorted(source.exclude - source.found - {*names, *beside}):
        raise InputError(
            f"Expected names out of {', '.join((*names, *beside))} for `exclude`. Got "
            f"{', '.join(absent)} instead."
        )
    kept = [name for name in names if name not in source.exclude]
    if not kept:
        raise InputError(
            f"Expected a variable beside those of `exclude`. Got {', '.join(names)} instead, which "
            f"are all."
        )
    carried = tuple(a for a in volume.carried if a.name not in source.exclude)
    left_out = (*volume.left_out, *(f"{n} (excluded)" for n in sorted(source.exclude)))
    return replace(volume.select(kept), carried=carried, left_out=left_out)


def images(path: str, *, allow_outside: bool = False) -> tuple[MultiscaleImage, ...]:
    """Return the images of a multilevel file (Imaris, BigDataViewer), read lazily.

    Parameters
    ----------
    path
        The file.
    allow_outside
        As in ``read``.

    Raises
    ------
    InputError
        A damaged file, or one without levels.
    MissingExtraError
        The package for the format is not installed.
    """
    reader = reader_of(path)
    if not isinstance(reader, MultilevelReader):
        raise InputError(
            f"Expected a file that ends with one of {' '.join(WITH_LEVELS)}. Got {path} instead."
        )
    return tuple(reader.images(ReadRequest(path=path, allow_outside=allow_outside)))


def _read(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], source: ReadRequest
) -> Volume:
    if not isinstance(path, str | os.PathLike):
        is_list = isinstance(path, list | tuple | Iterator) and not hasattr(path, "read")
        if not is_list:
            return _read_object(path, source)
        path = list(path)
        if others := [p for p in path if not isinstance(p, str | os.PathLike)]:
            raise InputError(
                f"Expected paths in the list. Got {objects.name_of(others[0])[4:]} among them "
                f"instead: stack arrays first, such as with numpy.stack."
            )
        paths = sorted((os.fspath(p) for p in path), key=series.natural_key)
        if not paths:
            raise InputError("Expected at least one file. Got an empty list instead.")
        return _series(paths, replace(source, path=paths[0]))
    text = os.fspath(path)
    if "://" in text:
        return _read_url(replace(source, path=text))
    if not os.path.exists(text):
        outer, colons, inside = text.partition("::")
        if colons:
            return _read_inside(replace(source, path=outer, inside=inside))
        return _read_pattern(text, source)
    return _read_local(replace(source, path=text))


def _read_object(found: Any, source: ReadRequest) -> Volume:
    source = replace(source, path=objects.name_of(found))
    if given := _layout_given(source):
        raise InputError(
            f"Expected {given} for headerless files only. Got them for {source.path} instead: "
            f"leave them out."
        )
    volume = objects.read_object(source, found)
    return volume if source.variables is None else volume.select(source.variables)


def _read_local(source: ReadRequest) -> Volume:
    if source.stack is None and is_images(source.path):
        raise InputError(
            f"Expected a volume. Got {source.path} instead, a collection of images: read it with "
            f"vcore.read_images, or its images as slices with `stack` z."
        )
    if not os.path.isdir(source.path):
        return _read_file(source)
    if is_zarr(source.path):
        return _read_one(source, "omezarr")
    return _read_folder(source)


def _read_folder(source: ReadRequest) -> Volume:
    with reading(source.path, "folder"):
        paths = series.files_in(source.path)
    for path in paths:
        check_inside(source.path, path, allowed=source.allow_outside)
    if len(paths) == 1:
        return _read_file(replace(source, path=paths[0]))
    return _series(paths, source)


def _read_inside(source: ReadRequest) -> Volume:
    if not os.path.exists(source.path):
        raise _nothing_at(source.path)
    if os.path.isdir(source.path):
        is_dicom = not is_zarr(source.path) and any(map(DICOM.sniff, series.files_in(source.path)))
        return _read_folder(source) if is_dicom else _read_one(source, "omezarr")
    reader = reader_of(source.path)
    inner = {"hdf5", "netcdf", "fits", "dicom", "omezarr", "bioio"}
    if isinstance(reader, OwnReader) and reader.module in inner:
        return _read_one(source, reader.module)
    return _read_file(replace(source, variables=[source.inside], inside=""))


def _read_pattern(text: str, source: ReadRequest) -> Volume:
    if not glob.has_magic(text):
        raise _nothing_at(text)
    paths = sorted(glob.glob(text, recursive=True), key=series.natural_key)
    if not paths:
        raise InputError(f"Expected files that match {text}. Got none instead: check the pattern.")
    if len(paths) == 1:
        return _read_local(replace(source, path=paths[0]))
    return _series(paths, replace(source, path=text))


def _read_url(source: ReadRequest) -> Volume:
    if not source.path.startswith(URL_SCHEMES):
        raise InputError(
            f"Expected a path or an http(s) URL of a Zarr hierarchy. Got {source.path} instead."
        )
    suffix = suffix_of(source.path)
    if suffix in readable_suffixes() and suffix != ".zarr":
        raise InputError(
            f"Expected the URL of a Zarr hierarchy. Got {source.path} instead: download the file "
            f"first."
        )
    return _read_one(source, "omezarr")


def _series(paths: list[str], source: ReadRequest) -> Volume:
    for path in paths:
        if not os.path.exists(path):
            raise _nothing_at(path)
        _check_layout_options(replace(source, path=path))
    if not series.is_layout_told(source):
        paths = ome_datasets.representatives(source, paths)
    if len(paths) == 1:
        return replace(_read_file(replace(source, path=paths[0])), source=source.path)
    if series.reader_for(replace(source, path=paths[0])) == DICOM:
        found: Volume = import_module("vcore.io.dicom").read_series(source, paths)
        return _finished(found, source)
    return replace(series.stack(source, paths), source=source.path)


def _read_file(source: ReadRequest) -> Volume:
    if suffix_of(source.path) == ".vcore":
        raise InputError(
            f"Expected a volume. Got {told_compressed(source.path)} instead: decompress it first, "
            f"or open it with vcore.open."
        )
    with naming(source.path):
        _check_layout_options(source)
        return _finished(series.reader_for(source).read(source), source)


def _read_one(source: ReadRequest, module: str) -> Volume:
    with naming(source.path):
        return _finished(import_module(f"vcore.io.{module}").read(source), source)


def _finished(volume: Volume, source: ReadRequest) -> Volume:
    if source.variables is not None:
        volume = volume.select(source.variables)
    for variable in volume.every:
        load(variable.data)
    return replace(volume, source=source.path)


def _check_layout_options(source: ReadRequest) -> None:
    """Refuse shape, dtype, byte order and offset for files with a header, unless they form a
    complete layout."""
    if series.is_layout_told(source) or series.is_headerless(source):
        return
    suffix = suffix_of(source.path)
    for codec in (".gz", ".bz2"):
        suffix = suffix.removesuffix(codec) if suffix != codec else ""
    given = _layout_given(source)
    if given and suffix in {*readable_suffixes(), *UNSTRUCTURED} - set(HEADERLESS):
        raise InputError(
            f"Expected {given} for headerless files only. Got them for {source.path} "
            f"instead, which tells its layout itself: leave them out, or give all of `shape`, "
            f"`dtype` and `offset` to read what lies behind a header that is wrong."
        )


def _layout_given(source: ReadRequest) -> str:
    """Return the given layout options as a phrase."""
    given = [f"`{n}`" for n in ("shape", "dtype") if getattr(source, n) is not None]
    given += ["`offset`"] if source.offset else []
    given += ["`byte_order`"] if source.byte_order != "little" else []
    return " and ".join(given)


def _spacing(spacing: Sequence[float] | float | None) -> Any:
    if spacing is None:
        return None
    steps = [spacing] * 3 if isinstance(spacing, int | float) else spacing
    return _triple("spacing", steps)


def _triple(name: str, values: Sequence[float] | None) -> Any:
    found = None if values is None else tuple(float(v) for v in values)
    if found is not None and len(found) != 3:
        raise InputError(f"Expected three numbers, z, y, x, for `{name}`. Got {found} instead.")
    return found


def _dtype_name(dtype: Any) -> str:
    return dtype if isinstance(dtype, str) else np.dtype(dtype).str


def _names(variables: Sequence[str]) -> list[str]:
    return [variables] if isinstance(variables, str) else list(variables)


def _nothing_at(path: str) -> SourceError:
    try:
        os.stat(path)
    except PermissionError as error:
        return SourceError(
            f"Expected a file or folder at {path}. Got '{error.strerror}' instead: see who may "
            f"read its folder."
        )
    except (OSError, ValueError):
        pass  # it is not there
    return SourceError(
        f"Expected a file or folder at {path}. Got nothing by that name instead: check the name."
    )

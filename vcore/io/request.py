"""Input of a reader, and conversion of third-party exceptions to InputError."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from vcore.errors import InputError, MissingExtraError, SourceError, VcoreError
from vcore.io.overrides import Overrides
from vcore.model.axes import axes_of_text, letters_of_names


@dataclass(frozen=True)
class ReadRequest:
    """One file, folder or URL to read.

    Parameters
    ----------
    path
        Path or URL.
    inside
        Path of a dataset within the file: the part after ``::`` in the name.
    shape, dtype, byte_order, offset
        Layout of a headerless file; shape in array order.
    axes
        Axes of the stored array in its own order: letters out of ``tczyx``, other ones for others.
    axis_names
        Name of each of these axes.
    variables
        Names of the variables to read, or None for all.
    exclude
        Names of variables and of arrays beside them to leave out.
    found
        Those names of ``exclude`` that the source has, added by ``choose``.
    stack
        Axis along which files of one image each are stacked: "z", "t" or None to decide by times.
    patient
        Whether to keep what identifies a patient (DICOM).
    placed
        Metadata that overrides the file's.
    allow_outside
        Whether files outside the folder of the file that names them may be read.
    files
        Number of files if this is a frame of a series: arrays of several time steps beside the
        volumes are then carried.
    """

    path: str
    inside: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    axes: str | None = None
    axis_names: tuple[str, ...] = ()
    variables: Sequence[str] | None = None
    exclude: frozenset[str] = frozenset()
    found: set[str] = field(default_factory=set, compare=False)
    byte_order: str = "little"
    offset: int = 0
    stack: str | None = None
    patient: bool = False
    placed: Overrides = field(default_factory=Overrides)
    allow_outside: bool = False
    files: int = 0


def axes_fields(axes: str | Sequence[str] | None) -> dict[str, Any]:
    """Return the fields of a request for the axes that the caller gives.

    Raises
    ------
    InputError
        Two are the same, or one is empty.
    """
    if axes is None:
        return {}
    names = axes_of_text(axes)
    letters = letters_of_names(names)
    if not letters:
        raise InputError(
            f"Expected axes as letters out of tczyx, such as 'tzyx', or distinct names with commas "
            f"in between, such as 'member,t,z,y,x'. Got {axes!r} instead."
        )
    return {"axes": letters, "axis_names": names}


def need(module: str, extra: str = "io") -> Any:
    """Import and return ``module``; raise MissingExtraError, naming the extra, if it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0].replace("vtkmodules", "vtk").replace("nrrd", "pynrrd")
        raise MissingExtraError(
            f"Expected the package {package} for this file format. Got '{error}' instead: "
            f"install it with pip install 'vcore-volumes[{extra}]'."
        ) from error


@contextmanager
def reading(path: str, kind: str) -> Iterator[None]:
    """Convert any exception of a library on a damaged or foreign file to InputError."""
    try:
        yield
    except VcoreError:
        raise
    except PermissionError as error:
        raise SourceError(
            f"Expected a readable {kind} at {path}. Got '{error.strerror}' instead: check its "
            f"permissions."
        ) from error
    except Exception as error:
        reason = str(error).strip().rstrip(".") or type(error).__name__
        if isinstance(error, KeyError):
            reason = f"nothing named {error.args[0]}"
        raise InputError(
            f"Expected a readable {kind} at {path}. Got '{reason}' instead: the file is damaged, "
            f"incomplete or of another format."
        ) from error


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Append the file name to any InputError."""
    try:
        yield
    except InputError as error:
        name = os.path.basename(path.rstrip("/"))
        if name and name in str(error):
            raise
        kind = SourceError if isinstance(error, SourceError) else InputError
        raise kind(f"{error} (Reading {path}.)") from error


def check_file(path: str) -> int:
    """Return the size of the file at ``path`` in bytes; raise InputError if absent or empty."""
    if not os.path.isfile(path):
        what = "a folder" if os.path.isdir(path) else "nothing by that name"
        raise SourceError(f"Expected a file at {path}. Got {what} instead: check the name.")
    size = os.path.getsize(path)
    if not size:
        raise InputError(f"Expected a volume at {path}. Got an empty file instead.")
    return size

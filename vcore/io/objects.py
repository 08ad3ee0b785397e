"""Volumes in memory: objects of other libraries, recognised by type.

No library is imported for this, as the creator of an object has already imported its library
(``sys.modules``).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from vcore.errors import InputError, VcoreError
from vcore.io.request import ReadRequest
from vcore.model.volume import Volume


@dataclass(frozen=True)
class Kind:
    """Types of a library, and the module of ``vcore.io`` whose ``read_object`` reads them."""

    library: str
    types: tuple[str, ...]
    reader: str


KINDS = (
    Kind("xarray", ("DataArray", "Dataset"), "xarray_objects"),
    Kind("zarr", ("Array", "Group"), "omezarr"),
    Kind("h5py", ("Dataset", "Group"), "hdf5"),
    Kind("dask.array", ("Array",), "arrays"),
    Kind("vtkmodules.vtkCommonDataModel", ("vtkImageData", "vtkRectilinearGrid"), "vtk"),
)
UNDERSTOOD = (
    "a path, a vcore.Volume, an open file, an array of NumPy or dask, DataArray or Dataset of "
    "xarray, Array or Group of Zarr, Dataset or Group of h5py, vtkImageData or vtkRectilinearGrid"
)
RICHER = ("dims", "dimensions", "coords", "affine", "spacing", "GetSpacing")
"""Attributes of objects with more metadata than an array."""


def read_object(source: ReadRequest, given: Any) -> Volume:
    """Return the volume of an object; its values are read on access.

    Parameters
    ----------
    source
        Options of the caller; its path is the name of the object in messages (see ``name_of``).
    given
        The object.

    Raises
    ------
    InputError
        An object that is not understood, or of which no volume can be made.
    """
    is_open_file = _is_one(given, "vcore.dataset", "Dataset")
    if isinstance(given, Volume) or is_open_file:
        if source.axes:
            raise InputError(
                f"Expected `axes` for arrays alone. Got {source.axes!r} for {source.path} instead, "
                f"whose axes are known: leave it out."
            )
        found: Volume = given.volume() if is_open_file else given
        return found
    kind = _kind_of(given)
    reader = kind[0].reader if kind else _reader_of_array(given)
    if not reader:
        raise not_understood(given)
    with taking(source.path):
        volume: Volume = import_module(f"vcore.io.{reader}").read_object(source, given)
    return volume


def name_of(given: Any) -> str:
    """Return the name of an object in messages: its type, by its public name."""
    if kind := _kind_of(given):
        library = kind[0].library.removeprefix("vtkmodules.vtkCommonDataModel")
        return f"the {library}.{kind[1]}" if library else f"the {kind[1]}"
    module, name = type(given).__module__, type(given).__qualname__
    return f"the {name}" if module == "builtins" else f"the {module}.{name}"


@contextmanager
def taking(name: str) -> Iterator[None]:
    """Convert all errors of another library to InputError."""
    try:
        yield
    except VcoreError:
        raise
    except Exception as error:
        reason = str(error).strip(" '\".") or type(error).__name__
        raise InputError(
            f"Expected a volume in {name}. Got '{reason}' instead: see whether its values can be "
            f"read, and whether it is still open."
        ) from error


def not_understood(given: Any) -> InputError:
    """Return the error for an object of an unsupported type."""
    return InputError(
        f"Expected {UNDERSTOOD}. Got {name_of(given)[4:]} instead: convert it, or, if its values "
        f"are all there is to keep, give them as numpy.asarray(…)."
    )


def _kind_of(given: Any) -> tuple[Kind, str] | None:
    return next(
        (
            (kind, name)
            for kind in KINDS
            for name in kind.types
            if _is_one(given, kind.library, name)
        ),
        None,
    )


def _is_one(given: Any, library: str, name: str) -> bool:
    found = getattr(sys.modules.get(library), name, None)
    return isinstance(found, type) and isinstance(given, found)


def _reader_of_array(given: Any) -> str:
    is_array = all(hasattr(given, name) for name in ("shape", "dtype", "__getitem__"))
    return "arrays" if is_array and not any(hasattr(given, name) for name in RICHER) else ""

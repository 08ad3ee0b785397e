"""Which module reads and which writes a file, by the end of its name."""

import os
from importlib import import_module
from types import ModuleType

from vcore.errors import InputError
from vcore.model.text import printable

READERS = {
    ".raw": "raw",
    ".bin": "raw",
    ".dat": "raw",
    ".npy": "npy",
    ".npz": "npz",
    ".nrrd": "nrrd",
    ".nhdr": "nrrd",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".nii": "nifti",
    ".vti": "vtk",
    ".vtr": "vtk",
    ".pvd": "pvd",
    ".mha": "metaimage",
    ".mhd": "metaimage",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".he5": "hdf5",
    ".ims": "imaris",
    ".xml": "bdv",
    ".nc": "netcdf",
    ".nc4": "netcdf",
    ".fits": "fits",
    ".fit": "fits",
    ".zarr": "omezarr",
}
WITH_LEVELS = {".ims": "imaris", ".xml": "bdv", ".h5": "bdv", ".hdf5": "bdv"}
"""Modules that also read the coarser levels of a file, as ``images``."""
COMPRESSIBLE = (".raw", ".bin", ".dat", ".npy", ".nii", ".fits", ".fit")
"""Suffixes that may be followed by .gz or .bz2."""

WRITERS = {
    ".raw": "raw",
    ".bin": "raw",
    ".dat": "raw",
    ".npy": "npy",
    ".nrrd": "nrrd_write",
    ".tif": "tiff_write",
    ".tiff": "tiff_write",
    ".vti": "vtk_write",
    ".vtr": "vtk_write",
    ".zarr": "omezarr_write",
}
UNSTRUCTURED = (
    *(".vtu", ".pvtu", ".vtp", ".pvtp", ".vts", ".pvts", ".vtm", ".vtmb", ".vtpc", ".vtpd"),
    *(".vth", ".vthb", ".vtkhdf"),
)
"""VTK files whose points are not on a regular or rectilinear grid."""

CODECS = {".gz": "gzip", ".bz2": "bz2"}
DATA_OF_HEADERS = (".raw", ".bin", ".dat", ".zraw")
"""Data files that lie beside a .nhdr or .mhd header."""


ZARR_FILES = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")


def readable_suffixes() -> tuple[str, ...]:
    """Return the name endings that ``read`` knows, compressed ones included."""
    compressed = (s + c for s in COMPRESSIBLE for c in CODECS)
    return tuple(sorted((*READERS, *compressed)))


def writable_suffixes() -> tuple[str, ...]:
    """Return the name endings that ``write`` knows."""
    return tuple(sorted(WRITERS))


def suffix_of(path: str) -> str:
    """Return the last suffix of ``path`` in lower case, with the one before a .gz or .bz2."""
    stem, last = os.path.splitext(path.rstrip("/\\").lower())
    if last not in CODECS:
        return last
    inner = os.path.splitext(stem)[1]
    return inner + last if inner in COMPRESSIBLE else last


def codec_of(path: str) -> str:
    """Return the compression that the name of ``path`` tells: "gzip", "bz2" or ""."""
    return CODECS.get(os.path.splitext(path.lower())[1], "")


def stem_of(path: str) -> str:
    """Return the file's name without folder and suffixes: what to call its only variable."""
    name = printable(os.path.basename(path.rstrip("/\\")))
    suffix = suffix_of(name)
    stem = name[: -len(suffix)] if suffix else name
    return stem.removesuffix(".ome") or name


def is_zarr(folder: str) -> bool:
    """Return whether ``folder`` is a Zarr array or group."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in ZARR_FILES)


def reader_of(path: str) -> ModuleType:
    """Return the module that reads ``path``.

    Raises
    ------
    InputError
        A suffix that no reader knows, or unstructured data.
    """
    suffix = ".zarr" if is_zarr(path) else suffix_of(path)
    if suffix in UNSTRUCTURED:
        raise InputError(
            f"Expected voxels on a regular or rectilinear grid. Got the unstructured or AMR file "
            f"{path} instead: in ParaView apply the filter Resample To Image and save it as .vti."
        )
    for codec in CODECS:
        suffix = suffix.removesuffix(codec)
    if suffix not in READERS:
        raise InputError(
            f"Expected a file that ends with one of {' '.join(readable_suffixes())}. Got {path} "
            f"instead: for a headerless file of values give `shape` and `dtype`."
        )
    return import_module(f"vcore.io.{READERS[suffix]}")


def writer_of(path: str) -> ModuleType:
    """Return the module that writes ``path``; raises InputError for a suffix that none knows."""
    suffix = suffix_of(path)
    if suffix not in WRITERS:
        raise InputError(
            f"Expected an output name that ends with one of {' '.join(writable_suffixes())}. "
            f"Got {path} instead."
        )
    return import_module(f"vcore.io.{WRITERS[suffix]}")

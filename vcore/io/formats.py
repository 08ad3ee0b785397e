"""Modules that read and write a file, by the end of its name."""

import logging
import os
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from vcore.container import Container
from vcore.container.header import OTHER_KINDS
from vcore.errors import InputError, VcoreError
from vcore.model.text import printable

logger = logging.getLogger(__name__)

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
    ".btf": "tiff",
    ".lsm": "tiff",
    ".ome": "tiff",
    ".nii": "nifti",
    ".hdr": "nifti",
    ".img": "nifti",
    ".vti": "vtk",
    ".vtr": "vtk",
    ".pvti": "vtk",
    ".pvtr": "vtk",
    ".vtk": "vtk_legacy",
    ".vtkhdf": "vtkhdf",
    ".pvd": "pvd",
    ".xdmf": "xdmf",
    ".xmf": "xdmf",
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
    ".fts": "fits",
    ".fz": "fits",
    ".mrc": "mrc",
    ".map": "mrc",
    ".rec": "mrc",
    ".st": "mrc",
    ".ali": "mrc",
    ".mrcs": "mrc",
    ".dcm": "dicom",
    ".dicom": "dicom",
    ".zarr": "omezarr",
    ".zarr.zip": "omezarr",
    ".ozx": "omezarr",
    ".czi": "bioio",
    ".nd2": "bioio",
    ".lif": "bioio",
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".jp2": "image",
    ".j2k": "image",
    ".jpc": "image",
    ".bmp": "image",
}
IMAGES = {".jpeg": ".jpg", ".j2k": ".jp2", ".jpc": ".jp2"}
"""Suffixes of images that tell the same format as another one."""
SIGNATURES = {
    "npy": (b"\x93NUMPY",),
    "npz": (b"PK",),
    "nrrd": (b"NRRD",),
    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "nifti": (b"\x5c\x01\0\0", b"\0\0\x01\x5c", b"\x1c\x02\0\0", b"\0\0\x02\x1c"),
    "vtk": (b"<VTKFile", b"<?xml"),
    "vtk_legacy": (b"# vtk DataFile",),
    "vtkhdf": (b"\x89HDF\r\n\x1a\n",),
    "pvd": (b"<VTKFile", b"<?xml"),
    "xdmf": (b"<Xdmf", b"<?xml"),
    "metaimage": (b"ObjectType", b"NDims", b"Comment"),
    "hdf5": (b"\x89HDF\r\n\x1a\n",),
    "imaris": (b"\x89HDF\r\n\x1a\n",),
    "bdv": (b"<SpimData", b"<?xml"),
    "netcdf": (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n"),
    "fits": (b"SIMPLE  =",),
    "mrc": (b"MAP",),
    "dicom": (b"DICM",),
    "image": (b"\x89PNG", b"\xff\xd8\xff", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"BM"),
}
"""First bytes of a module's files; headerless files have none."""
SIGNATURE_OFFSETS = {"mrc": 208, "dicom": 128}
"""Byte offset of the signature, if not 0."""
WITH_LEVELS = {".ims": "imaris", ".xml": "bdv", ".h5": "bdv", ".hdf5": "bdv"}
"""Modules that also read the coarser levels of a file, as ``images``."""
COMPRESSIBLE = (
    ".raw",
    ".bin",
    ".dat",
    ".npy",
    ".nii",
    ".fits",
    ".fit",
    ".fts",
    ".mrc",
    ".map",
    ".mrcs",
)
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
    ".zarr.zip": "ozx_write",
    ".ozx": "ozx_write",
    ".png": "png_write",
    ".nc": "netcdf_write",
    ".nc4": "netcdf_write",
    ".h5": "hdf5_write",
    ".hdf5": "hdf5_write",
    ".nii": "nifti_write",
    ".nii.gz": "nifti_write",
    ".npz": "npz",
    ".mrc": "mrc_write",
    ".fits": "fits_write",
    ".fit": "fits_write",
}
CARRYING = (
    *(".nc", ".nc4", ".h5", ".hdf5", ".npz", ".fits", ".fit"),
    *(".zarr", ".zarr.zip", ".ozx"),
)
"""Suffixes of formats that hold arrays beside the volumes."""
UNSTRUCTURED = (
    *(".vtu", ".pvtu", ".vtp", ".pvtp", ".vts", ".pvts", ".vtm", ".vtmb", ".vtpc", ".vtpd"),
    *(".vth", ".vthb"),
)
"""VTK files of other than regular or rectilinear grids."""

CODECS = {".gz": "gzip", ".bz2": "bz2"}
SHARED = (".img", ".map", ".rec", ".st", ".ali")
"""Suffixes of headerless files too: a layout from the caller wins unless the signature is found."""
DATA_OF_HEADERS = (".raw", ".bin", ".dat", ".zraw")
"""Data files beside a .nhdr or .mhd header."""


GROUP = "vcore.readers"
"""Entry points of other packages' readers."""
ZARR_FILES = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")


@cache
def outside_readers() -> dict[str, tuple[EntryPoint, ...]]:
    """Return the readers of other packages by lower-case suffix, without importing them."""
    found: dict[str, list[EntryPoint]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        suffix = point.name.lower()
        if os.path.splitext(f"name{suffix}")[1] != suffix or len(suffix) < 2:
            logger.warning(
                "Expected a suffix, such as .abc, as the name of the reader %s. Got %r instead: "
                "it is left out.",
                *(point.value, point.name),
            )
            continue
        found.setdefault(suffix, []).append(point)
    return {suffix: tuple(points) for suffix, points in found.items()}


def readable_suffixes() -> tuple[str, ...]:
    """Return the name endings that ``read`` knows, with compressed ones and other packages'."""
    compressed = (s + c for s in COMPRESSIBLE for c in CODECS)
    return tuple(sorted({*READERS, *compressed, *outside_readers()}))


def format_of(suffix: str) -> str:
    """Return the format of ``suffix``, shared by the frames of a series; "" if unknown."""
    plain = suffix
    for codec in CODECS:
        plain = plain.removesuffix(codec)
    if is_image(plain):
        return IMAGES.get(plain, plain)
    return READERS.get(plain) or (suffix if suffix in outside_readers() else "")


def is_image(suffix: str) -> bool:
    """Return whether ``suffix`` is that of a picture: a slice, or a preview beside volumes."""
    return READERS.get(suffix) == "image"


def writable_suffixes() -> tuple[str, ...]:
    """Return the name endings that ``write`` knows."""
    return tuple(sorted(WRITERS))


def suffix_of(path: str) -> str:
    """Return the last suffix of ``path`` in lower case, with the one before .gz, .bz2 or .zip."""
    stem, last = os.path.splitext(path.rstrip("/\\").lower())
    if last == ".zip" and stem.endswith(".zarr"):
        return ".zarr.zip"
    if last not in CODECS:
        return last
    inner = os.path.splitext(stem)[1]
    return inner + last if inner in COMPRESSIBLE else last


def codec_of(path: str) -> str:
    """Return the compression by the name of ``path``: "gzip", "bz2" or ""."""
    return CODECS.get(os.path.splitext(path.lower())[1], "")


def stem_of(path: str) -> str:
    """Return the file's name without folder and suffixes, the name of its only variable."""
    name = printable(os.path.basename(path.rstrip("/\\")))
    suffix = suffix_of(name)
    stem = name[: -len(suffix)] if suffix else name
    for inner in (".ome", ".fits", ".fit"):  # run.ome.tif, run.fits.fz
        stem = stem.removesuffix(inner)
    return stem or name


def is_zarr(folder: str) -> bool:
    """Return whether ``folder`` is a Zarr array or group."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in ZARR_FILES)


def writer_of(path: str) -> ModuleType:
    """Return the module that writes ``path``; raises InputError for a suffix that none knows."""
    suffix = suffix_of(path)
    if suffix not in WRITERS:
        raise InputError(
            f"Expected an output name that ends with one of {' '.join(writable_suffixes())}. "
            f"Got {path} instead."
        )
    return import_module(f"vcore.io.{WRITERS[suffix]}")


def told_compressed(path: str) -> str:
    """Return what a `.vcore` file holds, and its path."""
    try:
        kind = Container(path).header.get("kind")
    except (VcoreError, OSError):
        kind = None
    if kind not in ("scene", "images"):
        return f"the compressed file {path}"
    return f"{OTHER_KINDS[kind]}, compressed already in {path},"

"""Readers by suffix: vcore's own, and other packages' entry points ``vcore.readers``.

Listing entry points imports none of them.
"""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any, Protocol, runtime_checkable

from vcore.errors import InputError
from vcore.io import known_formats
from vcore.io.formats import (
    CODECS,
    READERS,
    SIGNATURE_OFFSETS,
    SIGNATURES,
    UNSTRUCTURED,
    WITH_LEVELS,
    codec_of,
    is_zarr,
    outside_readers,
    readable_suffixes,
    suffix_of,
)
from vcore.io.mapped import open_stream
from vcore.io.multilevel import MultiscaleImage
from vcore.io.request import ReadRequest, reading
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

SNIFFED = 64
"""Number of bytes searched for a signature."""


@runtime_checkable
class Reader(Protocol):
    """Reader of one format; the names of its entry points are its suffixes."""

    def sniff(self, path: str) -> bool:
        """Return whether ``path`` is of this format by content; asked if readers share a suffix."""

    def read(self, request: ReadRequest) -> Volume:
        """Return the volume at ``request.path``, its values read when a region is requested.

        The caller applies ``placed`` and ``variables``.

        Raises
        ------
        InputError
            A damaged or truncated file; any other exception is converted to it.
        """


@runtime_checkable
class MultilevelReader(Reader, Protocol):
    """A reader of files with coarser levels."""

    def images(self, request: ReadRequest) -> Sequence[MultiscaleImage]:
        """Return the images of a file, each with its levels."""


@dataclass(frozen=True)
class OwnReader:
    """A module of ``vcore.io``, imported on first use."""

    module: str

    def sniff(self, path: str) -> bool:
        """Return whether ``path`` has the format's signature; False for headerless formats."""
        if self.module == "omezarr":
            return is_zarr(path)
        try:
            with open_stream(path, codec_of(path)) as file:
                offset = SIGNATURE_OFFSETS.get(self.module, 0)
                start = file.read(offset + SNIFFED)[offset:]
                return start.lstrip().startswith(SIGNATURES.get(self.module, ()))
        except (OSError, EOFError, zlib.error):
            return False

    def read(self, request: ReadRequest) -> Volume:
        """Return the volume at ``request.path``."""
        volume: Volume = import_module(f"vcore.io.{self.module}").read(request)
        return volume


DICOM = OwnReader("dicom")


@dataclass(frozen=True)
class OwnMultilevelReader(OwnReader):
    """A module of ``vcore.io``, and the one that reads levels."""

    levels: str

    def images(self, request: ReadRequest) -> Sequence[MultiscaleImage]:
        """Return the images at ``request.path``."""
        found: Sequence[MultiscaleImage] = import_module(f"vcore.io.{self.levels}").images(request)
        return found


@dataclass(frozen=True)
class OutsideReader:
    """A reader of another package; its exceptions become InputError."""

    reader: Any
    package: str

    def sniff(self, path: str) -> bool:
        """Return whether the reader recognises ``path``; False if it fails."""
        try:
            return bool(self.reader.sniff(path))
        except Exception as error:  # of somebody else's
            logger.warning("%s failed to look at %s: %s", self.package, path, error)
            return False

    def read(self, request: ReadRequest) -> Volume:
        """Return the volume at ``request.path``."""
        with reading(request.path, "file"):
            volume = self.reader.read(request)
            if not isinstance(volume, Volume):
                raise InputError(
                    f"Expected a Volume from the reader of {self.package}. Got "
                    f"{type(volume).__name__} instead: ask who made it."
                )
            return volume


class OutsideMultilevelReader(OutsideReader):
    """A reader of another package that knows levels."""

    def images(self, request: ReadRequest) -> Sequence[MultiscaleImage]:
        """Return the images at ``request.path``."""
        with reading(request.path, "file"):
            found: Sequence[MultiscaleImage] = tuple(self.reader.images(request))
            return found


@cache
def _loaded(point: EntryPoint) -> OutsideReader:
    package = point.dist.name if point.dist else point.value
    try:
        found = point.load()
    except Exception as error:  # of somebody else's
        raise InputError(
            f"Expected the reader of {package} for {point.name} to be imported. Got "
            f"{type(error).__name__}: {error} instead: install what it needs, or ask who made it."
        ) from error
    if not isinstance(found, Reader):
        raise InputError(
            f"Expected a reader, with sniff() and read(), of {package} for {point.name}. Got "
            f"{point.value} without them instead: ask who made it."
        )
    return (OutsideMultilevelReader if isinstance(found, MultilevelReader) else OutsideReader)(
        found, package
    )


def reader_of(path: str) -> Reader:
    """Return the reader of ``path``.

    Of several for its suffix the first that recognises the content, vcore's own before others; the
    first if none does.

    Raises
    ------
    InputError
        An unknown suffix, unstructured data, or a reader that cannot be imported.
    """
    suffix = ".zarr" if is_zarr(path) else suffix_of(path)
    found: list[Reader] = []
    if own := _own(suffix):
        found.append(own)
    failed = None
    for point in outside_readers().get(suffix, ()):
        try:
            found.append(_loaded(point))
        except InputError as error:
            logger.warning("%s", error)
            failed = error
    if len(found) > 1:
        found = [reader for reader in found if reader.sniff(path)] or found
    if found:
        return found[0]
    if failed is not None:
        raise failed
    if DICOM.sniff(path):  # often without a suffix, or with part of an identifier as one
        return DICOM
    if suffix in UNSTRUCTURED:
        raise InputError(
            f"Expected voxels on a regular or rectilinear grid. Got the unstructured or AMR file "
            f"{path} instead: in ParaView apply the filter Resample To Image and save it as .vti."
        )
    if (known := known_formats.refused(path, suffix)) is not None:
        raise known
    raise InputError(
        f"Expected a file that ends with one of {' '.join(readable_suffixes())}. Got {path} "
        f"instead: for a headerless file of values give `shape` and `dtype`."
    )


def has_levels(path: str) -> bool:
    """Return whether the reader of ``path`` reads coarser levels; vcore's own tell by suffix, and
    of HDF5 files by their layout."""
    suffix = suffix_of(path)
    if suffix not in outside_readers():
        if READERS.get(suffix) == "hdf5":
            return bool(import_module("vcore.io.bdv").is_bdv_file(path))
        return suffix in WITH_LEVELS
    return isinstance(reader_of(path), MultilevelReader)


def _own(suffix: str) -> OwnReader | None:
    for codec in CODECS:
        suffix = suffix.removesuffix(codec)
    if suffix not in READERS:
        return None
    if suffix in WITH_LEVELS:
        return OwnMultilevelReader(READERS[suffix], WITH_LEVELS[suffix])
    return OwnReader(READERS[suffix])

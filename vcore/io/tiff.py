"""TIFF, OME-TIFF and ImageJ hyperstacks."""

import logging
import re
import struct
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import sidecar as extras
from vcore.io.assemble import variable
from vcore.io.colours import SAMPLES
from vcore.io.formats import stem_of
from vcore.io.lazy import Lazy
from vcore.io.mapped import stored_array
from vcore.io.ome_datasets import described
from vcore.io.ome_pairing import described_images
from vcore.io.ome_xml import OmeImage, limited
from vcore.io.outside import check_tiff
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import tidy_grid
from vcore.io.tiff_grid import kept, nodata_of, plain_grid
from vcore.model.grid import Grid
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray, Variable, Volume

logger = logging.getLogger(__name__)

UNNAMED = re.compile(r"^(Image:?\d*)?$")
"""Placeholder names that writers give to unnamed images."""
COLOURED = ("RGB", "YCBCR")
"""Kinds of pages that tifffile decodes to red, green and blue."""


def read(source: ReadRequest) -> Volume:
    """Read the images of equal shape to the first one, each as a variable.

    Contiguous values are memory-mapped; otherwise only the pages in a region are decoded.
    """
    need("tifffile")
    check_file(source.path)
    path, xml = described(source)
    source = replace(source, path=path)
    file = _File(path, xml)
    with reading(source.path, "TIFF"):
        tif = file.opened()
        check_tiff(source, tif)
        images = described_images(source.path, tif)
        names = _names(tif, images, stem_of(source.path))
        chosen = _chosen(tif, names, source)
        variables = tuple(
            _named(_variable(source, file, i, names[i], images[i]), images[i]) for i in chosen
        )
        found, image = variables[0], images[chosen[0]]
        attributes = kept(tif)
        if any(images) and (xml := limited(source.path, tif.ome_metadata)):
            attributes["ome_xml"] = xml
        if image is not None:
            grid = _ome_grid(source.path, image, found)
            _warn_of_others(source.path, [(names[i], images[i]) for i in chosen])
        else:
            grid = plain_grid(source.path, tif, found)
        if source.axes:
            stored = _layout(tif.series[chosen[0]], image.extras.get("axes") if image else None)[1]
            grid |= _relabelled(grid, stored, source.axes)
        volume = Volume(Grid(shape=found.shape[-3:], **grid), variables, attributes=attributes)  # type: ignore[arg-type]
        return extras.restore(volume, image.extras if image else {}, source.path)


class _File:
    """A TIFF opened on first read, and closed with its last reader."""

    def __init__(self, path: str, xml: str | None = None) -> None:
        self.path, self.lock = path, RLock()
        self._xml = xml
        self._tif: Any = None
        self._closing: Any = None

    def opened(self) -> Any:
        """Return the open file."""
        with self.lock:
            if self._tif is None:
                self._tif = _opened(self.path, self._xml)
                self._tif.filehandle.set_lock(True)
                self._closing = weakref.finalize(self, self._tif.close)
            return self._tif

    def close(self) -> None:
        """Close the file until the next read, so that long series do not exhaust file handles."""
        with self.lock:
            if self._tif is not None:
                self._closing()
                self._tif = None


def _opened(path: str, xml: str | None) -> Any:
    """Open a TIFF, without OME-XML or ImageJ metadata if that does not match its pages.

    ``xml`` is the OME-XML of a companion file, instead of the file's own.
    """
    tifffile = need("tifffile")
    tif = tifffile.TiffFile(path, omexml=xml)
    if not (tif.is_ome or tif.is_imagej):
        return tif
    try:
        _check_pages(tif)
    except Exception as error:  # raised by a wrong size, type or order
        what = "OME-XML" if tif.is_ome else "ImageJ text"
        tif.close()
        logger.warning(
            "%s: ignored its invalid %s (%s); read the values without sizes and names",
            path,
            what,
            error,
        )
        return tifffile.TiffFile(path, is_ome=False, is_imagej=False)
    return tif


def _check_pages(tif: Any) -> None:
    """Raise an error from tifffile, or ValueError, if pages do not make up the images."""
    for series in tif.series:
        values = len(series.pages) * series.keyframe.size
        if series.dataoffset is None and values != prod(series.shape):
            raise ValueError(f"{len(series.pages)} pages for {series.shape}")


class _Pages(Lazy):
    """A series of pages; only those in the requested region are decoded."""

    def __init__(
        self, file: _File, index: int, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        super().__init__(shape, dtype)
        self._file, self._index = file, index

    def release(self) -> None:
        self._file.close()

    def _read(self, region: Region) -> NDArray[Any]:
        values = np.empty(shape_of(region), self.dtype)
        with reading(self._file.path, "TIFF"), self._file.lock:
            series = self._file.opened().series[self._index]
            lead = self._lead(len(series.pages), series.keyframe.size)
            page_shape = self.shape[lead:]
            for at in np.ndindex(values.shape[:lead]):
                page_at = [r.start + i for r, i in zip(region, at, strict=False)]
                number = int(np.ravel_multi_index(page_at, self.shape[:lead])) if lead else 0
                page = series.pages[number]
                if page is None:  # OME-TIFF may omit planes
                    values[at] = 0
                else:
                    with _open_file_of(page):
                        plane = page.asarray(maxworkers=1)
                    values[at] = plane.reshape(page_shape)[region[lead:]]
        return values

    def _lead(self, pages: int, page_size: int) -> int:
        """Return the number of leading axes along which pages are laid out."""
        for lead in range(self.ndim):
            if (prod(self.shape[:lead]), prod(self.shape[lead:])) == (pages, page_size):
                return lead
        raise ValueError(f"{pages} pages of {page_size} values do not make up {self.shape}")


@contextmanager
def _open_file_of(page: Any) -> Iterator[None]:
    """Keep the file of a page open: OME-TIFF may have planes in other files."""
    file = page.parent.filehandle
    closed = file.closed
    if closed:
        file.open()
    try:
        yield
    finally:
        if closed:
            file.close()


def _names(tif: Any, described: list[OmeImage | None], stem: str) -> list[str]:
    names = [image.name if image else "" for image in described]
    if len(names) == 1:
        return [stem if UNNAMED.match(names[0]) else names[0]]
    names = [name or f"{stem}_{i}" if any(described) else "" for i, name in enumerate(names)]
    if not any(described):
        names = [stem] + [f"{stem}_{i}" for i in range(1, len(tif.series))]
    unique = len(set(names)) == len(names)
    return names if unique else [f"{stem}_{i}" for i in range(len(names))]


def _chosen(tif: Any, names: list[str], source: ReadRequest) -> list[int]:
    """Return the series to read: the requested ones, else those shaped like the first volume, or
    like the largest image where there is none."""
    if source.variables is not None:
        return [names.index(_known(n, names, source.path)) for n in source.variables]
    largest = max(tif.series, key=lambda s: prod(s.shape))
    first = next((s for s in tif.series if _is_volume(s)), largest)
    same = [i for i, s in enumerate(tif.series) if s.shape == first.shape and s.axes == first.axes]
    if len(same) < len(tif.series):
        rest = ", ".join(n for i, n in enumerate(names[: len(tif.series)]) if i not in same)
        logger.warning("%s: skipped images of another shape: %s", source.path, rest)
    return same


def _is_volume(series: Any) -> bool:
    """Return whether a series is 3D or more, unlike a thumbnail or label image."""
    axes = _axes(str(series.axes), series.shape)
    return "z" in axes


def _warn_of_others(path: str, described: list[tuple[str, OmeImage | None]]) -> None:
    """Warn about images that differ from the first one in position or voxel size."""

    def place(image: OmeImage | None) -> Any:
        return image and (list(image.spacing), list(image.origin), image.unit)

    others = [name for name, image in described[1:] if place(image) != place(described[0][1])]
    if others:
        logger.warning(
            "%s: the images %s differ in position or voxel size; used those of %s for all",
            path,
            ", ".join(others),
            described[0][0],
        )


def _known(name: str, names: list[str], path: str) -> str:
    if name not in names:
        raise InputError(
            f"Expected one of the images {', '.join(names)} in {path}. Got {name!r} instead."
        )
    return name


def _variable(
    source: ReadRequest, file: _File, index: int, name: str, image: OmeImage | None
) -> Variable:
    tif = file.opened()
    series = tif.series[index]
    shape, axes = _layout(series, image.extras.get("axes") if image else None)
    offset = series.dataoffset
    data: LazyArray
    if offset is not None and series.keyframe.parent is tif:
        dtype = series.dtype.newbyteorder(tif.byteorder)
        data = stored_array(file.path, shape, dtype, offset=offset)
    else:
        data = _Pages(file, index, shape, series.dtype)
        if series.kind == "ome" and (absent := sum(page is None for page in series.pages)):
            logger.warning("%s: %d planes of %s are missing and read as 0", file.path, absent, name)
    fill = nodata_of(tif, series.dtype)
    components = _samples(series, axes)
    found = variable(source, name, data, axes, components=components, fill_value=fill)
    if found.flat:
        _check_next_page(file.path, tif)
    return found


def _samples(series: Any, axes: str) -> tuple[str, ...]:
    """Return the names of the channels if they are the samples of colours."""
    if "C" in series.axes or "c" not in axes or series.keyframe.photometric.name not in COLOURED:
        return ()
    return tuple(SAMPLES)[: series.keyframe.samplesperpixel]


def _check_next_page(path: str, tif: Any) -> None:
    """Refuse a file whose next page would begin behind its end: a stack that was cut off.

    tifffile reads the pages before it, the first of which alone looks like an image.
    """
    handle, form = tif.filehandle, tif.tiff
    handle.seek(tif.pages[-1].offset)
    (count,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    handle.seek(tif.pages[-1].offset + form.tagnosize + count * form.tagsize)
    (following,) = struct.unpack(form.offsetformat, handle.read(form.offsetsize))
    if following >= handle.size:
        raise InputError(
            f"Expected a page at byte {following} of {path}. Got {handle.size} bytes instead: the "
            f"file is cut off."
        )


def _layout(series: Any, kept: str | None) -> tuple[tuple[int, ...], str]:
    """Return shape and axis letters; drop axes of length 1 not in ``kept``, unless it is None."""
    if kept is None:
        return tuple(series.shape), _axes(str(series.axes), series.shape)
    pairs = zip(series.get_shape(False), str(series.get_axes(False)).lower(), strict=True)
    named = [(n, a) for n, a in pairs if a in kept or n > 1]
    return tuple(n for n, _ in named), "".join(a for _, a in named)


def _named(variable: Variable, image: OmeImage | None) -> Variable:
    """Return ``variable`` with channel names and image index from the OME metadata."""
    if image is None:
        return variable
    fits = "c" in variable.axes and len(image.channels) == variable.length("c")
    return replace(
        variable,
        components=image.channels if fits else variable.components,
        attributes={**variable.attributes, "ome_image": image.index},
    )


def _axes(axes: str, shape: tuple[int, ...]) -> str:
    """Map TIFF axes to t c z y x: samples are components, an unnamed stack is z."""
    if "C" not in axes:
        axes = axes.replace("S", "C")
    if "Z" not in axes:
        for unnamed in "IQ":
            if axes.count(unnamed) == 1 and shape[axes.index(unnamed)] > 1:
                axes = axes.replace(unnamed, "Z")
                break
    return axes.lower()


def _relabelled(grid: dict[str, Any], stored: str, given: str) -> dict[str, Any]:
    """Reassign sizes and positions of the stored axes to the letters given by the caller."""
    at = ["zyx".find(stored[given.index(a)]) for a in "zyx" if a in given]
    if "z" not in given:
        at = [*({0, 1, 2} - {*at}), *at]
    if sorted(at) != [0, 1, 2]:
        return {}
    return {n: tuple(grid[n][i] for i in at) for n in ("spacing", "origin") if n in grid}


def _ome_grid(path: str, image: OmeImage, found: Variable) -> dict[str, Any]:
    grid: dict[str, Any] = {"spacing": image.spacing, "origin": image.origin, "unit": image.unit}
    if found.flat and any(image.spacing) and image.spacing[0] is None:
        grid["spacing"] = [1.0, *image.spacing[1:]]  # of no consequence
    if "t" in found.source_axes:
        frames = found.length("t")
        if len(image.times) == frames:
            grid |= {"times": image.times, "time_unit": image.time_unit}
        elif image.step and np.isfinite(image.step):
            times = tuple(i * image.step for i in range(frames))
            grid |= {"times": times, "time_unit": image.time_unit}
    return tidy_grid(path, grid)

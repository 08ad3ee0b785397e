"""Pairing of the images of an OME-XML document with series of TIFF pages."""

import logging
from collections.abc import Mapping
from typing import Any

from vcore.io.ome_xml import OmeImage, images

logger = logging.getLogger(__name__)


def described_images(path: str, tif: Any) -> list[OmeImage | None]:
    """Return the OME-XML image of each series, None for series without one.

    Images and series are paired by their pages, not by order, as images without pages have no
    series.
    """
    series = list(tif.series)
    found = images(path, tif.ome_metadata) if tif.is_ome else []
    if tif.is_ome and not found and "BinaryOnly" in tif.ome_metadata:
        logger.warning("%s: its OME-XML lies in another file; read without it", path)
    if not any(s.kind == "ome" for s in series):
        return [None] * len(series)
    starts: dict[tuple[str, int], list[OmeImage]] = {}
    for described in found:
        for file, first, _ in described.pages:
            starts.setdefault((file, first), []).append(described)
    paired = [_image_of(tif, s, starts, found) for s in series]
    if not any(paired) and len(found) == len(series):
        paired = list(found)
    for s, image in zip(series, paired, strict=True):
        if image is None:
            logger.warning("%s: no image of its OME-XML is that of %s", path, s.name)
    return paired


def _image_of(
    tif: Any, series: Any, starts: Mapping[tuple[str, int], list[OmeImage]], found: list[OmeImage]
) -> OmeImage | None:
    """Return the image that contains the first page of a series.

    ``starts`` indexes images by the first page of their blocks. It usually contains the page, and
    avoids a search through all blocks, which is slow for files with many images.
    """
    page = next((p for p in series.pages if p is not None), None)
    if page is None or not isinstance(page.index, int):
        return None
    name = "" if page.parent is tif else page.parent.filename
    fits = starts.get((name, page.index)) or [
        image
        for image in found
        for file, first, count in image.pages
        if file == name and first <= page.index and (not count or page.index < first + count)
    ]
    return fits[0] if len({image.index for image in fits}) == 1 else None

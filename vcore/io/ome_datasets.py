"""OME-TIFF datasets of several files: one file represents each, with the OME-XML of all.

https://ome-model.readthedocs.io/en/stable/ome-tiff/specification.html
"""

import logging
import os
import re
from collections.abc import Sequence
from html import unescape

from vcore.errors import InputError
from vcore.io.formats import format_of, suffix_of
from vcore.io.outside import OME_FILE, named_file
from vcore.io.request import ReadRequest, check_file, need, reading

logger = logging.getLogger(__name__)

COMPANION = ".ome"
"""Suffix of OME-XML alone, beside the TIFF files that it describes."""
METADATA_FILE = re.compile(r"""<(?:\w+:)?BinaryOnly\b[^>]*\bMetadataFile\s*=\s*["']([^"']*)["']""")
"""Name of the file with the OME-XML of a BinaryOnly file."""


def described(source: ReadRequest) -> tuple[str, str | None]:
    """Return the TIFF file to open for ``source``, and its OME-XML if that is in a companion file.

    Raises
    ------
    InputError
        A companion file that names no TIFF file, or files outside the folder.
    """
    path, xml = source.path, None
    if suffix_of(path) != COMPANION:
        name = METADATA_FILE.search(_xml_of(path))
        if name is None:
            return path, None
        other = named_file(source, unescape(name[1]))
        if not os.path.isfile(other):
            logger.warning("%s: its OME-XML, %s, is missing; read without it", path, other)
            return path, None
        if suffix_of(other) != COMPANION:
            return other, None
        companion = other
    else:
        companion = path
    check_file(companion)
    with reading(companion, "OME-XML file"), open(companion, encoding="utf-8") as file:
        xml = file.read()
        if companion == path:
            path = next(filter(os.path.isfile, _named(source, xml)), "")
    if not path:
        raise InputError(
            f"Expected TIFF files that {companion} names, beside it. Got none instead: put them "
            f"into its folder."
        )
    return path, xml


def representatives(source: ReadRequest, paths: Sequence[str]) -> list[str]:
    """Return one path per dataset, in the order of ``paths``; other files stand for themselves.

    Parameters
    ----------
    source
        Options of the request.
    paths
        Files, of which several may be described by one OME-XML document.
    """
    if {format_of(suffix_of(path)) for path in paths} != {"tiff"}:
        return list(paths)
    given = {os.path.realpath(path) for path in paths}
    found: dict[str, str] = {}
    seen: set[str] = set()
    # companion files first: the TIFF files that they describe may not name them
    for path in sorted(paths, key=lambda p: suffix_of(p) != COMPANION):
        if os.path.realpath(path) in seen:
            continue
        request = ReadRequest(path, allow_outside=source.allow_outside)
        first, xml = described(request)
        own = ReadRequest(first, allow_outside=source.allow_outside)
        members = {os.path.realpath(p) for p in _named(own, xml or _xml_of(first))}
        members |= {os.path.realpath(path), os.path.realpath(first)}
        if others := sorted(os.path.basename(p) for p in members - given if os.path.isfile(p)):
            logger.warning("%s: read %s too, of the same OME dataset", path, ", ".join(others))
        seen |= members
        found[path] = first if xml is None else path
    return [found[path] for path in paths if path in found]


def _named(source: ReadRequest, xml: str) -> list[str]:
    names = dict.fromkeys(unescape(a or b) for a, b in OME_FILE.findall(xml))
    return [named_file(source, name) for name in names]


def _xml_of(path: str) -> str:
    """Return the OME-XML of a TIFF file, "" if it has none."""
    check_file(path)
    with reading(path, "TIFF"), need("tifffile").TiffFile(path) as tif:
        return (tif.ome_metadata or "") if tif.is_ome else ""

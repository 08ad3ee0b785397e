"""Colours of channels, as OME-Zarr (RRGGBB) and OME-XML (RGBA in one signed integer) have them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from vcore.io.ngff_matrices import mappings
from vcore.io.ome_xml import parsed
from vcore.model.volume import Variable, Volume

HEX = re.compile("[0-9A-Fa-f]{6}")
SAMPLES = {"R": "FF0000", "G": "00FF00", "B": "0000FF", "A": "FFFFFF"}
"""Names of the samples of a coloured picture, in its order, and the colours they are shown in."""


def colours_of(volume: Volume, variable: Variable) -> tuple[str, ...]:
    """Return the colour (RRGGBB) of each channel of a variable's source, empty if it tells none."""
    names = variable.components
    return told_colours(volume.attributes, variable.attributes, variable.length("c"), names)


def told_colours(
    attributes: Mapping[str, Any],
    own: Mapping[str, Any],
    count: int,
    names: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the colours of ``count`` channels by the ``attributes`` of their volume, their
    ``own``, the variable's, and their ``names``, as in pictures; empty if these tell none."""
    if "omero" in own:
        return omero_colours(own["omero"], count)
    found = _of_xml(attributes.get("ome_xml"), own.get("ome_image"))
    if len(found) == count:
        return tuple(found)
    return tuple(SAMPLES.values())[:count] if are_samples(names) and len(names) == count else ()


def are_samples(names: Sequence[str]) -> bool:
    """Return whether channels are red, green and blue, perhaps with opacity, by their names."""
    return len(names) >= 3 and tuple(names) == tuple(SAMPLES)[: len(names)]


def omero_colours(omero: object, count: int) -> tuple[str, ...]:
    """Return the colours of ``count`` channels of OME-Zarr's ``omero``, empty if these are not
    all there."""
    channels = mappings(omero.get("channels")) if isinstance(omero, Mapping) else []
    found = [str(c.get("color", "")) for c in channels]
    fits = len(found) == count and all(map(HEX.fullmatch, found))
    return tuple(c.upper() for c in found) if fits else ()


def _of_xml(xml: object, number: object) -> list[str]:
    try:
        images = list(parsed(str(xml)).iter("Image")) if xml else []
        if not isinstance(number, int) or not 0 <= number < len(images):
            return []
        channels = images[number].findall("Pixels/Channel")
        numbers = [int(c.get("Color", "")) for c in channels]
    except (ElementTree.ParseError, ValueError):  # damaged, or without a colour
        return []
    return [f"{(n & 0xFFFFFFFF) >> 8:06X}" for n in numbers]


def signed(colour: str) -> int:
    """Return an opaque colour RRGGBB as OME-XML has it."""
    found = int(colour, 16) << 8 | 0xFF
    return found - (1 << 32) if found >= 1 << 31 else found

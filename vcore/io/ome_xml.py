"""OME-XML metadata of the images of a TIFF: names, voxel sizes, times, channels."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

from vcore.io.sidecar import KEY, loads
from vcore.io.tidy import number
from vcore.io.units import METERS, common_unit, factor, length_unit, time_unit

logger = logging.getLogger(__name__)

SCHEMAS = "http://www.openmicroscopy.org/Schemas/"
UNIT_DEFAULT = {"PhysicalSize": "µm", "Position": "reference frame", "TimeIncrement": "s"}
"""Default units of absent attributes (OME-XML schema 2016-06)."""
MAX_TEXT = 1 << 18
"""Maximum length of the OME-XML kept as an attribute, in characters."""

Element = ElementTree.Element


@dataclass(frozen=True)
class OmeImage:
    """Image element of OME-XML; sequences are in the order z y x.

    Parameters
    ----------
    index
        Index in the document.
    spacing
        Voxel sizes, not validated; None if unknown.
    pages
        File ("" for the one with the document), index of the first page and number of pages (0 if
        unknown) of each block of planes.
    extras
        vcore's own annotation.
    """

    index: int = 0
    name: str = ""
    spacing: Sequence[float | None] = (None, None, None)
    origin: Sequence[float] = (0.0, 0.0, 0.0)
    unit: str = ""
    times: tuple[float, ...] = ()
    step: float | None = None
    time_unit: str = ""
    channels: tuple[str, ...] = ()
    pages: tuple[tuple[str, int, int], ...] = ()
    extras: dict[str, Any] = field(default_factory=dict)


def parsed(xml: str) -> Element:
    """Return the root of an OME-XML document, with OME's namespace removed from its elements."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith(f"{{{SCHEMAS}"):
            element.tag = element.tag.rpartition("}")[2]
    return root


def images(path: str, xml: str | None) -> list[OmeImage]:
    """Return the images described by an OME-XML document, in its order.

    An invalid document gives an empty list and a warning, as the pixel data is still readable.
    """
    if not xml:
        return []
    try:
        root = parsed(xml)
    except ElementTree.ParseError as error:
        logger.warning(
            "%s: its OME-XML is damaged (%s); took the values without sizes and names", path, error
        )
        return []
    found = []
    for index, element in enumerate(root.iter("Image")):
        pixels = element.find("Pixels")
        if pixels is None:
            continue
        try:
            found.append(image_of(path, root, element, pixels, index))
        except (ValueError, TypeError, ArithmeticError) as error:
            logger.warning("%s: image %d of its OME-XML makes no sense: %s", path, index, error)
            found.append(OmeImage(index, element.get("Name") or "", pages=_pages(root, pixels)))
    return found


def image_of(path: str, root: Element, element: Element, pixels: Element, index: int) -> OmeImage:
    """Parse one Image element."""
    sizes = [pixels.get(f"PhysicalSize{a}") for a in "ZYX"]
    units = [
        None if s is None else _unit(pixels, f"PhysicalSize{a}")
        for a, s in zip("ZYX", sizes, strict=True)
    ]
    unit, factors = common_unit(path, units)
    planes = pixels.findall("Plane")
    times, times_unit = _times(planes)
    increment = pixels.get("TimeIncrement")
    labels = [c.get("Name") or "" for c in pixels.findall("Channel")]
    return OmeImage(
        index=index,
        name=element.get("Name") or "",
        spacing=[None if s is None else number(s) * f for s, f in zip(sizes, factors, strict=True)],
        origin=_origin(path, planes, unit, told=any(sizes)),
        unit=unit,
        times=times,
        step=number(increment) if increment else None,
        time_unit=time_unit(times_unit or _unit(pixels, "TimeIncrement")),
        channels=tuple(labels) if labels and all(labels) else (),
        pages=_pages(root, pixels),
        extras=_extras(root, element),
    )


def limited(path: str, xml: str) -> str:
    """Return the document, reduced to at most MAX_TEXT characters by removing planes and
    annotations, with a warning; empty if it is still too long."""
    if len(xml) <= MAX_TEXT:
        return xml
    try:
        root = parsed(xml)
    except ElementTree.ParseError:
        return ""
    for name, parents in (("Plane", root.iter("Pixels")), ("StructuredAnnotations", [root])):
        for parent in list(parents):
            for child in parent.findall(name):
                parent.remove(child)
        text = ElementTree.tostring(root, encoding="unicode")
        if len(text) <= MAX_TEXT:
            logger.warning("%s: its OME-XML is long; kept it without each %s", path, name)
            return text
    logger.warning("%s: its OME-XML is too long and is not kept", path)
    return ""


def _origin(path: str, planes: list[Element], unit: str, *, told: bool) -> list[float]:
    """Return the position of the first plane in the unit of the sizes."""
    first = next((p for p in planes if _at(p) == ("0", "0", "0")), None)
    second = next((p for p in planes if _at(p) == ("0", "0", "1")), None)
    if first is not None and second is not None:
        one, two = (number(p.get("PositionZ")) for p in (first, second))
        if two < one:
            logger.warning(
                "%s: its planes lie at falling positions along z, from %g to %g; took them as "
                "rising from the first",
                path,
                one,
                two,
            )
    values = [number(0 if first is None else first.get(f"Position{a}", "0")) for a in "ZYX"]
    if first is None or not any(values):
        return [0.0, 0.0, 0.0]
    units = [
        length_unit(_unit(first, f"Position{a}")) if first.get(f"Position{a}") else unit
        for a in "ZYX"
    ]
    if set(units) == {unit}:
        return values
    if not told or not unit:
        logger.warning(
            "%s: it has positions in %s, but no sizes of voxels in a unit; took the origin 0",
            path,
            " and ".join(sorted({u for u in units if u})),
        )
        return [0.0, 0.0, 0.0]
    if not all(u in METERS for u in (unit, *units)):
        logger.warning("%s: its positions have no unit of length; took them as %s", path, unit)
    scales = [factor(u, unit) if {u, unit} <= set(METERS) else 1.0 for u in units]
    return [float(f"{v * s:.15g}") if s != 1 else v for v, s in zip(values, scales, strict=True)]


def _times(planes: list[Element]) -> tuple[tuple[float, ...], str]:
    """Return the times of each frame's first plane and their unit, empty if any is absent."""
    first = [p for p in planes if _at(p)[1:] == ("0", "0") and p.get("TheT", "0").isdigit()]
    first.sort(key=lambda p: int(p.get("TheT", "0")))
    if not first or any(p.get("DeltaT") is None for p in first):
        return (), ""
    return tuple(number(p.get("DeltaT")) for p in first), first[0].get("DeltaTUnit") or "s"


def _at(plane: Element) -> tuple[str, str, str]:
    return plane.get("TheT", "0"), plane.get("TheC", "0"), plane.get("TheZ", "0")


def _unit(element: Element, name: str) -> str:
    return element.get(f"{name}Unit") or UNIT_DEFAULT[name.rstrip("XYZ")]


def _pages(root: Element, pixels: Element) -> tuple[tuple[str, int, int], ...]:
    """Return the blocks of planes: file, first page, count."""
    found = []
    for data in pixels.findall("TiffData"):
        uuid = data.find("UUID")
        own = uuid is None or (uuid.text or "").strip() == root.get("UUID")
        name = "" if own or uuid is None else PurePosixPath(uuid.get("FileName") or "").name
        first = data.get("IFD", "0")
        count = (
            data.get("PlaneCount")
            or data.get("NumPlanes")
            or ("1" if "IFD" in data.attrib else "0")
        )
        if first.isdigit() and count.isdigit():
            found.append((name, int(first), int(count)))
    return tuple(found)


def _extras(root: Element, image: Element) -> dict[str, Any]:
    """Return vcore's own annotation of the image."""
    refs = {r.get("ID") for r in image.findall("AnnotationRef")}
    for annotation in root.iterfind("StructuredAnnotations/CommentAnnotation"):
        if annotation.get("Namespace") == KEY and annotation.get("ID") in refs:
            return loads(annotation.findtext("Value") or "")
    return {}

"""OME-XML output: tifffile's, merged with the source's metadata of instruments, channels and
planes."""

import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

from vcore.io import sidecar as extras
from vcore.io.ome_xml import Element, image_of, parsed
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
SIZES = ("SizeX", "SizeY", "SizeZ", "SizeC", "SizeT")
WRITTEN = (
    *(f"PhysicalSize{a}{unit}" for a in "XYZ" for unit in ("", "Unit")),
    *("TimeIncrement", "TimeIncrementUnit", "BigEndian", "Interleaved"),
)
"""Attributes of Pixels taken only from tifffile."""
BEFORE_IMAGES = {
    *("Rights", "Project", "Dataset", "Folder", "Experiment", "Plate", "Screen", "Experimenter"),
    *("ExperimenterGroup", "Group", "Instrument"),
}


def document(written: str, volume: Volume, known: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the OME-XML of the written images.

    Parameters
    ----------
    written
        Document written by tifffile, with one image per variable.
    volume
        Written volume; its attribute ``ome_xml`` is the document of its source, if any, and the
        attribute ``ome_image`` of a variable the image's index in it.
    known
        vcore's own metadata of each variable, stored as an annotation.
    """
    ElementTree.register_namespace("xsi", INSTANCE)
    own = parsed(written)
    root = _original(volume)
    sources = (
        [] if root is None else [e for e in root.iter("Image") if e.find("Pixels") is not None]
    )
    by_number = [] if root is None else list(root.iter("Image"))
    if root is None:
        root = own
    result = []
    for variable, image in zip(volume.variables, own.findall("Image"), strict=True):
        number = variable.attributes.get("ome_image")
        source = None
        if isinstance(number, int) and 0 <= number < len(by_number):
            source = by_number[number] if by_number[number] in sources else None
        result.append(image if source is None else _merged(root, source, image))
    for old in root.findall("Image"):
        root.remove(old)
    at = max((i + 1 for i, e in enumerate(root) if e.tag in BEFORE_IMAGES), default=0)
    root[at:at] = result
    _number_ids(result)
    _without_dangling(root, {str(e.get("ID")) for e in result})
    for image, kept in zip(result, known, strict=True):
        if kept:
            _annotate(root, image, extras.dumps(kept))
    root.attrib.pop("UUID", None)
    if uuid := own.get("UUID"):
        root.set("UUID", uuid)
    root.set("xmlns", NAMESPACE)
    root.set(f"{{{INSTANCE}}}schemaLocation", f"{NAMESPACE} {NAMESPACE}/ome.xsd")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()


def _original(volume: Volume) -> Element | None:
    xml = volume.attributes.get("ome_xml")
    if not isinstance(xml, str):
        return None
    try:
        root = parsed(xml)
    except ElementTree.ParseError as error:
        logger.warning("the OME-XML of the source is damaged and is not written: %s", error)
        return None
    return root if root.tag == "OME" else None


def _merged(root: Element, source: Element, written: Element) -> Element:
    """Return the image of ``source`` with the pixels of ``written``."""
    image, own = deepcopy(source), written.find("Pixels")
    pixels = image.find("Pixels")
    if pixels is None or own is None:
        return written
    image.set("Name", written.get("Name") or "")
    same_layout = all(pixels.get(n) == own.get(n) for n in SIZES)
    channels, planes = pixels.findall("Channel"), pixels.findall("Plane")
    if not (same_layout and _same_place(root, source, written)):
        planes = own.findall("Plane")
    if _samples(channels) == _samples(own.findall("Channel")):
        for channel, other in zip(channels, own.findall("Channel"), strict=True):
            if other.get("Name"):
                channel.set("Name", other.get("Name") or "")
    else:
        channels = own.findall("Channel")
    if pixels.get("Type") != own.get("Type"):
        pixels.attrib.pop("SignificantBits", None)
    for name in WRITTEN:
        pixels.attrib.pop(name, None)
    pixels.attrib.update({k: v for k, v in own.attrib.items() if k != "ID"})
    rest = [e for e in pixels if e.tag == "AnnotationRef"]
    pixels[:] = [*channels, *own.findall("TiffData"), *planes, *rest]
    return image


def _same_place(root: Element, source: Element, written: Element) -> bool:
    """Return whether the written grid equals that of the source."""

    def place(image: Element) -> tuple[Any, ...]:
        pixels = image.find("Pixels")
        if pixels is None:
            return ()
        found = image_of("", root, image, pixels, 0)
        frames = int(pixels.get("SizeT") or 1)
        times = found.times or tuple(i * (found.step or 0.0) for i in range(frames))
        times = times if frames > 1 else ()
        values = (*(s or 1.0 for s in found.spacing), *found.origin, *times)
        unit = found.time_unit if any(times) else ""
        return found.unit, unit, len(times), *(float(f"{v:.9g}") for v in values)

    try:
        before = place(source)
    except (ValueError, TypeError, ArithmeticError):
        return False
    return before == place(written)


def _samples(channels: Sequence[Element]) -> list[str]:
    return [c.get("SamplesPerPixel") or "1" for c in channels]


def _number_ids(images: Sequence[Element]) -> None:
    """Renumber images, pixels and channels if their IDs are not unique."""
    ids = [e.get("ID") for e in images]
    if len(set(ids)) == len(ids) and None not in ids:
        return
    for i, image in enumerate(images):
        image.set("ID", f"Image:{i}")
        for pixels in image.iter("Pixels"):
            pixels.set("ID", f"Pixels:{i}")
            for j, channel in enumerate(pixels.findall("Channel")):
                channel.set("ID", f"Channel:{i}:{j}")


def _without_dangling(root: Element, ids: set[str]) -> None:
    """Remove references to images that were not written."""
    for parent in root.iter():
        for child in [c for c in parent if c.tag == "ImageRef" and c.get("ID") not in ids]:
            parent.remove(child)


def _annotate(root: Element, image: Element, text: str) -> None:
    annotations = root.find("StructuredAnnotations")
    if annotations is None:
        annotations = ElementTree.Element("StructuredAnnotations")
        after = [i for i, e in enumerate(root) if e.tag in BEFORE_IMAGES or e.tag == "Image"]
        root.insert(max(after) + 1, annotations)
    for old in [a for a in annotations if a.get("Namespace") == extras.KEY]:
        refs = [r for r in image.findall("AnnotationRef") if r.get("ID") == old.get("ID")]
        for ref in refs:  # of an earlier writing
            image.remove(ref)
            annotations.remove(old)
    name = f"Annotation:{extras.KEY}:{image.get('ID')}"
    comment = ElementTree.SubElement(
        annotations, "CommentAnnotation", {"ID": name, "Namespace": extras.KEY}
    )
    ElementTree.SubElement(comment, "Value").text = text
    ElementTree.SubElement(image, "AnnotationRef", {"ID": name})

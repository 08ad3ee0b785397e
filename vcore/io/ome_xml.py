"""What OME-XML says about the images of a TIFF: names, sizes of voxels, times, channels."""

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from vcore.grid import Triple
from vcore.io.extras import loads
from vcore.io.units import length_unit, time_unit

UNIT_DEFAULT = {"PhysicalSize": "µm", "Position": "reference frame", "TimeIncrement": "s"}
"""Units where the attribute is absent (OME-XML schema 2016-06)."""


@dataclass(frozen=True)
class Image:
    """One Image element; triples are z y x."""

    name: str = ""
    spacing: Triple = (1.0, 1.0, 1.0)
    origin: Triple = (0.0, 0.0, 0.0)
    unit: str = ""
    times: tuple[float, ...] = ()
    step: float | None = None
    time_unit: str = ""
    channels: tuple[str, ...] = ()
    extras: dict[str, Any] = field(default_factory=dict)


def images(xml: str | None) -> list[Image]:
    """Return the images that an OME-XML document describes, in its order."""
    if not xml:
        return []
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return [_image(e, p) for e in root.iter("Image") if (p := e.find("Pixels")) is not None]


def _image(element: ElementTree.Element, pixels: ElementTree.Element) -> Image:
    sizes = [pixels.get(f"PhysicalSize{a}") for a in "ZYX"]
    units = {_unit(pixels, f"PhysicalSize{a}") for a, s in zip("ZYX", sizes, strict=True) if s}
    planes = pixels.findall("Plane")
    first = next((p for p in planes if _at(p) == ("0", "0", "0")), None)
    origin = (0.0, 0.0, 0.0)
    if first is not None:
        z, y, x = (float(first.get(f"Position{a}", "0")) for a in "ZYX")
        origin = (z, y, x)
    times, time_units = _times(planes)
    increment = pixels.get("TimeIncrement")
    labels = [c.get("Name", "") for c in pixels.findall("Channel")]
    z, y, x = (float(s) if s else 1.0 for s in sizes)
    return Image(
        name=element.get("Name", ""),
        spacing=(z, y, x),
        origin=origin,
        unit=length_unit(units.pop()) if len(units) == 1 else "",
        times=times,
        step=float(increment) if increment else None,
        time_unit=time_unit(time_units or _unit(pixels, "TimeIncrement")),
        channels=tuple(labels) if labels and all(labels) else (),
        extras=loads(element.findtext("Description") or "").get("vcore", {}),
    )


def _times(planes: list[ElementTree.Element]) -> tuple[tuple[float, ...], str]:
    """Return the times of each frame's first plane and their unit, nothing if some are absent."""
    first = [p for p in planes if _at(p)[1:] == ("0", "0")]
    first.sort(key=lambda p: int(p.get("TheT", "0")))
    if not first or any(p.get("DeltaT") is None for p in first):
        return (), ""
    return tuple(float(p.get("DeltaT", "0")) for p in first), first[0].get("DeltaTUnit", "s")


def _at(plane: ElementTree.Element) -> tuple[str, str, str]:
    return plane.get("TheT", "0"), plane.get("TheC", "0"), plane.get("TheZ", "0")


def _unit(pixels: ElementTree.Element, name: str) -> str:
    return pixels.get(f"{name}Unit") or UNIT_DEFAULT[name.rstrip("XYZ")]

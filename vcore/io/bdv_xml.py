"""What BigDataViewer's XML (SpimData 0.2) says of setups: names, voxel sizes, channels, places."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from vcore.errors import InputError
from vcore.io.tidy import numbers, tidy_grid
from vcore.model.grid import Triple

logger = logging.getLogger(__name__)

LARGEST = 1 << 28
"""Bytes of an XML file; a registration of each view takes some hundred."""

Affine = tuple[float, ...]
"""Three rows of four numbers, from voxel x y z to the world."""


@dataclass(frozen=True)
class Setup:
    """One setup: a camera's view of the sample, through all frames.

    Parameters
    ----------
    number, name
        Its own.
    voxel_size, unit
        Along z, y, x.
    channel, channel_name
        Which one it is, "" where it is not said.
    others
        Name and number of the other attributes: tile, angle, illumination.
    """

    number: int
    name: str
    voxel_size: Triple = (1.0, 1.0, 1.0)
    unit: str = ""
    channel: str = ""
    channel_name: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class View:
    """Where a setup lies: in its first frame, and in all of them where that changes."""

    affine: Affine
    moving: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Described:
    """All setups of a file.

    Parameters
    ----------
    data
        The HDF5 file.
    setups
        By number.
    views
        Affine of each frame and setup.
    """

    data: Path
    setups: Mapping[int, Setup]
    views: Mapping[tuple[int, int], Affine] = field(repr=False)

    def place(self, setup: Setup, frames: Sequence[int]) -> View | None:
        """Return where a setup lies, None where no registration says it."""
        found = [self.views[t, setup.number] for t in frames if (t, setup.number) in self.views]
        moving = tuple(found) if len(set(found)) > 1 else ()
        return View(found[0], moving) if found else None


def setups_of(path: Path) -> Described:
    """Return what an XML file describes; raises whatever a damaged one provokes.

    Raises
    ------
    InputError
        It is not SpimData over one HDF5 file.
    """
    if path.stat().st_size > LARGEST:
        raise InputError(f"Expected at most {LARGEST} bytes of XML. {path} has more.")
    root = ElementTree.parse(path).getroot()
    loader = root.find("SequenceDescription/ImageLoader")
    name = root.findtext("SequenceDescription/ImageLoader/hdf5")
    if root.tag != "SpimData" or loader is None or not name:
        kind = root.tag if loader is None else loader.get("format")
        raise InputError(
            f"Expected an XML file of BigDataViewer over HDF5 (bdv.hdf5) at {path}. Got {kind!r} "
            f"instead: save it as HDF5 in BigDataViewer or BigStitcher."
        )
    base = path.parent / (root.findtext("BasePath") or ".").strip()
    channels = {
        c.findtext("id", ""): c.findtext("name", "")
        for c in root.iterfind("SequenceDescription/ViewSetups/Attributes[@name='channel']/Channel")
    }
    found = [
        _setup(str(path), e, channels)
        for e in root.iterfind("SequenceDescription/ViewSetups/ViewSetup")
    ]
    views = {
        (int(v.get("timepoint", "0")), int(v.get("setup", "0"))): affine
        for v in root.iterfind("ViewRegistrations/ViewRegistration")
        if (affine := _affine(str(path), v)) is not None
    }
    return Described(base / name.strip(), {s.number: s for s in found}, views)


def _setup(path: str, element: ElementTree.Element, channels: Mapping[str, str]) -> Setup:
    number = int(element.findtext("id", "0"))
    name = element.findtext("name") or f"setup {number}"
    size = numbers(element.findtext("voxelSize/size", "1 1 1"), 3)[::-1]
    unit = element.findtext("voxelSize/unit", "")
    tidy = tidy_grid(path, {"spacing": size, "unit": unit})
    attributes = {e.tag: (e.text or "").strip() for e in element.iterfind("attributes/*")}
    channel = attributes.pop("channel", "")
    return Setup(
        number,
        name,
        tidy["spacing"],
        tidy["unit"],
        channel,
        channels.get(channel) or name,
        tuple(sorted(attributes.items())),
    )


def _affine(path: str, view: ElementTree.Element) -> Affine | None:
    """Return the product of a view's transforms, the first of which is applied last; None, with a
    warning, where one of them is no affine."""
    total = np.eye(4)
    for step in view.iterfind("ViewTransform"):
        values = numbers((step.findtext("affine") or "").split(), 12)
        if not np.isfinite(values).all():
            logger.warning(
                "%s: a transform of setup %s is no affine of twelve numbers; took the voxel size "
                "alone",
                path,
                view.get("setup"),
            )
            return None
        total = total @ np.vstack([np.reshape(values, (3, 4)), [0, 0, 0, 1]])
    return tuple(float(v) for v in total[:3].ravel())

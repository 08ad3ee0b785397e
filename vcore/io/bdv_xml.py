"""BigDataViewer XML (SpimData 0.2): names, voxel sizes, channels and registrations of setups."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from vcore.errors import InputError
from vcore.io.tidy import numbers, tidy_grid
from vcore.io.xml_files import parsed
from vcore.model.grid import Triple

logger = logging.getLogger(__name__)

Affine = tuple[float, ...]
"""Three rows of four numbers, from x y z voxel indices to world coordinates."""


@dataclass(frozen=True)
class Setup:
    """One setup: a camera's view of the sample, over all frames.

    Parameters
    ----------
    number, name
        Index and name of the setup.
    voxel_size, unit
        Voxel size along z, y, x, and its unit.
    channel, channel_name
        Channel index and name, "" if unspecified.
    others
        Names and values of the other attributes: tile, angle, illumination.
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
    """Registration of a setup: in its first frame, and in every frame if it changes."""

    affine: Affine
    moving: tuple[Affine, ...] = ()


@dataclass(frozen=True)
class Described:
    """All setups of a file.

    Parameters
    ----------
    data
        Path of the HDF5 file.
    setups
        Setups by number.
    views
        Affine by frame and setup.
    """

    data: Path
    setups: Mapping[int, Setup]
    views: Mapping[tuple[int, int], Affine] = field(repr=False)

    def place(self, setup: Setup, frames: Sequence[int]) -> View | None:
        """Return the registration of a setup, or None if it has none."""
        found = [self.views[t, setup.number] for t in frames if (t, setup.number) in self.views]
        moving = tuple(found) if len(set(found)) > 1 else ()
        return View(found[0], moving) if found else None


def setups_of(path: Path) -> Described:
    """Parse an XML file; damaged files raise errors of many types.

    Raises
    ------
    InputError
        Not SpimData backed by a single HDF5 file.
    """
    root = parsed(str(path))
    loader = root.find("SequenceDescription/ImageLoader")
    name = root.findtext("SequenceDescription/ImageLoader/hdf5")
    if root.tag != "SpimData" or loader is None or not name:
        kind = root.tag if loader is None else loader.get("format")
        raise InputError(
            f"Expected BigDataViewer XML backed by HDF5 (bdv.hdf5) at {path}. Got {kind!r} "
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
    """Return the product of a view's transforms, the first applied last.

    Return None, with a warning, if one of them is not affine.
    """
    total = np.eye(4)
    for step in view.iterfind("ViewTransform"):
        values = numbers((step.findtext("affine") or "").split(), 12)
        if not np.isfinite(values).all():
            logger.warning(
                "%s: a transform of setup %s is not an affine of twelve numbers; used only the "
                "voxel size",
                path,
                view.get("setup"),
            )
            return None
        total = total @ np.vstack([np.reshape(values, (3, 4)), [0, 0, 0, 1]])
    return tuple(float(v) for v in total[:3].ravel())

"""Description of a served image for pages: axes, channels, levels, figures; nothing is decoded."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from vcore.dataset import Dataset
from vcore.errors import InputError
from vcore.io import sidecar
from vcore.io.ome_versions import ome_of
from vcore.io.tidy import number
from vcore.io.zarr_cf import fill_number
from vcore.model import anatomy
from vcore.model.grid import IDENTITY, Grid
from vcore.model.labels import KEY
from vcore.model.text import printable, shown_unit
from vcore.zarr.metadata import QUALITY, group_path

SYMBOLS = {
    "micrometer": "µm",
    "nanometer": "nm",
    "picometer": "pm",
    "angstrom": "Å",
    "millimeter": "mm",
    "centimeter": "cm",
    "meter": "m",
    "kilometer": "km",
    "parsec": "pc",
    "second": "s",
    "millisecond": "ms",
    "microsecond": "µs",
    "minute": "min",
    "hour": "h",
    "day": "d",
}
"""Short forms of the units of OME-Zarr."""
COLOUR = re.compile("[0-9a-fA-F]{6}")
PALETTE = ("FF40FF", "40FF40", "4080FF", "FFB000", "00E0E0", "FF4040")
"""Colours of channels that all are white in the file: added up, they would hide each other."""
OUTSIDE = ("times", "available", "quality", "names")
"""Figures that are members of the description itself."""
MAX_COLOURS = 10_000
"""Maximum number of objects whose own colours are told."""
NAMES = "tczyx"
"""Names of the last axes of an image that does not name them."""


@dataclass(frozen=True)
class Axis:
    """One axis of the full-resolution array.

    Attributes
    ----------
    name
        Its name in the file.
    kind
        "space", "time", "channel", or "other".
    unit
        Short form of its unit, "" if unknown.
    size
        Number of voxels, frames or channels.
    step, start
        Spacing, and centre of the first voxel, in the unit.
    positions
        Exact positions along the axis, empty if evenly spaced.
    ends
        Letters of the sides of a body at the first and last voxel ("PA"), "" if unknown.
    """

    name: str
    kind: str
    unit: str
    size: int
    step: float = 1.0
    start: float = 0.0
    positions: tuple[float, ...] = ()
    ends: str = ""

    @property
    def extent(self) -> str:
        """Total length with its unit, "" without a unit."""
        return f"{self.step * self.size:.4g} {self.unit}" if self.unit else ""


@dataclass(frozen=True)
class Channel:
    """Display settings of one channel; ``window`` is None if the file has none."""

    label: str
    colour: str
    active: bool
    window: tuple[float, float] | None


@dataclass(frozen=True)
class Level:
    """One resolution level: path of its array, shape, and per axis spacing and first centre."""

    path: str
    shape: tuple[int, ...]
    steps: tuple[float, ...]
    starts: tuple[float, ...]
    stored: bool = True


@dataclass(frozen=True)
class Description:
    """A served image.

    Attributes
    ----------
    title
        Name of the image in its file.
    unit
        Unit of the values, "" if unknown.
    fill
        Value of missing voxels, None if there is none; NaN is always missing.
    labels
        Whether the values are object numbers.
    label_colours
        Red, green, blue and opacity (0 to 255) of the objects that have colours in the file.
    quality
        Word for the quality that was asked for, "" if none was.
    figures
        Size, ratio, quality, for images of compressed files.
    """

    title: str
    dtype: str
    axes: tuple[Axis, ...]
    channels: tuple[Channel, ...]
    levels: tuple[Level, ...]
    unit: str = ""
    fill: float | None = None
    labels: bool = False
    label_colours: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    quality: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape at full resolution."""
        return tuple(axis.size for axis in self.axes)

    @property
    def about(self) -> str:
        """Shape and dtype in a few words."""
        if not self.levels:
            return ""
        more = ", preview quality" if self.quality == "preview" else ""
        return " x ".join(map(str, self.shape)) + f" {self.dtype}{more}"

    @property
    def extent(self) -> str:
        """Length along each axis of space, and the number of frames."""
        told = [
            f"{a.name} {a.extent}" if a.extent else f"{a.name} {a.size}"
            for a in self.axes
            if a.kind == "space"
        ]
        frames = [f"{a.size} frames" for a in self.axes if a.kind == "time" and a.size > 1]
        return " · ".join(told + frames)

    def to_json(self) -> dict[str, Any]:
        """Return the description as JSON values."""
        return asdict(self)


def describe(
    documents: Mapping[str, Any], group: str, figures: Mapping[str, Any] | None = None
) -> Description:
    """Return the description of the image at ``group``.

    Parameters
    ----------
    documents
        Zarr v3 documents of the hierarchy by key. Invalid members of the OME metadata are ignored.
    group
        Path of the image, "" for the root.
    figures
        See ``figures_of``.
    """
    start = f"{group}/" if group else ""
    node = documents.get(f"{start}zarr.json", {})
    ome = ome_of(node.get("attributes", {}))
    image = (ome.get("multiscales") or [{}])[0]
    given = figures or {}
    found = []
    for index, dataset in enumerate(image.get("datasets", ())):
        array = documents.get(f"{start}{dataset['path']}/zarr.json", {})
        if array.get("node_type") == "array" and array["shape"]:
            shape = tuple(array["shape"])
            steps, starts = _placed(dataset, image, len(shape))
            stored = index in given.get("available", [index])
            found.append((Level(dataset["path"], shape, steps, starts, stored), array))
    # every level has the axes of the first
    levels = tuple(level for level, _ in found if len(level.shape) == len(found[0][0].shape))
    first = found[0][1] if found else {}
    ends = _ends(node.get("attributes", {}).get(sidecar.KEY))
    axes = _axes(image, levels, given.get("times", ()), given.get("names", ()), ends)
    attributes = first.get("attributes", {})
    count = next((a.size for a in axes if a.kind == "channel"), 1)
    title = image.get("name")
    unit = attributes.get("unit", attributes.get("units"))
    quality = attributes.get(QUALITY) or given.get("quality")
    return Description(
        title=title if isinstance(title, str) else "",
        dtype=str(first.get("data_type", "")),
        axes=axes,
        channels=_channels(ome, count, str(first.get("data_type", ""))),
        levels=levels,
        unit=shown_unit(unit) if isinstance(unit, str) else "",
        fill=fill_number(attributes.get("_FillValue"), str(first.get("data_type", ""))),
        labels=KEY in ome,
        label_colours=_label_colours(ome.get(KEY)),
        quality=quality if isinstance(quality, str) else "",
        figures={k: v for k, v in given.items() if k not in OUTSIDE},
    )


def figures_of(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Return figures of each variable of a compressed file, by the path of its group."""
    info = dataset.info
    times = dataset.grid.times
    found = {}
    for variable in info["variables"]:
        names = dataset.decoder(variable["name"]).grid.axis_names
        achieved, bound = variable["achieved"], variable["guarantee"]
        told = {
            "bytes": variable["bytes"],
            "ratio": _finite(variable["ratio"]),
            "method": variable["method"],
            "lossless": bool(bound and bound.get("max_error") == 0) or achieved.get("mse") == 0,
            "psnr": _finite(achieved.get("psnr")),
            "robust_psnr": _finite(achieved.get("robust_psnr")),
            "max_error": _finite(bound.get("max_error")) if bound else None,
            "truncated": info["truncated"],
            "quality": variable["quality"],
            "available": variable["available_levels"],
            "times": tuple(map(float, times)) if times else (),
            "names": tuple(map(printable, names)),
        }
        found[group_path(dataset, variable["name"])] = told
    return found


def _finite(value: Any) -> float | None:
    return found if math.isfinite(found := number(value)) else None


def _placed(
    dataset: Mapping[str, Any], image: Mapping[str, Any], ndim: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return spacing and start per axis, from the transformations of a level and of the image."""
    steps, starts = [1.0] * ndim, [0.0] * ndim
    for owner in (dataset, image):
        transforms = owner.get("coordinateTransformations")
        for transform in transforms if isinstance(transforms, list) else ():
            kind = transform.get("type") if isinstance(transform, dict) else None
            values = transform.get(kind) if isinstance(kind, str) else None
            if not isinstance(values, list) or len(values) != ndim:
                continue
            told = [number(v) for v in values]
            if kind == "scale" and all(math.isfinite(v) and v != 0 for v in told):
                steps = [s * v for s, v in zip(steps, told, strict=True)]
                starts = [s * v for s, v in zip(starts, told, strict=True)]
            elif kind == "translation" and all(map(math.isfinite, told)):
                starts = [s + v for s, v in zip(starts, told, strict=True)]
    return tuple(steps), tuple(starts)


def _axes(
    image: Mapping[str, Any],
    levels: Sequence[Level],
    times: Sequence[float],
    names: Sequence[str],
    ends: Mapping[str, str],
) -> tuple[Axis, ...]:
    if not levels:
        return ()
    shape, steps, starts = levels[0].shape, levels[0].steps, levels[0].starts
    told = image.get("axes", [])
    if len(told) != len(shape):
        names = ["" for _ in shape]
        names[-len(NAMES) :] = NAMES[-len(shape) :]
        told = [{"name": n} for n in names]
    found = []
    for i, axis in enumerate(told):
        fields = axis if isinstance(axis, dict) else {"name": axis}
        name = str(fields.get("name") or f"axis {i}")
        known = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}
        kind = str(fields.get("type") or known.get(name, "other"))
        sides = ends.get(name, "")[:: -1 if steps[i] < 0 else 1]
        # names of the file itself, where OME-Zarr only allows z, y and x
        if names and kind == "space" and name in NAMES[2:]:
            name = names["zyx".index(name)]
        unit = fields.get("unit")
        unit = SYMBOLS.get(unit, unit) if isinstance(unit, str) else ""
        exact = tuple(times) if kind == "time" and len(times) == shape[i] else ()
        found.append(Axis(name, kind, unit, shape[i], steps[i], starts[i], exact, sides))
    return tuple(found)


def _ends(kept: Any) -> dict[str, str]:
    """Return the sides of a body that z, y, x run from and to, from vcore's own attribute."""
    found = kept if isinstance(kept, dict) else {}
    grid, attributes = (found.get(k) for k in ("grid", "attributes"))
    space = attributes.get("space") if isinstance(attributes, dict) else None
    turned = grid.get("direction", IDENTITY) if isinstance(grid, dict) else IDENTITY
    try:
        told = anatomy.ends(Grid((1, 1, 1), direction=turned), space)
    except (InputError, ValueError, TypeError):  # damaged
        return {}
    return dict(zip("zyx", told, strict=True))


def _channels(ome: Mapping[str, Any], count: int, dtype: str) -> tuple[Channel, ...]:
    told = ome.get("omero", {}).get("channels")
    told = told if isinstance(told, list) else []
    found = []
    for i in range(count):
        fields = told[i] if i < len(told) and isinstance(told[i], dict) else {}
        label, colour = fields.get("label"), fields.get("color")
        found.append(
            Channel(
                label if isinstance(label, str) and label else f"channel {i}",
                colour if isinstance(colour, str) and COLOUR.fullmatch(colour) else "FFFFFF",
                fields.get("active") is not False,
                _window(fields.get("window")),
            )
        )
    if count > 1 and dtype.startswith("float") and all(c.label.isdecimal() for c in found):
        # components of a vector: added up, they would hide each other
        found = [replace(c, active=i == 0) for i, c in enumerate(found)]
    if count > 1 and {channel.colour.upper() for channel in found} == {"FFFFFF"}:
        return tuple(replace(c, colour=PALETTE[i % len(PALETTE)]) for i, c in enumerate(found))
    return tuple(found)


def _label_colours(told: Any) -> dict[str, tuple[int, ...]]:
    """Return the valid colours of an ``image-label``, by object number."""
    colours = told.get("colors") if isinstance(told, dict) else None
    found = {}
    for entry in colours[:MAX_COLOURS] if isinstance(colours, list) else ():
        fields = entry if isinstance(entry, dict) else {}
        value, rgba = fields.get("label-value"), fields.get("rgba")
        rgba = rgba if isinstance(rgba, list) else []
        good = len(rgba) == 4 and all(type(c) is int and 0 <= c < 256 for c in rgba)
        if good and type(value) is int:
            found[str(value)] = tuple(rgba)
    return found


def _window(told: Any) -> tuple[float, float] | None:
    """Return the limits, None where they are absent or only repeat the range of the data."""
    if not isinstance(told, dict):
        return None
    low, high, least, most = (number(told.get(k)) for k in ("start", "end", "min", "max"))
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    return None if (low, high) == (least, most) else (low, high)

"""Imaris 5.5 files (.ims): HDF5 with a pyramid of levels, frames and channels."""

import json
import logging
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import triple, variable
from vcore.io.formats import stem_of
from vcore.io.given import warn
from vcore.io.hdf5_filters import check_filters
from vcore.io.multilevel import (
    MAX_LEVELS,
    MultiscaleImage,
    check_shape,
    dataset_of,
    stacked,
)
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import number
from vcore.io.units import length_unit
from vcore.model.grid import Grid, Triple
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

KIND = "Imaris file"
REPRESENTED_ATTRIBUTES = re.compile(r"Ext(Min|Max)\d|[XYZ]|Unit|Color(Range|Mode|Table\w*)?|Name")
"""Attributes represented elsewhere in a volume."""
MAX_TEXT = 1 << 16
"""Maximum number of characters of all other attributes kept."""


def read(source: ReadRequest) -> Volume:
    """Read level 0; ``images`` returns all levels."""
    return images(source)[0].volume


def images(source: ReadRequest) -> tuple[MultiscaleImage, ...]:
    """Return the single image of a file, with lazy data.

    Spacing and origin come from the extents, which span the outer edges of the outermost voxels,
    whereas the origin of a Volume is a voxel centre. All levels span the same extents. Source:
    Imaris 5.5 file format description (Bitplane).
    """
    h5py, path = need("h5py"), source.path
    check_file(path)
    with reading(path, KIND), h5py.File(path, "r") as file:
        check_hdf5(source)
        counts = [
            _count(file, "DataSet", "ResolutionLevel"),
            _count(file, "DataSet/ResolutionLevel 0", "TimePoint"),
            _count(file, "DataSet/ResolutionLevel 0/TimePoint 0", "Channel"),
        ]
        if 0 in counts or counts[0] > MAX_LEVELS:
            raise InputError(
                f"Expected levels, time points and channels below DataSet in {path}. Got "
                f"{' and '.join(map(str, counts))} of them instead: not an Imaris 5.5 file, or "
                f"incomplete."
            )
        shown = [_texts(file, f"DataSetInfo/Channel {c}") for c in range(counts[2])]
        levels, shapes = [], []
        for level in range(counts[0]):
            first = f"DataSet/ResolutionLevel {level}/TimePoint 0/Channel 0"
            stored = dataset_of(file, path, f"{first}/Data")
            shape = _size(path, _texts(file, first), "ImageSize") or stored.shape
            if level == 0 and shape == stored.shape:  # older files specify it only once
                shape = _size(path, _texts(file, "DataSetInfo/Image"), "") or shape
            check_shape(path, first, shape, stored.shape)
            check_filters(path, stored)
            names = [
                [
                    f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}/Data"
                    for c in range(counts[2])
                ]
                for t in range(counts[1])
            ]
            data, axes = stacked(path, KIND, names, shape, stored.dtype)
            levels.append(data)
            shapes.append(shape)
        spacing, origin, unit = _extents(path, _texts(file, "DataSetInfo/Image"), shapes[0])
        times = _times(path, _texts(file, "DataSetInfo/TimeInfo"), counts[1])
        known = {"Image": _texts(file, "DataSetInfo/Image")}
        known |= {f"Channel {c}": texts for c, texts in enumerate(shown)}
    labels = tuple(s.get("Name", "") for s in shown)
    colours, windows = [_colour(s) for s in shown], [_window(s) for s in shown]
    found = variable(
        source,
        stem_of(path),
        levels[0],
        axes,
        components=labels if all(labels) else (),
        attributes=_display_settings(labels, colours, windows),
    )
    if times is not None and len(times) != found.length("t"):
        times = None  # the caller declared the time axis to be another one
    grid = Grid(
        shape=found.shape[-3:],  # type: ignore[arg-type]
        spacing=spacing,
        origin=origin,
        unit=unit,
        times=times,
        time_unit="second" if times else "",
    )
    factors = tuple(triple(n / m for n, m in zip(shapes[0], s, strict=True)) for s in shapes)
    return (
        MultiscaleImage(
            Volume(grid, (found,), attributes=_other_attributes(known)),
            tuple(levels),
            factors,
            tuple(c for c in colours if c) if all(colours) else (),
            tuple(w for w in windows if w) if all(windows) else (),
        ),
    )


def _display_settings(
    labels: tuple[str, ...], colours: list[str], windows: list[tuple[float, float] | None]
) -> dict[str, Any]:
    """Return display settings per channel in OME-Zarr's form, empty if there are none."""
    channels = []
    for label, colour, window in zip(labels, colours, windows, strict=True):
        if not (label and colour and window):
            return {}
        low, high = window
        limits = {"start": low, "end": high, "min": low, "max": high}
        channels.append({"label": label, "color": colour, "active": True, "window": limits})
    return {"omero": {"channels": channels}}


def _other_attributes(known: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return other attributes of the image and its channels."""
    kept = {
        group: own
        for group, texts in known.items()
        if (
            own := {k: v for k, v in texts.items() if not REPRESENTED_ATTRIBUTES.fullmatch(k) and v}
        )
    }
    if len(json.dumps(kept)) > MAX_TEXT:
        logger.warning("dropped the metadata of an Imaris file, which is too large")
        return {}
    return {"imaris": kept} if kept else {}


def _count(file: Any, group: str, name: str) -> int:
    found = file.get(group)
    number = 0
    while found is not None and f"{name} {number}" in found:
        number += 1
    return number


def _texts(file: Any, group: str) -> dict[str, str]:
    """Return the attributes of a group, which Imaris stores as arrays of single characters."""
    found = file.get(group)
    return {} if found is None else {str(k): _text(v) for k, v in found.attrs.items()}


def _text(value: Any) -> str:
    if isinstance(value, bytes | np.bytes_):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.dtype.kind == "S":
        return b"".join(value.ravel().tolist()).decode("utf-8", "replace")
    return str(value)


def _size(path: str, texts: Mapping[str, str], name: str) -> tuple[int, ...] | None:
    values = [texts.get(f"{name}{axis}", "").strip() for axis in "ZYX"]
    if all(v.isdecimal() for v in values):
        return tuple(int(v) for v in values)
    if any(values):
        logger.warning("%s: its size is not a number; used that of the stored values", path)
    return None


def _extents(
    path: str, texts: Mapping[str, str], shape: tuple[int, ...]
) -> tuple[Triple, Triple, str]:
    """Return spacing, origin and unit, with a spacing of 1 if the extents are invalid."""
    ends = [[number(texts.get(f"Ext{end}{axis}")) for axis in (2, 1, 0)] for end in ("Min", "Max")]
    spacing = triple((b - a) / n for a, b, n in zip(*ends, shape, strict=True))
    if not all(math.isfinite(s) and s > 0 for s in spacing):
        warn("spacing", "%s: the extents of the image are missing or empty; used voxels of 1", path)
        return (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), ""
    origin = triple(a + s / 2 for a, s in zip(ends[0], spacing, strict=True))
    return spacing, origin, length_unit(texts.get("Unit") or "um")


def _times(path: str, texts: Mapping[str, str], count: int) -> tuple[float, ...] | None:
    """Return seconds since the first frame, or None unless they increase from frame to frame."""
    names = [f"TimePoint{t + 1}" for t in range(count)]
    if count < 2 or not any(name in texts for name in names):
        return None
    with suppress(KeyError, ValueError, TypeError):
        found = [datetime.fromisoformat(texts[name]) for name in names]
        times = tuple((t - found[0]).total_seconds() for t in found)
        if all(a < b for a, b in pairwise(times)):
            return times
    warn("times", "%s: ignored its times, which are not increasing dates", path)
    return None


def _colour(texts: Mapping[str, str]) -> str:
    parts = _numbers(texts.get("Color", ""), 3)
    return "".join(f"{round(255 * min(max(v, 0), 1)):02X}" for v in parts)


def _window(texts: Mapping[str, str]) -> tuple[float, float] | None:
    parts = _numbers(texts.get("ColorRange", ""), 2)
    return (parts[0], parts[1]) if parts and parts[0] < parts[1] else None


def _numbers(text: str, count: int) -> list[float]:
    try:
        values = [float(v) for v in text.split()]
    except ValueError:
        return []
    return values if len(values) == count and all(map(math.isfinite, values)) else []

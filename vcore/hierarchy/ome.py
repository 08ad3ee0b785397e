"""Members and metadata of a hierarchy."""

import math
import warnings
from collections.abc import Mapping
from typing import Any

from vcore.io.ngff import COMPRESSED
from vcore.io.tidy import number
from vcore.model.budget import QUALITIES

NOTE = COMPRESSED


def members(node: Any) -> dict[str, Any]:
    """Return all groups and arrays of a group by path, including the node itself as ""."""
    if not hasattr(node, "members"):
        return {"": node}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # files that do not belong to the hierarchy
        return {"": node, **dict(node.members(max_depth=None))}


def quality_of(attributes: Mapping[str, Any]) -> str:
    """Return the word for the quality that a hierarchy was asked for, "" if none was."""
    note = attributes.get(NOTE)
    asked = note.get("budget") if isinstance(note, Mapping) else None
    word = asked.get("quality") if isinstance(asked, Mapping) else None
    return word if word in QUALITIES else ""


def windows_of(ome: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return the display windows (low, high) of the channels, without invalid ones."""
    channels = ome.get("omero", {}).get("channels")
    shown = [
        c["window"]
        for c in (channels if isinstance(channels, list) else [])
        if isinstance(c, dict) and isinstance(c.get("window"), dict)
    ]
    limits = [(number(w.get("start")), number(w.get("end"))) for w in shown]
    return [pair for pair in limits if all(map(math.isfinite, pair))]


def scale_of(dataset: Mapping[str, Any], axes: int = 3) -> list[float] | None:
    """Return the scale of a level along z, y, x, of which it has the last ``axes``; None if missing
    or invalid."""
    steps = dataset.get("coordinateTransformations")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and step.get("type") == "scale":
            scale = step.get("scale")
            values = [abs(number(v)) for v in scale[-axes:]] if isinstance(scale, list) else []
            good = len(values) == axes and all(math.isfinite(v) and v > 0 for v in values)
            return [1.0] * (3 - axes) + values if good else None
    return None

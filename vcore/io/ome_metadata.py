"""OME-Zarr 0.5 metadata of an image (``hierarchy.ome`` converts it to 0.4).

https://ngff.openmicroscopy.org/0.5/index.html
"""

from collections.abc import Sequence
from typing import Any

from vcore.model.grid import Grid

VERSION = "0.5"
GREY = "FFFFFF"
AXIS_TYPES = {"t": "time", "c": "channel", **dict.fromkeys("zyx", "space")}
"""OME-Zarr types of the axes."""
OTHER = "other"
"""Type of the axes of other names; the standard leaves it open."""


def multiscale(
    name: str,
    axes: Sequence[str],
    grids: Sequence[Grid],
    *,
    names: Sequence[str] | None = None,
    times: tuple[float, float] = (0.0, 1.0),
) -> dict[str, Any]:
    """Return the metadata of an image and its levels, whose paths are 0, 1, ….

    Parameters
    ----------
    name
        Name of the image.
    axes
        One letter out of ``t c z y x`` per axis, or the name of another one, of a type of its own.
    grids
        Grid of each level, fine to coarse.
    names
        Names of the axes, if other than their letters.
    times
        First time and time step.
    """
    units = {"t": grids[0].time_unit, **dict.fromkeys("zyx", grids[0].unit)}
    told = []
    for axis, title in zip(axes, names or axes, strict=True):
        unit = units.get(axis, "")
        kind = AXIS_TYPES.get(axis, OTHER)
        told.append({"name": title, "type": kind} | ({"unit": unit} if unit else {}))
    datasets = []
    for level, grid in enumerate(grids):
        steps = {"t": times[1], **dict(zip("zyx", grid.spacing, strict=True))}
        starts = {"t": times[0], **dict(zip("zyx", grid.origin, strict=True))}
        scale = [float(steps.get(a, 1.0)) for a in axes]
        shift = [float(starts.get(a, 0.0)) for a in axes]
        steps_told = [
            {"type": "scale", "scale": scale},
            {"type": "translation", "translation": shift},
        ]
        datasets.append({"path": str(level), "coordinateTransformations": steps_told})
    return {"name": name, "axes": told, "datasets": datasets}


def channel(
    label: str, colour: str = GREY, limits: tuple[float, float] | None = None
) -> dict[str, Any]:
    """Return the display settings of a channel: label, colour, and limits of its window."""
    shown: dict[str, Any] = {"label": label, "color": colour, "active": True}
    if limits is not None:
        low, high = limits
        shown["window"] = {"start": low, "end": high, "min": low, "max": high}
    return shown

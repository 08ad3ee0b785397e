"""OME-Zarr 0.5 metadata of an image (``hierarchy.ome`` converts it to 0.4).

https://ngff.openmicroscopy.org/0.5/index.html
"""

from collections.abc import Sequence
from typing import Any

from vcore.model.grid import Grid

VERSION = "0.5"
GREY = "FFFFFF"
AXIS_TYPES = {"t": "time", "c": "channel"}
"""OME-Zarr types of the non-spatial axes."""


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
        One letter per axis: a subsequence of ``t c z y x`` that ends with ``y x``.
    grids
        Grid of each level, fine to coarse.
    names
        Names of the axes, if other than their letters.
    times
        First time and time step.
    """
    units = {"t": grids[0].time_unit, "c": ""}
    told = []
    for axis, title in zip(axes, names or axes, strict=True):
        unit = units.get(axis, grids[0].unit)
        told.append(
            {"name": title, "type": AXIS_TYPES.get(axis, "space")}
            | ({"unit": unit} if unit else {})
        )
    starts, steps = {"t": times[0], "c": 0.0}, {"t": times[1], "c": 1.0}
    shift, scale = [starts[a] for a in axes if a in starts], [steps[a] for a in axes if a in steps]
    first = 0 if "z" in axes else 1
    datasets = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [*scale, *map(float, grid.spacing[first:])]},
                {"type": "translation", "translation": [*shift, *map(float, grid.origin[first:])]},
            ],
        }
        for level, grid in enumerate(grids)
    ]
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

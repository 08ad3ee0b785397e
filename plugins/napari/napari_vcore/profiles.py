"""Values of two layers along a line. No Qt."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, MemoryLimitError
from vcore.runtime.memory import human_bytes

MAX_BYTES = 256 << 20
"""Maximum size of the box around a line, which is read whole."""


@dataclass(frozen=True)
class Profile:
    """Values of the voxels along a line.

    Parameters
    ----------
    distance
        From the first point, in ``unit``, float64 (n).
    original, decoded
        Values in data units, float64 (n).
    """

    distance: NDArray[np.float64]
    original: NDArray[np.float64]
    decoded: NDArray[np.float64]
    unit: str


def profile(original: Any, decoded: Any, line: NDArray[Any]) -> Profile:
    """Return the values of two layers along a path, those of the nearest voxel.

    Parameters
    ----------
    original, decoded
        Image layers.
    line
        Points of the path in world coordinates, (points, axes), with an axis for each of the
        layers at least.

    Raises
    ------
    InputError
        The path has no length, or lies outside a layer.
    MemoryLimitError
        The box around it is too large.
    """
    line = np.asarray(line, float)
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    if not ends[-1] > 0:
        raise InputError("Expected a line with a length. Got a point: draw a longer line.")
    finest = np.abs(np.asarray(decoded.scale, float)[-min(decoded.ndim, 3) :]).min()
    count = int(np.ceil(ends[-1] / finest)) + 1
    distance = np.linspace(0.0, ends[-1], max(count, 2))
    points = np.stack([np.interp(distance, ends, axis) for axis in line.T], axis=1)
    values = _along(original, points), _along(decoded, points)
    return Profile(distance, *values, short_unit(decoded))


def _along(layer: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:
    data = layer.data[0] if layer.multiscale else layer.data
    world = points[:, -layer.ndim :]
    places = np.rint([layer.world_to_data(p) for p in world]).astype(int)
    inside = ((places >= 0) & (places < np.array(data.shape))).all(1)
    if not inside.any():
        raise InputError(
            f"Expected a line across {layer.name!r}. Got one outside of it: draw it over the image."
        )
    low, high = places[inside].min(0), places[inside].max(0) + 1
    size = prod(int(v) for v in high - low) * np.dtype(data.dtype).itemsize
    if size > MAX_BYTES:
        raise MemoryLimitError(
            f"Expected a line whose box is at most {human_bytes(MAX_BYTES)}. Got one of "
            f"{human_bytes(size)}: draw a shorter line, or one within a slice."
        )
    box = np.asarray(data[tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))])
    found = np.full(len(points), np.nan)
    found[inside] = box[tuple((places[inside] - low).T)]
    return found


def short_unit(layer: Any) -> str:
    """Return the symbol of the unit of a layer's last axis, "pixel" without one."""
    units = getattr(layer, "units", None)
    if not units:
        return "pixel"
    name = str(units[-1])
    return "pixel" if name in ("pixel", "px", "") else f"{units[-1]:~P}"

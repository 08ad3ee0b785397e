"""Paths through the parameters of a collection, for movies."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Images, Index
from vcore.collections.lookup import LINEAR, METHOD, around, way_of
from vcore.collections.parameters import Parameter
from vcore.errors import InputError

MAX_FRAMES = 1 << 18
"""Maximum number of frames between points; nearly three hours."""
Point = Mapping[str, Any]
"""Value of each parameter by name: a number or a label."""


def along(images: Images, names: Sequence[str] = (), at: Point | None = None) -> list[Point]:
    """Return the points of the grid along one or several parameters.

    Parameters
    ----------
    images
        The collection.
    names
        Parameters to run through, the last one fastest and to and fro, so that neighbours follow
        one another. By default `time` if there is one, otherwise the parameter of most values.
    at
        Values of the others; the first ones by default.

    Raises
    ------
    InputError
        There is no such parameter or label.
    """
    names = names or [_default(images)]
    if twice := next((n for n in names if list(names).count(n) > 1), None):
        raise InputError(f"Expected each parameter once for `along`. Got {twice!r} twice.")
    axes = [_parameter(images, name) for name in names]
    point = start(images, at)
    indices: list[tuple[int, ...]] = [()]
    for axis in axes:
        forth = list(range(len(axis)))
        indices = [
            (*index, k)
            for turn, index in enumerate(indices)
            for k in (forth[::-1] if turn % 2 else forth)
        ]
    return [
        {**point, **{a.name: a.values[k] for a, k in zip(axes, index, strict=True)}}
        for index in indices
    ]


def through(
    images: Images, points: Sequence[Point], frames: int | None = None, at: Point | None = None
) -> list[Point]:
    """Return points on straight lines between given ones.

    Parameters
    ----------
    points
        Values of some parameters each; the others stay as they were. Labels change at the middle.
    frames
        Number of points; by default as many as there are steps of the grid on the way.
    at
        Values before the first point; the first ones of the grid by default.

    Raises
    ------
    InputError
        Fewer than two points, no such parameter or label, or too many frames.
    """
    if len(points) < 2:
        raise InputError(f"Expected two points or more for `through`. Got {len(points)} instead.")
    corners, last = [], start(images, at)
    for point in points:
        last = {**last, **start(images, point, only=True)}
        corners.append(last)
    steps = [max(1, _steps(images, a, b)) for a, b in pairwise(corners)]
    ends = np.concatenate([[0], np.cumsum(steps)])
    count = int(ends[-1]) + 1 if frames is None else frames
    if not 2 <= count <= MAX_FRAMES:
        raise InputError(
            f"Expected two frames or more, at most {MAX_FRAMES}. Got {count} instead: give "
            f"`frames`, or points within the values of the parameters."
        )
    found: list[Point] = []
    for place in np.linspace(0, ends[-1], count):
        leg = min(int(np.searchsorted(ends, place, "right")) - 1, len(steps) - 1)
        share = float((place - ends[leg]) / steps[leg])
        found.append({n: _between(v, corners[leg + 1][n], share) for n, v in corners[leg].items()})
    return found


def start(images: Images, at: Point | None = None, *, only: bool = False) -> dict[str, Any]:
    """Return the values ``at``, and the first value of the other parameters unless ``only``.

    Raises
    ------
    InputError
        There is no such parameter or label, or a number is none.
    """
    found = {} if only else {p.name: p.values[0] for p in images.parameters}
    for name, value in (at or {}).items():
        parameter = _parameter(images, name)
        if parameter.is_label:
            parameter.nearest(value)
            found[name] = value
            continue
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise InputError(f"Expected a number for {name}. Got {value!r} instead.")
        found[name] = number
    return found


def corners(images: Images, point: Point, *, blend: bool = False) -> list[tuple[Index, float]]:
    """Return the images at a point, and their weights: the nearest one, or the neighbours.

    Images that are not there are left out; nothing if none is.
    """
    found = around(point, images.parameters, None, blend=blend)
    found = [(index, weight) for index, weight in found if images.has(index)]
    total = sum(weight for _, weight in found)
    return [(index, weight / total) for index, weight in found]


def shown(
    images: Images,
    point: Point,
    *,
    blend: bool | str = False,
    under: tuple[int, int, int] | None = None,
) -> NDArray[np.uint8] | None:
    """Return the colours at a point over a background (y, x, 3); None where no image is.

    Parameters
    ----------
    blend
        As in ``Collection.image``.
    under
        Colour under what is transparent; by default the background of the images, or white.

    Raises
    ------
    InputError
        The images have no colour, or ``blend`` is "method" and they have none.
    """
    channel, way = images.channel(), way_of(blend)
    if not channel.is_colour:
        raise InputError(
            f"Expected images with colours. Got {', '.join(c.name for c in images.channels)} "
            f"instead."
        )
    beneath = under or images.background or (255, 255, 255)
    if way == METHOD:
        return np.rint(over(between(images, point, channel.name), beneath)).astype(np.uint8)
    mixed: Any = 0
    for index, weight in corners(images, point, blend=way == LINEAR):
        mixed = mixed + weight * over(images.read(index, channel.name), beneath)
    return None if isinstance(mixed, int) else np.rint(mixed).astype(np.uint8)


def between(images: Images, point: Point, channel: str) -> NDArray[Any]:
    """Return the image that the method of compressed images answers at a point.

    Raises
    ------
    InputError
        The images are not compressed, or their method knows those of the grid alone.
    """
    if images.between is None:
        raise InputError(
            "Expected images compressed by a network, such as nervi, whose method knows those "
            "between. Got uncompressed ones: blend them, or compress them first."
        )
    return images.between(point, channel)


def over(values: NDArray[np.uint8], under: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return colours (y, x, 3 or 4) over one colour: y, x, 3, of 0 to 255."""
    colour = values[..., :3].astype(np.float64)
    if values.shape[-1] == 3:
        return colour
    opacity = values[..., 3:] / 255.0
    return colour * opacity + np.array(under) * (1 - opacity)


def _default(images: Images) -> str:
    names = [p.name for p in images.parameters]
    if "time" in names:
        return "time"
    return max(images.parameters, key=len).name


def _parameter(images: Images, name: str) -> Parameter:
    for parameter in images.parameters:
        if parameter.name == name:
            return parameter
    raise InputError(
        f"Expected a parameter out of {', '.join(p.name for p in images.parameters)}. Got {name!r} "
        f"instead."
    )


def _steps(images: Images, begin: Point, end: Point) -> int:
    """Return the largest number of steps of a parameter between two points."""
    return max(_step_count(p, begin[p.name], end[p.name]) for p in images.parameters)


def _step_count(parameter: Parameter, begin: Any, end: Any) -> int:
    if parameter.is_label or len(parameter) == 1:
        return int(begin != end)
    length = float(parameter.values[-1]) - float(parameter.values[0])
    steps = abs(float(end) / length - float(begin) / length) * (len(parameter) - 1)
    return round(min(steps, MAX_FRAMES))


def _between(begin: Any, end: Any, share: float) -> Any:
    if isinstance(begin, str):
        return begin if share < 0.5 else end
    return begin + (end - begin) * share

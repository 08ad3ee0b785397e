"""Geometry of NRRD: axis order, spacings and directions, interpreted as in ITK and teem."""

import logging
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.assemble import positive
from vcore.io.given import warn
from vcore.io.tidy import affine_grid, numbers, tidy_grid
from vcore.io.units import common_unit, time_unit

logger = logging.getLogger(__name__)

SPACE_KINDS = {"domain", "space", "???", "none"}
"""Kinds of space axes, including unspecified ones (NRRD format, section 5)."""
OTHER_KINDS = re.compile(
    r"time|list|point|vector|covariant-vector|normal|stub|scalar|complex|quaternion|"
    r"[234]-(vector|color|gradient|normal)|(rgb|hsv|xyz|rgba)-color|[23]d-(masked-)?(symmetric-)?matrix"
)
"""Kinds of axes other than space axes (NRRD format, section 5); unknown kinds are ignored."""
SPACES = {
    "ras": "right-anterior-superior",
    "las": "left-anterior-superior",
    "lps": "left-posterior-superior",
    "scanner-xyz": "scanner-xyz",
    "3d-right-handed": "3D-right-handed",
    "3d-left-handed": "3D-left-handed",
}
"""Names of coordinate spaces by lower-case abbreviation."""


def space_of(header: dict[str, Any]) -> str:
    """Return the full name of the coordinate space, without "-time"; "" if unspecified."""
    text = str(header.get("space", "")).lower()
    text = text.removesuffix("-time")
    known = {**SPACES, **{v.lower(): v for v in SPACES.values()}}
    return known.get(text, known.get(text.removesuffix("t"), str(header.get("space", ""))))


def axes_of(header: dict[str, Any]) -> str:
    """Return a letter per axis, fastest axis first."""
    ndim = int(header["dimension"])
    kinds = [k.lower() for k in _texts(header.get("kinds"), ndim)]
    kinds = [k if OTHER_KINDS.fullmatch(k) else "domain" for k in kinds]
    directions = _directions(header)
    spacings = np.isfinite(numbers(header.get("spacings"), ndim))
    if directions is not None:
        space = [bool(np.isfinite(d).all()) for d in directions]
        if directions.shape[1] == 4 and sum(space) == 4:  # space and time
            last = int(np.argmax(np.abs(directions[:, 3])))
            space[last], kinds[last] = False, "time"
    else:
        space = [k in SPACE_KINDS for k in kinds]
        if sum(space) != 3 and "kinds" not in header:
            space = [i < 3 for i in range(ndim)] if spacings.sum() != 3 else spacings.tolist()
    if ndim == 3 and all(k in SPACE_KINDS for k in kinds):
        space = [True] * 3  # regardless of the directions
    # a fourth domain axis without a direction is time
    if sum(space) == 4 and directions is None:
        space[3], kinds[3] = False, "time"
    letters, names = "", iter("xyz")
    for i in range(ndim):
        if space[i]:
            letters += next(names, "?")
        else:
            unlabelled = kinds[i] in SPACE_KINDS and i == ndim - 1
            letters += "t" if kinds[i] == "time" or unlabelled else "c"
    return letters


def grid_of(path: str, header: dict[str, Any], axes: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of the grid besides its shape, and attributes that do not fit in it."""
    ndim = len(axes)
    if ndim != int(header["dimension"]) or len(set(axes)) < ndim or not set("xy") <= set(axes):
        return {}, {}  # ``variable`` refuses these axes with a message
    at = [axes.index(a) for a in "xyz" if a in axes]
    units = _texts(header.get("units"), ndim)
    spacings = np.array(numbers(header.get("spacings"), ndim))
    lows = np.array(numbers(header.get("axis mins"), ndim))
    attributes: dict[str, Any] = {}
    directions = _directions(header)
    if directions is not None and np.isfinite(directions[at, :3]).any():
        grid, attributes = _directed(path, header, directions[at, :3])
    else:
        if directions is None and header.get("space directions") is not None:
            warn("spacing", "%s: its space directions are not three-dimensional", path)
        grid = _along_axes(path, header, at, spacings, lows, units)
    if "t" in axes:
        t = axes.index("t")
        if np.isfinite(spacings[t]) and spacings[t] != 0:
            frames = int(header["sizes"][t])
            low = np.nan_to_num(lows[t])
            grid["times"] = tuple(float(low + i * spacings[t]) for i in range(frames))
            grid["time_unit"] = time_unit(units[t])
        elif directions is not None and directions.shape[1] == 4:
            grid |= _times_of_space(header, t, directions[t, 3])
    labels = _texts(header.get("labels"), ndim)
    if all(labels[i] for i in at):
        grid["axis_names"] = (*("z",)[len(at) - 2 :], *(labels[i] for i in at[::-1]))
    return tidy_grid(path, grid), attributes


def _times_of_space(header: dict[str, Any], t: int, step: float) -> dict[str, Any]:
    """Return the times along axis ``t`` of a space whose fourth dimension is time."""
    if not np.isfinite(step) or step == 0:
        return {}
    frames = int(header["sizes"][t])
    first = np.nan_to_num(numbers(header.get("space origin"), 4, 0.0)[3])
    units = _texts(header.get("space units"), 4)
    times = tuple(float(first + i * step) for i in range(frames))
    return {"times": times, "time_unit": time_unit(units[3])}


def _directed(
    path: str, header: dict[str, Any], directions: NDArray[np.float64]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the grid defined by ``space directions``: x y z axes by world coordinates."""
    units = _texts(header.get("space units"), directions.shape[1])
    if len(directions) == 2 and not units[-1]:
        units[-1] = units[0]  # of a space of two dimensions
    unit, scales = common_unit(path, units[::-1])
    factors = scales[::-1]
    affine = np.eye(4)
    affine[:3, : len(directions)] = directions.T * np.array(factors)[:, None]
    if len(directions) == 2:
        normal = np.cross(*affine[:3, :2].T)
        affine[:3, 2] = normal / (np.linalg.norm(normal) or 1.0)
    origin = numbers(header.get("space origin"), 3, 0.0)
    if not np.isfinite(origin).all():
        warn("origin", "%s: its space origin has invalid components; used 0 for these", path)
    affine[:3, 3] = np.nan_to_num(origin) * factors
    grid, attributes = affine_grid(path, affine)
    return {**grid, "unit": unit}, attributes


def _along_axes(
    path: str,
    header: dict[str, Any],
    at: list[int],
    spacings: NDArray[np.float64],
    lows: NDArray[np.float64],
    units: list[str],
) -> dict[str, Any]:
    """Return the grid defined by spacings, or by minima and maxima, along each axis.

    As in teem and ITK, ``axis mins`` is the edge of the first voxel unless ``centers`` is "node".
    """
    ndim = len(spacings)
    centers = str(header.get("centers", "")).split()
    node = [c.lower() == "node" for c in centers] + [False] * (ndim - len(centers))
    highs = np.array(numbers(header.get("axis maxs"), ndim))
    unit, factors = common_unit(path, [units[i] for i in at[::-1]])
    steps, origin = [], []
    for i, scale in zip(at[::-1], factors, strict=True):
        step = spacings[i]
        count = int(header["sizes"][i]) - node[i]
        if np.isnan(step) and np.isfinite(highs[i] - lows[i]) and count:
            step = (highs[i] - lows[i]) / count
        steps.append(None if np.isnan(step) else float(step * scale))
        half = 0.0 if node[i] else np.nan_to_num(step) / 2
        origin.append(float((lows[i] + half) * scale) if np.isfinite(lows[i]) else 0.0)
    if len(at) == 2:
        steps, origin = [1.0, *steps], [0.0, *origin]
    sizes, direction = positive(steps)
    return {"spacing": sizes, "origin": origin, "direction": direction, "unit": unit}


def _directions(header: dict[str, Any]) -> Any:
    """Return the vector of each axis, NaN for "none"; None if they are missing or invalid."""
    directions = header.get("space directions")
    if directions is None:
        return None
    rows = [np.asarray(d, float).ravel() for d in directions if d is not None]
    width = max((len(r) for r in rows), default=0)
    if width == len(rows) == 2:
        directions = [d if d is None else [*np.ravel(d), 0.0] for d in directions]
        width = 3
    if len(directions) != int(header["dimension"]) or width < 3:
        return None
    return np.array([numbers(None if d is None else np.ravel(d), width) for d in directions])


def _texts(values: Any, count: int) -> list[str]:
    """Return exactly ``count`` strings from a list, "" for missing ones."""
    found = [str(v) for v in values] if isinstance(values, list | tuple) else []
    return (found + [""] * count)[:count]

"""Axes and affine transformations of OME-Zarr metadata."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.tidy import numbers

Matrix = NDArray[np.float64]
Load = Callable[[str], Any]
"""Returns the array at a path of the image's group."""
TYPES = {"time": "t", "channel": "c"}
MAX_DEPTH = 8
"""Maximum depth of nested transformations, number of axes, and side of a stored matrix."""


def matrix_of(
    step: Mapping[str, Any], count: int, load: Load | None = None, depth: int = 0
) -> Matrix | None:
    """Return the homogeneous matrix of a transformation of ``count`` axes.

    None if it is not affine, changes the number of axes, or is damaged.
    """
    if depth > MAX_DEPTH or count > MAX_DEPTH:
        return None
    kind, found = str(step.get("type")), np.eye(count + 1)
    if kind in ("scale", "translation"):
        values = step.get(kind)
        if not isinstance(values, list) or len(values) != count:
            return None
        if kind == "scale":
            found[range(count), range(count)] = numbers(values, count)
        else:
            found[:-1, -1] = numbers(values, count)
    elif kind in ("affine", "rotation"):
        columns = count + (kind == "affine")
        told = _stored(step, kind, load)
        if told is None or told.shape != (count, columns):
            return None
        found[:-1, :columns] = told
    elif kind == "mapAxis":
        order = step.get("mapAxis")
        if not isinstance(order, list) or sorted(order, key=str) != list(range(count)):
            return None
        found = found[[*order, count]]
    elif kind == "bijection":
        forward = step.get("forward")
        return matrix_of(forward, count, load, depth + 1) if isinstance(forward, Mapping) else None
    elif kind == "sequence":
        for inner in mappings(step.get("transformations")):
            told_inner = matrix_of(inner, count, load, depth + 1)
            if told_inner is None:
                return None
            found = told_inner @ found
    elif kind == "byDimension":
        return _by_dimension(step, count, load, depth)
    elif kind != "identity":
        return None
    return found if np.isfinite(found).all() else None


def _by_dimension(
    step: Mapping[str, Any], count: int, load: Load | None, depth: int
) -> Matrix | None:
    found, seen = np.zeros((count + 1, count + 1)), list[int]()
    found[-1, -1] = 1
    for part in mappings(step.get("transformations")):
        told = part.get("transformation")
        ins, outs = _indices(part.get("inputAxes"), count), _indices(part.get("outputAxes"), count)
        if not isinstance(told, Mapping) or not ins or len(ins) != len(outs):
            return None
        inner = matrix_of(told, len(ins), load, depth + 1)
        if inner is None:
            return None
        found[np.ix_(outs, [*ins, count])] = inner[:-1]
        seen += outs
    return found if sorted(seen) == list(range(count)) else None


def _indices(given: Any, count: int) -> list[int]:
    """Return indices of axes, empty if any is none."""
    listed = given if isinstance(given, list) else []
    return listed if all(type(i) is int and 0 <= i < count for i in listed) else []


def _stored(step: Mapping[str, Any], kind: str, load: Load | None) -> Matrix | None:
    """Return the matrix of a transformation, in the metadata or in an array."""
    values: Any = step.get(kind)
    if values is None and load is not None and isinstance(step.get("path"), str):
        try:
            array = load(str(step["path"]))
            values = np.asarray(array[...]) if max(array.shape) <= MAX_DEPTH else None
        except Exception:  # no such array, or one that is damaged: as a matrix that is missing
            return None
    try:
        found = np.array(values, np.float64)
    except (TypeError, ValueError):
        return None
    return found if found.ndim == 2 else None


def axis_letters(described: Sequence[Mapping[str, Any]]) -> str:
    """Return one letter per axis: by type and name, other spatial axes by position (z, y, x)."""
    letters = [""] * len(described)
    names = [str(a.get("name", "")).strip().lower() for a in described]
    for i, axis in enumerate(described):
        default = {"t": "time", "time": "time", "c": "channel", "channel": "channel"}
        kind = str(axis.get("type") or default.get(names[i], "space")).lower()
        letter = TYPES.get(kind) or (names[i] if names[i] in ("z", "y", "x") else "")
        fallback = "" if kind == "space" else "?"
        letters[i] = letter if letter and letter not in letters else fallback
    missing = [a for a in "zyx" if a not in letters]
    blank = [i for i, letter in enumerate(letters) if not letter]
    for i, letter in zip(blank, missing[len(missing) - len(blank) :], strict=False):
        letters[i] = letter
    odd = iter("0123456789")  # placeholders for dropped axes
    return "".join(next(odd, "?") if a in ("", "?") else a for a in letters)


def described(multiscale: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the axes of an image of version 0.5 or before."""
    axes = multiscale.get("axes")
    return [
        dict(a) if isinstance(a, Mapping) else {"name": a}
        for a in (axes if isinstance(axes, list) else [])
    ]


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, empty if it is none."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []

"""Metadata never blocks values: what of a grid is unusable is replaced, with a warning."""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.io.assemble import flipped, matrix, nearest_rotation, split_affine, triple
from vcore.io.given import warn
from vcore.model.grid import IDENTITY

logger = logging.getLogger(__name__)

AXES = ("z", "y", "x")
SHEAR = 1e-3
"""Cosine between axes of a direction that is still taken for orthonormal: headers have few
digits."""


def number(value: object) -> float:
    """Return ``value`` as a float, NaN where it is none: null, text, an empty field."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def numbers(values: object, count: int, default: float = math.nan) -> list[float]:
    """Return ``count`` floats out of a sequence or a text; those that are not there are
    ``default``."""
    if isinstance(values, str):
        values = values.split()
    found = list(values) if isinstance(values, Iterable) else []
    return [number(v) for v in found[:count]] + [default] * (count - len(found))


def tidy_grid(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a Grid with those replaced that a Grid refuses.

    Parameters
    ----------
    path
        Names the file in warnings.
    fields
        Any fields of ``Grid``. A spacing of None is one that the file does not tell; it becomes 1,
        in silence only where none is told. One of 0, below 0, NaN or text becomes 1, too.
    """
    found = dict(fields)
    if "spacing" in found:
        unit = str(found.get("unit", ""))
        found["spacing"], known = _spacing(path, found["spacing"], unit)
        if not known and unit:
            warn("spacing", "%s: no sizes of voxels in %s; took 1 without unit", path, unit)
            found["unit"] = ""
    if "origin" in found:
        found["origin"] = _origin(path, found["origin"])
    if "direction" in found:
        found["direction"] = _direction(path, found["direction"])
    if (times := found.get("times")) is not None:
        values = [number(t) for t in times]
        if not np.isfinite(values).all():
            warn("times", "%s: its times are not all numbers; took none", path)
            found["time_unit"] = ""
        found["times"] = tuple(values) if np.isfinite(values).all() else None
    return found


def affine_grid(path: str, affine: NDArray[np.float64]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return spacing, origin and direction out of a 4x4 matrix over x y z.

    A matrix that is none of a Grid (sheared, singular, NaN) gives the nearest, a warning, and
    itself as the attribute ``registration``.
    """
    spacing, origin, direction, exact = split_affine(affine)
    attributes: dict[str, Any] = {}
    if not exact:
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        known = np.isfinite(lengths) & (lengths > 0)
        for axis, length in zip("xyz", lengths, strict=True):
            if not (math.isfinite(length) and length > 0):
                warn("spacing", "%s: the size of voxels along %s is %s; took 1", path, axis, length)
        if not np.isfinite(affine[:3, 3]).all():
            warn("origin", "%s: its origin is no number everywhere; took 0 there", path)
        unit_columns = affine[:3, :3][:, known] / lengths[known]
        if not np.allclose(unit_columns.T @ unit_columns, np.eye(known.sum()), atol=1e-4):
            logger.warning(
                "%s: its affine is sheared or singular; took the nearest rotation, with voxels of "
                "%s",
                path,
                " x ".join(f"{s:g}" for s in spacing[::-1]),
            )
        if np.isfinite(affine).all():
            attributes["registration"] = np.asarray(affine, float)[:3].tolist()
    return {
        "spacing": spacing[::-1],
        "origin": origin[::-1],
        "direction": flipped(direction),
    }, attributes


def _spacing(path: str, raw: Sequence[Any], unit: str) -> tuple[tuple[float, float, float], bool]:
    """Return usable spacings and whether any of them is told."""
    values = [math.nan if v is None else number(v) for v in raw]
    usable = [math.isfinite(v) and v > 0 for v in values]
    for value, good, axis in zip(raw, usable, AXES, strict=True):
        if good or (value is None and not any(usable)):
            continue
        what = "is not told" if value is None else f"is {value}"
        warn(
            "spacing",
            "%s: the size of voxels along %s %s; took 1 %s",
            path,
            axis,
            what,
            unit if any(usable) and unit else "without unit",
        )
    return triple(v if good else 1.0 for v, good in zip(values, usable, strict=True)), any(usable)


def _origin(path: str, raw: Sequence[Any]) -> tuple[float, float, float]:
    values = [number(v) for v in raw]
    if not np.isfinite(values).all():
        warn("origin", "%s: its origin is %s; took 0 where that is no number", path, list(raw))
    return triple(v if math.isfinite(v) else 0.0 for v in values)


def _direction(path: str, raw: Any) -> Any:
    values = np.asarray(raw, float)
    if values.shape != (3, 3) or not np.isfinite(values).all():
        logger.warning("%s: its directions are not numbers; took the axes'", path)
        return IDENTITY
    if np.allclose(values.T @ values, np.eye(3), atol=SHEAR):
        return matrix(values)
    logger.warning("%s: its directions are not orthonormal; took the nearest rotation", path)
    return matrix(nearest_rotation(values))

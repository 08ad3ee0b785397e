"""Replace unusable grid metadata, with a warning: metadata never prevents reading values."""

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
MAX_AXIS_COSINE = 1e-3
"""Maximum cosine between axes of a direction still treated as orthonormal: headers have few
digits."""


def number(value: object) -> float:
    """Return ``value`` as a float, NaN for null, text or an empty field."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def numbers(values: object, count: int, default: float = math.nan) -> list[float]:
    """Return ``count`` floats from a sequence or text; missing ones are ``default``."""
    if isinstance(values, str):
        values = values.split()
    found = list(values) if isinstance(values, Iterable) else []
    return [number(v) for v in found[:count]] + [default] * (count - len(found))


def tidy_grid(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of a Grid, with invalid ones replaced.

    Parameters
    ----------
    path
        Path of the file, for warnings.
    fields
        Any fields of ``Grid``. A spacing of None is unspecified and becomes 1, without a warning
        only if all are unspecified. One of 0, below 0, NaN or text becomes 1, too.
    """
    found = dict(fields)
    if "spacing" in found:
        unit = str(found.get("unit", ""))
        found["spacing"], known = _spacing(path, found["spacing"], unit)
        if not known and unit:
            warn(
                "spacing", "%s: has the unit %s but no voxel size; used 1 without unit", path, unit
            )
            found["unit"] = ""
    if "origin" in found:
        found["origin"] = _origin(path, found["origin"])
    if "direction" in found:
        found["direction"] = _direction(path, found["direction"])
    if (times := found.get("times")) is not None:
        values = [number(t) for t in times]
        if not np.isfinite(values).all():
            warn("times", "%s: ignored its times, which are not all numbers", path)
            found["time_unit"] = ""
        found["times"] = tuple(values) if np.isfinite(values).all() else None
    return found


def affine_grid(path: str, affine: NDArray[np.float64]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return spacing, origin and direction of a 4x4 matrix over x y z.

    A matrix that a Grid cannot represent (sheared, singular, NaN) gives the nearest one, a
    warning, and itself as the attribute ``registration``.
    """
    spacing, origin, direction, exact = split_affine(affine)
    attributes: dict[str, Any] = {}
    if not exact:
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        known = np.isfinite(lengths) & (lengths > 0)
        for axis, length in zip("xyz", lengths, strict=True):
            if not (math.isfinite(length) and length > 0):
                warn("spacing", "%s: the voxel size along %s is %s; used 1", path, axis, length)
        if not np.isfinite(affine[:3, 3]).all():
            warn("origin", "%s: its origin has invalid components; used 0 for these", path)
        unit_columns = affine[:3, :3][:, known] / lengths[known]
        if not np.allclose(unit_columns.T @ unit_columns, np.eye(known.sum()), atol=1e-4):
            logger.warning(
                "%s: its affine is sheared or singular; used the nearest rotation, with voxels of "
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
    """Return usable spacings, and whether any of them comes from the file."""
    values = [math.nan if v is None else number(v) for v in raw]
    usable = [math.isfinite(v) and v > 0 for v in values]
    for value, good, axis in zip(raw, usable, AXES, strict=True):
        if good or (value is None and not any(usable)):
            continue
        what = "is missing" if value is None else f"is {value}"
        warn(
            "spacing",
            "%s: the voxel size along %s %s; used 1 %s",
            path,
            axis,
            what,
            unit if any(usable) and unit else "without unit",
        )
    return triple(v if good else 1.0 for v, good in zip(values, usable, strict=True)), any(usable)


def _origin(path: str, raw: Sequence[Any]) -> tuple[float, float, float]:
    values = [number(v) for v in raw]
    if not np.isfinite(values).all():
        warn("origin", "%s: its origin is %s; used 0 where that is not a number", path, list(raw))
    return triple(v if math.isfinite(v) else 0.0 for v in values)


def _direction(path: str, raw: Any) -> Any:
    values = np.asarray(raw, float)
    if values.shape != (3, 3) or not np.isfinite(values).all():
        logger.warning("%s: its directions are not numbers; used the identity", path)
        return IDENTITY
    if np.allclose(values.T @ values, np.eye(3), atol=MAX_AXIS_COSINE):
        return matrix(values)
    logger.warning("%s: its directions are not orthonormal; used the nearest rotation", path)
    return matrix(nearest_rotation(values))

"""Grid: position of a volume's voxels in space and time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError

Triple = tuple[float, float, float]
"""One number each for z, y, x."""
IDENTITY: tuple[Triple, Triple, Triple] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
EVEN_TOLERANCE = 1e-5
"""Maximum deviation of evenly spaced coordinates from a straight line, as a fraction of a step."""
MAX_SEAM_RATIO = 4
"""Maximum ratio between the step at which longitudes wrap and the other steps."""
TIME_TOLERANCE = 1e-9
"""Tolerance of time look-up, relative to half a step and absolute in time units."""
MAX_FLOAT32_DEVIATION = 0.02
"""Maximum deviation of evenly spaced coordinates rounded to float32, as a fraction of a step."""


@dataclass(frozen=True)
class Grid:
    """A regular or rectilinear grid of voxels; all triples are in array order, z y x.

    The centre of voxel ``(k, j, i)`` lies at ``origin + direction @ (spacing * (k, j, i))``, both
    sides in z y x order. Tools that write x y z (ITK, VTK) reverse the triples and both axes of
    ``direction``.

    Parameters
    ----------
    shape
        Number of voxels along z, y, x.
        Distance between voxel centres, in ``unit``; positive.
        Distance between voxel centres, in ``unit``; positive.
    origin
        Centre of voxel (0, 0, 0), in ``unit``.
    direction
        Orthonormal 3x3 matrix, rows and columns in z y x order.
    unit
        Unit of length as OME-Zarr spells it ("micrometer", "millimeter"), or "" if unknown.
    axis_names
        Names of the three space axes.
    times
        Time of every frame in ``time_unit``, or None for volumes without a time axis.
    coordinates
        Voxel centres along each axis of a rectilinear grid, in ``unit`` and array order: rising,
        falling or neither (longitudes 350 .. 358, 0 .. 12). The direction is then the identity;
        spacing and origin hold their mean absolute step and first value.
    """

    shape: tuple[int, int, int]
    spacing: Triple = (1.0, 1.0, 1.0)
    origin: Triple = (0.0, 0.0, 0.0)
    direction: tuple[Triple, Triple, Triple] = IDENTITY
    unit: str = ""
    axis_names: tuple[str, str, str] = ("z", "y", "x")
    times: tuple[float, ...] | None = None
    time_unit: str = ""
    coordinates: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or any(int(n) < 1 for n in self.shape):
            raise InputError(
                f"Expected a grid of three axes (z, y, x) of at least one voxel. "
                f"Got shape {tuple(self.shape)} instead."
            )
        if len(self.spacing) != 3 or not all(np.isfinite(s) and s > 0 for s in self.spacing):
            raise InputError(
                f"Expected three positive, finite spacings. Got {self.spacing} instead."
            )
        if len(self.origin) != 3 or not np.isfinite(self.origin).all():
            raise InputError(
                f"Expected a finite origin of three numbers. Got {self.origin} instead."
            )
        if np.shape(self.direction) != (3, 3) or not np.isfinite(self.direction).all():
            raise InputError(f"Expected a 3x3 direction matrix. Got {self.direction} instead.")
        if self.times is not None and not np.isfinite(self.times).all():
            raise InputError("Expected finite time values. Got NaN or infinity among them instead.")
        if self.coordinates is not None:
            lengths = tuple(len(c) for c in self.coordinates)
            if lengths != tuple(self.shape) or not all(
                np.isfinite(c).all() for c in self.coordinates
            ):
                raise InputError(
                    f"Expected finite coordinates of lengths {self.shape}. "
                    f"Got lengths {lengths} instead."
                )

    @classmethod
    def from_coordinates(cls, coordinates: Sequence[Sequence[float]], **fields: Any) -> Self:
        """Return the grid of voxel centres given along z, y, x, in array order.

        Evenly spaced coordinates give a regular grid, with a direction of -1 along falling axes;
        others are stored as ``coordinates``.
        """
        axes = [np.asarray(axis, np.float64) for axis in coordinates]
        steps = [step for axis in axes if (step := even_step(axis)) is not None]
        if len(steps) == len(axes):
            fields["spacing"] = tuple(abs(step) for step in steps)
            fields["origin"] = tuple(float(axis[0]) for axis in axes)
            signs = [-1 if step < 0 else 1 for step in steps]
            fields["direction"] = tuple(tuple(row) for row in np.diag(signs).tolist())
        else:
            fields |= _summary([axis.tolist() for axis in axes])
        return cls(shape=tuple(len(axis) for axis in axes), **fields)  # type: ignore[arg-type]

    @cached_property
    def voxels(self) -> int:
        """Number of voxels of one frame."""
        return int(np.prod(self.shape, dtype=object))

    @property
    def affine(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """4x4 matrix from (z, y, x) voxel indices to (z, y, x) world coordinates."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.asarray(self.direction, float) * np.asarray(self.spacing, float)
        matrix[:3, 3] = self.origin
        return matrix

    def coarsened(self, factor: Sequence[int]) -> "Grid":
        """Return the grid of boxes of ``factor`` voxels; the last box of an axis may be smaller.

        The origin moves by half a box minus half a voxel, so that coarse levels overlay fine ones.
        """
        spacing = tuple(s * f for s, f in zip(self.spacing, factor, strict=True))
        shift = np.asarray(self.direction, float) @ [
            s * (f - 1) / 2 for s, f in zip(self.spacing, factor, strict=True)
        ]
        changed: dict[str, Any] = {
            "shape": tuple(-(-n // f) for n, f in zip(self.shape, factor, strict=True)),
            "spacing": spacing,
            "origin": tuple(float(o + d) for o, d in zip(self.origin, shift, strict=True)),
        }
        if self.coordinates is not None:
            found = [
                _box_centres(np.array(c), f) for c, f in zip(self.coordinates, factor, strict=True)
            ]
            changed |= _summary(found)
        return replace(self, **changed)

    def cropped(self, region: Sequence[slice], frame: int | None = None) -> "Grid":
        """Return the grid of a z y x ``region``, and of a single frame if ``frame`` is given."""
        shift = np.asarray(self.direction, float) @ [
            s.start * step for s, step in zip(region, self.spacing, strict=True)
        ]
        changed: dict[str, Any] = {
            "shape": tuple(s.stop - s.start for s in region),
            "origin": tuple(float(o + d) for o, d in zip(self.origin, shift, strict=True)),
        }
        if frame is not None:
            changed |= {"times": None, "time_unit": ""}
        if self.coordinates is not None:
            changed |= _summary([c[s] for c, s in zip(self.coordinates, region, strict=True)])
        return replace(self, **changed)

    def frame_at(self, time: float) -> int:
        """Return the index of the frame nearest to ``time``, given in ``time_unit``.

        Raises
        ------
        InputError
            The grid has no times, or ``time`` is more than half a step before the first or after
            the last.
        """
        if self.times is None:
            raise InputError(
                "Expected a grid with times. Got one without instead: give `frame`, from 0."
            )
        times = np.array(self.times)
        found = int(np.abs(times - time).argmin()) if np.isfinite(time) else 0
        others = np.abs(times[times != times[found]] - times[found])
        room = others.min(initial=np.inf) / 2 if others.size else 0.0
        inside = times.min() <= time <= times.max()
        if (
            not inside
            and not abs(times[found] - time) <= room * (1 + TIME_TOLERANCE) + TIME_TOLERANCE
        ):
            unit = f" {self.time_unit}".rstrip()
            raise InputError(
                f"Expected a time in {times.min():g}..{times.max():g}{unit}, plus or minus half a "
                f"step. Got {time:g} instead: give one of these, or `frame` in "
                f"0..{len(times) - 1}."
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the fields with non-default values, as JSON values."""
        values: dict[str, Any] = {"shape": list(self.shape)}
        for name in ("spacing", "origin", "direction", "unit", "axis_names", "time_unit"):
            if getattr(self, name) != type(self).__dataclass_fields__[name].default:
                values[name] = getattr(self, name)
        if self.times is not None:
            values["times"] = list(self.times)
        if self.coordinates is not None:
            values["coordinates"] = self.coordinates
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the grid described by ``to_json``."""
        return cls(**{name: _tuples(value) for name, value in values.items()})


def even_step(axis: NDArray[np.float64]) -> float | None:
    """Return the signed step of evenly spaced coordinates, 1 for a single one, None if uneven.

    Coordinates representable in float32 may deviate by its rounding.
    """
    if len(axis) == 1:
        return 1.0
    step = float(axis[-1] - axis[0]) / (len(axis) - 1)
    if step == 0 or not np.isfinite(step):
        return None
    with np.errstate(over="ignore"):
        single = bool((axis.astype(np.float32) == axis).all())
    rounding = float(np.finfo(np.float32 if single else np.float64).eps * np.abs(axis).max())
    off = np.abs(axis - (axis[0] + step * np.arange(len(axis))))
    tolerance = max(EVEN_TOLERANCE * abs(step), min(rounding, MAX_FLOAT32_DEVIATION * abs(step)))
    return step if (off <= tolerance).all() else None


def unwrapped(axis: NDArray[np.float64], turn: float = 360.0) -> NDArray[np.float64] | None:
    """Return angles made monotonic by adding whole turns, or None if that is not possible.

    350, 358, 0, 12 become 350, 358, 360, 372.
    """
    steps = np.diff(axis)
    if (steps > 0).all() or (steps < 0).all():
        return axis
    for sign in (1.0, -1.0):
        turns = np.concatenate([[0.0], np.cumsum(steps * sign <= 0)])
        found = axis + sign * turn * turns
        strides = np.diff(found) * sign
        # angles wrap at most once, with similar steps; other coordinates are not angles
        if turns[-1] == 1 and (strides > 0).all() and np.ptp(found) <= turn:
            seam = int(np.argmax(turns)) - 1
            if strides[seam] <= MAX_SEAM_RATIO * np.delete(strides, seam).max(initial=0.0):
                return found
    return None


def _summary(coordinates: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return spacing, origin and coordinates of a rectilinear grid."""
    return {
        "coordinates": tuple(tuple(axis) for axis in coordinates),
        "origin": tuple(float(axis[0]) for axis in coordinates),
        "spacing": tuple(
            float(np.abs(np.diff(axis)).mean()) or 1.0 if len(axis) > 1 else 1.0
            for axis in coordinates
        ),
    }


def _box_centres(axis: NDArray[np.float64], factor: int) -> tuple[float, ...]:
    """Return the mean coordinate of each box, on the circle for angles that wrap."""
    straight = unwrapped(axis)
    values = axis if straight is None else straight
    means = np.array([values[i : i + factor].mean() for i in range(0, len(axis), factor)])
    means[means > axis.max()] -= 360.0
    means[means < axis.min()] += 360.0
    return tuple(means.tolist())


def _tuples(value: Any) -> Any:
    return tuple(_tuples(v) for v in value) if isinstance(value, list | tuple) else value

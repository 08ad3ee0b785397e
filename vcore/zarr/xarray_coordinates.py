"""Dimensions and coordinates of an xarray dataset, with the names and dtypes of the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from vcore.io.units import common_length_unit
from vcore.model.axes import AXES
from vcore.model.grid import Grid

OWN = ("name", "stored_dtype", "values", "counted")
"""Keys that readers add to the attributes of an axis's coordinates."""


@dataclass(frozen=True)
class Axes:
    """Axes of a level.

    Parameters
    ----------
    grid
        Grid of the level.
    attributes
        Attributes of the volume.
    exact
        Whether the level is on the source's grid, not a coarser one.
    """

    grid: Grid
    attributes: Mapping[str, Any]
    exact: bool

    @property
    def names(self) -> dict[str, str]:
        """Names of t, c, z, y, x: those of the source, or the letters if they are ambiguous."""
        names = {a: str(self._said(a).get("name") or a) for a in "tc"}
        names |= zip("zyx", self.grid.axis_names, strict=True)
        is_clear = len(set(names.values())) == 5 and all(names.values())
        return names if is_clear else {a: a for a in "tczyx"}

    def name(self, axis: str) -> str:
        """Return the name of an axis of the source, given by letter or by its name."""
        return self.names.get(axis) or str(self._said(axis).get("name") or axis)

    def coordinates(self, letter: str, length: int) -> xr.Variable | None:
        """Return the coordinates of an axis, None if it has none."""
        if letter == "t":
            return self._times()
        if letter == "c":
            values = self._said("c").get("values")
            fits = isinstance(values, list) and len(values) == length
            return self._variable("c", np.array(values)) if fits else None
        if letter not in AXES:
            return None  # those of other axes are carried
        axis = "zyx".index(letter)
        values, said = self._space(axis), self._said(letter)
        if said.get("counted") and (values == np.arange(length)).all():
            return None
        return self._variable(letter, values)

    def _said(self, letter: str) -> Mapping[str, Any]:
        axes = self.attributes.get("axes", {})
        said = axes.get(letter, {}) if isinstance(axes, dict) else {}
        return said if isinstance(said, dict) else {}

    def _variable(self, letter: str, values: NDArray[Any]) -> xr.Variable:
        said = self._said(letter)
        attributes = {k: v for k, v in said.items() if k not in OWN}
        if letter in "zyx" and not attributes and self.grid.unit:
            attributes["units"] = self.grid.unit
        return xr.Variable(self.names[letter], values, attributes)

    def _times(self) -> xr.Variable | None:
        if self.grid.times is None:
            return None
        found = self._variable("t", np.array(self.grid.times))
        reference = self.attributes.get("time_reference", self.grid.time_unit)
        if reference:
            found.attrs.setdefault("units", reference)
        if "calendar" in self.attributes:
            found.attrs.setdefault("calendar", self.attributes["calendar"])
        return found

    def _space(self, axis: int) -> NDArray[Any]:
        """Return the voxel positions along an axis in the source's unit and dtype."""
        grid, said = self.grid, self._said("zyx"[axis])
        if grid.coordinates is not None:
            values = np.array(grid.coordinates[axis])
        else:
            sign = grid.direction[axis][axis] if is_straight(grid) else 1.0
            start = grid.origin[axis] if is_straight(grid) else 0.0
            values = start + sign * grid.spacing[axis] * np.arange(grid.shape[axis])
        unit, factors = common_length_unit([str(said.get("units", "")), grid.unit])
        if unit and factors[0] != 1:
            values = values / factors[0]
        return self._exactly(values, said) if self.exact else values

    def _exactly(self, values: NDArray[np.float64], said: Mapping[str, Any]) -> NDArray[Any]:
        """Return the source's exact numbers if ``values`` equal them up to rounding."""
        dtype = np.dtype("f8")
        if said.get("stored_dtype") in ("float32", *INTEGERS):
            dtype = np.dtype(said["stored_dtype"])
        kept = said.get("values")
        if isinstance(kept, list) and len(kept) == values.size:
            stored = np.array(kept, np.float64)
            step = np.abs(np.diff(values)).max(initial=0.0) or 1.0
            if np.allclose(stored, values, rtol=0, atol=0.05 * step):
                values = stored
        if dtype.kind in "iu":
            return np.rint(values).astype(dtype) if _are_whole(values, dtype) else values
        return values.astype(dtype)


INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


def is_straight(grid: Grid) -> bool:
    """Return whether the axes are parallel to the world axes, possibly reversed."""
    return bool((np.abs(grid.direction) == np.eye(3)).all())


def _are_whole(values: NDArray[np.float64], dtype: np.dtype[Any]) -> bool:
    limits = np.iinfo(dtype)
    near = np.abs(values - np.rint(values)).max(initial=0.0) < 1e-6
    return bool(near and limits.min <= values.min() and values.max() <= limits.max)

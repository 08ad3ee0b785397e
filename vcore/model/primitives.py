"""Primitives: the Gaussians of a variable, as a table in physical units."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.grid import Grid, unwrapped

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Primitives:
    """A table of anisotropic Gaussians, one per row; all triples are z y x, as in ``Grid``.

    The value of a row at a point is ``intensity * exp(-d / 2)``, with d the squared distance from
    the centre in units of the semi-axes. A variable is the sum of its rows and a smooth background.

    Parameters
    ----------
    centre
        (n, 3), in the grid's unit of length.
    axes
        Mutually perpendicular semi-axes, one standard deviation long, as rows, longest first;
        (n, 3, 3), in the grid's unit of length.
    intensity
        Peak value of each channel, in the variable's unit; (n, channels).
    frame
        Frame index of each row, (n,).

    Raises
    ------
    InputError
        Shapes are inconsistent, or values are not finite.
    """

    centre: Array
    axes: Array
    intensity: Array
    frame: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.centre)
        shapes = self.centre.shape, self.axes.shape, self.intensity.shape[:1], self.frame.shape
        if shapes != ((n, 3), (n, 3, 3), (n,), (n,)) or self.intensity.ndim != 2:
            raise InputError(
                f"Expected primitives of shapes (n, 3), (n, 3, 3), (n, channels), (n,). Got "
                f"{self.centre.shape}, {self.axes.shape}, {self.intensity.shape}, "
                f"{self.frame.shape} instead."
            )
        if not all(np.isfinite(getattr(self, f.name)).all() for f in fields(self)):
            raise InputError("Expected finite primitives. Got NaN or infinity among them instead.")

    def __len__(self) -> int:
        return len(self.centre)

    def __getitem__(self, rows: Any) -> Self:
        """Return the selected ``rows``, given as a mask, slice or indices."""
        index = np.arange(len(self))[rows]
        return type(self)(*(getattr(self, f.name)[np.atleast_1d(index)] for f in fields(self)))

    @cached_property
    def scale(self) -> Array:
        """Lengths of the semi-axes, longest first, (n, 3), in the grid's unit of length."""
        lengths: Array = np.linalg.norm(self.axes, axis=2)
        return lengths

    @cached_property
    def covariance(self) -> Array:
        """Covariance matrices, (n, 3, 3), in the squared unit of length of the grid."""
        matrices: Array = np.einsum("nki,nkj->nij", self.axes, self.axes)
        return matrices

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table as 1D columns, for a data frame or CSV file."""
        found: dict[str, NDArray[Any]] = {"frame": self.frame}
        for k, axis in enumerate("zyx"):
            found[f"centre_{axis}"] = self.centre[:, k]
        for row, name in enumerate(("major", "middle", "minor")):
            found[f"scale_{name}"] = self.scale[:, row]
            for k, axis in enumerate("zyx"):
                found[f"{name}_{axis}"] = self.axes[:, row, k]
        for c in range(self.intensity.shape[1]):
            found[f"intensity_{c}"] = self.intensity[:, c]
        return found

    @classmethod
    def from_voxels(
        cls, grid: Grid, centre: Array, covariance: Array, intensity: Array, frame: Any
    ) -> Self:
        """Return primitives from centres and covariances in voxel indices of ``grid``."""
        position, stretch = _local(grid, centre)
        world = stretch @ covariance @ stretch.transpose(0, 2, 1)
        squares, vectors = np.linalg.eigh(world)
        axes = vectors * np.sqrt(np.maximum(squares, 0))[:, None, :]
        axes = axes.transpose(0, 2, 1)[:, ::-1]
        return cls(position, axes, intensity, np.asarray(frame, np.int64))

    def to_voxels(self, grid: Grid) -> tuple[Array, Array]:
        """Return centres and covariances in voxel indices of ``grid``."""
        turned = np.linalg.inv(np.asarray(grid.direction, float))
        along = (self.centre - np.asarray(grid.origin)) @ turned.T
        if grid.coordinates is None:
            centre = along / np.asarray(grid.spacing)
        else:
            places = along + np.asarray(grid.origin)
            centre = np.stack(
                [
                    _extrapolated(places[:, k], c, np.arange(len(c)))
                    for k, c in enumerate(_monotonic_coordinates(grid))
                ],
                axis=1,
            )
        _, stretch = _local(grid, centre)
        shrink = np.linalg.inv(stretch)
        return centre, shrink @ self.covariance @ shrink.transpose(0, 2, 1)


def _local(grid: Grid, centre: Array) -> tuple[Array, Array]:
    """Return world coordinates of voxel indices, and the Jacobians there."""
    direction = np.asarray(grid.direction, float)
    steps = np.broadcast_to(np.asarray(grid.spacing, float), centre.shape)
    along = centre * steps
    if grid.coordinates is not None:
        index = [np.arange(len(c)) for c in grid.coordinates]
        coordinates = _monotonic_coordinates(grid)
        along = np.stack(
            [_extrapolated(centre[:, k], index[k], c) - c[0] for k, c in enumerate(coordinates)],
            axis=1,
        )
        steps = np.stack(
            [
                np.interp(centre[:, k], index[k], np.gradient(c) if len(c) > 1 else [1.0])
                for k, c in enumerate(coordinates)
            ],
            axis=1,
        )
    return along @ direction.T + np.asarray(grid.origin), direction[None] * steps[:, None, :]


def _monotonic_coordinates(grid: Grid) -> list[NDArray[np.float64]]:
    """Return the coordinates of a grid along z, y, x, with wrapped longitudes made monotonic.

    Raises
    ------
    InputError
        Coordinates are not monotonic.
    """
    found = [unwrapped(np.array(c)) for c in grid.coordinates or ()]
    straight = [c for c in found if c is not None]
    if len(straight) < len(found):
        raise InputError(
            "Expected coordinates that rise or fall along each axis. Got unordered ones instead: "
            "Gaussians cannot be placed between them."
        )
    return straight


def _extrapolated(at: Array, x: NDArray[Any], y: NDArray[Any]) -> Array:
    """Interpolate ``y`` over ``x`` linearly, extrapolating with the first and last steps."""
    if x[0] > x[-1]:
        at, x = -at, -x
    inside = np.interp(at, x, y)
    if len(x) < 2:
        return np.asarray(inside + (at - x[0]))
    below = np.minimum(at - x[0], 0) * (y[1] - y[0]) / (x[1] - x[0])
    above = np.maximum(at - x[-1], 0) * (y[-1] - y[-2]) / (x[-1] - x[-2])
    return np.asarray(inside + below + above)

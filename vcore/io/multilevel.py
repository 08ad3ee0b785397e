"""Multiscale images in HDF5 files with one dataset per level, frame and channel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.errors import InputError
from vcore.io.assemble import triple
from vcore.io.lazy import CallbackArray, TransposedArray
from vcore.io.request import need, reading
from vcore.model.grid import IDENTITY, Grid, Triple
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray, Volume

MAX_LEVELS = 64
"""Maximum number of levels read from a file."""

Names = Sequence[Sequence[str]]
"""Path of each channel's dataset, by frame; "" for a missing dataset, which reads as 0."""


@dataclass(frozen=True, eq=False)
class MultiscaleImage:
    """An image and its coarser levels.

    Parameters
    ----------
    volume
        Level 0, with one variable.
    levels
        Arrays of all levels, level 0 first, with the axes of that variable's source.
    factors
        Downsampling factors of each level along z, y, x, relative to level 0.
    colours, windows
        Colour (RRGGBB) and display window (low, high) of each channel; both may be empty.
    """

    volume: Volume
    levels: tuple[LazyArray, ...]
    factors: tuple[Triple, ...]
    colours: tuple[str, ...] = ()
    windows: tuple[tuple[float, float], ...] = ()

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self.volume.variables[0].name

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Grid of each level, along the image's own axes; all cover the same box."""
        grid = replace(self.volume.grid, direction=IDENTITY, coordinates=None)
        axes = self.volume.variables[0].axis_map.ordered
        return tuple(
            replace(
                grid,
                shape=axes.inward_shape(level.shape)[-3:],  # type: ignore[arg-type]
                spacing=triple(s * f for s, f in zip(grid.spacing, factor, strict=True)),
                origin=triple(
                    o + s * (f - 1) / 2
                    for o, s, f in zip(grid.origin, grid.spacing, factor, strict=True)
                ),
            )
            for level, factor in zip(self.levels, self.factors, strict=True)
        )


def stacked(
    path: str,
    kind: str,
    names: Names,
    shape: Sequence[int],
    stored: DTypeLike,
    dtype: DTypeLike | None = None,
) -> tuple[LazyArray, str]:
    """Return an array over datasets of equal shape, and its axes: t and c only where needed.

    Parameters
    ----------
    path, kind
        The HDF5 file, reopened for each region, and the name of its format in errors.
    names
        Dataset paths.
    shape
        Number of voxels along z, y, x; datasets may be padded beyond it.
    stored
        Dtype of the datasets.
    dtype
        Dtype to reinterpret their bytes as, if different.
    """
    native = np.dtype(stored).newbyteorder("=")
    meant = native if dtype is None else np.dtype(dtype)
    whole = (len(names), len(names[0]), *shape)
    data = CallbackArray(whole, meant, partial(_fetch, path, kind, names, native, meant))
    axes = "t" * (whole[0] > 1) + "c" * (whole[1] > 1) + "zyx"
    return (data if axes == "tczyx" else TransposedArray(data, "tczyx", axes)), axes


def _fetch(
    path: str,
    kind: str,
    names: Names,
    stored: np.dtype[Any],
    dtype: np.dtype[Any],
    region: Region,
) -> NDArray[Any]:
    values = np.zeros(shape_of(region), stored)
    frames, channels, *inside = region
    with reading(path, kind), need("h5py").File(path, "r") as file:
        for i, t in enumerate(range(frames.start, frames.stop)):
            for j, c in enumerate(range(channels.start, channels.stop)):
                if not names[t][c]:
                    continue
                found = dataset_of(file, path, names[t][c])
                fits = all(s.stop <= n for s, n in zip(inside, found.shape, strict=True))
                if not fits or found.dtype.newbyteorder("=") != stored:
                    raise InputError(
                        f"Expected datasets of one shape and type in {path}. Got {names[t][c]} of "
                        f"{found.dtype} and shape {found.shape} instead: the file is damaged."
                    )
                values[i, j] = found[tuple(inside)]
    return values.view(dtype)


def dataset_of(file: Any, path: str, name: str) -> Any:
    """Return a 3D dataset of an open file.

    Raises
    ------
    InputError
        There is no such dataset.
    """
    found = file.get(name)
    if not isinstance(found, need("h5py").Dataset) or found.ndim != 3:
        what = "nothing" if found is None else "something else"
        raise InputError(
            f"Expected a dataset of three axes at {name} in {path}. Got {what} instead: the file "
            f"is damaged or incomplete."
        )
    return found


def check_shape(path: str, name: str, shape: Sequence[int], most: Sequence[int]) -> None:
    """Refuse a shape that is empty or exceeds the dataset that holds it.

    Raises
    ------
    InputError
        An axis is shorter than 1 or longer than in ``most``.
    """
    if not all(1 <= n <= m for n, m in zip(shape, most, strict=True)):
        raise InputError(
            f"Expected a size of 1 to {tuple(most)} voxels for {name} in {path}. Got "
            f"{tuple(shape)} instead: the file is damaged."
        )

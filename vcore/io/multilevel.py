"""Images with levels, out of HDF5 files that have a dataset for each level, frame and channel."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
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

Names = Sequence[Sequence[str]]
"""Path of the dataset of each channel, by frame; "" where there is none: its values are 0."""


@dataclass(frozen=True, eq=False)
class MultiscaleImage:
    """An image and its coarser levels.

    Parameters
    ----------
    volume
        Level 0, one variable.
    levels
        Values of each level, level 0 first, over the axes of that variable.
    factors
        Voxels of level 0 that a voxel of each level spans along z, y, x.
    colours, windows
        Of each channel, as RRGGBB and as lowest and highest value shown; both may be empty.
    """

    volume: Volume
    levels: tuple[LazyArray, ...]
    factors: tuple[Triple, ...]
    colours: tuple[str, ...] = ()
    windows: tuple[tuple[float, float], ...] = ()

    @property
    def name(self) -> str:
        """Name of the only variable."""
        return self.volume.variables[0].name

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Grids of the levels along the image's own axes, each over the same box of space."""
        grid = replace(self.volume.grid, direction=IDENTITY)
        return tuple(
            replace(
                grid,
                shape=tuple(level.shape[-3:]),  # type: ignore[arg-type]
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
    """Return an array over datasets of one shape and its axes: of t and c those that are needed.

    Parameters
    ----------
    path, kind
        The HDF5 file, opened anew for each region, and what to call it in errors.
    names
        The datasets.
    shape
        Voxels along z, y, x: at most those of each dataset, which may be padded.
    stored
        Type of the datasets.
    dtype
        What their bytes mean, if that is another type.
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
    """Return a dataset of three axes of an open file.

    Raises
    ------
    InputError
        There is none by that name.
    """
    found = file.get(name)
    if not isinstance(found, need("h5py").Dataset) or found.ndim != 3:
        what = "nothing" if found is None else "something else"
        raise InputError(
            f"Expected a dataset of three axes at {name} in {path}. Got {what} instead: the file "
            f"is damaged or incomplete."
        )
    return found


def check_filters(path: str, dataset: Any) -> None:
    """Refuse a dataset that HDF5 cannot decode here; import the package that may teach it.

    Raises
    ------
    InputError
        It is coded by a filter that is not there.
    """
    h5py = need("h5py")
    properties = dataset.id.get_create_plist()
    for number in range(properties.get_nfilters()):
        code = properties.get_filter(number)[0]
        if h5py.h5z.filter_avail(code):
            continue
        with suppress(ImportError):
            import_module("hdf5plugin")  # it registers LZ4, which newer Imaris writes, and others
        if not h5py.h5z.filter_avail(code):
            raise InputError(
                f"Expected chunks that HDF5 decodes in {path}. Got those of its filter {code} "
                f"instead: install the package hdf5plugin, which has it."
            )


def check_shape(path: str, name: str, shape: Sequence[int], most: Sequence[int]) -> None:
    """Refuse a shape that is no shape, or larger than the dataset that holds it.

    Raises
    ------
    InputError
        It is one of both.
    """
    if not all(1 <= n <= m for n, m in zip(shape, most, strict=True)):
        raise InputError(
            f"Expected a size of 1 to {tuple(most)} voxels for {name} in {path}. Got "
            f"{tuple(shape)} instead: the file is damaged."
        )

"""NetCDF, classic and netCDF-4."""

import os
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.grid import Grid
from vcore.io.arrange import choose
from vcore.io.cf import Labelled, axes_of, grid_of, variable_of
from vcore.io.lazy import Fetched
from vcore.io.outside import check_hdf5
from vcore.io.source import Source, check_file, need, reading
from vcore.regions import Region
from vcore.volume import Volume

LOCK = Lock()
"""The netCDF library is not thread-safe."""


def read(source: Source) -> Volume:
    """Read the variables of three axes or more; packed ones (scale_factor) come as float32.

    Coordinate variables give spacing, origin, rectilinear coordinates and times. Axes that run
    backwards, as latitude often does, are turned round.
    """
    need("netCDF4")
    check_file(source.path)
    with reading(source.path, "NetCDF file"):
        check_hdf5(source)
    with reading(source.path, "NetCDF file"), LOCK, _open(source.path) as file:
        variables = _all(file)
        shapes = {n: tuple(int(k) for k in v.shape) for n, v in variables.items()}
        if source.inside:
            wanted = source.inside.strip("/")
            names = choose(_only(source, wanted), shapes, "variable")
        else:
            names = choose(source, shapes, "variable")
        coordinates = {
            dim: Labelled(np.asarray(variables[dim][...]), v.dimensions, _attributes(v))
            for dim, v in variables.items()
            if v.dimensions == (dim,) and v.dtype is not str and v.dtype.kind in "iuf"
        }
        labelled = {n: _labelled(source.path, n, variables[n]) for n in names}
        title = {"title": str(file.title)} if "title" in file.ncattrs() else {}
    with reading(source.path, "NetCDF file"):
        found = tuple(variable_of(source, n, a, coordinates) for n, a in labelled.items())
        first = labelled[names[0]]
        axes = source.axes or axes_of(first, coordinates)
        grid, attributes = grid_of(first.data.shape, axes, first.dims, coordinates)
        return Volume(
            Grid(shape=found[0].shape[-3:], **grid),  # type: ignore[arg-type]
            found,
            attributes={**title, **attributes},
        )


def _open(path: str) -> Any:
    # latin-1 passes every byte of the name on as it is
    file = need("netCDF4").Dataset(os.fsencode(path).decode("latin-1"), encoding="latin-1")
    # stored values: masks and scales are handled where they are read
    file.set_auto_maskandscale(False)
    return file


def _all(file: Any) -> dict[str, Any]:
    found = dict(file.variables)
    for group in file.groups.values():
        found |= {f"{group.name}/{name}": v for name, v in _all(group).items()}
    return found


def _only(source: Source, name: str) -> Source:
    return replace(source, variables=[name])


def _labelled(path: str, name: str, variable: Any) -> Labelled:
    data = Fetched(variable.shape, variable.dtype, partial(_fetch, path, name))
    return Labelled(data, variable.dimensions, _attributes(variable))


def _attributes(variable: Any) -> dict[str, Any]:
    return {name: variable.getncattr(name) for name in variable.ncattrs()}


def _fetch(path: str, name: str, region: Region) -> NDArray[Any]:
    with reading(path, "NetCDF file"), LOCK, _open(path) as file:
        values: NDArray[Any] = np.asarray(file[name][region])
        return values

"""NetCDF, classic and netCDF-4."""

import os
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import choose
from vcore.io.cf import candidates, volume_of
from vcore.io.cf_arrays import Arrays, Labelled
from vcore.io.lazy import CallbackArray
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.model.regions import Region
from vcore.model.volume import Volume

LOCK = Lock()
"""Lock around the netCDF library, which is not thread-safe."""


def read(source: ReadRequest) -> Volume:
    """Read the variables of three or more axes; missing and packed values are decoded as in CF.

    Coordinate variables give spacing, origin, direction, rectilinear coordinates and times; arrays
    keep their order.
    """
    need("netCDF4")
    check_file(source.path)
    with reading(source.path, "NetCDF file"):
        check_hdf5(source)
        with LOCK, _open(source.path) as file:
            variables = _all(file)
            arrays = {n: _labelled(source.path, n, v) for n, v in variables.items()}
            attributes = _attributes(file)
            names = _chosen(source, arrays)
            groups = names[0].split("/")[:-1]
            for depth in range(len(groups)):
                attributes |= _attributes(file["/".join(groups[: depth + 1])])
        return volume_of(source, names, arrays, attributes)


def _chosen(source: ReadRequest, arrays: Arrays) -> list[str]:
    """Return the variables to read: the one at the requested path, or those below it."""
    inside = source.inside.strip("/")
    below = [n for n in arrays if n.startswith(f"{inside}/")]
    if inside and (inside in arrays or not below):
        source = replace(source, variables=[inside])
    shapes = candidates(source, arrays)
    if inside and inside not in arrays and below:
        shapes = {n: s for n, s in shapes.items() if n in below}
    return choose(source, shapes, "variable", carries=True)


def _open(path: str) -> Any:
    # latin-1 passes on every byte of the name unchanged
    file = need("netCDF4").Dataset(os.fsencode(path).decode("latin-1"), encoding="latin-1")
    # stored numbers: masking and scaling happen on reading
    file.set_auto_maskandscale(False)
    file.set_auto_chartostring(False)
    return file


def _all(file: Any) -> dict[str, Any]:
    found = dict(file.variables)
    for group in file.groups.values():
        found |= {f"{group.name}/{name}": v for name, v in _all(group).items()}
    return found


def _labelled(path: str, name: str, variable: Any) -> Labelled:
    # strings have the dtype str, user-defined types one of netCDF4's
    dtype = variable.dtype if isinstance(variable.dtype, np.dtype) else np.dtype(object)
    data = CallbackArray(variable.shape, dtype, partial(_fetch, path, name))
    return Labelled(data, variable.dimensions, _attributes(variable))


def _attributes(item: Any) -> dict[str, Any]:
    return {name: item.getncattr(name) for name in item.ncattrs()}


def _fetch(path: str, name: str, region: Region) -> NDArray[Any]:
    with reading(path, "NetCDF file"), LOCK, _open(path) as file:
        try:
            values: NDArray[Any] = np.asarray(file[name][region])
        except RuntimeError as error:
            if "Filter error" not in str(error):
                raise
            raise InputError(
                f"Expected chunks that netCDF can decode of {name} in {path}. Got chunks coded by "
                f"another filter instead: install the package hdf5plugin, and read the file under "
                f"a name that ends with .h5."
            ) from error
        return values

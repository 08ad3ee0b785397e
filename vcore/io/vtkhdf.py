"""VTKHDF files (.vtkhdf) of type ImageData, through h5py.

https://docs.vtk.org/en/latest/vtk_file_formats/vtkhdf_file_format/index.html
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import positive, variable
from vcore.io.lazy import CallbackArray
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import tidy_grid
from vcore.io.vtk_arrays import CELL, POINT, chosen
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Volume

KIND = "VTKHDF file"
ROOT = "VTKHDF"
GROUPS = {"point": "PointData", "cell": "CellData"}
"""Groups of arrays by association."""


def read(source: ReadRequest) -> Volume:
    """Read point arrays and cell arrays as variables, by region; the fewer ones are on a grid of
    their own (``others``).

    Raises
    ------
    InputError
        Another type of data, or several time steps.
    """
    h5py = need("h5py")
    check_file(source.path)
    with reading(source.path, KIND):
        check_hdf5(source)
        with h5py.File(source.path, "r") as file:
            return _volume(source, file)


def _volume(source: ReadRequest, file: Any) -> Volume:
    root = file.get(ROOT)
    kind = "no type" if root is None else _text(root.attrs.get("Type", b"no type"))
    if kind != "ImageData":
        raise InputError(
            f"Expected voxels on a regular grid. Got {kind} in {source.path} instead: in ParaView "
            f"apply the filter Resample To Image and save it as .vti."
        )
    if "Steps" in root and int(root["Steps"].attrs.get("NSteps", 1)) > 1:
        raise InputError(
            f"Expected one time step in {source.path}. Got {root['Steps'].attrs['NSteps']} "
            f"instead: save them as .vti files in ParaView, which become a series."
        )
    extent = np.asarray(root.attrs["WholeExtent"], int)
    points = (extent[1::2] - extent[::2] + 1)[::-1]
    own = {
        (kind, name): root[group][name].shape
        for kind, group in GROUPS.items()
        for name in root.get(group, ())
    }
    sizes = {k: tuple(int(max(n - (k == CELL), 1)) for n in points) for k in GROUPS}
    if damaged := [f"{n} {own[k, n]}" for k, n in own if own[k, n][:3] != sizes[k]]:
        raise InputError(
            f"Expected arrays of the shape {sizes[POINT]} at the points and {sizes[CELL]} at the "
            f"cells in {source.path}. Got {', '.join(damaged)} instead: the file is damaged or has "
            f"several time steps."
        )
    parts = []
    for kind, names in chosen(source, {a: (*s[3:], *s[:3]) for a, s in own.items()}).items():
        arrays = {name: root[GROUPS[kind]][stored] for name, stored in names.items()}
        variables = tuple(
            variable(
                source,
                name,
                _lazy(source.path, array),
                "zyxc"[: array.ndim],
                association="cell" if kind == CELL else "point",
            )
            for name, array in arrays.items()
        )
        grid = tidy_grid(source.path, _grid(root, extent, kind))
        parts.append(Volume(Grid(shape=variables[0].shape[-3:], **grid), variables))  # type: ignore[arg-type]
    return replace(parts[0], others=tuple(parts[1:]))


def _grid(root: Any, extent: NDArray[Any], association: str) -> dict[str, Any]:
    spacing = np.asarray(root.attrs.get("Spacing", np.ones(3)), float)
    origin = np.asarray(root.attrs.get("Origin", np.zeros(3)), float)
    direction = np.asarray(root.attrs.get("Direction", np.eye(3)), float).reshape(3, 3)
    # as in vcore.io.vtk: voxels of cell data are centred in their cells
    half = np.where(extent[1::2] > extent[::2], 0.5, 0.0) if association == "cell" else 0.0
    first = origin + direction @ (spacing * (extent[::2] + half))
    sizes, turned = positive(spacing[::-1].tolist(), direction[::-1, ::-1])
    return {"spacing": sizes, "origin": first[::-1].tolist(), "direction": turned}


def _lazy(path: str, array: Any) -> CallbackArray:
    return CallbackArray(array.shape, array.dtype, partial(_fetch, path, array.name))


def _fetch(path: str, name: str, region: Region) -> NDArray[Any]:
    with reading(path, KIND), need("h5py").File(path, "r") as file:
        return np.asarray(file[name][region])


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)

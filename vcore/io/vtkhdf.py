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
from vcore.io.hdf5 import fetch_region
from vcore.io.hdf5_filters import check_filters
from vcore.io.lazy import CallbackArray
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import tidy_grid
from vcore.io.vtk_arrays import CELL, POINT, chosen
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import LazyArray, Volume

KIND = "VTKHDF file"
ROOT = "VTKHDF"
GROUPS = {"point": "PointData", "cell": "CellData"}
"""Groups of arrays by association."""


def read(source: ReadRequest) -> Volume:
    """Read point arrays and cell arrays as variables, by region, at all time steps; the fewer ones
    are on a grid of their own (``others``).

    Raises
    ------
    InputError
        Another type of data.
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
    extent = np.asarray(root.attrs["WholeExtent"], int)
    points = (extent[1::2] - extent[::2] + 1)[::-1]
    steps = int(root["Steps"].attrs["NSteps"]) if "Steps" in root else 0
    first = 1 if steps else 0
    own = {
        (kind, name): root[group][name].shape
        for kind, group in GROUPS.items()
        for name in root.get(group, ())
    }
    sizes = {k: tuple(int(max(n - (k == CELL), 1)) for n in points) for k in GROUPS}
    if damaged := [f"{n} {s}" for (k, n), s in own.items() if s[first : first + 3] != sizes[k]]:
        where = f"{steps} time steps of " if steps else ""
        raise InputError(
            f"Expected arrays of {where}the shape {sizes[POINT]} at the points and {sizes[CELL]} "
            f"at the cells in {source.path}. Got {', '.join(damaged)} instead: the file is damaged."
        )
    times = np.asarray(root["Steps/Values"][:steps], float).tolist() if steps else None
    shapes = {a: (*s[first + 3 :], *s[first : first + 3]) for a, s in own.items()}
    parts = []
    for kind, names in chosen(source, shapes).items():
        offsets = root.get(f"Steps/{GROUPS[kind]}Offsets", {})
        variables = []
        for name, stored in names.items():
            array = root[GROUPS[kind]][stored]
            check_filters(source.path, array)
            data: LazyArray = _lazy(source.path, array)
            if steps:
                data = _at_steps(source.path, data, steps, offsets.get(stored))
            axes = ("tzyxc" if steps else "zyxc")[: len(data.shape)]
            association: Any = "cell" if kind == CELL else "point"
            variables.append(variable(source, name, data, axes, association=association))
        fields = _grid(root, extent, kind)
        if times is not None:
            fields["times"] = times
        grid = tidy_grid(source.path, fields)
        parts.append(Volume(Grid(shape=variables[0].shape[-3:], **grid), tuple(variables)))  # type: ignore[arg-type]
    return replace(parts[0], others=tuple(parts[1:]))


def _at_steps(path: str, data: LazyArray, steps: int, offsets: Any) -> LazyArray:
    """Return the values of each time step; steps may share them, as ``offsets`` tell."""
    places = list(range(steps)) if offsets is None else [int(n) for n in offsets[:steps]]
    if len(places) != steps or not all(0 <= place < data.shape[0] for place in places):
        raise InputError(
            f"Expected values of {steps} time steps in {path}. Got {data.shape[0]}, at {places} "
            f"instead: the file is damaged or incomplete."
        )
    if places == list(range(data.shape[0])):
        return data

    def fetch(region: Region) -> NDArray[Any]:
        chosen = places[region[0]]
        return np.stack([np.asarray(data[(place, *region[1:])]) for place in chosen])

    return CallbackArray((steps, *data.shape[1:]), data.dtype, fetch)


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
    return CallbackArray(array.shape, array.dtype, partial(fetch_region, path, array.name))


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)

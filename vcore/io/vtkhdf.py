"""VTKHDF files (.vtkhdf) of type ImageData, through h5py.

https://docs.vtk.org/en/latest/vtk_file_formats/vtkhdf_file_format/index.html
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import choose, positive, variable
from vcore.io.hdf5 import fetch_region
from vcore.io.hdf5_filters import check_filters
from vcore.io.lazy import CallbackArray
from vcore.io.outside import check_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import tidy_grid
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import LazyArray, Volume

KIND = "VTKHDF file"
ROOT = "VTKHDF"
GROUPS = {"point": "PointData", "cell": "CellData"}
"""Groups of arrays by association."""


def read(source: ReadRequest) -> Volume:
    """Read the point arrays or the cell arrays as variables, by region, at all time steps.

    Raises
    ------
    InputError
        Another type of data, or point and cell arrays without a choice.
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
    own = {(kind, name) for kind, group in GROUPS.items() for name in root.get(group, ())}
    wanted = {k for k, n in own if source.variables is None or n in source.variables}
    if len(wanted) > 1:
        listing = ", ".join(f"{n} ({k})" for k, n in sorted(own))
        raise InputError(
            f"Expected point arrays or cell arrays in {source.path}. Got both ({listing}) instead, "
            f"which have different grids: choose with `variables`."
        )
    association = next(iter(wanted), "point")
    shape = tuple(int(max(n - 1, 1) if association == "cell" else n) for n in points)
    group = GROUPS[association]
    found = {n: root[group][n] for k, n in sorted(own) if k == association}
    first = 1 if steps else 0
    if others := [
        f"{n} {a.shape}" for n, a in found.items() if a.shape[first : first + 3] != shape
    ]:
        where = f"{steps} time steps of " if steps else ""
        raise InputError(
            f"Expected arrays of {where}the shape {shape} in {source.path}. Got "
            f"{', '.join(others)} instead: the file is damaged."
        )
    for array in found.values():
        check_filters(source.path, array)
    listing_of_shapes = {n: (*a.shape[first + 3 :], *shape) for n, a in found.items()}
    names = choose(source, listing_of_shapes, "array")
    offsets = root.get(f"Steps/{group}Offsets", {})
    arrays: dict[str, LazyArray] = {n: _lazy(source.path, found[n]) for n in names}
    if steps:
        arrays = {n: _at_steps(source.path, a, steps, offsets.get(n)) for n, a in arrays.items()}
    variables = tuple(
        variable(
            source,
            name,
            data,
            ("tzyxc" if steps else "zyxc")[: len(data.shape)],
            association="cell" if association == "cell" else "point",
        )
        for name, data in arrays.items()
    )
    fields = _grid(root, extent, association)
    if steps:
        fields["times"] = np.asarray(root["Steps/Values"][:steps], float).tolist()
    grid = tidy_grid(source.path, fields)
    return Volume(Grid(shape=variables[0].shape[-3:], **grid), variables)  # type: ignore[arg-type]


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

"""HDF5: one dataset, or all that share a shape."""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io import bdv
from vcore.io.arrange import choose, triple, variable
from vcore.io.lazy import Fetched
from vcore.io.outside import check_hdf5
from vcore.io.source import Source, check_file, need, reading
from vcore.io.units import length_unit
from vcore.regions import Region
from vcore.volume import Variable, Volume


def read(source: Source) -> Volume:
    """Read datasets; the file is opened anew for each region.

    The attributes ``spacing`` or ``element_size_um`` (z, y, x), ``origin``, ``unit``/``units`` and
    ``_FillValue`` of a dataset are used where they are there. A file of BigDataViewer is read as
    such.
    """
    h5py = need("h5py")
    check_file(source.path)
    with reading(source.path, "HDF5 file"), h5py.File(source.path, "r") as file:
        if not source.inside and bdv.is_bdv(file):
            return bdv.read(source)
        check_hdf5(source)
        shapes = _shapes(h5py, file)
        names = _inside(source, shapes) if source.inside else choose(source, shapes)
        variables = tuple(_variable(source, file[name], name) for name in names)
        grid = _grid(dict(file[names[0]].attrs))
        return Volume(Grid(shape=variables[0].shape[-3:], **grid), variables)  # type: ignore[arg-type]


def _shapes(h5py: Any, file: Any) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            shapes[name] = tuple(item.shape)

    file.visititems(visit)
    return shapes


def _inside(source: Source, shapes: dict[str, tuple[int, ...]]) -> list[str]:
    inside = source.inside.strip("/")
    if inside in shapes:
        return [inside]
    below = {n: s for n, s in shapes.items() if n.startswith(inside + "/")}
    if below:
        return choose(source, below)
    listing = "; ".join(f"{n} {s}" for n, s in list(shapes.items())[:20]) or "none"
    raise InputError(
        f"Expected a dataset {inside!r} in {source.path}. Got the datasets {listing} instead."
    )


def _variable(source: Source, dataset: Any, name: str) -> Variable:
    fill = dataset.attrs.get("_FillValue")
    data = Fetched(dataset.shape, dataset.dtype, partial(_fetch, source.path, name))
    return variable(
        source,
        name,
        data,
        unit=_text(dataset.attrs.get("units", "")),
        fill_value=None if fill is None else np.ravel(fill)[0].item(),
    )


def _fetch(path: str, name: str, region: Region) -> NDArray[Any]:
    with reading(path, "HDF5 file"), need("h5py").File(path, "r") as file:
        values: NDArray[Any] = file[name][region]
        return values


def _grid(attributes: dict[str, Any]) -> dict[str, Any]:
    grid: dict[str, Any] = {}
    for name, field in (
        ("spacing", "spacing"),
        ("element_size_um", "spacing"),
        ("origin", "origin"),
    ):
        if name in attributes and np.size(attributes[name]) == 3:
            grid[field] = triple(np.ravel(attributes[name]))
            if name == "element_size_um":
                grid["unit"] = "micrometer"
    if "unit" in attributes:
        grid["unit"] = length_unit(_text(attributes["unit"]))
    return grid


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

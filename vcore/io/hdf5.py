"""HDF5: one dataset, or all datasets of equal shape; also netCDF-4 under any file name."""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from posixpath import dirname, join, normpath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import bdv
from vcore.io.assemble import choose
from vcore.io.cf import candidates, volume_of
from vcore.io.cf_arrays import Arrays, Labelled
from vcore.io.cf_attributes import text
from vcore.io.hdf5_axes import dimensions_of, has_no_values, letters_of, scales_of
from vcore.io.hdf5_filters import check_filters
from vcore.io.hdf5_links import check_virtual, linked_datasets
from vcore.io.lazy import CallbackArray
from vcore.io.objects import taking
from vcore.io.outside import check_hdf5, check_open_hdf5
from vcore.io.request import ReadRequest, check_file, need, reading
from vcore.io.tidy import number, tidy_grid
from vcore.io.units import length_unit
from vcore.model.grid import Grid
from vcore.model.regions import Region
from vcore.model.volume import Variable, Volume

logger = logging.getLogger(__name__)

Fetch = Callable[[str, Region], NDArray[Any]]
"""Reads a region of the dataset with the given name."""
PLACED = {"spacing": "spacing", "element_size_um": "spacing", "origin": "origin"}
"""Fields of a grid by the attributes of datasets that tell them."""
MAX_LINKS = 16
"""Maximum number of soft links that lead to a group."""


def read(source: ReadRequest) -> Volume:
    """Read datasets; the file is reopened for each region.

    Axes come from ``axistags`` (vigra, ilastik), dimension scales and labels, or NeXus ``axes``.
    Values and coordinates are decoded as in NetCDF. The dataset attributes ``spacing`` or
    ``element_size_um`` (z, y, x), ``origin``, ``unit``/``units`` and ``_FillValue`` are used if
    present. BigDataViewer files are recognised and read as such.
    """
    h5py = need("h5py")
    check_file(source.path)
    with reading(source.path, "HDF5 file"), h5py.File(source.path, "r") as file:
        if not source.inside and bdv.is_bdv(file):
            return bdv.read(source)
        check_hdf5(source)
        return _volume(source, file, partial(fetch_region, source.path))


def read_object(source: ReadRequest, given: Any) -> Volume:
    """Return the volume of a dataset, of those below a group, or of an open file: as ``read``.

    The file must stay open while values are read.
    """
    file = given.file
    if not given.name:
        raise InputError(
            f"Expected a dataset of a name in its file. Got {source.path} without one instead: "
            f"read it with NumPy first."
        )
    path, inside = os.fsdecode(file.filename), given.name.strip("/")
    if not inside and bdv.is_bdv(file):
        return bdv.read(replace(source, path=path))
    if not source.allow_outside:
        check_open_hdf5(path, file)

    def fetch(name: str, region: Region) -> NDArray[Any]:
        with taking(source.path):
            return _values(file[name], region)

    volume = _volume(replace(source, inside=inside), file, fetch, path)
    return replace(volume, source=path if os.path.exists(path) else "")


def _volume(source: ReadRequest, file: Any, fetch: Fetch, path: str = "") -> Volume:
    """Return the volume of an open file, which lies at ``path``, the source's by default."""
    path = path or source.path
    datasets = {**dict(_datasets(need("h5py"), file)), **linked_datasets(path, file)}
    arrays = {n: _labelled(d, n, fetch) for n, d in datasets.items()}
    names = _inside(source, file, arrays, fetch) if source.inside else _chosen(source, arrays)
    groups = names[0].split("/")[:-1]
    attributes: dict[str, Any] = {}
    for depth in range(len(groups) + 1):
        attributes |= _attributes(file["/".join(groups[:depth]) or "/"])
    volume = volume_of(source, names, arrays, attributes)
    for variable in volume.every:
        check_virtual(path, file[variable.name])
        check_filters(path, file[variable.name])
    first, *others = (
        _placed(source.path, part, arrays)
        for whole in (volume, *volume.others)
        for part in _alike(source.path, whole, arrays)
    )
    return replace(first, others=tuple(others))


def _chosen(source: ReadRequest, arrays: Arrays) -> list[str]:
    return choose(source, candidates(source, arrays), carries=True)


def _inside(source: ReadRequest, file: Any, arrays: dict[str, Labelled], fetch: Fetch) -> list[str]:
    """Return the datasets at the requested path, or in the group at that path.

    The path may follow links, including those to other files that ``check_hdf5`` accepted.
    """
    inside = _behind_links(file, source.inside.strip("/"))
    if inside not in arrays:
        item = file.get(inside)
        if hasattr(item, "dtype") and item.shape is not None:
            arrays[inside] = _labelled(item, inside, fetch)
    if inside in arrays:
        return [inside]
    below = {n: a for n, a in arrays.items() if n.startswith(inside + "/")}
    if below:
        shapes = candidates(source, arrays)
        return choose(source, {n: shapes[n] for n in below if n in shapes}, carries=True)
    listing = "; ".join(f"{n} {tuple(a.data.shape)}" for n, a in list(arrays.items())[:20])
    raise InputError(
        f"Expected a dataset {inside!r} in {source.path}. Got the datasets {listing or 'none'} "
        f"instead."
    )


def _behind_links(file: Any, inside: str) -> str:
    """Return the path of the group that soft links at ``inside`` lead to; others as they are."""
    h5py = need("h5py")
    for _ in range(MAX_LINKS):
        link = file.get(inside, getlink=True)
        if not isinstance(link, h5py.SoftLink) or not isinstance(file.get(inside), h5py.Group):
            break
        inside = normpath(join("/", dirname(inside), link.path)).strip("/")
    return inside


def _datasets(h5py: Any, file: Any) -> Iterator[tuple[str, Any]]:
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None and not has_no_values(item):
            found[name] = item

    file.visititems(visit)
    yield from found.items()


def _labelled(dataset: Any, name: str, fetch: Fetch) -> Labelled:
    data = CallbackArray(dataset.shape, dataset.dtype, partial(fetch, name))
    return Labelled(
        data,
        dimensions_of(dataset),
        _attributes(dataset),
        letters_of(dataset),
        scales_of(dataset),
    )


def fetch_region(path: str, name: str, region: Region) -> NDArray[Any]:
    """Return a region of a dataset; the file is opened for it."""
    with reading(path, "HDF5 file"), need("h5py").File(path, "r") as file:
        check_filters(path, file[name])
        return _values(file[name], region)


def _values(dataset: Any, region: Region) -> NDArray[Any]:
    if dataset.dtype.kind == "O" and need("h5py").check_string_dtype(dataset.dtype):
        dataset = dataset.asstr()
    values: NDArray[Any] = dataset[region]
    return values


def _attributes(item: Any) -> dict[str, Any]:
    """Return attributes, with arrays of one element as scalars (netCDF-4 writes such arrays)."""
    found = {}
    for name in item.attrs:
        try:
            value = item.attrs[name]
        except (OSError, TypeError, ValueError, RuntimeError):  # a type unsupported by h5py
            continue
        if isinstance(value, need("h5py").Empty):  # no value: treat as absent
            continue
        if isinstance(value, np.ndarray) and value.shape == (1,):
            value = value[0]
        found[str(name)] = value
    return found


def _alike(path: str, volume: Volume, arrays: Arrays) -> list[Volume]:
    """Return the parts of a volume whose datasets have the same attributes of the grid; those
    without any stay with the first, with a warning."""
    groups: dict[str, list[Variable]] = {}
    for variable in volume.variables:
        said = arrays[variable.name].attributes
        told = {name: np.ravel(said[name]).tolist() for name in PLACED if name in said}
        key = repr((told, text(said, "unit"))) if told else ""
        groups.setdefault(key, []).append(variable)
    without = groups.pop("", []) if len(groups) > 1 else []
    chosen = next(iter(groups))
    if without:
        logger.warning(
            "%s: %s: no size of voxels; took that of %s",
            path,
            ", ".join(v.name for v in without),
            groups[chosen][0].name,
        )
        groups[chosen] = [v for v in volume.variables if v in (*groups[chosen], *without)]
    first, *others = (replace(volume, variables=tuple(found)) for found in groups.values())
    return [first, *(replace(other, others=(), carried=()) for other in others)]


def _placed(path: str, volume: Volume, arrays: Arrays) -> Volume:
    """Return the volume with spacing and origin taken from the attributes of its first dataset
    that has them."""
    grid: dict[str, Any] = {}
    known = [arrays[v.name].attributes for v in volume.variables]
    attributes = next((a for a in known if any(name in a for name in PLACED)), known[0])
    for name, field in PLACED.items():
        if name in attributes and np.size(attributes[name]) == 3:
            grid[field] = [number(v) for v in np.ravel(attributes[name])]
            if name == "element_size_um":
                grid["unit"] = "micrometer"
    if "unit" in attributes:
        grid["unit"] = length_unit(text(attributes, "unit"))
    if not grid:
        return volume
    grid = tidy_grid(path, grid)
    fields = {f: getattr(volume.grid, f) for f in Grid.__dataclass_fields__}
    if "spacing" in grid or "origin" in grid:
        fields["coordinates"] = None
    fields |= tidy_grid(path, grid)
    return replace(volume, grid=Grid(**fields))

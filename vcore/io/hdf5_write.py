"""HDF5 writer: datasets by name, dimension scales and labels, and carried arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.io.hdf5_axes import DIMENSION_WITHOUT_VARIABLE
from vcore.io.request import need
from vcore.io.stored_arrays import VALUES, StoredArray, stored_arrays
from vcore.io.write_slabs import Tick
from vcore.model.grid import Grid
from vcore.model.volume import Volume


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write all variables, their grid and the arrays that the volume carries.

    An evenly spaced grid is the attributes ``spacing``, ``origin`` (z, y, x) and ``unit`` of each
    dataset, one with coordinates of the source's its dimension scales. Packed variables are packed
    again, float16 is written as float32.
    """
    h5py = need("h5py")
    arrays, attributes = stored_arrays(volume)
    # attributes beyond 64 kB need the file format of HDF5 1.8
    with h5py.File(path, "w", libver=("v108", "latest")) as file:
        _set(h5py, file, attributes)
        arrays = _placed_all(volume, arrays)
        for array in arrays:
            _write(h5py, file, array, tick)
        _add_lengths(file, arrays)
        for array in sorted(arrays, key=lambda a: a.dims != (a.name,)):  # scales first
            _name_dimensions(file, array)
    return [path]


def _placed_all(volume: Volume, arrays: Sequence[StoredArray]) -> list[StoredArray]:
    """Return the arrays with the attributes of uniform grids, instead of their coordinates."""
    found, uniform, scaled = [], set[str](), set[str]()
    parts = {v.name: (part, v) for part in volume.parts for v in part.variables}
    for array in arrays:
        if not array.is_variable:
            found.append(array)
            continue
        part, variable = parts[
            array.name if array.name in parts else array.name.removesuffix(VALUES)
        ]
        geometry = _geometry(part)
        found.append(_placed(array, part.grid, geometry))
        (uniform if geometry else scaled).update(array.dims[-2 if variable.flat else -3 :])
    without = uniform - scaled
    return [a for a in found if a.name not in without or a.dims != (a.name,)]


def _geometry(volume: Volume) -> dict[str, Any]:
    """Return the attributes of a uniform grid; none for a rectilinear one."""
    grid, said = volume.grid, volume.attributes.get("axes")
    named = isinstance(said, Mapping) and any(said.get(a) for a in "zyx")
    falls = np.diag(grid.direction).min() < 0
    if grid.coordinates is not None or named or falls:
        return {}
    found: dict[str, Any] = {"spacing": np.array(grid.spacing), "origin": np.array(grid.origin)}
    return found | ({"unit": grid.unit} if grid.unit else {})


def _placed(array: StoredArray, grid: Grid, geometry: Mapping[str, Any]) -> StoredArray:
    attributes = {**array.attributes, **geometry}
    if "element_size_um" in attributes:
        if grid.unit == "micrometer":
            attributes["element_size_um"] = np.array(grid.spacing)
        else:
            del attributes["element_size_um"]
    return replace(array, attributes=attributes)


def _write(h5py: Any, file: Any, array: StoredArray, tick: Tick) -> None:
    attributes: dict[str, Any] = dict(array.attributes)
    dtype = h5py.string_dtype() if array.dtype.kind == "O" else array.dtype
    if array.dtype == np.int8 and attributes.get("dtype") == "bool":
        dtype = np.dtype(bool)
        del attributes["dtype"]
    dataset = file.create_dataset(array.name, array.shape, dtype)
    _set(h5py, dataset, attributes)
    for region in array.slabs():
        values = array.read(region)
        dataset[region] = values.astype(bool) if dtype == np.bool_ else values
        if array.is_variable:
            tick(values.size)


def _add_lengths(file: Any, arrays: Sequence[StoredArray]) -> None:
    """Add scales for dimensions without coordinates, if others have some.

    NetCDF-4 reads no file in which only some dimensions have scales.
    """
    if not any(a.dims == (a.name,) for a in arrays):
        return
    for array in arrays:
        for i, (name, length) in enumerate(zip(array.dims, array.shape, strict=True)):
            if name not in file and name != f"{array.name}_dim{i}":
                scale = file.create_dataset(name, (length,), ">f4")
                scale.make_scale(f"{DIMENSION_WITHOUT_VARIABLE}. {length:9d}")


def _name_dimensions(file: Any, array: StoredArray) -> None:
    """Attach the scales of an array's dimensions, and label those without one."""
    dataset = file[array.name]
    if array.dims == (array.name,):
        dataset.make_scale(array.name)
        return
    for i, name in enumerate(array.dims):
        if name == f"{array.name}_dim{i}":
            continue
        scale = file.get(name)
        if scale is not None and getattr(scale, "shape", None) == (array.shape[i],):
            dataset.dims[i].attach_scale(scale)
        else:
            dataset.dims[i].label = name


def _set(h5py: Any, item: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        is_texts = isinstance(value, Sequence) and not isinstance(value, str)
        item.attrs[name] = np.array(value, h5py.string_dtype()) if is_texts else value

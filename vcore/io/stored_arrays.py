"""Arrays of a file with a whole volume: variables, coordinates and carried arrays."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io import write_slabs
from vcore.io.lazy import Converted
from vcore.io.request import need
from vcore.model.packing import Packing
from vcore.model.regions import Region, blocks
from vcore.model.volume import LazyArray, Variable, Volume

VALUES = "_values"
"""Suffix for variables named like one of their dimensions."""


@dataclass(frozen=True)
class StoredArray:
    """An array as the file stores it.

    Parameters
    ----------
    name
        Its name; "a/b" is in the group a.
    dims
        Name of each dimension.
    data
        Numbers, ``str`` in an object array, or bytes of fixed length.
    attributes
        Numbers, lists of numbers or texts, and texts.
    is_variable
        Whether it is a variable of the volume.
    """

    name: str
    dims: tuple[str, ...]
    data: LazyArray
    attributes: Mapping[str, Any]
    is_variable: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(n) for n in self.data.shape)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Stored dtype, in native byte order."""
        return np.dtype(self.data.dtype).newbyteorder("=")

    def slabs(self) -> Iterator[Region]:
        """Yield regions that partition the array, of about ``SLAB_VOXELS`` values each."""
        block, left = [1] * len(self.shape), write_slabs.SLAB_VOXELS
        for axis in reversed(range(len(block))):
            block[axis] = max(min(left, self.shape[axis]), 1)
            left //= block[axis]
        yield from blocks(self.shape, block)

    def read(self, region: Region) -> NDArray[Any]:
        """Return the values of a region in native byte order."""
        return np.asarray(self.data[region]).astype(self.dtype, copy=False)


def stored_arrays(volume: Volume) -> tuple[list[StoredArray], dict[str, Any]]:
    """Return the arrays of ``volume`` as stored by the CF conventions, and its attributes.

    Packed variables are integers again, float16 becomes float32, dates become numbers with units
    of time.
    """
    dataset = need("vcore.io.xarray_volume").dataset_of(volume)
    own = {v.name for v in volume.every} | {f"{v.name}{VALUES}" for v in volume.every}
    arrays = [
        _stored(str(name), variable, str(name) in own and str(name) not in dataset.dims)
        for name, variable in dataset.variables.items()
    ]
    return arrays, storable(dataset.attrs)


def storable(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON attributes as numbers, strings, or lists of either; others as JSON strings."""
    return {str(name): _plain(v) for name, v in attributes.items() if v is not None}


def with_nan(variable: Variable) -> Variable:
    """Return ``variable`` with a floating-point fill value replaced by NaN."""
    fill = variable.usable_fill
    if variable.dtype.kind != "f" or fill is None:
        return variable

    def marked(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(values == fill, values.dtype.type(np.nan), values)

    data = Converted(variable.data, variable.dtype, marked)
    return replace(variable, data=data, fill_value=None)


def as_stored(variable: Variable) -> Variable:
    """Return ``variable`` as stored by formats without missing values or packing.

    Packed integers again, float16 as float32, missing values of floating point as NaN.
    """
    if variable.packing is not None:
        code = variable.attributes.get("_FillValue")
        convert = partial(_packed, variable.name, variable.packing, code)
        data: LazyArray = Converted(variable.data, variable.packing.dtype, convert)
    elif variable.dtype == np.float16:
        data = Converted(with_nan(variable).data, np.float32, _single)
    else:
        return with_nan(variable)
    return replace(variable, data=data, packing=None, fill_value=None)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return np.int8(value)
    if isinstance(value, int | float | str | np.generic):
        return value
    items = list(value) if isinstance(value, list | tuple | np.ndarray) else []
    if items and all(isinstance(v, int | float | np.number) for v in items):
        return np.array(items)
    if items and all(isinstance(v, str) for v in items):
        return items
    return json.dumps(value)


def _stored(name: str, variable: Any, is_variable: bool) -> StoredArray:
    attributes, data = dict(variable.attrs), cast("LazyArray", _Indexed(variable))
    dtype = np.dtype(variable.dtype)
    if "scale_factor" in variable.encoding:
        packing, code = _packing(variable)
        data = Converted(data, packing.dtype, partial(_packed, name, packing, code))
        attributes |= _packing_attributes(packing, code)
    elif dtype.kind in "mMbUO" or dtype == np.float16:
        if dtype == np.float16:
            data = Converted(data, np.float32, _single)
        elif dtype == np.bool_ and is_variable:
            data = Converted(data, np.int8, partial(np.asarray, dtype=np.int8))
            attributes["dtype"] = "bool"  # as xarray writes them, and reads again
        else:  # truth values, dates and texts, small enough to be at once in memory
            encoded = need("xarray.conventions").encode_cf_variable(variable, name=name)
            values = np.asarray(encoded.values)
            attributes = dict(encoded.attrs)
            data = values.astype(object) if values.dtype.kind == "U" else values
    if isinstance(code := attributes.get("_FillValue"), np.float16):
        attributes["_FillValue"] = np.float32(code)
    dims = tuple(map(str, variable.dims))
    return StoredArray(name, dims, data, storable(attributes), is_variable)


class _Indexed:
    """An xarray variable as an array read by region."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable
        self.shape, self.dtype = variable.shape, np.dtype(variable.dtype)

    def __getitem__(self, region: Any) -> NDArray[Any]:
        return np.asarray(self._variable[region].values)


def _packing(variable: Any) -> tuple[Packing, int | None]:
    said = variable.encoding
    packing = Packing(
        said["dtype"].str[1:],
        np.dtype(variable.dtype).str[1:],
        said["scale_factor"],
        said["add_offset"],
    )
    code = said.get("_FillValue")
    return packing, None if code is None else int(code)


def _packing_attributes(packing: Packing, code: int | None) -> dict[str, Any]:
    """Return the attributes of packed integers; precise to the dtype of the unpacked values."""
    number = np.dtype(packing.values_dtype).type
    if packing.values_dtype == "f4" and float(np.float32(packing.scale)) != packing.scale:
        number = np.dtype("f8").type
    found: dict[str, Any] = {"scale_factor": number(packing.scale)}
    if packing.offset:
        found["add_offset"] = number(packing.offset)
    if code is not None:
        found["_FillValue"] = np.dtype(packing.dtype).type(code)
    return found


def _packed(
    name: str, packing: Packing, code: int | None, values: NDArray[Any]
) -> NDArray[np.integer[Any]]:
    """Return the integers nearest to ``values``, ``code`` where these are missing."""
    missing = ~np.isfinite(values)
    if missing.any() and code is None:
        raise InputError(
            f"Expected a packed number that stands for missing values of {name!r}. Got missing "
            f"values and no such number instead: write another format, such as .npy or .zarr."
        )
    limits = np.iinfo(packing.dtype)
    integers = np.clip(packing.pack(np.where(missing, 0, values)), limits.min, limits.max)
    found = integers.astype(packing.dtype)
    if code is not None:
        found[(found == code) & ~missing] = code + (1 if code < limits.max else -1)
        found[missing] = code
    return found


def _single(values: NDArray[Any]) -> NDArray[np.float32]:
    return values.astype(np.float32)

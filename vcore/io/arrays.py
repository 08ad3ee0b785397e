"""Arrays of NumPy, dask, and other libraries with NumPy-style indexing by region."""

from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import variable
from vcore.io.cf_values import DEFAULT_FILLS
from vcore.io.lazy import CallbackArray
from vcore.io.objects import not_understood, taking
from vcore.io.request import ReadRequest
from vcore.model.grid import Grid
from vcore.model.indexing import Indexed
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray, Volume

NAME = "values"
"""Variable name of an array."""


def read_object(source: ReadRequest, given: Any) -> Volume:
    """Return the volume of an array with axes (y, x), (z, y, x), (t, z, y, x) or (t, c, z, y, x).

    Masked values are missing. The ``unit`` or ``units`` of an array (astropy, pint, unyt) is kept.
    Arrays of other libraries are read by region, dask arrays by the blocks that overlap it.

    Raises
    ------
    InputError
        The dtype is not supported, a masked integer array has no unused number for missing values,
        or the array cannot be converted to NumPy.
    """
    fill, unit = None, _unit(given)
    data: LazyArray
    given = getattr(given, "magnitude", given)  # pint's numbers without their unit
    if isinstance(given, np.ma.MaskedArray) and given.dtype.kind in "iufb":
        data, fill = _without_mask(source.path, given)
    elif isinstance(given, np.memmap | Indexed):
        data = given
    elif isinstance(given, np.ndarray):
        data = np.asarray(given)
    else:
        data = _read_by_region(source.path, given)
    axes = {2: "yx", 3: "zyx", 4: "tzyx"}.get(len(data.shape), "tczyx")
    found = variable(source, NAME, data, axes, unit=unit, fill_value=fill)
    return Volume(Grid(shape=found.shape[-3:]), (found,))  # type: ignore[arg-type]


def _unit(given: Any) -> str:
    for name in ("unit", "units"):
        if (unit := getattr(given, name, None)) is not None:
            return str(unit)
    return ""


def _without_mask(where: str, given: Any) -> tuple[NDArray[Any], int | None]:
    """Return the values of a masked array, and the integer used for masked ones."""
    if given.dtype == np.bool_:
        given = given.astype(np.uint8)
    if not np.ma.getmaskarray(given).any():
        return np.ma.getdata(given), None
    if given.dtype.kind == "f":
        return np.asarray(given.filled(np.nan)), None
    if (code := _unused(given)) is not None:
        return np.asarray(given.filled(code)), code
    raise InputError(
        f"Expected an integer that no value of {where} is, to stand for the masked ones. Got "
        f"every usual one among the values instead: fill it with another one and give that as "
        f"`fill_value` of vcore.read, or make it a float array."
    )


def _unused(given: Any) -> int | None:
    """Return an integer unused by the values of a masked array, preferably its own fill value."""
    limits = np.iinfo(given.dtype)
    usual = DEFAULT_FILLS.get(given.dtype.itemsize, (limits.max, limits.min))
    codes = [usual[given.dtype.kind == "i"], int(limits.min), int(limits.max)]
    with suppress(TypeError):  # NumPy's default does not fit into small integers
        if (own := int(given.fill_value)) != np.ma.default_fill_value(given.dtype):
            codes.insert(0, own)
    values = np.unique(given.compressed())
    if given.dtype.itemsize <= 2:
        codes += np.setdiff1d(np.arange(limits.min, limits.max + 1), values)[:1].tolist()
    return next((code for code in codes if code not in values), None)


def _read_by_region(where: str, given: Any) -> CallbackArray:
    try:
        dtype = np.dtype(given.dtype)
        shape = tuple(int(n) for n in given.shape)
    except TypeError as error:  # a dtype of another library
        raise not_understood(given) from error
    except ValueError as error:  # dask: of unknown length, NaN
        raise InputError(
            f"Expected an array of known shape. Got {tuple(given.shape)} of {where} instead: call "
            f"its compute_chunk_sizes() first."
        ) from error
    data = CallbackArray(shape, dtype, partial(_fetch, where, given))
    if not hasattr(given, "dask") and 0 not in shape:
        _ = data[(slice(0, 1),) * len(shape)]
    return data


def _fetch(where: str, given: Any, region: Region) -> NDArray[Any]:
    with taking(where):
        part = given[region]
        part = part.compute() if hasattr(part, "dask") else part
        if isinstance(part, np.ma.MaskedArray):
            part = _filled(where, part)
        values = np.asarray(part)
        if values.shape != shape_of(region) or values.dtype != given.dtype:
            raise TypeError(
                f"a {type(part).__module__}.{type(part).__qualname__} of {values.dtype}"
            )
        return values


def _filled(where: str, part: Any) -> NDArray[Any]:
    """Return a block of a masked array, with masked floating-point values as NaN."""
    if np.ma.getmaskarray(part).any() and part.dtype.kind != "f":
        raise InputError(
            f"Expected floating-point values where some are masked. Got {part.dtype} in {where} "
            f"instead: fill it with a number that no value is (dask.array.ma.filled) and give that "
            f"as `fill_value` of vcore.read."
        )
    return np.asarray(part.filled(np.nan) if part.dtype.kind == "f" else np.ma.getdata(part))

"""DataArray and Dataset of xarray with the dimensions (parameters …, y, x[, channel]) as Images."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import InputError
from vcore.io.colour_images import guess_background
from vcore.io.image_channels import STORED, fits
from vcore.io.objects import name_of
from vcore.io.request import need
from vcore.model.text import printable

if TYPE_CHECKING:
    import xarray

CHANNEL_AXES = (
    *("channel", "channels", "band", "bands", "rgb", "rgba", "colour", "color"),
    *("component", "c"),
)
"""Names of the dimension of colours or components."""
CALENDARS = ("proleptic_gregorian", "standard", "gregorian")
"""Calendars of dates that readers assume where none is told."""
VALUE = "value"
"""Name of an array without one."""


def images_of_xarray(
    given: Any,
    *,
    parameters: Sequence[str] | None = None,
    background: tuple[int, int, int] | None = None,
) -> Images:
    """Return the arrays of ``given`` as images, read by xarray one at a time.

    Coordinates of dimensions are the values of parameters, their attribute ``units`` the unit;
    and ``period`` the length after which they repeat; without coordinates the values are 0, 1, 2 ….
    Falling coordinates are turned; dates and durations are numbers with a CF unit.

    Parameters
    ----------
    given
        A DataArray, or a Dataset of several over the same parameters, y and x.
    parameters
        Order of the parameters.
    background
        Colour of empty pixels.

    Raises
    ------
    InputError
        Another object, other dimensions, or coordinates that are neither distinct numbers nor
        distinct texts.
    """
    xarray = need("xarray")
    if isinstance(given, xarray.DataArray):
        arrays = {str(given.name or VALUE): given}
    elif isinstance(given, xarray.Dataset):
        arrays = {str(name): array for name, array in given.data_vars.items()}
    else:
        raise InputError(
            f"Expected a Cinema database, a table of images, or an xarray DataArray or Dataset. "
            f"Got {name_of(given)} instead."
        )
    if not arrays:
        raise InputError("Expected arrays in the Dataset. Got none instead.")
    first = next(iter(arrays.values()))
    dims = _split(first)[0] if parameters is None else list(parameters)
    height, width = _split(first)[1:3]
    axes = [_axis(first, dim) for dim in dims]
    channels: dict[str, tuple[Channel, Any]] = {}
    for name, array in arrays.items():
        found = _split(array)
        if (sorted(map(str, found[0])), *found[1:3]) != (sorted(map(str, dims)), height, width):
            raise InputError(
                f"Expected arrays over ({', '.join(map(str, (*dims, height, width)))}). Got "
                f"{name!r} over ({', '.join(map(str, array.dims))}) instead: choose arrays first."
            )
        channel = _channel(name, array, found[3], {c.name for c, _ in channels.values()})
        order = [*dims, height, width, *([found[3]] if found[3] is not None else [])]
        channels[channel.name] = (channel, array.transpose(*order))
    orders = [order for _, order in axes]

    def read(index: tuple[int, ...], name: str) -> NDArray[Any]:
        channel, array = channels[name]
        at = tuple(int(order[i]) for order, i in zip(orders, index, strict=True))
        values = array[at].values
        if not fits(values, channel.dtype):
            raise InputError(
                f"Expected values of {name!r} that fit {channel.dtype}. Got {values.min()} to "
                f"{values.max()} instead: convert them to float64."
            )
        return np.ascontiguousarray(values, channel.dtype)

    listed = [channel for channel, _ in channels.values()]
    images = Images(
        parameters=tuple(parameter for parameter, _ in axes),
        size=(first.sizes[height], first.sizes[width]),
        channels=tuple(sorted(listed, key=lambda c: not c.is_colour)),
        read=read,
        background=background,
        attributes={printable(str(k)): v for k, v in given.attrs.items()},
        name=printable(next(iter(arrays))),
    )
    return guess_background(images)


def _split(array: "xarray.DataArray") -> tuple[list[Any], Any, Any, Any]:
    """Return the dimensions of an array: parameters, y, x, and that of channels or None."""
    dims = list(array.dims)
    channel = next((dim for dim in dims if _is_channel(array, dim)), None)
    dims = [dim for dim in dims if dim != channel]
    height: Any
    width: Any
    if {"y", "x"} <= set(dims):
        height, width = "y", "x"
        dims = [dim for dim in dims if dim not in ("y", "x")]
    elif len(dims) >= 2:
        *dims, height, width = dims
    if len(array.dims) < 3 or not dims:
        raise InputError(
            f"Expected the dimensions (parameters …, y, x[, channel]). Got "
            f"({', '.join(map(str, array.dims))}) instead: add a dimension first."
        )
    return dims, height, width, channel


def _is_channel(array: "xarray.DataArray", dim: Any) -> bool:
    """Return whether a dimension is that of components: the last one, or of bytes that are a colour
    beside named y and x."""
    if str(dim).lower() not in CHANNEL_AXES:
        return False
    count = array.sizes[dim]
    is_colour = array.dtype == np.uint8 and count in (3, 4) and {"y", "x"} <= {*array.dims}
    return is_colour or (dim == array.dims[-1] and count <= 4)


def _channel(name: str, array: "xarray.DataArray", components: Any, taken: set[str]) -> Channel:
    dtype = array.dtype
    if dtype.kind not in "biuf":
        raise InputError(f"Expected numbers in {name!r}. Got {dtype} instead.")
    count = 1 if components is None else array.sizes[components]
    if dtype == np.uint8 and count in (3, 4) and not taken & {"rgb", "rgba"}:
        return Channel("rgb" if count == 3 else "rgba", dtype)
    if components is not None:
        raise InputError(
            f"Expected colours of 3 or 4 bytes, or arrays without the dimension {components}. Got "
            f"{count} components of {dtype} in {name!r} instead: make an array of each."
        )
    unit = printable(str(array.attrs.get("units", "")))
    dtype = STORED.get(dtype.str[1:], dtype)
    return Channel(printable(name), dtype.newbyteorder("="), unit)


def _encoded(coordinate: "xarray.DataArray") -> Any:
    """Return dates and durations as a Variable of numbers with a CF unit, such as "hours since
    2000-01-01"; as texts if one is missing, or the unit alone does not tell the calendar."""
    xarray = need("xarray")
    given = coordinate.variable
    if given.dtype.kind not in "mMO":
        return given
    bare = given.copy(deep=False)
    bare.attrs = {k: v for k, v in given.attrs.items() if k not in ("units", "calendar")}
    is_date = given.dtype.kind != "O"
    if is_date and np.isnat(given.values).any():
        return xarray.Variable(given.dims, given.values.astype(str))
    try:
        found = xarray.conventions.encode_cf_variable(bare)
    except (NotImplementedError, TypeError, ValueError):  # objects other than dates
        return given
    is_told = is_date or found.attrs.get("calendar") in CALENDARS
    return found if is_told and found.dtype.kind in "iuf" else given


def _axis(array: "xarray.DataArray", dim: Any) -> tuple[Parameter, NDArray[np.int64]]:
    """Return a parameter, and the index along the dimension of each of its values."""
    count = array.sizes[dim]
    attributes: Mapping[Any, Any] = {}
    values: list[Any] = list(range(count))
    if dim in array.coords and array.coords[dim].dims == (dim,):
        coordinate = _encoded(array.coords[dim])
        attributes = coordinate.attrs
        values = coordinate.values.tolist()
    unit = printable(str(attributes.get("units", "")))
    if all(isinstance(v, int | float) and math.isfinite(v) for v in values):
        numbers = np.array(values, np.float64)
        order = np.argsort(numbers, kind="stable")
        found: tuple[Any, ...] = tuple(numbers[order].tolist())
    else:
        order, found = np.arange(count), tuple(printable(str(v)) for v in values)
    if not found:
        raise InputError(f"Expected values along {dim!r}. Got none: choose some first.")
    if len(set(found)) < count:
        raise InputError(f"Expected distinct coordinates along {dim!r}. Got some twice.")
    period = attributes.get("period", 0.0)
    repeats = isinstance(period, int | float) and not isinstance(found[0], str)
    if not repeats or not found[-1] - found[0] < period < math.inf:
        period = 0.0
    return Parameter(printable(str(dim)), found, unit, float(period)), order

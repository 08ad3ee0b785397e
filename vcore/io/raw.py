"""Headerless files: contiguous values, x fastest."""

import os
import re

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import variable as stored_variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.mapped import stored_array
from vcore.io.request import ReadRequest
from vcore.io.write_slabs import Tick, only_variable, write_source_values
from vcore.model.grid import Grid
from vcore.model.volume import Volume

# name_XxYxZ_dtype.raw, as in https://klacansky.com/open-scivis-datasets
PATTERN = re.compile(r"^(?P<name>.+?)_(?P<sizes>\d+(?:x\d+)+)(?:_(?P<dtype>[a-z]+\d*))?$")
C_NAMES = {"float": "float32", "double": "float64", "uchar": "uint8", "short": "int16"}
"""Dtypes for C type names used in file names."""


def read(source: ReadRequest) -> Volume:
    """Read values in the layout given by the options or the file name."""
    name, shape, dtype = stem_of(source.path), source.shape, source.dtype
    if match := PATTERN.match(name):
        name = match["name"]
        dtype = dtype or match["dtype"]
        shape = shape or _named_shape(match["sizes"], source.path)
    if shape is None or dtype is None:
        absent = " and ".join(w for w, v in (("shape", shape), ("dtype", dtype)) if v is None)
        raise InputError(
            f"Expected the layout of the headerless file {source.path}, by a name such as "
            f"name_XxYxZ_uint8.raw or by options. Got no {absent} instead: give `shape` in z, y, x "
            f"order and `dtype`."
        )
    data = stored_array(
        source.path,
        shape,
        _dtype(dtype, source),
        offset=source.offset,
        codec=codec_of(source.path),
        exact=True,
    )
    found = stored_variable(source, name, data)
    return Volume(Grid(shape=found.shape[-3:]), (found,))  # type: ignore[arg-type]


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the values of the only variable, little-endian, without metadata."""
    variable = only_variable(volume, "a headerless file")
    with open(path, "wb") as file:
        write_source_values(file, variable, tick)
    return [path]


def _named_shape(sizes: str, path: str) -> tuple[int, ...]:
    lengths = tuple(int(n) for n in sizes.split("x"))
    if len(lengths) != 3:
        raise InputError(
            f"Expected three sizes, XxYxZ, in the name of {os.path.basename(path)}. Got {sizes} "
            f"instead: give `shape`, in t, z, y, x order."
        )
    return lengths[::-1]


def _dtype(name: str, source: ReadRequest) -> np.dtype[np.generic]:
    if source.byte_order not in {"little", "big"}:
        raise InputError(f"Expected `byte_order` little or big. Got {source.byte_order!r} instead.")
    try:
        dtype = np.dtype(C_NAMES.get(name, name))
    except TypeError:
        raise InputError(
            f"Expected a dtype such as uint8, int16 or float32 for {source.path}. Got {name!r} "
            f"instead: give `dtype`."
        ) from None
    if dtype.byteorder == ">":
        return dtype
    return dtype.newbyteorder("<" if source.byte_order == "little" else ">")

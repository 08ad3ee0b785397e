"""NumPy's .npy files; uncompressed ones are memory-mapped."""

from typing import Any, BinaryIO

import numpy as np

from vcore.errors import InputError
from vcore.io.assemble import variable as stored_variable
from vcore.io.formats import codec_of, stem_of
from vcore.io.mapped import open_stream, stored_array
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.write_slabs import Tick, only_variable, write_source_values
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def read(source: ReadRequest) -> Volume:
    """Read one array; object arrays are refused, nothing is unpickled."""
    check_file(source.path)
    codec = codec_of(source.path)
    with reading(source.path, "NumPy file"), open_stream(source.path, codec) as file:
        shape, fortran, dtype = read_header(file, source.path)
        offset = file.tell()
    data = stored_array(
        source.path, shape, dtype, offset=offset, codec=codec, order="F" if fortran else "C"
    )
    found = stored_variable(source, stem_of(source.path), data)
    return Volume(Grid(shape=found.shape[-3:]), (found,))  # type: ignore[arg-type]


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the array of the only variable, without metadata."""
    variable = only_variable(volume, "a .npy file")
    with open(path, "wb") as file:
        write_header(file, variable)
        write_source_values(file, variable, tick)
    return [path]


def write_header(file: BinaryIO, variable: Variable) -> None:
    """Write the header of an array in C order, little-endian."""
    header = {
        "shape": variable.source_shape,
        "fortran_order": False,
        "descr": np.lib.format.dtype_to_descr(variable.dtype.newbyteorder("<")),
    }
    np.lib.format.write_array_header_1_0(file, header)


def read_header(file: BinaryIO, path: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, Fortran-order flag and dtype of the array at the current position."""
    version = np.lib.format.read_magic(file)
    parse = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if parse is None:
        raise InputError(
            f"Expected a NumPy file of version 1 or 2 at {path}. Got version {version} instead: "
            f"save the array without field names."
        )
    shape, fortran, dtype = parse(file)
    if dtype.hasobject:
        raise InputError(
            f"Expected an array of numbers in {path}. Got Python objects instead, which vcore "
            f"never unpickles."
        )
    return shape, fortran, dtype

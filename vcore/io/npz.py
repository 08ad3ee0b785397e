"""NumPy's .npz archives: one array per variable."""

import struct
import zipfile
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.assemble import choose, is_coded, is_variable
from vcore.io.cf import volume_of
from vcore.io.cf_arrays import Labelled
from vcore.io.lazy import CallbackArray
from vcore.io.mapped import check_memory, nbytes_of, stored_array
from vcore.io.npy import read_header, write_header
from vcore.io.request import ReadRequest, check_file, reading
from vcore.io.write_slabs import Tick, write_source_values
from vcore.model.regions import Region
from vcore.model.volume import LazyArray, Volume

LOCAL_HEADER = struct.Struct("<26xHH")
"""Local file header up to a member's name; ends in name and extra field lengths (APPNOTE 4.3.7)."""


def read(source: ReadRequest) -> Volume:
    """Read the volumes, and carry the other arrays; uncompressed members are memory-mapped."""
    check_file(source.path)
    with reading(source.path, "NumPy archive"), zipfile.ZipFile(source.path) as archive:
        members = {i.filename.removesuffix(".npy"): i for i in archive.infolist()}
        heads = {}
        left_out = []
        for name, info in members.items():
            # object arrays are refused only if requested
            if source.variables is None or name in source.variables:
                try:
                    with archive.open(info) as file:
                        heads[name] = read_header(file, source.path)  # type: ignore[arg-type]
                except InputError as error:
                    if source.variables is not None or len(members) == 1:
                        raise
                    left_out.append(f"{name} ({error})")
        shapes = {n: h[0] for n, h in heads.items()}
        for suits in (is_coded, is_variable):
            found = {n: s for n, (s, _, dtype) in heads.items() if suits(dtype)}
            if any(len(s) >= 2 for s in found.values()):
                shapes = found
                break
        names = choose(
            source, shapes | dict.fromkeys(members.keys() - heads.keys(), ()), "array", carries=True
        )
        arrays = {n: Labelled(stored_member(source.path, archive, members[n]), ()) for n in heads}
    return replace(volume_of(source, names, arrays, {}), left_out=tuple(left_out))


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write all variables and carried arrays under their names, uncompressed; no other metadata.

    Texts become Unicode strings of fixed length.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for variable in volume.every:
            with archive.open(f"{variable.name}.npy", "w", force_zip64=True) as file:
                write_header(file, variable)  # type: ignore[arg-type]
                write_source_values(file, variable, tick)  # type: ignore[arg-type]
        for array in volume.carried:
            values = array.read()
            if values.dtype.hasobject:
                values = np.array(values.tolist())
            with archive.open(f"{array.name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, values, allow_pickle=False)
    return [path]


def stored_member(path: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> LazyArray:
    """Return a member of an open archive at ``path``, its values read on indexing."""
    with archive.open(info) as file:
        shape, fortran, dtype = read_header(file, path)  # type: ignore[arg-type]
        header = file.tell()
    order = "F" if fortran else "C"
    nbytes = nbytes_of(shape, dtype)
    if header + nbytes != info.file_size:
        raise InputError(
            f"Expected {header + nbytes} bytes for {info.filename} in {path}. Got "
            f"{info.file_size} instead: the archive is damaged."
        )
    if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:
        with open(path, "rb") as file:
            file.seek(info.header_offset)
            lengths = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
        offset = info.header_offset + LOCAL_HEADER.size + sum(lengths) + header
        return stored_array(path, shape, dtype, offset=offset, order=order)  # type: ignore[arg-type]
    check_memory(nbytes, path)
    values: list[NDArray[np.generic]] = []

    def fetch(region: Region) -> NDArray[np.generic]:
        if not values:
            with (
                reading(path, "NumPy archive"),
                zipfile.ZipFile(path) as opened,
                opened.open(info) as file,
            ):
                # at most the size given in the header, whatever the stream holds
                data = file.read(header + nbytes)[header:]
                values.append(np.frombuffer(data, dtype).reshape(shape, order=order))  # type: ignore[call-overload]
        return values[0][region]

    return CallbackArray(shape, dtype, fetch)

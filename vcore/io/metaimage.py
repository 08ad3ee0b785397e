"""MetaImage (.mha, .mhd), the format of ITK."""

from typing import Any

import numpy as np

from vcore.errors import InputError
from vcore.grid import Grid
from vcore.io.arrange import flipped, triple, variable
from vcore.io.formats import stem_of
from vcore.io.outside import named_file
from vcore.io.source import Source, check_file, reading
from vcore.io.stored import nbytes_of, stored_array
from vcore.io.units import length_unit
from vcore.volume import Volume

TYPES = {
    "MET_UCHAR": "u1",
    "MET_CHAR": "i1",
    "MET_USHORT": "u2",
    "MET_SHORT": "i2",
    "MET_UINT": "u4",
    "MET_INT": "i4",
    "MET_ULONG": "u4",
    "MET_LONG": "i4",
    "MET_ULONG_LONG": "u8",
    "MET_LONG_LONG": "i8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
HEADER_LIMIT = 1 << 16
"""Bytes within which the line ElementDataFile, the header's last, must come."""


def read(source: Source) -> Volume:
    """Read an image of three axes, or four with time; plain values are mapped."""
    check_file(source.path)
    with reading(source.path, "MetaImage"):
        fields, header_end = _header(source.path)
        sizes = [int(n) for n in fields["dimsize"].split()]
        dtype = _dtype(fields, source.path)
        channels = int(fields.get("elementnumberofchannels", "1"))
        data_path, offset = _data_file(fields, source, header_end)
        shape = (*sizes[::-1], channels) if channels > 1 else tuple(sizes[::-1])
        compressed = _yes(fields, "compresseddata")
        if int(fields.get("headersize", "0")) == -1:
            offset = check_file(data_path) - nbytes_of(shape, dtype)
        data = stored_array(
            data_path,
            shape,
            dtype,
            offset=0 if compressed else offset,
            start=offset if compressed else 0,
            codec="zlib" if compressed else "",
        )
        geometry = _geometry(fields, len(sizes)) if len(sizes) >= 3 else {}
    axes = "tzyx"[-len(sizes) :] if len(sizes) in (3, 4) else None
    if axes and channels > 1:
        axes += "c"
    found = variable(source, stem_of(source.path), data, axes)
    step = geometry.pop("step", None)
    frames = found.length("t") if "t" in found.axes else 0
    times = tuple(step[0] + i * step[1] for i in range(frames)) if step and frames else None
    grid = Grid(shape=found.shape[-3:], times=times, **geometry)  # type: ignore[arg-type]
    space = fields.get("anatomicalorientation")
    return Volume(grid, (found,), attributes={"anatomical_orientation": space} if space else {})


def _header(path: str) -> tuple[dict[str, str], int]:
    """Return the fields by lower-case name, and the byte after the header."""
    fields: dict[str, str] = {}
    with open(path, "rb") as file:
        while file.tell() < HEADER_LIMIT and (line := file.readline(HEADER_LIMIT)):
            key, equals, value = line.decode("latin-1").partition("=")
            if not equals:
                break
            fields[key.strip().lower()] = value.strip()
            if key.strip().lower() == "elementdatafile":
                return fields, file.tell()
    raise InputError(
        f"Expected a MetaImage header that ends with ElementDataFile at {path}. Got none instead: "
        f"the file is damaged or of another format."
    )


def _dtype(fields: dict[str, str], path: str) -> np.dtype[Any]:
    name = fields["elementtype"].upper()
    if name not in TYPES:
        raise InputError(
            f"Expected one of the element types {', '.join(TYPES)} in {path}. Got {name} instead."
        )
    if "binarydata" in fields and not _yes(fields, "binarydata"):
        raise InputError(
            f"Expected binary values in {path}. Got text instead: write it anew with "
            f"BinaryData = True."
        )
    big = _yes(fields, "binarydatabyteordermsb") or _yes(fields, "elementbyteordermsb")
    return np.dtype(TYPES[name]).newbyteorder(">" if big else "<")


def _data_file(fields: dict[str, str], source: Source, header_end: int) -> tuple[str, int]:
    name = fields["elementdatafile"]
    if name.upper() == "LOCAL":
        return source.path, header_end
    if name.upper().startswith("LIST") or "%" in name:
        raise InputError(
            f"Expected one file of values for {source.path}. Got the list of slices {name!r} "
            f"instead: write it anew as one .mha."
        )
    return named_file(source, name), max(int(fields.get("headersize", "0")), 0)


def _geometry(fields: dict[str, str], ndim: int) -> dict[str, Any]:
    def numbers(*names: str) -> list[float] | None:
        value = next((fields[n] for n in names if n in fields), None)
        return None if value is None else [float(v) for v in value.split()]

    spacing = numbers("elementspacing", "elementsize") or [1.0] * ndim
    origin = numbers("offset", "position", "origin") or [0.0] * ndim
    geometry: dict[str, Any] = {
        "spacing": triple(spacing[2::-1]),
        "origin": triple(origin[2::-1]),
        "unit": length_unit(fields.get("distanceunits", "")),
    }
    if (rows := numbers("transformmatrix", "rotation", "orientation")) is not None:
        # each row of the file is the direction of one axis: the columns of Grid.direction
        geometry["direction"] = flipped(np.reshape(rows, (ndim, ndim))[:3, :3].T)
    if ndim == 4:
        geometry["step"] = (origin[3], spacing[3])
    return geometry


def _yes(fields: dict[str, str], name: str) -> bool:
    return fields.get(name, "false").lower() in {"true", "1", "yes"}

"""Safetensors files: arrays by name, with nothing that could run.

Layout: 8 bytes with the length of a JSON header, the header, then the values
(https://huggingface.co/docs/safetensors, "Format").
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.request import check_file, reading

MAX_HEADER = 100_000_000
"""Maximum length of a header in bytes, as in the authors' implementation."""
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
BFLOAT = "BF16"
METADATA = "__metadata__"


def read(path: str) -> dict[str, NDArray[Any]]:
    """Return all arrays by name.

    Raises
    ------
    InputError
        The file is damaged: header, types or lengths contradict each other or the file's size.
    """
    size = check_file(path)
    with reading(path, "safetensors file"), open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        if not 2 <= length <= min(size - 8, MAX_HEADER):
            raise InputError(
                f"Expected a safetensors file at {path}. Got a header of {length} bytes in a file "
                f"of {size}: it is damaged, or of another format."
            )
        header = json.loads(file.read(length))
        data = file.read()
    found = {}
    with reading(path, "safetensors file"):
        for name, told in header.items():
            if name != METADATA:
                found[name] = _array(data, name, told)
    return found


def _array(data: bytes, name: str, told: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = told["dtype"], tuple(int(n) for n in told["shape"])
    begin, end = (int(n) for n in told["data_offsets"])
    dtype = np.dtype("<u2" if kind == BFLOAT else DTYPES.get(kind, "V1"))
    whole = 0 <= begin <= end <= len(data) and all(n >= 0 for n in shape)
    if dtype.kind == "V" or not whole or math.prod(shape) * dtype.itemsize != end - begin:
        raise InputError(
            f"Expected an array {name!r:.80} within the file. Got {kind!r:.20} of shape {shape} in "
            f"bytes {begin} to {end} of {len(data)}: the file is damaged, or of a type that vcore "
            f"does not read."
        )
    values = np.frombuffer(data[begin:end], dtype).reshape(shape)
    if kind == BFLOAT:  # the upper half of a float32
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values


def write(path: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays of float32 into a file."""
    header: dict[str, Any] = {}
    at = 0
    for name, values in arrays.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(values.shape),
            "data_offsets": [at, at + 4 * values.size],
        }
        at += 4 * values.size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for values in arrays.values():
            file.write(np.ascontiguousarray(values, "<f4").tobytes())

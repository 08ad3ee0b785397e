"""Section 22 of docs/format.md for the slow reader: arrays stored as shuffled deflate."""

import json
import zlib
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


def dtype_of(described: Any) -> np.dtype[Any]:
    """Return the dtype of a description; ``object`` of texts and strings of bytes."""
    if described in ("text", "bytes"):
        return np.dtype(object)
    if isinstance(described, str):
        return np.dtype(described)
    fields = []
    for name, kind, *shape in described:
        fields.append((name, dtype_of(kind), *(tuple(s) for s in shape)))
    return np.dtype(fields)


def stored(
    units: Sequence[bytes], described: Any, shape: Sequence[int], chunk: Sequence[int]
) -> NDArray[Any]:
    """Return the array of which ``units`` hold the chunks."""
    dtype = dtype_of(described)
    out = np.empty(tuple(shape), dtype)
    corners = list(product(*(range(0, n, c) for n, c in zip(shape, chunk, strict=True))))
    assert len(units) == len(corners), "there is not one unit a chunk"
    for data, corner in zip(units, corners, strict=True):
        sides = [min(c, n - i) for c, n, i in zip(chunk, shape, corner, strict=True)]
        count, raw = prod(sides), zlib.decompress(data)
        if dtype.hasobject:
            texts = json.loads(raw.decode("utf-8", "surrogatepass"))
            assert len(texts) == count, "its texts do not fill a chunk"
            if described == "bytes":
                texts = [t if t is None else t.encode("latin-1") for t in texts]
            values = np.empty(count, object)
            values[:] = texts
        else:
            assert len(raw) == count * dtype.itemsize, "a chunk has the wrong size"
            planes = [raw[i * count : (i + 1) * count] for i in range(dtype.itemsize)]
            values = np.frombuffer(
                bytes(b for value in zip(*planes, strict=True) for b in value), dtype
            )
        place = tuple(slice(i, i + n) for i, n in zip(corner, sides, strict=True))
        out[place] = values.reshape(sides)
    return out

"""Bytes of a quantised network (docs/format.md, section 27)."""

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from vcore.container.varint import pack_number
from vcore.entropy.rows import Bytes
from vcore.errors import FormatError, InputError
from vcore.methods._networks.shrinking.coding import Layout, pack_indices, unpack_indices
from vcore.methods._networks.shrinking.sharing import PRUNED
from vcore.scenes.methods.nerf.network import Architecture, Network
from vcore.scenes.methods.nerf.quantising import Integers

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 1 << 14
"""Largest absolute integer."""


def pack(integers: Integers, steps: dict[str, float]) -> bytes:
    """Return layers as bytes: for each its step, the smallest integer and their number, then all
    integers as one coded stream, where 0 is a pruned parameter."""
    head, arrays, layouts = [], [], []
    for layer, values in integers.items():
        used = values[values != 0]
        low, high = (int(used.min()), int(used.max())) if used.size else (0, -1)
        head.append(struct.pack("<f", steps[layer]))
        head.append(pack_number(2 * low if low >= 0 else -2 * low - 1))
        head.append(pack_number(high - low + 1))
        indices = np.where(values != 0, values - low, PRUNED).astype(np.int32)[None]
        arrays.append(indices)
        layouts.append(Layout(indices.shape, high - low + 1, masked=True))
    return b"".join(head) + pack_indices(arrays, layouts)


def unpack(data: bytes, architecture: Architecture) -> Network:
    """Decode the output of ``pack``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data, "The network")
    steps, lows, layouts = [], [], []
    for rows, columns in architecture.shapes.values():
        steps.append(struct.unpack("<f", reader.take(4))[0])
        number = reader.number()
        low = number // 2 if number % 2 == 0 else -(number + 1) // 2
        count = reader.number()
        if abs(low) > MOST or count > 2 * MOST + 1 or not 0 <= steps[-1] < np.inf:
            raise FormatError("The network is damaged: impossible steps or integers.")
        lows.append(low)
        layouts.append(Layout((1, rows, columns + 1), count, masked=True))
    arrays = unpack_indices(reader.take(reader.left), layouts)
    weights: dict[str, NDArray[Any]] = {}
    for layer, step, low, indices in zip(architecture.shapes, steps, lows, arrays, strict=True):
        values = np.where(indices[0] == PRUNED, 0, indices[0] + low) * np.float64(step)
        with np.errstate(over="ignore"):
            weights[f"{layer}.weight"] = values[:, :-1].astype(np.float32)
            weights[f"{layer}.bias"] = values[:, -1].astype(np.float32)
    try:
        return Network(architecture, weights)
    except InputError as error:
        raise FormatError(f"The network is damaged: {error}") from error

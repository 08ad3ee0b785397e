"""Quantised weights and their bytes (docs/format.md, section 25)."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.nervi.network import Weights
from vcore.collections.methods.nervi.shapes import Shape
from vcore.container.varint import pack_number
from vcore.entropy.rows import Bytes
from vcore.errors import BudgetError, FormatError
from vcore.methods._networks.shrinking import magnitude_masks
from vcore.methods._networks.shrinking.coding import Layout, pack_indices, unpack_indices

FEWEST_BITS = 2
LIMITS = struct.Struct("<ff")
LARGEST = 1e9
"""Magnitude that no weight exceeds, so that no output overflows on its way through some layers."""
MAX_KINDS = (1 << 16) + 1
"""Most values of an array, those of 16 bits."""


@dataclass(frozen=True, eq=False)
class Quantised:
    """Weights of one array, evenly spaced: ``offset`` + ``step`` * ``indices``.

    Parameters
    ----------
    offset, step
        float32 values.
    indices
        Shape of the array, from 0.
    """

    offset: float
    step: float
    indices: NDArray[np.int32]

    @property
    def kinds(self) -> int:
        """Number of values."""
        return int(self.indices.max()) + 1

    @property
    def values(self) -> NDArray[np.float32]:
        """The weights."""
        return (self.offset + self.step * self.indices.astype(np.float64)).astype(np.float32)


def in_range(values: NDArray[np.float32], bits: int) -> Quantised:
    """Quantise an array to 2**bits steps from its smallest to its largest value.

    Equation 3 as it is meant: the step is (max - min) / 2**bits. As printed, the rounded number is
    divided by 2**bits instead, which would be 0.
    """
    low, high = float(values.min()), float(values.max())
    step = float(np.float32((high - low) / 2**bits))
    if not step:
        return Quantised(low, 0.0, np.zeros(values.shape, np.int32))
    indices = np.rint((values.astype(np.float64) - low) / step).astype(np.int32)
    return Quantised(low, step, indices)


def on_line(values: NDArray[np.float32], step: float) -> Quantised:
    """Quantise an array to multiples of ``step``, a float32 value."""
    integers = np.rint(values.astype(np.float64) / step).astype(np.int64)
    low = int(integers.min())
    return Quantised(float(np.float32(low * step)), step, (integers - low).astype(np.int32))


def pack(arrays: dict[str, Quantised]) -> bytes:
    """Return offset, step (float32) and number of values of every array, then the indices of all,
    entropy coded with a model for each array."""
    head = b"".join(LIMITS.pack(a.offset, a.step) + pack_number(a.kinds) for a in arrays.values())
    flat = [a.indices.reshape(1, 1, -1) for a in arrays.values()]
    layouts = [Layout((1, 1, a.indices.size), a.kinds, False) for a in arrays.values()]
    return head + pack_indices(flat, layouts)


def unpack(data: bytes, shape: Shape) -> Weights:
    """Decode the output of ``pack`` to float32 weights of ``shape``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data, "The network")
    limits, layouts = [], []
    for size in shape.arrays.values():
        offset, step = LIMITS.unpack(reader.take(LIMITS.size))
        kinds = reader.number()
        count = int(np.prod(size))
        ends = np.array([offset, step, offset + step * float(max(kinds - 1, 0))])
        if not (1 <= kinds <= MAX_KINDS and step >= 0 and (np.abs(ends) <= LARGEST).all()):
            raise FormatError("The network is damaged: weights beyond all measure.")
        limits.append((offset, step))
        layouts.append(Layout((1, 1, count), kinds, False))
    arrays = unpack_indices(reader.take(reader.left), layouts)
    return {
        name: Quantised(offset, step, indices.reshape(size)).values
        for (name, size), (offset, step), indices in zip(
            shape.arrays.items(), limits, arrays, strict=True
        )
    }


def pruned(weights: Weights, sparsity: float) -> Weights:
    """Return weights of which the share ``sparsity`` of least magnitude is 0 (appendix, table 1:
    global, unstructured)."""
    if not sparsity:
        return weights
    masks = magnitude_masks(weights, sparsity)
    return {name: np.where(masks[name], values, 0) for name, values in weights.items()}


def packed_in_range(weights: Weights, bits: int, limit: int) -> bytes:
    """Return the weights with as many bits as ``limit`` bytes allow, ``bits`` at most.

    Raises
    ------
    BudgetError
        FEWEST_BITS are too many; the message tells what would do.
    """
    for fewer in range(bits, FEWEST_BITS - 1, -1):
        data = pack({name: in_range(values, fewer) for name, values in weights.items()})
        if len(data) <= limit:
            return data
    raise BudgetError(
        f"Expected at least {len(data)} bytes for the network. Got {limit}.", len(data)
    )

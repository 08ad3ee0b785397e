"""Quantised weights and their bytes (docs/format.md, section 25)."""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.nervi.network import Weights
from vcore.collections.methods.nervi.shapes import Shape
from vcore.entropy.rows import Bytes, pack_rows
from vcore.errors import BudgetError, FormatError
from vcore.methods._networks.shrinking import magnitude_masks

FEWEST_BITS = 2
LIMITS = struct.Struct("<ff")
LARGEST = 1e9
"""Magnitude that no weight exceeds, so that no output overflows on its way through some layers."""


@dataclass(frozen=True, eq=False)
class Quantised:
    """Weights of one array: ``offset`` + ``step`` * (``integers`` + ``zero``).

    Parameters
    ----------
    offset, step
        float32 values.
    integers
        Shape of the array; 0 for the weight that is nearest to 0.
    """

    offset: float
    step: float
    integers: NDArray[np.int32]

    @property
    def zero(self) -> int:
        """Number of steps from ``offset`` to 0."""
        return zero_of(self.offset, self.step)

    @property
    def values(self) -> NDArray[np.float32]:
        """The weights."""
        steps = self.integers.astype(np.float64) + self.zero
        return (self.offset + self.step * steps).astype(np.float32)


def zero_of(offset: float, step: float) -> int:
    """Return the number of steps from ``offset`` to 0, rounded; ties go to the even one."""
    return round(-offset / step) if step else 0


def in_range(values: NDArray[np.float32], bits: int) -> Quantised:
    """Quantise an array to 2**bits steps from its smallest to its largest value.

    Equation 3 as it is meant: the step is (max - min) / 2**bits. As printed, the rounded number is
    divided by 2**bits instead, which would be 0.
    """
    low, high = float(values.min()), float(values.max())
    step = float(np.float32((high - low) / 2**bits))
    if not step:
        return Quantised(low, 0.0, np.zeros(values.shape, np.int32))
    steps = np.rint((values.astype(np.float64) - low) / step)
    return Quantised(low, step, (steps - zero_of(low, step)).astype(np.int32))


def on_line(values: NDArray[np.float32], step: float) -> Quantised:
    """Quantise an array to multiples of ``step``, a float32 value."""
    return Quantised(0.0, step, np.rint(values.astype(np.float64) / step).astype(np.int32))


def pack(arrays: dict[str, Quantised]) -> bytes:
    """Return offset and step (float32) of every array, then their integers, a coded stream each."""
    limits = b"".join(LIMITS.pack(a.offset, a.step) for a in arrays.values())
    return limits + b"".join(pack_rows(_rows(a.integers)) for a in arrays.values())


def _rows(integers: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return an array as rows: the outputs of a convolution, the inputs of a layer."""
    return integers.reshape(len(integers) if integers.ndim > 1 else 1, -1)


def unpack(data: bytes, shape: Shape) -> Weights:
    """Decode the output of ``pack`` to float32 weights of ``shape``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = Bytes(data, "The network")
    limits = [LIMITS.unpack(reader.take(LIMITS.size)) for _ in shape.arrays]
    found: Weights = {}
    for (name, size), (offset, step) in zip(shape.arrays.items(), limits, strict=True):
        if not (np.isfinite([offset, step]).all() and step >= 0):
            raise FormatError("The network is damaged: its steps are not finite.")
        count = int(np.prod(size))
        rows = size[0] if len(size) > 1 else 1
        integers = reader.rows(rows, count // rows).reshape(size)
        values = Quantised(offset, step, integers).values
        if not (np.abs(values) <= LARGEST).all():
            raise FormatError("The network is damaged: weights beyond all measure.")
        found[name] = values
    if reader.left:
        raise FormatError("The network is damaged: bytes are left over.")
    return found


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

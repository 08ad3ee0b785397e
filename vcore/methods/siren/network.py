"""The sine network: sizes, first weights, its values, its bytes."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
from array_api_compat import array_namespace

from vcore.errors import FormatError
from vcore.methods.siren.settings import NARROWEST, WIDEST

Parameters = dict[str, Any]
"""Arrays by name, in the order of storing: ``w0`` (inputs, outputs), ``b0`` (outputs), and so
on."""
LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Shape:
    """What a network is made of: ``inputs`` coordinates, ``layers`` sine layers of ``width`` units,
    and a linear one of ``outputs``."""

    inputs: int
    outputs: int
    layers: int
    width: int

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights by name."""
        sizes = [self.inputs, *(self.width,) * self.layers, self.outputs]
        found: dict[str, tuple[int, ...]] = {}
        for i, (a, b) in enumerate(pairwise(sizes)):
            found |= {f"w{i}": (a, b), f"b{i}": (b,)}
        return found

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.arrays.values())

    @property
    def bytes(self) -> int:
        """Bytes as stored."""
        return 2 * self.weights

    @classmethod
    def widest(cls, inputs: int, outputs: int, layers: int, limit: int) -> Self:
        """Return the widest one of at most ``limit`` bytes, or the narrowest there is."""
        shape = cls(inputs, outputs, layers, NARROWEST)
        low, high = NARROWEST, WIDEST + 1
        while high - low > 1:
            middle = (low + high) // 2
            fits = replace(shape, width=middle).bytes <= limit
            low, high = (middle, high) if fits else (low, middle)
        return replace(shape, width=low)


def first_weights(shape: Shape, omega: float, rng: np.random.Generator) -> Parameters:
    """Return uniform random weights, so that every sine's input has a deviation near 1.

    Sitzmann et al. 2020, section 3.2: within 1/inputs in the first layer, within
    sqrt(6/inputs)/omega in the others; biases as the weights of their layer, as in COIN's code.
    """
    limit, found = 1 / shape.inputs, Parameters()
    for name, size in shape.arrays.items():
        if name[0] == "w" and name != "w0":
            limit = math.sqrt(6 / size[0]) / omega
        found[name] = rng.uniform(-limit, limit, size).astype(np.float32)
    return found


def forward(parameters: Parameters, x: Any, omega: float) -> Any:
    """Return the network's values (n, outputs) at coordinates ``x`` (n, inputs).

    Every layer but the last is sin(omega (x w + b)) (Sitzmann et al. 2020, section 3.2). Written
    once for torch tensors and NumPy arrays; the weights are scaled, as they are fewer than the
    sines.
    """
    xp = array_namespace(x)
    layers = len(parameters) // 2 - 1
    for i in range(layers):
        x = xp.sin(x @ (parameters[f"w{i}"] * omega) + parameters[f"b{i}"] * omega)
    return x @ parameters[f"w{layers}"] + parameters[f"b{layers}"]


def pack(parameters: Parameters) -> bytes:
    """Return the weights as float16, one array behind the other."""
    flat = np.concatenate([v.ravel() for v in parameters.values()])
    return bytes(np.clip(flat, -LARGEST, LARGEST).astype("<f2").tobytes())


def unpack(data: bytes, shape: Shape) -> Parameters:
    """Return the weights from the bytes of ``pack``, float32.

    Raises
    ------
    FormatError
        There are more or fewer, or some are not finite.
    """
    if len(data) != shape.bytes:
        raise FormatError(
            f"Expected {shape.bytes} bytes of weights. The file has {len(data)}: it is damaged."
        )
    flat = np.frombuffer(data, "<f2").astype(np.float32)
    if not np.isfinite(flat).all():
        raise FormatError("Expected finite weights. The network is damaged.")
    ends = np.cumsum([math.prod(s) for s in shape.arrays.values()])
    parts = np.split(flat, ends[:-1])
    return {n: p.reshape(s) for (n, s), p in zip(shape.arrays.items(), parts, strict=True)}

"""Sine network: sizes, initialisation, evaluation, serialisation."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

from array_api_compat import array_namespace

from vcore.methods._networks.layers import layer_arrays
from vcore.methods.siren.settings import MAX_WIDTH, MIN_WIDTH

Parameters = dict[str, Any]
"""Arrays by name, in storage order: ``w0`` (inputs, outputs), ``b0`` (outputs,), and so on."""
SHARED_BITS = 9
CODER_MARGIN = 1.03
"""Maximum ratio of entropy-coded to plain index bytes; above 1, as the adaptive model starts
untrained."""


@dataclass(frozen=True)
class Shape:
    """Network architecture.

    ``inputs`` coordinates, ``layers`` sine layers of ``width`` units, and a linear layer with
    ``outputs``; if ``residual``, one sine layer, ``layers`` blocks of two sine layers each, and a
    linear layer.
    """

    inputs: int
    outputs: int
    layers: int
    width: int
    residual: bool = False

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the weights by name."""
        hidden = 2 * self.layers + 1 if self.residual else self.layers
        sizes = [self.inputs, *(self.width,) * hidden, self.outputs]
        return layer_arrays(sizes)

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(math.prod(shape) for shape in self.arrays.values())

    @property
    def bytes(self) -> int:
        """Stored bytes; with ``residual`` an upper bound."""
        if not self.residual:
            return 2 * self.weights
        matrices, each = 2 * self.layers, self.width**2
        kinds = shared_count(self.width)
        bits = math.ceil(CODER_MARGIN * matrices * each * math.log2(kinds))
        return 2 * (self.weights - matrices * each + matrices * kinds) + 2 * matrices + bits // 8

    @property
    def shared(self) -> tuple[str, ...]:
        """Names of the matrices with shared weights: all but the first and the last."""
        return tuple(f"w{i}" for i in range(1, 2 * self.layers + 1)) if self.residual else ()

    @classmethod
    def widest(
        cls, inputs: int, outputs: int, layers: int, limit: int, *, residual: bool = False
    ) -> Self:
        """Return the widest network of at most ``limit`` bytes, or the narrowest possible one."""
        shape = cls(inputs, outputs, layers, MIN_WIDTH, residual)
        low, high = MIN_WIDTH, MAX_WIDTH + 1
        while high - low > 1:
            middle = (low + high) // 2
            fits = replace(shape, width=middle).bytes <= limit
            low, high = (middle, high) if fits else (low, middle)
        return replace(shape, width=low)


def forward(parameters: Parameters, x: Any, omega: float, *, residual: bool = False) -> Any:
    """Evaluate the network at coordinates ``x`` (n, inputs); return (n, outputs).

    Every layer but the last is sin(omega (x w + b)) (Sitzmann et al. 2020, section 3.2). Works on
    torch tensors and NumPy arrays. Omega is multiplied into the weights, as they are fewer than the
    sines. With ``residual`` each pair of layers is a block, x + sin(.. sin(.. x)); every block but
    the first halves its input, and the last one its output (neurcomp, Lu et al. 2021, section 3.1
    and the authors' code).
    """
    xp = array_namespace(x)
    layers = len(parameters) // 2 - 1

    def sine(i: int, values: Any, scale: float = 1.0) -> Any:
        turned = values @ (parameters[f"w{i}"] * (scale * omega)) + parameters[f"b{i}"] * omega
        return xp.sin(turned)

    if residual:
        x = sine(0, x)
        for i in range(1, layers, 2):
            x = x + sine(i + 1, sine(i, x, 0.5 if i > 1 else 1.0))
            if i + 2 == layers:
                x = x * 0.5
    else:
        for i in range(layers):
            x = sine(i, x)
    return x @ parameters[f"w{layers}"] + parameters[f"b{layers}"]


def shared_count(width: int) -> int:
    """Return the number of shared values of a matrix: 2**9 (Lu et al. 2021, section 3.3), at most
    one per eight weights."""
    return min(1 << SHARED_BITS, max(width**2 // 8, 2))

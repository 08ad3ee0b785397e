"""Small sine networks of a scale: shapes, initialisation, evaluation.

All m networks of a scale form one stack: the first axis of every array is the network, and a layer
is a batched product (Tang and Wang, appendix, Algorithm 1).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from vcore.methods._networks.layers import layer_arrays, sine_weights

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Shape:
    """Architecture of the networks of a scale.

    Parameters
    ----------
    networks
        Number of networks.
    width, layers
        Units per sine layer, and number of sine layers; a linear one follows.
    codes
        Length of the latent code, including the variable's.
    positions
        Inputs for the position within the block: x y z, and t for blocks with several frames.
    """

    networks: int
    width: int
    layers: int
    codes: int
    positions: int = 3

    @property
    def arrays(self) -> dict[str, tuple[int, int, int]]:
        """Shapes (networks, rows, columns) by name, in storage order."""
        sizes = [self.positions + self.codes, *(self.width,) * self.layers, 1]
        found = layer_arrays(sizes)
        return {n: (self.networks, s[0] if s[1:] else 1, s[-1]) for n, s in found.items()}

    @property
    def prunable(self) -> tuple[str, ...]:
        """Names of the arrays that may be pruned.

        All but the weights of the last layer and the biases of the first and last (section 3.5).
        """
        last = self.layers
        return tuple(n for n in self.arrays if n not in ("b0", f"w{last}", f"b{last}"))

    @property
    def weights(self) -> int:
        """Number of parameters of one network."""
        return sum(math.prod(s[1:]) for s in self.arrays.values())


def first_weights(
    shape: Shape,
    omega: float,
    rng: np.random.Generator,
    finer: Sequence[float] = (),
) -> dict[str, NDArray[np.float32]]:
    """Return random initial weights, as ``sine_weights`` has them.

    Parameters
    ----------
    finer
        Factors on the first layer's frequencies along each position input.
    """
    found = sine_weights(shape.arrays, omega, rng)
    for position, times in enumerate(finer):
        found["w0"][:, position] *= np.float32(times)
    return found


def position_inputs(block: Sequence[int]) -> int:
    """Return the number of position inputs for a block of (t, z, y, x) voxels."""
    return 3 if block[0] == 1 else 4


def positions(
    block: Sequence[int], inside: Sequence[tuple[int, int]] | None = None
) -> NDArray[np.float32]:
    """Return the positions of the voxels of a block (t, z, y, x), each coordinate from -1 to 1.

    Shape (voxels, 3), x first; (voxels, 4) with t last if the block has more than one frame.

    Parameters
    ----------
    inside
        Range along each axis, (start, stop) in voxels; None for all voxels.
    """
    spans = [np.arange(*s) for s in inside or [(0, n) for n in block]]
    axes = [
        ((2 * i + 1 - n) / max(n - 1, 1)).astype(np.float32)
        for i, n in zip(spans, block, strict=True)
    ]
    count = position_inputs(block)
    found = np.empty((*map(len, axes), count), np.float32)
    for position in range(count):  # a tenth of meshgrid's time; regions have thousands of blocks
        found[..., position] = axes[3 - position].reshape(-1, *(1,) * position)
    return found.reshape(-1, count)


def forward(parameters: Parameters, where: Any, codes: Any, omega: float) -> Any:
    """Evaluate k blocks of each of m networks; return shape (m, k, n).

    Every layer but the last is sin(omega (x w + b)); the inputs of a voxel are its position in the
    block and the block's latent code. If all blocks share the positions, the first layer multiplies
    them once per network and adds the contribution of the codes. Works on torch tensors and NumPy
    arrays.

    Parameters
    ----------
    parameters
        Stack of networks.
    where
        Positions, shape (n, 3) or (n, 4); or (m, k, n, 3), (m, k, n, 4) for separate ones per
        block.
    codes
        Latent codes, shape (m, k, length).
    """
    xp = array_namespace(where)
    w0 = parameters["w0"] * omega
    m, k, _ = codes.shape
    n, count = where.shape[-2:]
    shift = codes @ w0[:, count:, :] + parameters["b0"] * omega
    own = where.ndim > 2
    h = (xp.reshape(where, (m, k * n, count)) if own else where) @ w0[:, :count, :]
    h = xp.reshape(h, (m, k if own else 1, n, -1)) + shift[:, :, None, :]
    h = xp.sin(xp.reshape(h, (m, k * n, -1)))
    last = len(parameters) // 2 - 1
    for i in range(1, last):
        h = h @ (parameters[f"w{i}"] * omega)
        h += parameters[f"b{i}"] * omega
        h = xp.sin(h)
    h = h @ parameters[f"w{last}"] + parameters[f"b{last}"]
    return xp.reshape(h, (m, k, n))

"""Layers of networks: names and shapes of their arrays, and first weights of sine layers."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def layer_arrays(sizes: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of weights ``w0`` (inputs, outputs), biases ``b0`` (outputs,), and so on,
    in storage order, of layers with ``sizes`` units."""
    found: dict[str, tuple[int, ...]] = {}
    for i, (a, b) in enumerate(pairwise(sizes)):
        found |= {f"w{i}": (a, b), f"b{i}": (b,)}
    return found


def sine_weights(
    arrays: Mapping[str, tuple[int, ...]], omega: float, rng: np.random.Generator
) -> dict[str, NDArray[np.float32]]:
    """Return uniform random initial weights, so that every sine's input has a deviation near 1.

    Sitzmann et al. 2020, section 3.2: within 1/inputs in the first layer, within
    sqrt(6/inputs)/omega in the others; biases like the weights of their layer, as in COIN's code.

    Parameters
    ----------
    arrays
        Shapes (..., inputs, outputs) of weights and those of biases, by name.
    """
    limit, found = 1 / arrays["w0"][-2], {}
    for name, size in arrays.items():
        if name[0] == "w" and name != "w0":
            limit = math.sqrt(6 / size[-2]) / omega
        found[name] = rng.uniform(-limit, limit, size).astype(np.float32)
    return found

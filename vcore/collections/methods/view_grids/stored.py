"""Weights of the network as stored: multiples of one step per array, entropy coded."""

import numpy as np

from vcore.collections.methods.view_grids.shapes import Shapes
from vcore.methods._networks.weights import Parameters, dequantise, pack, step_of, unpack

FINENESS = {"w": 3, "b": 6, "g": 6}
"""Steps in the root mean square of an array, as a power of 2, by its name's first letter. Weights
take about 5 bits each; the network is then fitted on with them rounded."""
BITS = 5.2
"""Bits of a weight, by which the network's width is chosen."""


def steps_of(parameters: Parameters) -> dict[str, float]:
    """Return the step of each array."""
    return {name: step_of(values, FINENESS[name[0]]) for name, values in parameters.items()}


def pack_network(parameters: Parameters, steps: dict[str, float]) -> tuple[bytes, Parameters]:
    """Return the stored weights, and those that are decoded from them."""
    integers = {
        name: np.rint(values / steps[name]).astype(np.int32) for name, values in parameters.items()
    }
    some = [steps[name] for name in integers]
    return pack(integers, some), dequantise(integers, some)


def unpack_network(data: bytes, shapes: Shapes) -> Parameters:
    """Decode the output of ``pack_network``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    return unpack(data, shapes.arrays)

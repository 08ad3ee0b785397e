"""Network from latents to an image, in NumPy: the counterpart of ``network_torch``."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods._image_ops import Convolution, Image, convolve, gelu, sigmoid
from vcore.collections.methods.view_grids.shapes import Shapes
from vcore.methods._networks.weights import Parameters

STEP = 0.3
"""Size of a step of the latents at a gain of 1; the features are then near 1 in size."""
SLOPE = 4.0
"""Factor on the outputs for mask and alpha before their sigmoid: they turn as fast as colours."""
MIDDLE = 0.5
"""Added to the outputs for colours."""
COLOURS = 3


class Network:
    """Network of a file.

    Parameters
    ----------
    shapes
        Sizes.
    parameters
        Weights by the names of ``Shapes.arrays``.
    """

    def __init__(self, shapes: Shapes, parameters: Parameters) -> None:
        self._shapes = shapes
        self.gains = parameters["gains"] * np.float32(STEP)
        layers = range(len(shapes.widths) + 1)
        self._layers = [
            Convolution.of(parameters[f"w{i}"], parameters[f"b{i}"], 2 if i else 1) for i in layers
        ]

    def outputs(self, latents: Sequence[Image]) -> NDArray[np.float32]:
        """Return red, green, blue, mask and alpha (y, x, output), as far as there are, 0 to 1, of
        the latents (y, x, channel) of each scale, times ``gains``."""
        features = convolve(latents[0], self._layers[0], gelu)
        sizes = [*self._shapes.sizes[1:], self._shapes.size]
        for layer, size in enumerate(sizes, 1):
            if layer > 1 and self._shapes.inputs[layer - 1]:
                features = np.concatenate([features, latents[layer - 1]], axis=2)
            last = layer == len(sizes)
            features = convolve(features, self._layers[layer], None if last else gelu, size)
        found = np.array(features)  # a part of the last shuffle's pixels
        found[..., :COLOURS] += np.float32(MIDDLE)
        others = found[..., COLOURS:] * np.float32(SLOPE)
        sigmoid(others)
        found[..., COLOURS:] = others
        return found

"""Layers of image networks in NumPy: convolution with pixel shuffle, activations, resampling.

Images are (y, x, channel), float32 and contiguous: the patches of a convolution and the pixels of a
shuffle are then runs of memory. Values agree with those of torch to 1e-5 of their scale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from vcore.runtime.executor import run_all

Image = NDArray[np.float32]
Activation = Callable[[Image], None]
"""Function that changes rows of values in place."""
PATCH_BYTES = 1 << 20
"""Gathered patches at a time, so that they stay in a core's cache (0.5 to 2 MB are as fast)."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """Weights of a convolution of odd kernel, in the order that ``convolve`` reads.

    Parameters
    ----------
    matrix
        (kernel * kernel * inputs, scale * scale * outputs): rows by y, x, input; columns by y and x
        within the pixels of a shuffle, output.
    bias
        (scale * scale * outputs,)
    kernel
        Side in pixels.
    scale
        Factor of the pixel shuffle behind it (Shi et al. 2016); 1 for none.
    """

    matrix: NDArray[np.float32]
    bias: NDArray[np.float32]
    kernel: int
    scale: int = 1

    @classmethod
    def of(cls, weights: NDArray[Any], bias: NDArray[Any], scale: int = 1) -> Self:
        """Return the convolution of torch's weights (scale * scale * outputs, inputs, y, x)."""
        count, inputs, kernel, _ = weights.shape
        outputs = count // scale**2
        parts = weights.reshape(outputs, scale, scale, inputs, kernel, kernel)
        matrix = parts.transpose(4, 5, 3, 1, 2, 0).reshape(-1, count)
        shifts = bias.reshape(outputs, scale, scale).transpose(1, 2, 0).reshape(-1)
        return cls(
            np.ascontiguousarray(matrix, np.float32), shifts.astype(np.float32), kernel, scale
        )

    @property
    def outputs(self) -> int:
        """Number of output channels."""
        return len(self.bias) // self.scale**2


def convolve(
    image: Image,
    convolution: Convolution,
    activation: Activation | None = None,
    size: tuple[int, int] | None = None,
) -> Image:
    """Return the activated, shuffled convolution of an image with zeros around it.

    Parameters
    ----------
    image
        (y, x, input)
    convolution
        Weights.
    activation
        Applied after the bias.
    size
        Height and width to cut the output to; by default ``scale`` times those of the image.

    Returns
    -------
    NDArray
        (y, x, output)
    """
    height, width, inputs = image.shape
    scale, outputs = convolution.scale, convolution.outputs
    out = np.empty((height, scale, width, scale * outputs), np.float32)
    patches = _patches(image, convolution.kernel)
    length = convolution.kernel**2 * inputs
    rows = max(PATCH_BYTES // (4 * width * length), 1)

    def block(start: int) -> None:
        gathered = patches[start : start + rows].reshape(-1, length)
        values = gathered @ convolution.matrix
        values += convolution.bias
        if activation is not None:
            activation(values)
        parts = values.reshape(-1, width, scale, scale * outputs)
        out[start : start + rows] = parts.transpose(0, 2, 1, 3)

    run_all(block, range(0, height, rows))
    found: Image = out.reshape(height * scale, width * scale, outputs)
    return found if size is None else found[: size[0], : size[1]]


def _patches(image: Image, kernel: int) -> Image:
    """Return a view (y, x, kernel, kernel * input) of the neighbourhoods of all pixels."""
    height, width, inputs = image.shape
    margin = kernel // 2
    padded = image
    if margin:
        padded = np.zeros((height + 2 * margin, width + 2 * margin, inputs), np.float32)
        padded[margin : margin + height, margin : margin + width] = image
    row, column, value = padded.strides
    shape = (height, width, kernel, kernel * inputs)
    return as_strided(padded, shape, (row, column, row, value), writeable=False)


def gelu(values: Image) -> None:
    """Replace ``values`` by x Phi(x), Gaussian error linear units (Hendrycks and Gimpel 2016)."""
    from vcore.collections.methods._image_loops import gelu as loop

    loop(values.reshape(-1))


def relu(values: Image) -> None:
    """Replace negative ``values`` by 0."""
    np.maximum(values, 0, out=values)


def sigmoid(values: Image) -> None:
    """Replace ``values`` by 1 / (1 + exp(-x))."""
    np.negative(values, out=values)
    np.exp(np.minimum(values, 80, out=values), out=values)
    values += 1
    np.reciprocal(values, out=values)


def doubled(image: Image) -> Image:
    """Return an image of twice the sides, each pixel four times."""
    return image.repeat(2, axis=0).repeat(2, axis=1)


def bilinear(image: Image, size: tuple[int, int]) -> Image:
    """Return an image resampled to ``size``, like torch's ``interpolate`` without aligned corners.

    Pixels are squares: the output's sample i of n lies at (i + 0.5) m / n - 0.5 of the input's m,
    clipped to its samples.
    """
    for axis, count in enumerate(size):
        low, high, weight = _neighbours(image.shape[axis], count)
        weight = weight.reshape(-1, *(1,) * (2 - axis))
        first, second = image.take(low, axis), image.take(high, axis)
        second -= first
        second *= weight
        second += first
        image = second
    return image


def _neighbours(
    given: int, wanted: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    places = np.clip((np.arange(wanted) + 0.5) * (given / wanted) - 0.5, 0, given - 1)
    low = places.astype(np.int64)
    return low, np.minimum(low + 1, given - 1), (places - low).astype(np.float32)

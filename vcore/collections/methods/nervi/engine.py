"""Evaluation with NumPy, one image at a time: maps are (y, x, channel), rows (n, channel)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods import _image_ops as ops
from vcore.collections.methods.nervi.network import Weights

Array = NDArray[np.float32]


def _sine(values: Array) -> None:
    np.sin(values, out=values)


ACTIVATIONS: dict[str, ops.Activation] = {
    "gelu": ops.gelu,
    "relu": ops.relu,
    "sigmoid": ops.sigmoid,
    "sine": _sine,
}


class NumpyEngine:
    """Engine of the decoder.

    Parameters
    ----------
    weights
        Weights by name, without those of a normalisation.
    scales
        Factor of the pixel shuffle of each upscale block, by name.
    """

    def __init__(self, weights: Weights, scales: dict[str, int]) -> None:
        self._weights = weights
        self._convolutions = {
            name[:-2]: ops.Convolution.of(w, weights[name[:-1] + "b"], scales.get(name[:-2], 1))
            for name, w in weights.items()
            if w.ndim == 4
        }

    def dense(self, name: str, x: Array, activation: str = "") -> Array:
        values: Array = x @ self._weights[f"{name}.w"]
        if self.has(f"{name}.b"):
            values += self._weights[f"{name}.b"]
        if activation:
            ACTIVATIONS[activation](values)
        return values

    def fold(self, x: Array, channels: int, size: tuple[int, int]) -> Array:
        return np.ascontiguousarray(x.reshape(channels, *size).transpose(1, 2, 0))

    def upscale(self, name: str, maps: Array, scale: int, size: tuple[int, int]) -> Array:
        return ops.convolve(maps, self._convolutions[name], ops.gelu, size)

    def convolve(self, name: str, maps: Array, activation: str = "") -> Array:
        return ops.convolve(maps, self._convolutions[name], ACTIVATIONS.get(activation))

    def double(self, maps: Array, size: tuple[int, int]) -> Array:
        return ops.doubled(maps)[: size[0], : size[1]]

    def relu(self, maps: Array) -> Array:
        ops.relu(maps)
        return maps

    def has(self, name: str) -> bool:
        return name in self._weights


def scales_of(shape: Any) -> dict[str, int]:
    """Return the factor of each upscale block of a shape, by name."""
    if shape.settings.preset == "insitunet":
        return {}
    return {f"up{k}": scale for k, scale in enumerate(shape.scales)}

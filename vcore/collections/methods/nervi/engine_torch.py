"""Evaluation with torch, many images at a time: maps are (n, channel, y, x)."""

from typing import Any

from vcore.methods._networks.fitting.device import import_torch

MOMENTUM = 0.05
"""Share of a batch in the running means and variances of a normalisation."""
SMALL = 1e-5


class TorchEngine:
    """Engine of the fit.

    Parameters
    ----------
    weights
        Tensors by name. Convolutions with a scale ``name.g`` are normalised over the batch.
    running
        Running mean and variance of each normalised convolution, by name; updated.
    """

    def __init__(self, weights: dict[str, Any], running: dict[str, Any] | None = None) -> None:
        self._torch = import_torch()
        self._weights, self._running = weights, running
        functional = self._torch.nn.functional
        self._activations = {
            "": lambda x: x,
            "gelu": functional.gelu,
            "relu": functional.relu,
            "sigmoid": self._torch.sigmoid,
            "sine": self._torch.sin,
        }

    def dense(self, name: str, x: Any, activation: str = "") -> Any:
        values = x @ self._weights[f"{name}.w"]
        if self.has(f"{name}.b"):
            values = values + self._weights[f"{name}.b"]
        return self._activations[activation](values)

    def fold(self, x: Any, channels: int, size: tuple[int, int]) -> Any:
        maps = x.reshape(len(x), channels, *size)
        return maps.contiguous(memory_format=self._torch.channels_last)

    def upscale(self, name: str, maps: Any, scale: int, size: tuple[int, int]) -> Any:
        values = self._activations["gelu"](self.convolve(name, maps))
        shuffled = self._torch.nn.functional.pixel_shuffle(values, scale)
        return shuffled[..., : size[0], : size[1]]

    def convolve(self, name: str, maps: Any, activation: str = "") -> Any:
        weights = self._weights[f"{name}.w"]
        bias, margin = self._weights[f"{name}.b"], weights.shape[-1] // 2
        normalised = self.has(f"{name}.g")
        found = self._torch.nn.functional.conv2d(
            maps, weights, None if normalised else bias, padding=margin
        )
        if normalised:
            mean, variance = self._running[name]  # type: ignore[index]
            found = self._torch.nn.functional.batch_norm(
                found, mean, variance, self._weights[f"{name}.g"], bias, True, MOMENTUM, SMALL
            )
        return self._activations[activation](found)

    def double(self, maps: Any, size: tuple[int, int]) -> Any:
        twice = self._torch.nn.functional.interpolate(maps, scale_factor=2, mode="nearest")
        return twice[..., : size[0], : size[1]]

    def relu(self, maps: Any) -> Any:
        return self._activations["relu"](maps)

    def has(self, name: str) -> bool:
        return name in self._weights

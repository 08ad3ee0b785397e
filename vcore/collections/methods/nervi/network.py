"""Evaluation of the networks by an engine, NumPy's or torch's; encoding, first weights."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.nervi.shapes import PIXEL_FREQUENCIES, SIREN_LAYERS, Shape
from vcore.collections.parameters import Parameter

Weights = dict[str, NDArray[np.float32]]
HALF = 0.5
"""Factor on places before they are encoded, unless they are periodic: as printed, equation 1 is the
same at -1 and 1, so that no network could tell the first time step from the last."""
MARGIN = 0.01
"""Distance of first outputs from 0 and 1, where a sigmoid has no slope."""


class Engine(Protocol):
    """Operations on named weights; maps and rows are of the engine's own layout."""

    def dense(self, name: str, x: Any, activation: str = "") -> Any:
        """Return the activated x w + b, or x w where there is no b."""
        ...

    def fold(self, x: Any, channels: int, size: tuple[int, int]) -> Any:
        """Return rows (n, channels * height * width) as maps."""
        ...

    def upscale(self, name: str, maps: Any, scale: int, size: tuple[int, int]) -> Any:
        """Return the GELU of a convolution after a pixel shuffle, cut to ``size``."""
        ...

    def convolve(self, name: str, maps: Any, activation: str = "") -> Any:
        """Return the activated convolution, normalised if there are weights for it."""
        ...

    def double(self, maps: Any, size: tuple[int, int]) -> Any:
        """Return maps of twice the sides by repetition, cut to ``size``."""
        ...

    def relu(self, maps: Any) -> Any:
        """Return maps without their negative values."""
        ...

    def has(self, name: str) -> bool:
        """Return whether there are weights of this name."""
        ...


def images_of(engine: Engine, shape: Shape, x: Any) -> Any:
    """Return the outputs, 0 to 1, of encoded parameters ``x`` (n, inputs), as maps.

    NeRVI: Gu, Chen, Wang, "NeRVI: Compressive neural representation of visualization images for
    communicating volume visualization results" (2023), section 3.1 and table 1. NeRV: Chen et al.
    2021. InSituNet: He et al. 2020, figure 4, the regressor.
    """
    settings = shape.settings
    if settings.preset == "insitunet":
        x = engine.dense("mlp1", engine.dense("mlp0", x, "relu"), "relu")
    elif settings.sine:
        for name in ("mlp0", "mlp1"):
            if not engine.has(f"{name}.first.w"):  # the last layer of ``compact``
                x = engine.dense(name, x, "sine")
                continue
            skipped = engine.dense(f"{name}.skip", x) if engine.has(f"{name}.skip.w") else x
            x = engine.dense(f"{name}.second", engine.dense(f"{name}.first", x, "sine"), "sine")
            x = x + skipped
    else:
        x = engine.dense("mlp1", engine.dense("mlp0", x, "gelu"), "gelu")
    maps = engine.fold(x, shape.channels[0], shape.sizes[0])
    for k, (scale, size) in enumerate(zip(shape.scales, shape.sizes[1:], strict=True)):
        if settings.preset == "insitunet":
            maps = engine.double(maps, size)
            inner = engine.convolve(f"up{k}.first", maps, "relu")
            inner = engine.convolve(f"up{k}.second", inner)
            maps = engine.relu(inner + engine.convolve(f"up{k}.skip", maps))
        else:
            maps = engine.upscale(f"up{k}", maps, scale, size)
    return engine.convolve("head", maps, "sigmoid")


def pixels_of(engine: Engine, shape: Shape, x: Any) -> Any:
    """Return the outputs (n, outputs), 0 to 1, at encoded places and parameters ``x``.

    Five layers: SIREN (Sitzmann et al. 2020), or the ReLU perceptron of NeRF on encoded inputs
    (Mildenhall et al. 2020) from which the paper takes colours without rendering.
    """
    activation = "sine" if shape.settings.preset == "siren" else "relu"
    for i in range(SIREN_LAYERS - 1):
        x = engine.dense(f"layer{i}", x, activation)
    last = f"layer{SIREN_LAYERS - 1}"
    if activation == "sine":
        return engine.dense(last, x) * 0.5 + 0.5
    return engine.dense(last, x, "sigmoid")


def first_weights(shape: Shape, means: NDArray[np.float64], rng: np.random.Generator) -> Weights:
    """Return uniform random initial weights, and last biases that give the ``means`` of the outputs
    (outputs,), 0 to 1.

    Sine layers, which hold weights times omega: Sitzmann et al. 2020, section 3.2, within
    omega / inputs in the first one and sqrt(6 / inputs) in the others. The others keep the spread
    of values: within sqrt(6 / inputs), or sqrt(3 / inputs) where no activation follows.
    """
    found: Weights = {}
    sines = shape.settings.preset == "siren" or (
        shape.settings.sine and not shape.settings.by_pixel and shape.settings.preset != "insitunet"
    )
    for name, size in shape.arrays.items():
        if len(size) == 1 and not sines:
            found[name] = np.zeros(size, np.float32)
            continue
        inputs = math.prod(size[1:]) if len(size) == 4 else size[0]
        limit = math.sqrt(6 / inputs)
        if sines and name in ("mlp0.first.w", "layer0.w"):
            limit = shape.settings.frequency / inputs
        if "skip" in name or name == f"{_last(shape)}.w":
            limit = math.sqrt(3 / inputs)
        if len(size) == 1:
            before = shape.arrays[name[:-1] + "w"]
            limit = 0.0 if len(before) == 4 or "skip" in name else 1 / math.sqrt(before[0])
        found[name] = rng.uniform(-limit, limit, size).astype(np.float32)
    means = np.clip(means, MARGIN, 1 - MARGIN)
    last = 2 * means - 1 if shape.settings.preset == "siren" else np.log(means / (1 - means))
    found[f"{_last(shape)}.b"] = last.astype(np.float32)
    return found


def _last(shape: Shape) -> str:
    return f"layer{SIREN_LAYERS - 1}" if shape.settings.by_pixel else "head"


def encoded(
    shape: Shape, parameters: Sequence[Parameter], images: Sequence[Sequence[Any]]
) -> NDArray[np.float32]:
    """Return the inputs (n, inputs) of images with these values of each parameter; one of 0 if
    there are no parameters."""
    places: NDArray[np.float64] = np.zeros((len(images), 1))
    if parameters:
        places = np.array(
            [[place_of(p, v) for p, v in zip(parameters, i, strict=True)] for i in images]
        )
    if shape.settings.preset == "siren":
        return places.astype(np.float32)
    factors = [1.0 if p.period else HALF for p in parameters] or [HALF]
    return waves(places * factors, shape.settings.frequencies)


def place_of(parameter: Parameter, value: Any) -> float:
    """Return a parameter's value, on the grid or not, as a number from -1 to 1 (section 3.1).

    Labels are their positions. The period of a periodic parameter has length 2, so that its
    encoding repeats too.
    """
    if parameter.is_label:
        first, last, value = 0.0, len(parameter) - 1.0, parameter.values.index(value)
    else:
        first, last = float(parameter.values[0]), float(parameter.values[-1])
    span = parameter.period or last - first
    return 2 * (float(value) - first) / span - 1 if span else 0.0


def pixel_places(shape: Shape, start: int, stop: int) -> NDArray[np.float32]:
    """Return the encoded places of pixels ``start`` to ``stop`` in C order, y and x from -1 to
    1."""
    rows = np.stack(np.unravel_index(np.arange(start, stop), shape.size), -1)
    places: NDArray[np.float64] = 2 * rows / np.maximum(np.array(shape.size) - 1, 1) - 1
    if shape.settings.preset == "siren":
        return places.astype(np.float32)
    return waves(places * HALF, PIXEL_FREQUENCIES)


def waves(places: NDArray[np.float64], octaves: int) -> NDArray[np.float32]:
    """Return the positional encoding with c = 2 (equation 1) of each column of ``places``, float32:
    sin(pi x), cos(pi x), sin(2 pi x), cos(2 pi x) and so on."""
    angles = np.pi * places[..., None] * 2.0 ** np.arange(octaves)
    return (
        np.stack([np.sin(angles), np.cos(angles)], -1).reshape(len(places), -1).astype(np.float32)
    )

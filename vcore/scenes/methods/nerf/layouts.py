"""Names of weights in other programs' files, and the networks that they make.

``flexible`` is the FlexibleNeRFModel of nerf-pytorch by K. Murthy, whose first layer has no
activation; ``paper`` is the model of nerf-pytorch by Lin Yen-Chen, which follows the code of the
NeRF paper. Each product of two layers without an activation in between is kept as one layer, and
written as that layer and an identity.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.scenes.methods.nerf.network import Architecture, Network, Weights

Arrays = Mapping[str, NDArray[Any]]
FLEXIBLE, PAPER = LAYOUTS = ("flexible", "paper")
"""Names of the layouts."""
FIRST = {FLEXIBLE: "layer1.weight", PAPER: "pts_linears.0.weight"}
"""Array by which a layout is known."""


def layout_of(arrays: Arrays) -> str:
    """Return the layout of one network's arrays.

    Raises
    ------
    InputError
        It is none of LAYOUTS.
    """
    for name, first in FIRST.items():
        if first in arrays:
            return name
    known = " or ".join(FIRST.values())
    raise InputError(
        f"Expected the weights of a NeRF, with an array {known}. Got "
        f"{', '.join(list(arrays)[:6]) or 'none'!r:.200} instead."
    )


def network_of(arrays: Arrays) -> Network:
    """Return the network of a file's arrays (out, in), with depth, widths and encodings by their
    shapes.

    Raises
    ------
    InputError
        Arrays are missing, of shapes that do not fit each other, or not finite.
    """
    layout = layout_of(arrays)
    taken = _Taken(arrays)
    found = _flexible(taken) if layout == FLEXIBLE else _paper(taken)
    if left := [name for name in arrays if name not in taken.used]:
        raise InputError(
            f"Expected the weights of a NeRF and no others. Got {', '.join(left[:4]):.120}, too."
        )
    return found


class _Taken:
    """Arrays of a file, checked as they are taken."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays, self.used = arrays, set[str]()

    def has(self, name: str) -> bool:
        return f"{name}.weight" in self.arrays

    def layer(self, name: str, inputs: int | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return weight and bias of a layer, of ``inputs`` columns if given."""
        found = []
        for part, axes in (("weight", 2), ("bias", 1)):
            key = f"{name}.{part}"
            values = self.arrays.get(key)
            if values is None or values.ndim != axes or values.dtype.kind != "f":
                got = "none" if values is None else f"{values.shape} of {values.dtype}"
                raise InputError(f"Expected an array {key} of floats with {axes} axes. Got {got}.")
            self.used.add(key)
            found.append(np.asarray(values, np.float64))
        weight, bias = found
        if len(bias) != len(weight) or (inputs is not None and weight.shape[1] != inputs):
            wanted = "any number of" if inputs is None else inputs
            raise InputError(
                f"Expected {name} of {wanted} inputs and as many biases as outputs. Got weights of "
                f"shape {weight.shape} and {len(bias)} biases."
            )
        return weight, bias

    def count(self, name: str) -> int:
        """Return how many layers are called ``name`` and a number, from 0 on."""
        pattern = rf"{re.escape(name)}\.(\d+)\.weight"
        found = {int(m[1]) for n in self.arrays if (m := re.fullmatch(pattern, n))}
        if found != set(range(len(found))):
            there = ", ".join(map(str, sorted(found)))
            raise InputError(
                f"Expected layers {name}.0 to {name}.{max(found)} without a gap. Got {there}: the "
                f"file is incomplete."
            )
        return len(found)


def _encoding(inputs: int, what: str) -> tuple[int, bool]:
    """Return octaves and identity of an encoding by its length."""
    octaves, rest = divmod(inputs, 6)
    if rest not in (0, 3) or inputs <= 0:
        raise InputError(
            f"Expected an encoded {what} of a length of 6 a frequency, and 3 for itself. Got "
            f"{inputs}."
        )
    return octaves, rest == 3


def _flexible(taken: _Taken) -> Network:
    first, first_bias = taken.layer("layer1")
    width, inputs = first.shape
    depth = taken.count("layers_xyz")
    if not depth:
        raise InputError("Expected layers layers_xyz.0 and so on. Got none.")
    weights: dict[str, NDArray[Any]] = {}
    second, second_bias = taken.layer("layers_xyz.0", width)
    weights["trunk.0.weight"] = second @ first
    weights["trunk.0.bias"] = second @ first_bias + second_bias
    trunk, skips = [len(second)], []
    for k in range(1, depth):
        weight, bias = taken.layer(f"layers_xyz.{k}")
        if weight.shape[1] == trunk[-1] + inputs:
            skips.append(k)  # hidden first, then the position, as here
        elif weight.shape[1] != trunk[-1]:
            taken.layer(f"layers_xyz.{k}", trunk[-1])
        weights[f"trunk.{k}.weight"], weights[f"trunk.{k}.bias"] = weight, bias
        trunk.append(len(weight))
    octaves = _encoding(inputs, "position")
    if not taken.has("fc_alpha"):
        return _undirected(taken, "fc_out", weights, trunk, skips, octaves)
    weights["density.weight"], weights["density.bias"] = taken.layer("fc_alpha", trunk[-1])
    weights["feature.weight"], weights["feature.bias"] = taken.layer("fc_feat", trunk[-1])
    feature = len(weights["feature.weight"])
    colour, directions = _colours(taken, "layers_dir", feature, weights)
    weights["rgb.weight"], weights["rgb.bias"] = taken.layer("fc_rgb", colour[-1])
    return _made(weights, trunk, skips, feature, colour, octaves, directions)


def _paper(taken: _Taken) -> Network:
    weights: dict[str, NDArray[Any]] = {}
    depth = taken.count("pts_linears")
    trunk: list[int] = []
    skips: list[int] = []
    inputs = 0
    for k in range(depth):
        weight, bias = taken.layer(f"pts_linears.{k}")
        if k == 0:
            inputs = weight.shape[1]
        elif weight.shape[1] == trunk[-1] + inputs:
            skips.append(k)  # there the position comes first
            weight = np.concatenate([weight[:, inputs:], weight[:, :inputs]], 1)
        elif weight.shape[1] != trunk[-1]:
            taken.layer(f"pts_linears.{k}", trunk[-1])
        weights[f"trunk.{k}.weight"], weights[f"trunk.{k}.bias"] = weight, bias
        trunk.append(len(weight))
    octaves = _encoding(inputs, "position")
    if not taken.has("alpha_linear"):
        return _undirected(taken, "output_linear", weights, trunk, skips, octaves)
    weights["density.weight"], weights["density.bias"] = taken.layer("alpha_linear", trunk[-1])
    feature, feature_bias = taken.layer("feature_linear", trunk[-1])
    colour, directions = _colours(taken, "views_linears", len(feature), weights)
    first = weights["colour.0.weight"]
    seen, turned = first[:, : len(feature)], first[:, len(feature) :]
    weights["colour.0.weight"] = np.concatenate([seen @ feature, turned], 1)
    weights["colour.0.bias"] = weights["colour.0.bias"] + seen @ feature_bias
    weights["rgb.weight"], weights["rgb.bias"] = taken.layer("rgb_linear", colour[-1])
    return _made(weights, trunk, skips, 0, colour, octaves, directions)


def _colours(
    taken: _Taken, name: str, features: int, weights: dict[str, NDArray[Any]]
) -> tuple[list[int], tuple[int, bool]]:
    """Take the hidden layers of the colour; return their outputs and the direction's encoding."""
    count = taken.count(name)
    if not count:
        raise InputError(f"Expected a layer {name}.0. Got none.")
    colour: list[int] = []
    directions = 0, False
    for k in range(count):
        weight, bias = taken.layer(f"{name}.{k}", colour[-1] if k else None)
        if k == 0:
            directions = _encoding(weight.shape[1] - features, "direction")
        weights[f"colour.{k}.weight"], weights[f"colour.{k}.bias"] = weight, bias
        colour.append(len(weight))
    return colour, directions


def _undirected(
    taken: _Taken,
    name: str,
    weights: dict[str, NDArray[Any]],
    trunk: list[int],
    skips: list[int],
    octaves: tuple[int, bool],
) -> Network:
    """Return a network whose last layer has colour and density."""
    weight, bias = taken.layer(name, trunk[-1])
    if len(weight) not in (4, 5):  # the paper's code has an unused fifth output
        raise InputError(f"Expected {name} of 4 outputs. Got {len(weight)}.")
    weights |= {"rgb.weight": weight[:3], "rgb.bias": bias[:3]}
    weights |= {"density.weight": weight[3:4], "density.bias": bias[3:4]}
    return _made(weights, trunk, skips, 0, [], octaves, (0, False))


def _made(
    weights: dict[str, NDArray[Any]],
    trunk: list[int],
    skips: list[int],
    feature: int,
    colour: list[int],
    octaves: tuple[int, bool],
    directions: tuple[int, bool],
) -> Network:
    shapes = Architecture(
        tuple(trunk),
        tuple(skips),
        feature,
        tuple(colour),
        octaves[0],
        directions[0],
        octaves[1],
        directions[1],
    )
    with np.errstate(over="ignore"):
        return Network(shapes, {k: v.astype(np.float32) for k, v in weights.items()})


def arrays_of(network: Network, layout: str) -> Weights:
    """Return a network's arrays under the names of a layout."""
    shapes, own = network.architecture, network.weights
    found: Weights = {}

    def put(name: str, source: str) -> None:
        found[f"{name}.weight"] = own[f"{source}.weight"]
        found[f"{name}.bias"] = own[f"{source}.bias"]

    def identity(name: str, width: int) -> None:
        found[f"{name}.weight"] = np.eye(width, dtype=np.float32)
        found[f"{name}.bias"] = np.zeros(width, np.float32)

    flexible = layout == FLEXIBLE
    if flexible:
        put("layer1", "trunk.0")
        identity("layers_xyz.0", shapes.trunk[0])
    for k in range(flexible, len(shapes.trunk)):
        name = f"layers_xyz.{k}" if flexible else f"pts_linears.{k}"
        put(name, f"trunk.{k}")
        if k in shapes.skips and not flexible:
            weight, width = own[f"trunk.{k}.weight"], shapes.inputs
            found[f"{name}.weight"] = np.concatenate([weight[:, -width:], weight[:, :-width]], 1)
    if not shapes.colour:
        name = "fc_out" if flexible else "output_linear"
        for part in ("weight", "bias"):
            found[f"{name}.{part}"] = np.concatenate([own[f"rgb.{part}"], own[f"density.{part}"]])
        return found
    names = ("fc_alpha", "layers_dir", "fc_rgb")
    if not flexible:
        names = ("alpha_linear", "views_linears", "rgb_linear")
    put(names[0], "density")
    if flexible:
        put("fc_feat", "feature")
    else:
        identity("feature_linear", shapes.trunk[-1])
    for k in range(len(shapes.colour)):
        put(f"{names[1]}.{k}", f"colour.{k}")
    put(names[2], "rgb")
    return found

"""NeRF network: density and colour from encoded positions and directions, in NumPy.

Mildenhall et al. 2020, "NeRF", section 3 and figure 7 of the supplement, of any depth and width.
Layers without an activation in between are kept as their product, which computes the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError

Floats = NDArray[np.float32]
Weights = dict[str, Floats]
"""Arrays of a network by name: ``NAME.weight`` (out, in) and ``NAME.bias`` (out,)."""
BATCH = 4096
"""Points evaluated at once; the activations of a layer stay in the processor's cache."""
MAX_WIDTH, MAX_DEPTH, MAX_FREQUENCIES = 4096, 64, 32


@dataclass(frozen=True)
class Architecture:
    """Shapes of a network.

    Parameters
    ----------
    trunk
        Outputs of each layer of the trunk, with a ReLU after each.
    skips
        Layers of the trunk that also get the encoded position, after their other inputs.
    feature
        Outputs of the layer with a ReLU between trunk and colour, 0 without one.
    colour
        Outputs of each hidden layer of the colour; empty if it does not depend on the direction.
    position_frequencies, direction_frequencies
        Octaves of the encodings.
    position_identity, direction_identity
        Whether position and direction themselves come before their sines and cosines.
    """

    trunk: tuple[int, ...]
    skips: tuple[int, ...] = ()
    feature: int = 0
    colour: tuple[int, ...] = ()
    position_frequencies: int = 10
    direction_frequencies: int = 4
    position_identity: bool = True
    direction_identity: bool = True

    def __post_init__(self) -> None:
        widths = (*self.trunk, *self.colour, *([self.feature] if self.feature else []))
        deep = 1 <= len(self.trunk) <= MAX_DEPTH and len(self.colour) <= MAX_DEPTH
        octaves = (self.position_frequencies, self.direction_frequencies)
        good = deep and all(1 <= w <= MAX_WIDTH for w in widths)
        good = good and all(0 <= n <= MAX_FREQUENCIES for n in octaves) and self.inputs > 0
        good = good and all(0 < s < len(self.trunk) for s in self.skips)
        if not good or (self.feature and not self.colour):
            raise InputError(
                f"Expected a network of up to {MAX_DEPTH} layers of up to {MAX_WIDTH} outputs. Got "
                f"{self!r:.300} instead."
            )

    @property
    def inputs(self) -> int:
        """Length of an encoded position."""
        return 3 * (2 * self.position_frequencies + self.position_identity)

    @property
    def direction_inputs(self) -> int:
        """Length of an encoded direction; 0 if the colour does not depend on it."""
        if not self.colour:
            return 0
        return 3 * (2 * self.direction_frequencies + self.direction_identity)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Outputs and inputs of each layer, by name, in order."""
        found, width = {}, self.inputs
        for k, outputs in enumerate(self.trunk):
            found[f"trunk.{k}"] = outputs, width + (self.inputs if k in self.skips else 0)
            width = outputs
        found["density"] = 1, width
        if self.feature:
            found["feature"], width = (self.feature, width), self.feature
        for k, outputs in enumerate(self.colour):
            found[f"colour.{k}"] = outputs, width + (0 if k else self.direction_inputs)
            width = outputs
        found["rgb"] = 3, width
        return found

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return sum(rows * (columns + 1) for rows, columns in self.shapes.values())

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            "trunk": list(self.trunk),
            "skips": list(self.skips),
            "feature": self.feature,
            "colour": list(self.colour),
            "frequencies": [self.position_frequencies, self.direction_frequencies],
            "identity": [self.position_identity, self.direction_identity],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the architecture of a JSON object; InputError, KeyError, TypeError or ValueError
        if it is none."""
        counts = {k: tuple(int(v) for v in values[k]) for k in ("trunk", "skips", "colour")}
        positions, directions = (int(v) for v in values["frequencies"])
        with_position, with_direction = (bool(v) for v in values["identity"])
        return cls(
            counts["trunk"],
            counts["skips"],
            int(values["feature"]),
            counts["colour"],
            positions,
            directions,
            with_position,
            with_direction,
        )


class Network:
    """Network with its weights.

    Parameters
    ----------
    architecture
        Shapes.
    weights
        Arrays by name, float32.

    Raises
    ------
    InputError
        An array is missing, of another shape, or not finite.
    """

    def __init__(self, architecture: Architecture, weights: Mapping[str, NDArray[Any]]) -> None:
        self.architecture = architecture
        self.weights: Weights = {}
        for name, shape in architecture.shapes.items():
            for part, wanted in (("weight", shape), ("bias", shape[:1])):
                values = weights.get(f"{name}.{part}")
                if values is None or np.shape(values) != wanted:
                    got = "none" if values is None else f"shape {np.shape(values)}"
                    raise InputError(
                        f"Expected weights {name}.{part} of shape {wanted}. Got {got} instead."
                    )
                if not np.isfinite(values).all():
                    raise InputError(
                        f"Expected finite weights. Got NaN or infinities in {name}.{part}."
                    )
                found = np.ascontiguousarray(values, np.float32)
                self.weights[f"{name}.{part}"] = found

    @property
    def nbytes(self) -> int:
        """Size of the weights in bytes."""
        return sum(w.nbytes for w in self.weights.values())

    @cached_property
    def _transposed(self) -> Weights:
        """Weights of each layer as (in, out), so that products need no copies."""
        return {
            k: np.ascontiguousarray(v.T) for k, v in self.weights.items() if k.endswith(".weight")
        }

    def layer(self, name: str, inputs: Floats, *, relu: bool = True) -> Floats:
        """Return the outputs of a layer, (n, outputs)."""
        found = inputs @ self._transposed[f"{name}.weight"]
        found += self.weights[f"{name}.bias"]
        return np.maximum(found, 0, out=found) if relu else found

    def trunk(self, points: Floats) -> tuple[Floats, Floats]:
        """Return densities and the input of ``colour`` at points.

        Parameters
        ----------
        points
            (n, 3) float32 in world units.

        Returns
        -------
        density, hidden
            (n,) float32 per world unit, at least 0; (n, width) float32.
        """
        shapes = self.architecture
        encoded = encode(points, shapes.position_frequencies, shapes.position_identity)
        hidden = encoded
        for k in range(len(shapes.trunk)):
            if k in shapes.skips:
                hidden = np.concatenate([hidden, encoded], -1)
            hidden = self.layer(f"trunk.{k}", hidden)
        return self.layer("density", hidden)[:, 0], hidden

    def colour(self, hidden: Floats, rays: NDArray[np.int64], directions: Floats) -> Floats:
        """Return colours of 0 to 1.

        Parameters
        ----------
        hidden
            (n, width), from ``trunk``.
        rays
            (n,) row of ``directions`` of each point.
        directions
            ``directed`` rows of each ray, (m, outputs).

        Returns
        -------
        (n, 3) float32.
        """
        shapes = self.architecture
        if shapes.feature:
            hidden = self.layer("feature", hidden)
        for k in range(len(shapes.colour)):
            if k:
                hidden = self.layer(f"colour.{k}", hidden)
            else:
                seen = self._transposed["colour.0.weight"][: hidden.shape[1]]
                hidden = hidden @ seen
                hidden += directions[rays]
                np.maximum(hidden, 0, out=hidden)
        return sigmoid(self.layer("rgb", hidden, relu=False))

    def directed(self, directions: NDArray[Any]) -> Floats:
        """Return what directions, (m, 3) of any length, add to the first layer of the colour,
        (m, outputs): the same for all points of a ray."""
        shapes = self.architecture
        if not shapes.colour:
            return np.zeros((len(directions), 0), np.float32)
        encoded = self.turned(directions)
        weight = self._transposed["colour.0.weight"][-shapes.direction_inputs :]
        found: Floats = encoded @ weight + self.weights["colour.0.bias"]
        return found

    def turned(self, directions: NDArray[Any]) -> Floats:
        """Return the encoding of directions, (m, 3) of any length."""
        shapes = self.architecture
        lengths = np.linalg.norm(directions, axis=-1, keepdims=True)
        unit = (directions / np.maximum(lengths, 1e-12)).astype(np.float32)
        return encode(unit, shapes.direction_frequencies, shapes.direction_identity)

    def density(self, points: NDArray[Any]) -> Floats:
        """Return the densities at points (n, 3), of any number, per world unit."""
        found = np.empty(len(points), np.float32)
        for start in range(0, len(points), BATCH):
            part = slice(start, start + BATCH)
            found[part] = self.trunk(np.asarray(points[part], np.float32))[0]
        return found


def encode(values: Floats, frequencies: int, identity: bool) -> Floats:
    """Return the positional encoding of (n, 3) values: themselves, then sine and cosine of each
    octave from 1 on (NeRF's equation 4 without its factor pi, as in the authors' code)."""
    found = np.empty((len(values), 3 * (2 * frequencies + identity)), np.float32)
    first = 3 * identity
    if identity:
        found[:, :3] = values
    for k in range(frequencies):
        scaled = values * np.float32(2.0**k)
        at = first + 6 * k
        np.sin(scaled, out=found[:, at : at + 3])
        np.cos(scaled, out=found[:, at + 3 : at + 6])
    return found


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-values))."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-values)), np.float32)

"""Quantisation of a trained network: steps by what the views lose, rounding with compensation."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vcore.scenes.methods.nerf.network import BATCH, Network, encode

Integers = dict[str, NDArray[np.int64]]
"""For each layer, (outputs, inputs + 1): weights, then the bias."""
PROBE = 8
"""A probed step is the root mean square of a layer's weights over this."""
DAMPING = 1e-3
"""Share of the mean diagonal added to that of a matrix of products, so that it has an inverse."""


def joined(network: Network, layer: str) -> NDArray[np.float64]:
    """Return weights and bias of a layer as (outputs, inputs + 1)."""
    weight, bias = (network.weights[f"{layer}.{part}"] for part in ("weight", "bias"))
    return np.concatenate([weight, bias[:, None]], 1).astype(np.float64)


def restored(network: Network, integers: Integers, steps: dict[str, float]) -> Network:
    """Return the network of integers times their layers' steps."""
    weights = {}
    for layer, values in integers.items():
        found = (values * np.float64(np.float32(steps[layer]))).astype(np.float32)
        weights[f"{layer}.weight"], weights[f"{layer}.bias"] = found[:, :-1], found[:, -1]
    return Network(network.architecture, weights)


def sensitivities(
    network: Network, loss_of: Callable[[Network], float], seed: int
) -> dict[str, float]:
    """Return for each layer the increase of a loss by the square of its step.

    Parameters
    ----------
    loss_of
        Mean squared error of views of a network against those of ``network``.
    """
    rng = np.random.default_rng(seed)
    found = {}
    for layer in network.architecture.shapes:
        weight = network.weights[f"{layer}.weight"]
        step = float(np.sqrt(np.mean(np.square(weight, dtype=np.float64)))) / PROBE or 1.0
        noise = (rng.uniform(-0.5, 0.5, weight.shape) * step).astype(np.float32)
        changed = Network(
            network.architecture, {**network.weights, f"{layer}.weight": weight + noise}
        )
        found[layer] = max(loss_of(changed), 1e-12) / step**2
    return found


def steps_of(network: Network, losses: dict[str, float], scale: float) -> dict[str, float]:
    """Return the step of each layer at which one more bit for its weights gains the same in all
    layers.

    With an error of ``losses * step**2`` and a rate of ``-count * log2(step)`` bits, the steps'
    squares are as counts over losses.
    """
    shapes = network.architecture.shapes
    counts = {layer: rows * (columns + 1) for layer, (rows, columns) in shapes.items()}
    return {k: float(np.float32(scale * np.sqrt(counts[k] / losses[k]))) for k in counts}


def products(
    network: Network,
    points: NDArray[np.float32],
    directions: NDArray[np.float32],
    weights: NDArray[np.float32],
) -> dict[str, NDArray[np.float64]]:
    """Return for each layer the weighted mean products of its inputs, with a 1 for the bias.

    Parameters
    ----------
    points, directions
        (n, 3) samples of rays.
    weights
        (n,) what a sample counts.
    """
    shapes = network.architecture
    sums: dict[str, NDArray[np.float64]] = {
        k: np.zeros((columns + 1, columns + 1)) for k, (_, columns) in shapes.shapes.items()
    }

    def add(layer: str, inputs: NDArray[np.float32], counted: NDArray[np.float32]) -> None:
        ones = np.ones((len(inputs), 1), np.float32)
        rows = np.concatenate([inputs, ones], 1) * np.sqrt(counted)[:, None]
        sums[layer] += rows.T @ rows

    for start in range(0, len(points), BATCH):
        part = slice(start, start + BATCH)
        at, counted = points[part], weights[part]
        encoded = encode(at, shapes.position_frequencies, shapes.position_identity)
        hidden = encoded
        for k in range(len(shapes.trunk)):
            if k in shapes.skips:
                hidden = np.concatenate([hidden, encoded], -1)
            add(f"trunk.{k}", hidden, counted)
            hidden = network.layer(f"trunk.{k}", hidden)
        add("density", hidden, counted)
        if shapes.feature:
            add("feature", hidden, counted)
            hidden = network.layer("feature", hidden)
        for k in range(len(shapes.colour)):
            if k == 0:
                hidden = np.concatenate([hidden, network.turned(directions[part])], 1)
            add(f"colour.{k}", hidden, counted)
            hidden = network.layer(f"colour.{k}", hidden)
        add("rgb", hidden, counted)
    return {k: v / max(float(weights.sum()), 1e-12) for k, v in sums.items()}


def compensated(
    values: NDArray[np.float64],
    product: NDArray[np.float64],
    step: float,
    alive: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return (outputs, inputs) values in whole steps, where the rounding error of each input is
    compensated by the inputs after it.

    Frantar et al. 2023, "GPTQ", algorithm 1, with inputs in order of their power.

    Parameters
    ----------
    product
        Mean products of the inputs, (inputs, inputs).
    alive
        False for weights that are 0, of the shape of ``values``.
    """
    n = values.shape[1]
    power = np.diag(product)
    damped = product + np.eye(n) * (DAMPING * float(power.mean()) or 1.0)
    order = np.argsort(-power, kind="stable")
    rest = values[:, order].copy()
    mask = None if alive is None else alive[:, order]
    inverse = np.linalg.inv(damped[np.ix_(order, order)])
    upper = np.linalg.cholesky((inverse + inverse.T) / 2).T
    found = np.empty(values.shape, np.int64)
    for j in range(n):
        rounded = np.rint(rest[:, j] / step)
        if mask is not None:
            rounded *= mask[:, j]
        error = (rest[:, j] - rounded * step) / upper[j, j]
        rest[:, j + 1 :] -= np.outer(error, upper[j, j + 1 :])
        found[:, order[j]] = rounded
    return found

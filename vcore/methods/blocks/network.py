"""Layers of the autoencoders, for torch tensors and NumPy arrays alike."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from array_api_compat import array_namespace

Parameters = dict[str, Any]
"""Arrays by name: ``w0`` (in, out), ``b0`` (out,), slope ``a0`` (1,) between layers, and so on."""


def hidden_sizes(architecture: int, k: int, at_least: int = 1) -> tuple[int, int, int]:
    """Return the decoder's hidden layer sizes for blocks of side ``k``; the encoder's are reversed.

    No layer is narrower than ``at_least``: the compact preset uses longer codes than the paper, and
    a layer narrower than the code would lose information.

    ``linear1`` (1): each encoder layer has half the units of the previous one, k**3/2, k**3/4,
    k**3/8. ``linear2`` (2): k**3/8, k**3/8, k**3/12. The paper's wording for linear2 ("1/8-th the
    input size for the first two layers, then 1/12-th") refers to the network's input: only that
    reproduces its decoder sizes (Table 2: 163 and 7 kB).
    """
    n = k**3
    sizes = (n // 8, n // 4, n // 2) if architecture == 1 else (n // 12, n // 8, n // 8)
    return tuple(max(size, at_least) for size in sizes)  # type: ignore[return-value]


def layer_shapes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Return (inputs, outputs) of every layer of a network with ``sizes`` units."""
    return list(pairwise(sizes))


def forward(parameters: Parameters, x: Any) -> Any:
    """Apply linear layers with PReLUs in between (He et al. 2015) to ``x`` of shape (n, inputs).

    The paper names linear layers only, but without a nonlinearity four of them would be equivalent
    to one; PReLU, with a learned slope for negative values, is what the authors' published notebook
    uses.
    """
    xp = array_namespace(x)
    layers = sum(name.startswith("w") for name in parameters)
    for i in range(layers):
        x = x @ parameters[f"w{i}"] + parameters[f"b{i}"]
        if i < layers - 1:
            x = xp.where(x > 0, x, x * parameters[f"a{i}"])
    return x


def sigmoid(x: Any) -> Any:
    """Return the logistic function, the paper preset's output activation (0 to 1)."""
    xp = array_namespace(x)
    return 0.5 * (1 + xp.tanh(0.5 * x))


def overlap_add(windows: Any, k: int) -> Any:
    """Sum overlapping windows to blocks; the first block of each axis only serves as a neighbour.

    Parameters
    ----------
    windows
        Shape (..., z, y, x, w, w, w) with k <= w <= 2 k: block (z, y, x) covers the w voxels from
        its own first one on along each axis, and so extends into the next blocks.

    Returns
    -------
    array
        Shape (..., z - 1, y - 1, x - 1, k, k, k).
    """
    xp = array_namespace(windows)
    lead = windows.ndim - 6
    for axis in range(3):
        blocks, voxels = lead + axis, lead + 3 + axis
        own = _part(windows, blocks, 1, None)
        before = _part(windows, blocks, 0, -1)
        tail = _part(before, voxels, k, None)
        overlap = tail.shape[voxels]
        shared = _part(own, voxels, 0, overlap) + tail
        windows = xp.concat([shared, _part(own, voxels, overlap, k)], axis=voxels)
    return windows


def _part(array: Any, axis: int, start: int, stop: int | None) -> Any:
    return array[(slice(None),) * axis + (slice(start, stop),)]

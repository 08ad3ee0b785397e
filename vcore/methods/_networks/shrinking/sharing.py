"""Weight sharing (k-means quantisation): all parameters take one of a few values.

Han et al. 2015, "Deep compression", section 3; for many small networks together ECNR's global
quantisation (section 3.5). The shared values can then be fine-tuned with fixed indices: pass
``restore`` a tensor of values that requires a gradient.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PRUNED = -1
"""Index of a pruned parameter, which is 0 and not stored."""
ROUNDS = 60
"""Maximum number of Lloyd iterations; most layers converge within 30."""


@dataclass(frozen=True, eq=False)
class Codebook:
    """Parameters as indices into shared values.

    Parameters
    ----------
    values
        Shared values, ascending, shape (k,), float32.
    indices
        Shape of the parameters, int32: 0 .. k - 1, or PRUNED.
    """

    values: NDArray[np.float32]
    indices: NDArray[np.int32]


def share(parameters: NDArray[Any], count: int, alive: NDArray[np.bool_] | None = None) -> Codebook:
    """Quantise ``parameters`` to at most ``count`` shared values.

    One-dimensional k-means, initialised with evenly spaced values (Han et al., section 3.2: large
    weights are few and matter most). Deterministic.

    Parameters
    ----------
    parameters
        Parameters of one layer, or of that layer in many networks, any shape.
    count
        2**bits.
    alive
        Mask of parameters that are not pruned; all by default.
    """
    values = np.asarray(parameters, np.float64)
    mask = np.ones(values.shape, bool) if alive is None else alive
    indices = np.full(values.shape, PRUNED, np.int32)
    remaining = values[mask]
    if not remaining.size:
        return Codebook(np.zeros(0, np.float32), indices)
    centres = kmeans_line(remaining, count)
    stored = np.unique(centres.astype(np.float32))
    indices[mask] = nearest(remaining, stored.astype(np.float64))
    used, renumbered = np.unique(indices[mask], return_inverse=True)
    indices[mask] = renumbered.reshape(-1)
    return Codebook(stored[used], indices)


def on_line(
    parameters: NDArray[Any], step: float, alive: NDArray[np.bool_] | None = None
) -> Codebook:
    """Round ``parameters`` to multiples of ``step``, shared values that need no stored table.

    With entropy coding, evenly spaced values are within a quarter of a bit of the optimum (Gish and
    Pierce 1968); a table of free values has to pay for its bytes first.

    Parameters
    ----------
    alive
        Mask of parameters that are not pruned; those that round to 0 are pruned as well. If None,
        nothing may be pruned.
    """
    integers = np.rint(np.asarray(parameters, np.float64) / step).astype(np.int64)
    remaining = np.ones(integers.shape, bool) if alive is None else alive & (integers != 0)
    used = integers[remaining]
    if not used.size:
        return Codebook(np.zeros(0, np.float32), np.full(integers.shape, PRUNED, np.int32))
    low, high = int(used.min()), int(used.max())
    indices = np.where(remaining, integers - low, PRUNED).astype(np.int32)
    return Codebook(line(low, high - low + 1, step), indices)


def line(low: int, count: int, step: float) -> NDArray[np.float32]:
    """Return ``count`` consecutive multiples of ``step`` from ``low * step`` on."""
    return (np.arange(low, low + count) * np.float64(step)).astype(np.float32)


def restore(values: Any, indices: Any) -> Any:
    """Return the parameters: ``values[indices]``, 0 where pruned.

    Works on arrays and tensors; the gradient of a shared value is the sum over its parameters.
    """
    if not len(values):
        return (indices >= 0) * 0.0
    return values[indices * (indices >= 0)] * (indices >= 0)


def kmeans_line(values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return at most ``count`` k-means centres of ``values`` (n,), ascending."""
    ordered = np.sort(values)
    distinct = np.unique(ordered)
    if len(distinct) <= count:
        return distinct
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    centres = np.linspace(ordered[0], ordered[-1], count)
    for _ in range(ROUNDS):
        edges = np.searchsorted(ordered, (centres[1:] + centres[:-1]) / 2)
        ends = np.concatenate([[0], edges, [len(ordered)]])
        sizes = np.diff(ends)
        nonempty = sizes > 0
        moved = np.diff(sums[ends])[nonempty] / sizes[nonempty]
        if (~nonempty).any():  # move empty clusters into the largest ones
            spread = np.where(sizes[nonempty] > 1, sizes[nonempty], 0)
            order = np.argsort(-spread, kind="stable")[: int((~nonempty).sum())]
            starts = ends[:-1][nonempty][order]
            split = ordered[starts + sizes[nonempty][order] // 4]
            moved = np.unique(np.concatenate([moved, split]))
        if len(moved) == len(centres) and np.allclose(moved, centres, rtol=1e-9, atol=0):
            break
        centres = moved
    return centres


def nearest(values: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the index of the nearest of the ascending ``centres`` for each value."""
    edges = (centres[1:] + centres[:-1]) / 2
    return np.searchsorted(edges, values).astype(np.int32)

"""Quantiser planning: rate and error of every quantiser step, measured on a sample.

One number determines all quantisers: the water level theta, the squared error at which refinement
of a component stops (reverse water-filling, Cover and Thomas, Elements of Information Theory,
10.3.3). Components are the principal components of the blocks. Their rates are the entropies of the
sample's quantised values rather than those of Gaussians of the same variance: most volumes consist
of few strong and many weak blocks, and cost far less than the Gaussian estimate.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.executor import single_threaded_blas

WEIGHT_BITS = 5.0
"""Bits of a quantised decoder weight, for planning; measured 4 to 6."""
LEVELS = 10.0 ** np.arange(-10, -0.5, 0.25)
"""Candidate water levels, relative to the squared data range."""
MAX_VALUES = 64
"""Maximum number of values per block chosen automatically."""


@dataclass(frozen=True)
class BlockStatistics:
    """Statistics of a volume cut into blocks of side k, as input to a plan.

    Parameters
    ----------
    k
        Block side.
    count
        Number of blocks.
    active
        Share of the blocks that differ from the interpolated means.
    code_bits
        Bits of the leading components of an active block, shape (levels, components).
    lost
        Squared error of each component of an active block, same shape, normalised.
    energy
        Mean squared norm of an active block, normalised.
    mean_bits
        Bits of a block's mean, shape (levels,).
    """

    k: int
    count: int
    active: float
    code_bits: NDArray[np.float64]
    lost: NDArray[np.float64]
    energy: float
    mean_bits: NDArray[np.float64]

    def bytes_at(self, theta: float, values: int) -> float:
        """Return the bytes of means and codes at water level ``theta`` with ``values`` values per
        block."""
        bits = self.active * (self.code_bits[:, :values].sum(1) + 0.3) + self.mean_bits
        return float(np.interp(math.log(theta), np.log(LEVELS), self.count * bits / 8))

    def mse_at(self, theta: float, values: int) -> float:
        """Return the mean squared error per voxel, normalised."""
        coded = self.lost[:, :values].sum(1)
        dropped = self.energy - self.lost[-1, :values].sum()  # the highest level loses all energy
        error = self.active * (coded + max(dropped, 0.0)) / self.k**3
        return float(np.interp(math.log(theta), np.log(LEVELS), error))

    def solve(self, *, budget_bytes: float | None, mse: float | None, values: int) -> float:
        """Return the water level that meets a number of bytes or a mean squared error."""
        low, high = math.log(LEVELS[0]), math.log(LEVELS[-1])
        for _ in range(40):
            middle = (low + high) / 2
            theta = math.exp(middle)
            if budget_bytes is not None:
                too_fine = self.bytes_at(theta, values) > budget_bytes
            else:
                too_fine = self.mse_at(theta, values) < (mse or 0)
            low, high = (middle, high) if too_fine else (low, middle)
        return math.exp(high)


def measure(
    k: int, count: int, share: float, blocks: NDArray[np.float64], mean_errors: NDArray[np.float32]
) -> BlockStatistics:
    """Return the statistics of sampled ``blocks``.

    Parameters
    ----------
    k, count
        Block side, and number of blocks of the whole variable.
    share
        Share of all blocks that the sample represents; the others are constant.
    blocks
        Blocks minus the interpolated means, normalised, shape (n, k**3).
    mean_errors
        Prediction errors of all block means, normalised.
    """
    present = np.abs(blocks).max(1) > 1e-6
    x = blocks[present] if present.any() else blocks[:1]
    axes = principal_axes(x)[:, :MAX_VALUES]
    y = x @ axes
    code_bits = np.zeros((len(LEVELS), y.shape[1]))
    lost, mean_bits = np.zeros(code_bits.shape), np.zeros(len(LEVELS))
    for i, theta in enumerate(LEVELS):
        step = math.sqrt(12 * theta)
        quantised = np.sign(y) * np.floor(np.abs(y) / step + 0.42)
        lost[i] = np.mean((y - quantised * step) ** 2, axis=0)
        code_bits[i] = [entropy(column) for column in quantised.T]
        mean_bits[i] = entropy(np.rint(mean_errors / mean_step(theta, k)))
    energy = float(np.mean((x**2).sum(1)))
    lost[-1] = np.mean(y**2, axis=0)
    return BlockStatistics(
        k, count, share * float(present.mean()), code_bits, lost, energy, mean_bits
    )


def principal_axes(x: NDArray[Any]) -> NDArray[Any]:
    """Return the principal axes of rows ``x`` as columns, in order of falling variance."""
    with single_threaded_blas():  # under load, BLAS threads wait for each other for seconds
        axes: NDArray[Any] = np.linalg.eigh(x.T @ x / max(len(x), 1))[1][:, ::-1]
    return axes


def entropy(values: NDArray[np.float64]) -> float:
    """Return the empirical entropy of integers in bits per value, including escape coding.

    The cost of rare values is bounded by their magnitude: in a sample most large values occur once,
    and would seem to cost no more than the logarithm of the sample size.
    """
    found, counts = np.unique(values, return_counts=True)
    share = counts / values.size
    bits = np.maximum(-np.log2(share), 0)
    return float((share * np.minimum(bits, 2 * np.log2(1 + np.abs(found)) + 2)).sum())


def mean_step(theta: float, k: int) -> float:
    """Return the quantiser step of block means; a mean has the weight k**1.5 in the orthonormal
    basis."""
    return float(math.sqrt(12 * theta) / k**1.5)


def decoder_bytes(parameters: int) -> float:
    """Return the estimated bytes of a quantised decoder with ``parameters`` parameters."""
    return parameters * WEIGHT_BITS / 8

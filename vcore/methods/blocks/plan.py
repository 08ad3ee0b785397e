"""How fine to quantise: reverse water-filling over the blocks' principal components.

For Gaussian components of variances v_i, the least mean squared error D at R bits is reached by
spending max(0, log2(v_i / theta) / 2) bits on each, which leaves min(v_i, theta) (Cover and Thomas,
Elements of Information Theory, 10.3.3). Theta is the squared error at which every component stops;
it sets all quantisers.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WEIGHT_BITS = 5.0
"""Bits that a decoder weight takes after quantisation, for planning; measured 4 to 6."""
DECODER_SHARE = 0.1
"""A decoder may take this share of a byte budget."""


@dataclass(frozen=True)
class BlockStatistics:
    """What a plan needs to know of a volume cut into blocks of side k.

    Parameters
    ----------
    k
        Block side.
    count
        Number of blocks.
    active
        Share of the blocks that differ from the interpolated means at all.
    variances
        Eigenvalues of the active blocks' covariance, descending, normalised units squared.
    mean_variance
        Variance of the block means' prediction errors.
    """

    k: int
    count: int
    active: float
    variances: NDArray[np.float64]
    mean_variance: float

    def bytes_at(self, theta: float, values: int) -> float:
        """Return the bytes of means and codes at water level ``theta`` with ``values`` values a
        block."""
        kept = self.variances[:values]
        code_bits = float(0.5 * np.log2(np.maximum(kept / theta, 1)).sum())
        step = mean_step(theta, self.k)
        mean_bits = max(
            0.5 * math.log2(2 * math.pi * math.e * self.mean_variance / step**2 + 1), 0.02
        )
        return self.count * (self.active * code_bits + mean_bits + 0.1) / 8

    def mse_at(self, theta: float, values: int) -> float:
        """Return the mean squared error a voxel, normalised."""
        kept, dropped = self.variances[:values], self.variances[values:]
        lost = np.minimum(kept, theta).sum() + dropped.sum()
        return float(self.active * lost / self.k**3)

    def solve(self, *, budget_bytes: float | None, mse: float | None, values: int) -> float:
        """Return the water level that meets a number of bytes or a mean squared error."""
        low, high = math.log(1e-14), math.log(1.0)
        for _ in range(60):
            middle = (low + high) / 2
            theta = math.exp(middle)
            if budget_bytes is not None:
                too_fine = self.bytes_at(theta, values) > budget_bytes
            else:
                too_fine = self.mse_at(theta, values) < (mse or 0)
            low, high = (middle, high) if too_fine else (low, middle)
        return math.exp(high)


def mean_step(theta: float, k: int) -> float:
    """Return the quantiser step of block means: a mean counts k**1.5 times in the orthonormal
    basis."""
    return float(math.sqrt(12 * theta) / k**1.5)


def decoder_bytes(parameters: int) -> float:
    """Return the bytes that a quantised decoder of so many parameters takes, for planning."""
    return parameters * WEIGHT_BITS / 8

"""Adam on Gaussians, in each Gaussian's own coordinates, so that steps scale with its size."""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.mixture import CUTOFF, LOWER, MIN_SCALE, Array, Gradient, Mixture

BETA1, BETA2 = 0.9, 0.99
MEAN_VOXELS = 8000
"""Maximum mean number of voxels covered by a Gaussian on the grid on which it is summed; an
isotropic one covers 900 to 7,000. Without a limit, a few that flatten to sheets through the whole
volume dominate the time (on the cellfinder stack 3 % of them took 80 %)."""
DIAGONAL = np.arange(3)
GEOMETRY = 9
"""Number of geometry parameters: shift 3, stretch 6; the weights follow."""


class Adam:
    """Adam moments of the gradient of each Gaussian's 9 + channels parameters."""

    def __init__(self, channels: int) -> None:
        self._mean = np.zeros((0, GEOMETRY + channels))
        self._square = np.zeros_like(self._mean)
        self._steps = np.zeros(0)

    def keep(self, which: NDArray[np.intp]) -> None:
        """Keep the moments of the Gaussians ``which`` only."""
        self._mean, self._square = self._mean[which], self._square[which]
        self._steps = self._steps[which]

    def extend(self, count: int) -> None:
        """Append ``count`` Gaussians with zero moments."""
        more = ((0, count), (0, 0))
        self._mean, self._square = np.pad(self._mean, more), np.pad(self._square, more)
        self._steps = np.pad(self._steps, (0, count))

    def step(self, gradient: Array) -> Array:
        """Return the direction of the next step, with entries of about 1."""
        self._steps += 1
        self._mean = BETA1 * self._mean + (1 - BETA1) * gradient
        self._square = BETA2 * self._square + (1 - BETA2) * gradient**2
        mean = self._mean / (1 - BETA1 ** self._steps[:, None])
        square = self._square / (1 - BETA2 ** self._steps[:, None])
        direction: Array = mean / (np.sqrt(square) + 1e-12)
        return direction


def stepped(
    mixture: Mixture,
    gradient: Gradient,
    adam: Adam,
    rate: float,
    classes: NDArray[np.intp],
    free: NDArray[np.bool_] | None = None,
) -> Mixture:
    """Return the mixture after one step.

    Parameters
    ----------
    rate
        Step size relative to a Gaussian's scale (centre), the logarithm of its scale (shape) and
        its weight.
    classes
        Levels on which the Gaussians are summed; they limit the size.
    free
        Mask of the 9 + channels parameters that may change; all by default.
    """
    unit = np.maximum(np.abs(mixture.weights), 1e-6)
    moved = np.concatenate([gradient.shift, gradient.stretch, gradient.weights * unit], axis=1)
    step = -rate * adam.step(moved)
    if free is not None:
        step *= free
    change = np.zeros((len(mixture), 3, 3))
    for k in range(3):
        change[:, k, k] = np.exp(step[:, 3 + k])
    for k, (i, j) in enumerate(LOWER):
        change[:, i, j] = step[:, 6 + k]
    factors = mixture.factors @ change
    centres = mixture.centres + np.einsum("nij,nj->ni", mixture.factors, step[:, :3])
    if free is None or free[3:GEOMETRY].any():
        limit(factors, classes)
    return Mixture(centres, factors, mixture.weights + step[:, GEOMETRY:] * unit)


def limit(factors: Array, classes: NDArray[np.intp]) -> None:
    """Clamp factors between the minimum scale and the maximum volume, in place."""
    for k in range(3):
        factors[:, k, k] = np.maximum(factors[:, k, k], MIN_SCALE)
    diagonal = factors[:, DIAGONAL, DIAGONAL]
    volume = np.prod(diagonal, axis=1) * ELLIPSOID / 8.0**classes
    excess = _largest(volume) / volume
    rows = np.nonzero(excess < 1)[0]
    if not rows.size:
        return
    # shorten the longest axis down to the second, then both, then all three
    order = np.argsort(diagonal[rows], axis=1)
    low, middle, _ = np.take_along_axis(diagonal[rows], order, axis=1).T
    wanted = np.prod(diagonal[rows], axis=1) * excess[rows]
    longest = wanted / (low * middle)
    both = np.sqrt(wanted / low)
    every = np.cbrt(wanted)
    cut = np.stack(
        [
            np.where((longest < middle) & (both < low), every, low),
            np.where(longest >= middle, middle, np.where(both >= low, both, every)),
            np.where(longest >= middle, longest, np.where(both >= low, both, every)),
        ],
        axis=1,
    )
    shorter = np.empty_like(cut)
    np.put_along_axis(shorter, order, cut, axis=1)
    factors[rows] *= np.maximum(shorter / diagonal[rows], MIN_SCALE / diagonal[rows])[:, :, None]


def _largest(volumes: Array) -> float:
    """Return the volume at which to cap ``volumes`` for a mean of at most MEAN_VOXELS."""
    if not volumes.size or volumes.mean() <= MEAN_VOXELS:
        return np.inf
    ordered = np.sort(volumes)
    rest = np.arange(len(ordered), 0, -1)
    below = np.cumsum(ordered) - ordered
    # capping at the k-th volume gives the sum below[k] + ordered[k] * rest[k]
    k = int(np.searchsorted(below + ordered * rest, MEAN_VOXELS * len(ordered)))
    return float((MEAN_VOXELS * len(ordered) - below[k]) / rest[k])


ELLIPSOID = 4 / 3 * np.pi * CUTOFF**1.5
"""Volume of the cut-off ellipsoid of a Gaussian with unit scales."""

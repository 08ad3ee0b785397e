"""Background of a Gaussian mixture: a low-order polynomial over the volume."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.pyramid import box_mean

Array = NDArray[np.float64]

MAX_ORDER = 2
SIDE = 8
"""Side in voxels of the boxes whose means are fitted."""
OUTLIER_LIMIT, PASSES = 2.5, 6
"""Outlier limit in standard deviations, and number of trimmed passes: bright objects must not raise
the background."""
MIN_GAIN = 0.05
"""Minimum share of the remaining deviation that a higher order must remove."""


def powers(order: int) -> list[tuple[int, int, int]]:
    """Return the z y x exponents of each term of a polynomial order."""
    each = range(order + 1)
    fitted = [(a, b, c) for a in each for b in each for c in each if a + b + c <= order]
    return sorted(fitted, key=lambda e: (sum(e), e))


def coefficients(volume: NDArray[np.float32], order: int | None) -> NDArray[np.float32]:
    """Return the background coefficients of a volume; with ``order`` None, of the order that pays
    off."""
    side = [min(SIDE, n) for n in volume.shape]
    means = box_mean(volume, side).astype(np.float64)
    positions = [
        # centre of each box; the last box may be cropped
        (np.arange(n) * s + np.minimum(np.arange(1, n + 1) * s, total) - 1) / max(total - 1, 1) - 1
        for n, s, total in zip(means.shape, side, volume.shape, strict=True)
    ]
    best: Array = np.zeros(1)
    best_spread = np.inf
    for tried in range((MAX_ORDER if order is None else order) + 1):
        terms = _terms(positions, tried).reshape(-1, means.size).T
        if len(terms) < 4 * terms.shape[1] and tried:
            break
        fitted, spread = _robust(terms, means.ravel())
        if order is not None or spread < (1 - MIN_GAIN) * best_spread:
            best, best_spread = fitted, spread
        else:
            break
    terms_wanted = len(powers(order)) if order is not None else len(best)
    return np.pad(best, (0, terms_wanted - len(best))).astype(np.float32)


def _robust(terms: Array, values: NDArray[Any]) -> tuple[Array, float]:
    inliers = np.abs(values - np.median(values)) <= OUTLIER_LIMIT * 1.4826 * _deviation(values)
    fitted = np.zeros(terms.shape[1])
    for _ in range(PASSES):
        fitted = np.linalg.lstsq(terms[inliers], values[inliers], rcond=None)[0]
        rest = np.abs(values - terms @ fitted)
        inliers = rest <= OUTLIER_LIMIT * 1.4826 * np.median(rest)
    return fitted, float(np.median(rest))


def _deviation(values: Array) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _terms(positions: list[Array], order: int) -> Array:
    """Return the values of each term over the grid of ``positions`` along z y x, each from -1 to
    1."""
    z, y, x = (p.reshape([-1 if a == k else 1 for a in range(3)]) for k, p in enumerate(positions))
    shape = tuple(p.size for p in positions)
    return np.stack([np.broadcast_to(z**a * y**b * x**c, shape) for a, b, c in powers(order)])


def evaluate(fitted: NDArray[np.float32], positions: list[Array]) -> Array:
    """Return the background at ``positions`` along z y x, each from -1 to 1 over the volume.

    Axes along which it is constant have length 1.
    """
    order = next(k for k in range(MAX_ORDER + 1) if len(powers(k)) == len(fitted))
    z, y, x = (p.reshape([-1 if a == k else 1 for a in range(3)]) for k, p in enumerate(positions))
    total = np.zeros((1, 1, 1))
    for c, (a, b, d) in zip(fitted.astype(np.float64), powers(order), strict=True):
        total = total + c * (_power(z, a) * _power(y, b) * _power(x, d))
    return total


def at(fitted: NDArray[np.float32], points: Array) -> tuple[Array, Array]:
    """Return the background at ``points`` z y x, (n, 3), each from -1 to 1 over the volume: (n,);
    and its derivatives, (n, 3)."""
    order = next(k for k in range(MAX_ORDER + 1) if len(powers(k)) == len(fitted))
    exponents = np.array(powers(order))
    factors = points[:, None] ** exponents
    values = factors.prod(2) @ fitted.astype(np.float64)
    slopes = np.empty(points.shape)
    for axis in range(3):
        lower = np.where(np.arange(3) == axis, np.maximum(exponents - 1, 0), exponents)
        terms = (points[:, None] ** lower).prod(2) * exponents[:, axis]
        slopes[:, axis] = terms @ fitted.astype(np.float64)
    return values, slopes


def _power(values: Array, exponent: int) -> Array:
    # products instead of pow: bitwise reproducible
    out = np.ones((1, 1, 1))
    for _ in range(exponent):
        out = out * values
    return out

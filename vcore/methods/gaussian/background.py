"""Background: a polynomial of low order over the volume, which Gaussians are added to."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.pyramid import box_mean

Array = NDArray[np.float64]

HIGHEST_ORDER = 2
SIDE = 8
"""Voxels along the side of the boxes whose means are fitted."""
TRIMMED, PASSES = 2.5, 6
"""Means further than so many standard deviations from the fit are left out, in so many passes:
bright objects must not lift the background."""
GAIN = 0.05
"""A higher order must take this share of the remaining deviations away."""


def powers(order: int) -> list[tuple[int, int, int]]:
    """Return the exponents of z y x of each term of an order."""
    each = range(order + 1)
    found = [(a, b, c) for a in each for b in each for c in each if a + b + c <= order]
    return sorted(found, key=lambda e: (sum(e), e))


def coefficients(volume: NDArray[np.float32], order: int | None) -> NDArray[np.float32]:
    """Return the coefficients of the background of a volume; auto: of the order that pays."""
    side = [min(SIDE, n) for n in volume.shape]
    means = box_mean(volume, side).astype(np.float64)
    places = [
        # the middle of each box, the last of which may be cut
        (np.arange(n) * s + np.minimum(np.arange(1, n + 1) * s, total) - 1) / max(total - 1, 1) - 1
        for n, s, total in zip(means.shape, side, volume.shape, strict=True)
    ]
    best: Array = np.zeros(1)
    least = np.inf
    for tried in range((HIGHEST_ORDER if order is None else order) + 1):
        terms = _terms(places, tried).reshape(-1, means.size).T
        if len(terms) < 4 * terms.shape[1] and tried:
            break
        found, spread = _robust(terms, means.ravel())
        if order is not None or spread < (1 - GAIN) * least:
            best, least = found, spread
        else:
            break
    terms_wanted = len(powers(order)) if order is not None else len(best)
    return np.pad(best, (0, terms_wanted - len(best))).astype(np.float32)


def _robust(terms: Array, values: NDArray[Any]) -> tuple[Array, float]:
    kept = np.abs(values - np.median(values)) <= TRIMMED * 1.4826 * _deviation(values)
    found = np.zeros(terms.shape[1])
    for _ in range(PASSES):
        found = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        rest = np.abs(values - terms @ found)
        kept = rest <= TRIMMED * 1.4826 * np.median(rest)
    return found, float(np.median(rest))


def _deviation(values: Array) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def _terms(places: list[Array], order: int) -> Array:
    """Return each term's values over the grid of ``places`` along z y x, each from -1 to 1."""
    z, y, x = (p.reshape([-1 if a == k else 1 for a in range(3)]) for k, p in enumerate(places))
    shape = tuple(p.size for p in places)
    return np.stack([np.broadcast_to(z**a * y**b * x**c, shape) for a, b, c in powers(order)])


def evaluate(found: NDArray[np.float32], places: list[Array]) -> Array:
    """Return the background at ``places`` along z y x, each from -1 to 1 over the volume.

    An axis along which it is constant has length 1.
    """
    order = next(k for k in range(HIGHEST_ORDER + 1) if len(powers(k)) == len(found))
    z, y, x = (p.reshape([-1 if a == k else 1 for a in range(3)]) for k, p in enumerate(places))
    total = np.zeros((1, 1, 1))
    for c, (a, b, d) in zip(found.astype(np.float64), powers(order), strict=True):
        total = total + c * (_power(z, a) * _power(y, b) * _power(x, d))
    return total


def _power(values: Array, exponent: int) -> Array:
    # products, not pow: the same on every machine
    out = np.ones((1, 1, 1))
    for _ in range(exponent):
        out = out * values
    return out

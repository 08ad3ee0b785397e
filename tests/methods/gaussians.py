"""Mixtures for the tests of ``gaussian``, and their sums per voxel, in float64."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import vcore
from vcore.methods.gaussian.mixture import CUTOFF, Mixture, factors_of

Array = NDArray[np.float64]

QUICK = {"steps": 40}
"""Settings that fit a small volume in a fraction of a second."""


def mixture(
    count: int,
    shape: Sequence[int],
    *,
    channels: int = 1,
    scales: tuple[float, float] = (0.8, 3.0),
    margin: float = 4.0,
    seed: int = 0,
) -> Mixture:
    """Return rotated anisotropic Gaussians, some centred up to ``margin`` voxels outside."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-margin, np.array(shape) - 1 + margin, (count, 3))
    turned = np.linalg.qr(rng.normal(size=(count, 3, 3)))[0]
    axes = turned * np.exp(rng.uniform(*np.log(scales), (count, 1, 3)))
    factors = factors_of(axes @ axes.transpose(0, 2, 1))
    weights = rng.uniform(0.2, 1, (count, channels)) * rng.choice([-1, 1], (count, channels))
    return Mixture(centres, factors, weights)


def distances(gaussians: Mixture, places: Array) -> Array:
    """Return the squared Mahalanobis distances of ``places`` (..., 3), of shape (n, ...)."""
    away = places[None] - gaussians.centres.reshape(-1, *(1,) * (places.ndim - 1), 3)
    precision = np.linalg.inv(gaussians.covariances())
    return np.einsum("n...i,nij,n...j->n...", away, precision, away)


def voxels(shape: Sequence[int], spacing: float = 1.0, corner: Sequence[int] = (0, 0, 0)) -> Array:
    """Return the centres of the voxels of a grid, in voxels of level 0, of shape (z, y, x, 3)."""
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1) + corner
    return index * spacing + (spacing - 1) / 2


def summed(gaussians: Mixture, places: Array) -> Array:
    """Return the sum at ``places``, of shape (channels, ...)."""
    out = np.zeros((gaussians.weights.shape[1], *places.shape[:-1]))
    unmixed = np.linalg.inv(np.linalg.cholesky(gaussians.covariances())).transpose(0, 2, 1)
    for centre, matrix, weights in zip(gaussians.centres, unmixed, gaussians.weights, strict=True):
        d = (((places - centre) @ matrix) ** 2).sum(-1)
        out += np.multiply.outer(weights, np.where(d <= CUTOFF, np.exp(-d / 2), 0))
    return out


def table_sum(table: vcore.model.primitives.Primitives, places: Array, frame: int = 0) -> Array:
    """Return the sum of a table of primitives at ``places`` in physical units."""
    rows = table[table.frame == frame]
    gaussians = Mixture(rows.centre, np.linalg.cholesky(rows.covariance), rows.intensity)
    return summed(gaussians, places)


def assert_near(found: Array, expected: Array, limit: float) -> None:
    """Assert that two sums agree, except at voxels on a cut-off, which may fall on either side.

    There a Gaussian ends at 1/90 of its peak. Quantised Gaussians often have scales of 1 and
    centres at whole voxels, so that some voxels lie at exactly three scales.
    """
    error = np.abs(found - expected)
    assert np.mean(error > limit) < 0.02
    assert error.max() < 0.012 * np.abs(expected).max() + limit


def spots(
    shape: Sequence[int],
    places: Sequence[Sequence[float]],
    scales: Sequence[float],
    weights: Sequence[float],
) -> NDArray[np.float32]:
    """Return a volume of round Gaussians, float32."""
    factors = np.array(scales)[:, None, None] * np.eye(3)
    d = distances(
        Mixture(np.array(places, float), factors, np.ones((len(places), 1))), voxels(shape)
    )
    return np.einsum("n,n...->...", weights, np.exp(-d / 2)).astype(np.float32)


def beads(shape: Sequence[int], count: int, *, seed: int = 1) -> NDArray[np.float32]:
    """Return a volume of ``count`` small anisotropic Gaussians, 0 to about 1, float32."""
    gaussians = mixture(count, shape, scales=(1.0, 2.5), margin=-2, seed=seed)
    gaussians.weights[:] = np.abs(gaussians.weights)
    total, places = np.zeros((1, *shape)), voxels(shape)
    for one in range(count):  # one at a time: each covers little of the volume
        centre = np.rint(gaussians.centres[one]).astype(int)
        near = tuple(slice(max(c - 9, 0), c + 10) for c in centre)
        total[:, *near] += summed(gaussians[one : one + 1], places[near])
    return total[0].astype(np.float32)


def compress(source: Any, budget: vcore.Budget | None = None, **settings: Any) -> vcore.Report:
    """Compress with ``gaussian`` and QUICK settings."""
    used = {**QUICK, **settings}
    return vcore.compress(source, None, method="gaussian", budget=budget, settings=used)


def size_of(dataset: vcore.Dataset) -> int:
    """Return the size in bytes of the first variable's Gaussians, without the unit index."""
    found = [s for s in dataset.sections if s.variable == 0 and s.name == "gaussians"]
    return sum(s.payload_bytes for s in found)

"""Mixture of anisotropic 3D Gaussians as arrays: sampling at a level, and gradients.

A Gaussian is ``weight * exp(-(x - centre)^T C^-1 (x - centre) / 2)``. Its covariance is represented
by the Cholesky factor B of ``C = B B^T``: six numbers without the redundancy of scales and a
quaternion, and without a special case for isotropic Gaussians, whose rotation is undefined.
``paper`` converts to and from scales and quaternions (VolMicro, Table 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CUTOFF = 9.0
"""Squared Mahalanobis distance at which a Gaussian is cut off: three scales, where it is 1/90 of
its peak. The fit includes the cut-off, so it costs no quality: 1/256 took 1.4 times the time for
0.001 dB."""
MIN_SCALE = 0.5
"""Minimum scale in voxels: the samples of narrower Gaussians depend on their subvoxel position."""


@dataclass
class Mixture:
    """Gaussians in voxel indices of level 0.

    Parameters
    ----------
    centres
        z y x in voxels, (n, 3).
    factors
        Cholesky factors B of the covariances, lower triangular, (n, 3, 3), in voxels.
    weights
        Peak values, (n, channels).
    """

    centres: Array
    factors: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.centres)

    def __getitem__(self, which: Any) -> Self:
        return type(self)(self.centres[which], self.factors[which], self.weights[which])

    @classmethod
    def empty(cls, channels: int) -> Self:
        """Return a mixture without Gaussians."""
        return cls(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros((0, channels)))

    @classmethod
    def joined(cls, *parts: "Mixture") -> Self:
        """Concatenate mixtures."""
        return cls(
            np.concatenate([p.centres for p in parts]),
            np.concatenate([p.factors for p in parts]),
            np.concatenate([p.weights for p in parts]),
        )

    def covariances(self) -> Array:
        """Return the covariances, (n, 3, 3), in squared voxels."""
        return product(self.factors, self.factors.transpose(0, 2, 1))

    def energies(self) -> Array:
        """Return the integrals of the squared Gaussians over all channels, (n,)."""
        volume = self.factors[:, 0, 0] * self.factors[:, 1, 1] * self.factors[:, 2, 2]
        energies: Array = np.pi**1.5 * volume * np.square(self.weights).sum(1)
        return energies

    def sampled(
        self, spacing: float | Sequence[float] = 1.0, *, footprint: bool = False
    ) -> "Sampled":
        """Return the Gaussians as sampled by voxels of ``spacing`` (in voxels of level 0).

        With ``footprint`` a voxel is the mean over a box: a voxel of level k is the mean of 2**k
        voxels a side, whose positions have the variance (4**k - 1) / 12 along each axis. This
        variance is added to the covariance, and the peak is lowered to preserve the integral
        (elliptical weighted averaging). Without it, and for finer spacings, voxels are points.
        """
        h = np.broadcast_to(np.asarray(spacing, np.float64), 3)
        covariance = self.covariances()
        weights = self.weights
        if footprint:
            for axis in range(3):
                covariance[:, axis, axis] += max(h[axis] * h[axis] - 1, 0) / 12
        precision, determinant = inverse(covariance)
        if footprint:
            before = self.factors[:, 0, 0] * self.factors[:, 1, 1] * self.factors[:, 2, 2]
            with np.errstate(
                invalid="ignore", divide="ignore"
            ):  # singular matrices in a damaged file
                weights = weights * (before / np.sqrt(determinant))[:, None]
        shapes = [precision[:, i, j] * (h[i] * h[j]) for i, j in SYMMETRIC]
        shapes += [np.sqrt(CUTOFF * covariance[:, k, k]) / h[k] for k in range(3)]
        return Sampled(
            centres=(self.centres - (h - 1) / 2) / h,
            shapes=np.stack(shapes, axis=1),
            weights=weights,
            spacing=float(h[0]),
        )


@dataclass(frozen=True)
class Sampled:
    """Gaussians in the voxels of a grid, with arrays as ``splat.add`` takes them.

    Parameters
    ----------
    centres, weights
        As in ``Mixture``.
    shapes
        zz yy xx zy zx yx of the precision matrices, and the half extents of the cut-off ellipsoids
        along z y x.
    spacing
        Grid spacing along z, in voxels of level 0.
    """

    centres: Array
    shapes: Array
    weights: Array
    spacing: float

    def __len__(self) -> int:
        return len(self.centres)

    @property
    def arrays(self) -> tuple[Array, Array, Array]:
        """Centres, shapes, weights."""
        return self.centres, self.shapes, self.weights


def product(a: Array, b: Array) -> Array:
    """Return the products of 3x3 matrices, summed in a fixed order (unlike BLAS)."""
    return (
        a[:, :, 0, None] * b[:, None, 0, :]
        + a[:, :, 1, None] * b[:, None, 1, :]
        + a[:, :, 2, None] * b[:, None, 2, :]
    )


def factors_of(covariances: Array) -> Array:
    """Return the Cholesky factors of covariances, (n, 3, 3), in a fixed order of operations."""
    out = np.zeros_like(covariances)
    for j in range(3):
        rest = covariances[:, j, j].copy()
        for k in range(j):
            rest -= out[:, j, k] * out[:, j, k]
        out[:, j, j] = np.sqrt(np.maximum(rest, MIN_SCALE**2 / 16))
        for i in range(j + 1, 3):
            rest = covariances[:, i, j].copy()
            for k in range(j):
                rest -= out[:, i, k] * out[:, j, k]
            out[:, i, j] = rest / out[:, j, j]
    return out


def inverse(matrices: Array) -> tuple[Array, Array]:
    """Return inverses and determinants of symmetric 3x3 matrices by cofactors, in a fixed order of
    operations."""
    zz, yy, xx = (matrices[:, k, k] for k in range(3))
    zy, zx, yx = matrices[:, 0, 1], matrices[:, 0, 2], matrices[:, 1, 2]
    czz, czy, czx = yy * xx - yx * yx, zx * yx - zy * xx, zy * yx - zx * yy
    determinant = zz * czz + zy * czy + zx * czx
    out = np.empty_like(matrices)
    out[:, 0, 0], out[:, 1, 1], out[:, 2, 2] = czz, zz * xx - zx * zx, zz * yy - zy * zy
    out[:, 0, 1] = out[:, 1, 0] = czy
    out[:, 0, 2] = out[:, 2, 0] = czx
    out[:, 1, 2] = out[:, 2, 1] = zy * zx - zz * yx
    return out / determinant[:, None, None], determinant


@dataclass(frozen=True)
class Gradient:
    """Derivatives of the squared error (summed over voxels) in each Gaussian's own coordinates.

    Parameters
    ----------
    shift
        By centre, in units of the factor's columns: ``centre + B shift``, (n, 3).
    stretch
        By shape: ``B (1 + T)``, T lower triangular: its diagonal, then T_yz T_xz T_xy, (n, 6).
    weights
        By weight, (n, channels).
    removal
        Increase of the squared error if the Gaussian is removed and nothing else changes, (n,).
    error
        Squared error under the Gaussian, weighted by it, (n,).
    """

    shift: Array
    stretch: Array
    weights: Array
    removal: Array
    error: Array

    def __getitem__(self, which: Any) -> Self:
        return type(self)(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def joined(cls, parts: "Sequence[Gradient]") -> Self:
        """Concatenate gradients."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


LOWER = ((1, 0), (2, 0), (2, 1))
SYMMETRIC = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def symmetric(entries: Array) -> Array:
    """Return symmetric 3x3 matrices from their zz yy xx zy zx yx, (n, 6)."""
    out = np.empty((len(entries), 3, 3))
    for k, (i, j) in enumerate(SYMMETRIC):
        out[:, i, j] = out[:, j, i] = entries[:, k]
    return out


def gradient(
    mixture: Mixture, sampled: Sampled, sums: Array, products: Array, energies: Array
) -> Gradient:
    """Return the derivatives from ``splat.moments`` of a point-sampled mixture."""
    h = sampled.spacing
    precision = symmetric(sampled.shapes[:, :6]) / h**2
    by_centre = 2 * np.einsum("nij,nj->ni", precision, sums[:, 1:4] * h)
    by_covariance = precision @ symmetric(sums[:, 4:] * h**2) @ precision
    transposed = mixture.factors.transpose(0, 2, 1)
    local = 2 * (transposed @ by_covariance @ mixture.factors)
    stretch = [local[:, k, k] for k in range(3)] + [local[:, i, j] for i, j in LOWER]
    # level 0 has h**3 times as many samples
    removal = np.sum(mixture.weights**2, 1) * energies[:, 0] * h**3
    return Gradient(
        shift=np.einsum("nij,nj->ni", transposed, by_centre),
        stretch=np.stack(stretch, axis=1),
        weights=2 * products,
        removal=removal - 2 * np.sum(mixture.weights * products, 1),
        error=energies[:, 1] / h**3,
    )

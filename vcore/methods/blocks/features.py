"""Handcrafted features of blocks: coordinates, mean variances, singular values."""

import numpy as np
from numpy.typing import NDArray

Blocks = NDArray[np.float32]
SINGULAR_VALUES = 3


def singular_values(blocks: Blocks) -> NDArray[np.float32]:
    """Return three singular values of each block of shape (n, k, k, k): float32 of shape (n, 3).

    The paper does not say how a block becomes the matrix whose singular values are taken. Singular
    values of the block unfolded to k x k**2 carry no information on positions within the block
    (they are invariant to any permutation of its voxel columns), and reach 363 where the paper
    reports 301 (tooth, svd2). The block is therefore taken as its k slices perpendicular to x, and
    the largest singular value of three of them (first, middle, last) is stored: a profile of the
    block along x. The authors' published notebook takes slices as well.
    """
    k = blocks.shape[-1]
    chosen = np.unique(np.rint(np.linspace(0, k - 1, SINGULAR_VALUES)).astype(int))
    slices = blocks[..., chosen].transpose(0, 3, 1, 2).astype(np.float64)
    gram = slices @ slices.swapaxes(-1, -2)
    largest = np.sqrt(np.maximum(np.linalg.eigvalsh(gram)[..., -1], 0))
    missing = SINGULAR_VALUES - len(chosen)
    return np.pad(largest, ((0, 0), (0, missing)), mode="edge").astype(np.float32)


def mean_variances(blocks: Blocks) -> NDArray[np.float32]:
    """Return the variances along x, y and z, averaged over each block: float32 of shape (n, 3)."""
    return np.stack([blocks.var(axis=axis, ddof=1).mean(axis=(1, 2)) for axis in (3, 2, 1)], 1)


def coordinates(first: NDArray[np.int64], lattice: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the x y z coordinates, 0 to 1, of blocks at lattice positions ``first`` (n, 3) in z y
    x."""
    return (first[:, ::-1] / np.maximum(lattice[::-1], 1)).astype(np.float32)

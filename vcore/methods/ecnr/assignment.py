"""Assignment of blocks to networks: k-means, then balanced clusters (Algorithm 1)."""

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]
Labels = NDArray[np.int64]
ROUNDS = 30
FEATURES = 64
"""Length of the feature vectors; with longer ones, k-means of 100,000 blocks runs out of memory."""
CHUNK = 1 << 22
"""Distances computed at a time."""
SLAB = 1 << 16
"""Voxels projected at a time."""


def features(blocks: NDArray[np.float32], similarity: str, seed: int) -> Features:
    """Return the feature vectors by which blocks are compared, shape (n, at most FEATURES).

    Blocks with more voxels are projected onto FEATURES random directions, which preserves distances
    within about a tenth (Johnson and Lindenstrauss 1984).

    Parameters
    ----------
    blocks
        Values, shape (n, voxels).
    similarity
        "euclidean", "shape" or "distribution" (see the settings).
    """
    if similarity == "distribution":
        wanted = np.linspace(0, blocks.shape[1] - 1, FEATURES).astype(int)
        out = np.empty((len(blocks), FEATURES), np.float32)
        for i, block in enumerate(blocks):
            out[i] = np.sort(block)[wanted]
        return out
    voxels = blocks.shape[1]
    if voxels <= FEATURES:
        found = blocks.copy()
    else:
        rng, found = np.random.default_rng(seed), np.zeros((len(blocks), FEATURES), np.float32)
        for start in range(0, voxels, SLAB):  # all directions of large blocks exceed memory
            some = blocks[:, start : start + SLAB]
            turn = rng.standard_normal((some.shape[1], FEATURES)).astype(np.float32)
            found += some @ (turn / np.sqrt(FEATURES, dtype=np.float32))
    if similarity == "shape":
        norm = np.sqrt(np.einsum("nv,nv->n", blocks, blocks, dtype=np.float64))
        found /= np.maximum(norm, 1e-30).astype(np.float32)[:, None]
    return found


def assign(blocks: NDArray[np.float32], clusters: int, similarity: str, seed: int) -> Labels:
    """Return the cluster of every block; each cluster has floor(n/k) or ceil(n/k) blocks.

    k-means on the features, then Algorithm 1 of the paper.
    """
    if clusters >= len(blocks):
        return np.arange(len(blocks))
    points = features(blocks, similarity, seed)
    centres = kmeans(points, clusters, seed)
    return uniform(points, centres)


def kmeans(points: Features, clusters: int, seed: int) -> Features:
    """Return the centroids of a standard k-means with k-means++ initialisation, shape (clusters,
    d)."""
    rng = np.random.default_rng(seed)
    centres = np.empty((clusters, points.shape[1]), np.float32)
    centres[0] = points[rng.integers(len(points))]
    nearest = _squared(points, centres[:1])[:, 0]
    for k in range(1, clusters):
        total = float(nearest.sum(dtype=np.float64))
        if total <= 0:
            centres[k] = points[rng.integers(len(points))]
            continue
        share = np.cumsum(nearest, dtype=np.float64) / total
        centres[k] = points[min(int(np.searchsorted(share, rng.random())), len(points) - 1)]
        np.minimum(nearest, _squared(points, centres[k : k + 1])[:, 0], out=nearest)
    labels = np.full(len(points), -1, np.int64)
    for _ in range(ROUNDS):
        found = _nearest(points, centres)
        if np.array_equal(found, labels):
            break
        labels = found
        sizes = np.bincount(labels, minlength=clusters)
        sums = np.stack([np.bincount(labels, column, clusters) for column in points.T], axis=1)
        nonempty = sizes > 0
        centres[nonempty] = (sums[nonempty] / sizes[nonempty, None]).astype(np.float32)
    return centres


def uniform(points: Features, centres: Features) -> Labels:
    """Return clusters of nearly equal size: the paper's Algorithm 1.

    Points choose in order of the difference between their farthest and nearest cluster distance.
    Each takes the nearest cluster with less than floor(n/k) points or, if there is none, with less
    than ceil(n/k).
    """
    n, k = len(points), len(centres)
    gain = np.empty(n, np.float64)
    step = max(CHUNK // k, 1)
    for start in range(0, n, step):
        distances = _squared(points[start : start + step], centres)
        gain[start : start + step] = distances.max(1) - distances.min(1)
    order = np.argsort(-gain, kind="stable")
    sizes = np.zeros(k, np.int64)
    limit, max_size = n // k, -(-n // k)
    labels = np.empty(n, np.int64)
    full = np.zeros(k, bool)
    for start in range(0, n, step):
        rows = order[start : start + step]
        distances = _squared(points[rows], centres)
        for row, point in zip(distances, rows, strict=True):
            if full.all():
                limit, full = max_size, sizes >= max_size
            row[full] = np.inf
            chosen = int(row.argmin())
            labels[point] = chosen
            sizes[chosen] += 1
            full[chosen] = sizes[chosen] >= limit
    return labels


def _nearest(points: Features, centres: Features) -> Labels:
    step = max(CHUNK // len(centres), 1)
    parts = [_squared(points[i : i + step], centres).argmin(1) for i in range(0, len(points), step)]
    return np.concatenate(parts)


def _squared(points: Features, centres: Features) -> NDArray[np.float32]:
    """Return squared distances, shape (points, centres)."""
    own = np.einsum("nd,nd->n", points, points)[:, None]
    theirs = np.einsum("nd,nd->n", centres, centres)
    found: NDArray[np.float32] = np.maximum(own + theirs - 2 * (points @ centres.T), 0)
    return found

"""Small deterministic volumes: blobs, ramps, noise, missing values, any dtype."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def blobs(shape: Sequence[int], *, count: int = 6, seed: int = 3) -> NDArray[np.float32]:
    """Return a sum of ``count`` random Gaussians, float32, values from 0 to about 1."""
    rng = np.random.default_rng(seed)
    where = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij", sparse=True)
    total = np.zeros(shape)
    for _ in range(count):
        centre = rng.random(3) * shape
        width = 2 + rng.random() * max(shape) / 8
        distance = sum((w - c) ** 2 for w, c in zip(where, centre, strict=True))
        total += rng.random() * np.exp(-distance / (2 * width**2))
    return np.asarray(total / total.max(), np.float32)


def ramp(shape: Sequence[int], slopes: Sequence[float] = (1.0, 0.5, 0.25)) -> NDArray[np.float32]:
    """Return a linear function of z, y, x with ``slopes``, float32."""
    axes = (np.arange(n) * s for n, s in zip(shape, slopes, strict=True))
    return np.asarray(sum(np.meshgrid(*axes, indexing="ij", sparse=True)), np.float32)


def noise(shape: Sequence[int], *, seed: int = 5) -> NDArray[np.float32]:
    """Return uniform noise between 0 and 1, float32."""
    return np.random.default_rng(seed).random(shape, np.float32)


def frames(shape: Sequence[int]) -> NDArray[np.float32]:
    """Return different blobs in every frame; shape (t, z, y, x)."""
    return np.stack([blobs(shape[1:], seed=20 + t) for t in range(shape[0])])


def holes(values: NDArray[Any]) -> NDArray[Any]:
    """Return a copy with NaN and infinities in a corner of each frame and at scattered voxels."""
    values = values.copy()
    flat = values.reshape(-1, *values.shape[-3:])
    for frame in flat:
        frame[:4, :4, :5] = np.nan
        frame[-1, -1, -1] = np.inf
        frame[0, -1, 0] = -np.inf
        frame[-2, 1, ::3] = np.nan
    return values


def in_dtype(values: NDArray[Any], dtype: str, low: float, high: float) -> NDArray[Any]:
    """Return ``values`` rescaled to ``low`` .. ``high`` in ``dtype``."""
    values = values.astype("f8")
    share = (values - values.min()) / (np.ptp(values) or 1.0)
    scaled = low + share * (high - low)
    if np.dtype(dtype).kind != "f":
        limits = np.iinfo(dtype)
        scaled = np.clip(np.rint(scaled), limits.min, limits.max)
    return np.asarray(scaled, dtype)

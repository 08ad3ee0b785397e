"""Adaptive temporal basis of a group of frames: the Karhunen-Loève transform along time.

The pyramid is linear, so components can be formed from the frames' coefficients. The synthesis
weights are rounded to integers and the analysis is their exact inverse, so rounding loses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.settings import MIN_STEP
from vcore.methods.wavelet.stream import UNITY
from vcore.runtime.executor import run_all

Floats = NDArray[np.float64]

MIN_GAIN = 0.05
"""Minimum saving of a basis in bits per value, on top of its own bits: less does not justify
decoding a whole group to show one frame."""
WEIGHT_BITS = 16
SLAB = 1 << 13
"""Coefficients per frame transformed at a time."""


@dataclass
class Pyramid:
    """Coefficients of a frame or component, with the last low value and trend of the frame.

    Parameters
    ----------
    levels
        Coefficients of each level, finest first.
    low
        Last low value of the frame.
    slopes
        Linear trend of the frame along z, y, x.
    weights
        Weight of the component in each frame of its group; None if ``levels`` are the frame's.
    """

    levels: list[NDArray[np.float32]]
    low: float
    slopes: Floats
    weights: Floats | None = None


def to_components(frames: Sequence[Pyramid], noise: float) -> bool:
    """Replace the coefficients of a group of frames by its components in order of falling energy,
    if the basis pays off; return whether it does.

    Parameters
    ----------
    frames
        Group of frames; low values and trends are unchanged.
    noise
        Variance of a value's known noise (rounding), relative to the squared data range.
    """
    count = len(frames)
    if count < 2:
        return False
    covariances = [_covariance([f.levels[k] for f in frames]) for k in range(len(frames[0].levels))]
    values, vectors = np.linalg.eigh(sum(covariances, np.zeros((count, count))))
    # eigenvectors have arbitrary signs: fix them, so that the output is deterministic
    vectors = vectors[:, np.argsort(-values, kind="stable")]
    vectors *= np.where(vectors.sum(0) < 0, -1.0, 1.0)
    weights = np.clip(np.rint(vectors * UNITY), 1 - UNITY, UNITY - 1) / UNITY
    analysis = np.linalg.inv(weights)
    sizes = [level.size for level in frames[0].levels]
    least = max(noise, MIN_STEP**2)
    saved = coding_gain(covariances, analysis, sizes, least)
    if saved < WEIGHT_BITS * count**2 + MIN_GAIN * count * sum(sizes):
        return False
    for k in range(len(sizes)):
        _turn([f.levels[k] for f in frames], analysis)
    for frame, column in zip(frames, weights.T, strict=True):
        frame.weights = column
    return True


def coding_gain(
    covariances: Sequence[Floats], analysis: Floats, sizes: Sequence[int], least: float
) -> float:
    """Return the bits saved by components over frames at fine steps: half the logarithm of the
    ratio of the geometric mean variances, per coefficient (Jayant and Noll, Digital Coding of
    Waveforms, 1984, section 12.2).

    Parameters
    ----------
    covariances
        Sums of products of the frames' coefficients, per level.
    analysis
        Matrix from frames to components.
    sizes
        Coefficients per level of a frame.
    least
        Floor of the variances.
    """
    saved = 0.0
    for sums, size in zip(covariances, sizes, strict=True):
        before = np.maximum(np.diag(sums) / size, least)
        after = np.maximum(np.diag(analysis @ sums @ analysis.T) / size, least)
        saved += size / 2 * float(np.log2(before).sum() - np.log2(after).sum())
    return saved


def _slabs(size: int) -> list[slice]:
    return [slice(a, min(a + SLAB, size)) for a in range(0, size, SLAB)]


def _covariance(frames: Sequence[NDArray[np.float32]]) -> Floats:
    flat = [f.reshape(-1) for f in frames]

    def part(some: slice) -> Floats:
        rows = np.array([f[some] for f in flat], np.float64)
        products: Floats = rows @ rows.T
        return products

    return sum(run_all(part, _slabs(flat[0].size)), np.zeros((len(flat),) * 2))


def _turn(frames: Sequence[NDArray[np.float32]], analysis: Floats) -> None:
    """Transform frames to components in place."""
    flat = [f.reshape(-1) for f in frames]

    def part(some: slice) -> None:
        rows = analysis @ np.array([f[some] for f in flat], np.float64)
        for f, row in zip(flat, rows, strict=True):
            f[some] = row

    run_all(part, _slabs(flat[0].size))

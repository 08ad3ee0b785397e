"""The adaptive basis over a group of frames: the Karhunen-Loève transform along time.

The pyramid is linear, so a component of the frames' coefficients is the pyramid of the frames'
component. Weights are integers; the analysis inverts them exactly, so that nothing is lost to their
rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.settings import SMALLEST_STEP
from vcore.methods.wavelet.stream import UNITY
from vcore.runtime.executor import run_all

Floats = NDArray[np.float64]

MIN_GAIN = 0.05
"""Bits a value that a basis has to save: for less it is not worth decoding a whole group to see one
frame. A basis's own bits have to be saved besides."""
WEIGHT_BITS = 16
SLAB = 1 << 13
"""Coefficients of a frame that are turned at once."""


@dataclass
class Pyramid:
    """A frame's last low value and trend, and the coefficients of the frame or of a component.

    Parameters
    ----------
    levels
        Coefficients of each level, finest first.
    low
        The frame's last low value.
    slopes
        Of the frame's linear trend, along z, y, x.
    weights
        What the component counts in each frame of its group; None where ``levels`` are the frame's.
    """

    levels: list[NDArray[np.float32]]
    low: float
    slopes: Floats
    weights: Floats | None = None


def put_in_components(frames: Sequence[Pyramid], noise: float) -> bool:
    """Replace the coefficients of a group of frames by those of its components, by falling energy,
    where a basis pays; return whether it does.

    Parameters
    ----------
    frames
        Their last low values and trends stay as they are.
    noise
        Variance of a value that is sure to be noise (rounding), in shares of the data range.
    """
    count = len(frames)
    if count < 2:
        return False
    covariances = [_covariance([f.levels[k] for f in frames]) for k in range(len(frames[0].levels))]
    values, vectors = np.linalg.eigh(sum(covariances, np.zeros((count, count))))
    # signs are free: fixed, so that the same input gives the same bytes
    vectors = vectors[:, np.argsort(-values, kind="stable")]
    vectors *= np.where(vectors.sum(0) < 0, -1.0, 1.0)
    weights = np.clip(np.rint(vectors * UNITY), 1 - UNITY, UNITY - 1) / UNITY
    analysis = np.linalg.inv(weights)
    sizes = [level.size for level in frames[0].levels]
    least = max(noise, SMALLEST_STEP**2)
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
    """Return the bits that components save over frames at fine steps: half the logarithm of the
    ratio of the variances' geometric means, a coefficient (Jayant and Noll, Digital Coding of
    Waveforms, 1984, section 12.2).

    Parameters
    ----------
    covariances
        Sums of products of the frames' coefficients, of each level.
    analysis
        Components from frames.
    sizes
        Coefficients of each level of a frame.
    least
        Variances below count as this.
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
    """Replace frames by components, in place."""
    flat = [f.reshape(-1) for f in frames]

    def part(some: slice) -> None:
        rows = analysis @ np.array([f[some] for f in flat], np.float64)
        for f, row in zip(flat, rows, strict=True):
            f[some] = row

    run_all(part, _slabs(flat[0].size))

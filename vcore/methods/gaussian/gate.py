"""TOPS-Gate: which voxels are worth a Gaussian, and how much (VolMicro, section 1.1, Table 4)."""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.births import SMALLEST
from vcore.model.pyramid import box_mean

Volume = NDArray[np.float32]

NOISE_FACTOR = 3.0
"""The gate opens at so many standard deviations of the noise: of white noise one voxel in 400."""
MAX_SAMPLES = 1 << 20
EDGE_QUANTILE = 0.99


def smoothed(volume: Volume) -> Volume:
    """Return means over 3x3x3 voxels; voxels at the faces repeat."""
    out = volume
    for axis in (-3, -2, -1):
        padded = np.pad(
            out, [(1, 1) if a == out.ndim + axis else (0, 0) for a in range(out.ndim)], "edge"
        )
        n = out.shape[axis]
        parts = [np.take(padded, np.arange(k, k + n), axis) for k in range(3)]
        out = (parts[0] + parts[1] + parts[2]) / np.float32(3)
    return out


def automatic_threshold(target: Volume) -> float:
    """Return the threshold above which a mean of 3x3x3 voxels is no noise.

    The noise is what neighbours along x differ by, in the median: structure is smoother than that.

    Parameters
    ----------
    target
        Values (channels, z, y, x).
    """
    steps = np.diff(target, axis=-1).ravel()
    steps = steps[:: max(steps.size // MAX_SAMPLES, 1)]
    deviation = 1.4826 * float(np.median(np.abs(steps))) / np.sqrt(2)
    return float(NOISE_FACTOR * deviation / np.sqrt(27))


def opened(soft: Volume, threshold: float) -> NDArray[np.bool_]:
    """Return where the gate is open; everywhere if it is open nowhere.

    Parameters
    ----------
    soft
        Smoothed values less the background, (channels, z, y, x).
    threshold
        Voxels count whose absolute value is larger, in any channel.
    """
    mask: NDArray[np.bool_] = np.asarray((np.abs(soft) > threshold).any(0))
    if not mask.any():
        mask[:] = True
    return mask


def worth(target: Volume, threshold: float, edge_boost: float) -> list[Volume]:
    """Return what an error counts at each voxel of each level when Gaussians are born.

    Parameters
    ----------
    target
        Values less the background, (channels, z, y, x).
    threshold
        See ``opened``; at coarse levels voxels count that hold one that does.
    edge_boost
        An error at the strongest edges counts as much as so many elsewhere (Table 4: 3.0).
    """
    soft = smoothed(target)
    open_ = opened(soft, threshold)
    steepness = np.zeros(soft.shape[1:], np.float32)
    for channel in soft:
        parts = [np.gradient(channel, axis=a) for a in range(3) if channel.shape[a] > 1]
        np.maximum(steepness, np.sqrt(sum(p * p for p in parts)), out=steepness)
    top = float(np.quantile(steepness[open_], EDGE_QUANTILE)) or 1.0
    boost: Volume = np.asarray(1 + (edge_boost - 1) * np.minimum(steepness / top, 1), np.float32)
    levels = [(boost * open_).astype(np.float32)]
    mask, factor = open_.astype(np.float32), boost
    while max(levels[-1].shape) > SMALLEST:
        mask = (box_mean(mask, (2, 2, 2)) > 0).astype(np.float32)
        factor = box_mean(factor, (2, 2, 2))
        levels.append((mask * factor).astype(np.float32))
    return levels

"""TOPS-Gate: weights of voxels for the births of Gaussians (VolMicro, section 1.1, Table 4)."""

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.births import COARSEST_SIDE
from vcore.model.pyramid import box_mean

Volume = NDArray[np.float32]

NOISE_FACTOR = 3.0
"""Threshold of the gate in standard deviations of the noise; passes one voxel in 400 of white
noise."""
MAX_SAMPLES = 1 << 20
EDGE_QUANTILE = 0.99


def smoothed(volume: Volume) -> Volume:
    """Return means over 3x3x3 voxels, with replicated edges."""
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
    """Return the threshold above which a mean of 3x3x3 voxels is not noise.

    The noise is estimated from the median difference of neighbours along x, as structure is
    smoother.

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
    """Return the mask where the gate is open; all True if it would be empty.

    Parameters
    ----------
    soft
        Smoothed values minus the background, (channels, z, y, x).
    threshold
        Minimum absolute value of an open voxel, in any channel.
    """
    mask: NDArray[np.bool_] = np.asarray((np.abs(soft) > threshold).any(0))
    if not mask.any():
        mask[:] = True
    return mask


def worth(target: Volume, threshold: float, edge_boost: float) -> list[Volume]:
    """Return the weight of errors at each voxel of each level for births.

    Parameters
    ----------
    target
        Values minus the background, (channels, z, y, x).
    threshold
        See ``opened``; voxels of coarse levels are open if they contain an open one.
    edge_boost
        Relative weight of errors at the strongest edges (Table 4: 3.0).
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
    while max(levels[-1].shape) > COARSEST_SIDE:
        mask = (box_mean(mask, (2, 2, 2)) > 0).astype(np.float32)
        factor = box_mean(factor, (2, 2, 2))
        levels.append((mask * factor).astype(np.float32))
    return levels

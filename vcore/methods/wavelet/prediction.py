"""Prediction of a level's details from the decoded low band, by a network that all files share.

What a separable transform leaves behind lies in oriented edges. A small network sees the low
samples about a cell of 2 x 2 x 2 coefficients, relative to their mean and contrast and turned into
a canonical pose, and predicts the coefficient of each band with one high axis (in the others it
finds almost nothing); what is coded is the rest. Weights and activations are integers, so that a
file decodes to the same bits everywhere.
"""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.shipped import read_numbered
from vcore.model.regions import Region
from vcore.runtime import precompile as ahead

BEFORE, AFTER = 2, 3
"""Low samples before and behind a cell that its prediction sees, per axis."""
BALL = 5.5
"""Squared distance in low samples from a coefficient within which its prediction sees them."""
BANDS = (4, 2, 1)
"""Bands that are predicted: bits z y x, 1 for the high axis."""
CHECKSUMS = {1: 0x8B0A60C8}
"""CRC-32 of each file of weights, by number. They stay as they are, as compressed files refer to
them."""
NEWEST = 1
"""Number of the weights for new files."""

Floats = NDArray[np.float64]


class Prediction:
    """Network of three layers, in the units of ``prediction_loops.add_band``.

    Parameters
    ----------
    number
        Number of the weights' file.

    Raises
    ------
    FormatError
        There are no such weights: a newer version wrote the compressed file, or its header is
        damaged; or they are not those that were published.
    """

    def __init__(self, number: int) -> None:
        data = read_numbered(("details", ".npz"), number, CHECKSUMS, "details predicted")
        with np.load(BytesIO(data)) as stored:
            units = [2.0 ** -int(shift) for shift in stored["shifts"]]
            self._network = (
                stored["thresholds"].astype(np.float64),
                *((stored[key] * units[0]).astype(np.float32) for key in ("w1", "b1")),
                *((stored[key] * units[1]).astype(np.float32) for key in ("w2", "b2")),
                stored["w3"].astype(np.float32),
                np.float32(stored["b3"]),
                units[2],
            )

    def add(self, low: Floats, low_at: Sequence[int], level: int, step: float, out: Floats) -> None:
        """Add the predictions to interleaved coefficients that begin at an even position.

        Parameters
        ----------
        low
            Samples of the low band, at least ``surroundings`` of the coefficients.
        low_at
            Position of ``low`` relative to the first sample among the coefficients.
        """
        from vcore.methods.wavelet import prediction_loops

        ahead.wait("predict_values")
        cells = tuple(-(-n // 2) for n in out.shape)
        padded = padded_cells(low / step, low_at, cells)
        means, scales = np.empty((2, *cells))
        prediction_loops.normalise(padded, means, scales)
        if scales.max() <= prediction_loops.LEAST_SCALE:
            return
        strides = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])

        for band in BANDS:
            offsets = poses(band) @ strides
            prediction_loops.add_band(
                padded, means, scales, out, step, band, offsets, level, *self._network
            )


def padded_cells(low: Floats, low_at: Sequence[int], cells: Sequence[int]) -> Floats:
    """Return the low samples that the windows of cells cover, with those at the borders repeated;
    for ``low_at``, see ``Prediction.add``."""
    inside, pads = [], []
    for a, n, count in zip(low_at, low.shape, cells, strict=True):
        first, last = max(a, -BEFORE), min(a + n, count + AFTER)
        inside.append(slice(first - a, last - a))
        pads.append((first + BEFORE, count + AFTER - last))
    return np.pad(low[tuple(inside)], pads, mode="edge")


def surroundings(region: Region, shape: Sequence[int]) -> Region:
    """Return the part of the low band that predicts the coefficients of ``region``, which begins at
    even positions, of a level of ``shape``."""
    return tuple(
        slice(max(s.start // 2 - BEFORE, 0), min(-(-s.stop // 2) + AFTER, -(-n // 2)))
        for s, n in zip(region, shape, strict=True)
    )


@lru_cache
def prediction_of(number: int) -> Prediction:
    """Return the prediction with the weights of that number; see ``Prediction``."""
    return Prediction(number)


@lru_cache
def poses(band: int) -> NDArray[np.int64]:
    """Return the samples that the network sees of a window, relative to its first.

    The window is mirrored along each axis so that its gradient is positive, the low axes change
    places so that the gradient along the first is larger, and a window that bends upwards is turned
    upside down and mirrored.

    Returns
    -------
    samples
        (POSES, inputs, 3). The number of a pose is the sum of 1 (the high axis is mirrored), 2, 4
        (the low axes, in their order), 8 (these change places) and 16 (upside down).
    """
    high = 2 - (band.bit_length() - 1)
    order = [high, *(axis for axis in range(3) if axis != high)]
    sizes = (BEFORE + AFTER + 1, 2 * BEFORE + 1, 2 * BEFORE + 1)
    samples = np.moveaxis(np.indices(sizes), 0, -1)
    distances = np.square(samples - (np.array(sizes) - 1) / 2).sum(-1)
    near = np.flatnonzero(distances.ravel() <= BALL)
    from vcore.methods.wavelet.prediction_loops import POSES

    found = np.zeros((POSES, near.size, 3), np.int64)
    for pose in range(POSES):
        turned = samples
        for axis in range(3):
            if pose >> axis & 1:
                turned = np.flip(turned, axis)
        if pose & 8:
            turned = turned.swapaxes(1, 2)
        if pose & 16:
            turned = np.flip(turned, (0, 1, 2))
        found[pose][:, order] = turned.reshape(-1, 3)[near]
    return found

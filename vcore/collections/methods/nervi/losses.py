"""Losses of NeRVI (equation 2) on outputs of a network, with torch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.nervi.settings import NerviSettings
from vcore.collections.methods.nervi.subject import Subject
from vcore.methods._networks.fitting.device import import_torch

SIGMA, RADIUS = 1.5, 5
"""Gaussian windows of SSIM (Wang et al. 2004): 11 x 11."""
C1, C2 = 0.01**2, 0.03**2
STRIDE = 4
"""Every fourth window along both axes is compared, others in each step: without bias, and at a
tenth of the time, which would otherwise be that of the network itself."""


def targets_of(pixels: Any) -> tuple[Any, Any, Any]:
    """Return colours, mask and alpha, 0 to 1, (n, channel, y, x), of pixels (n, y, x, 4) uint8."""
    wanted = pixels.permute(0, 3, 1, 2)
    scaled = wanted.float() / 255
    return scaled[:, :3], (wanted[:, 3:] > 0).float(), scaled[:, 3:]


def loss_of(
    found: Any, pixels: Any, subject: Subject, settings: NerviSettings, windows: "Windows"
) -> Any:
    """Return the loss (equation 2) of outputs (n, output, y, x).

    Without a mask it is NeRV's: the first term over all pixels. ``compact`` compares the image that
    will be decoded, M f + (1 - M) fill, with the squared error beside the absolute one.
    """
    colours, mask, alpha = targets_of(pixels)
    image = found[:, :3]
    if settings.preset == "compact":
        fill = image.new_tensor(subject.fill)[:, None, None] / 255
        if subject.masked:
            image = fill + found[:, 3:4] * (image - fill)
            colours = fill + mask * (colours - fill)
        error = image - colours
        first = error.abs().mean() + SQUARES * (error * error).mean()
    elif subject.masked:
        counted = mask.sum().clamp(min=1) * 3
        first = ((image - colours).abs() * mask).sum() / counted
    else:
        first = (image - colours).abs().mean()
    if subject.masked:
        first = first + (found[:, 3:4] - mask).abs().mean()
    if subject.has_own_alpha:
        first = first + (found[:, -1:] - alpha).abs().mean()
    if settings.alpha == 1:
        return first
    return settings.alpha * first + (1 - settings.alpha) * (1 - windows.ssim(image, colours))


SQUARES = 10.0
"""Weight of the squared error in ``compact``."""


class Windows:
    """SSIM of some windows, drawn anew with each call.

    Parameters
    ----------
    size
        Height and width of the images; shorter than 11, the window is the largest odd length.
    rng
        Draws the first window.
    device
        Of the images.
    """

    def __init__(self, size: tuple[int, int], rng: np.random.Generator, device: Any) -> None:
        torch = import_torch()
        self._rng = rng
        self._rows, self._columns = (
            [torch.from_numpy(w).to(device) for w in _windows(length)] for length in size
        )

    def ssim(self, found: Any, wanted: Any) -> Any:
        """Return the mean SSIM of images (n, channel, y, x), 0 to 1."""
        torch = import_torch()
        rows = self._rows[self._rng.integers(len(self._rows))]
        columns = self._columns[self._rng.integers(len(self._columns))]
        x, y = found.contiguous(), wanted.contiguous()
        maps = torch.stack([x, y, x * x, y * y, x * y])
        a, b, aa, bb, ab = (rows @ (maps @ columns.T)).unbind()
        both = a * b
        squares = a * a + b * b
        similar = (2 * both + C1) * (2 * (ab - both) + C2)
        return (similar / ((squares + C1) * (aa + bb - squares + C2))).mean()


def _windows(length: int) -> list[NDArray[np.float32]]:
    """Return the weights (windows, length) of every STRIDE-th window from each of the first."""
    side = min(2 * RADIUS + 1, length - (length + 1) % 2)
    taps = np.exp(-0.5 * ((np.arange(side) - side // 2) / SIGMA) ** 2)
    starts = length - side + 1
    every = np.zeros((starts, length), np.float32)
    for start in range(starts):
        every[start, start : start + side] = taps / taps.sum()
    return [every[first::STRIDE] for first in range(min(STRIDE, starts))]

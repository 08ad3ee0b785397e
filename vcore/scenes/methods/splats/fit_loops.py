"""Compiled derivatives of blended splats, a row of tiles at a time.

Imports numba: import it only inside the functions that fit.
"""

import numpy as np

from vcore.runtime.jit import jit
from vcore.scenes.methods.splats.raster import MAX_ALPHA, MIN_ALPHA, MIN_LIGHT, TILE

GRADIENTS = 9
"""Derivatives of a splat: centre x y; conic xx xy yy; alpha; red, green, blue."""


@jit
def derive(top, order, centres, conics, boxes, alphas, colours, out, wanted, gradients):
    """Add the derivatives of a loss over the tiles whose first row is ``top``.

    Light passes front to back as in ``raster.blend``. A pixel is the sum of weighted colours; what
    lies behind a splat is that sum less what has been added so far.

    Parameters
    ----------
    order, centres, conics, boxes, alphas, colours
        As in ``raster.blend``.
    out
        Red, green, blue, anything, light that passes: the blended image, (height, width, 5).
    wanted
        Derivatives of the loss by red, green, blue and the light that passes, (height, width, 4).
    gradients
        To add to, for each splat of ``order``: float64 of (n, GRADIENTS).
    """
    height, width = out.shape[0], out.shape[1]
    bottom = min(top + TILE, height)
    light = np.empty((TILE, TILE), np.float32)
    behind = np.empty((TILE, TILE), np.float32)
    for left in range(0, width, TILE):
        right = min(left + TILE, width)
        for y in range(top, bottom):
            for x in range(left, right):
                light[y - top, x - left] = 1
                # the loss's derivative by everything that is still to be blended
                behind[y - top, x - left] = (
                    wanted[y, x, 0] * out[y, x, 0]
                    + wanted[y, x, 1] * out[y, x, 1]
                    + wanted[y, x, 2] * out[y, x, 2]
                    + wanted[y, x, 3] * out[y, x, 4]
                )
        for k in range(order.size):
            s = order[k]
            if boxes[s, 0] >= right or boxes[s, 1] <= left:
                continue
            a, b, c = conics[s, 0], conics[s, 1], conics[s, 2]
            for y in range(max(top, boxes[s, 2]), min(bottom, boxes[s, 3])):
                dy = np.float32(y) + np.float32(0.5) - centres[s, 1]
                for x in range(max(left, boxes[s, 0]), min(right, boxes[s, 1])):
                    passes = light[y - top, x - left]
                    if passes < MIN_LIGHT:
                        continue
                    dx = np.float32(x) + np.float32(0.5) - centres[s, 0]
                    power = np.float32(-0.5) * (a * dx * dx + c * dy * dy) - b * dx * dy
                    fall = np.exp(power)
                    alpha = min(MAX_ALPHA, alphas[s] * fall)
                    if alpha < MIN_ALPHA or power > 0:
                        continue
                    shade = (
                        wanted[y, x, 0] * colours[s, 0]
                        + wanted[y, x, 1] * colours[s, 1]
                        + wanted[y, x, 2] * colours[s, 2]
                    )
                    weight = alpha * passes
                    for channel in range(3):
                        gradients[k, 6 + channel] += weight * wanted[y, x, channel]
                    rest = behind[y - top, x - left] - weight * shade
                    behind[y - top, x - left] = rest
                    light[y - top, x - left] = passes * (np.float32(1) - alpha)
                    if alpha == MAX_ALPHA:
                        continue  # kept at its limit
                    by_alpha = passes * shade - rest / (np.float32(1) - alpha)
                    gradients[k, 5] += by_alpha * fall
                    by_power = by_alpha * alpha
                    gradients[k, 0] += by_power * (a * dx + b * dy)
                    gradients[k, 1] += by_power * (c * dy + b * dx)
                    gradients[k, 2] -= by_power * np.float32(0.5) * dx * dx
                    gradients[k, 3] -= by_power * dx * dy
                    gradients[k, 4] -= by_power * np.float32(0.5) * dy * dy

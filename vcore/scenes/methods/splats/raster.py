"""Compiled blending of projected splats, a row of tiles at a time.

Imports numba: import it only inside the functions that render.
"""

import numpy as np

from vcore.runtime.jit import jit

TILE = 16
"""Side of a tile in pixels."""
MAX_ALPHA = np.float32(0.99)
MIN_ALPHA = np.float32(1 / 255)
MIN_LIGHT = np.float32(1e-4)
"""Light that passes all splats so far at which a pixel is finished."""


@jit
def blend(top, order, centres, conics, boxes, depths, alphas, colours, out, sums):
    """Blend splats front to back over the tiles whose first row is ``top``.

    Parameters
    ----------
    order
        Splats of the row of tiles, front to back.
    out
        Red, green, blue, depth times weight, light that passes: float32 of (height, width, 5).
    sums
        Sums over pixels of the squared weight, and of the weight, to add to for each splat of
        ``order``, float64 of (2, n); (2, 0): not wanted.
    """
    height, width = out.shape[0], out.shape[1]
    bottom = min(top + TILE, height)
    wanted = sums.size > 0
    for left in range(0, width, TILE):
        right = min(left + TILE, width)
        for y in range(top, bottom):
            for x in range(left, right):
                out[y, x, 4] = 1
        open_pixels = (bottom - top) * (right - left)
        for k in range(order.size):
            s = order[k]
            if boxes[s, 0] >= right or boxes[s, 1] <= left:
                continue
            if open_pixels == 0:
                break
            a, b, c = conics[s, 0], conics[s, 1], conics[s, 2]
            square, total = 0.0, 0.0
            for y in range(max(top, boxes[s, 2]), min(bottom, boxes[s, 3])):
                dy = np.float32(y) + np.float32(0.5) - centres[s, 1]
                for x in range(max(left, boxes[s, 0]), min(right, boxes[s, 1])):
                    light = out[y, x, 4]
                    if light < MIN_LIGHT:
                        continue
                    dx = np.float32(x) + np.float32(0.5) - centres[s, 0]
                    power = np.float32(-0.5) * (a * dx * dx + c * dy * dy) - b * dx * dy
                    alpha = min(MAX_ALPHA, alphas[s] * np.exp(power))
                    if alpha < MIN_ALPHA or power > 0:
                        continue
                    weight = alpha * light
                    for channel in range(3):
                        out[y, x, channel] += weight * colours[s, channel]
                    out[y, x, 3] += weight * depths[s]
                    light *= np.float32(1) - alpha
                    out[y, x, 4] = light
                    if light < MIN_LIGHT:
                        open_pixels -= 1
                    if wanted:
                        square += weight * weight
                        total += weight
            if wanted:
                sums[0, k] += square
                sums[1, k] += total

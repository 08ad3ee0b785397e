"""Compiled loops of the warp between viewpoints."""

import numpy as np

from vcore.runtime.jit import jit

FINE = 16
"""Denominator of positions in pixels."""


@jit
def warp(image, image_depth, depth, matrix, focal, perspective, tolerance, fill, out, visible):
    """Sample ``image`` where the pixels of another viewpoint lie.

    Parameters
    ----------
    image, image_depth
        (y, x, component) uint8, and depth per pixel in world units, NaN where nothing is seen.
    depth
        Depth of the other viewpoint.
    matrix
        From its eye coordinates to those of the image, (3, 4).
    focal
        Focal length in pixels, or pixels per world unit without ``perspective``.
    tolerance
        Largest difference of depths of the same point.
    fill
        Colour of pixels without depth.
    out, visible
        Receive the colours, and 1 for those that are seen from both viewpoints.
    """
    h, w = depth.shape
    count = image.shape[2]
    for y in range(h):
        for x in range(w):
            z = depth[y, x]
            if not np.isfinite(z):
                for c in range(count):
                    out[y, x, c] = fill[c]
                visible[y, x] = 1
                continue
            ex, ey = (x + 0.5 - w * 0.5) / focal, (h * 0.5 - y - 0.5) / focal
            if perspective:
                ex *= z
                ey *= z
            px = (matrix[0, 0] * ex + matrix[0, 1] * ey) + (matrix[0, 3] - matrix[0, 2] * z)
            py = (matrix[1, 0] * ex + matrix[1, 1] * ey) + (matrix[1, 3] - matrix[1, 2] * z)
            pz = (matrix[2, 2] * z - matrix[2, 3]) - (matrix[2, 0] * ex + matrix[2, 1] * ey)
            if perspective:
                if pz <= 0:
                    px, py = 0.0, 0.0
                else:
                    px /= pz
                    py /= pz
            fx = min(max((px * focal + w * 0.5 - 0.5) * FINE, 0.0), (w - 1.0) * FINE)
            fy = min(max((h * 0.5 - 0.5 - py * focal) * FINE, 0.0), (h - 1.0) * FINE)
            sx, sy = np.int64(np.floor(fx + 0.5)), np.int64(np.floor(fy + 0.5))
            near = image_depth[(sy + FINE // 2) // FINE, (sx + FINE // 2) // FINE]
            visible[y, x] = np.isfinite(near) and abs(near - pz) <= tolerance
            x0, y0, ax, ay = sx // FINE, sy // FINE, sx % FINE, sy % FINE
            x1, y1 = min(x0 + 1, w - 1), min(y0 + 1, h - 1)
            for c in range(count):
                upper = (FINE - ax) * np.int64(image[y0, x0, c]) + ax * np.int64(image[y0, x1, c])
                lower = (FINE - ax) * np.int64(image[y1, x0, c]) + ax * np.int64(image[y1, x1, c])
                total = (FINE - ay) * upper + ay * lower
                out[y, x, c] = (total + FINE * FINE // 2) // (FINE * FINE)


@jit
def merge(first, second, first_visible, second_visible):
    """Replace the pixels that are hidden in one of two images by those of the other."""
    for y in range(first.shape[0]):
        for x in range(first.shape[1]):
            a, b = first_visible[y, x], second_visible[y, x]
            for c in range(first.shape[2]):
                if a and not b:
                    second[y, x, c] = first[y, x, c]
                elif b and not a:
                    first[y, x, c] = second[y, x, c]

"""Compiled loop over rays through a volume."""

import numpy as np

from vcore.runtime.jit import jit


@jit
def opaque_depths(values, table, low, high, start, across, near, far, step, units, threshold):
    """Return the depth at which accumulated opacity reaches ``threshold``.

    Parameters
    ----------
    values
        Samples along z, y, x; NaN is transparent.
    table, low, high
        Opacity of evenly spaced values of ``low`` .. ``high``, per unit distance.
    start
        Position of each pixel's ray at depth 0, in sample indices x, y, z; shape (y, x, 3).
    across
        Movement of each ray per unit of depth, in the same units.
    near, far
        Range of depths.
    step
        Step along a ray, in depth.
    units
        Length of a step in unit distances, for each pixel.
    """
    depth, rows, columns = values.shape
    height, width = units.shape
    found = np.full((height, width), np.nan, np.float32)
    last = len(table) - 1
    scale = last / (high - low)
    for i in range(height):
        for j in range(width):
            x0, y0, z0 = start[i, j]
            dx, dy, dz = across[i, j]
            first, end = near, far
            for o, d, n in ((x0, dx, columns), (y0, dy, rows), (z0, dz, depth)):
                if abs(d) < 1e-12:
                    if o < 0 or o > n - 1:
                        end = first - 1
                    continue
                a, b = -o / d, (n - 1 - o) / d
                first, end = max(first, min(a, b)), min(end, max(a, b))
            left, before = 1.0, 0.0
            for k in range(int((end - first) / step) + 1 if end >= first else 0):
                t = first + (k + 0.5) * step
                px = min(max(x0 + t * dx, 0.0), columns - 1.0)
                py = min(max(y0 + t * dy, 0.0), rows - 1.0)
                pz = min(max(z0 + t * dz, 0.0), depth - 1.0)
                a, b, c = int(px), int(py), int(pz)
                a1, b1, c1 = min(a + 1, columns - 1), min(b + 1, rows - 1), min(c + 1, depth - 1)
                fx, fy, fz = px - a, py - b, pz - c
                v00 = values[c, b, a] * (1 - fx) + values[c, b, a1] * fx
                v01 = values[c, b1, a] * (1 - fx) + values[c, b1, a1] * fx
                v10 = values[c1, b, a] * (1 - fx) + values[c1, b, a1] * fx
                v11 = values[c1, b1, a] * (1 - fx) + values[c1, b1, a1] * fx
                v0, v1 = v00 * (1 - fy) + v01 * fy, v10 * (1 - fy) + v11 * fy
                q = (v0 * (1 - fz) + v1 * fz - low) * scale
                if np.isnan(q):
                    continue
                q = min(max(q, 0.0), float(last))
                m = min(int(q), last - 1)
                opacity = table[m] * (m + 1 - q) + table[m + 1] * (q - m)
                if opacity <= 0.0:
                    continue
                left *= (1.0 - min(opacity, 1.0)) ** units[i, j]
                reached = 1.0 - left
                if reached >= threshold:
                    share = (reached - threshold) / (reached - before)
                    found[i, j] = t + (0.5 - share) * step
                    break
                before = reached
    return found

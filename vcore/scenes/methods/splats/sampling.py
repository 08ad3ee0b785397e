"""Compiled sums of splats at points.

Imports numba: import it only inside the functions that sample.
"""

import numpy as np

from vcore.runtime.jit import jit


@jit
def add(cells, starts, order, points, centres, precisions, reaches, heights, shades, limit, out):
    """Add splats to the density and the colour times density at points.

    Parameters
    ----------
    cells
        Corner x y z, inverse side, and counts along x y z of the cells of the points, (7,).
    starts, order
        First of each cell's points in ``order``, one more than cells; points by cell.
    points
        (n, 3) float64.
    centres, precisions, reaches, heights, shades
        Centres (m, 3); xx yy zz xy xz yz of the inverse covariances (m, 6); half extents (m, 3);
        densities at the centres (m,); colours (m, 3).
    limit
        Squared Mahalanobis distance at which splats end.
    out
        (n, 4) float64: density, red, green, blue.
    """
    counts = np.empty(3, np.int64)
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for k in range(3):
        counts[k] = np.int64(cells[4 + k])
    for s in range(centres.shape[0]):
        outside = False
        for k in range(3):
            low = (centres[s, k] - reaches[s, k] - cells[k]) * cells[3]
            high = (centres[s, k] + reaches[s, k] - cells[k]) * cells[3]
            if high < 0 or low >= counts[k]:
                outside = True
                break
            first[k] = np.int64(max(low, 0.0))
            last[k] = np.int64(min(high, counts[k] - 1.0))
        if outside:
            continue
        for z in range(first[2], last[2] + 1):
            for y in range(first[1], last[1] + 1):
                row = (z * counts[1] + y) * counts[0]
                for i in range(starts[row + first[0]], starts[row + last[0] + 1]):
                    p = order[i]
                    dx = points[p, 0] - centres[s, 0]
                    dy = points[p, 1] - centres[s, 1]
                    dz = points[p, 2] - centres[s, 2]
                    away = (
                        precisions[s, 0] * dx * dx
                        + precisions[s, 1] * dy * dy
                        + precisions[s, 2] * dz * dz
                        + 2 * (precisions[s, 3] * dx * dy)
                        + 2 * (precisions[s, 4] * dx * dz)
                        + 2 * (precisions[s, 5] * dy * dz)
                    )
                    if away >= limit:
                        continue
                    height = heights[s] * np.exp(-0.5 * away)
                    out[p, 0] += height
                    for channel in range(3):
                        out[p, 1 + channel] += height * shades[s, channel]

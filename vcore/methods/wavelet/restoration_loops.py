"""Compiled loops of the restoration of level 0; see ``restoration``."""

import numpy as np

from vcore.runtime.jit import inner, jit

MARGIN = 2
"""Voxels by which values are extended on each side: the reach of ``restoration``."""
CLIPS = 3
"""Number of the limits of the differences: 4, 1 and 1/4 of a step."""
PAIRS = (
    *((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    *((1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)),
)
"""Offsets z y x of one of two neighbours that lie opposite each other, and directions of
curvature."""
DIRECTIONS = len(PAIRS)
SHAPES = 9
"""Classes of shape: how far the largest curvature along an axis exceeds the second (3) and that the
third (3)."""
FLIPS = 4
"""Orientations for one order of the axes: bits for the second and the third being mirrored."""
ORIENTATIONS = 6 * FLIPS
LANES = 16
"""Pairs, and zeros up to a multiple of a vector."""


@inner
def _ratio(large, small):
    """Return 0, or 1 or 2 if one is more than 1.5 or 3 times the other."""
    half, three = np.float32(1.5) * small, np.float32(3.0) * small
    return np.int64(large > half) + np.int64(large > three)


@inner
def _curvatures(x, k, d, curved, along, out):
    """Put the curvatures of plane ``k`` along pair ``d``, summed over 3 x 3, into ``out``."""
    ny, nx = out.shape
    dz, dy, dx = PAIRS[d]
    for y in range(ny + 2):
        centre, row = x[k, y + 1, 1 : nx + 3], curved[y]
        a = x[k - dz, y + 1 - dy, 1 - dx : nx + 3 - dx]
        b = x[k + dz, y + 1 + dy, 1 + dx : nx + 3 + dx]
        for i in range(nx + 2):
            v = centre[i]
            row[i] = abs((v + v) - (a[i] + b[i]))
    for y in range(ny + 2):
        row, total = curved[y], along[y]
        second, third = row[1:], row[2:]
        for i in range(nx):
            total[i] = (row[i] + second[i]) + third[i]
    for y in range(ny):
        one, two, three, total = along[y], along[y + 1], along[y + 2], out[y]
        for i in range(nx):
            total[i] = (one[i] + two[i]) + three[i]


@inner
def _oriented(own, i, orders):
    """Return the class of shape and the orientation of voxel ``i``, given the curvatures of its row
    along all pairs."""
    # the axes by falling curvature
    p, q, r = 0, 1, 2
    if own[q, i] > own[p, i]:
        p, q = q, p
    if own[r, i] > own[q, i]:
        q, r = r, q
    if own[q, i] > own[p, i]:
        p, q = q, p
    shape = 3 * _ratio(own[p, i], own[q, i]) + _ratio(own[q, i], own[r, i])
    # pair 1 + 2 (axis + other axis) and the next one are the diagonals between two axes
    second, third = 1 + 2 * (p + q), 1 + 2 * (p + r)
    flips = np.int64(own[second, i] > own[second + 1, i])
    flips += 2 * np.int64(own[third, i] > own[third + 1, i])
    return shape, FLIPS * orders[3 * p + q] + flips


@jit
def changes(x, rough, step, limits, used, taps, orders, out, kinds):
    """Put what the restoration adds to each voxel into ``out``.

    Parameters
    ----------
    x
        Values (z, y, x), extended by MARGIN on each side.
    rough
        The same, float32.
    limits
        Least sum of the curvatures of each class of activity; below all, nothing is added.
    used
        Whether a class of activity is restored; others get 0.
    taps
        (class of activity and shape, orientation, limit, LANES) float32.
    orders
        Number of an order of the axes, by three times the first plus the second.
    out, kinds
        Receive the change, and 1 plus the number of class and orientation; 0 for none.
    """
    nz, ny, nx = out.shape
    curved = np.empty((ny + 2, nx + 2), np.float32)
    along = np.empty((ny + 2, nx), np.float32)
    sums = np.empty((3, DIRECTIONS, ny, nx), np.float32)
    own, activity = np.empty((DIRECTIONS, nx), np.float32), np.empty(nx, np.int64)
    before, behind = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    part = np.empty(LANES, np.float32)
    flat, offsets = x.reshape(x.size), np.empty(DIRECTIONS, np.int64)
    for d in range(DIRECTIONS):
        offsets[d] = (PAIRS[d][0] * x.shape[1] + PAIRS[d][1]) * x.shape[2] + PAIRS[d][2]
    unit = np.float32(step)
    wide, narrow = np.float32(4.0) * unit, np.float32(0.25) * unit
    for z in range(-1, nz + 1):
        turn = (z + 3) % 3
        for d in range(DIRECTIONS):
            _curvatures(rough, z + MARGIN, d, curved, along, sums[turn, d])
        if z < 1:
            continue
        first, second = sums[(turn + 1) % 3], sums[(turn + 2) % 3]
        for y in range(ny):
            for d in range(DIRECTIONS):
                one, two, three, total = first[d, y], second[d, y], sums[turn, d, y], own[d]
                for i in range(nx):
                    total[i] = (one[i] + two[i]) + three[i]
            for i in range(nx):
                curvature, n = (own[0, i] + own[1, i]) + own[2, i], 0
                for k in range(limits.size):
                    n += curvature >= limits[k]
                activity[i] = n
            start = ((z - 1 + MARGIN) * x.shape[1] + y + MARGIN) * x.shape[2] + MARGIN
            for i in range(nx):
                n = activity[i]
                if n == 0 or not used[n - 1]:
                    out[z - 1, y, i], kinds[z - 1, y, i] = 0.0, 0
                    continue
                kind, turned = _oriented(own, i, orders)
                kind += (n - 1) * SHAPES
                kinds[z - 1, y, i] = 1 + kind * ORIENTATIONS + turned
                filters = taps[kind, turned]
                at = np.uint64(start + i)
                centre = flat[at]
                for d in range(DIRECTIONS):
                    offset = np.uint64(offsets[d])
                    before[d] = flat[at + offset] - centre
                    behind[d] = flat[at - offset] - centre
                for d in range(LANES):
                    a, b = before[d], behind[d]
                    w = min(max(a, -wide), wide) + min(max(b, -wide), wide)
                    u = min(max(a, -unit), unit) + min(max(b, -unit), unit)
                    v = min(max(a, -narrow), narrow) + min(max(b, -narrow), narrow)
                    part[d] = (filters[0, d] * w + filters[1, d] * u) + filters[2, d] * v
                change = np.float32(0.0)
                for d in range(DIRECTIONS):
                    change += part[d]
                out[z - 1, y, i] = change

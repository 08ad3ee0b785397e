"""Compiled loops of the level 0 filter: linear, with taps chosen per voxel by the activity class of
its neighbourhood (Tsai et al., Adaptive Loop Filtering for Video Coding, 2013, extended to 3D).

Volumes are extended by their edge voxels. Loops over a row are short, each over few arrays, so that
they vectorise.
"""

import numpy as np

from vcore.methods.wavelet.tables import CLASSES, FEATURES
from vcore.runtime.jit import inner, jit

WIDE = 16
"""Numbers of a voxel, its features and its error, and zeros up to a multiple of a vector."""


@inner
def put_sums(one, two, three, four, out):
    """Put the sums of two pairs of rows into the middle of ``out``, and extend it at both ends."""
    n = one.size
    for i in range(n):
        out[i + 2] = (one[i] + two[i]) + (three[i] + four[i])
    extend(out)


@inner
def extend(row):
    """Put the first and last value of a row into the two places before and behind it."""
    n = row.size - 4
    row[0] = row[1] = row[2]
    row[n + 2] = row[n + 3] = row[n + 1]


@inner
def put_bends(one, two, row, out):
    """Put the sums of two rows less twice the values between them into ``out``."""
    for i in range(out.size):
        c = row[i + 2]
        out[i] = (one[i] + two[i]) - (c + c)


@inner
def describe(x, z, y, limits, work, features, classes):
    """Compute the features (FEATURES, nx) and activity classes (0: below all limits) of a row."""
    nz, ny, nx = x.shape
    u, d, f, b = max(z - 1, 0), min(z + 1, nz - 1), max(y - 1, 0), min(y + 1, ny - 1)
    uu, dd, ff, bb = max(z - 2, 0), min(z + 2, nz - 1), max(y - 2, 0), min(y + 2, ny - 1)
    up, down, front, back = x[u, y], x[d, y], x[z, f], x[z, b]
    row, sides, corners, activity = work[0], work[1], work[2], work[3]
    for i in range(nx):
        row[i + 2] = x[z, y, i]
    extend(row)
    put_sums(up, down, front, back, sides)
    put_sums(x[u, f], x[u, b], x[d, f], x[d, b], corners)
    put_bends(up, down, row, features[0])
    put_bends(front, back, row, features[1])
    put_bends(row[1 : nx + 1], row[3 : nx + 3], row, features[2])
    out = features[3]
    for i in range(nx):
        out[i] = ((sides[i + 1] + sides[i + 3]) + corners[i + 2]) - 12.0 * row[i + 2]
    out = features[4]
    for i in range(nx):
        out[i] = (corners[i + 1] + corners[i + 3]) - 8.0 * row[i + 2]
    put_bends(x[uu, y], x[dd, y], row, features[5])
    put_bends(x[z, ff], x[z, bb], row, features[6])
    put_bends(row[:nx], row[4 : nx + 4], row, features[7])
    for i in range(nx):
        activity[i] = abs(down[i] - up[i]) + abs(back[i] - front[i])
    for i in range(nx):
        activity[i] += abs(row[i + 3] - row[i + 1])
    one, two, three = features[0], features[1], features[2]
    for i in range(nx):
        activity[i] += (abs(one[i]) + abs(two[i])) + abs(three[i])
    for i in range(nx):
        classes[i] = 0
    for j in range(CLASSES):
        limit = limits[j]
        for i in range(nx):
            classes[i] += np.int64(activity[i] >= limit)


@inner
def add_taps(row, first, features, classes, taps, out):
    """Put the filtered values of a row from voxel ``first`` on into ``out``."""
    for i in range(out.size):
        j = np.uint64(first + i)  # unsigned: not checked for being negative
        k = np.uint64(classes[j])
        s = taps[k, 0] * features[0, j]
        for n in range(1, FEATURES):
            s = s + taps[k, n] * features[n, j]
        out[i] = row[j] + s


@jit
def filtered(x, limits, taps, out, at, found):
    """Filter the part of ``x`` (z, y, x) that begins at ``at`` into ``out``.

    Parameters
    ----------
    taps
        Taps per class, (CLASSES + 1, FEATURES), starting with the class below all limits.
    found
        Receives the classes, same shape as ``out``; empty to skip them.
    """
    nz, ny, nx = out.shape
    work, features = np.empty((4, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
    classes = np.empty(x.shape[2], np.int64)
    for z in range(nz):
        for y in range(ny):
            describe(x, at[0] + z, at[1] + y, limits, work, features, classes)
            add_taps(x[at[0] + z, at[1] + y], at[2], features, classes, taps, out[z, y])
            if found.size:
                for i in range(nx):
                    found[z, y, i] = classes[at[2] + i]


@inner
def add_products(own, sums):
    """Add the products of all pairs of a voxel's numbers to ``sums``, where the second does not
    come first; the others there, which vectors make cheap, are overwritten later."""
    for n in range(FEATURES + 1):
        a, row = own[n], sums[n]
        for m in range(own.size):
            row[m] += a * own[m]


@jit
def moments(x, errors, scale, limits, at):
    """Return, per class, the normal equations that predict the errors from the features of a voxel.

    Parameters
    ----------
    x
        Unfiltered values (z, y, x).
    errors
        Original minus ``x`` in the part that begins at ``at``; NaN to exclude a voxel.
    scale
        Factor on features and errors.

    Returns
    -------
    sums
        (CLASSES + 1, FEATURES + 1, FEATURES + 2): products of the features and, in the last row and
        column, the error, all scaled; the very last entry counts the voxels. Class 0, below all
        limits, is never filtered and stays 0.
    """
    nz, ny, nx = errors.shape
    work, features = np.empty((4, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
    classes = np.empty(x.shape[2], np.int64)
    sums = np.zeros((CLASSES + 1, FEATURES + 1, WIDE))
    counts = np.zeros(CLASSES + 1)
    own = np.zeros(WIDE)
    for z in range(nz):
        for y in range(ny):
            describe(x, at[0] + z, at[1] + y, limits, work, features, classes)
            for i in range(nx):
                j = np.uint64(at[2] + i)
                k = np.uint64(classes[j])
                error = errors[z, y, i]
                if k == 0 or error != error:
                    continue
                for n in range(FEATURES):
                    own[n] = features[n, j] * scale
                own[FEATURES] = error * scale
                add_products(own, sums[k])
                counts[k] += 1
    for k in range(1, CLASSES + 1):
        for n in range(FEATURES + 1):
            for m in range(n):
                sums[k, n, m] = sums[k, m, n]
    found = sums[:, :, : FEATURES + 2].copy()
    found[:, FEATURES, FEATURES + 1] = counts
    return found

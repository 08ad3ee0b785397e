"""Compiled loops of the level 0 filter: linear, with taps chosen per voxel by the activity class of
its neighbourhood (Tsai et al., Adaptive Loop Filtering for Video Coding, 2013, extended to 3D).

Volumes are extended by their edge voxels.
"""

import numpy as np

from vcore.methods.wavelet.tables import CLASSES, FEATURES
from vcore.runtime.jit import inner, jit

WIDE = 16
"""Numbers of a voxel, its features and its error, and zeros up to a multiple of a vector."""


@inner
def describe(x, z, y, limits, work, features, classes):
    """Compute the features (FEATURES, nx) and activity classes (0: below all limits) of a row."""
    nz, ny, nx = x.shape
    u, d, f, b = max(z - 1, 0), min(z + 1, nz - 1), max(y - 1, 0), min(y + 1, ny - 1)
    uu, dd, ff, bb = max(z - 2, 0), min(z + 2, nz - 1), max(y - 2, 0), min(y + 2, ny - 1)
    for i in range(nx):
        work[0, i + 2] = x[z, y, i]
        work[1, i + 2] = (x[u, y, i] + x[d, y, i]) + (x[z, f, i] + x[z, b, i])
        work[2, i + 2] = (x[u, f, i] + x[u, b, i]) + (x[d, f, i] + x[d, b, i])
    for k in range(3):
        work[k, 0] = work[k, 1] = work[k, 2]
        work[k, nx + 2] = work[k, nx + 3] = work[k, nx + 1]
    for i in range(nx):
        c = work[0, i + 2]
        twice = c + c
        along_z = (x[u, y, i] + x[d, y, i]) - twice
        along_y = (x[z, f, i] + x[z, b, i]) - twice
        along_x = (work[0, i + 1] + work[0, i + 3]) - twice
        features[0, i] = along_z
        features[1, i] = along_y
        features[2, i] = along_x
        features[3, i] = ((work[1, i + 1] + work[1, i + 3]) + work[2, i + 2]) - 12.0 * c
        features[4, i] = (work[2, i + 1] + work[2, i + 3]) - 8.0 * c
        features[5, i] = (x[uu, y, i] + x[dd, y, i]) - twice
        features[6, i] = (x[z, ff, i] + x[z, bb, i]) - twice
        features[7, i] = (work[0, i] + work[0, i + 4]) - twice
        slopes = (abs(x[d, y, i] - x[u, y, i]) + abs(x[z, b, i] - x[z, f, i])) + abs(
            work[0, i + 3] - work[0, i + 1]
        )
        activity = slopes + ((abs(along_z) + abs(along_y)) + abs(along_x))
        k = 0
        for j in range(CLASSES):
            k += activity >= limits[j]
        classes[i] = k


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
    work, features = np.empty((3, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
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
    work, features = np.empty((3, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
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

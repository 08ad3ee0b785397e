"""The compiled loops of the filter of level 0: linear, chosen for each voxel by the activity around
it (Tsai et al., Adaptive Loop Filtering for Video Coding, 2013, in three dimensions).

Outside of the volume lie the nearest voxels inside.
"""

import numpy as np

from vcore.methods.wavelet.tables import CLASSES, FEATURES
from vcore.runtime.jit import inner, jit


@inner
def describe(x, z, y, limits, work, features, classes):
    """Fill the features (FEATURES, nx) and classes (0: below all) of a row of ``x``."""
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


@jit
def filtered(x, limits, taps, out, at, found):
    """Fill ``out``, the part of ``x`` (z, y, x) that begins at ``at``, with the filter's values.

    Parameters
    ----------
    taps
        Of each class, that below all first: (CLASSES + 1, FEATURES).
    found
        Takes the classes; empty where nobody asks for them.
    """
    nz, ny, nx = out.shape
    work, features = np.empty((3, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
    classes = np.empty(x.shape[2], np.int64)
    for z in range(nz):
        for y in range(ny):
            describe(x, at[0] + z, at[1] + y, limits, work, features, classes)
            for i in range(nx):
                j = at[2] + i
                k = classes[j]
                s = taps[k, 0] * features[0, j]
                for n in range(1, FEATURES):
                    s = s + taps[k, n] * features[n, j]
                out[z, y, i] = x[at[0] + z, at[1] + y, j] + s
                if found.size:
                    found[z, y, i] = k


@jit
def moments(x, errors, scale, limits, at):
    """Return, for each class, the normal equations of what is missing from a part of ``x`` that
    begins at ``at``, ``errors`` (z, y, x; NaN where it counts for nothing), by the features of a
    voxel.

    Returns
    -------
    sums
        (CLASSES + 1, FEATURES + 1, FEATURES + 2): products of features and, behind them, error, all
        times ``scale``; in the last place of all how many voxels there are. The class below all,
        which is not filtered, is left out.
    """
    nz, ny, nx = errors.shape
    work, features = np.empty((3, x.shape[2] + 4)), np.empty((FEATURES, x.shape[2]))
    classes = np.empty(x.shape[2], np.int64)
    sums = np.zeros((CLASSES + 1, FEATURES + 1, FEATURES + 2))
    own = np.empty(FEATURES + 1)
    for z in range(nz):
        for y in range(ny):
            describe(x, at[0] + z, at[1] + y, limits, work, features, classes)
            for i in range(nx):
                k = classes[at[2] + i]
                error = errors[z, y, i]
                if k == 0 or error != error:
                    continue
                for n in range(FEATURES):
                    own[n] = features[n, at[2] + i] * scale
                own[FEATURES] = error * scale
                for n in range(FEATURES + 1):
                    for m in range(n, FEATURES + 1):
                        sums[k, n, m] += own[n] * own[m]
                sums[k, FEATURES, FEATURES + 1] += 1
    for k in range(1, CLASSES + 1):
        for n in range(FEATURES + 1):
            for m in range(n):
                sums[k, n, m] = sums[k, m, n]
    return sums

"""Prediction of an image from displaced blocks of decoded ones, overlapping one another (Orchard
and Sullivan, Overlapped Block Motion Compensation, 1994)."""

import numpy as np

from vcore.collections.methods.views.motion import BLOCK, PAD
from vcore.runtime.jit import inner, jit

BOTH, BEFORE, AFTER = 0, 1, 2
"""Modes of a block: the mean of both images of a pair, or one alone."""
KINDS = 3
"""Modes per pair; mode ``KINDS * pair + kind``."""
GROUP = 2
"""Blocks along each axis that share a mode and an offset."""
SUBPIXEL, UNIT = 8, 2
"""Denominators of positions and of stored offsets."""


def _cubic_taps():
    """Return the taps of Catmull and Rom's cubic interpolation in 1/64, by eighths of a pixel."""
    t = np.arange(SUBPIXEL) / SUBPIXEL
    taps = np.stack(
        [-t * (1 - t) ** 2, 2 - 5 * t**2 + 3 * t**3, t * (1 + 4 * t - 3 * t**2), -(t**2) * (1 - t)],
        axis=1,
    )
    whole = np.rint(taps * 32).astype(np.int32)
    for row in whole:
        row[row.argmax()] += 64 - row.sum()
    return whole


TAPS = _cubic_taps()


@inner
def patch(ref, c, y8, x8, n, tmp, out):
    """Put a block of ``n`` x ``n`` pixels of component ``c`` of ``ref`` (component, y, x), extended
    planes, at a position in 1/SUBPIXEL into ``out``."""
    h, w = ref.shape[1:]
    fy, fx = y8 & (SUBPIXEL - 1), x8 & (SUBPIXEL - 1)
    y, x = min(max(y8 >> 3, 1), h - n - 3), min(max(x8 >> 3, 1), w - n - 3)
    if fy == 0 and fx == 0:
        for i in range(n):
            for j in range(n):
                out[c, i, j] = ref[c, y + i, x + j]
        return
    if fx == 0:  # the taps would leave the values as they are
        for i in range(n + 3):
            for j in range(n):
                tmp[i, j] = ref[c, y + i - 1, x + j]
    else:
        a, b, d, e = TAPS[fx, 0], TAPS[fx, 1], TAPS[fx, 2], TAPS[fx, 3]
        for i in range(n + 3):
            for j in range(n):
                k = x + j
                total = a * ref[c, y + i - 1, k - 1] + b * ref[c, y + i - 1, k]
                total += d * ref[c, y + i - 1, k + 1] + e * ref[c, y + i - 1, k + 2]
                tmp[i, j] = np.int32(total + 32) >> 6
    if fy == 0:
        for i in range(n):
            for j in range(n):
                out[c, i, j] = tmp[i + 1, j]
        return
    a, b, d, e = TAPS[fy, 0], TAPS[fy, 1], TAPS[fy, 2], TAPS[fy, 3]
    for i in range(n):
        for j in range(n):
            total = a * tmp[i, j] + b * tmp[i + 1, j] + d * tmp[i + 2, j] + e * tmp[i + 3, j]
            out[c, i, j] = np.int32(total + 32) >> 6


@inner
def mean_of(first, second, a, b, share):
    """Return (a first + b second) // (a + b); ``share`` is 1 / (a + b).

    The half keeps the product further from whole numbers than it may be off.
    """
    if a == b:
        return (first + second) >> 1
    return np.int64(np.floor((first * a + second * b + 0.5) * share))


@jit
def vectors(fields, far, modes, offsets, out):
    """Put the displacements of every block from the image to those of its pair into ``out``.

    Parameters
    ----------
    fields
        (pair, block y, block x, 2): displacement between the images of a pair, in pixels.
    far
        (pair, 2): distances to both images.
    modes, offsets
        Per GROUP x GROUP blocks: mode, and what is added to the displacement between both images,
        or the displacement to the only image, in 1/SUBPIXEL.
    out
        (2, block y, block x, 2), in 1/SUBPIXEL.
    """
    for i in range(fields.shape[1]):
        for j in range(fields.shape[2]):
            mode = modes[i // GROUP, j // GROUP]
            pair, kind = mode // KINDS, mode % KINDS
            before, both = far[pair, 0], far[pair, 0] + far[pair, 1]
            for k in range(2):
                offset = np.int64(offsets[i // GROUP, j // GROUP, k])
                if kind == BOTH:
                    v = np.int64(fields[pair, i, j, k]) * SUBPIXEL + offset
                    out[0, i, j, k] = -((v * before) // both)
                    out[1, i, j, k] = out[0, i, j, k] + v
                else:
                    out[0, i, j, k] = out[1, i, j, k] = offset


@inner
def derived_vector(field, before, both, i, j, k, kind):
    """Return component ``k`` of the displacement, derived for the first block of a group, from the
    image to the only one of a pair, in 1/UNIT."""
    v = np.int64(field[GROUP * i, GROUP * j, k]) * SUBPIXEL
    first = -((v * before) // both)
    grain = np.int64(SUBPIXEL // UNIT)
    return (first + (v if kind == AFTER else 0) + grain // 2) // grain


@jit
def predict(refs, far, modes, moves, pred, diff):
    """Predict all planes.

    Parameters
    ----------
    refs
        (pair, 2, component, y, x) int16: planes extended by PAD.
    far
        (pair, 2): distances to both images.
    modes
        Per GROUP x GROUP blocks.
    moves
        Output of ``vectors``.
    pred, diff
        Receive the prediction, (component, y, x) int32, and the difference of the two images that
        were averaged, 0 where one was taken alone.
    """
    count, h, w = pred.shape
    ny, nx = moves.shape[1:3]
    first = np.empty((count, BLOCK, BLOCK), np.int32)
    second = np.empty((count, BLOCK, BLOCK), np.int32)
    tmp = np.empty((BLOCK + 3, BLOCK), np.int32)
    sums = np.empty((2, count, BLOCK, BLOCK), np.int32)
    weight = np.empty((BLOCK, BLOCK), np.int32)
    equal = np.empty(4, np.int64)
    half = BLOCK // 2
    for i in range(ny + 1):
        for j in range(nx + 1):
            # the square between the centres of four blocks
            y0, x0 = BLOCK * i - half, BLOCK * j - half
            i0, i1, j0, j1 = max(i - 1, 0), min(i, ny - 1), max(j - 1, 0), min(j, nx - 1)
            for k in range(4):  # the first block that moves alike
                p, q = (i1 if k & 2 else i0), (j1 if k & 1 else j0)
                equal[k] = k
                for n in range(k - 1, -1, -1):
                    r, s = (i1 if n & 2 else i0), (j1 if n & 1 else j0)
                    alike = modes[p // GROUP, q // GROUP] == modes[r // GROUP, s // GROUP]
                    for m in range(4):
                        if moves[m >> 1, p, q, m & 1] != moves[m >> 1, r, s, m & 1]:
                            alike = False
                    if alike:
                        equal[k] = n
            sums[:] = 0
            for k in range(4):
                if equal[k] != k:
                    continue
                weight[:] = 0
                for n in range(k, 4):
                    if equal[n] == k:
                        for y in range(BLOCK):
                            wy = 2 * y + 1 if n & 2 else 2 * BLOCK - 1 - 2 * y
                            for x in range(BLOCK):
                                wx = 2 * x + 1 if n & 1 else 2 * BLOCK - 1 - 2 * x
                                weight[y, x] += wy * wx
                p, q = (i1 if k & 2 else i0), (j1 if k & 1 else j0)
                mode = modes[p // GROUP, q // GROUP]
                pair, kind = mode // KINDS, mode % KINDS
                y8, x8 = np.int64(y0 + PAD) * SUBPIXEL, np.int64(x0 + PAD) * SUBPIXEL
                a, b = far[pair, 1], far[pair, 0]
                share = 1.0 / (a + b)
                for c in range(count):
                    if kind != AFTER:
                        my, mx = moves[0, p, q, 0], moves[0, p, q, 1]
                        patch(refs[pair, 0], c, y8 + my, x8 + mx, BLOCK, tmp, first)
                    if kind != BEFORE:
                        my, mx = moves[1, p, q, 0], moves[1, p, q, 1]
                        patch(refs[pair, 1], c, y8 + my, x8 + mx, BLOCK, tmp, second)
                    for y in range(BLOCK):
                        for x in range(BLOCK):
                            if kind == BOTH:
                                mean = mean_of(first[c, y, x], second[c, y, x], a, b, share)
                                sums[0, c, y, x] += weight[y, x] * mean
                                sums[1, c, y, x] += weight[y, x] * (
                                    first[c, y, x] - second[c, y, x]
                                )
                            elif kind == BEFORE:
                                sums[0, c, y, x] += weight[y, x] * first[c, y, x]
                            else:
                                sums[0, c, y, x] += weight[y, x] * second[c, y, x]
            for c in range(count):
                for y in range(max(0, -y0), min(BLOCK, h - y0)):
                    for x in range(max(0, -x0), min(BLOCK, w - x0)):
                        pred[c, y0 + y, x0 + x] = (sums[0, c, y, x] + 128) >> 8
                        diff[c, y0 + y, x0 + x] = (sums[1, c, y, x] + 128) >> 8

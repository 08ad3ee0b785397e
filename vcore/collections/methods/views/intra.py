"""Prediction of a block from the decoded pixels around it: planar, mean, and 33 directions (as in
ITU-T H.265, 8.4.4.2, without filters)."""

import numpy as np

from vcore.collections.methods.views.transform import number_of
from vcore.runtime.jit import inner

PLANAR, MEAN, HORIZONTAL, VERTICAL = 0, 1, 2, 19
"""Modes, and the first ones of both families of directions."""
DIRECTIONS = np.array(
    [-32, -26, -21, -17, -13, -9, -5, -2, 0, 2, 5, 9, 13, 17, 21, 26, 32], np.int64
)
"""Displacement per row or column, in 1/32 of a pixel; the horizontal family has all, the vertical
one all but the first, which is the same diagonal."""
INVERSE = np.array([round(8192 / -d) if d < 0 else 0 for d in DIRECTIONS], np.int64)
MODES = 35


@inner
def _there(done, y, x):
    h, w = done.shape
    return y >= 0 and x >= 0 and (y >> 2) < h and (x >> 2) < w and done[y >> 2, x >> 2] != 0


@inner
def borders(plane, done, y, x, n, empty, top, left):
    """Put the pixels above (``top``, from the corner on) and to the left of a block, 2 n of each,
    into ``top`` and ``left``; unknown ones repeat the last known one, from the lower left to the
    upper right, or are ``empty`` if there is none.

    Parameters
    ----------
    done
        Whether a square of 4 x 4 pixels is decoded.
    """
    last, known = np.int32(empty), False
    for start in range(2):  # the first known pixel, then all
        for i in range(4 * n + 1):
            yy = y + 2 * n - 1 - i if i < 2 * n else y - 1
            xx = x - 1 if i <= 2 * n else x + i - 2 * n - 1
            if _there(done, yy, xx):
                last = plane[yy, xx]
                if start == 0:
                    known = True
                    break
            if start == 1:
                if i <= 2 * n:
                    left[2 * n - i] = last
                if i >= 2 * n:
                    top[i - 2 * n] = last
        if start == 0 and not known:
            last = np.int32(empty)


@inner
def predicted(top, left, n, mode, line, out):
    """Put the prediction of a block into ``out`` (n, n); ``line`` is work space."""
    if mode == MEAN:
        total = np.int64(n)
        for i in range(n):
            total += top[1 + i] + left[1 + i]
        total //= 2 * n
        for i in range(n):
            for j in range(n):
                out[i, j] = total
        return
    if mode == PLANAR:
        shift = number_of(n) + 3
        for i in range(n):
            for j in range(n):
                total = (n - 1 - j) * left[1 + i] + (j + 1) * top[n + 1]
                total += (n - 1 - i) * top[1 + j] + (i + 1) * left[n + 1]
                out[i, j] = (total + n) >> shift
        return
    vertical = mode >= VERTICAL
    d = mode - VERTICAL + 1 if vertical else mode - HORIZONTAL
    step = DIRECTIONS[d]
    for i in range(2 * n + 1):
        line[n + i] = top[i] if vertical else left[i]
    if step < 0:
        for k in range(-1, (n * step) >> 5, -1):
            p = (-k * INVERSE[d] + 128) >> 8
            line[n + k] = left[p] if vertical else top[p]
    for i in range(n):
        whole, part = ((i + 1) * step) >> 5, ((i + 1) * step) & 31
        for j in range(n):
            value = line[n + j + whole + 1]
            if part:
                value = ((32 - part) * value + part * line[n + j + whole + 2] + 16) >> 5
            if vertical:
                out[i, j] = value
            else:
                out[j, i] = value

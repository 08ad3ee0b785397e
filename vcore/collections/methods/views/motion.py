"""Motion between two images, derived alike by encoder and decoder: no bytes are stored for it.

Each block of 8 x 8 pixels of the image between them is taken to move uniformly: the displacement is
the one at which both images agree best around it, searched from coarse to fine with the vectors of
neighbouring blocks as candidates (bilateral matching, as for the decoder-side refinement of VVC,
ITU-T H.266, 8.5.3; candidates after de Haan et al., True-Motion Estimation with 3-D Recursive
Search Block Matching, 1993).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.runtime.jit import inner, jit

BLOCK, WINDOW, COARSE_WINDOW = 8, 16, 12
"""Side of a block, of the window compared around it, and of that at the coarsest scale."""
PAD = 40
"""Pixels by which planes are extended, with their edge."""
REACH = 6
"""Largest displacement searched at the coarsest scale, a quarter of the size."""
SMOOTHNESS = 12
"""Cost of a pixel's difference to the neighbouring blocks' vectors, in grey levels of a sum."""
SCALES = 3
"""Scales at which motion is searched."""
FAR = np.int64(1) << 60


class Reference(NamedTuple):
    """Image to predict from: its planes (component, y, x), and the first one at ever smaller
    scales, the finest first; all extended by PAD."""

    planes: NDArray[np.int16]
    scales: tuple[NDArray[np.int16], ...]

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return self.planes.nbytes + sum(a.nbytes for a in self.scales[1:])


def referenced(planes: NDArray[np.int16]) -> Reference:
    """Return the planes (component, y, x) of an image as those to predict from."""
    scales, whole = [planes[0]], padded(planes)
    for _ in range(SCALES - 1):
        scales.append(halved(scales[-1]))
    return Reference(whole, (whole[0], *(padded(a) for a in scales[1:])))


def padded(planes: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return planes (…, y, x) extended by PAD on each side."""
    sides = [(0, 0)] * (planes.ndim - 2) + [(PAD, PAD)] * 2
    return np.pad(planes, sides, mode="edge")


@jit
def halved(a):
    """Return a plane at half the size, means of 2 x 2 pixels."""
    h, w = a.shape
    out = np.empty(((h + 1) // 2, (w + 1) // 2), np.int16)
    for y in range(out.shape[0]):
        y1 = min(2 * y + 1, h - 1)
        for x in range(out.shape[1]):
            x1 = min(2 * x + 1, w - 1)
            total = np.int32(a[2 * y, 2 * x]) + a[2 * y, x1] + a[y1, 2 * x] + a[y1, x1]
            out[y, x] = (total + 2) >> 2
    return out


@inner
def difference(a, b, ay, ax, by, bx, side, best):
    """Return the sum of absolute differences of two windows; more than ``best`` if it stops."""
    total = np.int64(0)
    for i in range(side):
        row = np.int32(0)
        for j in range(side):
            row += abs(np.int32(a[ay + i, ax + j]) - np.int32(b[by + i, bx + j]))
        total += row
        if total >= best:
            return total
    return total


@inner
def compared(a, b, y, x, dy, dx, to_a, to_b, side, best):
    """Return the difference of the windows at a displacement ``dy``, ``dx`` from ``a`` to ``b``,
    around the point that divides it by the distances; FAR outside of the planes."""
    ay, ax = -((dy * to_a) // (to_a + to_b)), -((dx * to_a) // (to_a + to_b))
    ya, xa, yb, xb = y + ay, x + ax, y + ay + dy, x + ax + dx
    h, w = a.shape
    if min(ya, xa, yb, xb) < 0 or max(ya, yb) + side > h or max(xa, xb) + side > w:
        return FAR
    return difference(a, b, ya, xa, yb, xb, side, best)


@jit
def search_all(a, b, to_a, to_b, field, smoothness):
    """Put the best displacement of every block, of all within REACH, into ``field``."""
    start = PAD - (COARSE_WINDOW - BLOCK) // 2
    for i in range(field.shape[0]):
        for j in range(field.shape[1]):
            best = FAR
            for dy in range(-REACH, REACH + 1):
                for dx in range(-REACH, REACH + 1):
                    cost = smoothness * (abs(dy) + abs(dx))
                    if cost >= best:
                        continue
                    y, x = i * BLOCK + start, j * BLOCK + start
                    found = cost + compared(
                        a, b, y, x, dy, dx, to_a, to_b, COARSE_WINDOW, best - cost
                    )
                    if found < best:
                        best = found
                        field[i, j, 0], field[i, j, 1] = dy, dx


@jit
def refine(a, b, to_a, to_b, field, coarse, smoothness):
    """Put displacements into ``field`` (block y, block x, 2): twice those of the ``coarse`` field
    and those of neighbouring blocks are candidates, and the best is refined by two pixels; then
    once more from the first result."""
    ny, nx = field.shape[:2]
    cy, cx = coarse.shape[:2]
    candidates = np.empty((16, 2), np.int64)
    start = PAD - (WINDOW - BLOCK) // 2
    for turn in range(2):
        for i in range(ny):
            for j in range(nx):
                n, around, sum_y, sum_x = 0, 0, np.int64(0), np.int64(0)
                if turn == 0:
                    si, sj = (1 if i & 1 else -1), (1 if j & 1 else -1)
                    for k in range(4):
                        p = min(max(min(i >> 1, cy - 1) + (si if k & 1 else 0), 0), cy - 1)
                        q = min(max(min(j >> 1, cx - 1) + (sj if k & 2 else 0), 0), cx - 1)
                        candidates[n, 0], candidates[n, 1] = (
                            2 * coarse[p, q, 0],
                            2 * coarse[p, q, 1],
                        )
                        n += 1
                else:
                    candidates[n, 0], candidates[n, 1] = field[i, j, 0], field[i, j, 1]
                    n += 1
                    if i + 1 < ny:
                        candidates[n, 0], candidates[n, 1] = field[i + 1, j, 0], field[i + 1, j, 1]
                        n += 1
                    if j + 1 < nx:
                        candidates[n, 0], candidates[n, 1] = field[i, j + 1, 0], field[i, j + 1, 1]
                        n += 1
                for k in range(2):
                    p, q = i - (k == 0), j - (k == 1)
                    if p >= 0 and q >= 0:
                        candidates[n, 0], candidates[n, 1] = field[p, q, 0], field[p, q, 1]
                        sum_y, sum_x, around = (
                            sum_y + field[p, q, 0],
                            sum_x + field[p, q, 1],
                            around + 1,
                        )
                        n += 1
                candidates[n, 0], candidates[n, 1] = 0, 0
                n += 1
                best, best_y, best_x = FAR, np.int64(0), np.int64(0)
                for stage in range(3):
                    if best == 0:  # nothing costs less
                        break
                    for k in range(n):
                        dy, dx = candidates[k, 0], candidates[k, 1]
                        cost = (smoothness >> 2) * (abs(dy) + abs(dx))
                        if around:
                            far = abs(dy * around - sum_y) + abs(dx * around - sum_x)
                            cost += smoothness * far // around
                        if cost >= best:
                            continue
                        y, x = i * BLOCK + start, j * BLOCK + start
                        found = cost + compared(a, b, y, x, dy, dx, to_a, to_b, WINDOW, best - cost)
                        if found < best:
                            best, best_y, best_x = found, dy, dx
                    n = 0
                    if stage < 2:
                        for k in range(9):
                            if k != 4:
                                candidates[n, 0] = best_y + k // 3 - 1
                                candidates[n, 1] = best_x + k % 3 - 1
                                n += 1
                field[i, j, 0], field[i, j, 1] = best_y, best_x


def derived(
    before: Reference, after: Reference, to_before: int, to_after: int, fraction: int
) -> NDArray[np.int32]:
    """Return the displacement of each block from ``before`` to ``after``, in pixels.

    Parameters
    ----------
    before, after
        The images.
    to_before, to_after
        Distances of the image in between.
    fraction
        Bits of the fraction of the planes' values.

    Returns
    -------
    (block y, block x, 2) int32.
    """
    smoothness = np.int64(SMOOTHNESS << fraction)
    field = np.zeros(0, np.int32)
    for number, (a, b) in enumerate(zip(before.scales[::-1], after.scales[::-1], strict=True)):
        h, w = (n - 2 * PAD for n in a.shape)
        coarse = field
        field = np.zeros((-(-h // BLOCK), -(-w // BLOCK), 2), np.int32)
        if before is after:  # no displacement is better than none
            continue
        if number == 0:
            search_all(a, b, to_before, to_after, field, smoothness >> 1)
        else:
            refine(a, b, to_before, to_after, field, coarse, smoothness)
    return field


@jit
def mismatch(a, b, to_a, to_b, field, group, step, out):
    """Put classes of how well both images agree into ``out``, per group x group blocks."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = np.int64(0), np.int64(0)
            for p in range(group * i, min(group * i + group, field.shape[0])):
                for q in range(group * j, min(group * j + group, field.shape[1])):
                    y, x = p * BLOCK + PAD, q * BLOCK + PAD
                    dy, dx = np.int64(field[p, q, 0]), np.int64(field[p, q, 1])
                    total += compared(a, b, y, x, dy, dx, to_a, to_b, BLOCK, FAR)
                    count += BLOCK * BLOCK
            k, limit = 0, count * step
            while k < 7 and total * 64 > limit:
                k += 1
                limit *= 2
            out[i, j] = k

"""The compiled loops of the wavelet coder: lifting, dequantising, coding a tile.

Coefficients lie interleaved: the one of position (z, y, x) in the band of parities (pz, py, px),
1 for high, has index (2 z + pz, 2 y + py, 2 x + px); the low band's places hold zeros. One loop
serves coder and decoder, so that they cannot disagree.
"""

import numpy as np

from vcore.entropy.mixing import code_mixed, code_single
from vcore.entropy.rangecoder import (
    CODE,
    PENDING,
    POSITION,
    RANGE,
    code_chance,
    finish_encoder,
    inline,
    jit,
    start_decoder,
    start_encoder,
)

LIFT = (-1.586134342, -0.05298011854, 0.8829110762, 0.4435068522)
SCALE = 1.149604398
"""CDF 9/7 in lifting steps (Daubechies and Sweldens, Factoring Wavelet Transforms into Lifting
Steps, 1998, section 7.7), so scaled that a step of all bands errs alike."""
COLUMNS = 512
"""Columns that are lifted together: nine rows of them stay in the cache."""

STEPS = 14
"""Decisions of a magnitude's class that have counters of their own."""
MOST_CLASSES = 31
SLOTS = 512
"""Contexts of an input and decision."""
PAIR = 21
"""Largest class of a context made of two."""
CLASSES = 32
ZERO_CONTEXTS = 21
SINGLES = ZERO_CONTEXTS + 32 * 32
SETS = STEPS * (CLASSES + 7)
ROOM = 256
"""No coefficient takes more bytes than this."""
THRESHOLDS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
"""Where the classes 1 to 14 of a sum of neighbours begin, in sixteenths: two an octave."""
CLASS = np.searchsorted(np.array(THRESHOLDS), np.arange(1024), side="right").astype(np.int64)


@inline
def magnitude_class(v):
    """Class of a sum of neighbours in sixteenths: 0 to 31, two an octave."""
    if v < 1024:
        return CLASS[v]
    if v < 16384:
        return CLASS[v >> 4] + 8
    return min(CLASS[min(v >> 8, 1023)] + 16, CLASSES - 1)


@jit
def lift(a, inverse, first, last):
    """Lift columns ``first`` to ``last`` (in groups of COLUMNS) of ``a`` (outer, n, inner) along
    its middle axis, in place; ends are mirrored at their last sample."""
    _, n, inner = a.shape
    groups = (inner + COLUMNS - 1) // COLUMNS
    for unit in range(first, last):
        o, lo = unit // groups, (unit % groups) * COLUMNS
        hi = min(lo + COLUMNS, inner)
        if inverse:
            for i in range(n):
                if i & 1:
                    for x in range(lo, hi):
                        a[o, i, x] *= SCALE
                else:
                    for x in range(lo, hi):
                        a[o, i, x] /= SCALE
        for s in range(4):
            step = LIFT[3 - s] if inverse else LIFT[s]
            start = s & 1 if inverse else 1 - (s & 1)
            for i in range(start, n, 2):
                left = i - 1 if i > 0 else i + 1
                right = i + 1 if i + 1 < n else i - 1
                if inverse:
                    for x in range(lo, hi):
                        a[o, i, x] -= step * (a[o, left, x] + a[o, right, x])
                else:
                    for x in range(lo, hi):
                        a[o, i, x] += step * (a[o, left, x] + a[o, right, x])
        if not inverse:
            for i in range(n):
                if i & 1:
                    for x in range(lo, hi):
                        a[o, i, x] /= SCALE
                else:
                    for x in range(lo, hi):
                        a[o, i, x] *= SCALE


@jit
def dequantise(q, weight, out, step, centroids):
    """Add ``weight`` times the coefficients of the integers ``q`` to ``out``."""
    nz, ny, nx = q.shape
    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                v = np.int64(q[z, y, x])
                if v != 0:
                    m = abs(v)
                    c = (np.float64(m) - centroids[min(m, 3) - 1]) * step
                    product = weight * (c if v > 0 else -c)
                    out[z, y, x] += product


@jit
def code_levels(encoding, data, q, starts, shapes, parent, before, counters, weights, singles):
    """Code the coefficients of one or more levels, coarse to fine, into or out of ``data``.

    Parameters
    ----------
    q
        Integers of all levels, flat; a level's array begins at ``starts`` and has ``shapes``.
    parent
        Integers of the level above the first, as far as it lies over this one.
    before
        For each coefficient the magnitude in the components of the group coded before, and the
        sum of those beside it, (2, coefficients); (2, 0) for a volume without such.

    Returns
    -------
    The stream's length, or 0 from a decoder; -1 where the stream is impossible or ``data`` short.
    """
    coder = np.zeros(5, np.int64)
    if encoding:
        start_encoder(coder)
    else:
        start_decoder(coder, data)
        if coder[CODE] >= coder[RANGE]:
            return -1
    slots, logits = np.zeros(8, np.int64), np.zeros(8, np.int64)
    for level in range(len(starts)):
        dz, dy, dx = shapes[level]
        first = starts[level]
        values = q[first : first + dz * dy * dx].reshape(dz, dy, dx)
        hz, hy, hx = (dz + 1) >> 1, (dy + 1) >> 1, (dx + 1) >> 1
        qz, qy, qx = (hz + 1) >> 1, (hy + 1) >> 1, (hx + 1) >> 1
        # magnitudes of the parents' bands, their sum, and the sum around
        above = np.zeros((8, qz, qy, qx), np.int64)
        sums = np.zeros((qz + 2, qy + 2, qx + 2), np.int64)
        for z in range(min(parent.shape[0], hz)):
            for y in range(min(parent.shape[1], hy)):
                for x in range(min(parent.shape[2], hx)):
                    m = abs(np.int64(parent[z, y, x]))
                    if m and (z | y | x) & 1:
                        b = ((z & 1) << 2) | ((y & 1) << 1) | (x & 1)
                        above[b, z >> 1, y >> 1, x >> 1] = m
                        sums[(z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1] += m
        spread = np.zeros((qz, qy, qx), np.int64)
        for z in range(qz):
            for y in range(qy):
                for x in range(qx):
                    spread[z, y, x] = sums[z : z + 3, y : y + 3, x : x + 3].sum()
        done = np.zeros((hz + 2, hy + 2, hx + 2), np.int64)  # sum of the bands coded before
        for b in range(1, 8):
            pz, py, px = b >> 2, (b >> 1) & 1, b & 1
            mags = np.zeros((hz + 3, hy + 3, hx + 4), np.int64)
            for z in range((dz + 1 - pz) >> 1):
                for y in range((dy + 1 - py) >> 1):
                    for x in range((dx + 1 - px) >> 1):
                        if encoding and coder[POSITION] + coder[PENDING] + ROOM > data.size:
                            return -1
                        w, n, u = (
                            mags[z + 2, y + 2, x + 1],
                            mags[z + 2, y + 1, x + 2],
                            mags[z + 1, y + 2, x + 2],
                        )
                        near = w + n + u
                        far = (
                            mags[z + 2, y + 2, x]
                            + mags[z + 2, y, x + 2]
                            + mags[z, y + 2, x + 2]
                            + 2
                            * (
                                mags[z + 2, y + 1, x + 1]
                                + mags[z + 2, y + 1, x + 3]
                                + mags[z + 1, y + 2, x + 1]
                                + mags[z + 1, y + 2, x + 3]
                                + mags[z + 1, y + 1, x + 2]
                                + mags[z + 1, y + 3, x + 2]
                            )
                        )
                        here = done[z + 1, y + 1, x + 1]
                        around = (
                            done[z, y + 1, x + 1]
                            + done[z + 2, y + 1, x + 1]
                            + done[z + 1, y, x + 1]
                            + done[z + 1, y + 2, x + 1]
                            + done[z + 1, y + 1, x]
                            + done[z + 1, y + 1, x + 2]
                        )
                        own = above[b, z >> 1, y >> 1, x >> 1]
                        parents = sums[(z >> 1) + 1, (y >> 1) + 1, (x >> 1) + 1]
                        wide = spread[z >> 1, y >> 1, x >> 1]
                        total = (
                            16 * near + 4 * far + 13 * own + 10 * here + 2 * around + 2 * parents
                        )
                        same, beside = np.int64(0), np.int64(0)
                        if before.shape[1]:
                            at = first + ((2 * z + pz) * dy + 2 * y + py) * dx + 2 * x + px
                            same, beside = np.int64(before[0, at]), np.int64(before[1, at])
                            total += 4 * same + 2 * beside
                        value = np.int64(values[2 * z + pz, 2 * y + py, 2 * x + px])
                        m = abs(value)
                        # class 0 is 0, 1 is 1, 2 is 2, 3 is 3 and 4, 4 is 5 to 8, and so on
                        kind = np.int64(0)
                        if m > 0:
                            kind, top = np.int64(1), np.int64(1)
                            while top < m:
                                kind += 1
                                top <<= 1
                        if total == 0:
                            c = b - 1 + 7 * (0 if wide == 0 else (1 if wide < 4 else 2))
                            bit = np.int64(kind > 0)
                            if code_single(encoding, coder, data, singles, c, bit) == 0:
                                continue
                            j = np.int64(1)
                        else:
                            j = np.int64(0)
                        k = magnitude_class(total)
                        a, f, o, p = (
                            magnitude_class(16 * near),
                            magnitude_class(8 * far),
                            magnitude_class(16 * own),
                            magnitude_class(8 * parents),
                        )
                        h, r, s = (
                            magnitude_class(16 * here),
                            magnitude_class(4 * around),
                            magnitude_class(4 * wide),
                        )
                        slots[0] = min(k, 31) * 7 + b - 1
                        slots[1] = min(a, PAIR) * 22 + min(f, PAIR)
                        slots[2] = min(o, PAIR) * 22 + min(p, PAIR)
                        slots[3] = min(h, PAIR) * 22 + min(r, PAIR)
                        slots[4] = (
                            min(w, 3) * 64 + min(n, 3) * 16 + min(u, 3) * 4 + min(own, 3)
                        ) * 2 + (here > 0)
                        slots[5] = min(magnitude_class(16 * near + 4 * far), PAIR) * 22 + min(
                            magnitude_class(13 * own + 13 * here), PAIR
                        )
                        slots[6] = min(s, PAIR) * 22 + min(r, PAIR)
                        slots[7] = min(
                            magnitude_class(16 * near + 4 * far + 10 * here), PAIR
                        ) * 22 + min(s, PAIR)
                        if before.shape[1]:
                            slots[7] = min(magnitude_class(16 * same), PAIR) * 22 + min(
                                magnitude_class(8 * beside), PAIR
                            )
                        while j < MOST_CLASSES:
                            jj = min(j, STEPS - 1)
                            if (
                                code_mixed(
                                    encoding,
                                    coder,
                                    data,
                                    counters,
                                    slots,
                                    jj * SLOTS,
                                    weights,
                                    jj * CLASSES + k,
                                    STEPS * CLASSES + jj * 7 + b - 1,
                                    logits,
                                    np.int64(kind > j),
                                )
                                == 0
                            ):
                                break
                            j += 1
                        if j == 0:
                            continue
                        # the place within the class
                        m -= 1 if j < 2 else (np.int64(1) << (j - 2)) + 1
                        rest = np.int64(0)
                        for i in range(j - 3, -1, -1):
                            c = ZERO_CONTEXTS + (j - 1) * 32 + i
                            if j - 2 - i > 3:
                                bit = code_chance(encoding, coder, data, 32768, (m >> i) & 1)
                            else:
                                bit = code_single(encoding, coder, data, singles, c, (m >> i) & 1)
                            rest |= bit << i
                        m = rest + (1 if j < 2 else (np.int64(1) << (j - 2)) + 1)
                        if m > 0x7FFFFFFF:
                            return -1
                        negative = code_chance(encoding, coder, data, 32768, np.int64(value < 0))
                        values[2 * z + pz, 2 * y + py, 2 * x + px] = -m if negative else m
                        mags[z + 2, y + 2, x + 2] = m
            for z in range((dz + 1 - pz) >> 1):
                for y in range((dy + 1 - py) >> 1):
                    for x in range((dx + 1 - px) >> 1):
                        done[z + 1, y + 1, x + 1] += mags[z + 2, y + 2, x + 2]
        parent = values
    if encoding:
        finish_encoder(coder, data)
        return coder[POSITION]
    return 0

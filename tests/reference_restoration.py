"""Restoration of level 0 of ``wavelet`` (section 18 of docs/format.md), without vcore."""

import zlib
from itertools import permutations
from pathlib import Path

import numpy as np
from reference_reader import Array, expect

WEIGHTS = Path(__file__).parents[1] / "vcore" / "methods" / "wavelet" / "weights"
CHECKSUMS = {1: 0x2BF35FBC, 2: 0x11CF86FC, 3: 0x703D485F, 4: 0xA5401FDF}
PAIRS = (
    *((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    *((1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1)),
)
LIMITS = (1 / 64, 3 / 32, 5 / 16, 11 / 16, 1.5, 3.0, 6.0)


def taps(number: int) -> Array:
    data = (WEIGHTS / f"restoration-{number}.bin").read_bytes()
    expect(zlib.crc32(data) == CHECKSUMS[number], "other taps")
    found = np.frombuffer(zlib.decompress(data), "<i2").reshape(7, 3, 3, 9, 3) / 1024
    return found.astype(np.float32)


def restored(v: Array, step: float, number: int, levels: list[int]) -> Array:
    """Return the values of level 0, relative to the range, restored."""
    known = taps(number)
    x = np.pad(v, 2, mode="edge")
    n, rough, s = v.shape, x.astype(np.float32), np.float32(step)

    def at(offset: tuple[int, ...]) -> Array:
        return x[tuple(slice(2 + k, 2 + k + m) for k, m in zip(offset, n, strict=True))]

    def curvature(pair: tuple[int, ...]) -> Array:
        ring = [slice(1, m + 3) for m in n]
        ahead = [slice(1 + k, m + 3 + k) for k, m in zip(pair, n, strict=True)]
        behind = [slice(1 - k, m + 3 - k) for k, m in zip(pair, n, strict=True)]
        c = rough[tuple(ring)]
        c = np.abs((c + c) - (rough[tuple(behind)] + rough[tuple(ahead)]))
        for axis in (2, 1, 0):
            m = n[axis]
            first, second, third = (c.take(range(k, k + m), axis) for k in range(3))
            c = (first + second) + third
        return c

    curved = [curvature(pair) for pair in PAIRS]
    total = (curved[0] + curved[1]) + curved[2]
    activity = sum(1 * (total >= np.float32(step * (27 * limit))) for limit in LIMITS)
    out = v.copy()
    axes = np.stack(curved[:3], -1)
    order = np.argsort(-axes, -1, kind="stable")
    largest = np.take_along_axis(axes, order, -1)
    shape = [
        1 * (largest[..., k] > np.float32(1.5) * largest[..., k + 1])
        + 1 * (largest[..., k] > np.float32(3) * largest[..., k + 1])
        for k in range(2)
    ]
    for a, b, c in permutations(range(3)):
        # diagonals between two axes: pair 3 + 2 k, and the next one, for axes z y, z x, y x
        with_b, with_c = (curved[3 + 2 * (a + k - 1)] > curved[4 + 2 * (a + k - 1)] for k in (b, c))
        for mirrored in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            here = (order == (a, b, c)).all(-1) & (activity > 0)
            here &= (with_b == (mirrored[0] < 0)) & (with_c == (mirrored[1] < 0))
            if not here.any():
                continue
            filters = known[activity[here] - 1, shape[0][here], shape[1][here]]
            change = np.zeros(here.sum(), np.float32)
            for pair in PAIRS:
                # this pair, as the taps know it
                first = (pair[a], mirrored[0] * pair[b], mirrored[1] * pair[c])
                k = PAIRS.index(first) if first in PAIRS else PAIRS.index(tuple(-i for i in first))
                one = (at(pair)[here] - v[here]).astype(np.float32)
                other = (at(tuple(-i for i in pair))[here] - v[here]).astype(np.float32)
                parts = []
                for limit, tap in zip((4 * s, s, s / 4), filters[:, k].T, strict=True):
                    parts.append(
                        tap * (np.clip(one, -limit, limit) + np.clip(other, -limit, limit))
                    )
                change = change + ((parts[0] + parts[1]) + parts[2])
            share = np.array([0, *levels])[activity[here]] / 2
            out[here] = v[here] + share * change
    return out

"""Effort ``fast`` of the wavelet pyramid for the slow reader: section 18 of docs/format.md, without
vcore."""

import struct
from collections import defaultdict
from itertools import product
from math import ceil, prod
from typing import Any

import numpy as np
from reference_reader import Array, RangeDecoder, expect
from reference_wavelet import LIFT, Levels, kind, sign

SCALE = 1.149604398
FLAG, ZERO, MORE, OFFSET, SIGN, CONTEXTS = 7, 135, 295, 551, 584, 682


class FastPyramid(Levels):
    """A variable of effort ``fast``."""

    def values(self, level: int) -> Array:
        """Return the values of a level of all frames, as fractions of the range."""
        expect(self.variable.state.get("version") == 2, "another version of effort fast")
        lead = self.variable.lead
        frames = [self.frame(unit, level) for unit in range(prod(lead))]
        return np.array(frames).reshape(*lead, *self.shapes[level])

    def frame(self, unit: int, wanted: int) -> Array:
        data = self.variable.units(self.coarsest, "coarse", prod(self.variable.lead))[unit]
        real = np.float64 if self.step < 2.0**-16 else np.float32
        values = np.full((1, 1, 1), struct.unpack("<f", data[:4])[0], real)
        above = np.zeros((1, 1, 1), np.int64)
        coder = RangeDecoder(data[4:], CONTEXTS)
        for level in range(len(self.shapes) - 2, wanted - 1, -1):
            shape = self.shapes[level]
            if level < self.coarsest:
                q = self.tiles(unit, level, above)
            elif len(data) > 4:
                q = integers(coder, shape, above)
            else:
                q = np.zeros(shape, np.int64)
            values, above = self.joined(q, values, level), q
        return self.placed(values.astype(np.float64), wanted, [0.0] * 3) + 0.5

    def tiles(self, unit: int, level: int, above: Array) -> Array:
        shape = self.shapes[level]
        corners = list(product(*(range(0, n, 64) for n in shape)))
        units = self.variable.units(level, "details", prod(self.variable.lead) * len(corners))
        q = np.zeros(shape, np.int64)
        for corner, data in zip(corners, units[unit * len(corners) :], strict=False):
            box = tuple(slice(a, min(a + 64, n)) for a, n in zip(corner, shape, strict=True))
            over = tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in box)
            if data:
                q[box] = integers(RangeDecoder(data, CONTEXTS), q[box].shape, above[over])
        return q

    def joined(self, q: Array, low: Array, level: int) -> Array:
        """Return the values of a level from its integers and the values of the coarser one."""
        real, row = low.dtype.type, self.points[max(self.small - level, 0)]
        shifts = (np.array(row) / 64).astype(low.dtype)
        e = np.zeros(q.shape, low.dtype)
        for b in range(8):
            factor = 1.0
            for bit, n in zip((4, 2, 1), q.shape, strict=True):
                if n > 1:
                    factor = factor * SCALE if b & bit else factor / SCALE
            band = (slice(b >> 2, None, 2), slice((b >> 1) & 1, None, 2), slice(b & 1, None, 2))
            if b == 0:
                e[band] = low * real(factor)
                continue
            size = np.abs(q[band])
            shift = shifts[np.clip(size, 1, 3) - 1]
            r = (size.astype(low.dtype) - shift) * real(self.step * factor)
            e[band] = np.where(q[band] > 0, r, np.where(q[band] < 0, -r, real(0)))
        for axis in (2, 1, 0):
            n = e.shape[axis]
            if n == 1:
                continue
            e = np.moveaxis(e, axis, 0).copy()
            for s, factor in enumerate(LIFT):
                for i in range(s % 2, n, 2):
                    left, right = e[abs(i - 1)], e[i + 1 if i + 1 < n else n - 2]
                    e[i] = e[i] + real(-factor) * (left + right)
            e = np.moveaxis(e, 0, axis)
        return e


def integers(coder: RangeDecoder, shape: tuple[int, ...], above: Array) -> Array:
    """Return the integers of a level or tile, and adapt the contexts of ``coder``."""
    q = np.zeros(shape, np.int64)
    here: dict[Any, int] = defaultdict(int)
    for b in range(1, 8):
        corner = (b >> 2, (b >> 1) & 1, b & 1)
        band = tuple(slice(p, None, 2) for p in corner)
        sizes = q[band].shape
        if not prod(sizes) or not coder.bit(b - 1):
            continue
        parents: dict[Any, int] = defaultdict(int)
        for place in np.argwhere(above[band]):
            parents[tuple(place.tolist())] = min(abs(int(above[band][tuple(place)])), 16383)
        flags: dict[Any, int] = defaultdict(int)
        for block in np.ndindex(*(ceil(n / 4) for n in sizes)):
            total = sum(
                10 * parents[tuple(2 * i + d for i, d in zip(block, step, strict=True))]
                for step in product((0, 1), repeat=3)
            ) + sum(
                here[tuple(4 * i + d for i, d in zip(block, step, strict=True))]
                for step in product(range(4), repeat=3)
            )
            i, j, k = block
            before = flags[i - 1, j, k] + flags[i, j - 1, k] + flags[i, j, k - 1]
            flags[block] = coder.bit(FLAG + 4 * kind(total) + before)
        v: dict[Any, int] = defaultdict(int)
        m: dict[Any, int] = defaultdict(int)
        for z, y, x in np.ndindex(*sizes):
            if not flags[z // 4, y // 4, x // 4]:
                continue
            near = m[z, y, x - 1] + m[z, y - 1, x] + m[z - 1, y, x]
            sides = m[z, y - 1, x - 1] + m[z, y - 1, x + 1] + m[z - 1, y, x - 1]
            sides += m[z - 1, y, x + 1] + m[z - 1, y - 1, x] + m[z - 1, y + 1, x]
            far = m[z, y, x - 2] + m[z, y - 2, x] + m[z - 2, y, x]
            over = parents[z // 2, y // 2, x // 2]
            k = kind(24 * near + 8 * sides + 4 * far + 12 * over + 10 * here[z, y, x])
            if not coder.bit(ZERO + 5 * k + min(near, 4)):
                continue
            size = magnitude(coder, k)
            signs = 9 * sign(v[z, y, x - 1]) + 3 * sign(v[z, y - 1, x]) + sign(v[z - 1, y, x])
            negative = coder.bit(SIGN + 14 * (b - 1) + abs(signs)) ^ (signs < 0)
            v[z, y, x] = -size if negative else size
            m[z, y, x] = min(size, 16383)
            here[z, y, x] += m[z, y, x]
        for place, value in v.items():
            if value:
                q[band][place] = value
    return q


def magnitude(coder: RangeDecoder, k: int) -> int:
    j = 1
    while j < 32 and coder.bit(MORE + 32 * (min(j, 8) - 1) + k):
        j += 1
    if j < 3:
        return j
    high = coder.bit(OFFSET + j)
    size = (1 << (j - 2)) + 1 + (high << (j - 3)) + coder.raw(j - 3)
    expect(size < 1 << 31, "a magnitude is too large")
    return size

"""Gaussians for the slow reader: section 15 of docs/format.md, without vcore and compiled code."""

import struct
from itertools import accumulate, product
from math import ceil, factorial, floor, frexp, ldexp, prod, sqrt
from typing import Any, NamedTuple

import numpy as np
from reference_reader import Array, decode_lattice, expect

ZYX = range(3)
LIMIT = 2.0**30
"""Limit of positions and extents of Gaussians, in voxels (section 15)."""
SERIES = [np.float32((-1) ** k / factorial(k)) for k in range(8)]

Gaussian = tuple[list[float], list[list[float]], list[float]]
"""Centre, factor B, weights."""


class Mixtures:
    """The backgrounds and the Gaussians of a variable (section 15)."""

    def __init__(self, variable: Any) -> None:
        self.shape, self.voxels = variable.shape, variable.grid_shape
        self.low, self.span = variable.low, float(variable.high) - float(variable.low)
        lengths = dict(zip(variable.fields["axes"], variable.shape(), strict=True))
        self.frames, self.channels = lengths.get("t", 1), lengths.get("c", 1)
        preset = variable.settings.get("preset", "compact")
        expect(preset in ("compact", "paper"), "the preset is unknown")
        self.paper = preset == "paper"
        self.group = 1 if self.paper else variable.settings.get("group", 8)
        expect(self.group >= 1, "a group has no frames")
        every = list(range(self.channels))
        self.parts = [every] if variable.state.get("shared", True) else [[c] for c in every]
        regrouped = variable.state.get("regrouped", 1)
        expect(type(regrouped) is int and regrouped >= 1, "a group was of no frames")
        self.regrouped = regrouped if self.group == 1 else 1
        order = variable.state.get("background", 0)
        expect(type(order) is int and 0 <= order <= 2, "the background's order is unknown")
        self.terms = [e for e in product(ZYX, repeat=3) if sum(e) <= order]
        self.terms.sort(key=sum)
        level, count = variable.levels - 1, ceil(self.frames / self.group) * len(self.parts)
        self.units = variable.units(level, "gaussians", count)
        (data,) = variable.units(level, "background", 1)
        wanted = (self.frames, self.channels, len(self.terms))
        expect(len(data) == 4 * prod(wanted), "the background has the wrong length")
        self.grounds = np.frombuffer(data, "<f4").reshape(wanted).astype(np.float64)
        expect(np.isfinite(self.grounds).all(), "the background is damaged")

    def values(self, level: int) -> Array:
        """Return the values of a level in data units."""
        shape = self.shape(level)
        sums = np.zeros((self.frames, self.channels, *shape[-3:]), np.float32)
        for number, data in enumerate(self.units):
            first, part = (
                number // len(self.parts) * self.group,
                self.parts[number % len(self.parts)],
            )
            frames = range(first, min(first + self.group, self.frames))
            most = 16 if first % self.regrouped else 8
            found = self.unit(data, len(frames), len(part), most)
            for t, gaussians in zip(frames, found, strict=True):
                for gaussian in gaussians:
                    _add(sums[t], part, 2.0**level, *gaussian)
        values = sums.astype(np.float64) * self.span
        for where in np.ndindex(self.frames, self.channels):
            ground = self.background(self.grounds[where], values.shape[-3:], 2**level)
            values[where] += ground * self.span + self.low
        return values.reshape(shape)

    def background(self, coefficients: Array, shape: tuple[int, ...], h: int) -> Array:
        q = []
        for axis, (n, whole) in enumerate(zip(shape, self.voxels, strict=True)):
            place = (np.arange(n) * h + (h - 1) / 2) / max(whole - 1, 1) * 2 - 1
            place = place.reshape(np.roll([-1, 1, 1], axis))
            q.append([np.ones_like(place), place, place * place])
        total = np.zeros(shape)
        for (a, b, c), coefficient in zip(self.terms, coefficients, strict=True):
            total = total + coefficient * ((q[0][a] * q[1][b]) * q[2][c])
        return total

    def unit(self, data: bytes, frames: int, channels: int, most: int) -> list[list[Gaussian]]:
        """Return the Gaussians of each frame of a unit."""
        if self.paper:
            expect(len(data) % (20 + 2 * channels) == 0, "a unit has the wrong length")
            table = np.frombuffer(data, "<f2").reshape(-1, 10 + channels).astype(np.float64)
            expect(np.isfinite(table).all(), "a Gaussian is damaged")
            return [[self.rounded(*np.split(row, [3, 6, 10])) for row in table]]
        source = Stream(data)
        n = source.number()
        expect(n <= min(1 << 24, 8 * len(data)), "there are too many Gaussians")
        step, *origin = struct.unpack("<f3h", source.take(10))
        expect(np.isfinite(step) and step > 0, "the step is damaged")
        keys, moving = (
            _first(source, n, channels, most) if n else ([], np.zeros((0, 9 + channels), int))
        )
        found = []
        for frame in range(frames):
            moving = moving + (source.lattice(9 + channels, n).T if frame and n else 0)
            expect((abs(moving) < 1 << 31).all(), "a change is too large")
            rows = zip(keys, moving.tolist(), strict=True)
            found.append([_gaussian(key, row, step, origin) for key, row in rows])
        expect(source.position == len(data), "a unit is too long")
        return found

    def rounded(self, place: Array, scale: Array, rotation: Array, weights: Array) -> Gaussian:
        """Return a Gaussian of the preset `paper`."""
        w, a, b, c = rotation.tolist()
        norm = w * w + a * a + b * b + c * c or 1.0
        turn = [
            [
                1 - 2 * (b * b + c * c) / norm,
                2 * (a * b - w * c) / norm,
                2 * (a * c + w * b) / norm,
            ],
            [
                2 * (a * b + w * c) / norm,
                1 - 2 * (a * a + c * c) / norm,
                2 * (b * c - w * a) / norm,
            ],
            [
                2 * (a * c - w * b) / norm,
                2 * (b * c + w * a) / norm,
                1 - 2 * (a * a + b * b) / norm,
            ],
        ]
        rest = _with_transposed([[turn[i][j] * max(scale[j], 0.125) for j in ZYX] for i in ZYX])
        factor = [[0.0] * 3 for _ in ZYX]
        for j in ZYX:
            for i in range(j, 3):
                for k in range(j):
                    rest[i][j] -= factor[i][k] * factor[j][k]
                least = max(rest[j][j], 0.015625)
                factor[i][j] = sqrt(least) if i == j else rest[i][j] / factor[j][j]
        half = np.maximum(np.array(self.voxels) - 1, 1) / 2
        return ((place + 1) * half).tolist(), factor, weights.tolist()


class Stream:
    """Reader of a unit of Gaussians."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, count: int) -> bytes:
        self.position += count
        expect(self.position <= len(self.data), "a unit ends too early")
        return self.data[self.position - count : self.position]

    def number(self) -> int:
        value = 0
        for shift in range(0, 63, 7):
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a number is too long")

    def lattice(self, rows: int, columns: int) -> Array:
        return decode_lattice(self.take(self.number()), (1, 1, rows, columns))[0, 0]


class Key(NamedTuple):
    """Properties of a Gaussian that are constant over the frames of its group."""

    cell: list[int]
    coarse: list[int]
    octave: int
    most: int
    bits: list[int]


def _first(source: Stream, n: int, channels: int, most: int) -> tuple[list[Key], Array]:
    """Return the Gaussians of a group's first frame: constant properties, and varying integers."""
    gaps = [high * 65536 + low for high, low in source.lattice(2, n).T.tolist()]
    codes = list(accumulate(gaps))
    expect(min(gaps) >= 0 and codes[-1] < 1 << 60, "a cell is damaged")
    middle = source.lattice(1, 3)
    coarse = middle + source.lattice(3, n).T
    strength = source.lattice(channels, n).T
    fine, shear, place = np.zeros((3, n, 3), np.int64)
    octaves = [min(max(v.bit_length() - 1, 0), most) for v in abs(strength).max(1).tolist()]
    order = sorted(range(n), key=octaves.__getitem__)
    fine[order], shear[order] = source.lattice(3, n).T, source.lattice(3, n).T
    keys = []
    for code, scales, finer, o in zip(codes, coarse.tolist(), fine.tolist(), octaves, strict=True):
        parts = [frexp(2**0.5 * s / 2**o) for s in _scales(scales, finer, o, most)]
        bits = [min(max((2 if m >= 0.5**0.5 else 3) - p, 0), 24) for m, p in parts]
        cell = [sum((code >> 3 * j + k & 1) << j for j in range(20)) for k in (2, 1, 0)]
        keys.append(Key(cell, scales, o, most, bits))
    left = sum(sum(key.bits) for key in keys)
    packed = int.from_bytes(source.take(ceil(left / 8)), "big") >> -left % 8
    for i, axis in np.ndindex(n, 3):
        left -= keys[i].bits[axis]
        place[i, axis] = packed >> left & (1 << keys[i].bits[axis]) - 1
    return keys, np.concatenate([place, fine, shear, strength], axis=1)


def _scales(coarse: list[int], fine: list[int], octave: int, most: int) -> list[float]:
    expect(all(abs(v) <= 40 for v in coarse), "a scale is too large")
    logarithms = [
        (c + f / 2 ** max(octave - 1, 0)) * 0.5 for c, f in zip(coarse, fine, strict=True)
    ]
    expect(all(abs(v) <= 2 ** (most + 3) for v in fine), "a scale is too large")
    expect(all(abs(v) < 60 for v in logarithms), "a scale is too large")
    scales = [_exp(v) for v in logarithms]
    expect(all(1e-9 < v < 1e9 for v in scales), "a scale is too large")
    return scales


def _exp(x: float) -> float:
    k = round(x * 1.4426950408889634)
    r = (x - k * 0.6931471803691238) - k * 1.9082149292705877e-10
    y = 1.0
    for j in range(14, 0, -1):
        y = 1 + (y * r) / j
    return ldexp(y, k)


def _gaussian(key: Key, moving: list[int], step: float, origin: list[int]) -> Gaussian:
    place, fine, shear, strengths = moving[:3], moving[3:6], moving[6:9], moving[9:]
    z, y, x = _scales(key.coarse, fine, key.octave, key.most)
    columns = zip(key.cell, place, key.bits, origin, strict=True)
    centre = [cell * 4 + (p + 0.5) * (4 / 2**b) - 0.5 + o for cell, p, b, o in columns]
    yz, xz, xy = (v * (2 / 2**key.octave) for v in shear)
    unit = step / sqrt(_exp(0.5 * sum(key.coarse)))
    return (
        centre,
        [[z, 0.0, 0.0], [yz * y, y, 0.0], [xz * x, xy * x, x]],
        [s * unit for s in strengths],
    )


def _with_transposed(a: list[list[float]]) -> list[list[float]]:
    """Return the product of a matrix and its transpose."""
    return [[r[0] * s[0] + r[1] * s[1] + r[2] * s[2] for s in a] for r in a]


def _add(
    sums: Array, part: list[int], h: float, centre: list[float], b: Any, weights: list[float]
) -> None:
    """Add a Gaussian to the channels of ``part`` in ``sums`` (channels, z, y, x), float32."""
    v = np.array(_with_transposed(b)) + np.eye(3) * ((h * h - 1) / 12)
    (vzz, vzy, vzx), (_, vyy, vyx), (_, _, vxx) = v
    kzz, kzy, kzx = vyy * vxx - vyx * vyx, vzx * vyx - vzy * vxx, vzy * vyx - vzx * vyy
    kyy, kxx, kyx = vzz * vxx - vzx * vzx, vzz * vyy - vzy * vzy, vzy * vzx - vzz * vyx
    determinant = vzz * kzz + vzy * kzy + vzx * kzx
    pzz, pyy, pxx, pzy, pzx, pyx = (
        k / determinant * (h * h) for k in (kzz, kyy, kxx, kzy, kzx, kyx)
    )
    shrunk = b[0][0] * b[1][1] * b[2][2] / np.sqrt(determinant)
    w = [np.float32(weight * shrunk) for weight in weights]
    c = (np.array(centre) - (h - 1) / 2) / h
    reach = np.sqrt(9 * np.diag(v)) / h
    if not (np.all(abs(c) < LIMIT) and np.all(reach < LIMIT) and np.isfinite(w).all()):
        return
    shape = sums.shape[1:]
    low = [max(ceil(a - r), 0) for a, r in zip(c, reach, strict=True)]
    high = [min(floor(a + r), n - 1) for a, r, n in zip(c, reach, shape, strict=True)]
    for z, y in product(*(range(low[i], high[i] + 1) for i in (0, 1))):
        dz, dy = z - c[0], y - c[1]
        linear = pzx * dz + pyx * dy
        offset = linear / pxx
        least = (pzz * dz * dz + 2 * pzy * dz * dy + pyy * dy * dy) - linear * offset
        half, middle = np.sqrt((9 - least) / pxx), c[2] - offset
        if not (least <= 9 and half < LIMIT and abs(offset) < LIMIT):
            continue
        x = np.arange(max(ceil(middle - half), low[2]), min(floor(middle + half), high[2]) + 1)
        anchor = floor(middle)
        d = (x - anchor).astype(np.float32) + np.float32(anchor - middle)
        u = (np.float32(0.5 * least) + (np.float32(0.5 * pxx) * d) * d) * np.float32(0.125)
        square, (f0, f1, f2, f3, f4, f5, f6, f7) = u * u, SERIES
        r = (f0 + f1 * u) + square * (f2 + f3 * u)
        r = r + (square * square) * ((f4 + f5 * u) + square * (f6 + f7 * u))
        r = r * r
        r = r * r
        for channel, weight in zip(part, w, strict=True):
            sums[channel, z, y, x] += weight * (r * r)

"""The wavelet pyramid for the slow reader: sections 17 and 18 of docs/format.md, without vcore."""

import struct
from collections import defaultdict
from itertools import product
from math import ceil, prod, sqrt
from typing import Any

import numpy as np
from reference_reader import Array, RangeDecoder, expect

Counters = dict[Any, list[int]]
BEGINS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
LIFT = (0.4435068522, 0.8829110762, -0.05298011854, -1.586134342)


def tables() -> tuple[list[int], list[int]]:
    """Return squash(-2047 .. 2047) and stretch(0 .. 4095)."""
    one = e = term = 1 << 128
    for k in range(1, 30):
        term //= 256 * k
        e += term
    power, upper = one, []
    for _ in range(2048):
        upper.append(((power << 17) // (one + power) + 1) >> 1)
        power = power * e >> 128
    squash = [65536 - v for v in upper[:0:-1]] + upper
    stretch, i = [], 0
    for j in range(4096):
        while i < 4095 and squash[i] < 16 * j + 8:
            i += 1
        stretch.append(min(i - 2047, 2047))
    return squash, stretch


SQUASH, STRETCH = tables()


class Mixer:
    """What a coder has learnt; new, or going on from another (section 18)."""

    def __init__(self, other: "Mixer | None" = None) -> None:
        self.counters: Counters = defaultdict(lambda: [5 << 18, 0])
        self.weights: Counters = defaultdict(lambda: [19661] * 8)
        self.singles: Counters = defaultdict(lambda: [1 << 21, 0])
        if other:
            self.counters.update({k: [p, min(n, 24)] for k, (p, n) in other.counters.items()})
            self.weights.update({k: list(v) for k, v in other.weights.items()})
            self.singles.update({k: list(v) for k, v in other.singles.items()})


def chance(coder: RangeDecoder, p: int) -> int:
    bound = (coder.range >> 16) * p
    bit = int(coder.code < bound)
    coder.code, coder.range = (
        (coder.code, bound) if bit else (coder.code - bound, coder.range - bound)
    )
    coder.refill()
    return bit


def single(coder: RangeDecoder, mixer: Mixer, c: int) -> int:
    counter = mixer.singles[c]
    p, seen = counter
    bit = chance(coder, min(max(p >> 6, 2), 65534))
    rate = min((seen >> 1) + 1, 7) + (seen == 400)
    counter[:] = p + (((bit << 22) - p) >> rate), min(seen + 1, 400)
    return bit


def mixed(coder: RangeDecoder, mixer: Mixer, slots: list[int], sets: tuple[int, int]) -> int:
    counters = [mixer.counters[i, slot] for i, slot in enumerate(slots)]
    s = [STRETCH[p >> 10] for p, _ in counters]
    found = []
    for row in sets:
        dot = sum(a * b for a, b in zip(s, mixer.weights[row], strict=True)) >> 16
        found.append(min(max(dot, -2047), 2047))
    p = SQUASH[(sum(found) >> 1) + 2047]
    bit = chance(coder, min(max(p, 22), 65514))
    for row, logit in zip(sets, found, strict=True):
        missed = 65536 * bit - SQUASH[logit + 2047]
        weights = mixer.weights[row]
        weights[:] = [w + ((a * missed + 8192) >> 14) for w, a in zip(weights, s, strict=True)]
    for counter in counters:
        p, seen = counter
        p += (((bit << 22) - p) * (131072 // (2 * seen + 3))) >> 16
        counter[:] = min(max(p, 64), (1 << 22) - 64), min(seen + 1, 127)
    return bit


def kind(v: int) -> int:
    if v < 1024:
        return sum(b <= v for b in BEGINS)
    return kind(v >> 4) + 8 if v < 16384 else min(kind(min(v >> 8, 1023)) + 16, 31)


def integers(
    coder: RangeDecoder, shape: tuple[int, ...], above: Array, mixer: Mixer, before: Any = None
) -> Array:
    """Return the integers of a level or tile of a level."""
    q = np.zeros(shape, np.int64)
    a: dict[Any, int] = defaultdict(int)
    s: dict[Any, int] = defaultdict(int)
    c: dict[Any, int] = defaultdict(int)
    for place in np.argwhere(above):
        b = int(place % 2 @ (4, 2, 1))
        size = abs(int(above[tuple(place)]))
        a[(b, *(place // 2).tolist())] = size
        s[tuple((place // 2).tolist())] += size
    near3 = list(product((-1, 0, 1), repeat=3))
    for b in range(1, 8):
        low = (b >> 2, (b >> 1) & 1, b & 1)
        m: dict[Any, int] = defaultdict(int)
        for z, y, x in np.ndindex(*((n + 1 - p) // 2 for n, p in zip(shape, low, strict=True))):
            half = (z // 2, y // 2, x // 2)
            w, n, u = m[z, y, x - 1], m[z, y - 1, x], m[z - 1, y, x]
            near, far = w + n + u, m[z, y, x - 2] + m[z, y - 2, x] + m[z - 2, y, x]
            for dz, dy, dx in ((0, 1, 1), (0, 1, -1), (1, 0, 1), (1, 0, -1), (1, 1, 0), (1, -1, 0)):
                far += 2 * m[z - dz, y - dy, x - dx]
            here, own, parents = c[z, y, x], a[(b, *half)], s[half]
            around = c[z - 1, y, x] + c[z + 1, y, x] + c[z, y - 1, x] + c[z, y + 1, x]
            around += c[z, y, x - 1] + c[z, y, x + 1]
            wide = sum(s[half[0] + i, half[1] + j, half[2] + k] for i, j, k in near3)
            total = 16 * near + 4 * far + 13 * own + 10 * here + 2 * around + 2 * parents
            same = beside = 0
            if before is not None:
                at = (2 * z + low[0], 2 * y + low[1], 2 * x + low[2])
                same, beside = int(before[at]), two_away(before, at)
                total += 4 * same + 2 * beside
            k = kind(total)

            def pair(v: int, w: int) -> int:
                return 22 * min(kind(v), 21) + min(kind(w), 21)

            four = 64 * min(w, 3) + 16 * min(n, 3) + 4 * min(u, 3) + min(own, 3)
            slots = [
                7 * k + b - 1,
                pair(16 * near, 8 * far),
                pair(16 * own, 8 * parents),
                pair(16 * here, 4 * around),
                2 * four + (here > 0),
                pair(16 * near + 4 * far, 13 * own + 13 * here),
                pair(4 * wide, 4 * around),
                pair(16 * near + 4 * far + 10 * here, 4 * wide),
            ]
            if before is not None:
                slots[7] = pair(16 * same, 8 * beside)
            j = 0
            if total == 0:
                r = 0 if wide == 0 else 1 if wide < 4 else 2
                if not single(coder, mixer, b - 1 + 7 * r):
                    continue
                j = 1
            while j < 31:
                big = min(j, 13)
                sets = (32 * big + k, 448 + 7 * big + b - 1)
                if not mixed(coder, mixer, [512 * big + slot for slot in slots], sets):
                    break
                j += 1
            if j == 0:
                continue
            size = 1
            if j > 1:
                rest = 0
                for i in range(j - 3, -1, -1):
                    raw = j - 2 - i > 3
                    bit = (
                        chance(coder, 32768) if raw else single(coder, mixer, 21 + 32 * (j - 1) + i)
                    )
                    rest = 2 * rest + bit
                size = (1 << (j - 2)) + 1 + rest
            expect(size < 1 << 31, "a magnitude is too large")
            q[2 * z + low[0], 2 * y + low[1], 2 * x + low[2]] = (
                -size if chance(coder, 32768) else size
            )
            m[z, y, x] = size
        for place, size in m.items():
            c[place] += size
    return q


def two_away(before: Array, at: tuple[int, ...]) -> int:
    """Return the sum of the six neighbours in the same band."""
    total = 0
    for axis, move in product(range(3), (-2, 2)):
        place = [p + move * (k == axis) for k, p in enumerate(at)]
        if 0 <= place[axis] < before.shape[axis]:
            total += int(before[tuple(place)])
    return total


def lifted_back(e: Array) -> Array:
    """Return values lifted back along x, y and z."""
    for axis in (2, 1, 0):
        n = e.shape[axis]
        if n == 1:
            continue
        e = np.moveaxis(e, axis, 0).copy()
        e[::2], e[1::2] = e[::2] / 1.149604398, e[1::2] * 1.149604398
        for s, factor in enumerate(LIFT):
            for i in range(s % 2, n, 2):
                left, right = e[abs(i - 1)], e[i + 1 if i + 1 < n else n - 2]
                e[i] = e[i] - factor * (left + right)
        e = np.moveaxis(e, 0, axis)
    return e


class Pyramid:
    """A variable of the method ``wavelet`` (section 18)."""

    def __init__(self, variable: Any) -> None:
        self.variable, self.coarsest = variable, variable.levels - 1
        self.step, self.points = variable.settings["step"], variable.state["centroids"]
        expect(len(self.points) == variable.levels, "there are too few reconstruction points")
        self.shapes = [tuple(variable.grid_shape)]
        while max(self.shapes[-1]) > 1:
            self.shapes.append(tuple(ceil(n / 2) for n in self.shapes[-1]))

    def values(self, level: int) -> Array:
        """Return the values of a level of all frames, in shares of the range."""
        lead = self.variable.lead
        times = lead[0] if "t" in self.variable.fields["axes"] else 1
        step = prod(lead) // times
        size = self.variable.settings.get("group") or 1
        frames: dict[int, Array] = {}
        for first, c in product(range(0, times, size), range(step)):
            group = [t * step + c for t in range(first, min(first + size, times))]
            frames.update(zip(group, self.group(group, level), strict=True))
        return np.array([frames[f] for f in range(prod(lead))]).reshape(*lead, *self.shapes[level])

    def group(self, units: list[int], wanted: int) -> list[Array]:
        """Return a level of the frames of a group."""
        coarse = self.variable.units(self.coarsest, "coarse", prod(self.variable.lead))
        heads = [self.head(coarse[unit], len(units)) for unit in units]
        basis = heads[0][2] is not None
        expect(not basis or len(units) > 1, "a frame alone has weights")
        expect(basis or all(head[2] is None for head in heads), "weights without a basis")
        shapes = self.shapes[:-1]
        found: list[dict[int, Array]] = []
        before = {level: np.zeros(s, np.int64) if basis else None for level, s in enumerate(shapes)}
        mixers: list[Mixer] = []
        for k, (unit, head) in enumerate(zip(units, heads, strict=True)):
            mixer = Mixer(mixers[k - 1 if basis else 0]) if k else Mixer()
            mixers.append(mixer)
            data = head[3]
            q, levels, coder = np.zeros((1, 1, 1), np.int64), {}, RangeDecoder(data, 0)
            for level in range(len(shapes) - 1, wanted - 1, -1):
                if level < self.coarsest:
                    q = self.details(unit, level, q, mixer, before[level])
                elif data:
                    q = integers(coder, shapes[level], q, mixer, before[level])
                else:
                    q = np.zeros(shapes[level], np.int64)
                levels[level] = q
                if before[level] is not None:
                    before[level] = np.minimum(before[level] // 2 + np.abs(q), 65535)
            found.append(levels)
        frames = []
        for f in range(len(units)):
            parts = []
            for k, head in enumerate(heads):
                weight = head[2][f] / 32768 if head[2] else float(k == f and not basis)
                if weight:
                    parts.append((weight, found[k]))
            frames.append(self.frame(heads[f], parts, wanted))
        return frames

    def head(self, data: bytes, frames: int) -> Any:
        """Return low, slopes, weights and stream of a unit."""
        flags, at, slopes, weights = data[0], 5, [0.0] * 3, None
        expect(flags < 4, "unknown flags")
        (low,) = struct.unpack("<f", data[1:5])
        if flags & 1:
            slopes, at = list(struct.unpack("<3f", data[5:17])), 17
        if flags & 2:
            weights = struct.unpack(f"<{frames}h", data[at : at + 2 * frames])
            at += 2 * frames
        return low, slopes, weights, data[at:]

    def frame(self, head: Any, parts: list[Any], wanted: int) -> Array:
        low = np.full((1, 1, 1), head[0])
        for level in range(len(self.shapes) - 2, wanted - 1, -1):
            e = np.zeros(self.shapes[level])
            for weight, levels in parts:
                e = e + weight * self.coefficients(levels[level], level)
            e[::2, ::2, ::2] = low
            low = lifted_back(e)
        return self.placed(low, wanted, head[1])

    def details(self, number: int, level: int, above: Array, mixer: Mixer, before: Any) -> Array:
        shape = self.shapes[level]
        corners = list(product(*(range(0, n, 64) for n in shape)))
        units = self.variable.units(level, "details", prod(self.variable.lead) * len(corners))
        q = np.zeros(shape, np.int64)
        for corner, data in zip(corners, units[number * len(corners) :], strict=False):
            ends = [min(a + 64, n) for a, n in zip(corner, shape, strict=True)]
            box = tuple(map(slice, corner, ends))
            over = tuple(slice(a // 2, (b + 1) // 2) for a, b in zip(corner, ends, strict=True))
            if data:
                coder, inside = RangeDecoder(data, 0), before if before is None else before[box]
                q[box] = integers(coder, q[box].shape, above[over], Mixer(mixer), inside)
        return q

    def coefficients(self, q: Array, level: int) -> Array:
        row = np.array(self.points[max(self.coarsest - level, 0)]) / 64
        size = np.abs(q)
        values: Array = np.sign(q) * (size - row[np.clip(size, 1, 3) - 1]) * self.step
        return values

    def placed(self, v: Array, level: int, slopes: list[float]) -> Array:
        factor, shape = 2**level, self.shapes[0]
        centres = []
        for n in shape:
            first = np.arange(ceil(n / factor)) * factor
            centres.append((first + np.minimum(first + factor, n) - 1) / 2)
        if level:
            halvings = sum(n > 1 for s in self.shapes[:level] for n in s)
            v = v / (2.0 ** (halvings // 2) * (sqrt(2.0) if halvings % 2 else 1.0))
            for axis in range(3):
                if v.shape[axis] > 1:
                    v = self.interpolated(v, axis, centres[axis] / factor)
        if any(slopes):
            z, y, x = (g * m for g, m in zip(slopes, centres, strict=True))
            v = v + ((z[:, None, None] + y[:, None]) + x)
        return v

    def interpolated(self, v: Array, axis: int, p: Array) -> Array:
        base = np.floor(p).astype(int)
        t = p - base
        weights = [
            -t * (t - 1) * (t - 2) / 6,
            (t + 1) * (t - 1) * (t - 2) / 2,
            -(t + 1) * t * (t - 2) / 2,
            (t + 1) * t * (t - 1) / 6,
        ]
        shape = [-1 if k == axis else 1 for k in range(3)]
        total = np.zeros(1)
        for k, weight in enumerate(weights):
            part = v.take(np.clip(base + k - 1, 0, v.shape[axis] - 1), axis) * weight.reshape(shape)
            total = total + part if k else part
        return total

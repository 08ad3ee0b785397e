"""The wavelet pyramid for the slow reader: sections 17 and 18 of docs/format.md, without vcore."""

import struct
from collections import defaultdict
from decimal import Decimal, getcontext
from itertools import product
from math import ceil, prod, sqrt
from typing import Any

import numpy as np
from reference_prediction import predict, weights
from reference_reader import Array, RangeDecoder, expect
from reference_restoration import restored

Counters = dict[Any, list[int]]
BEGINS = (2, 6, 12, 19, 31, 46, 69, 100, 145, 208, 297, 423, 601, 854)
PI = Decimal("3.14159265358979323846264338327950288419716939937511")
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
    """State of an adaptive coder, initial or copied from another (section 18)."""

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


def trusted(counter: list[int]) -> int:
    """Return the logit of a counter, scaled down if it has seen few bits."""
    p, seen = counter
    return STRETCH[p >> 10] * (256 * (2 * seen + 1) // (2 * seen + 4)) >> 8


def mixed(coder: RangeDecoder, mixer: Mixer, slots: list[Any], sets: tuple[Any, ...]) -> int:
    """Decode a bit. A slot is a counter's key, (key, -1) if inverted, or None."""
    pairs = [(s, 1) if not isinstance(s, tuple) or len(s) != 2 else s for s in slots]
    counters = [mixer.counters[i, slot] for i, (slot, _) in enumerate(pairs)]
    logits = [
        0 if slot is None else side * trusted(counter)
        for counter, (slot, side) in zip(counters, pairs, strict=True)
    ]
    found = []
    for row in sets:
        dot = sum(a * b for a, b in zip(logits, mixer.weights[row], strict=True)) >> 16
        found.append(min(max(dot, -2047), 2047))
    p = SQUASH[sum(found) // len(found) + 2047]
    bit = chance(coder, min(max(p, 22), 65514))
    for row, logit in zip(sets, found, strict=True):
        missed = 65536 * bit - SQUASH[logit + 2047]
        weights = mixer.weights[row]
        weights[:] = [w + ((a * missed + 8192) >> 14) for w, a in zip(weights, logits, strict=True)]
    for counter, (slot, side) in zip(counters, pairs, strict=True):
        if slot is not None:
            moved(counter, bit if side > 0 else 1 - bit)
    return bit


def moved(counter: list[int], bit: int) -> None:
    p, seen = counter
    p += (((bit << 22) - p) * (131072 // (2 * seen + 3))) >> 16
    counter[:] = min(max(p, 64), (1 << 22) - 64), min(seen + 1, 127)


def kind(v: int) -> int:
    if v < 1024:
        return sum(b <= v for b in BEGINS)
    return kind(v >> 4) + 8 if v < 16384 else min(kind(min(v >> 8, 1023)) + 16, 31)


def pair(v: int, w: int) -> int:
    return 22 * min(kind(v), 21) + min(kind(w), 21)


def sign(v: Any) -> int:
    return int(v > 0) - int(v < 0)


def key(*signs: int) -> Any:
    """Return the key of signs, and -1 if the first nonzero one is negative; None if all are 0."""
    if not any(signs):
        return None
    side = sign(next(v for v in signs if v))
    return tuple(side * v for v in signs), side


def sign_slots(g: Any, b: int, place: tuple[int, ...], over: int, m: int) -> list[Any]:
    """Return the contexts of a sign; g(band, z, y, x) are decoded integers, clipped to ±2."""
    z, y, x = place

    def own(dz: int, dy: int, dx: int) -> int:
        return sign(g(b, z + dz, y + dy, x + dx))

    def other(c: int, axis: int, way: int) -> int:
        at = [v + way * (k == axis) for k, v in enumerate(place)]
        return sign(g(c, *at))

    w, n, u = own(0, 0, -1), own(0, -1, 0), own(-1, 0, 0)
    ww, nn, uu = own(0, 0, -2), own(0, -2, 0), own(-2, 0, 0)
    p, q, r, s = own(0, -1, -1), own(0, -1, 1), own(-1, 0, -1), own(-1, 0, 1)
    t, v = own(-1, -1, 0), own(-1, 1, 0)
    five = key(g(b, z, y, x - 1), g(b, z, y - 1, x), g(b, z - 1, y, x))
    above = key(sign(over), w, n, u)
    slots = [
        five and (("m", min(m, 3), *five[0]), five[1]),
        key(w, n, u, p, q, ww),
        key(w, n, u, t, v, nn),
        key(w, n, u, r, s, uu),
        key(w, n, u, ww, nn, uu),
        above and (("odd", z % 2, y % 2, x % 2, *above[0]), above[1]),
    ]
    if b == 1:
        slots += [key(p, q, r, s, t, v), None]
    else:
        one, i, two, j = {2: (1, 1, 1, 2), 4: (1, 0, 2, 0), 3: (1, 1, 2, 2), 5: (1, 0, 4, 2),
                          6: (2, 0, 4, 1), 7: (3, 0, 6, 2)}[b]  # fmt: skip
        a, c, d = other(one, i, 0), other(one, i, -1), other(one, i, 1)
        e, f, h = other(two, j, 0), other(two, j, -1), other(two, j, 1)
        slots += [key(a, c, d, e, f, h), key(w, n, u, a, d, e)]
    return [slot and (("sign", b, slot[0]), slot[1]) for slot in slots]


class Bands:
    """The bands of a level or tile while its integers are decoded."""

    def __init__(self, shape: tuple[int, ...], above: Array, before: Any) -> None:
        self.q = np.zeros(shape, np.int64)
        self.above, self.before = above, before
        self.a: dict[Any, int] = defaultdict(int)
        self.s: dict[Any, int] = defaultdict(int)
        self.c: dict[Any, int] = defaultdict(int)
        self.c8: dict[Any, int] = defaultdict(int)
        self.g: dict[Any, int] = defaultdict(int)
        for place in np.argwhere(above):
            b = int(place % 2 @ (4, 2, 1))
            size = min(abs(int(above[tuple(place)])), 16383)
            self.a[(b, *(place // 2).tolist())] = size
            self.s[tuple((place // 2).tolist())] += size

    def decode(self, coder: RangeDecoder, mixer: Mixer) -> Array:
        for b in range(1, 8):
            low = (b >> 2, (b >> 1) & 1, b & 1)
            sizes = [(n + 1 - p) // 2 for n, p in zip(self.q.shape, low, strict=True)]
            self.m: dict[Any, int] = defaultdict(int)
            self.m8: dict[Any, int] = defaultdict(int)
            for block in np.ndindex(*((n + 1) // 2 for n in sizes)):
                self.block(coder, mixer, b, block, sizes)
            for place, size in self.m.items():
                self.c[place] += size
            for place, size in self.m8.items():
                self.c8[place] += size
        return self.q

    def block(
        self, coder: RangeDecoder, mixer: Mixer, b: int, block: tuple[int, ...], sizes: list[int]
    ) -> None:
        m, m8 = self.m, self.m8
        bz, by, bx = block
        corner = (2 * bz, 2 * by, 2 * bx)
        places = [
            (i, tuple(c + d for c, d in zip(corner, step, strict=True)))
            for i, step in enumerate(product((0, 1), repeat=3))
        ]
        places = [(i, p) for i, p in places if all(v < n for v, n in zip(p, sizes, strict=True))]
        z, y, x = corner
        two = list(product((0, 1), repeat=2))
        w = sum(m[z + i, y + j, x - 1] for i, j in two)
        n = sum(m[z + i, y - 1, x + j] for i, j in two)
        u = sum(m[z - 1, y + i, x + j] for i, j in two)
        far = m8[bz, by, bx - 1] + m8[bz, by - 1, bx] + m8[bz - 1, by, bx]
        for i, j in ((-1, -1), (-1, 1)):
            far += m8[bz, by + i, bx + j] + m8[bz + i, by, bx + j] + m8[bz + i, by + j, bx]
        same, beside = self.of_before(b, [p for _, p in places])
        around = beside_of(self.c8, block)
        numbers = (8 * (w + n + u), 2 * far, 4 * self.c8[block], around, same, beside // 2)
        slots, k = self.slots(b, block, (w, n, u), numbers, 0)
        wide = sum(self.s[bz + i, by + j, bx + h] for i, j, h in product((-1, 0, 1), repeat=3))
        if k is None:
            r = 0 if wide == 0 else 1 if wide < 4 else 2
            if not single(coder, mixer, b - 1 + 7 * r):
                return
        elif not self.bit(coder, mixer, b, 0, 0, slots, k):
            return
        some = 0
        for i, place in places:
            j = int(place == places[-1][1] and not some)
            z, y, x = place
            w, n, u = m[z, y, x - 1], m[z, y - 1, x], m[z - 1, y, x]
            far = m[z, y, x - 2] + m[z, y - 2, x] + m[z - 2, y, x]
            for h, v in ((-1, -1), (-1, 1)):
                far += 2 * (m[z, y + h, x + v] + m[z + h, y, x + v] + m[z + h, y + v, x])
            same, beside = self.of_before(b, [place])
            around = 2 * beside_of(self.c, place)
            numbers = (
                16 * (w + n + u), 4 * far, 10 * self.c[place], around, 4 * same, 2 * beside
            )  # fmt: skip
            state = 7 if some else i
            slots, k = self.slots(b, block, (w, n, u), numbers, state, self.c[place])
            step = 4 if some else 1 if i < 4 else 2 if i < 6 else 3
            while j < 31:
                if j:
                    step, state = min(j, 11) + 4, 0
                if not self.bit(coder, mixer, b, step, state, slots, k or 0):
                    break
                j += 1
            if j:
                some += self.magnitude_and_sign(coder, mixer, b, place, j, (w, n, u))
        m8[block] = some

    def of_before(self, b: int, places: list[Any]) -> tuple[int, int]:
        """Return the sums of ``same`` and ``beside`` over places."""
        if self.before is None:
            return 0, 0
        at = [(2 * z + (b >> 2), 2 * y + ((b >> 1) & 1), 2 * x + (b & 1)) for z, y, x in places]
        return sum(int(self.before[p]) for p in at), sum(two_away(self.before, p) for p in at)

    def slots(
        self, b: int, block: Any, touching: Any, numbers: Any, state: int, here: int | None = None
    ) -> tuple[list[int], int | None]:
        """Return the slots and the class of the total; None for a total of 0."""
        near, far, inside, around, same, beside = numbers
        own, parents = self.a[(b, *block)], self.s[block]
        z, y, x = block
        wide = sum(self.s[z + i, y + j, x + h] for i, j, h in product((-1, 0, 1), repeat=3))
        total = near + far + 13 * own + inside + around + 2 * parents + same + beside
        w, n, u = touching
        four = 64 * min(w, 3) + 16 * min(n, 3) + 4 * min(u, 3) + min(own, 3)
        slots = [
            8 * kind(total) + state,
            pair(near, 2 * far),
            pair(16 * own, 8 * parents),
            pair(inside + inside // 2, 2 * around),
            2 * four + (inside > 0),
            pair(near + far, 13 * own + inside),
            pair(4 * wide, 2 * around),
            pair(near + far + inside, 4 * wide),
        ]
        if self.before is not None:
            slots[7] = pair(4 * same, 4 * beside)
        return slots, kind(total) if total else None

    def bit(
        self, coder: RangeDecoder, mixer: Mixer, b: int, step: int, state: int, slots: Any, k: int
    ) -> int:
        sets = (("class", step, k), ("band", step, state, b))
        return mixed(coder, mixer, [512 * step + slot for slot in slots], sets)

    def magnitude_and_sign(
        self, coder: RangeDecoder, mixer: Mixer, b: int, place: Any, j: int, touching: Any
    ) -> int:
        size = 1
        if j > 1:
            rest = 0
            for i in range(j - 3, -1, -1):
                raw = j - 2 - i > 3
                bit = chance(coder, 32768) if raw else single(coder, mixer, 21 + 32 * (j - 1) + i)
                rest = 2 * rest + bit
            size = (1 << (j - 2)) + 1 + rest
        expect(size < 1 << 31, "a magnitude is too large")
        z, y, x = place
        low = (b >> 2, (b >> 1) & 1, b & 1)
        at = tuple(2 * (v // 2) + p for v, p in zip(place, low, strict=True))
        inside = all(v < n for v, n in zip(at, self.above.shape, strict=True))
        over = int(self.above[at]) if inside else 0
        slots = sign_slots(lambda *p: self.g[p], b, place, over, size)
        sets = ("sign", b, min(size, 4)), ("beside", b, sum(v > 0 for v in touching))
        negative = mixed(coder, mixer, slots, sets)
        self.q[2 * z + low[0], 2 * y + low[1], 2 * x + low[2]] = -size if negative else size
        self.g[(b, *place)] = -min(size, 2) if negative else min(size, 2)
        self.m[place] = min(size, 16383)
        return self.m[place]


def beside_of(a: Any, place: tuple[int, ...]) -> int:
    z, y, x = place
    return int(
        a[z - 1, y, x] + a[z + 1, y, x] + a[z, y - 1, x] + a[z, y + 1, x] + a[z, y, x - 1]
        + a[z, y, x + 1]
    )  # fmt: skip


def side(shape: tuple[int, ...]) -> int:
    """Return the side of a level's tiles."""
    return 44 if max(shape) > 64 else 64


def integers(
    coder: RangeDecoder, shape: tuple[int, ...], above: Array, mixer: Mixer, before: Any = None
) -> Array:
    """Return the integers of a level or tile of a level."""
    return Bands(shape, above, before).decode(coder, mixer)


def two_away(before: Array, at: tuple[int, ...]) -> int:
    """Return the sum over the six neighbours in the same band."""
    total = 0
    for axis, move in product(range(3), (-2, 2)):
        place = [p + move * (k == axis) for k, p in enumerate(at)]
        if 0 <= place[axis] < before.shape[axis]:
            total += int(before[tuple(place)])
    return total


def lifted_back(e: Array) -> Array:
    """Return values after inverse lifting along x, y and z."""
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


def from_cosines(e: Array) -> Array:
    """Return values after the inverse cosine transform along x, y and z."""
    for axis in (2, 1, 0):
        n = e.shape[axis]
        if n == 1:
            continue
        half = ceil(n / 2)
        fine, coarse = cosines(n), cosines(half)
        columns = np.zeros((n, n))
        columns[:, 1::2] = fine[half:].T
        for k in range(half):
            columns[:, ::2] += fine[k][:, None] * coarse[k] * sqrt(n / (2 * half))
        moved = np.moveaxis(e, axis, 0)
        total = np.zeros(moved.shape)
        for j in range(n):
            total += columns[:, j].reshape(-1, 1, 1) * moved[j]
        e = np.moveaxis(total, 0, axis)
    return e


def cosines(n: int) -> Array:
    """Return C(k, i) as rows k of n values."""
    getcontext().prec = 60
    quarter = [cosine(Decimal(j) / (2 * n)) for j in range(n)] + [0.0]
    rows = np.zeros((n, n))
    for k, i in np.ndindex(n, n):
        m = k * (2 * i + 1) % (4 * n)
        m = min(m, 4 * n - m)
        rows[k, i] = quarter[m] if m <= n else -quarter[2 * n - m]
    rows[0] = sqrt(1 / n)
    rows[1:] *= sqrt(2 / n)
    return rows


def cosine(turn: Decimal) -> float:
    """Return cos(pi * turn), to the nearest f64."""
    square, term, total, k = (PI * turn) ** 2, Decimal(1), Decimal(0), 0
    while abs(term) > Decimal(10) ** -45:
        total, k = total + term, k + 2
        term = -term * square / (k * (k - 1))
    return float(total)


def number(data: bytes, at: int) -> tuple[int, int]:
    """Return the LEB128 number at a place, and the place behind it."""
    value = shift = 0
    while data[at] > 127:
        value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
    return value | data[at] << shift, at + 1


class Levels:
    """The levels of a variable of the method ``wavelet`` (section 18)."""

    def __init__(self, variable: Any) -> None:
        self.variable, self.coarsest = variable, variable.levels - 1
        self.step, self.points = variable.settings["step"], variable.state["centroids"]
        self.cosine = variable.settings.get("transform") == "cosine"
        expect(not self.cosine or max(variable.grid_shape) <= 128, "an axis is too long")
        self.shapes = [tuple(variable.grid_shape)]
        while max(self.shapes[-1]) > 1:
            self.shapes.append(tuple(ceil(n / 2) for n in self.shapes[-1]))
        self.small = sum(max(shape) > 64 for shape in self.shapes)
        self.prediction = variable.state.get("prediction")
        self.own = min(max(self.small, 2), len(self.shapes) - 1) if self.prediction else self.small
        expect(len(self.points) == self.own + 1, "there are too few reconstruction points")

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
                n = v.shape[axis]
                if n > 1:
                    p = centres[axis] / factor
                    if self.cosine:
                        p = (centres[axis] + 0.5) * n / shape[axis] - 0.5
                    v = self.interpolated(v, axis, p)
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


class Pyramid(Levels):
    """A variable of any effort but ``fast``."""

    def __init__(self, variable: Any) -> None:
        super().__init__(variable)
        self.filter = variable.state.get("filter", [])
        self.restoration = variable.state.get("restoration", [])
        finer = self.shapes[: self.coarsest][::-1]
        self.tiles = [prod(ceil(n / side(shape)) for n in shape) for shape in finer]

    def values(self, level: int) -> Array:
        """Return the values of a level of all frames, as fractions of the range."""
        lead = self.variable.lead
        times = lead[0] if "t" in self.variable.fields["axes"] else 1
        step = prod(lead) // times
        size = self.variable.settings.get("group") or 1
        frames: dict[int, Array] = {}
        for first, c in product(range(0, times, size), range(step)):
            group = [t * step + c for t in range(first, min(first + size, times))]
            frames.update(zip(group, self.group(group, level), strict=True))
        return np.array([frames[f] for f in range(prod(lead))]).reshape(*lead, *self.shapes[level])

    def with_background(self, values: Array, level: int) -> Array:
        """Return values of a level in data units with the background in its place."""
        if "background" not in self.variable.state:
            return values
        from reference_background import decode_mask, put_back

        first = self.variable.units(self.coarsest, "coarse", prod(self.variable.lead))[0]
        times = self.variable.lead[0] if "t" in self.variable.fields["axes"] else 1
        head = self.head(first, min(self.variable.settings.get("group") or 1, times))
        mask = decode_mask(head[5], self.shapes[0])
        return put_back(values, self.variable.state["background"], mask, level)

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
            primers = (heads[0] if basis else head)[4]
            for level in range(len(shapes) - 1, wanted - 1, -1):
                if level < self.coarsest:
                    primer = primers[self.coarsest - 1 - level] if primers else None
                    q, mixer = self.details(unit, level, q, mixer, before[level], primer)
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
            frames.append(self.frame(heads[f], parts, wanted, basis))
        return frames

    def head(self, data: bytes, frames: int) -> Any:
        """Return low, slopes, weights, stream, primers and mask of a unit."""
        flags, at, slopes, weights = data[0], 5, [0.0] * 3, None
        expect(not flags & ~(15 if self.tiles else 11), "unknown flags")
        (low,) = struct.unpack("<f", data[1:5])
        if flags & 1:
            slopes, at = list(struct.unpack("<3f", data[5:17])), 17
        if flags & 2:
            weights = struct.unpack(f"<{frames}h", data[at : at + 2 * frames])
            at += 2 * frames
        primers, mask = [], b""
        for count in self.tiles if flags & 4 else []:
            place, at = number(data, at)
            expect(place < count, "a primer is no tile")
            primers.append(place)
        if flags & 8:
            length, at = number(data, at)
            mask, at = data[at : at + length], at + length
        return low, slopes, weights, data[at:], primers, mask

    def frame(self, head: Any, parts: list[Any], wanted: int, basis: bool) -> Array:
        low = np.full((1, 1, 1), head[0])
        for level in range(len(self.shapes) - 2, wanted - 1, -1):
            e = np.zeros(self.shapes[level])
            for weight, levels in parts:
                e = e + weight * self.coefficients(levels[level], level)
            if self.prediction and level < 3 and self.prediction[0] >> level & 1 and not basis:
                predict(low, e, level, self.step, weights(self.prediction[0] >> 3))
            e[::2, ::2, ::2] = low
            low = from_cosines(e) if self.cosine else lifted_back(e)
        if wanted == 0 and self.filter:
            low = self.filtered(low)
        if wanted == 0 and self.restoration:
            number, *levels = self.restoration
            low = restored(low, self.step, number, levels)
        return self.placed(low, wanted, head[1])

    def filtered(self, v: Array) -> Array:
        padded = np.pad(v, 2, mode="edge")

        def at(z: int, y: int, x: int) -> Array:
            return padded[
                tuple(slice(2 + k, 2 + k + n) for k, n in zip((z, y, x), v.shape, strict=True))
            ]

        def both(z: int, y: int, x: int) -> Array:
            return at(z, y, x) + at(-z, -y, -x)

        def face(x: int) -> Array:
            return (at(-1, 0, x) + at(1, 0, x)) + (at(0, -1, x) + at(0, 1, x))

        def diagonal(x: int) -> Array:
            return (at(-1, -1, x) + at(-1, 1, x)) + (at(1, -1, x) + at(1, 1, x))

        axes = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
        features = [both(*axis) - (v + v) for axis in axes]
        features.append(((face(-1) + face(1)) + diagonal(0)) - 12 * v)
        features.append((diagonal(-1) + diagonal(1)) - 8 * v)
        features += [both(2 * z, 2 * y, 2 * x) - (v + v) for z, y, x in axes]
        gz, gy, gx = (np.abs(at(z, y, x) - at(-z, -y, -x)) for z, y, x in axes)
        fz, fy, fx = (np.abs(f) for f in features[:3])
        activity = ((gz + gy) + gx) + ((fz + fy) + fx)
        kinds = sum(1 * (activity >= self.step * 2.0**j) for j in range(-6, 7))
        out = v.copy()
        for k, row in enumerate(self.filter):
            if row:
                here = kinds == k + 1
                total = features[0][here] * (row[0] / 4096)
                for feature, tap in zip(features[1:], row[1:], strict=True):
                    total = total + feature[here] * (tap / 4096)
                out[here] = v[here] + total
        return out

    def details(
        self, number: int, level: int, above: Array, mixer: Mixer, before: Any, primer: int | None
    ) -> tuple[Array, Mixer]:
        """Return the integers of a level, and the state left behind by its primer."""
        shape = self.shapes[level]
        corners = list(product(*(range(0, n, side(shape)) for n in shape)))
        units = self.variable.units(level, "details", prod(self.variable.lead) * len(corners))
        q = np.zeros(shape, np.int64)
        own = units[number * len(corners) :]
        # the primer first: the others continue from its state
        for place in sorted(range(len(corners)), key=lambda i: i != primer):
            corner, data = corners[place], own[place]
            ends = [min(a + side(shape), n) for a, n in zip(corner, shape, strict=True)]
            box = tuple(map(slice, corner, ends))
            over = tuple(slice(a // 2, (b + 1) // 2) for a, b in zip(corner, ends, strict=True))
            if data:
                coder, inside = RangeDecoder(data, 0), before if before is None else before[box]
                state = Mixer(mixer)
                q[box] = integers(coder, q[box].shape, above[over], state, inside)
                mixer = state if place == primer else mixer
        return q, mixer

    def coefficients(self, q: Array, level: int) -> Array:
        row = self.points[max(self.own - level, 0)]
        size, shifts = np.abs(q), np.array(row[:3]) / 64
        r = np.sign(q) * (size - shifts[np.clip(size, 1, 3) - 1])
        if len(row) == 3:
            return np.asarray(r * self.step)
        padded = np.pad(r, 2)
        beside = [
            padded[2 * (k == 0) + 2 :, 2 * (k == 1) + 2 :, 2 * (k == 2) + 2 :] for k in range(3)
        ]
        before = [padded[2 * (k != 0) :, 2 * (k != 1) :, 2 * (k != 2) :] for k in range(3)]
        z, y, x = (slice(0, n) for n in r.shape)
        sums = [a[z, y, x] + b[z, y, x] for a, b in zip(before, beside, strict=True)]
        total = r.copy()
        for b in range(1, 8):
            band = (slice(b >> 2, None, 2), slice((b >> 1) & 1, None, 2), slice(b & 1, None, 2))
            taps = [t / 32 for t in row[4 * b - 1 : 4 * b + 3]]
            total[band] = r[band] + r[band] * taps[0]
            for tap, part in zip(taps[1:], sums, strict=True):
                total[band] = total[band] + part[band] * tap
        return np.asarray(total * self.step)

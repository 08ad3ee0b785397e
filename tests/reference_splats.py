"""Splats for the slow reader: section 28 of docs/format.md, without vcore and compiled code."""

from math import exp, expm1, frexp, ldexp, log, sqrt
from typing import Any

from reference_gaussian import _exp as exponential
from reference_reader import RangeDecoder, expect
from reference_wavelet import Mixer, chance, mixed

Rows = list[list[int]]
Layout = list[tuple[int, int | None, bool, bool]]
"""Family, companion, predicted, weighed of each column."""

GAPS: Layout = [(0, None, False, False), (1, 0, False, False)]
LEVELS: Layout = [(0, None, True, False)]
SCALES: Layout = [(0, None, True, True), (1, 0, True, True), (1, 1, True, True)]


def colours(coefficients: int) -> Layout:
    """Return the layout of stream 6."""
    found: Layout = [(0, None, True, True)]
    for k in range(coefficients):
        degree = int(sqrt(k))
        for part in range(3):
            family = 2 * degree + (part > 0) if degree else 1
            found.append((family, 1 + 3 * k if part else 0, k == 0, True))
    return found


def magnitude(m: int) -> int:
    """Return C(m)."""
    if m < 4:
        return m
    found, rest = 4, m >> 2
    while rest > 1:
        found, rest = found + 1, rest >> 1
    return min(found, 11)


def seen(v: int, shift: int) -> int:
    shift = min(max(shift, -30), 30)
    if shift >= 0:
        return v << min(shift, 20)
    return (abs(v) >> -shift) * (-1 if v < 0 else 1)


def residual_of(coder: RangeDecoder, mixer: Mixer, slots: list[int], sets: tuple[int, int]) -> int:
    def decide(decision: int) -> int:
        return mixed(coder, mixer, [64 * s + decision for s in slots], sets)

    if not decide(0):
        return 0
    negative = decide(1)
    less = 0
    while less < 12 and decide(2 + less):
        less += 1
    if less == 12:
        count = 0
        while decide(min(16 + count, 39)):
            count += 1
            expect(count <= 30, "a value is too long")
        rest = 1
        for k in range(count):
            rest = 2 * rest + (decide(min(40 + count, 63)) if k == 0 else chance(coder, 32768))
        less = rest + 11
    return -(less + 1) if negative else less + 1


def values(data: bytes, levels: list[int], near: Rows, layout: Layout) -> Rows:
    """Return the rows of a stream of values."""
    coder, mixer = RangeDecoder(data, 0), Mixer()
    found: Rows = []
    residuals: Rows = []
    lowest = min(levels, default=0)
    for i, here in enumerate(levels):
        level = min(here - lowest, 31)
        found.append([])
        residuals.append([])
        busy = 0
        for c, (family, companion, predicted, weighed) in enumerate(layout):
            shifts = [here - levels[j] if weighed else 0 for j in near[i]]
            others = [seen(found[j][c], s) for j, s in zip(near[i], shifts, strict=True)]
            around = sum(
                seen(abs(residuals[j][c]), s) for j, s in zip(near[i], shifts, strict=True)
            )
            guess, first = 0, others[0] if others else 0
            if others and predicted:
                weight = 1 + len(others)
                guess = (2 * (sum(others) + first) + weight) // (2 * weight)
                guess = min(max(guess, -(1 << 27)), 1 << 27)
            gap = max(others) - min(others) if others else 0
            mate = residuals[i][companion] if companion is not None else 0
            before = abs(residuals[i][c - 1]) if c else 0
            full = magnitude(busy)
            slots = [
                32 * c,
                32 * c + level,
                32 * c + magnitude(around),
                32 * c + 2 * magnitude(abs(first)) + (first < 0),
                32 * c + 2 * magnitude(abs(mate)) + (mate < 0),
                16 * (32 * family + min(magnitude(gap), 7)) + magnitude(around),
                16 * (32 * family + full) + magnitude(before),
                16 * (32 * family + level) + full,
            ]
            found_here = residual_of(coder, mixer, slots, (32 * family + level, 256 + c))
            found[i].append(found_here + guess)
            residuals[i].append(found_here)
            if family > 1:
                busy += abs(found_here)
    return found


def leading(value: int, bits: int, wanted: int) -> int:
    return value >> bits - wanted if bits >= wanted else value << wanted - bits


def places(data: bytes, bits: Rows, near: Rows, modelled: int) -> Rows:
    """Return the rows of a stream of places."""
    coder, mixer = RangeDecoder(data, 0), Mixer()
    found: Rows = []
    for i, widths in enumerate(bits):
        found.append([])
        for c, wide in enumerate(widths):
            v = 0
            for g in range(wide):
                if c >= modelled or g >= 6:
                    v = 2 * v + chance(coder, 32768)
                    continue
                q = (1 << g) + v
                told = [0, 0, 0]
                for k, j in enumerate(near[i]):
                    if bits[j][c]:
                        told[k] = 1 + leading(found[j][c], bits[j][c], min(g + 1, 5))
                other = 0
                if c and bits[i][c - 1]:
                    other = 1 + leading(found[i][c - 1], bits[i][c - 1], 4)
                slots = [64 * (40 * (3 * c + k) + min(told[k], 39)) + q for k in range(3)]
                slots += [64 * (16 * c + min(wide, 15)) + q, 64 * c + q]
                slots += [64 * (20 * c + other) + q, 64 * (6 * c + g), 64 * g]
                v = 2 * v + mixed(coder, mixer, slots, (6 * c + g, 64 + min(wide, 15)))
            found[i].append(v)
    return found


def bits_of(x: float, most: int) -> int:
    mantissa, exponent = frexp(x)
    return min(max(exponent - (mantissa < 0.7071067811865476), 0), most)


def nearest(cells: Rows) -> Rows:
    found = []
    for i, here in enumerate(cells):
        pairs = []
        for j in range(i - 1, max(i - 49, -1), -1):
            away = sum((a - b) ** 2 for a, b in zip(here, cells[j], strict=True))
            pairs.append((away, -j))
        found.append([-j for _, j in sorted(pairs)[:3]])
    return found


class Block:
    """A block of n splats.

    Attributes
    ----------
    positions, sigmas, axes, alphas, harmonics
        Of each splat; axes are columns by scale, harmonics (coefficient, colour).
    """

    def __init__(self, data: bytes, count: int, state: dict[str, Any]) -> None:
        self.state = state
        streams = []
        for _ in range(6):
            length = shift = 0
            while True:
                byte, data = data[0], data[1:]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            streams.append(data[:length])
            data = data[length:]
        expect(not data, "a block is too long")
        none = [0] * count
        before = [[j for j in (i - 1, i - 2, i - 3) if j >= 0] for i in range(count)]
        curve, self.cells = 0, []
        for high, low in values(streams[0], none, before, GAPS):
            curve += (high << 24) + low
            cell = [sum((curve >> 3 * j + 2 - k & 1) << j for j in range(16)) for k in range(3)]
            self.cells.append(cell)
        near = nearest(self.cells)
        self.levels = [row[0] for row in values(streams[1], none, near, LEVELS)]
        self.scales = values(streams[2], self.levels, near, SCALES)
        self.base = [max(state["step"] * ldexp(1, -n), 2.0**-20) for n in self.levels]
        self.wide = [self.widths(i) for i in range(count)]
        turn_bits = [self.turn_bits(i) for i in range(count)]
        turns = places(streams[3], turn_bits, near, 3)
        self.axes = [self.rotation(i, turns[i], turn_bits[i]) for i in range(count)]
        inner_bits = [self.inner_bits(i) for i in range(count)]
        inner = places(streams[4], inner_bits, near, 0)
        side = 2.0 ** state["cell"]
        self.positions = [
            [
                side * (state["first"][k] + self.cells[i][k] + (inner[i][k] + 0.5) / 2**bits)
                for k, bits in enumerate(inner_bits[i])
            ]
            for i in range(count)
        ]
        coefficients = (state["degree"] + 1) ** 2
        flat = values(streams[5], self.levels, near, colours(coefficients))
        self.alphas = [
            min(exp(-row[0] * min(b / 2, 0.7)), 0.99995)
            for row, b in zip(flat, self.base, strict=True)
        ]
        self.harmonics = [
            [opponent_back(row[1 + 3 * k : 4 + 3 * k], min(b, 2)) for k in range(coefficients)]
            for row, b in zip(flat, self.base, strict=True)
        ]

    def counts(self, i: int) -> list[int]:
        first, second, third = self.scales[i]
        expect(min(first, second, third) >= 0 <= first - second - third, "impossible scales")
        return [first, first - second, first - second - third]

    def widths(self, i: int) -> list[float]:
        step = min(self.base[i], 0.7)
        return [self.state["footprint"] * exponential(min(c * step, 50.0)) for c in self.counts(i)]

    def sigmas(self, i: int) -> list[float]:
        step = min(self.base[i], 0.7)
        logs = [c * step if c else step / 4 for c in self.counts(i)]
        return [
            exp(u) * self.state["footprint"] if u > 20 else self.state["footprint"]
            * exp(log(expm1(2 * u)) / 2)
            for u in logs
        ]  # fmt: skip

    def is_long(self, i: int) -> bool:
        first, second, third = self.wide[i]
        return first * third > second * second

    def turn_bits(self, i: int) -> list[int]:
        first, second, third = self.wide[i]
        t = min(2 * self.base[i], 0.7)
        a = first / third - third / first
        r = second / third - third / second if self.is_long(i) else first / second - second / first
        return [bits_of(2 * a / t, 12)] * 2 + [bits_of(2 * r / t, 12)]

    def rotation(self, i: int, turns: list[int], bits: list[int]) -> list[list[float]]:
        u, v, along = ((t + 0.5) * 2 / 2.0**b - 1 for t, b in zip(turns, bits, strict=True))
        x, y = (u + v) / 2, (u - v) / 2
        z = max(1 - abs(x) - abs(y), 0)
        length = sqrt(x * x + y * y + z * z)
        x, y, z = x / length, y / length, z / length
        g = -1 / (1 + z)
        k = x * y * g
        first, second = (1 + x * x * g, k, -x), (k, 1 + y * y * g, -y)
        up = 1 - abs(along)
        length = sqrt(along * along + up * up)
        along, up = along / length, up / length
        across = [a * along + b * up for a, b in zip(first, second, strict=True)]
        third = [b * along - a * up for a, b in zip(first, second, strict=True)]
        main = [x, y, z]
        return [main, across, third] if self.is_long(i) else [across, third, main]

    def inner_bits(self, i: int) -> list[int]:
        p = min(2 * self.base[i], 1.0)
        found = []
        for k in range(3):
            total = 0.0
            for axis, wide in zip(self.axes[i], self.wide[i], strict=True):
                total += (axis[k] / wide) * (axis[k] / wide)
            found.append(bits_of(2.0 ** self.state["cell"] / (p / sqrt(total)), 24))
        return found


def opponent_back(integers: list[int], step: float) -> list[float]:
    bright, red_blue, green = (n * step for n in integers)
    r = bright / sqrt(3) + red_blue / sqrt(2) + green / sqrt(6)
    return [r, bright / sqrt(3) - 2 * green / sqrt(6), r - 2 * red_blue / sqrt(2)]

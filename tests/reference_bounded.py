"""Method bounded for the slow reader: section 19 of docs/format.md, without compiled code."""

from itertools import product
from math import floor, prod, sqrt
from typing import Any

import numpy as np
from reference_reader import Array, expect
from reference_wavelet import SQUASH, STRETCH

INPUTS, NODES, REACH = 11, 64, 2047


def half(v: int) -> int:
    """Return the bin of a magnitude in half octaves, above 31 in octaves."""
    v = min(v, 4095)
    octave = max(v.bit_length() - 2, 0)
    b = min(2 * octave + (v >> octave), 21)
    return b if b < 10 else min((b - 10) // 2 + 10, 15)


def fine(v: int) -> int:
    """Return the bin of a magnitude in quarter octaves."""
    v = min(v, 4095)
    octave = max(v.bit_length() - 3, 0)
    return min(4 * octave + (v >> octave), 47)


def sign(v: int) -> int:
    return (v > 0) - (v < 0)


class Stream:
    """Errors of a tile."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place, self.range = data, 4, 0xFFFFFFFF
        self.code = int.from_bytes((data + bytes(4))[:4], "big")
        self.counters: dict[tuple[int, int, int], list[int]] = {}
        self.weights: dict[tuple[int, int, int], list[int]] = {}
        self.learnt: dict[tuple[int, int, int], int] = {}
        self.singles: dict[int, list[int]] = {}

    def go_on(self, before: "Stream") -> None:
        """Take over the models of another stream."""
        self.counters, self.weights = before.counters, before.weights
        self.learnt, self.singles = before.learnt, before.singles

    def coin(self, chance: int) -> int:
        bound = (self.range >> 16) * chance
        bit = self.code < bound
        if bit:
            self.range = bound
        else:
            self.code -= bound
            self.range -= bound
        while self.range < 1 << 24:
            byte = self.data[self.place] if self.place < len(self.data) else 0
            self.range, self.code, self.place = (
                self.range << 8,
                self.code << 8 | byte,
                self.place + 1,
            )
        return int(bit)

    def bit(self, node: int, contexts: list[int], first: int, second: int) -> int:
        slots = [
            self.counters.setdefault((i, c, node), [1 << 21, 0]) for i, c in enumerate(contexts)
        ]
        logits = [STRETCH[p >> 10] for p, _ in slots]
        keys = (0, node, first), (1, node, second)
        sets = [self.weights.setdefault(key, [14000] * INPUTS) for key in keys]
        sums = [
            min(max(sum(s * w for s, w in zip(logits, ws, strict=True)) >> 16, -REACH), REACH)
            for ws in sets
        ]
        chance = SQUASH[(sum(sums) >> 1) + REACH]
        bit = self.coin(min(max(chance, 24), 65536 - 24))
        for total, ws, key in zip(sums, sets, keys, strict=True):
            m = self.learnt.get(key, 0)
            missed = ((bit << 16) - SQUASH[total + REACH]) * (5 + 2560 // (m + 16))
            self.learnt[key] = min(m + 1, 2545)
            for i, s in enumerate(logits):
                ws[i] += (s * missed + (1 << 17)) >> 18
        for slot in slots:
            p, n = slot
            p += ((((bit << 22) - p) >> 3) * (65536 // (n + 2))) >> 13
            slot[:] = min(max(p, 64), (1 << 22) - 64), min(n + 1, 255)
        return bit

    def single(self, c: int) -> int:
        p, seen = self.singles.setdefault(c, [1 << 21, 0])
        bit = self.coin(min(max(p >> 6, 2), 65534))
        rate = min((seen >> 1) + 1, 7) + (seen == 400)
        self.singles[c] = [p + (((bit << 22) - p) >> rate), min(seen + 1, 400)]
        return bit

    def error(self, contexts: list[int], first: int, second: int, differs: bool = False) -> int:
        if not differs and not self.bit(0, contexts, first, second):
            return 0
        negative, bits = self.bit(1, contexts, first, second), 1
        while bits <= 50 and self.bit(min(bits + 1, 23), contexts, first, second):
            bits += 1
        size = 1
        for depth in range(bits - 1):
            if depth > 1:
                size = size << 1 | self.coin(32768)
            else:
                node = 24 + min(bits, 15) if depth == 0 else 40 + 2 * min(bits, 11) + (size & 1)
                size = size << 1 | self.bit(node, contexts, first, second)
        expect(size >> 50 == 0, "an error is too large")
        return -size if negative else size


FAR = (
    (-2, 0, 0), (-2, 0, -1), (-4, 0, 0), (-3, 0, -1), (-5, 0, 0), (3, 0, -1),
    (0, -3, 0), (1, -2, 0), (-1, -2, 0), (-5, 0, -1), (1, 0, -2), (-1, 0, -2),
    (-2, 0, -2), (-3, 0, -2), (3, 0, -2), (-1, -3, 0), (1, -3, 0), (5, 0, 0),
    (0, -2, -1), (5, 0, -1), (-1, 0, -3), (1, 0, -3), (-2, 0, -3), (0, 0, -3),
)  # fmt: skip


class Equations:
    """Least squares of ``n`` features."""

    def __init__(self, n: int) -> None:
        self.matrix = np.zeros((n, n))
        self.right, self.taps = np.zeros(n), [0.0] * n
        self.square = 0.001

    def predict(self, d: list[float], plain: float) -> float:
        found = plain
        for tap, value in zip(self.taps, d, strict=True):
            found += tap * value
        return found if abs(found - plain) < 1e15 else plain

    def learn(self, g: Array, missed: float, trust: float) -> None:
        self.right += g * missed
        self.matrix += np.outer(g * trust, g)  # entries above the diagonal are not used

    def forget(self, kept: float) -> None:
        self.right *= kept
        self.matrix *= kept

    def solve(self, n: int) -> None:
        matrix, low = self.matrix.tolist(), [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i + 1):
                total = matrix[i][j]
                if i == j:
                    total += 1e-5 * total + 1e-3
                for k in range(j):
                    total -= low[i][k] * low[j][k]
                if i == j:
                    if not total > 1e-12:
                        return
                    low[i][i] = sqrt(total)
                else:
                    low[i][j] = total / low[j][j]
        half_way = [0.0] * n
        for i in range(n):
            total = float(self.right[i])
            for k in range(i):
                total -= low[i][k] * half_way[k]
            half_way[i] = total / low[i][i]
        for i in range(n - 1, -1, -1):
            total = half_way[i]
            for k in range(i + 1, n):
                total -= low[k][i] * self.taps[k]
            self.taps[i] = total / low[i][i]


class Fit:
    """Predictors of a class of voxels: from all features, and from the near ones only."""

    def __init__(self, near: int) -> None:
        self.near, self.seen = near, 0
        self.wide, self.narrow = Equations(near + len(FAR)), Equations(near)

    def learn(self, d: list[float], missed: float, inverse: float, trust: float) -> None:
        g = np.array(d) * inverse
        self.wide.learn(g, missed, trust)
        self.narrow.learn(g[: self.near], missed, trust)
        self.seen += 1
        begins = self.seen < 512
        if self.seen % (8 if begins else 32) == 0:
            self.wide.solve(self.near if begins else len(d))
            self.narrow.solve(self.near)
            self.wide.forget(0.9984 if begins else 0.9936)
            self.narrow.forget(0.96 if begins else 0.85)


def frame_order(count: int) -> list[tuple[int, int, int]]:
    rows = [(0, -1, -1)] + [(count - 1, 0, -1)] * (count > 1)
    gaps = [(0, count - 1)]
    for low, high in gaps:
        if high - low > 1:
            middle = (low + high) // 2
            rows.append((middle, low, high))
            gaps += [(low, middle), (middle, high)]
    return rows


class Tile:
    """The frames of one unit; ``coarse`` are values and errors of the voxels known before."""

    def __init__(
        self,
        data: bytes,
        shape: tuple[int, ...],
        step: int,
        level: int,
        coarse: tuple[Array, Array] | None,
        before: "Tile | None",
    ) -> None:
        self.shape, self.step, self.inverse = shape[1:], step, 1.0 / step
        self.values = np.zeros(shape, object)
        self.errors = np.zeros(shape, object)
        if coarse is not None:
            self.values[:, ::2, ::2, ::2], self.errors[:, ::2, ::2, ::2] = coarse
        self.stream: Stream | None = None
        if not data:
            return
        self.stream, self.classes = Stream(data), dict[tuple[int, int], Fit]()
        if before is not None and before.stream is not None:
            self.stream.go_on(before.stream)
            self.classes = before.classes
        top = (max(self.shape) - 1).bit_length() if coarse is None else 1
        for frame, *refs in frame_order(shape[0]):
            refs = [r for r in refs if r >= 0]
            if coarse is None:
                guess = self.values[refs[0], 0, 0, 0] if refs else 0
                q = self.stream.error([255] * INPUTS, 0, 0)
                self.values[frame, 0, 0, 0] = guess + q * step
            for octave in range(top - 1, -1, -1):
                for axis in range(3):
                    self.run(frame, refs, octave, octave + level, axis)

    def run(self, frame: int, refs: list[int], octave: int, scale: int, axis: int) -> None:
        s = 1 << octave
        if s >= self.shape[axis]:
            return
        strides = [s if i < axis else 2 * s for i in range(3)]
        starts = [s if i == axis else 0 for i in range(3)]
        ranges = (range(a, n, t) for a, n, t in zip(starts, self.shape, strides, strict=True))
        for place in product(*ranges):
            self.voxel(frame, refs, s, scale, axis, place, strides)

    def voxel(
        self,
        frame: int,
        refs: list[int],
        s: int,
        scale: int,
        axis: int,
        place: tuple[int, ...],
        strides: list[int],
    ) -> None:
        inverse = self.inverse
        b, c = (i for i in range(3) if i != axis)

        def at(array: Array, t: int, **moves: int) -> Any:
            where = list(place)
            for name, steps in moves.items():
                i = {"a": axis, "b": b, "c": c}[name]
                where[i] += steps * (s if name == "a" else strides[i])
            inside = all(0 <= w < n for w, n in zip(where, self.shape, strict=True))
            return array[(t, *where)] if inside else None

        def v(**moves: int) -> Any:
            return at(self.values, frame, **moves)

        def k(**moves: int) -> int:
            return at(self.errors, frame, **moves) or 0

        n0, n1 = v(a=-1), v(a=1)
        more = n1 is not None
        n1 = n1 if more else n0
        f0, f1 = v(a=-3), v(a=3)
        f0 = n0 if f0 is None else f0
        f1 = (n1 if f1 is None else f1) if more else n0
        plain = (9 * (n0 + n1) - f0 - f1) * 0.0625
        d = [f0 - plain, f1 - plain, n0 - plain] + [0.0] * 14
        texture = 0
        for name, first in (("b", 3), ("c", 9)):
            for side, near in ((-1, first + 1), (1, first + 4)):
                low, high = v(**{name: side, "a": -1}), v(**{name: side, "a": 1})
                if low is None:
                    continue
                texture += abs(low - n0) + (abs(high - n1) if more else 0)
                d[near], d[near + 1] = low - plain, (high if more else low) - plain
            for far, i in ((-1, first), (-2, first + 3)):
                known = v(**{name: far})
                d[i] = 0.0 if known is None else known - plain
        for side, i in ((-1, 15), (1, 16)):
            known = v(b=-1, c=side)
            d[i] = 0.0 if known is None else known - plain
        kb, kc, kd = k(b=-1), k(c=-1), k(b=-1, c=-1)
        e1 = 2 * abs(kb) + abs(k(b=-2)) + 2 * abs(kc) + abs(k(c=-2)) + abs(kd)
        e1 += abs(k(b=-1, c=1))
        e3 = kt = 0
        for t in refs:
            error = at(self.errors, t)
            kt, e3 = kt + error, e3 + 2 * abs(error)
            e3 += abs(at(self.errors, t, b=1) or 0) + abs(at(self.errors, t, c=1) or 0)
            d.append(at(self.values, t) - plain)
            d.append(at(self.values, t, a=-1) - plain)
            d.append((at(self.values, t, a=1) if more else n1) - plain)
            for moves in ({"b": -1}, {"b": 1}, {"c": -1}, {"c": 1}):
                known = at(self.values, t, **moves)
                d.append(0.0 if known is None else known - plain)
        kind = (axis * 3 + min(scale, 2)) * 3 + len(refs)
        near = len(d)
        far = [v(a=i, b=j, c=k) for i, j, k in FAR]
        d += [0.0 if known is None else known - plain for known in far]
        k0 = abs(k(a=-1))
        k1 = abs(k(a=1)) if more else k0
        e2 = k0 + k1
        quiet = e1 + e2 + e3 + texture == 0 and not any(d[:near])
        if quiet and not self.stream.single(2 * min(scale, 1) + any(d[near:])):
            self.values[(frame, *place)] = n0
            return
        end = 0 if scale else 1 if place[axis] < 3 else 0 if more else 2
        if (kind, end) not in self.classes:
            self.classes[kind, end] = Fit(near)
        fit = self.classes[kind, end]
        wide = narrow = predicted = plain
        if not quiet:
            wide, narrow = fit.wide.predict(d, plain), fit.narrow.predict(d[:near], plain)
            one, two = fit.wide.square, fit.narrow.square
            predicted = narrow + two * two / (one * one + two * two) * (wide - narrow)
        guess = floor(predicted + 0.5)
        part = floor((predicted + 0.5 - guess) * 8.0)
        apart = int(min(abs(predicted - plain) * inverse * 4.0, 1e9))
        gap = int(min(abs(n0 - n1) * inverse * 2.0, 1e9))
        rough = int(min(texture * inverse, 1e9))
        total = half((2 * e1 + 2 * e2 + e3 + (rough >> 2)) >> 1)
        r0, r1 = (int(min(max((n - predicted) * inverse * 2.0, -7.0), 7.0)) for n in (n0, n1))
        r2 = int(min(max((narrow - predicted) * inverse * 8.0, -7.0), 7.0))
        signs = (sign(kb) + 1) * 81 + (sign(kc) + 1) * 27 + (sign(kt) + 1) * 9
        contexts = [
            half(e1) * 16 + half(e2),
            half(rough) * 16 + half(e1 + e2),
            half(apart) * 16 + half(gap),
            guess & 255,
            min(fine(e1 + e2) * 3 >> 2, 31) * 8 + part,
            total * 16 + r2 + 7,
            min(abs(kb), 3) * 64 + min(abs(kc), 3) * 16 + min(k0, 3) * 4 + min(k1, 3),
            fine(2 * e1 + 2 * e2 + e3) * 5 + min(scale, 4),
            signs + (sign(kd) + 1) * 3 + part // 3,
            (r0 + 7) * 15 + r1 + 7,
            fine(abs(guess) >> 1) * 5 + min(half(e1) >> 1, 4),
        ]
        q = self.stream.error(contexts, total, kind, quiet)
        value = guess + q * self.step
        expect(abs(value) < 1 << 50, "a value is too large")
        self.values[(frame, *place)], self.errors[(frame, *place)] = value, q
        if quiet:
            return
        level = 0.5 + 0.125 * (e1 + e2)
        trust = 1.0 / (level * level)
        for equations, found in ((fit.wide, wide), (fit.narrow, narrow)):
            x = (value - found) * inverse
            equations.square = equations.square * 0.95 + (x * x * trust + 0.00005)
        fit.learn(d, (value - plain) * inverse * trust, inverse, trust)


def stored_levels(variable: Any) -> int:
    """Return the number of native levels (section 19)."""
    wanted = variable.number, f"{variable.prefix}voxels"
    return len([key for key in variable.file.sections if key[::2] == wanted])


def bounded(variable: Any, level: int) -> Array:
    """Return the values of a native level in data units (section 19)."""
    known, tiles = None, list[Tile]()
    for k in range(stored_levels(variable) - 1, level - 1, -1):
        known, tiles = _voxels(variable, k, known, tiles)
    assert known is not None
    integers = known[0].astype(np.int64)
    if variable.state["unit"]:
        values = integers * variable.state["unit"] + variable.low
    else:
        values = _of_patterns(integers, variable.low, variable.dtype).astype(np.float64)
    for axis, n in enumerate(variable.grid_shape if level else (), values.ndim - 3):
        starts = np.arange(0, n, 1 << level)
        centres = (starts + np.minimum(starts + (1 << level), n) - 1) / 2
        share = (centres - starts) / (1 << level)
        after = values.take([*range(1, len(starts)), len(starts) - 1], axis)
        values = values + (after - values) * share.reshape(-1, *(1,) * (values.ndim - 1 - axis))
    return values


def _voxels(
    variable: Any, level: int, coarse: tuple[Array, Array] | None, before: list[Tile]
) -> tuple[tuple[Array, Array], list[Tile]]:
    """Return integers and errors of a level and its tiles, given those of the next coarser one."""
    shape = variable.shape(level)
    sides = {"t": variable.settings.get("group", 8), "c": 1}
    tile = [sides.get(axis, 32 if level else 64) for axis in variable.fields["axes"]]
    corners = list(product(*(range(0, n, t) for n, t in zip(shape, tile, strict=True))))
    out = np.zeros(shape, object), np.zeros(shape, object)
    units = variable.units(level, "voxels", len(corners))
    tiles = list[Tile]()
    for data, corner in zip(units, corners, strict=True):
        place = tuple(slice(a, a + t) for a, t in zip(corner, tile, strict=True))
        part = out[0][place].shape
        frames = (prod(part[:-3]), *part[-3:])
        known = None
        if coarse is not None:
            ends = (a + n for a, n in zip(corner[-3:], part[-3:], strict=True))
            space = (slice(a // 2, (b + 1) // 2) for a, b in zip(corner[-3:], ends, strict=True))
            inside = (*place[:-3], *space)
            known = tuple(a[inside].reshape(frames[0], *a[inside].shape[-3:]) for a in coarse)
        taught = before[len(tiles)] if before and level == 0 else None
        found = Tile(data, frames, variable.state["step"], level, known, taught)
        tiles.append(found)
        for array, values in zip(out, (found.values, found.errors), strict=True):
            array[place] = values.reshape(part)
    return out, tiles


def _of_patterns(integers: Array, low: float, dtype: np.dtype[Any]) -> Array:
    sign = 1 << (8 * dtype.itemsize - 1)
    lowest = int(np.array(low, dtype).view(f"u{dtype.itemsize}"))
    shifted = integers + (sign - lowest if lowest >= sign else lowest)
    bits = np.where(shifted < 0, sign - shifted, shifted).astype(f"u{dtype.itemsize}")
    return bits.view(dtype)

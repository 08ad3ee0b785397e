"""ECNR and neurcomp for the slow reader: sections 16 and 14 of docs/format.md, without vcore."""

from itertools import pairwise, product
from math import ceil, prod
from typing import Any

import numpy as np
from reference_reader import Array, RangeDecoder, decode_lattice, expect

GROUP = 64
LINEAR = np.array([0.25, 0.75, 0], "f4")
DOUBLE, FLOATS, DELTAS, OWN, RAW, SHARED, LINES = (1 << k for k in range(7))


class Reader:
    """Sequential reader of numbers and bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        part = self.data[self.at : self.at + length]
        expect(len(part) == length, "a unit ends too early")
        self.at += length
        return part

    def number(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self.take(1)
            value, shift = value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value
            expect(shift < 63, "a number is too long")

    def floats(self, count: int, kind: str = "<f4") -> Array:
        found = np.frombuffer(self.take(count * np.dtype(kind).itemsize), kind).astype("f4")
        expect(np.isfinite(found).all(), "a number is not finite")
        return found

    def tables(self, count: int, kind: str) -> list[Array]:
        return [self.floats(self.number(), kind) for _ in range(count)]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)


def shared_arrays(data: bytes, arrays: list[tuple[tuple[int, ...], int, bool]]) -> list[Array]:
    """Return the indices of arrays of (shape, K, masked), -1 where pruned."""
    bits = [max(k - 1, 0).bit_length() for _, k, _ in arrays]
    coder = RangeDecoder(data, sum(6 + 2**b for b in bits))
    found, base = [], 0
    for (shape, kinds, masked), b in zip(arrays, bits, strict=True):
        out = np.full(shape, -1, np.int64)
        for n, r, c in np.ndindex(*shape):
            if masked:
                near = [(n, r, c - 1), (n, r, c - 2), (n, r - 1, c), (n, r - 2, c), (n - 1, r, c)]
                alive = sum(min(place) >= 0 and out[place] >= 0 for place in near)
                if not coder.bit(base + alive):
                    continue
            node = 1
            for _ in range(b):
                node = 2 * node + coder.bit(base + 6 + node)
            expect(node - 2**b < max(kinds, 1), "an index of no value")
            out[n, r, c] = node - 2**b
        found.append(out)
        base += 6 + 2**b
    return found


def looked_up(values: Array, indices: Array) -> Array:
    if not len(values):
        return np.zeros(indices.shape, "f4")
    return np.where(indices >= 0, values[np.maximum(indices, 0)], np.float32(0))


class Blocks:
    """The residual of one scale."""

    def __init__(self, units: list[bytes], lengths: tuple[int, ...], omega: float) -> None:
        reader = Reader(units[0])
        count = reader.number()
        expect(count <= 4, "taps of too many axes")
        self.taps = [self.tap(reader) for _ in range(count)]
        self.lengths, self.omega, self.networks = lengths, np.float32(omega), reader.number()
        if not self.networks:
            self.offset = reader.floats(1)[0]
            return
        self.block = [reader.number() for _ in range(4)]
        self.width, self.depth, own, extra, self.flags = (reader.number() for _ in range(5))
        self.unit, self.offset, step = reader.floats(3)
        self.extra = reader.floats(lengths[1] * extra).reshape(lengths[1], extra)
        names = [f"{k}{i}" for i in range(self.depth + 1) for k in "wb"]
        self.places = 3 if self.block[0] == 1 else 4
        sizes = [self.places + own + extra, *[self.width] * self.depth, 1]
        self.shapes = {n: (sizes[int(n[1:])] if n[0] == "w" else 1, sizes[int(n[1:]) + 1])
                       for n in names}  # fmt: skip
        self.masked = {n: n not in ("b0", f"w{self.depth}", f"b{self.depth}") for n in names}
        kind = "<f4" if self.flags & DOUBLE else "<f2"
        tables: list[Array] = []
        if not self.flags & (OWN | RAW):
            tables = self.lines(reader) if self.flags & LINES else reader.tables(len(names), kind)
        counts = [ceil(n / b) for n, b in zip(lengths[2:], self.block[1:], strict=True)]
        frames = ceil(lengths[0] / self.block[0])
        components = 1 if self.flags & SHARED else lengths[1]
        self.map = self.read_map(reader.take(reader.number()), (frames, components, *counts))
        self.parameters: list[dict[str, Array]] = []
        self.codes: list[list[Array]] = []
        groups = [reader.rest()] if len(units) == 1 else units[1:]
        expect(len(groups) == ceil(self.networks / GROUP), "groups are missing")
        for number, data in enumerate(groups):
            count = min(GROUP, self.networks - GROUP * number)
            self.read_group(Reader(data), number * GROUP, count, tables, kind, own, float(step))

    def tap(self, reader: Reader) -> Array:
        a, b, d, e = np.frombuffer(reader.take(8), "<i2").astype(int)
        return (np.array([a, b, 8192 - a - b - d - e, d, e]) / 8192).astype("f4")

    def lines(self, reader: Reader) -> list[Array]:
        steps, found = reader.floats(self.depth + 1), []
        for k in range(2 * self.depth + 2):
            count, z = reader.number(), reader.number()
            first = z // 2 if z % 2 == 0 else -(z + 1) // 2
            found.append(((first + np.arange(count)) * float(steps[k // 2])).astype("f4"))
        return found

    def read_map(self, data: bytes, shape: tuple[int, ...]) -> Array:
        coder, out, seen, last = RangeDecoder(data, 6 + 15 + 3), np.zeros(shape, np.int64), 0, 0
        for place in np.ndindex(*shape):
            near = []
            for axis in (0, 2, 3, 4, 1):
                before = [p - (a == axis) for a, p in enumerate(place)]
                near.append(int(out[tuple(before)]) if min(before) >= 0 else 0)
            if not coder.bit(sum(v > 0 for v in near)):
                continue
            for k, value in enumerate(near):
                fresh = value and value not in near[:k]
                if fresh and coder.bit(6 + 3 * k + last):
                    out[place], last = value, 0
                    break
            else:
                if coder.bit(21 + last):
                    seen, last = seen + 1, 1
                    out[place] = seen
                else:
                    out[place], last = coder.raw(max(seen - 1, 0).bit_length()) + 1, 2
                    expect(out[place] <= seen, "an unknown network")
        expect(seen == self.networks, "the map names other networks")
        return out

    def read_group(
        self, reader: Reader, first: int, count: int, tables: list[Array], kind: str,
        own: int, step: float,
    ) -> None:  # fmt: skip
        names, each = list(self.shapes), 1 if self.flags & OWN else count
        rounds = count if self.flags & OWN else 1
        if self.flags & OWN:
            tables = reader.tables(count * len(names), kind)
        kinds = [1] * len(names) if self.flags & RAW else [len(t) for t in tables]
        arrays = [((each, *self.shapes[n]), k, self.masked[n])
                  for n, k in zip(names * rounds, kinds, strict=True)]  # fmt: skip
        indices = shared_arrays(reader.take(reader.number()), arrays)
        if self.flags & RAW:
            stacks = []
            for index in indices:
                values = np.zeros(index.shape, "f4")
                values[index >= 0] = reader.floats(int((index >= 0).sum()))
                stacks.append(values)
        else:
            stacks = [looked_up(t, i) for t, i in zip(tables, indices, strict=True)]
        for j in range(count):
            here = stacks[j * len(names) : (j + 1) * len(names)] if self.flags & OWN else stacks
            row = 0 if self.flags & OWN else j
            self.parameters.append({n: v[row] for n, v in zip(names, here, strict=True)})
        sizes = [int((self.map == first + j + 1).sum()) for j in range(count)]
        if self.flags & FLOATS:
            codes = reader.floats(sum(sizes) * own).reshape(-1, own)
        elif not own:
            codes = np.zeros((sum(sizes), 0), "f4")
        else:
            integers = decode_lattice(reader.rest(), (own, 1, 1, sum(sizes)))[:, 0, 0].T
            ends = np.cumsum(sizes)[:-1]
            parts = np.split(integers, ends)
            if self.flags & DELTAS:
                parts = [p.cumsum(axis=0) for p in parts]
            codes = (np.concatenate(parts) * step).astype("f4")
        self.codes += np.split(codes, np.cumsum(sizes)[:-1])

    def values(self) -> Array:
        out = np.full(self.lengths, self.offset, np.float32)
        if not self.networks:
            return out
        axes = [((2 * np.arange(n) + 1 - n) / max(n - 1, 1)).astype("f4") for n in self.block]
        t, z, y, x = np.meshgrid(*axes, indexing="ij")
        where = np.stack([x, y, z, t][: self.places], -1).reshape(-1, self.places)
        used = [0] * self.networks
        for place in np.argwhere(self.map):
            network = int(self.map[tuple(place)]) - 1
            code = self.codes[network][used[network]]
            used[network] += 1
            components = range(self.lengths[1]) if self.flags & SHARED else [place[1]]
            for c in components:
                h = np.concatenate([where, np.tile([*code, *self.extra[c]], (len(where), 1))], 1)
                h, p = h.astype("f4"), self.parameters[network]
                for i in range(self.depth):
                    h = np.sin(self.omega * (h @ p[f"w{i}"] + p[f"b{i}"]))
                h = h @ p[f"w{self.depth}"] + p[f"b{self.depth}"]
                box = h.reshape(self.block) * self.unit
                lows = place[[0, 2, 3, 4]] * self.block
                ends = np.minimum(lows + self.block, [self.lengths[0], *self.lengths[2:]])
                target = tuple(map(slice, lows, ends))
                out[:, c][target] += box[tuple(map(slice, ends - lows))]
        return out


def doubled(values: Array, axis: int, length: int, taps: Array = LINEAR) -> Array:
    index, last = np.arange(length), values.shape[axis] - 1
    sign, out = np.where(index % 2, -1, 1), np.float32(0)
    for k, tap in enumerate(taps):
        place = np.clip(index // 2 + sign * (k - len(taps) // 2), 0, last)
        out = out + values.take(place, axis) * tap
    return out


def ecnr(variable: Any, level: int) -> Array:
    """Return the normalised values of a native level."""
    lengths = dict(zip(variable.fields["axes"], variable.shape(), strict=True))
    shape = [lengths.get(a, 1) for a in "tczyx"]
    space, time = variable.state["space"], variable.state["time"]
    expect(1 <= space <= 12 and 1 <= time <= 12, "impossible scales")
    omega, values, before = variable.settings.get("omega", 15.0), None, None
    for i in reversed(range(max(space, time))):
        if i < level:
            break
        s, q = min(i, space - 1), min(i, time - 1)
        size = (ceil(shape[0] / 2**q), shape[1], *(ceil(n / 2**s) for n in shape[2:]))
        name = f"blocks{i - s}" if i > s else "blocks"
        units = variable.file.sections[variable.number, s, name]
        blocks = Blocks(units, size, omega)
        own = blocks.values()
        if values is not None and before is not None:
            axes = [a for a in (4, 3, 2, 0) if before[a != 0] > (q, s)[a != 0]]
            expect(len(blocks.taps) in (0, len(axes)), "taps of other axes")
            for axis, taps in zip(axes, blocks.taps or [LINEAR] * len(axes), strict=True):
                values = doubled(values, axis, size[axis], taps)
            own = own + values
        values, before = own, (q, s)
    assert values is not None
    if (
        level == 0
        and variable.settings.get("cnn")
        and (variable.number, 0, "cnn") in (variable.file.sections)
    ):
        values = smoothed(values, variable.units(0, "cnn", 1)[0])
    for q in range(min(level, time - 1), 0, -1):
        values = doubled(values, 0, ceil(shape[0] / 2 ** (q - 1)))
    return values


def smoothed(values: Array, data: bytes) -> Array:
    """Return the values after the deblocking network."""
    reader = Reader(data)
    channels = reader.number()
    sizes = [(1, channels), *[(channels, channels)] * 3, (channels, 1)]
    biases = [reader.floats(b, "<f2") for _, b in sizes]
    tables = reader.tables(5, "<f2")
    arrays = [((1, 27 * a, b), len(t), False) for (a, b), t in zip(sizes, tables, strict=True)]
    indices = shared_arrays(reader.rest(), arrays)
    out = np.empty_like(values)
    for t, c in np.ndindex(*values.shape[:2]):
        h = np.pad(values[t, c], 5, mode="edge")[..., None]
        for k, (a, b) in enumerate(sizes):
            weights = looked_up(tables[k], indices[k])[0].reshape(3, 3, 3, a, b)
            inner = [n - 2 for n in h.shape[:3]]
            total = np.zeros((*inner, b), "f4") + biases[k]
            for o in product(range(3), repeat=3):
                part = h[tuple(slice(i, i + n) for i, n in zip(o, inner, strict=True))]
                total += part @ weights[o]
            h = np.maximum(total, 0) if k < 4 else total
        out[t, c] = h[..., 0]
    return out


def neurcomp(data: bytes, sizes: list[int]) -> list[tuple[Array, Array]]:
    """Return weights and biases of the layers of a network of residual blocks (section 14)."""
    reader, last = Reader(data), len(sizes) - 2
    found: list[Any] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        weights = reader.floats(a * b, "<f2").reshape(a, b) if i in (0, last) else None
        found.append([weights, reader.floats(b, "<f2")])
    tables = reader.tables(last - 1, "<f2")
    width = sizes[1]
    arrays = [((1, width, width), len(t), False) for t in tables]
    for i, index in enumerate(shared_arrays(reader.rest(), arrays)):
        found[i + 1][0] = looked_up(tables[i], index)[0]
    expect(prod(len(v) for v in found), "a layer is missing")
    return [(w, b) for w, b in found]
